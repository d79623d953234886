
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Reads a message once, so that the table can look at one word.
 */


#include <stdio.h>

#include "core/base/civic_fold.h"
#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_guards.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_TEXT_READ_MAX  4000       /* characters: what 311 can take */


static int civic_cue_words(civic_talk_t *k);
static int civic_cue_kind(civic_talk_t *k, int plain);
static void civic_cue_place(civic_talk_t *k);
static int civic_cue_in_menu(civic_talk_t *k);
static int civic_cue_number(civic_talk_t *k);
static int civic_cue_asks_case(const civic_talk_t *k);
static int civic_cue_command(civic_talk_t *k);
static void civic_cue_offers(civic_talk_t *k);
static civic_str_t civic_cue_level(const civic_talk_t *k);
static int civic_cue_make(civic_talk_t *k, const char *prefix,
    civic_str_t arg);
static void civic_cue_id(civic_talk_t *k, civic_str_t id);
static int civic_cue_about(civic_talk_t *k);
static int civic_cue_tap(civic_talk_t *k, civic_str_t id);
static int civic_cue_thumb(civic_talk_t *k);


int
civic_cue_read(civic_talk_t *k)
{
    const civic_event_t  *ev = k->event;

    k->text = civic_utf8_clean(ev->text, k->arena);
    if (k->text.data == NULL && ev->text.len) {
        return CIVIC_ERROR;
    }

    k->text = civic_utf8_cut(k->text, CIVIC_TEXT_READ_MAX);

    switch (ev->kind) {

    case CIVIC_EV_TAP:

        /* a template's quick reply may carry its label only */

        if (ev->id.len && memchr(ev->id.data, ':', ev->id.len) != NULL) {
            return civic_cue_tap(k, ev->id);
        }

        return civic_cue_words(k);

    case CIVIC_EV_TEXT:
    case CIVIC_EV_PHOTO:
    case CIVIC_EV_VOICE:
    case CIVIC_EV_VIDEO:
    case CIVIC_EV_FILE:
        return civic_cue_words(k);

    case CIVIC_EV_REACTION:
        return civic_cue_thumb(k);

    default:
        return CIVIC_OK;
    }
}


