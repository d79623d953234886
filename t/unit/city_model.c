
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The model: one form for all scripts, the same weights from the same files,
 * bounds that hold for any bytes, and loading that tells what is wrong.  It
 * fails when a script or a spelling is seen as something else, when learning
 * depends on anything but the files, when a city without sentences no longer
 * falls back on keywords, and when a bad row is passed over.
 */


#include "city_test.h"
#include "core/base/civic_fold.h"
#include "core/base/civic_roman.h"
#include "core/city/civic_about.h"
#include "core/city/civic_classify.h"
#include "core/city/civic_model.h"


typedef struct {
    const char  *hindi;
    const char  *latin;
} test_said_t;


static void test_roman(void);
static void test_about(void);
static void test_features(const civic_city_t *city);
static void test_learning(void);
static void test_bad_rows(void);
static void test_fallback(void);
static void test_bounds(const civic_city_t *city);
static int test_shares(const civic_features_t *a, const civic_features_t *b);
static civic_str_t test_sentences(const char *code, unsigned n);


static test_arena_t  test_scratch;


int
main(void)
{
    civic_city_t        city;
    test_arena_t        t = { 0 };
    civic_city_files_t  files;

    (void) test_arena(&t);
    test_indore_files(&files);

    if (!ok(test_load(&city, &files, &t) == CIVIC_OK
            && city.model != NULL, "Indore loads and has a model"))
    {
        printf("%s", test_faults);
        return done();
    }

    test_roman();
    test_about();
    test_features(&city);
    test_bounds(&city);
    test_learning();
    test_bad_rows();
    test_fallback();

    civic_city_destroy(&city);
    test_indore_free(&files);
    test_arena_free(&test_scratch);
    test_arena_free(&t);

    return done();
}


static void
test_roman(void)
{
    size_t        i;
    civic_str_t   s, latin;

    static const test_said_t  words[] = {
        { "\u0915\u091a\u0930\u093e", "kachra" },
        { "\u0917\u093e\u0921\u093c\u0940", "gaadi" },
        { "\u0917\u093e\u095c\u0940", "gadi" },
        { "\u0938\u0921\u093c\u0915", "sadak" },
        { "\u0928\u0939\u0940\u0902", "naheen" },
        { "\u0917\u0921\u094d\u0922\u093e", "gaddha" },
        { "\u0916\u0902\u092d\u093e", "khambha" },
        { "\u0936\u093f\u0915\u093e\u092f\u0924", "shikayat" },
        { "\u092a\u093e\u0928\u0940 \u0967\u0968\u0964", "pani 12" },
        { "\u0915", "ka" }, { NULL, NULL }
    };

    for (i = 0; words[i].hindi != NULL; i++) {
        s = civic_roman(civic_str(words[i].hindi), test_arena(&test_scratch));
        s = civic_fold(s, &test_scratch.arena);
        latin = civic_fold(civic_str(words[i].latin), &test_scratch.arena);

        ok(civic_str_eq(s, latin), "%s is %s", words[i].hindi,
           words[i].latin);
    }

    s = civic_str("no Devanagari");
    ok(civic_roman(s, &test_scratch.arena).data == s.data,
       "what has no Devanagari is not copied");
}


static void
test_about(void)
{
    size_t                n;
    unsigned              i;
    char                  word[16];
    civic_str_t           w;
    civic_about_t        *about;
    const unsigned char  *topics;

    about = civic_about_create(test_arena(&test_scratch));

    is_int(civic_about_topic(about, civic_str("dog")), 0, "the first topic");
    is_int(civic_about_topic(about, civic_str("fire")), 1, "the second");
    is_int(civic_about_topic(about, civic_str("dog")), 0, "the first again");

    (void) civic_about_add(about, civic_str("kuta"), 0, 0);
    (void) civic_about_add(about, civic_str("burn"), 1, 1);
    (void) civic_about_add(about, civic_str("rotvelar"), 0, 0);

    n = civic_about_find(about, civic_str("kuta"), &topics);
    ok(n == 1 && topics[0] == 0, "a whole word is found");
    is_int(civic_about_find(about, civic_str("kut"), &topics), 0,
           "a part of it is not");

    n = civic_about_find(about, civic_str("burning"), &topics);
    ok(n == 1 && topics[0] == 1, "a beginning is found");

    n = civic_about_find(about, civic_str("rotvilr"), &topics);
    ok(n == 1 && topics[0] == 0, "a spelling of the same consonants is found");

    for (i = 0; i < 20000; i++) {
        (void) snprintf(word, sizeof(word), "w%u", i);
        w = civic_str(word);

        if (civic_about_add(about, w, 0, 0) != CIVIC_OK) {
            break;
        }
    }

    ok(i > 5000 && i < 20000, "words beyond the room for them are refused");
}


/* What a message is must not depend on how its writer types. */

