
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What messages mean.  Fails when a change of keywords, folding or scores
 * makes the bot understand less than it did, take a complaint for a command,
 * send an emergency into a form, or answer in another script than the
 * citizen's.
 */


#include <time.h>

#include "core/base/civic_csv.h"
#include "core/city/civic_classify.h"
#include "city_test.h"


typedef struct {
    unsigned        n;
    unsigned        right;
    unsigned        sure;
    unsigned        sure_right;
    double          seconds;
} measure_t;


typedef struct {
    const char     *text;
    const char     *what;
} said_t;


#define KACHRA_GADI  "\u0915\u091a\u0930\u093e \u0917\u093e\u0921\u093c\u0940"
#define NAHI_AAYI    "\u0928\u0939\u0940\u0902 \u0906\u0908"


static const said_t  commands[] = {
    { "Hi", "hello" }, { "\u0928\u092e\u0938\u094d\u0924\u0947", "hello" },
    { "hello hello", "hello" }, { "menu", "menu" }, { "Madad!", "help" },
    { "shikayat karni hai", "new" }, { "my complaints", "mine" },
    { "meri shikayat", "mine" }, { "STATUS", "status" },
    { "status 4829371", "status" }, { "48293715 status", "status" },
    { "\u0938\u094d\u091f\u0947\u091f\u0938 \u096a\u096e\u0968", "status" },
    { "badlo", "change" }, { "cancel kar do", "cancel" },
    { "haan", "yes" }, { "haan ji, theek hai", "yes" }, { "ji", "yes" },
    { "\u0939\u093e\u0901", "yes" }, { "\U0001f44d\U0001f3fd", "yes" },
    { "nahi", "no" }, { "nhi", "no" }, { "\u0928\u0939\u0940\u0902", "no" },
    { "skip", "skip" }, { "dhanyawaad", "thanks" },
    { "\U0001f64f\U0001f64f", "thanks" }, { "English please", "lang_en" },
    { "\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902", "lang_hi" },
    { "hinglish", "lang_hi_latn" }, { "language", "language" },
    { "mera data", "my_data" }, { "delete my data", "delete_data" },
    { "adhikari se baat karni hai", "human" }, { "STOP", "stop" },

    { "", "" }, { "?", "" }, { "4829371", "" }, { "no water", "" },
    { "cancel my garbage vehicle fine", "" }, { "help, dog bite", "" },
    { "status of the open manhole", "" }, { "hi kachra gadi nahi aayi", "" },
    { "nahi aayi gadi", "" }, { NULL, NULL }
};


static const said_t  misroutes[] = {
    { "ghar ki bijli gul hai", "power" },
    { "\u0918\u0930 \u0915\u0940 \u092c\u093f\u091c\u0932\u0940 \u0917\u0908",
      "power" },
    { "ration card banwana hai", "scheme" },
    { "meri bike chori ho gayi", "police" },
    { "ghar me aag lag gayi", "emergency" },
    { "ek aadmi ko current lag gaya", "emergency" },
    { "there is a fire in my building", "emergency" },
    { "birth certificate chahiye", "application" },
    { "safai karmi bina suraksha ke sewer me utra hai", "sewer_worker" },
    { "bijli ke khambe se bachhe ko current lag gaya", "emergency" },
    { "khule manhole me bachcha gir gaya hai", "emergency" },
    { "sadak ke gaddhe me accident ho gaya log ghayal", "emergency" },
    { "gaddhe ki wajah se roz accident hote hain", "" },
    { "kachre ke dher me aag lag gayi", "" },
    { "khula taar hai current lag sakta hai", "" },
    { "street light nahi jal rahi", "" },
    { "kachre me aag laga di hai", "" },
    { "pole me current aa raha hai", "" },
    { "naya pothole", "" },
    { "fire station ke paas kachra pada hai", "" },
    { "police station ke samne gaddha hai", "" },
    { "namaste ji, kaise ho aap", "greeting" },
    { "gaddha bhar diya, bahut dhanyavad", "thanks" },
    { "kya hua meri shikayat ka, batao", "status" },
    { "kaisa nikamma nigam hai", "abuse" },
    { "tax online kaise bharu", "application" },
    { "train kitne baje aayegi", "other_authority" }, { NULL, NULL }
};


static const said_t  languages[] = {
    { KACHRA_GADI " " NAHI_AAYI, "hi" },
    { "\u092e\u0947\u0930\u0947 area \u092e\u0947\u0902 light", "hi" },
    { "kachra gadi nahi aayi", "hi_latn" }, { "haan", "hi_latn" },
    { "street light is not working", "en" }, { "yes", "" },
    { "Vijay Nagar", "" }, { "4829371", "" }, { "", "" },
    { "\U0001f44d", "" }, { NULL, NULL }
};


static const char  *langs[CIVIC_LANG_MAX] = { "en", "hi", "hi_latn" };


static void test_said(const civic_city_t *city, test_arena_t *t);
static void test_lang(const civic_city_t *city, test_arena_t *t);
static void test_guesses(const civic_city_t *city, test_arena_t *t);
static void test_wards(const civic_city_t *city, test_arena_t *t);
static void test_measure(const civic_city_t *city, civic_str_t file,
    measure_t *m);
