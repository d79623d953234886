
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Keywords become features of the model beside the words themselves, and
 * what the model finds likely becomes one of three zones: sure, nothing is
 * asked; close, two or three are offered; unsure, the whole list is.
 */


#include "core/base/civic_fold.h"
#include "core/base/civic_roman.h"
#include "core/base/civic_utf8.h"
#include "core/city/civic_load.h"
#include "core/city/civic_model.h"
#include "core/city/civic_scores.h"


#define CIVIC_SCORE_LONG      10    /* letters that are no accident */

/* What a keyword tells the model. */
#define CIVIC_HIT_NOTHING     0
#define CIVIC_HIT_ANY         1
#define CIVIC_HIT_BEST        2
#define CIVIC_HIT_LONG        3
#define CIVIC_HIT_CLOSE       4

/*
 * The zones, from util/classify --cross-validate:
 * SURE: that much belief in one service was right in 95 of 100;
 * ALONE: that much of one service, with no second worth a button: with these
 * 94 of 100 answers given without a question were right;
 * CLOSE: among up to three guesses with that much together the right one was
 * in 91 of 100; GUESS: what is offered as a button at all;
 * KIND: that much belief in a kind was no complaint in 97 of 100;
 * AGREED: the same, when keywords say so, too.
 */
#define CIVIC_LIKELY_SURE     0.92f
#define CIVIC_LIKELY_ALONE    0.75f
#define CIVIC_LIKELY_CLOSE    0.70f
#define CIVIC_LIKELY_GUESS    0.08f
#define CIVIC_LIKELY_KIND     0.75f
#define CIVIC_LIKELY_AGREED   0.40f

/* A kind of sentences.tsv that phrases.tsv tells more of. */
#define CIVIC_KIND_OTHER      "other_authority"


static int civic_classify_see(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, const civic_tokens_t *tokens,
    const civic_scores_t *scores, civic_features_t *f);
static void civic_classify_keywords(const civic_city_t *city,
    const civic_scores_t *scores, civic_features_t *f);
static void civic_classify_keyword(civic_features_t *f, uint32_t id,
    const civic_score_t *score, unsigned best);
static void civic_classify_rank(const civic_city_t *city, const float *p,
    civic_meaning_t *m);
static void civic_classify_zone(civic_meaning_t *m);
static int civic_classify_is_learned(const civic_city_t *city,
    const civic_service_t *service);


