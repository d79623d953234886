
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * From a text to its features.  Words are folded, and those that are the
 * same by custom (SAME: rows) become one; pieces of words and consonants
 * carry what no list of spellings has, topics what no sentence had.
 */


#include "core/base/civic_csv.h"
#include "core/base/civic_fold.h"
#include "core/base/civic_roman.h"
#include "core/city/civic_about.h"
#include "core/city/civic_features.h"
#include "core/city/civic_words.h"


#define CIVIC_PIECE          3      /* bytes; they fit a feature's number */
#define CIVIC_PIECES_MAX     32     /* bytes of a word cut into pieces */
#define CIVIC_NUMBER_LONG    6      /* digits of a ticket or a telephone */
#define CIVIC_TEXT_TOPICS    64     /* of a text */
#define CIVIC_TOPICS_NEAR    8      /* are taken in pairs */
#define CIVIC_TOPICS_NEXT    1000   /* above every topic: in this order */


typedef struct {
    uint32_t       word;
    uint32_t       skeleton;
    uint32_t       topic;           /* its first, from 1; 0: of none */
    int            filler;
} civic_mark_t;


typedef struct {
    size_t         n;
    unsigned char  topic[CIVIC_TEXT_TOPICS];
} civic_told_t;


static void civic_features_word(civic_features_t *f, civic_str_t word,
    civic_mark_t *mark);
static void civic_features_pieces(civic_features_t *f, civic_str_t word);
static void civic_features_beside(civic_features_t *f,
    const civic_mark_t *last, const civic_mark_t *mark);
static uint32_t civic_features_told(const civic_about_t *about,
    civic_str_t word, civic_told_t *told);
static void civic_features_topics(civic_features_t *f,
    const civic_told_t *told);


int
civic_features_text(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_features_t *f)
{
    civic_str_t  folded;

    text = civic_roman(text, a);
    folded = text.data ? civic_fold(text, a) : text;

    if (folded.data == NULL) {
        return CIVIC_ERROR;
    }

    civic_features_folded(city, folded, f);

    return CIVIC_OK;
}


void
civic_features_folded(const civic_city_t *city, civic_str_t folded,
    civic_features_t *f)
{
    size_t        n;
    uint32_t      solid, size;
    civic_str_t   word;
    civic_mark_t  mark, last = { 0 };
    civic_told_t  told;

    f->n = 0;
    memset(f->seen, 0, sizeof(f->seen));

    told.n = 0;
    solid = 0;

    for (n = 0; n < CIVIC_FEATURES_WORDS
                && civic_csv_piece(&folded, ' ', &word) == CIVIC_OK; n++)
    {
        mark.filler = civic_words_canon(city->words, &word);
        mark.topic = civic_features_told(city->about, word, &told);

        civic_features_word(f, word, &mark);
        civic_features_add(f, CIVIC_FEATURE_PAIR, last.word, mark.word);

        if (n) {
            civic_features_beside(f, &last, &mark);
        }

        last = mark;

        if (!mark.filler) {
            civic_features_add(f, CIVIC_FEATURE_SKIP, solid, mark.skeleton);
            solid = mark.skeleton;
        }
    }

    civic_features_add(f, CIVIC_FEATURE_PAIR, last.word, 0);
    civic_features_topics(f, &told);

    for (size = 0; n >> size; size++) { /* void */ }

    civic_features_add(f, CIVIC_FEATURE_LENGTH, size, 0);
}


static void
civic_features_word(civic_features_t *f, civic_str_t word, civic_mark_t *mark)
{
    size_t  i, n;

    if (word.data[0] >= '0' && word.data[0] <= '9') {
        mark->word = word.len < CIVIC_NUMBER_LONG ? 1 : 2;
        mark->skeleton = mark->word;
        civic_features_add(f, CIVIC_FEATURE_WORD, mark->word, 0);
        return;
    }

    mark->word = civic_hash_start;

    for (i = 0; i < word.len; i++) {
        mark->word = civic_hash(mark->word, word.data[i]);
    }

    mark->skeleton = civic_about_skeleton(word, &n);
    civic_features_add(f, CIVIC_FEATURE_WORD, mark->word, 0);

    if (n > 1) {
        civic_features_add(f, CIVIC_FEATURE_SKELETON, mark->skeleton, 0);
    }

    if (!mark->filler) {
        civic_features_pieces(f, word);
    }
}


