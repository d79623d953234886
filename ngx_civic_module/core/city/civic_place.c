
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Finds places in a text: every run of a few words is looked up by its key,
 * exactly and then nearly; the longest names win; what stands around them
 * ("near", "gali 4") is taken with them.  It refuses to see a misspelt place
 * in words a complaint is made of.
 */


#include <math.h>

#include "core/city/civic_place_search.h"


#define CIVIC_WRONG        4        /* letters a longer name must have more,
                                       to win with one of them wrong */
#define CIVIC_NEAR_WORDS   3        /* more of them are not misspelt at once */
#define CIVIC_OWN          4        /* letters before "nadi" in "Kahnnadi" */
#define CIVIC_OWN_SHARED   3        /* the same for "nagar": Ramnagar */
#define CIVIC_APART_MIN    6        /* letters of a name written in pieces */
#define CIVIC_APART        0.015    /* degrees, some 1.5 km: two places so far
                                       apart are no address together */


static void civic_place_split(civic_search_t *s, civic_str_t text);
static void civic_place_run(civic_search_t *s, size_t from);
static int civic_place_may(civic_search_t *s, const civic_hit_t *hit);
static int civic_place_are_known(civic_search_t *s, size_t from, size_t to);
static void civic_place_hit(civic_search_t *s, const civic_hit_t *hit);
static int civic_place_beside(const civic_search_t *s, size_t from,
    size_t to);
static void civic_place_settle(civic_search_t *s, civic_place_t *place);
static int civic_place_is_part(civic_search_t *s, const civic_hit_t *hit);
static void civic_place_take(civic_place_t *place, const civic_name_t *name,
    int *apart);
static void civic_place_best(const civic_name_t *name, civic_spot_t *best);


int
civic_place_find(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_place_t *place)
{
    size_t           i;
    civic_search_t  *s;

    memset(place, 0, sizeof(civic_place_t));

    s = civic_arena_alloc(a, sizeof(civic_search_t));
    if (s == NULL) {
        return CIVIC_ERROR;
    }

    s->city = city;
    s->places = city->places;
    s->arena = a;

    civic_place_split(s, text);

    for (i = 0; i < s->n; i++) {
        civic_place_run(s, i);
    }

    if (s->nhits) {
        civic_place_settle(s, place);
    }

    if (place->kind == CIVIC_PLACE_NONE) {
        civic_place_hint(s, place);
    }

    return CIVIC_OK;
}


static void
civic_place_split(civic_search_t *s, civic_str_t text)
{
    char                 key[CIVIC_KEY_MAX];
    size_t               i, n;
    const char          *p, *end;
    civic_place_word_t  *w;

    end = text.data;

    while (s->n < CIVIC_PLACE_WORDS) {
        w = &s->word[s->n];
        n = civic_key_word(&text, &w->text, w->latin);

        if (n == 0) {
            break;
        }

        w->n = (uint8_t) n;

        for (p = end; p < w->text.data; p++) {
            if (memchr("\n?!", *p, 3) != NULL) {
                w->signs |= CIVIC_SIGN_BREAK;
            }
        }

        for (i = 0; i < n; i++) {
            if (w->latin[i] >= '0' && w->latin[i] <= '9') {
                w->signs |= CIVIC_SIGN_NUMBER;
            }
        }

        w->signs |= CIVIC_SIGN_NEVER
                    & civic_place_signs(s->places, w->latin, n);

        n = civic_key_sound(w->latin, n, key, sizeof(key));
        w->signs |= ~CIVIC_SIGN_NEVER
                    & civic_place_signs(s->places, key, n);

        end = w->text.data + w->text.len;
        s->n++;
    }
}


/* Every name that begins with word "from". */

