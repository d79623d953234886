
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The record of one conversation: what shared memory holds and what Postgres
 * keeps a snapshot of.  Fixed size, no pointers, no words of the citizen:
 * those are in the draft's row.  The bytes are the snapshot; a record whose
 * layout number is not ours is met as a stranger's (civic_conv_load).
 */


#ifndef _CIVIC_CONV_H_INCLUDED_
#define _CIVIC_CONV_H_INCLUDED_


#include "core/case/civic_ticket.h"
#include "core/city/civic_city.h"


#define CIVIC_CONV_LAYOUT       4
#define CIVIC_CONV_CHOICES      3
#define CIVIC_REQUEST_ID_MAX    64      /* bytes of 311's id in a record */
#define CIVIC_WINDOW            (24 * 3600)     /* seconds after a citizen's
                                           message in which WhatsApp takes
                                           more than templates */
#define CIVIC_MENU_MAX          24      /* bytes of a menu's name */


/* flags */
#define CIVIC_CONV_TOLD_NOTICE  0x0001  /* privacy notice was given */
#define CIVIC_CONV_HAS_WORDS    0x0002  /* the draft has a description */
#define CIVIC_CONV_HAS_PIN      0x0004
#define CIVIC_CONV_HAS_ADDRESS  0x0008  /* the draft has a typed place */
#define CIVIC_CONV_OWES_NUMBER  0x0010  /* 311's id came after the receipt */
#define CIVIC_CONV_LANG_CHOSEN  0x0020  /* chosen, not guessed: keep it */
#define CIVIC_CONV_DRAFT        0x0040  /* a draft is open; without it the
                                           fields of a draft still tell what
                                           was filed last */
#define CIVIC_CONV_OWES_SAVED   0x0080  /* the receipt was overtaken */
#define CIVIC_CONV_OWES_UPDATE  0x0100  /* so was the answer to a correction */
#define CIVIC_CONV_OWES_HELD    0x0200  /* 311 refused after the receipt */
#define CIVIC_CONV_GREETED      0x0400  /* the last greeting was a long one */
#define CIVIC_CONV_DOUBTS_PIN   0x0800  /* the draft's pin came right after a
                                           complaint: it may be a better one */
#define CIVIC_CONV_HAS_HINT     0x1000  /* the draft's typed place is not
                                           enough: a ward, a long road */
#define CIVIC_CONV_HAS_LAST     0x2000  /* a complaint was filed: last_* */
#define CIVIC_CONV_LAST_PIN     0x4000  /* and it had coordinates */
#define CIVIC_CONV_ASKED_GONE   0x8000  /* the last thing asked: is it to be
                                           taken back? */


/* bits of conv->files */
#define CIVIC_FILE_PHOTO        0x01
#define CIVIC_FILE_VOICE        0x02
#define CIVIC_FILE_OTHER        0x04


typedef struct {
    uint16_t  layout;
    uint8_t   state;            /* civic_state_e: what the citizen is asked */
    uint8_t   lang;             /* civic_lang_e */
    uint16_t  flags;
    uint8_t   tries;            /* answers we could not use, in a row */
    uint8_t   photos;           /* in the draft */

    /* UTC seconds */
    int64_t   seen;             /* of the last message: the 24-hour window */
    int64_t   drafted;          /* when the draft was last gone on with */
    int64_t   told;             /* when "ticket" was last filed or talked of */
    uint32_t  wait;             /* serial of the wait that counts now */
    uint16_t  ward;             /* of the draft's place, 0 unknown */
    uint8_t   awaits;           /* civic_state_e: whose answer we wait for */
    uint8_t   files;            /* CIVIC_FILE_*: kinds the draft has */

    int32_t   lat;              /* micro-degrees */
    int32_t   lng;

    int64_t   complaint_id;     /* the last one filed or talked about, 0 none;
                                   0 until Postgres numbered it */
    char      ticket[CIVIC_TICKET_MAX];
    char      request_id[CIVIC_REQUEST_ID_MAX];
    char      service[CIVIC_SERVICE_CODE_MAX + 1];      /* of the draft */
    char      choice[CIVIC_CONV_CHOICES][CIVIC_SERVICE_CODE_MAX + 1];
    char      menu[CIVIC_MENU_MAX];     /* menu being picked from */
    int32_t   last_lat;         /* where the last complaint was filed for: */
    int32_t   last_lng;         /* "the same place" */
    uint32_t  last_kind;        /* and what about: a hash of the service */
    uint32_t  spare;            /* no padding: the bytes are the snapshot */
    uint16_t  last_ward;
    char      danger[CIVIC_DANGER_MAX + 1];     /* kind of URGENT: in the
                                   draft's words, "" none */
    uint8_t   owes;             /* 1 + index in city->danger of what to do
                                   about it, not told yet; 0 nothing */
    uint8_t   draft;            /* serial of the draft, 0 before the first */
    uint8_t   hearing;          /* its voice notes that may still be heard
                                   before a question is asked; no padding
                                   behind: the bytes are the snapshot */
} civic_conv_t;


_Static_assert(sizeof(civic_conv_t) <= 352,
               "the record must leave room for the zone's node in 512 bytes");


void civic_conv_init(civic_conv_t *conv, civic_lang_e lang);

/*
 * Takes a snapshot in.  CIVIC_DECLINED (and a fresh record) if its size or
 * layout is not ours or a field is out of range: hostile bytes never reach
 * the dialogue.
 */
int civic_conv_load(civic_conv_t *conv, const void *bytes, size_t len);

/*
 * May somebody last heard at "seen" be sent free text now?  UTC seconds both;
 * seen 0 is not known: WhatsApp's own refusal (131047) tells.
 */
static inline int
civic_window_is_open(int64_t seen, int64_t now)
{
    return seen == 0 || now - seen < CIVIC_WINDOW;
}


#endif /* _CIVIC_CONV_H_INCLUDED_ */
