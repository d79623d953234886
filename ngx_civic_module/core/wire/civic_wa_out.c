
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Messages as the Cloud API wants them.  Whatever Meta would refuse with
 * 131009 for its length or number is refused here first: a message that
 * breaks a limit is a fault of ours and never leaves.
 */


#include <inttypes.h>

#include "core/base/civic_utf8.h"
#include "core/wire/civic_json.h"
#include "core/wire/civic_wa_out.h"


#define CIVIC_WA_STORED_DEPTH  16       /* ours has 8 */
#define CIVIC_WA_NAME_MAX      512      /* of a template */
#define CIVIC_WA_PARAM_MAX     1024     /* the whole body of a template */


/* In UTF-16 units, as section 5.2 of the contract advises; 0: must be "". */

typedef struct {
    size_t  body;
    size_t  footer;
    size_t  choices;
    size_t  id;
    size_t  title;
    size_t  note;
} civic_wa_limits_t;


static int civic_wa_fits(const civic_message_t *m);
static int civic_wa_choices_fit(const civic_message_t *m,
    const civic_wa_limits_t *l);
static int civic_wa_fits_in(civic_str_t s, size_t min, size_t max);
static int civic_wa_padded(civic_str_t id);
static void civic_wa_text(civic_json_t *j, const civic_message_t *m);
static void civic_wa_interactive(civic_json_t *j, const civic_message_t *m);
static void civic_wa_buttons(civic_json_t *j, cJSON *action,
    const civic_message_t *m);
static void civic_wa_list(civic_json_t *j, cJSON *action,
    const civic_message_t *m);
static void civic_wa_template(civic_json_t *j, const civic_message_t *m);
static void civic_wa_param(civic_json_t *j, cJSON *parameters,
    civic_str_t s);
static void civic_wa_quick_reply(civic_json_t *j, cJSON *components,
    size_t i, civic_str_t payload);
static civic_str_t civic_wa_words(civic_json_t *j);


static const civic_wa_limits_t  civic_wa_limits[] = {
    /*                       body footer choices   id title note */
    [CIVIC_MSG_TEXT]     = { 4096,     0,      0,   0,    0,   0 },
    [CIVIC_MSG_BUTTONS]  = { 1024,    60,      3, 256,   20,   0 },
    [CIVIC_MSG_LIST]     = { 1024,    60,     10, 200,   24,  72 },
    [CIVIC_MSG_ASK_PIN]  = { 1024,     0,      0,   0,    0,   0 },
    [CIVIC_MSG_TEMPLATE] = {    0,     0,      3, 128,   25,   0 }
};

#define CIVIC_WA_LIST_BUTTON_MAX  20
#define CIVIC_WA_SECTION_MAX      24


civic_str_t
civic_wa_message(const civic_message_t *m, const civic_arena_t *a)
{
    civic_str_t   none = civic_null_str;
    civic_json_t  j;

    if (!civic_wa_fits(m)) {
        return none;
    }

    civic_json_begin(&j, a);

    switch (m->kind) {

    case CIVIC_MSG_TEXT:
        civic_wa_text(&j, m);
        break;

    case CIVIC_MSG_TEMPLATE:
        civic_wa_template(&j, m);
        break;

    default:
        civic_wa_interactive(&j, m);
    }

    return civic_json_print(&j);
}


