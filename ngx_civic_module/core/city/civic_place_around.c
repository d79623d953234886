
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What stands around a place: "near", "ke paas", "gali no 3" belong to it,
 * the words of a complaint do not.
 */


#include "core/city/civic_place_search.h"
#include "core/city/civic_words.h"


static size_t civic_place_left(civic_search_t *s, size_t from);
static size_t civic_place_right(civic_search_t *s, size_t to);


int
civic_place_is_known(civic_search_t *s, size_t i)
{
    civic_tokens_t       tokens;
    civic_place_word_t  *w = &s->word[i];

    if (w->signs & CIVIC_SIGN_ASKED) {
        return (w->signs & CIVIC_SIGN_KNOWN) != 0;
    }

    w->signs |= CIVIC_SIGN_ASKED;

    /* without memory a word counts as known: no place is guessed */

    if (civic_words_tokens(s->city->words, w->text, s->arena, &tokens)
        != CIVIC_OK)
    {
        w->signs |= CIVIC_SIGN_KNOWN;
        return 1;
    }

    if (w->signs & (CIVIC_SIGN_AROUND | CIVIC_SIGN_JOIN | CIVIC_SIGN_NEVER)) {
        w->signs |= CIVIC_SIGN_KNOWN;
    }

    if (tokens.n && tokens.word[0] != NULL) {
        w->signs |= CIVIC_SIGN_KNOWN;
        w->signs |= tokens.word[0]->starts != NULL ? CIVIC_SIGN_BEGINS : 0;
    }

    return (w->signs & CIVIC_SIGN_KNOWN) != 0;
}


/*
 * "near Sharma kirana": somebody tells a place that stands in no table.  A
 * word of complaints is no name: "near the drain" tells nothing.
 */

void
civic_place_hint(civic_search_t *s, civic_place_t *place)
{
    size_t               i, j, from, to;
    civic_place_word_t  *w;

    for (i = 0; i < s->n; i++) {
        w = &s->word[i];
        from = i;
        to = i + 1;

        if (w->signs & CIVIC_SIGN_BEFORE) {
            while (to < s->n && to - i <= CIVIC_GAP_MAX + 1
                   && !(s->word[to].signs & CIVIC_SIGN_BREAK)
                   && !civic_place_is_known(s, to))
            {
                to++;
            }

        } else if (w->signs & CIVIC_SIGN_AFTER) {
            for (j = i; j > 0 && i - j <= CIVIC_GAP_MAX + 1; j--) {
                if (s->word[j].signs & CIVIC_SIGN_BREAK) {
                    break;
                }

                if (s->word[j - 1].signs & CIVIC_SIGN_JOIN) {
                    continue;
                }

                if (civic_place_is_known(s, j - 1)) {
                    break;
                }

                from = j - 1;
            }
        }

        if (to > i + 1 || from < i) {
            place->kind = CIVIC_PLACE_HINT;
            civic_place_text(s, place, from, to);
            return;
        }
    }
}


/* The part of the text about words [from, to) and what belongs to them. */

void
civic_place_text(civic_search_t *s, civic_place_t *place, size_t from,
    size_t to)
{
    size_t       i;
    const char  *end;

    from = civic_place_left(s, from);
    to = civic_place_right(s, to);

    for (i = from; i < to; i++) {
        place->near |= (s->word[i].signs & (CIVIC_SIGN_BEFORE
                                            | CIVIC_SIGN_AFTER)) != 0;
    }

    end = s->word[to - 1].text.data + s->word[to - 1].text.len;
    place->text = civic_strn(s->word[from].text.data,
                             (size_t) (end - s->word[from].text.data));
    place->rest = s->n - (to - from);
}


static size_t
civic_place_left(civic_search_t *s, size_t from)
{
    size_t    i, gap;
    unsigned  signs;

    for (gap = 0, i = from; i > 0 && gap <= CIVIC_GAP_MAX; i--) {
        if (s->word[i].signs & CIVIC_SIGN_BREAK) {
            break;
        }

        signs = s->word[i - 1].signs;

        if (signs & CIVIC_SIGN_AROUND) {
            from = i - 1;
            gap = 0;

        } else if (!(signs & (CIVIC_SIGN_JOIN | CIVIC_SIGN_NUMBER))) {
            if (civic_place_is_known(s, i - 1)) {
                break;
            }

            gap++;
        }
    }

    return from;
}


static size_t
civic_place_right(civic_search_t *s, size_t to)
{
    size_t    i, gap;
    unsigned  signs;

    for (gap = 0, i = to; i < s->n && gap <= CIVIC_GAP_MAX; i++) {
        signs = s->word[i].signs;

        if (signs & CIVIC_SIGN_BREAK) {
            break;
        }

        /* "Rajwada street light" is about a light */

        if (signs & CIVIC_SIGN_PLACE && i + 1 < s->n
            && civic_place_is_known(s, i + 1)
            && s->word[i + 1].signs & CIVIC_SIGN_BEGINS
            && !(s->word[i + 1].signs & (CIVIC_SIGN_AROUND
                                         | CIVIC_SIGN_JOIN)))
        {
            break;
        }

        if (signs & CIVIC_SIGN_AROUND
            || (signs & CIVIC_SIGN_NUMBER
                && s->word[i - 1].signs & (CIVIC_SIGN_PLACE
                                           | CIVIC_SIGN_JOIN)))
        {
            to = i + 1;
            gap = 0;

        } else if (!(signs & CIVIC_SIGN_JOIN)) {
            if (civic_place_is_known(s, i)) {
                break;
            }

            gap++;
        }
    }

    return to;
}