/* The word's two ends are letters of it. */

static void
civic_features_pieces(civic_features_t *f, civic_str_t word)
{
    size_t    i, len;
    uint32_t  piece;

    len = word.len < CIVIC_PIECES_MAX ? word.len : CIVIC_PIECES_MAX;
    piece = ' ';

    for (i = 0; i <= len; i++) {
        piece = (piece << 8 | (unsigned char) (i < len ? word.data[i] : ' '))
                & 0xffffff;

        if (i + 2 >= CIVIC_PIECE) {
            civic_features_add(f, CIVIC_FEATURE_GRAM3, piece, 0);
        }
    }
}


/* "no water" and "water nahi" and "water bill" */

static void
civic_features_beside(civic_features_t *f, const civic_mark_t *last,
    const civic_mark_t *mark)
{
    if (last->topic) {
        civic_features_add(f, CIVIC_FEATURE_BESIDE, last->topic,
                           mark->skeleton);
    }

    if (mark->topic) {
        civic_features_add(f, CIVIC_FEATURE_BESIDE, last->skeleton,
                           mark->topic);
    }
}


static uint32_t
civic_features_told(const civic_about_t *about, civic_str_t word,
    civic_told_t *told)
{
    size_t                i, n;
    const unsigned char  *topics;

    n = civic_about_find(about, word, &topics);

    for (i = 0; i < n && told->n < CIVIC_TEXT_TOPICS; i++) {
        told->topic[told->n++] = topics[i];
    }

    return n ? topics[0] + 1u : 0;
}


static void
civic_features_topics(civic_features_t *f, const civic_told_t *told)
{
    size_t         i, j;
    unsigned char  a, b;

    if (told->n) {
        civic_features_add(f, CIVIC_FEATURE_EDGE, told->topic[0], 0);
        civic_features_add(f, CIVIC_FEATURE_EDGE, told->topic[told->n - 1],
                           1);
    }

    for (i = 0; i < told->n; i++) {
        a = told->topic[i];
        civic_features_add(f, CIVIC_FEATURE_TOPIC, a, 0);

        /* "dog killed" is not "killed dog" */

        if (i + 1 < told->n) {
            civic_features_add(f, CIVIC_FEATURE_TOPICS, a,
                               CIVIC_TOPICS_NEXT + told->topic[i + 1]);
        }

        for (j = i + 1; j < told->n && j < i + CIVIC_TOPICS_NEAR; j++) {
            b = told->topic[j];

            if (a != b) {
                civic_features_add(f, CIVIC_FEATURE_TOPICS, a < b ? a : b,
                                   a < b ? b : a);
            }
        }
    }
}


void
civic_features_add(civic_features_t *f, civic_feature_e kind, uint32_t x,
    uint32_t y)
{
    uint32_t  hash, code, i;

    if (f->n == CIVIC_FEATURES_MAX) {
        return;
    }

    hash = (x * 0x9e3779b1u) ^ ((y + 0x7f4a7c15u) * 0x85ebca77u)
           ^ ((uint32_t) kind * 0xc2b2ae3du);
    hash ^= hash >> 15;
    hash *= 0x2c1b3c6du;
    hash ^= hash >> 13;

    code = (uint32_t) kind << CIVIC_FEATURE_BITS
           | (hash & (CIVIC_FEATURE_BUCKETS - 1));

    /* twice as many slots as features, so that one is always free */

    i = hash % (CIVIC_FEATURES_MAX * 2);

    while (f->seen[i]) {
        if (f->code[f->seen[i] - 1] == code) {
            return;
        }

        i = (i + 1) % (CIVIC_FEATURES_MAX * 2);
    }

    f->code[f->n++] = code;
    f->seen[i] = (uint16_t) f->n;
}