static int
civic_wa_fits(const civic_message_t *m)
{
    const civic_wa_limits_t  *l;

    if ((size_t) m->kind >= sizeof(civic_wa_limits)
                            / sizeof(civic_wa_limits[0]))
    {
        return 0;
    }

    l = &civic_wa_limits[m->kind];

    if (!civic_wa_fits_in(m->body, l->body != 0, l->body)
        || !civic_wa_fits_in(m->footer, 0, l->footer)
        || !civic_wa_choices_fit(m, l))
    {
        return 0;
    }

    switch (m->kind) {

    case CIVIC_MSG_BUTTONS:
        return m->nchoices > 0;

    case CIVIC_MSG_LIST:
        return m->nchoices > 0
               && civic_wa_fits_in(m->list_button, 1,
                                   CIVIC_WA_LIST_BUTTON_MAX)
               && civic_wa_fits_in(m->section, 0, CIVIC_WA_SECTION_MAX);

    case CIVIC_MSG_TEMPLATE:
        return civic_wa_fits_in(m->template_name, 1, CIVIC_WA_NAME_MAX)
               && m->template_lang.len > 0
               && m->nparams <= CIVIC_PARAMS_MAX;

    default:
        return 1;
    }
}


/* Ids come back verbatim; two of the same could not be told apart. */

static int
civic_wa_choices_fit(const civic_message_t *m, const civic_wa_limits_t *l)
{
    size_t                 i, k;
    const civic_choice_t  *c;

    if (m->nchoices > l->choices) {
        return 0;
    }

    for (i = 0; i < m->nchoices; i++) {
        c = &m->choice[i];

        if (!civic_wa_fits_in(c->id, 1, l->id)
            || !civic_wa_fits_in(c->title, m->kind != CIVIC_MSG_TEMPLATE,
                                 l->title)
            || !civic_wa_fits_in(c->note, 0, l->note)
            || civic_wa_padded(c->id))
        {
            return 0;
        }

        for (k = 0; k < i; k++) {
            if (civic_str_eq(c->id, m->choice[k].id)
                || (m->kind == CIVIC_MSG_BUTTONS
                    && civic_str_eq(c->title, m->choice[k].title)))
            {
                return 0;
            }
        }
    }

    return 1;
}


static int
civic_wa_fits_in(civic_str_t s, size_t min, size_t max)
{
    size_t  n;

    n = s.len ? civic_utf16_len(s) : 0;

    return n >= min && n <= max;
}


static int
civic_wa_padded(civic_str_t id)
{
    return id.data[0] == ' ' || id.data[id.len - 1] == ' ';
}


static void
civic_wa_text(civic_json_t *j, const civic_message_t *m)
{
    cJSON  *text;

    civic_json_put(j, j->root, "type", civic_str("text"));

    text = civic_json_put_object(j, j->root, "text");
    civic_json_put(j, text, "body", m->body);

    if (!cJSON_AddFalseToObject(text, "preview_url")) {
        j->exhausted = 1;
    }
}


static void
civic_wa_interactive(civic_json_t *j, const civic_message_t *m)
{
    cJSON       *inter, *o;
    const char  *type;

    type = (m->kind == CIVIC_MSG_BUTTONS) ? "button"
           : (m->kind == CIVIC_MSG_LIST) ? "list"
           : "location_request_message";

    civic_json_put(j, j->root, "type", civic_str("interactive"));

    inter = civic_json_put_object(j, j->root, "interactive");
    civic_json_put(j, inter, "type", civic_str(type));

    o = civic_json_put_object(j, inter, "body");
    civic_json_put(j, o, "text", m->body);

    if (m->footer.len) {
        o = civic_json_put_object(j, inter, "footer");
        civic_json_put(j, o, "text", m->footer);
    }

    o = civic_json_put_object(j, inter, "action");

    switch (m->kind) {

    case CIVIC_MSG_BUTTONS:
        civic_wa_buttons(j, o, m);
        break;

    case CIVIC_MSG_LIST:
        civic_wa_list(j, o, m);
        break;

    default:
        civic_json_put(j, o, "name", civic_str("send_location"));
    }
}


static void
civic_wa_buttons(civic_json_t *j, cJSON *action, const civic_message_t *m)
{
    size_t   i;
    cJSON   *buttons, *button, *reply;

    buttons = civic_json_put_array(j, action, "buttons");

    for (i = 0; i < m->nchoices; i++) {
        button = civic_json_put_item(j, buttons);
        civic_json_put(j, button, "type", civic_str("reply"));

        reply = civic_json_put_object(j, button, "reply");
        civic_json_put(j, reply, "id", m->choice[i].id);
        civic_json_put(j, reply, "title", m->choice[i].title);
    }
}


