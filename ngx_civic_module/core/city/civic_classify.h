
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a citizen's words mean: which command, which service, which language.
 * Commands are whole texts (commands.csv) and lives come first (FIRST: rows
 * of phrases.tsv); between services and kinds of no complaint the model of
 * sentences.tsv chooses, to which keywords are features among others.  It
 * guesses and says how sure it is; it never decides.
 */


#ifndef _CIVIC_CLASSIFY_H_INCLUDED_
#define _CIVIC_CLASSIFY_H_INCLUDED_


#include "core/city/civic_city.h"


#define CIVIC_GUESS_MAX  3


typedef enum {
    CIVIC_SURE_NONE = 0,        /* no word of ours in it */
    CIVIC_SURE_CLOSE,           /* several services within reach */
    CIVIC_SURE_YES              /* one clear service */
} civic_sure_e;


typedef struct {
    const civic_class_t    *class;
    float                   likely;     /* of 1 */
} civic_rank_t;


typedef struct {
    civic_lang_e            lang;       /* as written, or "now" */

    /*
     * The command the whole text is, or empty: hello, menu, help, new, mine,
     * status, change, cancel, yes, no, skip, lang_en, lang_hi, thanks,
     * my_data, delete_data, ... = first column of commands.csv.
     */
    civic_str_t             command;


    /*
     * The kind of FIRST:<kind>, whatever else is said, or what the text is
     * when it is no complaint to us: a kind of sentences.tsv, or the nearer
     * one of phrases.tsv when that is other_authority; "" if it is ours.
     */
    civic_str_t             misroute;

    /* of an URGENT: row, if it is a complaint to us, else NULL */
    const civic_danger_t   *danger;
    civic_sure_e            sure;
    const civic_service_t  *guess[CIVIC_GUESS_MAX];     /* best first */
    size_t                  nguess;

    /* what the model finds likely, best first; empty without a model */
    civic_rank_t            rank[CIVIC_GUESS_MAX];
    size_t                  nrank;
} civic_meaning_t;


/*
 * "now" is the language the conversation is in.  Text of any length and any
 * bytes is accepted; the first 2000 characters count.  Never fails for lack
 * of meaning; CIVIC_ERROR only when memory is exhausted.
 */
int civic_classify(const civic_city_t *city, civic_str_t text,
    civic_lang_e now, const civic_arena_t *a, civic_meaning_t *m);


#endif /* _CIVIC_CLASSIFY_H_INCLUDED_ */
