
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What keywords say about a text, between civic_classify.c, which finds
 * them, and civic_weigh.c, which has the model weigh them with the rest.
 */


#ifndef _CIVIC_SCORES_H_INCLUDED_
#define _CIVIC_SCORES_H_INCLUDED_


#include "core/city/civic_classify.h"
#include "core/city/civic_features.h"
#include "core/city/civic_words.h"


#define CIVIC_CLASSIFY_CHARS  2000

/*
 * Shares are in percent, measured on phrases.tsv: OTHERS is what further
 * keywords add to the longest, CLOSE how much of the best score a second
 * service needs to be offered beside it.
 */
#define CIVIC_SCORE_OTHERS    30
#define CIVIC_SCORE_CLOSE     75


typedef struct {
    unsigned                longest;
    unsigned                sum;
} civic_score_t;


typedef struct {
    unsigned                longest;
    unsigned                target;
} civic_elsewhere_t;


typedef struct {
    civic_score_t          *service;    /* by index of the service */
    civic_score_t           kind[CIVIC_NAMES_MAX];      /* NONE:, FIRST: */
    civic_elsewhere_t       misroute;
    civic_elsewhere_t       first;
    unsigned                danger[CIVIC_DANGERS_MAX];  /* the longest */

    struct {
        uint32_t            tokens;     /* that are words of this command */
        unsigned            longest;
    } command[CIVIC_NAMES_MAX];
} civic_scores_t;


/* Of a text that is valid UTF-8; CIVIC_ERROR when out of memory. */
int civic_classify_read(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_tokens_t *tokens, civic_scores_t *scores);

unsigned civic_classify_score(const civic_score_t *score);

/* Has the model, which there must be, change what keywords have guessed. */
int civic_classify_weigh(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, const civic_tokens_t *tokens,
    const civic_scores_t *scores, civic_meaning_t *m);


#endif /* _CIVIC_SCORES_H_INCLUDED_ */