static void
civic_place_run(civic_search_t *s, size_t from)
{
    char           latin[CIVIC_KEY_MAX], key[CIVIC_KEY_MAX];
    size_t         to, n, len;
    civic_hit_t    hit;
    civic_sound_t  done = { 0, 0 };

    if (s->word[from].signs & (CIVIC_SIGN_JOIN | CIVIC_SIGN_AFTER)) {
        return;                         /* no name begins so */
    }

    for (n = 0, to = from; to < s->n && to - from < s->places->words; to++) {
        if (n + s->word[to].n > CIVIC_KEY_MAX
            || (to > from && s->word[to].signs & CIVIC_SIGN_BREAK))
        {
            break;
        }

        memcpy(latin + n, s->word[to].latin, s->word[to].n);
        n += s->word[to].n;
        len = civic_key_sound_on(latin, n, key, sizeof(key), &done);

        if (to - from >= CIVIC_NEAR_WORDS
            && !civic_place_begins(s->places, key, len))
        {
            break;
        }

        hit.from = from;
        hit.to = to + 1;
        hit.wrong = 0;
        hit.name = civic_place_exact(s->places, key, len);

        if (hit.name == NULL && to - from < CIVIC_NEAR_WORDS) {
            hit.name = civic_place_near(s->places, key, len, &hit.wrong);
        }

        if (hit.name != NULL && civic_place_may(s, &hit)) {
            hit.score = hit.name->len - (int) hit.wrong * CIVIC_WRONG;
            civic_place_hit(s, &hit);
        }
    }
}


/*
 * Words run together or taken apart are the same name when enough of it is
 * there: "abroad" is no AB Road.  A wrong letter wants as many words as the
 * name has, and words that mean nothing else.
 */

static int
civic_place_may(civic_search_t *s, const civic_hit_t *hit)
{
    size_t               i, words = hit->to - hit->from;
    const civic_name_t  *name = hit->name;

    for (i = hit->from; i < hit->to; i++) {
        if (s->word[i].signs & CIVIC_SIGN_NEVER
            && (hit->wrong || i + 1 == hit->to))
        {
            return 0;
        }
    }

    if (name->spot->outside
        && (hit->wrong || words < name->least || words > name->words))
    {
        return 0;
    }

    if (words < name->least) {
        if (name->len - name->last < (name->head < name->len
                                      ? CIVIC_OWN_SHARED : CIVIC_OWN))
        {
            return 0;
        }

    } else if (words > name->words
               && (hit->wrong || name->len < CIVIC_APART_MIN
                   || civic_place_are_known(s, hit->from, hit->to)))
    {
        return 0;
    }

    return hit->wrong == 0
           || !civic_place_are_known(s, hit->from, hit->to);
}


static int
civic_place_are_known(civic_search_t *s, size_t from, size_t to)
{
    while (from < to) {
        if (!civic_place_is_known(s, from++)) {
            return 0;
        }
    }

    return 1;
}


/* Of names that overlap the better one stays. */

static void
civic_place_hit(civic_search_t *s, const civic_hit_t *hit)
{
    size_t               i, n;
    const civic_spot_t  *spot = hit->name->spot;

    if (spot->near && !civic_place_beside(s, hit->from, hit->to)) {
        return;
    }

    /* "Ujjain road" is here, and so may be "Delhi sweets" */

    if (spot->outside && hit->to < s->n
        && (s->word[hit->to].signs & CIVIC_SIGN_PLACE
            || !civic_place_is_known(s, hit->to)))
    {
        return;
    }

    for (i = 0; i < s->nhits; i++) {
        if (s->hit[i].from < hit->to && hit->from < s->hit[i].to
            && s->hit[i].score >= hit->score)
        {
            return;
        }
    }

    for (i = 0, n = 0; i < s->nhits; i++) {
        if (s->hit[i].from >= hit->to || hit->from >= s->hit[i].to) {
            s->hit[n++] = s->hit[i];
        }
    }

    if (n < CIVIC_HITS_MAX) {
        s->hit[n++] = *hit;
    }

    s->nhits = n;
}


static int
civic_place_beside(const civic_search_t *s, size_t from, size_t to)
{
    if (from && s->word[from - 1].signs & CIVIC_SIGN_BEFORE) {
        return 1;
    }

    if (to < s->n && s->word[to].signs & CIVIC_SIGN_JOIN) {
        to++;
    }

    return to < s->n && (s->word[to].signs & CIVIC_SIGN_AROUND) != 0;
}


