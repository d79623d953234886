
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A webhook body of the WhatsApp Cloud API becomes messages and statuses in
 * the order they stand in it.  Signature and size were checked before.
 * Unknown objects, fields, kinds and keys are counted and skipped; a message
 * that is broken inside becomes CIVIC_EV_UNUSABLE, never an error.
 */


#ifndef _CIVIC_WA_IN_H_INCLUDED_
#define _CIVIC_WA_IN_H_INCLUDED_


#include "core/base/civic_arena.h"
#include "core/dialogue/civic_event.h"


#define CIVIC_WAMID_MAX      255    /* bytes; Meta's are under 100 */
#define CIVIC_USER_ID_MAX    160    /* "IN.ENT." + 128 alphanumerics */
#define CIVIC_PHONE_MAX      15     /* digits, E.164 */
#define CIVIC_NAME_MAX       240    /* bytes kept of a profile name */
#define CIVIC_TEXT_MAX       65536  /* bytes kept of a text or caption */
#define CIVIC_WA_DEPTH_MAX   64     /* brackets in brackets */
#define CIVIC_WA_UPDATES_MAX 20000  /* in one body; Meta says 1000 */


/* Who: either may be empty, not both (such a message is counted, skipped). */

typedef struct {
    civic_str_t  user_id;       /* BSUID */
    civic_str_t  parent_id;
    civic_str_t  phone;         /* digits without '+' */
} civic_who_t;


typedef struct civic_wa_message_s  civic_wa_message_t;
typedef struct civic_wa_status_s   civic_wa_status_t;


struct civic_wa_message_s {
    civic_wa_message_t  *next;
    civic_str_t          number_id;     /* phone_number_id it came to */
    civic_who_t          who;
    civic_who_t          moved;         /* CIVIC_EV_MOVED: the new identity,
                                           who is the old one */
    civic_str_t          name;          /* "" unknown; sanitised UTF-8 */
    civic_str_t          group_id;      /* not "": sent in a group */
    const char          *raw_kind;      /* "text", "poll_creation", ...: from
                                           a fixed list, else "other" */
    civic_event_t        event;         /* CIVIC_EV_CONTACT: id is his own
                                           number, if he shared that */
};


typedef enum {
    CIVIC_WA_FAILED = 0,
    CIVIC_WA_SENT,
    CIVIC_WA_DELIVERED,
    CIVIC_WA_READ,
    CIVIC_WA_PLAYED
} civic_wa_status_e;


struct civic_wa_status_s {
    civic_wa_status_t   *next;
    civic_str_t          number_id;     /* phone_number_id that sent it */
    civic_str_t          wamid;
    civic_wa_status_e    status;
    int64_t              at;            /* UTC seconds */
    int                  error;         /* code, 0 none */
    civic_str_t          callback;      /* biz_opaque_callback_data */
};


typedef struct {
    civic_wa_message_t  *messages;
    civic_wa_status_t   *statuses;
    unsigned             nmessages;
    unsigned             nstatuses;
    unsigned             nunknown;      /* objects, fields, statuses and
                                           nameless messages skipped; kinds
                                           too, but those are messages all
                                           the same (CIVIC_EV_UNUSABLE) */
    unsigned             nerrors;       /* value.errors */
    unsigned             naccount;      /* account-level events, notices
                                           that nobody wrote */
} civic_wa_batch_t;


/*
 * CIVIC_OK; CIVIC_DECLINED if it is not JSON, not an object, or beyond the
 * limits above as a whole (answer 400);
 * CIVIC_ERROR when memory is exhausted.  All strings are copies in the
 * arena, valid UTF-8, without NUL (U+0000 is dropped).
 */
int civic_wa_parse(civic_str_t body, const civic_arena_t *a,
    civic_wa_batch_t *batch);


#endif /* _CIVIC_WA_IN_H_INCLUDED_ */
