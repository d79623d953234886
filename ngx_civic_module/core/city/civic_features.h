
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the model sees of a message: numbers that stand for its words, for
 * words beside each other, for pieces of words, for their consonants and for
 * what they are about; the same whichever script it was written in.  Nothing
 * of the text is kept.
 */


#ifndef _CIVIC_FEATURES_H_INCLUDED_
#define _CIVIC_FEATURES_H_INCLUDED_


#include "core/city/civic_city.h"


/*
 * Words of a message that the model sees, and what can be seen of them.  Who
 * tells more has said what it is about, and 49 of 50 messages are shorter:
 * with all words no more sentences were understood, and with 40 fewer.
 * Keywords are looked for in the rest, too.
 */
#define CIVIC_FEATURES_WORDS  48
#define CIVIC_FEATURES_MAX    2048

#define CIVIC_FEATURE_BITS    18    /* of a hash; kinds stand above them */
#define CIVIC_FEATURE_BUCKETS (1u << CIVIC_FEATURE_BITS)


/* How much each kind weighs stands in civic_model.c. */

typedef enum {
    CIVIC_FEATURE_WORD = 0,
    CIVIC_FEATURE_SKELETON,         /* a word's consonants */
    CIVIC_FEATURE_PAIR,             /* two words beside each other */
    CIVIC_FEATURE_SKIP,             /* the same, fillers passed over */
    CIVIC_FEATURE_GRAM3,            /* three letters of a word, ends too */
    CIVIC_FEATURE_BESIDE,           /* a topic and the word beside it */
    CIVIC_FEATURE_KEYWORD,          /* a rule of the word index */
    CIVIC_FEATURE_LENGTH,
    CIVIC_FEATURE_TOPIC,            /* what a word is about */
    CIVIC_FEATURE_TOPICS,           /* two of them, in any order */
    CIVIC_FEATURE_EDGE,             /* the first or the last of them */
    CIVIC_FEATURE_KINDS
} civic_feature_e;


typedef struct {
    size_t    n;
    uint32_t  code[CIVIC_FEATURES_MAX];         /* kind and hash */
    uint16_t  seen[CIVIC_FEATURES_MAX * 2];     /* place in "code", from 1 */
} civic_features_t;


/* The features of valid UTF-8; CIVIC_ERROR when out of memory. */
int civic_features_text(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_features_t *f);

/* The same of a text that is in Latin letters and folded. */
void civic_features_folded(const civic_city_t *city, civic_str_t folded,
    civic_features_t *f);

/* One more, of any two numbers, once.  What does not fit is left out. */
void civic_features_add(civic_features_t *f, civic_feature_e kind,
    uint32_t x, uint32_t y);


#endif /* _CIVIC_FEATURES_H_INCLUDED_ */
