
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Foreign bytes must come out as valid text, and a cut must never leave half
 * a character on a citizen's telephone.  Fails when a control, a bidi
 * override or an ill-formed byte gets through, when a limit is counted in
 * bytes or code points, or when a cut falls inside a grapheme.
 */


#include "core/base/civic_utf8.h"
#include "wire_test.h"


typedef struct {
    const char  *title;
    const char  *in;
    size_t       len;
    const char  *out;
} clean_t;


typedef struct {
    const char  *title;
    const char  *in;
    size_t       max;
    const char  *cut;
    const char  *ellipsis;
} cut_t;


#define BYTES(s)    s, sizeof(s) - 1

#define KA          "\u0915"
#define KSHA        "\u0915\u094d\u0937"
#define KI          "\u0915\u093f"
#define SMILE       "\U0001f600"
#define FAMILY      "\U0001f468\u200d\U0001f469\u200d\U0001f467"
#define INDIA       "\U0001f1ee\U0001f1f3"
#define THUMB       "\U0001f44d\U0001f3fd"
#define DOTS        "\u2026"


static const clean_t  cleans[] = {
    { "nothing", BYTES(""), "" },
    { "plain text stays", BYTES("Kachra\nnahi utha"), "Kachra\nnahi utha" },
    { "Hindi stays", BYTES(KA KI KSHA), KA KI KSHA },
    { "joiners of emoji stay", BYTES(FAMILY), FAMILY },
    { "NUL goes", BYTES("a\0b"), "ab" },
    { "controls go", BYTES("a\x01\x1b[31m\r\x7f" "b"), "a[31mb" },
    { "C1 controls go", BYTES("a\xc2\x85\xc2\x9f" "b"), "ab" },
    { "a tab is a space", BYTES("a\tb"), "a b" },
    { "bidi controls go", BYTES("a\u202e\u2066\u200f" "b"), "ab" },
    { "a byte order mark goes", BYTES("\ufeff" "a"), "a" },
    { "a lone byte", BYTES("a\xff" "b"), "a\ufffd" "b" },
    { "a truncated character", BYTES("a\xe0\xa4"), "a\ufffd" },
    { "an overlong slash", BYTES("\xc0\xaf"), "\ufffd\ufffd" },
    { "a surrogate", BYTES("\xed\xa0\x80" "b"), "\ufffd" "b" },
    { "above U+10FFFF", BYTES("\xf4\x90\x80\x80"), "\ufffd" },
    { NULL, NULL, 0, NULL }
};


static const cut_t  cuts[] = {
    { "shorter than the limit", "abc", 4, "abc", "abc" },
    { "as long as the limit", "abc", 3, "abc", "abc" },
    { "longer than the limit", "abcd", 3, "abc", "ab" DOTS },
    { "a limit of one", "abcd", 1, "a", DOTS },
    { "a limit of nothing", "abcd", 0, "", "" },
    { "no space before the ellipsis", "ab cd", 4, "ab c", "ab" DOTS },
    { "Hindi counts one a sign", KI KI, 4, KI KI, KI KI },
    { "a vowel sign stays with its letter", KI KI, 3, KI, KI DOTS },
    { "a conjunct is one", KSHA KSHA, 5, KSHA, KSHA DOTS },
    { "an emoji counts two", SMILE "a", 2, SMILE, DOTS },
    { "an emoji is not halved", "a" SMILE SMILE, 4, "a" SMILE,
      "a" SMILE DOTS },
    { "a family counts eight", FAMILY, 8, FAMILY, FAMILY },
    { "a family is not broken up", "a" FAMILY, 8, "a", "a" DOTS },
    { "a flag is not broken up", INDIA INDIA, 7, INDIA, INDIA DOTS },
    { "a skin tone stays", "ab" THUMB, 5, "ab", "ab" DOTS },
    { NULL, NULL, 0, NULL, NULL }
};


static void test_clean(test_arena_t *t);
static void test_cut(test_arena_t *t);
static void test_noise(test_arena_t *t);


int
main(void)
{
    civic_str_t   s;
    test_arena_t  t = { 0 };

    test_clean(&t);
    test_cut(&t);
    test_noise(&t);

    (void) test_arena(&t);
    t.left = 0;

    s = civic_utf8_clean(civic_str("a\x01"), &t.arena);
    ok(s.data == NULL, "clean tells that memory is exhausted");

    s = civic_utf16_ellipsis(civic_str("abcd"), 2, &t.arena);
    ok(s.data == NULL, "ellipsis tells that memory is exhausted");

    s = civic_utf8_clean(civic_str("a"), &t.arena);
    ok(s.data != NULL, "clean text needs no memory");

    s = civic_utf8_clean(civic_strn(NULL, 0), &t.arena);
    ok(s.data != NULL && s.len == 0, "no text at all is an empty text");

    test_arena_free(&t);

    return done();
}


static void
test_clean(test_arena_t *t)
{
    civic_str_t     in, out;
    const clean_t  *c;

    for (c = cleans; c->title != NULL; c++) {
        in = test_exact(c->in, c->len);
        out = civic_utf8_clean(in, test_arena(t));

        is_mem(out.data, out.len, c->out, "clean: %s", c->title);

        test_file_free(in);
    }
}


static void
test_cut(test_arena_t *t)
{
    civic_str_t   in, out;
    const cut_t  *c;

    for (c = cuts; c->title != NULL; c++) {
        in = test_exact(c->in, strlen(c->in));

        out = civic_utf16_cut(in, c->max);
        is_mem(out.data, out.len, c->cut, "cut: %s", c->title);

        out = civic_utf16_ellipsis(in, c->max, test_arena(t));
        is_mem(out.data, out.len, c->ellipsis, "ellipsis: %s", c->title);

        test_file_free(in);
    }

    in = civic_str("a" SMILE KI);

    is_int(civic_utf8_chars(in), 4, "characters");
    is_int(civic_utf16_len(in), 5, "units");

    out = civic_utf8_cut(in, 3);
    is_mem(out.data, out.len, "a" SMILE, "cut to characters, at a border");
}


/* Whatever comes in, clean text comes out and every cut of it is clean. */

static void
test_noise(test_arena_t *t)
{
    char         bytes[64];
    size_t       n, max;
    uint32_t     seed;
    unsigned     i, bad;
    civic_str_t  in, out, cut;

    seed = 20261123;
    bad = 0;

    for (i = 0; i < 20000; i++) {
        for (n = 0; n < sizeof(bytes); n++) {
            bytes[n] = (char) test_random(&seed);
        }

        in = test_exact(bytes, test_random(&seed) % sizeof(bytes));
        max = test_random(&seed) % 70;

        out = civic_utf8_clean(in, test_arena(t));
        bad += !test_is_clean(out, in.len * 3);

        cut = civic_utf16_ellipsis(out, max, &t->arena);
        bad += !test_is_clean(cut, out.len + 3) || civic_utf16_len(cut) > max;

        cut = civic_utf8_cut(out, max);
        bad += !test_is_clean(cut, out.len) || civic_utf8_chars(cut) > max;

        test_file_free(in);
    }

    is_int(bad, 0, "noise comes out clean and within every limit");
}
