
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What one turn knows while it runs, shared by guards, actions and rendering
 * and by nobody else.
 */


#ifndef _CIVIC_TALK_H_INCLUDED_
#define _CIVIC_TALK_H_INCLUDED_


#include "core/city/civic_place.h"
#include "core/city/civic_texts.h"
#include "core/dialogue/civic_flow.h"


#define CIVIC_VALUES_MAX  16
#define CIVIC_PIN_WAIT    20000     /* ms to open the map and send the pin */


struct civic_talk_s {
    civic_turn_t         *turn;
    const civic_flow_t   *flow;
    civic_conv_t         *conv;
    const civic_event_t  *event;
    civic_event_t         other;        /* the event, if it is read as another:
                                           words as a pin, what was heard as
                                           a voice note with words */
    const civic_city_t   *city;
    const civic_arena_t  *arena;

    int64_t               at;           /* when the message was written */
    civic_str_t           text;         /* clean words, "" none */
    civic_str_t           fold;         /* the same, folded */
    civic_meaning_t       meaning;
    civic_place_t         place;        /* the place the words name */
    civic_str_t           cue;          /* what the event says */
    civic_str_t           arg;          /* of the cue, behind ':' */
    const civic_ward_t   *ward;         /* of the pin, NULL outside */

    unsigned              message:1;    /* the citizen's, not an outcome */
    unsigned              asked:1;      /* the row has put a question */
    unsigned              tried:1;      /* a useless answer was counted */
    unsigned              asked_gone:1;     /* and this may be the answer */
    unsigned              awaits_place:1;   /* it was asked for already */
    unsigned              heard:1;      /* the words were spoken, and the voice
                                           note has been answered to */
};


/* A new effect of this kind, zeroed; NULL when a row asks for too many. */
civic_effect_t *civic_talk_effect(civic_talk_t *k, civic_effect_e kind);

/* The complaint an outcome is about; of a message, the one talked about. */
civic_str_t civic_talk_ticket(const civic_talk_t *k);

/* Degrees to micro-degrees, rounded; the event's degrees are on earth. */
int32_t civic_talk_micro(double degrees);

/* A number for a service's code, to know it again by. */
uint32_t civic_talk_kind(const char *code);

/* Draft fields start anew with the first thing noted. */
void civic_draft_open(civic_talk_t *k);

/*
 * Words that tell of danger: what to do is owed with the next message; of the
 * draft, which is urgent by it and told so once, or of something else.
 */
void civic_talk_danger(civic_talk_t *k);
void civic_talk_warn(civic_talk_t *k);

/*
 * Whoever stops waiting before the answer came owes the citizen a line;
 * it goes with the next message.
 */
void civic_wait_leave(civic_conv_t *conv);

/*
 * Waits for "what"; with a deadline unless it is CIVIC_ST_FINDING, whose
 * answer is sure to come from Postgres.
 */
int civic_wait_begin(civic_talk_t *k, civic_state_e what);

/*
 * How long a question waits for more of the same breath, or for a place that
 * was asked for already, ms.
 */
uint32_t civic_wait_patience(const civic_talk_t *k);

/* Says what is owed now, before the complaint it is about is forgotten. */
int civic_wait_settle(civic_talk_t *k);


#endif /* _CIVIC_TALK_H_INCLUDED_ */
