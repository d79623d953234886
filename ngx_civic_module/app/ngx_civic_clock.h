
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a worker does unasked: takes up outbox rows that are due and whose
 * worker is gone or put them off, and asks 311 which services it offers.
 */


#ifndef _NGX_CIVIC_CLOCK_H_INCLUDED_
#define _NGX_CIVIC_CLOCK_H_INCLUDED_


#include "app/ngx_civic_outbox.h"


void ngx_civic_clock_init(ngx_civic_worker_t *w);

/*
 * Sweeps after "ms", unless it would be sooner: a row is due then.  What is
 * far off is found by the sweeps that come anyway.
 */
void ngx_civic_clock_at(ngx_civic_worker_t *w, ngx_msec_t ms);

/* A job has ended: goes on sweeping if there was too much in hand for it. */
void ngx_civic_clock_room(ngx_civic_worker_t *w);

/* Asks 311 for its services at once: the list we have is not the present. */
void ngx_civic_clock_refresh(ngx_civic_worker_t *w);

void ngx_civic_clock_stop(ngx_civic_worker_t *w);


#endif /* _NGX_CIVIC_CLOCK_H_INCLUDED_ */
