
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The engine: one turn takes a record and an event and gives a new record
 * and effects.  Pure: no clock, no randomness, no I/O; the same input gives
 * the same output byte for byte, so a turn may be run again on a newer
 * record when another node was faster.  The tables are in
 * civic_flow_citizen.c.
 */


#ifndef _CIVIC_DIALOGUE_H_INCLUDED_
#define _CIVIC_DIALOGUE_H_INCLUDED_


#include "core/city/civic_classify.h"
#include "core/dialogue/civic_conv.h"
#include "core/dialogue/civic_event.h"
#include "core/dialogue/civic_message.h"


#define CIVIC_EFFECTS_MAX  8


/*
 * What a turn wants done.  DRAFT_* and FILE change rows in the exchange's
 * own transaction; the others become rows of the outbox in the same
 * transaction and are performed after it committed.
 */

typedef enum {
    CIVIC_FX_SEND = 0,          /* message */

    CIVIC_FX_DRAFT_WORDS,       /* text: appended as a line to the draft */
    CIVIC_FX_DRAFT_ADDRESS,     /* text: replaces the typed place; "" none;
                                   more: is put behind it; last: the place of
                                   this person's last complaint instead */
    CIVIC_FX_MEDIA,             /* the event's file is kept: for the draft, or
                                   for the complaint of "ticket"; draft: of
                                   what may be heard */
    CIVIC_FX_DRAFT_CLEAR,       /* throw the draft away */

    CIVIC_FX_FILE,              /* the draft becomes a complaint and is
                                   registered with 311: ticket, service,
                                   department, urgent, ward, has_pin, lat,
                                   lng */
    CIVIC_FX_UPDATE,            /* text: a correction of the complaint
                                   conv->complaint_id, noted and told to 311 */
    CIVIC_FX_FIND,              /* ticket: that complaint of this person,
                                   "": the latest ten */
    CIVIC_FX_ASK_311,           /* complaint_id, request_id */
    CIVIC_FX_WAIT,              /* delay ms; comes back as CIVIC_EV_DUE */
    CIVIC_FX_READ               /* mark as read; soon: and show typing, an
                                   answer comes; not durable: lost without
                                   harm */
} civic_effect_e;


typedef struct {
    civic_effect_e          kind;
    civic_message_t        *message;
    civic_str_t             text;
    civic_str_t             ticket;
    const civic_service_t  *service;
    civic_str_t             urgent;         /* why it cannot wait, "" it can */
    uint16_t                ward;
    unsigned                has_pin:1;
    unsigned                more:1;
    unsigned                last:1;
    unsigned                soon:1;
    int32_t                 lat;            /* micro-degrees */
    int32_t                 lng;
    int64_t                 complaint_id;
    civic_str_t             request_id;
    uint32_t                delay;          /* ms */
    uint32_t                wait;           /* serial, in EV_DUE's id */
    uint8_t                 draft;
} civic_effect_t;


typedef struct {
    /* in */
    const civic_city_t     *city;
    const civic_arena_t    *arena;
    const civic_event_t    *event;
    int64_t                 now;            /* UTC seconds */
    civic_str_t             name;           /* of the citizen, may be "" */
    civic_str_t             spare_ticket;   /* used if the turn files */
    uint32_t                wait_311;       /* ms the receipt waits for 311 */
    uint32_t                settle;         /* ms a question waits for more of
                                               the same breath; 0: not */
    uint32_t                wait_voice;     /* ms it waits, at least, while a
                                               voice note may be heard */
    unsigned                hears:1;        /* voice notes are heard */

    /* Services 311 offers just now; NULL: all of the city's file. */
    const unsigned char    *offered;        /* [city->nservices], 1 offered */

    /* in and out */
    civic_conv_t           *conv;

    /* out */
    civic_effect_t          effects[CIVIC_EFFECTS_MAX];
    size_t                  neffects;
    unsigned                used_ticket:1;
    unsigned                unasked:1;      /* nobody waits for what it says */
    int                     row;            /* index of the row that fired */
} civic_turn_t;


/*
 * Runs one turn.  CIVIC_OK: record changed, effects set.  CIVIC_DECLINED:
 * no row wants the event (an outcome that came too late, a reaction): the
 * record is as it was and there is nothing to do.  CIVIC_ERROR: out of
 * memory, nothing may be used.
 */
int civic_dialogue_turn(civic_turn_t *t);

/*
 * Checks tables, needs and texts against a city at start: every row can
 * fire, no row hides another, every state can be left, every text a row
 * says exists in every language and fits.  Faults as civic_city_load().
 */
int civic_dialogue_check(const civic_city_t *city, const civic_arena_t *a,
    civic_fault_pt fault, void *data);

/* 311's words for the citizen: "" when they are his own correction. */
civic_str_t civic_dialogue_notes(const civic_city_t *city,
    civic_str_t notes);

const char *civic_state_name(unsigned state);
const char *civic_event_name(civic_event_e kind);


#endif /* _CIVIC_DIALOGUE_H_INCLUDED_ */
