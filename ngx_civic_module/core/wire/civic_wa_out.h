
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Bodies for POST /<version>/<phone_number_id>/messages, and what the answer
 * to one means (code table of the Cloud API).
 */


#ifndef _CIVIC_WA_OUT_H_INCLUDED_
#define _CIVIC_WA_OUT_H_INCLUDED_


#include "core/dialogue/civic_message.h"
#include "core/wire/civic_wa_in.h"


/*
 * The body without its address: "to" or "recipient" and callback data are
 * added when it is sent (civic_wa_address), because the outbox keeps the
 * message and the person's row keeps the address.  data NULL when memory is
 * exhausted or a limit of WhatsApp is broken, which is a fault of ours.
 */
civic_str_t civic_wa_message(const civic_message_t *m,
    const civic_arena_t *a);

/*
 * Puts "to" ('+' and digits) or, without a phone, "recipient" and
 * biz_opaque_callback_data = outbox id in decimal into a stored body.
 * data NULL when the stored body is not an object or memory is exhausted.
 */
civic_str_t civic_wa_address(civic_str_t stored, const civic_who_t *who,
    int64_t outbox_id, const civic_arena_t *a);

/*
 * The same words for a person whose 24-hour window is closed: the approved
 * template "name" in "lang", with the words as its only parameter, cut to
 * CIVIC_WA_OUTSIDE_MAX.  Buttons and lists stay behind.  A stored body that is
 * a template already comes back as it is; data NULL as of civic_wa_address().
 */
#define CIVIC_WA_OUTSIDE_MAX  900   /* UTF-16 units of 1024, the rest is the
                                       template's own text */

civic_str_t civic_wa_outside(civic_str_t stored, civic_str_t name,
    civic_str_t lang, const civic_arena_t *a);

/* Mark as read, and perhaps a typing indicator. */
civic_str_t civic_wa_read(civic_str_t wamid, int typing,
    const civic_arena_t *a);


typedef enum {
    CIVIC_WA_OK = 0,        /* accepted; wamid is set */
    CIVIC_WA_RETRY,         /* R: this message later, with backoff */
    CIVIC_WA_BUSY,          /* R: whatever is sent now would fare the same */
    CIVIC_WA_PAIR,          /* 131056: this person later, 4^attempt s */
    CIVIC_WA_WINDOW,        /* 131047: needs a template */
    CIVIC_WA_NEVER,         /* N: this message will not go */
    CIVIC_WA_ALERT,         /* A: account, token or billing: an operator */
    CIVIC_WA_DOUBT          /* it may have been sent: nobody knows */
} civic_wa_answer_e;


typedef struct {
    civic_wa_answer_e  kind;
    int                code;        /* Meta's code, 0 none */
    civic_str_t        wamid;
    unsigned           base;        /* seconds before the second try */
    unsigned           tries;       /* again, then given up: RETRY only */
} civic_wa_answer_t;


/*
 * Reads an answer.  "status" is the HTTP status; 0 with sent = 0: the call
 * never left (connection refused); with sent = 1: it may have been sent
 * (timeout, connection lost, answer too large).
 */
int civic_wa_answer(unsigned status, unsigned sent, civic_str_t body,
    const civic_arena_t *a, civic_wa_answer_t *answer);

/* The same for a status webhook that says "failed"; code 0: none was given. */
void civic_wa_failed(int code, civic_wa_answer_t *answer);


#endif /* _CIVIC_WA_OUT_H_INCLUDED_ */
