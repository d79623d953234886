
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The place a text names: a locality or landmark of places.csv, a ward by
 * name or number, in either script and with the spelling people use.  It says
 * what it found and how far that goes; what to do with it is the dialogue's.
 */


#ifndef _CIVIC_PLACE_H_INCLUDED_
#define _CIVIC_PLACE_H_INCLUDED_


#include "core/city/civic_city.h"


/* One row of places.csv, or a ward. */

struct civic_spot_s {
    civic_str_t          name[CIVIC_LANG_MAX];
    double               lat;           /* degrees, if has_point */
    double               lng;
    const civic_ward_t  *ward;          /* NULL: not known */
    unsigned             has_point:1;
    unsigned             outside:1;     /* of the corporation */
    unsigned             wide:1;        /* a ward, a long road: nobody finds
                                           a pothole by it */
    unsigned             near:1;        /* also a common word: a place only
                                           with "near", "road", ... beside */
};


typedef enum {
    CIVIC_PLACE_NONE = 0,
    CIVIC_PLACE_HINT,           /* words about a place we do not know */
    CIVIC_PLACE_WIDE,           /* known, but not enough to go there */
    CIVIC_PLACE_OUTSIDE,        /* a place we know not to be the city's */
    CIVIC_PLACE_KNOWN
} civic_place_e;


typedef struct {
    civic_place_e        kind;
    const civic_spot_t  *spot;          /* the longest name, or NULL */
    const civic_ward_t  *ward;          /* NULL: unknown, or names disagree */
    double               lat;           /* degrees, if has_point */
    double               lng;
    unsigned             has_point:1;
    unsigned             fuzzy:1;       /* not quite as it is written */
    unsigned             near:1;        /* "near", "ke paas" in the text */
    civic_str_t          text;          /* the part of the text about it */
    size_t               rest;          /* words that are not about it */
} civic_place_t;


/*
 * "text" is valid UTF-8; its first words count.  CIVIC_ERROR only when memory
 * is exhausted.  What is found lives as long as the city and the text.
 */
int civic_place_find(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_place_t *place);


#endif /* _CIVIC_PLACE_H_INCLUDED_ */
