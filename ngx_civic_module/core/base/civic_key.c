
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The key of a name.  It knows letters, not names: which spellings are the
 * same by custom only stands in places.csv.
 */


#include <unistr.h>

#include "core/base/civic_key.h"


#define CIVIC_KEY_SHORT   4         /* letters: kept as they are */

#define CIVIC_ANUSVARA    0x0902
#define CIVIC_NUKTA       0x093c
#define CIVIC_VIRAMA      0x094d
#define CIVIC_ZWNJ        0x200c
#define CIVIC_ZWJ         0x200d


typedef struct {
    char      *out;
    size_t     n;
    size_t     schwa;               /* behind an "a" that may be silent */
    unsigned   bare:1;              /* the last consonant has no sign yet */
    unsigned   sounded:1;           /* a vowel stands before it */
} civic_latin_t;


static int civic_key_letter(ucs4_t uc);
static void civic_key_put(civic_latin_t *l, const char *s);
static void civic_key_devanagari(civic_latin_t *l, ucs4_t uc);
static void civic_key_consonant(civic_latin_t *l, ucs4_t uc);
static void civic_key_vowel(civic_latin_t *l, const char *s);
static void civic_key_schwa(civic_latin_t *l);
static size_t civic_key_pair(const char *s, size_t left, char before,
    char *out);
static size_t civic_key_one(char c, char next, char before, char *out);
static char civic_key_single(const char *s, size_t left, size_t at);
static size_t civic_key_end(const char *key, size_t n);
static int civic_key_is_vowel(char c);


/* U+0905 to U+0939, and U+0958 to U+095F; "" is not used in Hindi. */

static const char  *civic_key_letters[] = {
    "a", "a", "i", "i", "u", "u", "ri", "", "e", "e", "e", "e", "o", "o",
    "o", "o", "k", "kh", "g", "gh", "n", "ch", "ch", "j", "jh", "n", "t",
    "th", "d", "dh", "n", "t", "th", "d", "dh", "n", "n", "p", "f", "b",
    "bh", "m", "y", "r", "r", "l", "l", "l", "v", "sh", "sh", "s", "h"
};

static const char  *civic_key_nuktas[] = {
    "k", "kh", "g", "j", "d", "dh", "f", "y"
};

/* U+093E to U+094C */

static const char  *civic_key_signs[] = {
    "a", "i", "i", "u", "u", "ri", "ri", "e", "e", "e", "e", "o", "o", "o",
    "o"
};


size_t
civic_key_word(civic_str_t *text, civic_str_t *word, char *latin)
{
    int             len;
    ucs4_t          uc;
    char            c[2] = { 0 };
    const uint8_t  *p, *end;
    civic_latin_t   l = { latin, 0, 0, 0, 0 };

    p = (const uint8_t *) text->data;
    end = p + text->len;
    word->data = NULL;

    while (p < end) {
        len = u8_mbtouc(&uc, p, (size_t) (end - p));

        if (uc < 0x80 && civic_key_letter(uc)) {
            c[0] = (char) (uc >= 'A' && uc <= 'Z' ? uc | 0x20 : uc);
            civic_key_schwa(&l);

            if (c[0] != '\'') {
                civic_key_put(&l, c);
            }

        } else if (civic_key_letter(uc)) {
            civic_key_devanagari(&l, uc);

        } else if (l.n) {
            break;

        } else {
            p += len;
            continue;
        }

        if (word->data == NULL && l.n) {
            word->data = (const char *) p;
        }

        p += len;
    }

    word->len = word->data == NULL ? 0
                                   : (size_t) ((const char *) p - word->data);
    text->data = (const char *) p;
    text->len = (size_t) (end - p);

    return l.n;
}


static int
civic_key_letter(ucs4_t uc)
{
    if (uc < 0x80) {
        return (uc >= 'a' && uc <= 'z') || (uc >= 'A' && uc <= 'Z')
               || (uc >= '0' && uc <= '9') || uc == '\'';
    }

    return (uc >= 0x0900 && uc <= 0x096f && uc != 0x0964 && uc != 0x0965)
           || uc == CIVIC_ZWNJ || uc == CIVIC_ZWJ;
}


static void
civic_key_put(civic_latin_t *l, const char *s)
{
    while (*s && l->n < CIVIC_KEY_WORD_MAX) {
        l->out[l->n++] = *s++;
    }
}


static void
civic_key_devanagari(civic_latin_t *l, ucs4_t uc)
{
    char  digit[2] = { 0 };

    if (uc >= 0x0966) {
        digit[0] = (char) ('0' + uc - 0x0966);
        civic_key_schwa(l);
        civic_key_put(l, digit);

    } else if (uc >= 0x093e && uc <= 0x094c) {
        civic_key_vowel(l, civic_key_signs[uc - 0x093e]);

    } else if (uc == CIVIC_VIRAMA) {
        l->bare = 0;
        l->sounded = 0;

    } else if (uc == 0x0901 || uc == CIVIC_ANUSVARA) {
        civic_key_schwa(l);
        civic_key_put(l, "n");

    } else if (uc >= 0x0905 && uc <= 0x0914) {
        l->bare = 0;                    /* LIG in Devanagari has no "la" */
        civic_key_vowel(l, civic_key_letters[uc - 0x0905]);

    } else if ((uc >= 0x0915 && uc <= 0x0939)
               || (uc >= 0x0958 && uc <= 0x095f))
    {
        civic_key_consonant(l, uc);
    }
}


/*
 * A consonant carries an "a" unless a sign follows.  Between a vowel and a
 * consonant that has one it is not heard: Rajwada, Khajrana, but Nagar.
 */