static void
civic_wa_list(civic_json_t *j, cJSON *action, const civic_message_t *m)
{
    size_t   i;
    cJSON   *section, *rows, *row;

    civic_json_put(j, action, "button", m->list_button);

    section = civic_json_put_item(j,
                                  civic_json_put_array(j, action, "sections"));

    if (m->section.len) {
        civic_json_put(j, section, "title", m->section);
    }

    rows = civic_json_put_array(j, section, "rows");

    for (i = 0; i < m->nchoices; i++) {
        row = civic_json_put_item(j, rows);
        civic_json_put(j, row, "id", m->choice[i].id);
        civic_json_put(j, row, "title", m->choice[i].title);

        if (m->choice[i].note.len) {
            civic_json_put(j, row, "description", m->choice[i].note);
        }
    }
}


static void
civic_wa_template(civic_json_t *j, const civic_message_t *m)
{
    size_t   i;
    cJSON   *tpl, *o, *components, *parameters;

    civic_json_put(j, j->root, "type", civic_str("template"));

    tpl = civic_json_put_object(j, j->root, "template");
    civic_json_put(j, tpl, "name", m->template_name);

    o = civic_json_put_object(j, tpl, "language");
    civic_json_put(j, o, "code", m->template_lang);

    if (m->nparams == 0 && m->nchoices == 0) {
        return;
    }

    components = civic_json_put_array(j, tpl, "components");

    if (m->nparams) {
        o = civic_json_put_item(j, components);
        civic_json_put(j, o, "type", civic_str("body"));

        parameters = civic_json_put_array(j, o, "parameters");

        for (i = 0; i < m->nparams; i++) {
            civic_wa_param(j, parameters, m->param[i]);
        }
    }

    for (i = 0; i < m->nchoices; i++) {
        civic_wa_quick_reply(j, components, i, m->choice[i].id);
    }
}


/*
 * 132018: a parameter has no line breaks and no more than four spaces in a
 * row.  Runs of white space become one space, an empty one becomes a dash,
 * since Meta refuses empty parameters too.
 */

static void
civic_wa_param(civic_json_t *j, cJSON *parameters, civic_str_t s)
{
    char    *p;
    cJSON   *o;
    size_t   i, n;

    s = civic_utf16_cut(s, CIVIC_WA_PARAM_MAX);

    p = civic_arena_alloc(j->arena, s.len + 2);
    if (p == NULL) {
        j->exhausted = 1;
        return;
    }

    n = 0;

    for (i = 0; i < s.len; i++) {
        if (strchr(" \t\r\n", s.data[i]) == NULL) {
            p[n++] = s.data[i];

        } else if (n && p[n - 1] != ' ') {
            p[n++] = ' ';
        }
    }

    if (n && p[n - 1] == ' ') {
        n--;
    }

    if (n == 0) {
        p[n++] = '-';
    }

    o = civic_json_put_item(j, parameters);
    civic_json_put(j, o, "type", civic_str("text"));
    civic_json_put(j, o, "text", civic_strn(p, n));
}


static void
civic_wa_quick_reply(civic_json_t *j, cJSON *components, size_t i,
    civic_str_t payload)
{
    char    index[2];
    cJSON  *o;

    index[0] = (char) ('0' + i);
    index[1] = '\0';

    o = civic_json_put_item(j, components);
    civic_json_put(j, o, "type", civic_str("button"));
    civic_json_put(j, o, "sub_type", civic_str("quick_reply"));
    civic_json_put(j, o, "index", civic_str(index));

    o = civic_json_put_item(j, civic_json_put_array(j, o, "parameters"));
    civic_json_put(j, o, "type", civic_str("payload"));
    civic_json_put(j, o, "payload", payload);
}


