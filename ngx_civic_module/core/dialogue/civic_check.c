
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Proves a flow against a city before the first citizen writes: every row
 * can fire, every state can be reached and left, no message ends in
 * silence, every wait has its lateness, and whatever is said exists in every
 * language and fits its shape.  It changes nothing and repairs nothing.
 */


#include <stdio.h>

#include "core/base/civic_utf8.h"
#include "core/case/civic_status.h"
#include "core/city/civic_words.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_BIT(n)        (1u << (n))
#define CIVIC_TALK_STATES   (CIVIC_BIT(CIVIC_ST_TALKS) - 1)
#define CIVIC_WAIT_STATES                                                     \
    ((CIVIC_BIT(CIVIC_ST_MAX) - 1) & ~CIVIC_TALK_STATES)
#define CIVIC_MESSAGES      (CIVIC_BIT(CIVIC_EV_OURS) - 1)
#define CIVIC_BODY_MAX      1024    /* units of an interactive message */
#define CIVIC_FILL_MAX      512     /* the longest placeholder, and more */

/* messages that need no answer; MOVED is the glue's */

#define CIVIC_SILENT                                                          \
    (CIVIC_BIT(CIVIC_EV_NONE) | CIVIC_BIT(CIVIC_EV_REACTION)                  \
     | CIVIC_BIT(CIVIC_EV_REVOKE) | CIVIC_BIT(CIVIC_EV_MOVED))


typedef struct {
    const civic_flow_t   *flow;
    const civic_city_t   *city;
    const civic_arena_t  *arena;
    civic_faults_t       *faults;
    size_t                debt;     /* units of what may stand around a body */
} civic_check_t;


static void civic_check_rows(civic_check_t *c);
static void civic_check_row(civic_check_t *c, size_t n);
static int civic_check_hides(const civic_row_t *a, const civic_row_t *b);
static uint32_t civic_check_in(const civic_row_t *row);
static void civic_check_states(civic_check_t *c);
static void civic_check_answers(civic_check_t *c, unsigned state);
static int civic_check_has_row(const civic_flow_t *flow, unsigned state,
    unsigned event, int any_guard);
static void civic_check_needs(civic_check_t *c);
static void civic_check_says(civic_check_t *c);
static void civic_check_thumbs(civic_check_t *c);
static void civic_check_body(civic_check_t *c, const char *key);
static void civic_check_menus(civic_check_t *c);
static void civic_check_commands(civic_check_t *c);
static void civic_check_words(civic_check_t *c);
static const civic_text_t *civic_check_text(civic_check_t *c,
    const char *key, civic_text_kind_e kind);
static size_t civic_check_longest(civic_check_t *c, const char *key);
static void civic_check_fault(civic_check_t *c, const char *what,
    const char *name, unsigned n);


/* texts that no row names */

static const char  *civic_check_texts[] = {
    "notice", "line_department", "line_ward", "line_place", "line_photos",
    "line_request", "line_notice", "line_expected", "line_filed",
    "line_known", "date", "template_lang",
    "time_night", "time_morning", "time_noon", "time_evening", "time_late",
    "month_1", "month_2", "month_3", "month_4", "month_5", "month_6",
    "month_7", "month_8", "month_9", "month_10", "month_11", "month_12",
    "officer_kind", "officer_place", "officer_words", "place_words",
    "here_words", "talk_words", "short_places", "case_words", "same_places",
    "officer_gone", "thumbs_up", "thumbs_down"
};


int
civic_dialogue_check(const civic_city_t *city, const civic_arena_t *a,
    civic_fault_pt fault, void *data)
{
    civic_faults_t  faults = { fault, data, 0 };

    return civic_flow_check(&civic_flow_citizen, city, a, &faults);
}


int
civic_flow_check(const civic_flow_t *flow, const civic_city_t *city,
    const civic_arena_t *a, civic_faults_t *f)
{
    unsigned       before;
    civic_check_t  c = { flow, city, a, f, 0 };

    before = f->count;

    civic_check_rows(&c);
    civic_check_states(&c);
    civic_check_needs(&c);
    civic_check_says(&c);
    civic_check_thumbs(&c);
    civic_check_menus(&c);
    civic_check_commands(&c);
    civic_check_words(&c);

    return f->count == before ? CIVIC_OK : CIVIC_ERROR;
}


static void
civic_check_rows(civic_check_t *c)
{
    size_t  i, j;

    for (i = 0; i < c->flow->nrows; i++) {
        civic_check_row(c, i);

        for (j = i + 1; j < c->flow->nrows; j++) {
            if (civic_check_hides(&c->flow->rows[i], &c->flow->rows[j])) {
                civic_check_fault(c, "row can never fire, one above it takes "
                                  "all", c->flow->rows[j].say, j);
            }
        }
    }
}


