
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The questions a row may ask before it fires.  They read and change
 * nothing.
 */


#ifndef _CIVIC_GUARDS_H_INCLUDED_
#define _CIVIC_GUARDS_H_INCLUDED_


#include "core/dialogue/civic_talk.h"


#define CIVIC_DRAFT_AGE     (12 * 3600)     /* then ask before going on */
#define CIVIC_TRIES         2               /* then another way is offered */
#define CIVIC_RECENT        900             /* seconds: "what happened?" is
                                               about what was just filed */
#define CIVIC_BREATH        10              /* seconds: a file without words is
                                               of what was just said */
#define CIVIC_GREETED       3600            /* then we greet in full again */


/* In the tables the prefix is left out. */
#define civic_guard(name)   int civic_##name(const civic_talk_t *k)

/* the draft */
civic_guard(has_draft);
civic_guard(has_service);
civic_guard(has_guesses);
civic_guard(has_guesses_here);      /* and the place */
civic_guard(has_words);
civic_guard(has_photo);
civic_guard(has_file_here);
civic_guard(has_voice);
civic_guard(has_file);
civic_guard(has_told);              /* "other" needs words */
civic_guard(has_place);
civic_guard(has_hint);              /* of a place, not enough to go there */
civic_guard(is_pin_doubted);
civic_guard(is_pin_alone);
civic_guard(is_urgent);
civic_guard(is_left);               /* untouched too long, or asked so */

/* the complaint filed or talked about last */
civic_guard(has_case);
civic_guard(is_current_case);       /* the button is about it */
civic_guard(was_gone_asked);        /* whether it is to be taken back */
civic_guard(is_straggler);
civic_guard(is_recent_case);
civic_guard(is_other_case);         /* the button is about another one */

/* the message */
civic_guard(is_media);              /* a file comes with it */
civic_guard(is_wordless);
civic_guard(is_words);              /* something an officer can read */
civic_guard(is_remark);
civic_guard(is_other_kind);
civic_guard(is_telling);            /* more than a word or two */
civic_guard(is_more_words);         /* about the problem, not a place */
civic_guard(is_place);
civic_guard(is_place_told);
civic_guard(is_placed);             /* it names a place we know */
civic_guard(is_place_alone);        /* known by name, and little more */
civic_guard(is_place_only);         /* and not one word more */
civic_guard(is_better_place);       /* than that of what was just filed */
civic_guard(is_place_corrected);    /* in so many words */
civic_guard(is_same_again);         /* what was just filed, once more */
civic_guard(is_named);              /* the same, in a story */
civic_guard(is_wide);               /* a ward or a long road, alone */
civic_guard(is_elsewhere);          /* by name */
civic_guard(is_same_place);         /* as last time */
civic_guard(is_last_place_named);   /* the same, in a story */
civic_guard(has_last_place);
civic_guard(is_gathering);          /* our question was not asked yet */
civic_guard(is_no_place);           /* nothing in it names a place */
civic_guard(is_inside);
civic_guard(is_outside);
civic_guard(is_offered);
civic_guard(was_place_asked);
civic_guard(is_menu);
civic_guard(is_second_try);
civic_guard(is_lost);               /* a third try would be the same; from
                                       there on the two take turns */
civic_guard(is_greeted);

civic_guard(is_about_case);         /* quotes what we said of a complaint */
civic_guard(is_of_draft);           /* a voice note, told in this very one */
civic_guard(is_aside);              /* heard, and no answer to a question */
civic_guard(is_late);               /* heard, when the question was asked */

/* what came back */
civic_guard(is_current);            /* about the complaint we wait for */
civic_guard(is_another);
civic_guard(is_due);                /* the wait that counts */
civic_guard(is_none_found);
civic_guard(is_one_found);
civic_guard(was_one_asked);
civic_guard(is_known_to_311);


#endif /* _CIVIC_GUARDS_H_INCLUDED_ */
