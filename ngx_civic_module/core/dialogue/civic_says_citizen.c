
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Every message to a citizen: its text, its shape, its buttons, and what a
 * thumb under it says.  When each is said stands in civic_flow_citizen.c.
 */


#include "core/dialogue/civic_flow.h"


#define BUTTONS   CIVIC_SHAPE_BUTTONS
#define PIN       CIVIC_SHAPE_PIN
#define MENUS     CIVIC_SHAPE_MENUS
#define USUAL     CIVIC_SHAPE_USUAL
#define SERVICES  CIVIC_SHAPE_SERVICES
#define CHOICES   CIVIC_SHAPE_CHOICES
#define CASES     CIVIC_SHAPE_CASES

#define FIXES     { "fix:place:", "fix:kind:", "fix:photo:", "fix:words:",    \
                    "fix:ask_gone:", "cmd:mine" }


const civic_say_t  civic_says_citizen[] = {

    { "hello",              BUTTONS, { "cmd:new", "cmd:mine",
                                       "cmd:language" } },
    { "hello_again",        MENUS,   { NULL } },
    { "help",               BUTTONS, { "cmd:new", "cmd:mine",
                                       "cmd:language" } },
    { "thanks",             BUTTONS, { NULL } },
    { "anything_else",      BUTTONS, { "cmd:new", "cmd:mine", "cmd:help" } },
    { "desk",               BUTTONS, { NULL } },
    { "my_data",            BUTTONS, { "cmd:mine" } },
    { "delete_data",        BUTTONS, { NULL } },
    { "choose_language",    BUTTONS, { "cmd:lang_hi", "cmd:lang_en",
                                       "cmd:lang_hi_latn" } },
    { "language_set",       BUTTONS, { "cmd:new", "cmd:mine", "cmd:help" } },

    { "ask_what",           MENUS,    { NULL } },
    { "ask_what_here",      USUAL,    { NULL } },
    { "ask_what_photo",     USUAL,    { NULL } },
    { "ask_what_voice",     USUAL,    { NULL } },
    { "ask_what_media",     USUAL,    { NULL } },
    { "which_kind",         MENUS,    { NULL } },
    { "service_gone",       MENUS,    { NULL } },
    { "not_understood",     MENUS,    { NULL } },
    { "no_complaints",      MENUS,    { NULL } },
    { "fix_kind",           MENUS,    { NULL } },
    { "pick_service",       SERVICES, { NULL } },
    { "choose",             CHOICES,  { NULL } },
    { "choose_here",        CHOICES,  { NULL } },
    { "ask_words",          BUTTONS,  { NULL } },
    { "offer_help",         BUTTONS, { "cmd:menu", "cmd:help",
                                       "cmd:cancel" } },
    { "desk_what",          BUTTONS, { "svc:OTHER", "cmd:menu",
                                       "cmd:cancel" } },

    { "ask_place",          PIN,     { NULL } },
    { "ask_place_photo",    PIN,     { NULL } },
    { "ask_place_media",    PIN,     { NULL } },
    { "ask_place_urgent",   PIN,     { NULL } },
    { "ask_place_hint",     PIN,     { NULL } },
    { "ask_place_exact",    PIN,     { NULL } },
    { "ask_place_more",     PIN,     { NULL } },
    { "no_last_place",      PIN,     { NULL } },
    { "place_unclear",      PIN,     { NULL } },
    { "outside_city",       PIN,     { NULL } },
    { "place_help",         BUTTONS, { "cmd:change", "cmd:help",
                                       "cmd:cancel" } },
    { "desk_place",         BUTTONS, { "cmd:change", "cmd:cancel" } },

    { "receipt",           BUTTONS, FIXES },
    { "receipt_ours",      BUTTONS, FIXES },
    { "receipt_saved",     BUTTONS, FIXES },
    { "receipt_held",      BUTTONS, FIXES },
    { "owed_saved",         BUTTONS, { NULL } },
    { "owed_held",          BUTTONS, { NULL } },
    { "owed_number",        BUTTONS, { NULL } },

    { "status_card",        BUTTONS, { "change:", "cmd:mine", "cmd:new" } },
    { "my_complaints",      CASES,   { NULL } },
    { "not_found",          BUTTONS, { "cmd:mine", "cmd:new" } },
    { "look_again",         BUTTONS, { "cmd:mine", "cmd:new" } },

    { "edit_what",          BUTTONS, { "edit:kind", "edit:place",
                                       "edit:words" } },
    { "change_what",        BUTTONS, FIXES },
    { "fix_place",          PIN,     { NULL } },
    { "fix_words",          BUTTONS, { "cmd:cancel" } },
    { "fix_photo",          BUTTONS, { "cmd:cancel" } },
    { "ask_gone",           BUTTONS, { "fix:gone:", "fix:words:",
                                       "cmd:mine" } },
    { "ask_pin",            BUTTONS, { "fix:here:", "cmd:menu" } },
    { "nothing_to_change",  BUTTONS, { "cmd:new", "cmd:mine" } },
    { "media_added",        BUTTONS, { "change:", "cmd:mine" } },
    { "media_not_kept",     BUTTONS, { NULL } },
    { "update_done",        BUTTONS, { NULL } },
    { "update_saved",       BUTTONS, { NULL } },
    { "update_kept",        BUTTONS, { NULL } },
    { "change_dropped",     BUTTONS, { NULL } },

    { "cancelled",          BUTTONS, { "cmd:new", "cmd:mine" } },
    { "nothing_to_cancel",  BUTTONS, { "cmd:new", "cmd:mine" } },
    { "stopped",            BUTTONS, { NULL } },
    { "resume",             BUTTONS, { "cmd:yes", "cmd:new" } },

    { "sticker",            BUTTONS, { NULL } },
    { "cannot_use",         BUTTONS, { NULL } },
    { "edit_again",         BUTTONS, { NULL } },

    { "misroute_emergency",     BUTTONS, { NULL } },
    { "misroute_sewer_worker",  BUTTONS, { NULL } },
    { "misroute_power",        BUTTONS, { NULL } },
    { "misroute_police",        BUTTONS, { NULL } },
    { "misroute_scheme",        BUTTONS, { NULL } },
    { "misroute_application",   BUTTONS, { NULL } },
    { "misroute_other",         BUTTONS, { NULL } },
    { "calm",                   BUTTONS, { "cmd:new", "cmd:mine" } }
};


const civic_thumb_t  civic_thumbs_citizen[] = {

    { "resume",             "cmd:yes",      "cmd:no" },
    { "ask_place_hint",     "cmd:yes",      NULL },
    { "ask_gone",           "fix:gone:",    NULL },
    { "ask_pin",            "fix:here:",    "cmd:menu" },

    { "receipt",            NULL,           "change:" },
    { "receipt_ours",       NULL,           "change:" },
    { "receipt_saved",      NULL,           "change:" },
    { "status_card",        NULL,           "change:" }
};


_Static_assert(sizeof(civic_says_citizen) / sizeof(civic_say_t)
               == CIVIC_SAYS_CITIZEN, "civic_flow.h counts the messages");

_Static_assert(sizeof(civic_thumbs_citizen) / sizeof(civic_thumb_t)
               == CIVIC_THUMBS_CITIZEN, "and the thumbs");
