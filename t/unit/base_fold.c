
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Two spellings of one word must fold to the same, two words must not.
 * Fails when a rule of folding goes missing or grows too greedy: then
 * complaints are not understood, or a tap becomes a drain.
 */


#include "core/base/civic_fold.h"
#include "wire_test.h"


typedef struct {
    const char  *title;
    const char  *one;
    const char  *two;
} pair_t;


/* Devanagari is spelt in code points; the titles say what it reads. */

static const pair_t  same[] = {
    { "case", "KaCHRa", "kachra" },
    { "punctuation", "  kachra!!!,gadi...  ", "kachra gadi" },
    { "an apostrophe", "don't", "don\u2019t" },
    { "long a", "gaadi", "gadi" },
    { "long i", "aayee", "ayi" },
    { "long u", "phoota", "futa" },
    { "letters repeated", "paniiiiiii", "pani" },
    { "consonants doubled", "gaddi", "gadi" },
    { "aspiration", "machhar", "machar" },
    { "v and w", "avaidh", "awaidh" },
    { "j and z", "kabja", "kabza" },
    { "c and k", "block", "blok" },
    { "y between vowels", "aayi", "aai" },
    { "y at the end", "colony", "coloni" },
    { "gender and number", "kachra", "kachre" },
    { "a nasal ending", "nahin", "nahi" },
    { "an English plural", "potholes", "pothole" },
    { "accents", "caf\u00e9", "cafe" },
    { "a ligature", "\ufb01re", "fire" },
    { "full width", "\uff2b\uff21\uff23\uff28\uff32\uff21", "kachra" },
    { "Devanagari digits", "\u0969 din", "3 din" },
    { "a danda", "\u092a\u093e\u0928\u0940\u0964",
      "\u092a\u093e\u0928\u0940" },
    { "nukta: gaadi composed", "\u0917\u093e\u095c\u0940",
      "\u0917\u093e\u0921\u093c\u0940" },
    { "nukta: gaadi without", "\u0917\u093e\u0921\u0940",
      "\u0917\u093e\u0921\u093c\u0940" },
    { "joiners: kacch-ra", "\u0915\u094d\u200d\u0937", "\u0915\u094d\u0937" },
    { "invisible marks", "ka\u200bch\u200dra\ufe0f", "kachra" },
    { "bidi controls", "\u202ekachra", "kachra" },
    { "candrabindu: haan", "\u0939\u093e\u0901", "\u0939\u093e\u0902" },
    { "nasal: ganda", "\u0917\u0928\u094d\u0926\u093e",
      "\u0917\u0902\u0926\u093e" },
    { "length of i: nahi", "\u0928\u0939\u093f", "\u0928\u0939\u0940\u0902" },
    { "s: shauchalay", "\u0938\u094c\u091a\u093e\u0932\u092f",
      "\u0936\u094c\u091a\u093e\u0932\u092f" },
    { "ai and e: manhole", "\u092e\u0947\u0928\u0939\u094b\u0932",
      "\u092e\u0948\u0928\u0939\u094b\u0932" },
    { "y or not: aai", "\u0906\u092f\u0940", "\u0906\u0908" },
    { "signs repeated: pani", "\u092a\u093e\u0928\u0940\u0940\u0940\u0940",
      "\u092a\u093e\u0928\u0940" },
    { "endings: kachra, kachre", "\u0915\u091a\u0930\u093e",
      "\u0915\u091a\u0930\u0947" },
    { "skin tones", "\U0001f44d\U0001f3fd", "\U0001f44d" },
    { "an emoji is a word", "ok\U0001f44dok", "ok \U0001f44d ok" },
    { NULL, NULL, NULL }
};


static const pair_t  other[] = {
    { "tap and drain", "nal", "nali" },
    { "drain and brook", "nali", "nala" },
    { "pothole and vehicle", "gadda", "gadi" },
    { "digging and garbage", "khudai", "kuda" },
    { "tap and drain in Hindi", "\u0928\u0932", "\u0928\u093e\u0932\u0940" },
    { "numbers", "11", "1" },
    { "house numbers", "22b", "2b" },
    { NULL, NULL, NULL }
};