static void
test_features(const civic_city_t *city)
{
    size_t            i;
    civic_features_t  a, b;

    static const test_said_t  same[] = {
        { "\u0915\u091a\u0930\u093e \u0917\u093e\u0921\u093c\u0940 "
          "\u0928\u0939\u0940\u0902 \u0906\u0908",
          "kachra gadi nahi aayi" },
        { "KACHRAA   gaaadi nhi aai!!", "kachra gadi nahi aayi" },
        { "naali jaam hai", "nali jam hai" },
        { "\u0928\u093e\u0932\u0940 \u091c\u093e\u092e \u0939\u0948",
          "nali jam hai" },
        { NULL, NULL }
    };

    for (i = 0; same[i].hindi != NULL; i++) {
        (void) test_arena(&test_scratch);

        if (civic_features_text(city, civic_str(same[i].hindi),
                                &test_scratch.arena, &a) != CIVIC_OK
            || civic_features_text(city, civic_str(same[i].latin),
                                   &test_scratch.arena, &b) != CIVIC_OK)
        {
            continue;
        }

        ok(test_shares(&a, &b) >= 90, "\"%s\" has the features of \"%s\"",
           same[i].hindi, same[i].latin);
    }

    (void) civic_features_text(city, civic_str("kutte ne mara"),
                               &test_scratch.arena, &a);
    (void) civic_features_text(city, civic_str("kutta mara"),
                               &test_scratch.arena, &b);

    ok(test_shares(&a, &b) < 90, "a dog that did is no dog that is dead");

    b = a;
    civic_features_add(&b, CIVIC_FEATURE_LENGTH, 99, 0);
    civic_features_add(&b, CIVIC_FEATURE_LENGTH, 99, 0);
    is_int(b.n, a.n + 1, "a feature counts once");
}


/* Percent of the features of either that are in both. */

static int
test_shares(const civic_features_t *a, const civic_features_t *b)
{
    size_t  i, j, common;

    for (i = 0, common = 0; i < a->n; i++) {
        for (j = 0; j < b->n; j++) {
            common += (a->code[i] == b->code[j]);
        }
    }

    return (int) (common * 100 / (a->n + b->n - common));
}


static void
test_bounds(const civic_city_t *city)
{
    int               rc;
    float             sum, p[CIVIC_CLASSES_MAX];
    char              bytes[6000];
    size_t            i, n, bad;
    uint32_t          seed;
    civic_str_t       s;
    civic_features_t  f, g;

    seed = 311;

    for (n = 0; n + 7 < sizeof(bytes); n += 7) {
        (void) snprintf(bytes + n, 8, "%06x ", test_random(&seed) & 0xffffff);
    }

    rc = civic_features_text(city, civic_strn(bytes, n),
                             test_arena(&test_scratch), &f);

    ok(rc == CIVIC_OK && f.n > 100 && f.n <= CIVIC_FEATURES_MAX,
       "a long text has %zu features, no more than there is room for", f.n);

    n = 7 * CIVIC_FEATURES_WORDS;
    rc = civic_features_text(city, civic_strn(bytes, n),
                             test_arena(&test_scratch), &g);

    ok(rc == CIVIC_OK && g.n == f.n
       && memcmp(g.code, f.code, f.n * sizeof(uint32_t)) == 0,
       "and they are those of its first %d words", CIVIC_FEATURES_WORDS);

    rc = civic_features_text(city, civic_strn(bytes, n - 7),
                             test_arena(&test_scratch), &g);

    ok(rc == CIVIC_OK && g.n < f.n, "all of them");

    for (i = 0, bad = 0; i < 300; i++) {
        for (n = 0; n < sizeof(bytes); n++) {
            bytes[n] = (char) test_random(&seed);
        }

        s = test_exact(bytes, test_random(&seed) % sizeof(bytes));

        rc = civic_features_text(city, s, test_arena(&test_scratch), &f);
        civic_model_score(city->model, &f, p);

        for (n = 0, sum = 0.0f; n < city->nclasses; n++) {
            bad += !(p[n] >= 0.0f && p[n] <= 1.0f);
            sum += p[n];
        }

        bad += (rc != CIVIC_OK || !(sum > 0.99f && sum < 1.01f));
        test_file_free(s);
    }

    is_int(bad, 0, "any bytes are likely something, in all exactly once");

    f.n = 0;
    civic_model_score(city->model, &f, p);
    ok(p[0] == p[1] && p[0] == p[city->nclasses - 1],
       "of nothing everything is as likely");
}


/* Two cities from the same files, and one from the files turned around. */