/*
 * A number goes before a user id: "to" wins at Meta anyway, and some kinds
 * cannot be sent to a user id (131062).  With '+', because without it Meta
 * puts the country code of the business number in front.  The reader makes
 * text of numbers; stored bodies have none.
 */

civic_str_t
civic_wa_address(civic_str_t stored, const civic_who_t *who,
    int64_t outbox_id, const civic_arena_t *a)
{
    civic_str_t    s = civic_null_str;
    civic_json_t   j;
    const char   **name;

    static const char  *ours[] = {
        "messaging_product", "recipient_type", "to", "recipient",
        "biz_opaque_callback_data", NULL
    };

    if (who->phone.len == 0 && who->user_id.len == 0) {
        return s;
    }

    if (civic_json_parse(&j, stored, CIVIC_WA_STORED_DEPTH, a) != CIVIC_OK
        || !cJSON_IsObject(j.root))
    {
        civic_json_free(&j);
        return s;
    }

    for (name = ours; *name != NULL; name++) {
        cJSON_DeleteItemFromObjectCaseSensitive(j.root, *name);
    }

    civic_json_put(&j, j.root, "messaging_product", civic_str("whatsapp"));
    civic_json_put(&j, j.root, "recipient_type", civic_str("individual"));

    if (who->phone.len) {
        s = civic_arena_printf(a, "+%.*s", (int) who->phone.len,
                               who->phone.data);
        civic_json_put(&j, j.root, "to", s);

    } else {
        civic_json_put(&j, j.root, "recipient", who->user_id);
    }

    s = civic_arena_printf(a, "%" PRId64, outbox_id);
    civic_json_put(&j, j.root, "biz_opaque_callback_data", s);

    return civic_json_print(&j);
}


civic_str_t
civic_wa_outside(civic_str_t stored, civic_str_t name, civic_str_t lang,
    const civic_arena_t *a)
{
    civic_str_t       none = civic_null_str;
    civic_json_t      j;
    civic_message_t   m;

    if (civic_json_parse(&j, stored, CIVIC_WA_STORED_DEPTH, a) != CIVIC_OK
        || !cJSON_IsObject(j.root))
    {
        civic_json_free(&j);
        return none;
    }

    if (civic_json_object(j.root, "template") != NULL) {
        civic_json_free(&j);
        return stored;
    }

    memset(&m, 0, sizeof(civic_message_t));

    m.kind = CIVIC_MSG_TEMPLATE;
    m.template_name = name;
    m.template_lang = lang;
    m.nparams = 1;
    m.param[0] = civic_utf16_ellipsis(civic_wa_words(&j),
                                      CIVIC_WA_OUTSIDE_MAX, a);

    civic_json_free(&j);

    if (j.exhausted || m.param[0].data == NULL) {
        return none;
    }

    return civic_wa_message(&m, a);
}


/* What a stored message says, whatever its kind. */

static civic_str_t
civic_wa_words(civic_json_t *j)
{
    const cJSON  *o;

    o = civic_json_object(j->root, "text");

    if (o != NULL) {
        return civic_json_text(j, o, "body", CIVIC_TEXT_MAX);
    }

    o = civic_json_object(civic_json_object(j->root, "interactive"), "body");

    return civic_json_text(j, o, "text", CIVIC_TEXT_MAX);
}


civic_str_t
civic_wa_read(civic_str_t wamid, int typing, const civic_arena_t *a)
{
    cJSON         *o;
    civic_json_t   j;

    civic_json_begin(&j, a);

    civic_json_put(&j, j.root, "messaging_product", civic_str("whatsapp"));
    civic_json_put(&j, j.root, "status", civic_str("read"));
    civic_json_put(&j, j.root, "message_id", wamid);

    if (typing) {
        o = civic_json_put_object(&j, j.root, "typing_indicator");
        civic_json_put(&j, o, "type", civic_str("text"));
    }

    return civic_json_print(&j);
}
