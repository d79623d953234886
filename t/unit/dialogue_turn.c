
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What transcripts cannot show of a turn: snapshots of other bytes, a late
 * delivery, memory that ends anywhere, ids and words nobody should send, and
 * a long walk of random events.  Fails when a record is changed by a turn
 * that failed, when a turn's result depends on anything but its input, or
 * when a message is left that WhatsApp would refuse.
 */


#include "chat_city.h"
#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_flow.h"
#include "core/dialogue/civic_point.h"
#include "tap.h"


#define TEST_NOW    1795401000
#define TEST_WALK   20000
#define TEST_TEXTS  (sizeof(test_said) / sizeof(test_said[0]))
#define TEST_IDS    (sizeof(test_ids) / sizeof(test_ids[0]))


typedef struct {
    civic_turn_t    turn;
    civic_event_t   event;
    civic_conv_t    conv;
    chat_pool_t     pool;
} test_turn_t;


static void test_snapshots(void);
static void test_begin(test_turn_t *t, const civic_city_t *city,
    civic_event_e kind, const char *text);
static void test_late(const civic_city_t *city);
static void test_outcomes(const civic_city_t *city);
static void test_effects(const civic_city_t *city);
static void test_points(void);
static void test_memory(const civic_city_t *city);
static void test_walk(const civic_city_t *city);
static void test_random(test_turn_t *t, unsigned *seed, civic_case_t *cases);
static const char *test_fits(const test_turn_t *t);
static unsigned test_next(unsigned *seed);


static char  test_long[70000];

static const char  *test_said[] = {
    "hi", "kachra gadi nahi aayi", "street light not working", "status",
    "cancel", "change", "yes", "no", "near Rajwada, main road", "new",
    "ped aur khamba gir gaya", "12345678", "?", "", "help", "hindi",
    "my data", "delete my data", "building is on fire", "thanks", "menu",
    "\xf0\x9f\x98\x80", "\xff\xfe\x80 {ticket} %s %n", "a\xcc\x88\xcc\x88",
    "bahut dino se badi takleef ho rahi hai", "water", "dirty",
    "something else", "22.7533, 75.8937", "when", "LIG", test_long
};

static const char  *test_ids[] = {
    "cmd:new", "cmd:menu", "cmd:yes", "cmd:lang_en", "cmd:lang_", "cmd:",
    "svc:SL_OFF", "svc:OTHER", "svc:", "svc:NOT_A_SERVICE_OF_THIS_CITY_AT_ALL",
    "menu:water", "menu:", "case:38669253", "case:38669254", "case:",
    "change:38669253", "change:", "edit:kind", "edit:place", "edit:words",
    "fix:kind", "fix:place", "fix:words", "fix:", ":", "x", "\xff:\xff",
    "0", "1", "2", "3", "99999999999", "-1", test_long
};


int
main(void)
{
    chat_pool_t   pool;
    civic_city_t  city;

    chat_pool_init(&pool);

    if (!chat_city_load(&city, &pool.arena)) {
        return 1;
    }

    memset(test_long, 'p', sizeof(test_long) - 1);

    test_snapshots();
    test_late(&city);
    test_outcomes(&city);
    test_effects(&city);
    test_points();
    test_memory(&city);
    test_walk(&city);

    civic_city_destroy(&city);
    chat_pool_done(&pool);

    return done();
}


static void
test_snapshots(void)
{
    civic_conv_t  good, bad, conv;

    civic_conv_init(&good, CIVIC_LANG_EN);
    good.state = CIVIC_ST_PLACE;

    is_int(civic_conv_load(&conv, &good, sizeof(good)), CIVIC_OK,
           "a snapshot is taken back");
    ok(memcmp(&conv, &good, sizeof(conv)) == 0, "byte for byte");

    is_int(civic_conv_load(&conv, &good, sizeof(good) - 1), CIVIC_DECLINED,
           "not one of another size");
    is_int(conv.state, CIVIC_ST_IDLE, "the person is met anew");

#define TEST_BAD(field, value, what)                                          \
    bad = good;                                                               \
    bad.field = value;                                                        \
    is_int(civic_conv_load(&conv, &bad, sizeof(bad)), CIVIC_DECLINED, what)

    TEST_BAD(layout, CIVIC_CONV_LAYOUT + 1, "not one of another layout");
    TEST_BAD(state, CIVIC_ST_TALKS, "no state that is a wait");
    TEST_BAD(awaits, CIVIC_ST_PLACE, "no wait that is a state");
    TEST_BAD(awaits, CIVIC_ST_MAX, "no wait we do not know");
    TEST_BAD(lang, CIVIC_LANG_MAX, "no language we do not speak");
    TEST_BAD(lat, 90000001, "no place off the earth");
    TEST_BAD(last_lat, -90000001, "nor a last one");
    TEST_BAD(last_lng, 180000001, "on either side");

    bad = good;
    memset(bad.service, 'x', sizeof(bad.service));
    is_int(civic_conv_load(&conv, &bad, sizeof(bad)), CIVIC_DECLINED,
           "no text without an end");

    bad = good;
    memset(bad.choice[2], 'x', sizeof(bad.choice[2]));
    is_int(civic_conv_load(&conv, &bad, sizeof(bad)), CIVIC_DECLINED,
           "nor among the choices");
}