static void
test_learning(void)
{
    size_t              i;
    civic_city_t        one, two;
    test_arena_t        a = { 0 }, b = { 0 };
    civic_str_t         sentences;
    civic_meaning_t     m, n;
    civic_city_files_t  files = test_small;

    sentences = test_sentences("WTR_NONE", 600);
    files.sentences.bytes = sentences;

    (void) test_arena(&a);
    (void) test_arena(&b);

    if (ok(test_load(&one, &files, &a) == CIVIC_OK
           && test_load(&two, &files, &b) == CIVIC_OK
           && one.model && two.model && one.nclasses == 2,
           "600 sentences make a model of two classes"))
    {
        (void) test_arena(&test_scratch);
        (void) civic_classify(&one, civic_str("nal sookha 3"), CIVIC_LANG_EN,
                              &test_scratch.arena, &m);
        (void) civic_classify(&two, civic_str("nal sookha 3"), CIVIC_LANG_EN,
                              &test_scratch.arena, &n);

        ok(m.nrank == 2 && m.rank[0].class->service != NULL
           && m.rank[0].likely > 0.9f, "which knows what it was taught");

        for (i = 0; i < m.nrank; i++) {
            if (memcmp(&m.rank[i].likely, &n.rank[i].likely, sizeof(float))) {
                break;
            }
        }

        ok(i == m.nrank, "the same files teach the same, to the last bit");

        (void) civic_classify(&one, civic_str("anya"), CIVIC_LANG_EN,
                              &test_scratch.arena, &m);

        ok(m.sure == CIVIC_SURE_YES
           && civic_str_is(m.guess[0]->code, "OTHER"),
           "a service without a sentence is still found by its keyword");
    }

    civic_city_destroy(&one);
    civic_city_destroy(&two);
    test_file_free(sentences);
    test_arena_free(&a);
    test_arena_free(&b);
}


/* "n" sentences, half of them of "code" and half no complaint. */

static civic_str_t
test_sentences(const char *code, unsigned n)
{
    char      *bytes, *p;
    unsigned   i;

    bytes = malloc(n * 64 + 16);
    if (bytes == NULL) {
        abort();
    }

    p = bytes + sprintf(bytes, "text\tcode\n");

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s %u\t%s\n", i % 2 ? "nal sookha" : "sab badhiya",
                     i, i % 2 ? code : "NONE:thanks");
    }

    return civic_strn(bytes, (size_t) (p - bytes));
}


static void
test_bad_rows(void)
{
    size_t              i;
    civic_city_t        city;
    civic_str_t         row;
    test_arena_t        t = { 0 };
    civic_city_files_t  files = test_small;
    char                longest[2200];

    static const test_said_t  faults[] = {
        { "text\tcode\nnal sookha\tWTR_NUN\n",
          "sentences.tsv:2: no service \"WTR_NUN\"; a service code or "
          "NONE:kind is wanted\n" },
        { "text\tcode\nnal sookha\tNONE:\n",
          "sentences.tsv:2: no service \"NONE:\"; a service code or "
          "NONE:kind is wanted\n" },
        { "text\tcode\n\tWTR_NONE\n",
          "sentences.tsv:2: text is empty; it must be filled\n" },
        { "text\tcode\nnal sookha\t\n",
          "sentences.tsv:2: code is empty; it must be filled\n" },
        { NULL, NULL }
    };

    for (i = 0; faults[i].hindi != NULL; i++) {
        files.sentences.bytes = civic_str(faults[i].hindi);
        (void) test_arena(&t);

        ok(test_load(&city, &files, &t) == CIVIC_ERROR
           && strcmp(test_faults, faults[i].latin) == 0,
           "told: %.60s", faults[i].latin);
    }

    (void) snprintf(longest, sizeof(longest), "text\tcode\n%02001d\tOTHER\n",
                    7);
    files.sentences.bytes = civic_str(longest);
    (void) test_arena(&t);

    ok(test_load(&city, &files, &t) == CIVIC_ERROR
       && strstr(test_faults, "sentences.tsv:2: 2001 bytes are too "
                 "long") != NULL, "a sentence too long is told");

    row = test_sentences("WTR_NONE", 600);
    files.sentences.bytes = row;

    for (i = 0; i < 4000; i += 97) {
        (void) test_arena(&t);
        t.left = (long) i;

        if (test_load(&city, &files, &t) == CIVIC_OK) {
            civic_city_destroy(&city);
            break;
        }
    }

    ok(i > 600 && i < 4000, "every exhaustion of memory is told");

    test_file_free(row);
    test_arena_free(&t);
}


static void
test_fallback(void)
{
    size_t              i;
    civic_city_t        city;
    civic_str_t         few;
    test_arena_t        t = { 0 };
    civic_meaning_t     m;
    civic_city_files_t  files = test_small;

    few = test_sentences("OTHER", 100);

    for (i = 0; i < 2; i++) {
        files.sentences.bytes = i ? few : civic_str("");
        (void) test_arena(&t);

        if (ok(test_load(&city, &files, &t) == CIVIC_OK
               && city.model == NULL, "%s sentences are no model",
               i ? "a hundred" : "no"))
        {
            (void) civic_classify(&city, civic_str("nal sukha"),
                                  CIVIC_LANG_EN, &t.arena, &m);

            ok(m.nrank == 0 && m.sure == CIVIC_SURE_YES
               && civic_str_is(m.guess[0]->code, "WTR_NONE"),
               "keywords decide alone");

            (void) civic_classify(&city, civic_str("bijli bill"),
                                  CIVIC_LANG_EN, &t.arena, &m);

            ok(civic_str_is(m.misroute, "power"), "and tell what is none");
        }

        civic_city_destroy(&city);
    }

    test_file_free(few);
    test_arena_free(&t);
}
