
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a row may do: change the record and ask for effects, never speak.
 * CIVIC_ERROR only when memory or room for effects is exhausted.
 */


#ifndef _CIVIC_ACTIONS_H_INCLUDED_
#define _CIVIC_ACTIONS_H_INCLUDED_


#include "core/dialogue/civic_talk.h"


/* In the tables the prefix is left out. */
#define civic_action(name)  int civic_##name(civic_talk_t *k)

/* the draft */
civic_action(note_all);             /* words, file, pin, the place named */
civic_action(note_telling);         /* words only if they tell something */
civic_action(note_media);
civic_action(note_spot);
civic_action(note_pin);
civic_action(doubt_pin);
civic_action(note_address);
civic_action(note_hint);            /* of a place: more is asked for */
civic_action(take_hint);            /* there is no more */
civic_action(note_last_place);      /* of the complaint before */
civic_action(take_guess);
civic_action(keep_guesses);
civic_action(doubt_kind);           /* the draft's, or the guess? */
civic_action(choose_service);
civic_action(await_place);
civic_action(open_menu);
civic_action(forget_service);
civic_action(forget_place);
civic_action(throw_draft);
civic_action(file_draft);           /* not in a row: what NEXT ends with */

/* the talk */
civic_action(count_try);
civic_action(gather);               /* a greeting: what is it about? */
civic_action(greet);                /* the next greeting is a short one */
civic_action(end_greeting);
civic_action(set_language);
civic_action(end_hearing);          /* one voice note will not be heard */

/* complaints of before */
civic_action(find_mine);
civic_action(find_case);
civic_action(find_quoted);
civic_action(find_current);
civic_action(recall_case);
civic_action(end_find);
civic_action(take_case);
civic_action(ask_311);
civic_action(take_request_id);
civic_action(owe_number);
civic_action(owe_held);
civic_action(correct_kind);
civic_action(correct_place);
civic_action(correct_named);        /* by a place in words, its last one */
civic_action(correct_here);         /* by the draft's pin */
civic_action(correct_words);
civic_action(doubt_case);
civic_action(withdraw);
civic_action(add_media);            /* to what was filed */


#endif /* _CIVIC_ACTIONS_H_INCLUDED_ */
