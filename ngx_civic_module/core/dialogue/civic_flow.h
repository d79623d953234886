
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a dialogue table is made of.  A flow is data: rows, needs and
 * messages; the engine (civic_dialogue.c) runs any of them.  Nothing here
 * knows what a row is for.
 *
 *                    PIN, PHOTO, words          kind known
 *      IDLE ------------------------------> WHAT ---------> PLACE
 *        ^  ^                                | ^              | place known
 *        |  |            close guesses       v |              v
 *        |  +----- cancel ----------------- CHOOSE     complaint filed
 *        |                   OTHER without words: WORDS       |
 *        +---------------------------------------------------+
 *      a draft left for 12 hours: RESUME;  a filed one to correct: CHANGE
 *
 *      SETTLED --file--> REGISTERING --answer or lateness--> SETTLED
 *      SETTLED --find--> FINDING --found--> ASKING --answer--> SETTLED
 *                                             | lateness
 *                                             v
 *                                         RECALLING --found--> SETTLED
 *      SETTLED --correct--> UPDATING --answer or lateness--> SETTLED
 *      SETTLED --something missing--> GATHERING --settle time--> SETTLED
 *
 * What the citizen is asked (talk) and what we wait for (wait) are two
 * states of one record, so that a look-up or 311's answer never disturbs
 * a complaint being told.  Messages of the citizen are matched with the
 * talk state, everything else with the wait.
 *
 * People tell one matter in several messages: words, a photo, a pin.  What is
 * still missing is asked only when nothing more came for the settle time; the
 * talk state is that of the question already (GATHERING).  It waits longer
 * while a voice note may be heard.  What is complete waits for nothing.
 *
 * Invariants: a talk state other than IDLE and CHANGE has a question open;
 * REGISTERING and UPDATING belong to conv->ticket; whoever leaves them
 * before the answer owes the citizen a line (civic_wait_leave).
 */


#ifndef _CIVIC_FLOW_H_INCLUDED_
#define _CIVIC_FLOW_H_INCLUDED_


#include "core/dialogue/civic_dialogue.h"


typedef enum {
    CIVIC_ST_IDLE = 0,
    CIVIC_ST_WHAT,          /* asked what is wrong */
    CIVIC_ST_CHOOSE,        /* offered the closest services */
    CIVIC_ST_WORDS,         /* asked for words */
    CIVIC_ST_PLACE,         /* asked where */
    CIVIC_ST_RESUME,        /* asked: go on with the old draft? */
    CIVIC_ST_CHANGE,        /* asked what to correct in a filed complaint */
    CIVIC_ST_TALKS,

    CIVIC_ST_SETTLED = CIVIC_ST_TALKS,      /* no answer is awaited */
    CIVIC_ST_REGISTERING,   /* 311 registers; the receipt waits for it */
    CIVIC_ST_FINDING,       /* Postgres looks a complaint up */
    CIVIC_ST_ASKING,        /* 311 is asked for the status */
    CIVIC_ST_RECALLING,     /* 311 was late: what did we know last? */
    CIVIC_ST_UPDATING,      /* 311 takes a correction */
    CIVIC_ST_GATHERING,     /* more may come in the same breath */
    CIVIC_ST_MAX,

    /* only in column "then" */
    CIVIC_ST_SAME,          /* stay */
    CIVIC_ST_NEXT,          /* ask for what is missing, or file */
    CIVIC_ST_REST           /* back to the draft's open question, silently */
} civic_state_e;


typedef struct civic_talk_s  civic_talk_t;

typedef int (*civic_guard_pt)(const civic_talk_t *k);
typedef int (*civic_action_pt)(civic_talk_t *k);

#define CIVIC_GUARDS_MAX   2
#define CIVIC_ACTIONS_MAX  3


/* One line of the table.  First match wins. */

typedef struct {
    uint32_t          in;               /* bits of civic_state_e */
    uint64_t          on;               /* bits of civic_event_e */
    const char       *detail;           /* the cue; NULL any; "x:" a prefix */
    civic_guard_pt    only_if[CIVIC_GUARDS_MAX];
    civic_action_pt   act[CIVIC_ACTIONS_MAX];
    const char       *say;              /* key of civic_say_t, NULL silent */
    uint8_t           then;
} civic_row_t;


/*
 * What a complaint must have, in asking order.  The first line whose fact
 * is missing and whose "only if" holds is asked for.
 */

typedef struct {
    civic_guard_pt    has;
    civic_guard_pt    only_if;          /* NULL always */
    const char       *say;
    uint8_t           then;
} civic_need_t;


#define CIVIC_SAY_MAX  6        /* what is offered with a message */


/* The shape a text takes on the telephone. */

typedef enum {
    CIVIC_SHAPE_BUTTONS = 0,    /* plain text when there are none, a list
                                   when there are more than three */
    CIVIC_SHAPE_PIN,            /* with "send location" */
    CIVIC_SHAPE_MENUS,          /* a list of the menus */
    CIVIC_SHAPE_USUAL,          /* a list of the usual services, and more */
    CIVIC_SHAPE_SERVICES,       /* a list of the services of conv->menu */
    CIVIC_SHAPE_CHOICES,        /* the guesses in conv->choice */
    CIVIC_SHAPE_CASES           /* a list of the event's cases */
} civic_shape_e;


typedef struct {
    const char       *key;              /* of texts.csv */
    civic_shape_e     shape;
    const char       *button[CIVIC_SAY_MAX];    /* ids; "x:" + ticket */
} civic_say_t;


/* What a thumb under a message says, as the id of a button; NULL nothing. */

typedef struct {
    const char       *key;              /* of the message */
    const char       *up;
    const char       *down;             /* "x:" + ticket */
} civic_thumb_t;


typedef struct {
    const civic_row_t   *rows;
    size_t               nrows;
    const civic_need_t  *needs;
    size_t               nneeds;
    const civic_say_t   *says;
    size_t               nsays;
    const civic_thumb_t *thumbs;
    size_t               nthumbs;
} civic_flow_t;


extern const civic_flow_t  civic_flow_citizen;

#define CIVIC_NEEDS_CITIZEN  16      /* what its complaints must have */

extern const civic_need_t  civic_needs_citizen[];

#define CIVIC_SAYS_CITIZEN  78      /* its messages */

extern const civic_say_t  civic_says_citizen[];

#define CIVIC_THUMBS_CITIZEN  8

extern const civic_thumb_t  civic_thumbs_citizen[];


/*
 * civic_dialogue_turn() with another flow.  "asked", if not NULL, becomes
 * the index of the need that was asked for, or -1.
 */
int civic_flow_turn(const civic_flow_t *flow, civic_turn_t *t, int *asked);

/* civic_dialogue_check() for another flow. */
int civic_flow_check(const civic_flow_t *flow, const civic_city_t *city,
    const civic_arena_t *a, civic_faults_t *f);

/* NULL when the flow has no such message. */
const civic_say_t *civic_flow_say(const civic_flow_t *flow,
    const char *key);


#endif /* _CIVIC_FLOW_H_INCLUDED_ */
