
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Lists of words in texts.csv, separated by ";", and whether a message has one
 * of them.  Every language's list counts in every conversation.
 */


#include "core/base/civic_fold.h"
#include "core/dialogue/civic_cue.h"


static int civic_cue_lists(const civic_talk_t *k, const char *key,
    civic_str_t word);
static int civic_cue_lists_in(const civic_talk_t *k, const char *key,
    civic_str_t fold, int whole);
static int civic_cue_stands_in(civic_str_t words, civic_str_t fold, int whole);


int
civic_cue_has_phrase(const civic_talk_t *k, const char *key, int whole)
{
    return civic_cue_lists_in(k, key, k->fold, whole);
}


static int
civic_cue_lists(const civic_talk_t *k, const char *key, civic_str_t word)
{
    return civic_cue_lists_in(k, key, word, 1);
}


/* Whether "fold" has, or is, a phrase of the list, in any language. */

static int
civic_cue_lists_in(const civic_talk_t *k, const char *key, civic_str_t fold,
    int whole)
{
    size_t                i, len;
    const char           *p, *end, *sep;
    const civic_text_t   *t;

    t = civic_city_text(k->city, civic_str(key));

    for (i = 0; t != NULL && i < CIVIC_LANG_MAX; i++) {
        p = t->in[i].data;
        end = p + t->in[i].len;

        while (p < end) {
            sep = memchr(p, ';', end - p);
            len = (sep != NULL ? sep : end) - p;

            if (civic_cue_stands_in(civic_fold(civic_strn(p, len), k->arena),
                                    fold, whole))
            {
                return 1;
            }

            p += len + 1;
        }
    }

    return 0;
}


/* "not X, Y" is told by the comma, "X nahi Y" by the word. */

civic_str_t
civic_cue_after_not(const civic_talk_t *k)
{
    int          negated;
    size_t       i, begins;
    civic_str_t  word, rest, text = k->text;

    rest = text;
    negated = 0;

    for (i = 0, begins = 0; i < text.len; i++) {
        if (text.data[i] != ' ' && text.data[i] != ',') {
            continue;
        }

        word = civic_fold(civic_strn(text.data + begins, i - begins),
                          k->arena);
        begins = i + 1;

        if (civic_cue_lists(k, "not_words", word)) {
            negated = 1;

        } else if (!negated || text.data[i] != ',') {
            continue;
        }

        rest = civic_strn(text.data + begins, text.len - begins);
    }

    return rest;
}


static int
civic_cue_stands_in(civic_str_t words, civic_str_t fold, int whole)
{
    size_t  i;

    if (whole || words.len == 0) {
        return words.len && civic_str_eq(words, fold);
    }

    for (i = 0; i + words.len <= fold.len; i++) {
        if (memcmp(fold.data + i, words.data, words.len) == 0
            && (i == 0 || fold.data[i - 1] == ' ')
            && (i + words.len == fold.len || fold.data[i + words.len] == ' '))
        {
            return 1;
        }
    }

    return 0;
}


int
civic_cue_begins(const civic_talk_t *k, const char *key)
{
    size_t               len;
    const char          *p, *end, *sep;
    const civic_text_t  *t;

    t = civic_city_text(k->city, civic_str(key));
    if (t == NULL) {
        return 0;
    }

    for (p = t->in[0].data, end = p + t->in[0].len; p < end; p += len + 1) {
        sep = memchr(p, ';', end - p);
        len = (sep != NULL ? sep : end) - p;

        if (len && len <= k->text.len && memcmp(p, k->text.data, len) == 0) {
            return 1;
        }
    }

    return 0;
}