static int test_is_right(const civic_meaning_t *m, civic_str_t code);
static void test_hostile(const civic_city_t *city);


int
main(void)
{
    measure_t           own, other;
    civic_str_t         unseen;
    civic_city_t        city;
    test_arena_t        t = { 0 };
    civic_city_files_t  files;

    (void) test_arena(&t);
    test_indore_files(&files);
    unseen = test_file("t/unit/data", "city_phrases.tsv");

    if (!ok(test_load(&city, &files, &t) == CIVIC_OK, "Indore loads")) {
        printf("%s", test_faults);
        return done();
    }

    test_said(&city, &t);
    test_lang(&city, &t);
    test_guesses(&city, &t);
    test_wards(&city, &t);
    test_hostile(&city);

    test_measure(&city, files.sentences.bytes, &own);

    ok(own.n >= 7000, "sentences.tsv has %u messages", own.n);
    ok(own.right * 1000 >= own.n * 960, "%u of them are right at once",
       own.right);
    ok(own.sure_right * 1000 >= own.sure * 985, "of %u sure ones %u are "
       "right", own.sure, own.sure_right);

    test_measure(&city, unseen, &other);

    ok(other.n >= 200, "city_phrases.tsv has %u messages", other.n);
    ok(other.right * 1000 >= other.n * 970, "%u of them are right at once",
       other.right);

    printf("# %.2f us a message\n",
           (own.seconds + other.seconds) / (own.n + other.n) * 1e6);

    civic_city_destroy(&city);

    test_indore_free(&files);
    test_file_free(unseen);
    test_arena_free(&t);

    return done();
}


static void
test_said(const civic_city_t *city, test_arena_t *t)
{
    int              rc;
    const said_t    *s;
    civic_meaning_t  m;

    for (s = commands; s->text != NULL; s++) {
        rc = civic_classify(city, civic_str(s->text), CIVIC_LANG_EN,
                            &t->arena, &m);

        ok(rc == CIVIC_OK && civic_str_is(m.command, s->what),
           "\"%s\" is %s", s->text, s->what[0] ? s->what : "no command");
    }

    for (s = misroutes; s->text != NULL; s++) {
        rc = civic_classify(city, civic_str(s->text), CIVIC_LANG_EN,
                            &t->arena, &m);

        ok(rc == CIVIC_OK && civic_str_is(m.misroute, s->what),
           "\"%s\" is %s", s->text, s->what[0] ? s->what : "ours");
    }
}


/* What says nothing keeps the language, whichever it is. */

static void
test_lang(const civic_city_t *city, test_arena_t *t)
{
    int              rc;
    unsigned         now;
    const char      *want;
    const said_t    *s;
    civic_meaning_t  m;

    for (s = languages; s->text != NULL; s++) {
        for (now = 0; now < CIVIC_LANG_MAX; now++) {
            rc = civic_classify(city, civic_str(s->text), now, &t->arena, &m);
            want = s->what[0] ? s->what : langs[now];

            ok(rc == CIVIC_OK && strcmp(langs[m.lang], want) == 0,
               "\"%s\" after %s is %s", s->text, langs[now], want);
        }
    }
}


static void
test_guesses(const civic_city_t *city, test_arena_t *t)
{
    int              rc;
    civic_meaning_t  m;

    rc = civic_classify(city, civic_str(KACHRA_GADI " 3 \u0926\u093f\u0928 "
                                        "\u0938\u0947 " NAHI_AAYI),
                        CIVIC_LANG_HI, &t->arena, &m);

    ok(rc == CIVIC_OK && m.sure == CIVIC_SURE_YES && m.nguess == 1
       && civic_str_is(m.guess[0]->code, "SWM_VEHICLE"),
       "one clear service");

    rc = civic_classify(city, civic_str("gali me nali jam hai aur light bhi "
                                        "band hai"),
                        CIVIC_LANG_EN, &t->arena, &m);

    ok(rc == CIVIC_OK && m.sure == CIVIC_SURE_CLOSE && m.nguess == 2,
       "two close services are both offered");

    rc = civic_classify(city, civic_str("Hello sir. Please fix the street "
                        "light in Saket Nagar. Thank you so much"),
                        CIVIC_LANG_EN, &t->arena, &m);

    ok(rc == CIVIC_OK && m.sure == CIVIC_SURE_YES && m.misroute.len == 0
       && civic_str_is(m.guess[0]->code, "SL_OFF"),
       "manners around it do not matter");

    rc = civic_classify(city, civic_str("gali saaf ho gayi. dhanyavad"),
                        CIVIC_LANG_EN, &t->arena, &m);

    ok(rc == CIVIC_OK && civic_str_is(m.misroute, "thanks"),
       "thanks with nothing to do are thanks");

    rc = civic_classify(city, civic_str("Rajwada ke paas"), CIVIC_LANG_EN,
                        &t->arena, &m);

    ok(rc == CIVIC_OK && m.sure == CIVIC_SURE_NONE && m.nguess == 0,
       "a place is no service");
}