static void
test_begin(test_turn_t *t, const civic_city_t *city, civic_event_e kind,
    const char *text)
{
    memset(t, 0, sizeof(test_turn_t));

    chat_pool_init(&t->pool);
    civic_conv_init(&t->conv, CIVIC_LANG_EN);

    t->event.kind = kind;
    t->event.text = civic_str(text);
    t->event.sent = kind < CIVIC_EV_OURS ? TEST_NOW : 0;
    t->event.wamid = civic_str(kind < CIVIC_EV_OURS ? "wamid.1" : "");

    t->turn.city = city;
    t->turn.arena = &t->pool.arena;
    t->turn.event = &t->event;
    t->turn.now = TEST_NOW;
    t->turn.spare_ticket = civic_str("38669253");
    t->turn.wait_311 = 3000;
    t->turn.conv = &t->conv;
}


/* A delivery may be days late: what counts is when it was written. */

static void
test_late(const civic_city_t *city)
{
    test_turn_t  t;

    test_begin(&t, city, CIVIC_EV_TEXT, "Annapurna mandir ke paas");
    t.conv.state = CIVIC_ST_PLACE;
    t.conv.flags = CIVIC_CONV_DRAFT | CIVIC_CONV_TOLD_NOTICE;
    t.conv.seen = TEST_NOW - 3 * 86400;
    t.conv.drafted = t.conv.seen;
    t.event.sent = t.conv.seen + 60;
    memcpy(t.conv.service, "SL_OFF", 7);

    is_int(civic_dialogue_turn(&t.turn), CIVIC_OK, "a late delivery");
    is_int(t.turn.used_ticket, 1, "answers the question of its time");
    is_int(t.conv.seen, TEST_NOW - 3 * 86400 + 60, "and is as old as it is");
    chat_pool_done(&t.pool);

    test_begin(&t, city, CIVIC_EV_TEXT, "Annapurna mandir ke paas");
    t.conv.state = CIVIC_ST_PLACE;
    t.conv.flags = CIVIC_CONV_DRAFT;
    t.conv.seen = TEST_NOW - 3 * 86400;
    t.event.sent = TEST_NOW + 600;
    memcpy(t.conv.service, "SL_OFF", 7);

    (void) civic_dialogue_turn(&t.turn);    /* looked at below */
    is_int(t.conv.state, CIVIC_ST_RESUME, "a clock ahead of ours is ours");
    is_int(t.conv.seen, TEST_NOW, "so nobody writes in the future");
    chat_pool_done(&t.pool);
}


static void
test_outcomes(const civic_city_t *city)
{
    size_t       i;
    test_turn_t  t;

    static const char  *ids[] = { "6", "70", "", "7x", "-7", "00000000007",
                                  "4294967303" };

    for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        test_begin(&t, city, CIVIC_EV_DUE, "");
        t.conv.awaits = CIVIC_ST_REGISTERING;
        t.conv.wait = 7;
        t.event.id = civic_str(ids[i]);

        is_int(civic_dialogue_turn(&t.turn), CIVIC_DECLINED,
               "the wait \"%s\" is not ours", ids[i]);
        chat_pool_done(&t.pool);
    }

    test_begin(&t, city, CIVIC_EV_STATUS, "");
    t.conv.awaits = CIVIC_ST_ASKING;
    is_int(civic_dialogue_turn(&t.turn), CIVIC_DECLINED,
           "a status of no complaint is none");
    chat_pool_done(&t.pool);

    memset(test_long, '9', 200);
    test_begin(&t, city, CIVIC_EV_REGISTERED, "");
    t.conv.awaits = CIVIC_ST_REGISTERING;
    memcpy(t.conv.ticket, "38669253", 9);
    memcpy(t.conv.service, "SL_OFF", 7);
    t.event.ticket = civic_str("38669253");
    t.event.request_id = civic_strn(test_long, 200);

    is_int(civic_dialogue_turn(&t.turn), CIVIC_OK, "a very long id");
    is_int(t.conv.request_id[0], '\0', "is not cut into a wrong one");
    ok(t.turn.neffects == 1 && test_fits(&t) == NULL, "and is told");
    chat_pool_done(&t.pool);

    memset(test_long, 'p', 200);
}


