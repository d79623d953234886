
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a message says, as the one word the table looks at: its cue.
 *
 *   cmd:<command>     a command of commands.csv, typed or tapped; or words
 *                     of the same meaning: hello, thanks, status
 *   case:<ticket>     a tracking number, typed or picked from a list
 *   number?           looks like one, but its check digit is wrong
 *   misroute:<kind>   belongs elsewhere, by phrases.tsv or sentences.tsv
 *   sure, close, none how well the words name a service that is offered
 *   <id>              of any other button or row that was tapped, or typed
 *                     where commands.csv gives it words: menu:, svc:
 *   ""                nothing of the kind
 *
 * A caption is words, never a command.
 */


#ifndef _CIVIC_CUE_H_INCLUDED_
#define _CIVIC_CUE_H_INCLUDED_


#include "core/dialogue/civic_talk.h"


/* Fills text, fold, meaning, cue and arg.  CIVIC_ERROR: out of memory. */
int civic_cue_read(civic_talk_t *k);

/* Whether "detail" of a row covers the cue. */
int civic_cue_is(const char *detail, civic_str_t cue);

/* Whether 311 offers the service just now. */
int civic_cue_offered(const civic_turn_t *t, const civic_service_t *service);

/* Whether folded text has a letter: not digits and emoji alone. */
int civic_cue_has_letter(civic_str_t fold);

/*
 * Whether one of the phrases of text "key", separated by ';', stands in the
 * citizen's words; with "whole" it must be all of them.
 */
int civic_cue_has_phrase(const civic_talk_t *k, const char *key, int whole);


/*
 * Whether the text begins with one of them as it stands: an emoji may go on
 * with the colour of a skin.
 */
int civic_cue_begins(const civic_talk_t *k, const char *key);

/* The words that count in "not X, Y"; all of them without a "not". */
civic_str_t civic_cue_after_not(const civic_talk_t *k);


#endif /* _CIVIC_CUE_H_INCLUDED_ */