static void
civic_check_row(civic_check_t *c, size_t n)
{
    uint32_t            then;
    const civic_row_t  *row = &c->flow->rows[n];

    if ((row->on & CIVIC_MESSAGES) && (row->on & ~CIVIC_MESSAGES)) {
        civic_check_fault(c, "row mixes messages and outcomes", row->say, n);
    }

    if (civic_check_in(row) == 0) {
        civic_check_fault(c, "row is in no state", row->say, n);
    }

    then = row->then < CIVIC_ST_MAX ? CIVIC_BIT(row->then) : 0;

    if (row->on & CIVIC_MESSAGES ? then & CIVIC_WAIT_STATES
                                 : then & CIVIC_TALK_STATES
                                   || row->then == CIVIC_ST_REST)
    {
        civic_check_fault(c, "row goes on in a state of the other kind",
                          row->say, n);
    }

    if (row->say != NULL && row->then == CIVIC_ST_NEXT) {
        civic_check_fault(c, "row would say two things", row->say, n);
    }

    if (row->say != NULL && civic_flow_say(c->flow, row->say) == NULL) {
        civic_check_fault(c, "row says what has no shape", row->say, n);
    }
}


/* A row that is fired in every case in which a later one could be. */

static int
civic_check_hides(const civic_row_t *a, const civic_row_t *b)
{
    size_t  i, j;

    if ((civic_check_in(b) & ~civic_check_in(a)) || (b->on & ~a->on)) {
        return 0;
    }

    if (a->detail != NULL
        && (b->detail == NULL || !civic_cue_is(a->detail,
                                               civic_str(b->detail))))
    {
        return 0;
    }

    for (i = 0; i < CIVIC_GUARDS_MAX && a->only_if[i] != NULL; i++) {

        for (j = 0; j < CIVIC_GUARDS_MAX; j++) {
            if (a->only_if[i] == b->only_if[j]) {
                break;
            }
        }

        if (j == CIVIC_GUARDS_MAX) {
            return 0;
        }
    }

    return 1;
}


static uint32_t
civic_check_in(const civic_row_t *row)
{
    return row->in & (row->on & CIVIC_MESSAGES ? CIVIC_TALK_STATES
                                               : CIVIC_WAIT_STATES);
}


static void
civic_check_states(civic_check_t *c)
{
    size_t    i;
    uint32_t  reached, left;

    /* waits are begun by actions; the first talk state by being born */

    reached = CIVIC_BIT(CIVIC_ST_IDLE) | CIVIC_WAIT_STATES;
    left = 0;

    for (i = 0; i < c->flow->nneeds; i++) {
        reached |= CIVIC_BIT(c->flow->needs[i].then);
    }

    for (i = 0; i < c->flow->nrows; i++) {
        if (c->flow->rows[i].then < CIVIC_ST_MAX) {
            reached |= CIVIC_BIT(c->flow->rows[i].then);
            left |= civic_check_in(&c->flow->rows[i])
                    & ~CIVIC_BIT(c->flow->rows[i].then);

        } else if (c->flow->rows[i].act[0] != NULL) {
            left |= civic_check_in(&c->flow->rows[i]);
        }
    }

    for (i = 0; i < CIVIC_ST_MAX; i++) {
        if (!(reached & CIVIC_BIT(i))) {
            civic_check_fault(c, "state is never reached",
                              civic_state_name(i), i);
        }

        if (!(left & CIVIC_BIT(i))) {
            civic_check_fault(c, "state is never left", civic_state_name(i),
                              i);
        }

        civic_check_answers(c, i);
    }
}


/* Promise: no citizen message ends in silence, no wait without an end. */

static void
civic_check_answers(civic_check_t *c, unsigned state)
{
    unsigned  event;

    if (state < CIVIC_ST_TALKS) {
        for (event = 0; event < CIVIC_EV_OURS; event++) {
            if (!(CIVIC_SILENT & CIVIC_BIT(event))
                && !civic_check_has_row(c->flow, state, event, 0))
            {
                civic_check_fault(c, "state has no answer to every",
                                  civic_event_name(event), state);
            }
        }

        return;
    }

    if (!civic_check_has_row(c->flow, state, CIVIC_EV_FOUND, 0)) {
        civic_check_fault(c, "state has no answer to every", "found", state);
    }

    if ((state == CIVIC_ST_REGISTERING || state == CIVIC_ST_ASKING
         || state == CIVIC_ST_UPDATING)
        && !civic_check_has_row(c->flow, state, CIVIC_EV_DUE, 1))
    {
        civic_check_fault(c, "state waits for ever", civic_state_name(state),
                          state);
    }
}


