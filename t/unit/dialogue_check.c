
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The check of the table finds what it is for: every kind of fault is made
 * once and must be named.  Fails when a fault passes "nginx -t".
 */


#include "chat_city.h"
#include "core/dialogue/civic_flow.h"
#include "tap.h"


#define TEST_ROWS_MAX  256
#define TEST_BIT(n)    (1u << (n))


typedef struct {
    civic_flow_t     flow;
    civic_city_t     city;
    civic_row_t      rows[TEST_ROWS_MAX];
    civic_need_t     needs[TEST_ROWS_MAX];
    civic_text_t    *texts;
    civic_service_t *services;
} test_table_t;


static void test_begin(test_table_t *t, const civic_city_t *city);
static int test_names(test_table_t *t, const char *fault);
static void test_remember(void *data, const char *line);
static civic_row_t *test_row(test_table_t *t, const char *say, unsigned on);
static civic_text_t *test_text(test_table_t *t, const char *key);
static void test_tables(const civic_city_t *city);
static void test_texts(const civic_city_t *city);
static void test_menus(const civic_city_t *city);


static chat_pool_t  test_pool;


int
main(void)
{
    civic_city_t  city;

    chat_pool_init(&test_pool);

    if (!chat_city_load(&city, &test_pool.arena)) {
        return 1;
    }

    is_int(civic_dialogue_check(&city, &test_pool.arena, chat_fault, NULL),
           CIVIC_OK, "the city's own table has no fault");

    test_tables(&city);
    test_texts(&city);
    test_menus(&city);

    civic_city_destroy(&city);
    chat_pool_done(&test_pool);

    return done();
}


static void
test_tables(const civic_city_t *city)
{
    civic_row_t   *row;
    test_table_t   t;

    test_begin(&t, city);
    t.rows[t.flow.nrows] = t.rows[20];
    t.flow.nrows++;
    ok(test_names(&t, "can never fire"), "a row below its like");

    test_begin(&t, city);
    test_row(&t, "sticker", CIVIC_EV_STICKER)->in = TEST_BIT(CIVIC_ST_IDLE);
    ok(test_names(&t, "no answer to every: sticker"), "a message unanswered");

    test_begin(&t, city);
    row = test_row(&t, "receipt_saved", CIVIC_EV_DUE);
    row->on = TEST_BIT(CIVIC_EV_REFUSED);
    ok(test_names(&t, "waits for ever: REGISTERING"), "a wait without end");

    test_begin(&t, city);
    test_row(&t, "help", CIVIC_EV_TEXT)->say = "advice";
    ok(test_names(&t, "no shape: advice"), "a message without a shape");

    test_begin(&t, city);
    test_row(&t, "help", CIVIC_EV_TEXT)->then = CIVIC_ST_NEXT;
    ok(test_names(&t, "two things: help"), "two messages in one turn");

    test_begin(&t, city);
    test_row(&t, "help", CIVIC_EV_TEXT)->then = CIVIC_ST_SETTLED;
    ok(test_names(&t, "other kind: help"), "a talk that ends in a wait");

    test_begin(&t, city);
    test_row(&t, "receipt", CIVIC_EV_REGISTERED)->then = CIVIC_ST_IDLE;
    ok(test_names(&t, "other kind: receipt"), "a wait that ends in a talk");

    test_begin(&t, city);
    test_row(&t, "help", CIVIC_EV_TEXT)->on |= TEST_BIT(CIVIC_EV_FOUND);
    ok(test_names(&t, "mixes messages and outcomes"), "two kinds of events");

    test_begin(&t, city);
    test_row(&t, "receipt", CIVIC_EV_REGISTERED)->in
        = TEST_BIT(CIVIC_ST_PLACE);
    ok(test_names(&t, "is in no state: receipt"), "a row nobody is in");

    test_begin(&t, city);

    for (row = t.rows; row < t.rows + t.flow.nrows; row++) {
        row->then = row->then == CIVIC_ST_CHANGE ? CIVIC_ST_SAME : row->then;
    }

    ok(test_names(&t, "never reached: CHANGE"), "a state nobody reaches");

    test_begin(&t, city);
    t.flow.nneeds--;
    ok(test_names(&t, "may stay unasked: ask_place_media"),
       "a need without a last question");

    test_begin(&t, city);
    t.needs[0].then = CIVIC_ST_SETTLED;
    ok(test_names(&t, "no state of talk: choose"), "a question in a wait");

    test_begin(&t, city);
    t.needs[0].say = "pick";
    ok(test_names(&t, "asks what has no shape: pick"),
       "a question without a shape");
}


