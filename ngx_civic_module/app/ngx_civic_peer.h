
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What is known of WhatsApp and of 311 as a whole, as opposed to one call:
 * the gate in the zone, and the one line in the log when it closes or opens.
 */


#ifndef _NGX_CIVIC_PEER_H_INCLUDED_
#define _NGX_CIVIC_PEER_H_INCLUDED_


#include "app/ngx_civic_app.h"
#include "store/ngx_civic_gate_zone.h"


/* ms until what an operator must mend first is due: the gate holds it up. */
#define NGX_CIVIC_REFUSED_DELAY  1000


void ngx_civic_peer_works(ngx_civic_worker_t *w, ngx_civic_peer_e peer);

/* retry_after: what the peer asked for, in seconds, or -1. */
void ngx_civic_peer_fails(ngx_civic_worker_t *w, ngx_civic_peer_e peer,
    time_t retry_after);

/* An operator has to mend something; "code" is what the peer said. */
void ngx_civic_peer_refuses(ngx_civic_worker_t *w, ngx_civic_peer_e peer,
    ngx_int_t code);

/* "delay", or the peer's Retry-After if that is longer: an hour at most. */
ngx_msec_t ngx_civic_put_off(ngx_msec_t delay, time_t retry_after);


/*
 * The secrets in use.  open() at the worker's start; the access token's file
 * is looked at now and then, and read anew when it has changed and the worker
 * may read it, so that a new token needs no reload.
 */
void ngx_civic_token_open(ngx_civic_worker_t *w);
void ngx_civic_token_look(ngx_civic_worker_t *w);


#endif /* _NGX_CIVIC_PEER_H_INCLUDED_ */