static void
test_effects(const civic_city_t *city)
{
    test_turn_t  t;

    test_begin(&t, city, CIVIC_EV_TEXT, "street light not working");
    t.conv.flags = CIVIC_CONV_DRAFT | CIVIC_CONV_HAS_PIN;
    t.conv.state = CIVIC_ST_WHAT;
    t.conv.lat = 22753300;
    t.conv.lng = 75893700;
    t.conv.ward = 29;
    t.conv.seen = TEST_NOW - 60;
    t.conv.drafted = t.conv.seen;

    is_int(civic_dialogue_turn(&t.turn), CIVIC_OK, "a turn that files");
    is_int(t.turn.neffects, 4, "has four effects");
    is_int(t.turn.effects[0].kind, CIVIC_FX_READ, "read");
    is_int(t.turn.effects[1].kind, CIVIC_FX_DRAFT_WORDS, "words");
    is_int(t.turn.effects[2].kind, CIVIC_FX_FILE, "file");
    is_int(t.turn.effects[3].kind, CIVIC_FX_WAIT, "wait");
    is_int(t.turn.effects[3].delay, 3000, "for three seconds");
    is_int(t.turn.effects[3].wait, t.conv.wait, "under its serial");
    is_str(t.conv.ticket, "38669253", "with the spare number");
    is_int(t.conv.complaint_id, 0, "which Postgres has not numbered yet");
    chat_pool_done(&t.pool);

    test_begin(&t, city, CIVIC_EV_REACTION, "x");
    t.conv.state = CIVIC_ST_PLACE;
    is_int(civic_dialogue_turn(&t.turn), CIVIC_DECLINED, "a reaction");
    is_int(t.turn.neffects, 0, "has none");
    is_int(t.turn.row, -1, "and no row");
    is_int(t.conv.seen, 0, "nor is it a message");
    chat_pool_done(&t.pool);
}


/* Coordinates, and what only looks like them. */

static void
test_points(void)
{
    double  lat, lng;
    size_t  i;

    static const char  *good[] = {
        "22.7533, 75.8937", "22.7533,75.8937", "22.7533 75.8937 ",
        "https://www.google.com/maps?q=22.7533,75.8937",
        "https://maps.google.com/?q=22.7533%2C75.8937",
        "https://www.google.com/maps/place/X/@22.7533,75.8937,17z",
        "https://maps.google.com/x!3d22.7533!4d75.8937"
    };

    static const char  *bad[] = {
        "", " ", "22.7533", "22.7533,", "22.7533, 75.8937 near the temple",
        "22, 75", "22.75, 75.89", "-22.7533, 75.8937", "922.7533, 75.8937",
        "22.7533, 175.8937 x", "91.0000, 75.8937", "22.7533, 181.0000",
        "http", "http://", "https://maps.app.goo.gl/abcdef",
        "https://x/?q=22.7533,75.8937 the lane is dark", "https://x/?q=22.",
        "22.75337589375", "22.7533!4d", "22.7533%2C"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(civic_point_read(civic_str(good[i]), &lat, &lng) == CIVIC_OK
           && (int) (lat * 1e4 + 0.5) == 227533
           && (int) (lng * 1e4 + 0.5) == 758937, "\"%s\" is a pin", good[i]);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        is_int(civic_point_read(civic_str(bad[i]), &lat, &lng),
               CIVIC_DECLINED, "\"%s\" is none", bad[i]);
    }
}


/* Memory may end at any allocation; the turn then never was. */

static void
test_memory(const civic_city_t *city)
{
    int           rc, wrong;
    long          left, ends;
    size_t        i;
    test_turn_t   t;
    civic_conv_t  before;

    static const char  *texts[] = {
        "kachra gadi nahi aayi", "hi", "12345678", "near Vijay Nagar", "help"
    };

    wrong = ends = 0;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (rc = CIVIC_ERROR, left = 0; rc != CIVIC_OK && left < 5000;
             left++)
        {
            test_begin(&t, city, CIVIC_EV_TEXT, texts[i]);
            t.conv.state = i == 3 ? CIVIC_ST_PLACE : CIVIC_ST_IDLE;
            before = t.conv;
            t.pool.left = left;

            rc = civic_dialogue_turn(&t.turn);

            if (rc != CIVIC_OK) {
                ends++;
                wrong += rc != CIVIC_ERROR || t.turn.neffects != 0
                         || memcmp(&before, &t.conv, sizeof(before)) != 0;
            }

            chat_pool_done(&t.pool);
        }
    }

    ok(ends > 20, "memory ended in %ld places", ends);
    is_int(wrong, 0, "and left every record as it was");
}


