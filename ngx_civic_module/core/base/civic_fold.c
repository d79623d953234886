
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Spellings made equal, in three steps: characters (normalisation, case,
 * marks that carry nothing), words (what Hindi writers vary: vowel length,
 * aspiration, nasals, endings), and back to UTF-8.  It knows no vocabulary:
 * words that are the same by custom only are SAME: rows of phrases.tsv.
 */


#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "core/base/civic_fold.h"
#include "core/base/civic_utf8.h"


/*
 * The least letters a word keeps when its ending goes.  With fewer, "nal"
 * (tap) and "nali" (drain) become one word; with more, "kachra" and "kachre"
 * stay two.
 */
#define CIVIC_STEM_LATIN       4
#define CIVIC_STEM_DEVANAGARI  3

#define CIVIC_NUKTA            0x093c
#define CIVIC_VIRAMA           0x094d
#define CIVIC_ANUSVARA         0x0902

/* Letters with a nukta of their own; three more stand after their letter. */
#define CIVIC_NUKTA_FIRST      0x0958
#define CIVIC_NUKTA_LAST       0x095f

#define CIVIC_FOLD_OTHER       UINT32_MAX   /* no character */


typedef struct {
    uint16_t  from;
    uint16_t  to;
} civic_fold_pair_t;


static ucs4_t *civic_fold_chars(civic_str_t s, const civic_arena_t *a,
    size_t *n);
static ucs4_t *civic_fold_plain(civic_str_t s, const civic_arena_t *a,
    size_t *n);
static ucs4_t civic_fold_next(const unsigned char *p, size_t left,
    size_t *len);
static ucs4_t civic_fold_ascii(ucs4_t uc);
static ucs4_t civic_fold_char(ucs4_t uc);
static ucs4_t civic_fold_devanagari(ucs4_t uc);
static size_t civic_fold_word(ucs4_t *w, size_t n);
static size_t civic_fold_latin(ucs4_t *w, size_t n);
static size_t civic_fold_latin_end(const ucs4_t *w, size_t n);
static int civic_fold_is_vowel(ucs4_t uc);
static size_t civic_fold_hindi(ucs4_t *w, size_t n);
static int civic_fold_is_consonant(ucs4_t uc);
static int civic_fold_is_sign(ucs4_t uc);


/* Devanagari letters and signs that writers use for one another. */

static const civic_fold_pair_t  civic_fold_pairs[] = {
    { 0x0901, CIVIC_ANUSVARA },     /* candrabindu */
    { 0x0908, 0x0907 },             /* long to short i */
    { 0x090a, 0x0909 },             /* long to short u */
    { 0x0910, 0x090f },             /* ai to e: chamber, manhole */
    { 0x0911, 0x0906 },             /* candra o to aa: fogging, colony */
    { 0x0923, 0x0928 },             /* retroflex to dental n */
    { 0x0936, 0x0938 },             /* palatal s */
    { 0x0937, 0x0938 },             /* retroflex s */
    { 0x0940, 0x093f },
    { 0x0942, 0x0941 },
    { 0x0945, 0x0947 },
    { 0x0948, 0x0947 },
    { 0x0949, 0x093e }
};


/* U+0958 to U+095F without their nukta */

static const uint16_t  civic_fold_nukta[] = {
    0x0915, 0x0916, 0x0917, 0x091c, 0x0921, 0x0922, 0x092b, 0x092f
};


civic_str_t
civic_fold(civic_str_t s, const civic_arena_t *a)
{
    char         *out, *p;
    size_t        i, n, end, len;
    ucs4_t       *w;
    civic_str_t   none = civic_null_str;

    w = civic_fold_chars(s, a, &n);
    if (w == NULL) {
        return none;
    }

    out = civic_arena_alloc(a, n * 4 + 1);
    if (out == NULL) {
        return none;
    }

    p = out;

    for (i = 0; i < n; i = end + 1) {
        for (end = i; end < n && w[end] != ' '; end++) { /* void */ }

        len = civic_fold_word(w + i, end - i);

        if (len && p != out) {
            *p++ = ' ';
        }

        for (len += i; i < len; i++) {
            if (w[i] < 0x80) {
                *p++ = (char) w[i];

            } else {
                p += u8_uctomb((uint8_t *) p, w[i], 4);
            }
        }
    }

    return civic_strn(out, (size_t) (p - out));
}


/*
 * Folded characters of a text that has nothing to normalise: ASCII and the
 * Devanagari that has one form only, as most messages are.  CIVIC_FOLD_OTHER
 * at the first character that may have more, and "n" is where it stands.
 */

static ucs4_t *
civic_fold_plain(civic_str_t s, const civic_arena_t *a, size_t *n)
{
    size_t   i, len;
    ucs4_t  *w, uc;

    w = civic_arena_alloc(a, (s.len + 1) * sizeof(ucs4_t));
    *n = 0;

    for (i = 0; w != NULL && i < s.len; i += len) {
        uc = civic_fold_next((const unsigned char *) s.data + i, s.len - i,
                             &len);

        if (uc == CIVIC_FOLD_OTHER) {
            *n = CIVIC_FOLD_OTHER;
            break;
        }

        w[*n] = uc;
        *n += (uc != 0);
    }

    return w;
}


