
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A search for places while it runs: the words of the text, what each says
 * about those beside it, the names found.  Not for other folders.
 */


#ifndef _CIVIC_PLACE_SEARCH_H_INCLUDED_
#define _CIVIC_PLACE_SEARCH_H_INCLUDED_


#include "core/city/civic_place_index.h"


#define CIVIC_PLACE_WORDS  120      /* of a text; who names a place does so
                                       before */
#define CIVIC_HITS_MAX     8        /* places in one text */
#define CIVIC_GAP_MAX      2        /* unknown words within an address */

#define CIVIC_SIGN_NUMBER  32       /* beside CIVIC_SIGN_*: has a digit */
#define CIVIC_SIGN_KNOWN   64       /* a word of complaints or commands */
#define CIVIC_SIGN_BREAK   128      /* a sentence ends before it */
#define CIVIC_SIGN_ASKED   256      /* whether it is known is known */
#define CIVIC_SIGN_BEGINS  512      /* a keyword begins with it */

#define CIVIC_SIGN_AROUND                                                     \
    (CIVIC_SIGN_PLACE | CIVIC_SIGN_BEFORE | CIVIC_SIGN_AFTER)


typedef struct {
    civic_str_t            text;
    uint8_t                n;
    uint16_t               signs;
    char                   latin[CIVIC_KEY_WORD_MAX];
} civic_place_word_t;


typedef struct {
    size_t                 from;
    size_t                 to;
    const civic_name_t    *name;
    unsigned               wrong;
    int                    score;
} civic_hit_t;


typedef struct {
    const civic_city_t    *city;
    const civic_places_t  *places;
    const civic_arena_t   *arena;
    civic_place_word_t     word[CIVIC_PLACE_WORDS];
    size_t                 n;
    civic_hit_t            hit[CIVIC_HITS_MAX];
    size_t                 nhits;
} civic_search_t;


/* A word of complaints or commands; without memory every word is one. */
int civic_place_is_known(civic_search_t *s, size_t i);

/* Looks for words about a place that no table has. */
void civic_place_hint(civic_search_t *s, civic_place_t *place);

/* Sets the part of the text about words [from, to) and what is around. */
void civic_place_text(civic_search_t *s, civic_place_t *place, size_t from,
    size_t to);


#endif /* _CIVIC_PLACE_SEARCH_H_INCLUDED_ */