static void
test_texts(const civic_city_t *city)
{
    size_t         i;
    char           name[64];
    test_table_t   t;
    static char    tall[1100];

    static const char  *needed[] = {
        "hello", "ask_place", "receipt", "button_new", "button_other",
        "menu_water", "status_held", "state_saved", "row_other", "case_note",
        "list_menu", "list_cases", "notice", "month_12", "time_late",
        "officer_words", "place_words", "line_known"
    };

    for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        test_begin(&t, city);
        test_text(&t, needed[i])->key.len--;

        snprintf(name, sizeof(name), "\"%s\" is missing", needed[i]);
        ok(test_names(&t, name), "text %s", name);
    }

    test_begin(&t, city);
    test_text(&t, "hello")->kind = CIVIC_TEXT_TEXT;
    ok(test_names(&t, "\"hello\" is of another kind"), "a body that is none");

    test_begin(&t, city);
    test_text(&t, "button_new")->kind = CIVIC_TEXT_ROW;
    ok(test_names(&t, "\"button_new\" is of another kind"),
       "a button as long as a row");

    memset(tall, 'y', sizeof(tall));
    test_begin(&t, city);
    test_text(&t, "help")->in[CIVIC_LANG_HI] = civic_strn(tall, 900);
    ok(test_names(&t, "\"help\" may become"),
       "a body that leaves no room for the notice");
}


static void
test_menus(const civic_city_t *city)
{
    size_t        i;
    char          name[32];
    test_table_t  t;

    test_begin(&t, city);

    for (i = 0; i < 12; i++) {
        snprintf(name, sizeof(name), "menu%zu", i);
        t.services[i].menu = civic_arena_copy(&test_pool.arena,
                                              civic_str(name));
    }

    ok(test_names(&t, "too many menus"), "more menus than a list has rows");

    test_begin(&t, city);

    for (i = 0; i < t.city.nservices; i++) {
        t.services[i].menu = civic_str("water");
    }

    ok(test_names(&t, "too many services"), "more services than rows");

    test_begin(&t, city);

    for (i = 0; i < t.city.nservices; i++) {
        t.services[i].usual = 1;
    }

    ok(test_names(&t, "too many usual"), "and more usual ones");

    test_begin(&t, city);
    t.services[0].menu = civic_str("a_menu_with_a_name_that_is_too_long");
    ok(test_names(&t, "too long a name"), "a menu the record cannot hold");
}


/* A table and a city that may be spoiled. */

static void
test_begin(test_table_t *t, const civic_city_t *city)
{
    t->flow = civic_flow_citizen;
    t->city = *city;
    t->texts = civic_arena_alloc(&test_pool.arena,
                                 city->ntexts * sizeof(civic_text_t));
    t->services = civic_arena_alloc(&test_pool.arena, city->nservices
                                    * sizeof(civic_service_t));

    memcpy(t->rows, t->flow.rows, t->flow.nrows * sizeof(civic_row_t));
    memcpy(t->needs, t->flow.needs, t->flow.nneeds * sizeof(civic_need_t));
    memcpy(t->texts, city->texts, city->ntexts * sizeof(civic_text_t));
    memcpy(t->services, city->services,
           city->nservices * sizeof(civic_service_t));

    t->flow.rows = t->rows;
    t->flow.needs = t->needs;
    t->city.texts = t->texts;
    t->city.services = t->services;
}


/* Whether the check fails and one of its faults says so. */

static int
test_names(test_table_t *t, const char *fault)
{
    int             rc;
    char            lines[16384] = "";
    civic_faults_t  faults = { test_remember, lines, 0 };

    rc = civic_flow_check(&t->flow, &t->city, &test_pool.arena, &faults);

    if (rc == CIVIC_ERROR && strstr(lines, fault) != NULL) {
        return 1;
    }

    printf("# %s", lines);

    return 0;
}


static void
test_remember(void *data, const char *line)
{
    size_t  len;
    char   *lines = data;

    len = strlen(lines);
    snprintf(lines + len, 16384 - len, "%s\n", line);
}


static civic_row_t *
test_row(test_table_t *t, const char *say, unsigned on)
{
    size_t  i;

    for (i = 0; i < t->flow.nrows; i++) {
        if (t->rows[i].say != NULL && strcmp(t->rows[i].say, say) == 0
            && t->rows[i].on & TEST_BIT(on))
        {
            break;
        }
    }

    return &t->rows[i];
}


static civic_text_t *
test_text(test_table_t *t, const char *key)
{
    size_t  i;

    for (i = 0; i < t->city.ntexts; i++) {
        if (civic_str_is(t->texts[i].key, key)) {
            break;
        }
    }

    return &t->texts[i];
}
