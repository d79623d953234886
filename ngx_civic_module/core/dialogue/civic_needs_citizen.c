
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a complaint of a citizen must have, in asking order, and the question
 * for it.  What is told without being asked is noted by the rows of
 * civic_flow_citizen.c.
 */


#include "core/dialogue/civic_guards.h"


#define HAS(fact)    civic_has_##fact
#define IS(fact)     civic_is_##fact

#define WHAT         CIVIC_ST_WHAT
#define CHOOSE       CIVIC_ST_CHOOSE
#define WORDS        CIVIC_ST_WORDS
#define PLACE        CIVIC_ST_PLACE


const civic_need_t  civic_needs_citizen[] = {

    { HAS(service),  HAS(guesses_here), "choose_here",   CHOOSE },
    { HAS(service),  HAS(guesses),  "choose",            CHOOSE },
    { HAS(service),  HAS(words),    "which_kind",        WHAT },
    { HAS(service),  HAS(file_here), "ask_what_here",    WHAT },
    { HAS(service),  HAS(photo),    "ask_what_photo",    WHAT },
    { HAS(service),  HAS(voice),    "ask_what_voice",    WHAT },
    { HAS(service),  HAS(file),     "ask_what_media",    WHAT },
    { HAS(service),  IS(pin_doubted), "ask_pin",         WHAT },
    { HAS(service),  HAS(place),    "ask_what_here",     WHAT },
    { HAS(service),  NULL,          "ask_what",          WHAT },

    { HAS(told),     NULL,          "ask_words",         WORDS },

    { HAS(place),    IS(urgent),    "ask_place_urgent",  PLACE },
    { HAS(place),    HAS(hint),     "ask_place_hint",    PLACE },
    { HAS(place),    HAS(photo),    "ask_place_photo",   PLACE },
    { HAS(place),    HAS(file),     "ask_place_media",   PLACE },
    { HAS(place),    NULL,          "ask_place",         PLACE }
};


_Static_assert(sizeof(civic_needs_citizen) / sizeof(civic_need_t)
               == CIVIC_NEEDS_CITIZEN, "civic_flow.h counts the needs");