static int
civic_cue_words(civic_talk_t *k)
{
    int  rc, plain;

    k->fold = civic_fold(k->text, k->arena);
    if (k->fold.data == NULL) {
        return CIVIC_ERROR;
    }

    plain = k->event->kind == CIVIC_EV_TEXT || k->event->kind == CIVIC_EV_TAP;

    if (k->text.len == 0) {
        k->cue = plain ? civic_str("none") : k->cue;
        return CIVIC_OK;
    }

    if (civic_classify(k->city, k->text, k->conv->lang, k->arena,
                       &k->meaning)
        != CIVIC_OK
        || civic_place_find(k->city, k->text, k->arena, &k->place)
           != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    if (civic_cue_in_menu(k) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    civic_cue_place(k);
    civic_cue_offers(k);

    if (plain) {
        rc = civic_cue_number(k);
        if (rc != CIVIC_DECLINED) {
            return rc;
        }

        if (k->meaning.command.len) {
            return civic_cue_command(k);
        }
    }

    if (k->meaning.misroute.len) {
        return civic_cue_kind(k, plain);
    }

    k->cue = civic_cue_level(k);

    return CIVIC_OK;
}


/*
 * What is no complaint to us.  Danger is told always; the rest only where a
 * complaint could begin, for elsewhere the words answer a question of ours,
 * or where the words are about what they quote.
 */

static int
civic_cue_kind(civic_talk_t *k, int plain)
{
    size_t       i;
    unsigned     state = k->conv->state;
    civic_str_t  kind = k->meaning.misroute;

    static const struct {
        const char  *kind;
        const char  *command;       /* that says the same */
    } commands[] = {
        { "greeting", "hello" }, { "thanks", "thanks" },
        { "status", "status" }
    };

    if (civic_str_is(kind, "emergency") || civic_str_is(kind, "sewer_worker"))
    {
        return civic_cue_make(k, "misroute:", kind);
    }

    if (state != CIVIC_ST_IDLE && state != CIVIC_ST_WHAT
        && state != CIVIC_ST_CHOOSE && !civic_is_about_case(k))
    {
        k->cue = civic_cue_level(k);
        return CIVIC_OK;
    }

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (civic_str_is(kind, commands[i].kind)) {
            if (plain) {
                return civic_cue_make(k, "cmd:",
                                      civic_str(commands[i].command));
            }

            k->cue = civic_cue_level(k);
            return CIVIC_OK;
        }
    }

    return civic_cue_make(k, "misroute:", kind);
}


/*
 * A place and not one word more is no problem, whatever is often told of that
 * place.
 */

static void
civic_cue_place(civic_talk_t *k)
{
    if (k->place.kind < CIVIC_PLACE_WIDE || k->place.rest
        || k->meaning.command.len)
    {
        return;
    }

    k->meaning.nguess = 0;
    k->meaning.sure = CIVIC_SURE_NONE;
    k->meaning.misroute = civic_str("");
}


/*
 * Right after a menu was opened a word is about it: "dirty" under water.
 * What is clear by itself stays what it is.
 */

static int
civic_cue_in_menu(civic_talk_t *k)
{
    size_t           i;
    char             key[CIVIC_MENU_MAX + 8];
    civic_str_t      topic, text;
    civic_meaning_t  m;

    if (k->conv->state != CIVIC_ST_WHAT || k->conv->menu[0] == '\0'
        || k->meaning.command.len || k->meaning.misroute.len
        || k->meaning.sure == CIVIC_SURE_YES)
    {
        return CIVIC_OK;
    }

    (void) snprintf(key, sizeof(key), "topic_%s", k->conv->menu);   /* fits */

    topic = civic_render_text(k, key, k->meaning.lang, NULL, 0);
    text = civic_arena_printf(k->arena, "%.*s %.*s", (int) topic.len,
                              topic.data, (int) k->text.len, k->text.data);

    if (text.data == NULL
        || civic_classify(k->city, text, k->conv->lang, k->arena, &m)
           != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    for (i = 0; i < m.nguess; i++) {
        if (!civic_str_is(m.guess[i]->menu, k->conv->menu)) {
            return CIVIC_OK;
        }
    }

    m.lang = k->meaning.lang;
    k->meaning = m.nguess ? m : k->meaning;

    return CIVIC_OK;
}


/*
 * A tracking number counts when it is all there is, or stands in a question
 * about a complaint; in a place or a story it is a house or a telephone.
 */

static int
civic_cue_number(civic_talk_t *k)
{
    int   rc;
    char  ticket[CIVIC_TICKET_MAX];

    rc = civic_ticket_find(k->text, ticket);
    if (rc == CIVIC_DECLINED) {
        return CIVIC_DECLINED;
    }

    if (civic_cue_has_letter(k->fold) && !civic_cue_asks_case(k)) {
        return CIVIC_DECLINED;
    }

    if (rc == CIVIC_AGAIN) {
        k->cue = civic_str("number?");
        return CIVIC_OK;
    }

    return civic_cue_make(k, "case:", civic_str(ticket));
}


static int
civic_cue_asks_case(const civic_talk_t *k)
{
    return civic_str_is(k->meaning.command, "status")
           || civic_str_is(k->meaning.command, "mine")
           || civic_str_is(k->meaning.misroute, "status")
           || (k->meaning.sure == CIVIC_SURE_NONE
               && k->meaning.misroute.len == 0
               && civic_cue_has_phrase(k, "case_words", 0));
}


/* A command with a colon is the row of a list, typed. */

static int
civic_cue_command(civic_talk_t *k)
{
    civic_str_t  command = k->meaning.command;

    if (memchr(command.data, ':', command.len) == NULL) {
        return civic_cue_make(k, "cmd:", command);
    }

    civic_cue_id(k, command);

    return CIVIC_OK;
}


/* Guesses 311 does not offer just now are no guesses. */

static void
civic_cue_offers(civic_talk_t *k)
{
    size_t            i, n;
    civic_meaning_t  *m = &k->meaning;

    for (i = 0, n = 0; i < m->nguess; i++) {
        if (civic_cue_offered(k->turn, m->guess[i])) {
            m->guess[n++] = m->guess[i];
        }
    }

    if (n == 0) {
        m->sure = CIVIC_SURE_NONE;

    } else if (n == 1 && n < m->nguess) {
        m->sure = CIVIC_SURE_YES;
    }

    m->nguess = n;
}


int
civic_cue_offered(const civic_turn_t *t, const civic_service_t *service)
{
    return t->offered == NULL || t->offered[service - t->city->services];
}


static civic_str_t
civic_cue_level(const civic_talk_t *k)
{
    switch (k->meaning.sure) {

    case CIVIC_SURE_YES:
        return civic_str("sure");

    case CIVIC_SURE_CLOSE:
        return civic_str("close");

    default:
        return civic_str("none");
    }
}


static int
civic_cue_make(civic_talk_t *k, const char *prefix, civic_str_t arg)
{
    size_t  len;

    len = strlen(prefix);

    k->cue = civic_arena_printf(k->arena, "%s%.*s", prefix, (int) arg.len,
                                arg.data);
    if (k->cue.data == NULL) {
        return CIVIC_ERROR;
    }

    k->arg = civic_strn(k->cue.data + len, k->cue.len - len);

    return CIVIC_OK;
}


static void
civic_cue_id(civic_talk_t *k, civic_str_t id)
{
    const char  *colon;

    k->cue = id;
    colon = memchr(id.data, ':', id.len);
    k->arg = civic_strn(colon + 1, id.data + id.len - colon - 1);
}


/*
 * "fix:place:12345678": the cue is what stands before the number.
 */

static int
civic_cue_about(civic_talk_t *k)
{
    size_t  n;

    for (n = k->cue.len; n && k->cue.data[n - 1] != ':'; n--) { /* void */ }

    k->arg = civic_strn(k->cue.data + n, k->cue.len - n);
    k->cue.len = n - 1;

    return civic_ticket_check(k->arg);
}


static int
civic_cue_tap(civic_talk_t *k, civic_str_t id)
{
    civic_cue_id(k, id);

    /* ids come from a telephone: only our numbers go to Postgres */

    if ((civic_cue_is("case:", k->cue) || civic_cue_is("change:", k->cue))
        && civic_ticket_check(k->arg) != CIVIC_OK)
    {
        k->cue = civic_str("number?");

    } else if (civic_cue_is("fix:", k->cue)
               && civic_cue_about(k) != CIVIC_OK)
    {
        k->cue = civic_str("number?");
    }

    return CIVIC_OK;
}


/* A thumb is a tap on what it means under the message it is given to. */

static int
civic_cue_thumb(civic_talk_t *k)
{
    size_t                i, len;
    const char           *id;
    civic_str_t           ticket;
    const civic_event_t  *ev = k->event;

    for (i = 0; i < k->flow->nthumbs; i++) {
        if (civic_str_is(ev->quoted, k->flow->thumbs[i].key)) {
            break;
        }
    }

    id = i == k->flow->nthumbs ? NULL
         : civic_cue_begins(k, "thumbs_up") ? k->flow->thumbs[i].up
         : civic_cue_begins(k, "thumbs_down") ? k->flow->thumbs[i].down
         : NULL;

    if (id == NULL) {
        return CIVIC_OK;
    }

    len = strlen(id);

    if (id[len - 1] != ':') {
        return civic_cue_tap(k, civic_str(id));
    }

    if (ev->ncases == 0) {
        return CIVIC_OK;
    }

    ticket = civic_arena_printf(k->arena, "%s%.*s", id,
                                (int) ev->cases[0].ticket.len,
                                ev->cases[0].ticket.data);

    return ticket.data != NULL ? civic_cue_tap(k, ticket) : CIVIC_ERROR;
}


int
civic_cue_is(const char *detail, civic_str_t cue)
{
    size_t  len;

    if (detail == NULL) {
        return 1;
    }

    len = strlen(detail);

    if (detail[len - 1] == ':' || detail[len - 1] == '_') {
        return cue.len >= len && memcmp(cue.data, detail, len) == 0;
    }

    return cue.len == len && memcmp(cue.data, detail, len) == 0;
}


/* Every script of India begins below U+2000, every emoji above. */

int
civic_cue_has_letter(civic_str_t fold)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < fold.len; i++) {
        c = fold.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 0xc2 && c <= 0xe1)) {
            return 1;
        }
    }

    return 0;
}
