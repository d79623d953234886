
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Names by their keys, found although a letter is wrong.  Every key stands in
 * one table with each of its letters left out; a word with one letter wrong
 * meets it there, and the distance is counted then.  A look-up costs a step
 * for each letter, whatever the number of places.  Not for other folders.
 */


#ifndef _CIVIC_PLACE_INDEX_H_INCLUDED_
#define _CIVIC_PLACE_INDEX_H_INCLUDED_


#include "core/base/civic_key.h"
#include "core/city/civic_load.h"
#include "core/city/civic_place.h"


#define CIVIC_NAME_WORDS_MAX  6     /* of a name; longer ones by others */


typedef struct civic_name_s  civic_name_t;

struct civic_name_s {
    civic_spot_t        *spot;
    civic_name_t        *same;      /* another spot of the same key */
    const char          *key;
    uint8_t              len;
    uint8_t              head;      /* letters before "nagar", "colony" */
    uint8_t              words;     /* it is written in, at most */
    uint8_t              least;     /* and at least */
    uint8_t              last;      /* letters of the last word's key */
};


/* What a word says about words beside it: rows of texts.csv. */

#define CIVIC_SIGN_PLACE   1        /* place_parts: street, gali, school */
#define CIVIC_SIGN_BEFORE  2        /* near_before: near, behind */
#define CIVIC_SIGN_AFTER   4        /* near_after: paas, samne */
#define CIVIC_SIGN_JOIN    8        /* place_joins: ke, no, of */
#define CIVIC_SIGN_NEVER   16       /* no_places: words like a place's name */

typedef struct {
    const char          *key;
    uint8_t              len;
    uint8_t              signs;
} civic_sign_t;

#define CIVIC_SIGNS_MAX    1024     /* slots; half of them are used at most */


/*
 * Beginnings of names, as bits: a run of more words than may be misspelt is
 * looked up only when some name begins as it does.  Some thousand names set
 * one bit in ten.
 */
#define CIVIC_HEAD         5        /* letters of a key */
#define CIVIC_HEAD_MIN     8        /* of a key that is asked for */
#define CIVIC_HEADS_MAX    16384    /* bits */


typedef struct {
    uint16_t             name;      /* number + 1, 0 free */
    uint16_t             tag;
} civic_slot_t;


struct civic_places_s {
    civic_name_t        *names;
    size_t               nnames;    /* with distinct keys */
    size_t               words;     /* of the longest name */
    civic_slot_t        *slots;
    uint32_t             mask;
    size_t               nsigns;
    uint8_t              heads[CIVIC_HEADS_MAX / 8];
    civic_sign_t         signs[CIVIC_SIGNS_MAX];
};


/* civic_place_load.c hands names in, in the order of the files. */
int civic_place_index(civic_load_t *l, civic_places_t *places,
    civic_name_t *names, size_t n);

/*
 * The words of "words" give this sign, by their sound or, for those that are
 * not to be mistaken, by their letters.  CIVIC_DECLINED: too many words.
 */
int civic_place_sign(civic_load_t *l, civic_places_t *places,
    civic_str_t words, unsigned sign);

unsigned civic_place_signs(const civic_places_t *places, const char *key,
    size_t len);

/* Whether any name may begin as "key" does. */
int civic_place_begins(const civic_places_t *places, const char *key,
    size_t len);

/* The names of exactly this key, chained by "same"; NULL if none. */
const civic_name_t *civic_place_exact(const civic_places_t *places,
    const char *key, size_t len);

/*
 * The nearest name with few letters wrong, and how many in "wrong"; NULL if
 * none is near or two are equally near and not the same spot.
 */
const civic_name_t *civic_place_near(const civic_places_t *places,
    const char *key, size_t len, unsigned *wrong);


#endif /* _CIVIC_PLACE_INDEX_H_INCLUDED_ */