static void
test_wards(const civic_city_t *city, test_arena_t *t)
{
    const said_t        *s;
    const civic_ward_t  *ward;

    static const said_t  places[] = {
        { "khajrana ganesh mandir ke paas", "40" },
        { "Nandanagar", "" }, { "NANDA NAGAR road no 3", "25" },
        { "\u092d\u093e\u0917\u0940\u0930\u0925\u092a\u0941\u0930\u093e",
          "11" },
        { "ward 31", "31" }, { "ward no. 31", "31" },
        { "\u0935\u093e\u0930\u094d\u0921 \u0969\u0967", "31" },
        { "ward 99", "" }, { "31", "" }, { "", "" },
        { "palda or sirpur", "" }, { "Palda, ward 75", "75" },
        { "Mundla Nayta or Nanda Nagar", "" }, { NULL, NULL }
    };

    for (s = places; s->text != NULL; s++) {
        ward = civic_city_ward_named(city, civic_str(s->text), &t->arena);

        is_int(ward ? ward->no : 0, atoi(s->what), "the ward of \"%s\"",
               s->text);
    }
}


static void
test_measure(const civic_city_t *city, civic_str_t file, measure_t *measure)
{
    int              right;
    civic_csv_t      csv;
    civic_str_t      code;
    test_arena_t     table = { 0 }, t = { 0 };
    civic_faults_t   f = { test_fault, NULL, 0 };
    civic_meaning_t  m;
    struct timespec  from, to;

    memset(measure, 0, sizeof(measure_t));

    if (civic_csv_open(&csv, civic_str("phrases"), file, '\t', "text code",
                       test_arena(&table), &f)
        != CIVIC_OK)
    {
        return;
    }

    while (civic_csv_next(&csv) == CIVIC_OK) {
        code = civic_csv_cell(&csv, "code");

        if (civic_city_service(city, code) == NULL
            && strchr("NC", code.data[0]) == NULL)
        {
            continue;                           /* SAME: and LANG: */
        }

        (void) test_arena(&t);
        clock_gettime(CLOCK_MONOTONIC, &from);

        if (civic_classify(city, csv.cell[0], CIVIC_LANG_EN, &t.arena, &m)
            != CIVIC_OK)
        {
            continue;
        }

        clock_gettime(CLOCK_MONOTONIC, &to);

        measure->seconds += (double) (to.tv_sec - from.tv_sec)
                            + (double) (to.tv_nsec - from.tv_nsec) / 1e9;

        right = test_is_right(&m, code);
        measure->n++;
        measure->right += (unsigned) right;

        measure->sure += (m.sure == CIVIC_SURE_YES);
        measure->sure_right += (m.sure == CIVIC_SURE_YES && right);

        if (!right) {
            printf("# %.*s: %.*s\n", (int) code.len, code.data,
                   (int) csv.cell[0].len, csv.cell[0].data);
        }
    }

    test_arena_free(&t);
    test_arena_free(&table);
}


static int
test_is_right(const civic_meaning_t *m, civic_str_t code)
{
    civic_str_t  rest;

    rest = civic_strn(code.data + 5, code.len - 5);

    if (memcmp(code.data, "NONE:", 5) == 0) {
        return civic_str_eq(m->misroute, rest);
    }

    if (memcmp(code.data, "CMD:", 4) == 0) {
        return civic_str_eq(m->command, civic_strn(code.data + 4,
                                                   code.len - 4));
    }

    return m->nguess && m->misroute.len == 0 && m->command.len == 0
           && civic_str_eq(m->guess[0]->code, code);
}


static void
test_hostile(const civic_city_t *city)
{
    int              rc;
    char             bytes[9000];
    size_t           n;
    uint32_t         seed;
    unsigned         i, bad;
    civic_str_t      s;
    test_arena_t     scratch = { 0 };
    civic_meaning_t  m;

    static const char  word[] = "pani nahi nali kachra gadi ";

    seed = 2000;
    bad = 0;

    for (i = 0; i < 300; i++) {
        for (n = 0; n < sizeof(bytes); n++) {
            bytes[n] = (i % 3 == 0) ? (char) test_random(&seed)
                                    : word[(n * (i % 7 + 1)) % 27];
        }

        s = test_exact(bytes, test_random(&seed) % sizeof(bytes));
        rc = civic_classify(city, s, CIVIC_LANG_HI, test_arena(&scratch), &m);

        bad += (rc != CIVIC_OK || m.nguess > CIVIC_GUESS_MAX
                || m.lang >= CIVIC_LANG_MAX);

        (void) civic_city_ward_named(city, s, &scratch.arena);
        test_file_free(s);
    }

    is_int(bad, 0, "any bytes of any length have some meaning or none");

    for (i = 0; i < 20; i++) {
        (void) test_arena(&scratch);
        scratch.left = (long) i;

        rc = civic_classify(city, civic_str(KACHRA_GADI "\x01 4"),
                            CIVIC_LANG_HI, &scratch.arena, &m);
        if (rc == CIVIC_OK) {
            break;
        }
    }

    ok(i > 2 && rc == CIVIC_OK, "every exhaustion of memory is told");

    test_arena_free(&scratch);
}