static int
civic_check_has_row(const civic_flow_t *flow, unsigned state,
    unsigned event, int any_guard)
{
    size_t              i;
    const civic_row_t  *row;

    for (i = 0; i < flow->nrows; i++) {
        row = &flow->rows[i];

        if ((civic_check_in(row) & CIVIC_BIT(state))
            && (row->on & CIVIC_BIT(event))
            && (any_guard || (row->detail == NULL
                              && row->only_if[0] == NULL)))
        {
            return 1;
        }
    }

    return 0;
}


/* The last question for each need must hold in every case. */

static void
civic_check_needs(civic_check_t *c)
{
    size_t               i;
    const civic_need_t  *need;

    for (i = 0; i < c->flow->nneeds; i++) {
        need = &c->flow->needs[i];

        if (civic_flow_say(c->flow, need->say) == NULL) {
            civic_check_fault(c, "need asks what has no shape", need->say, i);
        }

        if (need->then >= CIVIC_ST_TALKS) {
            civic_check_fault(c, "need goes on in no state of talk",
                              need->say, i);
        }

        if (need->only_if != NULL
            && (i + 1 == c->flow->nneeds || need[1].has != need->has))
        {
            civic_check_fault(c, "need may stay unasked", need->say, i);
        }
    }
}


static void
civic_check_says(civic_check_t *c)
{
    size_t              i, j, number, held;
    civic_str_t         key;
    const civic_say_t  *say;

    number = civic_check_longest(c, "owed_number");
    held = civic_check_longest(c, "owed_held");

    c->debt = (held > number ? held : number)
              + civic_check_longest(c, "update_saved")
              + civic_check_longest(c, "notice") + 6;

    for (i = 0; i < c->flow->nsays; i++) {
        say = &c->flow->says[i];
        civic_check_body(c, say->key);

        for (j = 0; j < CIVIC_SAY_MAX && say->button[j] != NULL; j++) {
            key = civic_render_button_key(say->button[j], c->arena);

            if (key.data != NULL) {
                (void) civic_check_text(c, key.data, CIVIC_TEXT_BUTTON);
            }
        }
    }
}


/* A thumb under a message that is never said. */

static void
civic_check_thumbs(civic_check_t *c)
{
    size_t  i;

    for (i = 0; i < c->flow->nthumbs; i++) {
        if (civic_flow_say(c->flow, c->flow->thumbs[i].key) == NULL) {
            civic_check_fault(c, "thumb has no message",
                              c->flow->thumbs[i].key, i);
        }
    }
}


static void
civic_check_body(civic_check_t *c, const char *key)
{
    size_t  len;

    if (civic_check_text(c, key, CIVIC_TEXT_BODY) == NULL) {
        return;
    }

    len = civic_check_longest(c, key) + c->debt;

    if (len > CIVIC_BODY_MAX) {
        civic_fault(c->faults, civic_str("texts.csv"), 0,
                    "\"%s\" may become %zu units long with the notice and "
                    "what is owed around it; %d fit", key, len,
                    CIVIC_BODY_MAX);
    }
}


static void
civic_check_menus(civic_check_t *c)
{
    size_t       i, j, n, services, usual;
    civic_str_t  menu[CIVIC_ROWS_MAX], key;

    n = civic_list_menus(c->city, menu, CIVIC_ROWS_MAX);

    if (n > CIVIC_ROWS_MAX) {
        civic_check_fault(c, "categories.csv has too many menus for a list",
                          "menu", n);
        n = CIVIC_ROWS_MAX;
    }

    for (usual = 0, i = 0; i < c->city->nservices; i++) {
        usual += c->city->services[i].usual;
    }

    if (usual > CIVIC_ROWS_MAX - 1) {
        civic_check_fault(c, "categories.csv has too many usual services for "
                          "a list", "usual", usual);
    }

    for (i = 0; i < n; i++) {
        key = civic_arena_printf(c->arena, "menu_%.*s", (int) menu[i].len,
                                 menu[i].data);

        if (key.data == NULL || menu[i].len >= CIVIC_MENU_MAX) {
            civic_check_fault(c, "menu has too long a name", "menu", i);
            continue;
        }

        (void) civic_check_text(c, key.data, CIVIC_TEXT_ROW);

        for (services = 0, j = 0; j < c->city->nservices; j++) {
            services += civic_str_eq(c->city->services[j].menu, menu[i]);
        }

        if (services > CIVIC_ROWS_MAX - 1) {
            civic_check_fault(c, "menu has too many services for a list",
                              key.data, services);
        }

        if (services > 1) {
            key = civic_arena_printf(c->arena, "topic_%.*s",
                                     (int) menu[i].len, menu[i].data);

            if (key.data != NULL) {
                (void) civic_check_text(c, key.data, CIVIC_TEXT_WORD);
            }
        }
    }
}