static void
civic_place_settle(civic_search_t *s, civic_place_t *place)
{
    int           apart, score;
    size_t        i, from, to;
    civic_hit_t  *hit, *best;

    static const civic_place_e  order[] = {
        CIVIC_PLACE_KNOWN, CIVIC_PLACE_WIDE, CIVIC_PLACE_OUTSIDE
    };

    apart = 0;
    score = 0;
    best = NULL;

    for (size_t k = 0; k < 3 && best == NULL; k++) {
        for (i = 0; i < s->nhits; i++) {
            hit = &s->hit[i];

            if ((hit->name->spot->outside ? CIVIC_PLACE_OUTSIDE
                 : hit->name->spot->wide ? CIVIC_PLACE_WIDE
                 : CIVIC_PLACE_KNOWN) == order[k]
                && (best == NULL || hit->score > score))
            {
                best = hit;
                score = hit->score;
                place->kind = order[k];
            }
        }
    }

    place->spot = best->name->spot;
    place->fuzzy = best->wrong != 0;

    from = best->from;
    to = best->to;

    for (i = 0; i < s->nhits; i++) {
        hit = &s->hit[i];

        if (hit->name->spot->outside && place->kind != CIVIC_PLACE_OUTSIDE) {
            continue;
        }

        civic_place_take(place, hit->name, &apart);

        if (civic_place_is_part(s, hit)) {
            apart = 1;
            hit->from--;
        }

        /* what is named elsewhere in a story is not the address */

        if (hit->from <= to + CIVIC_GAP_MAX + 1
            && hit->to + CIVIC_GAP_MAX + 1 >= from)
        {
            from = hit->from < from ? hit->from : from;
            to = hit->to > to ? hit->to : to;
        }
    }

    if (apart) {
        place->has_point = 0;
        place->ward = NULL;
    }

    civic_place_text(s, place, from, to);
}


/*
 * An unknown word right before a name may be its beginning: of Sanjay Gandhi
 * Nagar, when only Gandhi Nagar is known.  It is an address, but not there.
 */

static int
civic_place_is_part(civic_search_t *s, const civic_hit_t *hit)
{
    const civic_place_word_t  *before;

    if (hit->from == 0 || hit->name->head == hit->name->len) {
        return 0;
    }

    before = &s->word[hit->from - 1];

    return before->text.data + before->text.len + 1
           == s->word[hit->from].text.data
           && before->text.data[before->text.len] == ' '
           && !(before->signs & CIVIC_SIGN_NUMBER)
           && !civic_place_is_known(s, hit->from - 1);
}


/* Places that disagree leave the address and nothing else. */

static void
civic_place_take(civic_place_t *place, const civic_name_t *name, int *apart)
{
    civic_spot_t  best;

    civic_place_best(name, &best);

    if (best.has_point && !*apart) {
        if (place->has_point
            && (fabs(place->lat - best.lat) > CIVIC_APART
                || fabs(place->lng - best.lng) > CIVIC_APART))
        {
            *apart = 1;
            place->has_point = 0;
            place->ward = NULL;
            return;
        }

        /* a coordinate knows its ward better than a name does */

        if (!place->has_point || name->spot == place->spot) {
            place->has_point = 1;
            place->lat = best.lat;
            place->lng = best.lng;
            place->ward = best.ward;
        }

    } else if (best.ward != NULL && !place->has_point && !*apart) {

        if (place->ward != NULL && place->ward != best.ward) {
            *apart = 1;
            place->ward = NULL;
            return;
        }

        place->ward = best.ward;
    }
}


/* What all spots of one name agree upon. */

static void
civic_place_best(const civic_name_t *name, civic_spot_t *best)
{
    int                  wards;
    const civic_spot_t  *spot;

    memset(best, 0, sizeof(civic_spot_t));
    wards = 0;

    for ( /* void */ ; name != NULL; name = name->same) {
        spot = name->spot;

        if (spot->has_point && best->has_point
            && (fabs(spot->lat - best->lat) > CIVIC_APART
                || fabs(spot->lng - best->lng) > CIVIC_APART))
        {
            memset(best, 0, sizeof(civic_spot_t));
            return;
        }

        if (spot->has_point && !best->has_point) {
            *best = *spot;

        } else if (!best->has_point && spot->ward != NULL) {
            wards += (best->ward != NULL && best->ward != spot->ward);
            best->ward = spot->ward;
        }
    }

    if (wards && !best->has_point) {
        best->ward = NULL;
    }
}
