
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One message to a telephone, in WhatsApp's terms but not yet in its JSON.
 * Every string already fits its limit (UTF-16 units, cut at grapheme
 * borders by civic_render).
 */


#ifndef _CIVIC_MESSAGE_H_INCLUDED_
#define _CIVIC_MESSAGE_H_INCLUDED_


#include "core/base/civic_str.h"


#define CIVIC_BUTTONS_MAX   3
#define CIVIC_ROWS_MAX      10
#define CIVIC_PARAMS_MAX    8


typedef enum {
    CIVIC_MSG_TEXT = 0,
    CIVIC_MSG_BUTTONS,
    CIVIC_MSG_LIST,
    CIVIC_MSG_ASK_PIN,          /* location_request_message */
    CIVIC_MSG_TEMPLATE
} civic_msg_kind_e;


typedef struct {
    civic_str_t       id;
    civic_str_t       title;
    civic_str_t       note;     /* rows only, may be "" */
} civic_choice_t;


typedef struct {
    civic_msg_kind_e  kind;
    civic_str_t       key;      /* of texts.csv */
    civic_str_t       ticket;   /* of the complaint it is about, "" none */
    civic_str_t       body;
    civic_str_t       footer;   /* may be "" */
    civic_str_t       list_button;
    civic_str_t       section;
    civic_choice_t    choice[CIVIC_ROWS_MAX];       /* buttons or rows */
    size_t            nchoices;

    civic_str_t       template_name;
    civic_str_t       template_lang;
    civic_str_t       param[CIVIC_PARAMS_MAX];
    size_t            nparams;
} civic_message_t;


#endif /* _CIVIC_MESSAGE_H_INCLUDED_ */