int
civic_classify_features(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_features_t *f)
{
    civic_scores_t  scores;
    civic_tokens_t  tokens;

    text = civic_utf8_clean(text, a);
    if (text.data == NULL) {
        return CIVIC_ERROR;
    }

    text = civic_utf8_cut(text, CIVIC_CLASSIFY_CHARS);

    if (civic_classify_read(city, text, a, &tokens, &scores) != CIVIC_OK
        || civic_classify_see(city, text, a, &tokens, &scores, f) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    return CIVIC_OK;
}


/* Both scripts are one when there is no Devanagari: then it is folded. */

static int
civic_classify_see(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, const civic_tokens_t *tokens,
    const civic_scores_t *scores, civic_features_t *f)
{
    civic_str_t  latin, folded;

    latin = civic_roman(text, a);
    folded = latin.data == text.data ? tokens->folded : civic_fold(latin, a);

    if (latin.data == NULL || folded.data == NULL) {
        return CIVIC_ERROR;
    }

    civic_features_folded(city, folded, f);
    civic_classify_keywords(city, scores, f);

    return CIVIC_OK;
}


/* What keywords say, each target's by its number. */

static void
civic_classify_keywords(const civic_city_t *city,
    const civic_scores_t *scores, civic_features_t *f)
{
    size_t    i;
    unsigned  s, best;

    best = 0;

    for (i = 0; i < city->nservices; i++) {
        s = civic_classify_score(&scores->service[i]);
        best = s > best ? s : best;
    }

    for (i = 0; i < CIVIC_NAMES_MAX; i++) {
        s = civic_classify_score(&scores->kind[i]);
        best = s > best ? s : best;
    }

    for (i = 0; i < CIVIC_NAMES_MAX; i++) {
        civic_classify_keyword(f, (uint32_t) i, &scores->kind[i], best);
    }

    for (i = 0; i < city->nservices; i++) {
        civic_classify_keyword(f, (uint32_t) (CIVIC_NAMES_MAX + i),
                               &scores->service[i], best);
    }

    if (best == 0) {
        civic_features_add(f, CIVIC_FEATURE_KEYWORD, 0, CIVIC_HIT_NOTHING);
    }
}


static void
civic_classify_keyword(civic_features_t *f, uint32_t id,
    const civic_score_t *score, unsigned best)
{
    unsigned  s;

    s = civic_classify_score(score);

    if (s == 0) {
        return;
    }

    civic_features_add(f, CIVIC_FEATURE_KEYWORD, id, CIVIC_HIT_ANY);

    if (s == best) {
        civic_features_add(f, CIVIC_FEATURE_KEYWORD, id, CIVIC_HIT_BEST);

        if (s >= CIVIC_SCORE_LONG) {
            civic_features_add(f, CIVIC_FEATURE_KEYWORD, id, CIVIC_HIT_LONG);
        }

    } else if (s * 100 >= best * CIVIC_SCORE_CLOSE) {
        civic_features_add(f, CIVIC_FEATURE_KEYWORD, id, CIVIC_HIT_CLOSE);
    }
}


/*
 * The model in place of what keywords alone have guessed.  Of a service it
 * has no sentence of it knows nothing: where it is unsure keywords stay.
 */

int
civic_classify_weigh(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, const civic_tokens_t *tokens,
    const civic_scores_t *scores, civic_meaning_t *m)
{
    float             p[CIVIC_CLASSES_MAX];
    civic_meaning_t   only;         /* what keywords say */
    civic_features_t  f;

    if (civic_classify_see(city, text, a, tokens, scores, &f) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    civic_model_score(city->model, &f, p);
    civic_classify_rank(city, p, m);

    only = *m;
    civic_classify_zone(m);

    if (m->sure == CIVIC_SURE_NONE && m->misroute.len == 0
        && only.sure == CIVIC_SURE_YES && only.misroute.len == 0
        && !civic_classify_is_learned(city, only.guess[0]))
    {
        *m = only;
    }

    return CIVIC_OK;
}


static void
civic_classify_rank(const civic_city_t *city, const float *p,
    civic_meaning_t *m)
{
    size_t  i, j;

    for (i = 0; i < city->nclasses; i++) {
        for (j = m->nrank; j > 0 && m->rank[j - 1].likely < p[i]; j--) {
            if (j < CIVIC_GUESS_MAX) {
                m->rank[j] = m->rank[j - 1];
            }
        }

        if (j < CIVIC_GUESS_MAX) {
            m->rank[j].class = &city->classes[i];
            m->rank[j].likely = p[i];
            m->nrank += (m->nrank < CIVIC_GUESS_MAX);
        }
    }
}


/* Which of the three zones; see the limits above. */

static void
civic_classify_zone(civic_meaning_t *m)
{
    float                 sum, least;
    size_t                i;
    civic_str_t           near;
    const civic_class_t  *best;

    near = m->misroute;
    best = m->rank[0].class;

    m->misroute = civic_strn("", 0);
    m->nguess = 0;
    m->sure = CIVIC_SURE_NONE;

    if (best->service == NULL) {
        if (!civic_str_is(best->kind, CIVIC_KIND_OTHER)) {
            near.len = civic_str_eq(near, best->kind) ? near.len : 0;
        }

        least = near.len ? CIVIC_LIKELY_AGREED : CIVIC_LIKELY_KIND;

        if (m->rank[0].likely >= least) {
            m->misroute = near.len ? near : best->kind;
        }

        return;
    }

    if (m->rank[0].likely >= CIVIC_LIKELY_SURE) {
        m->guess[m->nguess++] = best->service;
        m->sure = CIVIC_SURE_YES;
        return;
    }

    for (i = 0, sum = 0.0f; i < m->nrank; i++) {
        if (m->rank[i].class->service != NULL
            && m->rank[i].likely >= CIVIC_LIKELY_GUESS)
        {
            m->guess[m->nguess++] = m->rank[i].class->service;
            sum += m->rank[i].likely;
        }
    }

    if (sum < CIVIC_LIKELY_CLOSE) {
        m->nguess = 0;
        return;
    }

    /* a question with one answer is none */

    m->sure = m->nguess == 1 && m->rank[0].likely >= CIVIC_LIKELY_ALONE
              ? CIVIC_SURE_YES : CIVIC_SURE_CLOSE;
}


static int
civic_classify_is_learned(const civic_city_t *city,
    const civic_service_t *service)
{
    size_t  i;

    for (i = 0; i < city->nclasses; i++) {
        if (city->classes[i].service == service) {
            return 1;
        }
    }

    return 0;
}