static void
civic_key_consonant(civic_latin_t *l, ucs4_t uc)
{
    int  silent;

    silent = l->bare && l->sounded;

    civic_key_schwa(l);
    l->schwa = silent ? l->n : 0;
    l->sounded = l->n && civic_key_is_vowel(l->out[l->n - 1]);

    civic_key_put(l, uc <= 0x0939 ? civic_key_letters[uc - 0x0905]
                                  : civic_key_nuktas[uc - 0x0958]);
    l->bare = 1;
}


static void
civic_key_vowel(civic_latin_t *l, const char *s)
{
    if (l->bare && l->schwa) {
        memmove(l->out + l->schwa - 1, l->out + l->schwa, l->n - l->schwa);
        l->n--;
    }

    l->schwa = 0;
    l->bare = 0;
    civic_key_put(l, s);
}


/* Called when something follows that is no vowel. */

static void
civic_key_schwa(civic_latin_t *l)
{
    if (l->bare) {
        civic_key_put(l, "a");
    }

    l->bare = 0;
    l->schwa = 0;
}


/*
 * Long and short vowels, aspirates, doubled letters, nasals before a
 * consonant, v and w, z and j, sh and s: one of each.  Words of four letters
 * and less stay: "rau" is a town and "ro" a filter.
 */

size_t
civic_key_sound(const char *latin, size_t n, char *key, size_t size)
{
    civic_sound_t  done = { 0, 0 };

    return civic_key_sound_on(latin, n, key, size, &done);
}


size_t
civic_key_sound_on(const char *latin, size_t n, char *key, size_t size,
    civic_sound_t *done)
{
    char    c, two[2];
    size_t  i, j, len, used;

    if (n <= CIVIC_KEY_SHORT) {
        n = n < size ? n : size;
        memcpy(key, latin, n);
        return n;
    }

    len = done->len;

    for (i = done->at; i < n && len + 2 < size; i += used) {
        used = civic_key_pair(latin + i, n - i, len ? key[len - 1] : '\0',
                              two);

        if (used == 0) {
            used = 1;
            two[0] = civic_key_single(latin + i, n - i, i);
            two[1] = '\0';
        }

        for (j = 0; j < 2 && (c = two[j]) != '\0'; j++) {
            if (len && c == key[len - 1] && (c < '0' || c > '9')) {
                continue;
            }

            key[len++] = c;
        }

        /* what a letter sounds like depends on the next one */

        if (i + 1 < n) {
            done->at = i + used;
            done->len = len;
        }
    }

    return civic_key_end(key, len);
}


/*
 * One sound written with two letters, in "out"; how many of them it takes, 0
 * when the first stands for itself.
 */

static size_t
civic_key_pair(const char *s, size_t left, char before, char *out)
{
    char  next = left > 1 ? s[1] : '\0';

    out[1] = '\0';

    switch (s[0]) {

    case 'a':
        out[0] = next == 'i' || next == 'y' || next == 'e' ? 'e'
                 : next == 'u' || next == 'o' ? 'o' : '\0';
        break;

    case 'e':
        out[0] = next == 'e' ? 'i' : next == 'i' || next == 'y' ? 'e' : '\0';
        break;

    case 'i':
        out[0] = next == 'y' ? 'i' : '\0';
        break;

    case 'o':
        out[0] = next == 'o' ? 'u' : next == 'u' ? 'o' : '\0';
        break;

    case 'u':
        out[0] = next == 'w' || next == 'v' ? 'u' : '\0';
        break;

    case 'c':
        out[0] = next == 'k' ? 'k' : next == 'h' ? 'c' : '\0';
        break;

    case 'p':
        out[0] = next == 'h' ? 'f' : '\0';
        break;

    default:
        return civic_key_one(s[0], next, before, out);
    }

    return out[0] != '\0' ? 2 : 0;
}


/* The same for one letter that depends on those beside it. */

static size_t
civic_key_one(char c, char next, char before, char *out)
{
    switch (c) {

    case 'h':                           /* that marks aspiration */
        out[0] = before;
        return before && strchr("bcdgjkts", before) != NULL;

    case 'm':
    case 'n':
        out[0] = 'n';
        return next >= 'a' && !civic_key_is_vowel(next)
               && strchr("hny", next) == NULL;

    case 'x':
        out[0] = before == 'k' ? 's' : 'k';
        out[1] = before == 'k' ? '\0' : 's';
        return 1;

    default:
        return 0;
    }
}


static char
civic_key_single(const char *s, size_t left, size_t at)
{
    switch (s[0]) {

    case 'c':
        return left > 1 && strchr("eiy", s[1]) != NULL ? 's' : 'k';

    case 'q':
        return 'k';

    case 'w':
        return 'v';

    case 'y':
        return at && (left == 1 || !civic_key_is_vowel(s[1])) ? 'i' : 'y';

    case 'z':
        return 'j';

    default:
        return s[0];
    }
}


/* A vowel at the end says number and case, a nasal after one nothing. */

static size_t
civic_key_end(const char *key, size_t n)
{
    if (n > CIVIC_KEY_SHORT && key[n - 1] == 'n'
        && civic_key_is_vowel(key[n - 2]) && civic_key_is_vowel(key[n - 3]))
    {
        n--;
    }

    return n - (n > CIVIC_KEY_SHORT && civic_key_is_vowel(key[n - 1]));
}


static int
civic_key_is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}


size_t
civic_key_name(civic_str_t name, char *key)
{
    char         latin[CIVIC_KEY_MAX + CIVIC_KEY_WORD_MAX];
    size_t       n, len;
    civic_str_t  word;

    for (n = 0; (len = civic_key_word(&name, &word, latin + n)) > 0; n += len)
    {
        if (n + len > CIVIC_KEY_MAX) {
            return 0;
        }
    }

    return n ? civic_key_sound(latin, n, key, CIVIC_KEY_MAX) : 0;
}
