
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Everything that can happen to a conversation: what a citizen sent, what
 * 311 or Postgres answered, what came due.  One flat record; fields that a
 * kind does not use are empty.  Strings are views into the caller's memory.
 */


#ifndef _CIVIC_EVENT_H_INCLUDED_
#define _CIVIC_EVENT_H_INCLUDED_


#include "core/base/civic_str.h"


typedef enum {
    CIVIC_EV_NONE = 0,

    /* from the citizen, over WhatsApp */
    CIVIC_EV_TEXT,              /* text */
    CIVIC_EV_TAP,               /* id (button, list row, template), text */
    CIVIC_EV_PIN,               /* lat lng, text = name and address if any */
    CIVIC_EV_PHOTO,             /* media, text = caption; also image files */
    CIVIC_EV_VOICE,             /* media */
    CIVIC_EV_VIDEO,             /* media, text = caption */
    CIVIC_EV_FILE,              /* media, text = caption */
    CIVIC_EV_STICKER,
    CIVIC_EV_CONTACT,           /* a shared card; phone when it is his own */
    CIVIC_EV_REACTION,          /* text = emoji, "" when taken back */
    CIVIC_EV_EDIT,              /* text = the new words */
    CIVIC_EV_REVOKE,
    CIVIC_EV_FORM,              /* a completed Flow: text = response JSON */
    CIVIC_EV_ORDER,
    CIVIC_EV_WELCOME,           /* the chat was opened for the first time */
    CIVIC_EV_UNUSABLE,          /* unsupported, unknown, broken media */
    CIVIC_EV_MOVED,             /* number or user id changed: new_* */

    /* what became of something we asked for; from here on not a message */
    CIVIC_EV_OURS,

    CIVIC_EV_REGISTERED = CIVIC_EV_OURS,    /* request_id, notice, due */
    CIVIC_EV_TOKEN,             /* 311 took it, the id comes later */
    CIVIC_EV_ACCEPTED,          /* 311 took it, there will be no id */
    CIVIC_EV_REFUSED,           /* 311 said no for good; text = its words */
    CIVIC_EV_UNKNOWN,           /* 311's answer never came */
    CIVIC_EV_UPDATED,           /* 311 took a correction */
    CIVIC_EV_NOT_UPDATED,
    CIVIC_EV_FOUND,             /* cases[], ncases; 0: none of this person */
    CIVIC_EV_STATUS,            /* cases[0] with what 311 says now */
    CIVIC_EV_NO_STATUS,         /* 311 did not answer: last known stands */
    CIVIC_EV_DUE,               /* a wait is over; id = which */
    CIVIC_EV_KEPT,              /* a file is on disk */
    CIVIC_EV_NOT_KEPT,          /* a file will not come; the message stands */
    CIVIC_EV_HEARD,             /* text = what a voice note says */
    CIVIC_EV_NOT_HEARD,         /* nobody knows what it says */

    CIVIC_EV_MAX
} civic_event_e;


/* One complaint as Postgres knows it, for lists and cards. */

typedef struct {
    int64_t      complaint_id;
    civic_str_t  ticket;
    civic_str_t  service;       /* code */
    civic_str_t  request_id;    /* 311's, "" while there is none */
    civic_str_t  state;         /* name of civic_case_e */
    civic_str_t  notes;         /* 311's words, plain text, may be "" */
    civic_str_t  place;         /* words, may be "" */
    uint16_t     ward;          /* 0 unknown */
    int64_t      filed;         /* UTC seconds */
    int64_t      changed;       /* UTC seconds of the last known change */
    int64_t      expected;      /* 311's promise, 0 none */
    unsigned     fresh:1;       /* from 311 just now, not from memory */
} civic_case_t;


typedef struct {
    civic_event_e  kind;
    civic_str_t    wamid;       /* "" for events that are not messages */
    int64_t        sent;        /* UTC seconds, by WhatsApp's clock */
    civic_str_t    text;
    civic_str_t    id;          /* of a button or row; of a wait */
    civic_str_t    media;       /* media id at WhatsApp */
    civic_str_t    mime;
    civic_str_t    digest;      /* SHA-256 of the file as told, base64 */
    double         lat;
    double         lng;

    /* the message this one answers to by quoting it, or reacts to */
    civic_str_t    quotes;      /* its wamid, "" none */
    civic_str_t    quoted;      /* if it is ours: the key of its text; the
                                   complaint it is about, if any: cases[0] */

    /* outcomes */
    int64_t        complaint_id;
    civic_str_t    ticket;
    civic_str_t    request_id;
    civic_str_t    notice;      /* 311's words for the citizen, plain */
    civic_str_t    place;       /* words of the complaint's place, or "" */
    int64_t        expected;    /* UTC seconds, 0 none */
    civic_case_t  *cases;
    size_t         ncases;
    uint8_t        draft;       /* of a voice note: the draft it was told in,
                                   0 none */

    unsigned       forwarded:1;
    unsigned       has_pin:1;   /* lat and lng are a place on earth */
} civic_event_t;


#endif /* _CIVIC_EVENT_H_INCLUDED_ */