static void
test_walk(const civic_city_t *city)
{
    int            rc;
    unsigned       seed, failed, loads, refused;
    const char    *what, *first;
    test_turn_t    t;
    civic_case_t   cases[10];
    civic_conv_t   conv, copy, again;
    civic_turn_t   turn;

    civic_conv_init(&conv, CIVIC_LANG_HI);

    first = NULL;
    failed = loads = refused = 0;
    seed = 1;

    for (unsigned i = 0; i < TEST_WALK; i++) {
        test_begin(&t, city, CIVIC_EV_TEXT, "");
        t.conv = conv;
        test_random(&t, &seed, cases);

        rc = civic_dialogue_turn(&t.turn);
        failed += rc == CIVIC_ERROR;
        loads += civic_conv_load(&copy, &t.conv, sizeof(copy)) == CIVIC_OK;

        what = rc == CIVIC_OK ? test_fits(&t) : NULL;
        refused += what != NULL;
        first = first == NULL ? what : first;

        again = conv;
        turn = t.turn;
        turn.conv = &again;
        (void) civic_dialogue_turn(&turn);  /* its record is compared */
        loads -= memcmp(&again, &t.conv, sizeof(again)) != 0;

        conv = t.conv;
        chat_pool_done(&t.pool);
    }

    is_int(failed, 0, "no event of %d fails", TEST_WALK);
    is_int(loads, TEST_WALK, "every record is a snapshot, the same twice");
    ok(refused == 0, "no message would be refused (%s)",
       first != NULL ? first : "none");
}


static void
test_random(test_turn_t *t, unsigned *seed, civic_case_t *cases)
{
    size_t          i;
    civic_event_t  *ev = &t->event;

    static int64_t     now = TEST_NOW;
    static const char *states[] = { "saved", "registered", "closed", "odd" };

    now += test_next(seed) % 8 == 0 ? test_next(seed) % 100000
                                    : test_next(seed) % 60;

    t->turn.now = now;
    ev->kind = test_next(seed) % 3 ? 1 + test_next(seed) % 3
                                   : test_next(seed) % CIVIC_EV_MAX;
    ev->sent = now;
    ev->text = civic_str(test_said[test_next(seed) % TEST_TEXTS]);
    ev->id = civic_str(test_ids[test_next(seed) % TEST_IDS]);
    ev->media = civic_str("1");
    ev->lat = 22.6 + (test_next(seed) % 300) / 1000.0;
    ev->lng = 75.7 + (test_next(seed) % 400) / 1000.0;
    ev->has_pin = test_next(seed) % 5 != 0;

    ev->ticket = civic_arena_copy(t->turn.arena,
                                  civic_str(test_next(seed) % 2
                                            ? t->conv.ticket : "38669253"));
    ev->request_id = civic_str(test_next(seed) % 2 ? "311-1" : test_long);
    ev->notice = civic_str(test_said[test_next(seed) % TEST_TEXTS]);
    ev->notice = civic_utf8_clean(ev->notice, t->turn.arena);
    ev->expected = test_next(seed) % 2 ? now : 0;
    ev->cases = cases;
    ev->ncases = test_next(seed) % 3 ? test_next(seed) % 2
                                     : test_next(seed) % 11;

    memset(cases, 0, 10 * sizeof(civic_case_t));

    for (i = 0; i < ev->ncases; i++) {
        cases[i].complaint_id = i + 1;
        cases[i].ticket = i ? civic_arena_printf(t->turn.arena, "3866925%zu",
                                                 i)
                            : ev->ticket.len ? ev->ticket
                                             : civic_str("38669253");
        cases[i].service = civic_str(i % 2 ? "SL_OFF" : "GONE");
        cases[i].request_id = civic_str(i % 3 ? "311-1" : "");
        cases[i].state = civic_str(states[test_next(seed) % 4]);
        cases[i].notes = ev->notice;
        cases[i].ward = test_next(seed) % 100;
        cases[i].filed = now;
    }
}


/* What WhatsApp would refuse in a message of the turn; NULL nothing. */

static const char *
test_fits(const test_turn_t *t)
{
    size_t                  i, j;
    const civic_message_t  *m;

    for (i = 0; i < t->turn.neffects; i++) {
        m = t->turn.effects[i].message;

        if (t->turn.effects[i].kind != CIVIC_FX_SEND) {
            continue;
        }

        if (m->body.len == 0 || civic_utf16_len(m->body) > 1024) {
            return "body";
        }

        if (m->kind == CIVIC_MSG_BUTTONS ? m->nchoices > 3
                                         : m->nchoices > 10)
        {
            return "choices";
        }

        for (j = 0; j < m->nchoices; j++) {
            if (m->choice[j].title.len == 0 || m->choice[j].id.len == 0
                || civic_utf16_len(m->choice[j].note) > 72
                || civic_utf16_len(m->choice[j].title)
                   > (m->kind == CIVIC_MSG_BUTTONS ? 20 : 24))
            {
                return m->key.data;
            }
        }
    }

    return NULL;
}


static unsigned
test_next(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;

    return *seed >> 16 & 0x7fff;
}