/* Folded characters; every symbol stands alone between spaces. */

static ucs4_t *
civic_fold_chars(civic_str_t s, const civic_arena_t *a, size_t *n)
{
    size_t          len, size;
    ucs4_t         *w, uc;
    uint8_t        *buf, *nfkd;
    const uint8_t  *p, *end;

    w = civic_fold_plain(s, a, n);

    if (w == NULL || *n != CIVIC_FOLD_OTHER) {
        return w;
    }

    *n = 0;
    s = civic_utf8_clean(s, a);
    if (s.data == NULL) {
        return NULL;
    }

    size = s.len * 3 + 16;
    len = size;

    buf = civic_arena_alloc(a, size);
    if (buf == NULL) {
        return NULL;
    }

    nfkd = u8_normalize(UNINORM_NFKD, (const uint8_t *) s.data, s.len, buf,
                        &len);
    if (nfkd == NULL) {
        return NULL;
    }

    /* twice: a symbol of four bytes takes three places at most */

    w = civic_arena_alloc(a, (len * 2 + 1) * sizeof(ucs4_t));

    p = nfkd;
    end = nfkd + len;

    while (w != NULL && p < end) {
        p += u8_mbtouc(&uc, p, (size_t) (end - p));
        uc = civic_fold_char(uc);

        if (uc >= 0x80 && uc_is_general_category(uc, UC_OTHER_SYMBOL)) {
            w[(*n)++] = ' ';
            w[(*n)++] = uc;
            w[(*n)++] = ' ';

        } else if (uc) {
            w[(*n)++] = uc;
        }
    }

    if (nfkd != buf) {
        free(nfkd);                 /* libunistring's, when "buf" was short */
    }

    return w;
}


/*
 * The next character, folded.  The Devanagari letters with a nukta of their
 * own are two characters when they are normalised, and the nukta is dropped;
 * accents (U+0951 to U+0954) move when they are.
 */

static ucs4_t
civic_fold_next(const unsigned char *p, size_t left, size_t *len)
{
    ucs4_t  uc;

    *len = 1;

    if (p[0] < 0x80) {
        return civic_fold_ascii(p[0]);
    }

    if (left < 3 || p[0] != 0xe0 || (p[1] != 0xa4 && p[1] != 0xa5)
        || (p[2] & 0xc0) != 0x80)
    {
        return CIVIC_FOLD_OTHER;
    }

    *len = 3;
    uc = 0x0900 + (ucs4_t) (p[1] - 0xa4) * 64 + (p[2] & 0x3f);

    if (uc >= 0x0951 && uc <= 0x0954) {
        return CIVIC_FOLD_OTHER;
    }

    if (uc >= CIVIC_NUKTA_FIRST && uc <= CIVIC_NUKTA_LAST) {
        uc = civic_fold_nukta[uc - CIVIC_NUKTA_FIRST];

    } else if (uc == 0x0929 || uc == 0x0931 || uc == 0x0934) {
        uc--;
    }

    return civic_fold_devanagari(uc);
}


/* 0 for what is dropped, a space for what separates words */

static ucs4_t
civic_fold_ascii(ucs4_t uc)
{
    if (uc >= 'A' && uc <= 'Z') {
        return uc | 0x20;
    }

    if ((uc >= 'a' && uc <= 'z') || (uc >= '0' && uc <= '9')) {
        return uc;
    }

    if (uc == '\'' || uc == 0x7f || (uc < 0x20 && uc != '\n' && uc != '\t')) {
        return 0;
    }

    return ' ';
}


static ucs4_t
civic_fold_char(ucs4_t uc)
{
    int  digit;

    if (uc < 0x80) {
        return civic_fold_ascii(uc);
    }

    if (uc >= 0x0900 && uc <= 0x097f) {
        return civic_fold_devanagari(uc);
    }

    /* accents, variation selectors, keycaps and invisible characters */

    if (uc == 0x2019
        || ((uc < 0x0900 || uc >= 0xfe00)
            && uc_is_general_category_withtable(uc, UC_CATEGORY_MASK_Mn))
        || uc_is_general_category_withtable(uc, UC_CATEGORY_MASK_Cf
                                                | UC_CATEGORY_MASK_Me))
    {
        return 0;
    }

    digit = uc_decimal_value(uc);

    if (digit >= 0) {
        return '0' + (ucs4_t) digit;
    }

    if (uc_is_general_category_withtable(uc, UC_CATEGORY_MASK_L
                                             | UC_CATEGORY_MASK_M
                                             | UC_CATEGORY_MASK_N))
    {
        return uc_tolower(uc);
    }

    if (uc != 0xfffd && uc_is_general_category(uc, UC_OTHER_SYMBOL)) {
        return uc;
    }

    return ' ';
}


