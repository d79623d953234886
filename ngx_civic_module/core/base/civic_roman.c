
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Letter by letter, with the inherent vowel left out where nobody speaks it:
 * at the end of a word, and between a vowel's consonant and a consonant with
 * a vowel of its own (kachara is kachra).  Words are cut by whatever is no
 * Devanagari letter.
 */


#include "core/base/civic_roman.h"


#define CIVIC_ROMAN_LETTERS  96     /* of the block, from U+0900 */
#define CIVIC_ROMAN_LAST     0x7f
#define CIVIC_ROMAN_MAX      4      /* bytes of a letter and its vowel */

#define CIVIC_ROMAN_NUKTA    0x3c
#define CIVIC_ROMAN_VIRAMA   0x4d
#define CIVIC_ROMAN_ZERO     0x66
#define CIVIC_ROMAN_NASAL    'N'    /* n or m, by what follows */


typedef enum {
    CIVIC_ROMAN_NOTHING = 0,
    CIVIC_ROMAN_CONSONANT,
    CIVIC_ROMAN_VOWEL,                  /* a letter of its own */
    CIVIC_ROMAN_SIGN,                   /* the vowel of a consonant */
    CIVIC_ROMAN_MARK,
    CIVIC_ROMAN_OTHER
} civic_roman_e;


typedef struct {
    const char     *text;
    civic_roman_e   kind;
} civic_roman_t;


static unsigned civic_roman_index(const unsigned char *p, size_t n,
    size_t i);
static char civic_roman_sign(unsigned c);
static size_t civic_roman_word(const unsigned char *p, size_t n, char *out);
static civic_roman_e civic_roman_at(const unsigned char *p, size_t n,
    size_t i);
static int civic_roman_speaks(const unsigned char *p, size_t n, size_t next,
    int open);
static char *civic_roman_put(char *out, const char *text);


#define C(s)  { s, CIVIC_ROMAN_CONSONANT }
#define V(s)  { s, CIVIC_ROMAN_VOWEL }
#define S(s)  { s, CIVIC_ROMAN_SIGN }
#define M(s)  { s, CIVIC_ROMAN_MARK }
#define O(s)  { s, CIVIC_ROMAN_OTHER }

/* U+0900 to U+095F and the digits, in their order */

static const civic_roman_t  civic_roman_letters[CIVIC_ROMAN_LETTERS] = {
    M("N"), M("N"), M("N"), M(""),   V("a"), V("a"), V("aa"), V("i"),
    V("ee"), V("u"), V("u"), V("ri"), V("l"), V("e"), V("e"), V("e"),
    V("ai"), V("o"), V("o"), V("o"),  V("au"), C("k"), C("kh"), C("g"),
    C("gh"), C("n"), C("ch"), C("chh"), C("j"), C("jh"), C("n"), C("t"),
    C("th"), C("d"), C("dh"), C("n"), C("t"), C("th"), C("d"), C("dh"),
    C("n"), C("n"), C("p"), C("ph"), C("b"), C("bh"), C("m"), C("y"),
    C("r"), C("r"), C("l"), C("l"),  C("l"), C("v"), C("sh"), C("sh"),
    C("s"), C("h"), S("e"), S("aa"), M(""), M(""), S("aa"), S("i"),
    S("ee"), S("u"), S("u"), S("ri"), S("ri"), S("e"), S("e"), S("e"),
    S("ai"), S("o"), S("o"), S("o"),  S("au"), M(""), S("e"), S("au"),
    O("om"), M(""), M(""), M(""),     M(""), S("e"), S("u"), S("u"),
    C("k"), C("kh"), C("g"), C("j"),  C("d"), C("dh"), C("f"), C("y")
};


