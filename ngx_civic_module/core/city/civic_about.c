
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One open hash table: whole words, beginnings and skeletons are kept apart
 * by what is mixed into their hash.  Words are told apart by 32 bits of it
 * alone: of some thousands two may meet, and then share their topics.
 */


#include "core/city/civic_about.h"


#define CIVIC_ABOUT_BITS      14
#define CIVIC_ABOUT_SLOTS     (1u << CIVIC_ABOUT_BITS)
#define CIVIC_ABOUT_FULL      (CIVIC_ABOUT_SLOTS / 4 * 3)

#define CIVIC_ABOUT_BEGINS    0x55555555u
#define CIVIC_ABOUT_SKELETON  0x33333333u

#define CIVIC_BEGINS_MIN      3     /* bytes */

/* With fewer consonants too many words are taken for one another. */
#define CIVIC_SKELETON_MIN    4


typedef struct {
    uint32_t           hash;        /* 0: free */
    unsigned char      n;
    unsigned char      topic[CIVIC_ABOUT_MAX];
} civic_slot_t;


struct civic_about_s {
    civic_slot_t       slot[CIVIC_ABOUT_SLOTS];
    size_t             used;
    civic_str_t        name[CIVIC_TOPICS_MAX];
    unsigned           nnames;
};


static const civic_slot_t *civic_about_slot(const civic_about_t *about,
    uint32_t hash);
static int civic_about_is_vowel(char c);
static int civic_about_put(civic_about_t *about, uint32_t hash,
    unsigned topic);


civic_about_t *
civic_about_create(const civic_arena_t *a)
{
    return civic_arena_alloc(a, sizeof(civic_about_t));
}


int
civic_about_topic(civic_about_t *about, civic_str_t name)
{
    unsigned  i;

    for (i = 0; i < about->nnames; i++) {
        if (civic_str_eq(about->name[i], name)) {
            return (int) i;
        }
    }

    if (i == CIVIC_TOPICS_MAX) {
        return -1;
    }

    about->name[about->nnames++] = name;

    return (int) i;
}


/* The slot of "hash", or the free one where it would be. */

static const civic_slot_t *
civic_about_slot(const civic_about_t *about, uint32_t hash)
{
    uint32_t  i;

    i = (hash * 0x9e3779b1u) >> (32 - CIVIC_ABOUT_BITS);

    while (about->slot[i].hash && about->slot[i].hash != hash) {
        i = (i + 1) & (CIVIC_ABOUT_SLOTS - 1);
    }

    return &about->slot[i];
}


static int
civic_about_put(civic_about_t *about, uint32_t hash, unsigned topic)
{
    unsigned       i;
    civic_slot_t  *slot;

    if (about->used == CIVIC_ABOUT_FULL) {
        return CIVIC_DECLINED;
    }

    slot = &about->slot[civic_about_slot(about, hash) - about->slot];
    about->used += (slot->hash == 0);
    slot->hash = hash;

    for (i = 0; i < slot->n; i++) {
        if (slot->topic[i] == topic) {
            return CIVIC_OK;
        }
    }

    /* what is about everything says nothing more by one topic more */

    if (slot->n < CIVIC_ABOUT_MAX) {
        slot->topic[slot->n++] = (unsigned char) topic;
    }

    return CIVIC_OK;
}


int
civic_about_add(civic_about_t *about, civic_str_t word, int begins,
    unsigned topic)
{
    int       rc;
    size_t    i, n;
    uint32_t  hash;

    hash = civic_hash_start;

    for (i = 0; i < word.len; i++) {
        hash = civic_hash(hash, word.data[i]);
    }

    rc = civic_about_put(about, begins ? hash ^ CIVIC_ABOUT_BEGINS : hash,
                         topic);

    hash = civic_about_skeleton(word, &n);

    if (rc == CIVIC_OK && n >= CIVIC_SKELETON_MIN) {
        rc = civic_about_put(about, hash ^ CIVIC_ABOUT_SKELETON, topic);
    }

    return rc;
}


/* The word itself, else its longest beginning, else its consonants. */

size_t
civic_about_find(const civic_about_t *about, civic_str_t word,
    const unsigned char **topics)
{
    size_t               i, n;
    uint32_t             hash;
    const civic_slot_t  *slot, *best;

    best = NULL;
    hash = civic_hash_start;

    for (i = 0; i < word.len; i++) {
        hash = civic_hash(hash, word.data[i]);

        if (i + 1 >= CIVIC_BEGINS_MIN) {
            slot = civic_about_slot(about, hash ^ CIVIC_ABOUT_BEGINS);
            best = slot->n ? slot : best;
        }
    }

    slot = civic_about_slot(about, hash);
    best = slot->n ? slot : best;

    if (best == NULL) {
        hash = civic_about_skeleton(word, &n);

        if (n < CIVIC_SKELETON_MIN) {
            return 0;
        }

        best = civic_about_slot(about, hash ^ CIVIC_ABOUT_SKELETON);
    }

    *topics = best->topic;

    return best->n;
}


/*
 * kachara and kachro are kcr.  A vowel that begins a word stays as one; h is
 * never sure; v and b, and m and n before another consonant, are told apart
 * by nobody.
 */

uint32_t
civic_about_skeleton(civic_str_t word, size_t *n)
{
    char      c, last;
    size_t    i;
    uint32_t  hash;

    hash = civic_hash_start;
    last = '\0';
    *n = 0;

    for (i = 0; i < word.len && *n < CIVIC_SKELETON_MAX; i++) {
        c = word.data[i];

        if (c == 'h' || (i && (c == 'y' || civic_about_is_vowel(c)))) {
            continue;
        }

        if (civic_about_is_vowel(c)) {
            c = 'a';

        } else if (c == 'v') {
            c = 'b';

        } else if (c == 'm' && i + 1 < word.len
                   && !civic_about_is_vowel(word.data[i + 1]))
        {
            c = 'n';
        }

        if (c != last) {
            hash = civic_hash(hash, c);
            (*n)++;
        }

        last = c;
    }

    return hash;
}


static int
civic_about_is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}