static const pair_t  exact[] = {
    { "nothing", "", "" },
    { "only punctuation", " ?! ... \u0964 ", "" },
    { "an h of its own", "h", "h" },
    { "one letter of each", "c k y", "c k i" },
    { "ill-formed bytes separate", "pani\xffnal", "pani nal" },
    { "a control is nothing", "pa\x01ni", "pani" },
    { "another script stays", "\u0ba8\u0bc0\u0bb0\u0bcd",
      "\u0ba8\u0bc0\u0bb0\u0bcd" },
    { NULL, NULL, NULL }
};


static int test_equal(const pair_t *p, test_arena_t *one, test_arena_t *two);
static void test_noise(test_arena_t *t);
static void test_plain(test_arena_t *one, test_arena_t *two);


int
main(void)
{
    long           left;
    civic_str_t    s;
    test_arena_t   one = { 0 }, two = { 0 };
    const pair_t  *p;

    for (p = same; p->title != NULL; p++) {
        ok(test_equal(p, &one, &two), "same: %s", p->title);
    }

    for (p = other; p->title != NULL; p++) {
        ok(!test_equal(p, &one, &two), "not the same: %s", p->title);
    }

    for (p = exact; p->title != NULL; p++) {
        s = civic_fold(civic_str(p->one), test_arena(&one));
        is_mem(s.data, s.len, p->two, "folds to: %s", p->title);
    }

    test_noise(&one);
    test_plain(&one, &two);

    s = civic_str("k\u0915");
    (void) test_arena(&one);

    for (left = 0; left < 10; left++) {
        one.left = left;

        if (civic_fold(s, &one.arena).data != NULL) {
            break;
        }
    }

    ok(left > 0 && left < 10, "every exhaustion of memory is told");

    test_arena_free(&one);
    test_arena_free(&two);

    return done();
}


static int
test_equal(const pair_t *p, test_arena_t *one, test_arena_t *two)
{
    civic_str_t  a, b;

    a = civic_fold(civic_str(p->one), test_arena(one));
    b = civic_fold(civic_str(p->two), test_arena(two));

    return a.len > 0 && civic_str_eq(a, b);
}


/* Any bytes fold to valid words, single-spaced; folding is bounded. */

static void
test_noise(test_arena_t *t)
{
    char         bytes[80];
    size_t       n;
    uint32_t     seed;
    unsigned     i, bad;
    civic_str_t  in, out;

    seed = 311;
    bad = 0;

    for (i = 0; i < 20000; i++) {
        for (n = 0; n < sizeof(bytes); n++) {
            bytes[n] = (char) test_random(&seed);

            /* every other time mostly Devanagari, which has most rules */

            if ((i & 1) && n % 3 == 0) {
                bytes[n] = (char) 0xe0;

            } else if ((i & 1) && n % 3 == 1) {
                bytes[n] = (char) (0xa4 | (bytes[n] & 1));

            } else if (i & 1) {
                bytes[n] = (char) (0x80 | (bytes[n] & 0x3f));
            }
        }

        in = test_exact(bytes, test_random(&seed) % sizeof(bytes));
        out = civic_fold(in, test_arena(t));

        bad += !test_is_clean(out, in.len * 20);
        bad += out.len
               && (out.data[0] == ' ' || out.data[out.len - 1] == ' ');

        for (n = 1; n < out.len; n++) {
            bad += (out.data[n] == ' ' && out.data[n - 1] == ' ');
        }

        test_file_free(in);
    }

    is_int(bad, 0, "noise folds to single-spaced valid text");
}


/*
 * ASCII and Devanagari are folded without being normalised; with an accent
 * at the end the same text is.
 */

static void
test_plain(test_arena_t *one, test_arena_t *two)
{
    char         text[32];
    unsigned     a, b, bad;
    civic_str_t  plain, normal;

    bad = 0;

    for (a = 0x80; a < 0x100; a++) {
        for (b = 0x80; b < 0x100; b++) {
            (void) snprintf(text, sizeof(text),
                            "k\u0915\xe0%c%c\xe0%c%c\u0915 e",
                            a < 0xc0 ? 0xa4 : 0xa5, 0x80 | (a & 0x3f),
                            b < 0xc0 ? 0xa4 : 0xa5, 0x80 | (b & 0x3f));
            plain = civic_fold(civic_str(text), test_arena(one));

            (void) snprintf(text + strlen(text) - 1, 3, "\u00e9");
            normal = civic_fold(civic_str(text), test_arena(two));

            bad += !civic_str_eq(plain, normal);
        }
    }

    is_int(bad, 0, "what needs no normalising folds as if it had been");
}