static ucs4_t
civic_fold_devanagari(ucs4_t uc)
{
    size_t  i;

    if (uc == CIVIC_NUKTA) {
        return 0;
    }

    if (uc >= 0x0966 && uc <= 0x096f) {
        return '0' + uc - 0x0966;
    }

    if (uc == 0x0964 || uc == 0x0965 || uc == 0x0970) {
        return ' ';                     /* danda, abbreviation sign */
    }

    /* sorted, and most letters stand between two of them */

    for (i = 0; i < sizeof(civic_fold_pairs) / sizeof(civic_fold_pair_t)
                && civic_fold_pairs[i].from <= uc; i++)
    {
        if (civic_fold_pairs[i].from == uc) {
            return civic_fold_pairs[i].to;
        }
    }

    return uc;
}


static size_t
civic_fold_word(ucs4_t *w, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (w[i] >= 0x0900 && w[i] <= 0x097f) {
            return civic_fold_hindi(w, n);
        }

        if (w[i] < 'a' || w[i] > 'z') {
            return n;                   /* a number, or another script */
        }
    }

    return civic_fold_latin(w, n);
}


/*
 * Roman Hindi: aa, ee, oo for long vowels or not; an h that marks aspiration
 * or not, but for kh and bh, which nobody leaves out (khudai is digging, kuda
 * is garbage); doubled consonants or not; v and w, j and z, f and ph.
 * English goes through the same and comes out equal to itself.
 */

static size_t
civic_fold_latin(ucs4_t *w, size_t n)
{
    size_t  i, run, len;
    ucs4_t  c, last;

    len = 0;

    for (i = 0; i < n; i += run) {
        c = w[i];
        last = len ? w[len - 1] : 'a';

        for (run = 1; i + run < n && w[i + run] == c; run++) { /* void */ }

        if (c == 'h' && strchr("cdgjpst", (int) last) != NULL) {
            if (last == 'p') {
                w[len - 1] = 'f';
            }

            continue;
        }

        if (c == 'c' && i + run < n && w[i + run] == 'k') {
            continue;
        }

        if (c == 'y' && len && civic_fold_is_vowel(last)
            && i + run < n && (w[i + run] == 'i' || w[i + run] == 'e'))
        {
            continue;                   /* aayi, aai */
        }

        switch (c) {

        case 'e':
            c = run > 1 ? 'i' : 'e';
            break;

        case 'o':
            c = run > 1 ? 'u' : 'o';
            break;

        case 'q':
            c = 'k';
            break;

        case 'w':
            c = 'v';
            break;

        case 'y':
            c = (i + run == n) ? 'i' : 'y';
            break;

        case 'z':
            c = 'j';
            break;
        }

        if (len == 0 || c != last) {
            w[len++] = c;
        }
    }

    return civic_fold_latin_end(w, len);
}


/* Number, gender and case live in the ending; so does a nasal or a plural. */

static size_t
civic_fold_latin_end(const ucs4_t *w, size_t n)
{
    if (n > CIVIC_STEM_LATIN
        && (w[n - 1] == 's'
            || (w[n - 1] == 'n' && civic_fold_is_vowel(w[n - 2]))))
    {
        n--;
    }

    while (n > CIVIC_STEM_LATIN && civic_fold_is_vowel(w[n - 1])) {
        n--;
    }

    return n;
}


static int
civic_fold_is_vowel(ucs4_t uc)
{
    return uc == 'a' || uc == 'e' || uc == 'i' || uc == 'o' || uc == 'u';
}


/*
 * Devanagari: a nasal before a consonant or an anusvara; gayi and gai with or
 * without y; signs typed twice; endings as in Roman Hindi.
 */

static size_t
civic_fold_hindi(ucs4_t *w, size_t n)
{
    size_t  i, len;
    ucs4_t  c;

    len = 0;

    for (i = 0; i < n; i++) {
        c = w[i];

        if ((c == 0x0919 || c == 0x091e || c == 0x0928 || c == 0x092e)
            && i + 2 < n && w[i + 1] == CIVIC_VIRAMA
            && civic_fold_is_consonant(w[i + 2]))
        {
            c = CIVIC_ANUSVARA;
            i++;

        } else if (c == 0x092f && len && i + 1 < n
                   && (w[i + 1] == 0x093f || w[i + 1] == 0x0947))
        {
            i++;
            c = (w[i] == 0x093f) ? 0x0907 : 0x090f;
        }

        if (len && c == w[len - 1]
            && (civic_fold_is_sign(c) || (len > 1 && c == w[len - 2])))
        {
            continue;
        }

        w[len++] = c;
    }

    while (len > CIVIC_STEM_DEVANAGARI && civic_fold_is_sign(w[len - 1])) {
        len--;
    }

    return len;
}


static int
civic_fold_is_consonant(ucs4_t uc)
{
    return uc >= 0x0915 && uc <= 0x0939;
}


/* vowel signs, anusvara and virama */

static int
civic_fold_is_sign(ucs4_t uc)
{
    return uc == CIVIC_ANUSVARA || (uc >= 0x093e && uc <= CIVIC_VIRAMA);
}