civic_str_t
civic_roman(civic_str_t s, const civic_arena_t *a)
{
    char                 *out, *p;
    size_t                i, end;
    const unsigned char  *b;

    b = (const unsigned char *) s.data;

    for (i = 0; i + 2 < s.len; i++) {
        if (civic_roman_index(b, s.len, i) <= CIVIC_ROMAN_LAST) {
            break;
        }
    }

    if (i + 2 >= s.len) {
        return s;
    }

    out = civic_arena_alloc(a, s.len / 3 * (CIVIC_ROMAN_MAX + 1) + s.len + 1);
    if (out == NULL) {
        return civic_strn(NULL, 0);
    }

    memcpy(out, s.data, i);
    p = out + i;

    while (i < s.len) {
        for (end = i; civic_roman_at(b, s.len, end) != CIVIC_ROMAN_NOTHING;
             end += 3)
        { /* void */ }

        if (end > i) {
            p += civic_roman_word(b + i, end - i, p);
            i = end;

        } else if (civic_roman_index(b, s.len, i) > CIVIC_ROMAN_LAST) {
            *p++ = s.data[i++];

        } else {
            *p++ = civic_roman_sign(civic_roman_index(b, s.len, i));
            i += 3;
        }
    }

    return civic_strn(out, (size_t) (p - out));
}


/* Which of the block stands at "i": three bytes, e0 a4 80 to e0 a5 bf. */

static unsigned
civic_roman_index(const unsigned char *p, size_t n, size_t i)
{
    if (i + 2 >= n || p[i] != 0xe0 || (p[i + 1] != 0xa4 && p[i + 1] != 0xa5))
    {
        return CIVIC_ROMAN_LAST + 1;
    }

    return (unsigned) (p[i + 1] - 0xa4) * 64 + (p[i + 2] & 0x3f);
}


static civic_roman_e
civic_roman_at(const unsigned char *p, size_t n, size_t i)
{
    unsigned  c;

    c = civic_roman_index(p, n, i);

    return c < CIVIC_ROMAN_LETTERS ? civic_roman_letters[c].kind
                                   : CIVIC_ROMAN_NOTHING;
}


/* Digits are digits; the rest of the block ends a sentence or a word. */

static char
civic_roman_sign(unsigned c)
{
    return (c >= CIVIC_ROMAN_ZERO && c < CIVIC_ROMAN_ZERO + 10)
           ? (char) ('0' + (c - CIVIC_ROMAN_ZERO)) : ' ';
}


static size_t
civic_roman_word(const unsigned char *p, size_t n, char *out)
{
    int                   open;         /* a vowel has been written */
    char                 *q;
    size_t                i, next;
    const civic_roman_t  *letter;

    q = out;
    open = 0;

    for (i = 0; i < n; i = next) {
        letter = &civic_roman_letters[civic_roman_index(p, n, i)];
        next = i + 3;

        q = civic_roman_put(q, letter->text);

        if (letter->kind != CIVIC_ROMAN_CONSONANT) {
            open |= (letter->kind == CIVIC_ROMAN_VOWEL
                     || letter->kind == CIVIC_ROMAN_SIGN);
            continue;
        }

        /* a nukta changes nothing that is heard in a complaint */

        if (civic_roman_index(p, n, next) == CIVIC_ROMAN_NUKTA) {
            next += 3;
        }

        if (civic_roman_speaks(p, n, next, open)) {
            *q++ = 'a';
            open = 1;
        }
    }

    /* a nasal sounds like the lip or the tongue it stands before */

    for (i = 0; out + i < q; i++) {
        if (out[i] == CIVIC_ROMAN_NASAL) {
            out[i] = (out + i + 1 < q && strchr("pbm", out[i + 1]) != NULL)
                     ? 'm' : 'n';
        }
    }

    return (size_t) (q - out);
}


/*
 * Whether the consonant before "next" has the inherent vowel: not before a
 * sign or virama, not at the end of a word that has another vowel, and not
 * between an open syllable and a consonant with a vowel of its own.
 */

static int
civic_roman_speaks(const unsigned char *p, size_t n, size_t next, int open)
{
    civic_roman_e  kind, after;

    if (next >= n) {
        return !open;
    }

    kind = civic_roman_at(p, n, next);

    if (kind == CIVIC_ROMAN_SIGN
        || civic_roman_index(p, n, next) == CIVIC_ROMAN_VIRAMA)
    {
        return 0;
    }

    if (kind != CIVIC_ROMAN_CONSONANT || !open) {
        return 1;
    }

    after = civic_roman_at(p, n, next + 3);

    return after != CIVIC_ROMAN_SIGN;
}


static char *
civic_roman_put(char *out, const char *text)
{
    while (*text) {
        *out++ = *text++;
    }

    return out;
}