/* A command nobody can say, or one whose name in the file is misspelt. */

static void
civic_check_commands(civic_check_t *c)
{
    size_t       i, j;
    const char  *detail;

    for (i = 0; i < c->flow->nrows; i++) {
        detail = c->flow->rows[i].detail;

        if (detail == NULL || strncmp(detail, "cmd:", 4) != 0
            || detail[4] == '\0' || detail[strlen(detail) - 1] == '_'
            || civic_words_has(c->city->words, civic_str(detail + 4)))
        {
            continue;
        }

        for (j = 0; j < i; j++) {
            if (c->flow->rows[j].detail != NULL
                && strcmp(c->flow->rows[j].detail, detail) == 0)
            {
                break;
            }
        }

        if (j == i) {
            civic_fault(c->faults, civic_str("commands.csv"), 0,
                        "command \"%s\" is missing", detail + 4);
        }
    }
}


static void
civic_check_words(civic_check_t *c)
{
    char    key[64];
    size_t  i;

    for (i = 0; i < CIVIC_CASE_MAX; i++) {
        (void) snprintf(key, sizeof(key), "status_%s", civic_case_name(i));
        (void) civic_check_text(c, key, CIVIC_TEXT_WORD);

        (void) snprintf(key, sizeof(key), "state_%s", civic_case_name(i));
        (void) civic_check_text(c, key, CIVIC_TEXT_WORD);
    }

    (void) civic_check_text(c, "row_other", CIVIC_TEXT_ROW);
    (void) civic_check_text(c, "case_note", CIVIC_TEXT_ROW_NOTE);
    (void) civic_check_text(c, "list_menu", CIVIC_TEXT_LIST_BUTTON);
    (void) civic_check_text(c, "list_cases", CIVIC_TEXT_LIST_BUTTON);

    for (i = 0; i < sizeof(civic_check_texts) / sizeof(char *); i++) {
        if (civic_city_text(c->city, civic_str(civic_check_texts[i]))
            == NULL)
        {
            civic_fault(c->faults, civic_str("texts.csv"), 0,
                        "text \"%s\" is missing", civic_check_texts[i]);
        }
    }
}


static const civic_text_t *
civic_check_text(civic_check_t *c, const char *key, civic_text_kind_e kind)
{
    const civic_text_t  *t;

    t = civic_city_text(c->city, civic_str(key));

    if (t == NULL) {
        civic_fault(c->faults, civic_str("texts.csv"), 0,
                    "text \"%s\" is missing", key);

    } else if (t->kind != kind) {
        civic_fault(c->faults, civic_str("texts.csv"), 0,
                    "text \"%s\" is of another kind than its place asks for",
                    key);
        t = NULL;
    }

    return t;
}


/* Units of a text in the longest language with the longest values. */

static size_t
civic_check_longest(civic_check_t *c, const char *key)
{
    char                 fill[CIVIC_FILL_MAX];
    size_t               i, n, len, longest;
    civic_str_t          s;
    civic_value_t        v[64];
    const civic_text_t  *t;

    t = civic_city_text(c->city, civic_str(key));
    if (t == NULL) {
        return 0;
    }

    memset(fill, 'x', sizeof(fill));

    for (n = 0; n < 64 && civic_placeholders[n].name != NULL; n++) {
        v[n].name = civic_placeholders[n].name;
        v[n].value = civic_strn(fill, civic_placeholders[n].max
                                      < sizeof(fill)
                                      ? civic_placeholders[n].max
                                      : sizeof(fill));
    }

    for (longest = 0, i = 0; i < CIVIC_LANG_MAX; i++) {
        s = civic_text_fill(t, i, v, n, c->arena);
        len = s.data != NULL ? civic_utf16_len(s) : 0;
        longest = len > longest ? len : longest;
    }

    return longest;
}


static void
civic_check_fault(civic_check_t *c, const char *what, const char *name,
    unsigned n)
{
    civic_fault(c->faults, civic_str("civic_flow"), 0, "%s: %s (%u)", what,
                name != NULL ? name : "silent", n);
}
