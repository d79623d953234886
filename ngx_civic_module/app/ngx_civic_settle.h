
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Tells Postgres what became of an outbox row, under the lock of its person,
 * and takes in hand the message that moves up when one is through.  One row
 * a statement: in a group they stand in the order of persons, as exchanges
 * do, so that two groups never wait for each other in a circle.
 */


#ifndef _NGX_CIVIC_SETTLE_H_INCLUDED_
#define _NGX_CIVIC_SETTLE_H_INCLUDED_


#include "app/ngx_civic_app.h"


/*
 * NGX_OK        committed
 * NGX_DECLINED  Postgres refuses it for good
 * NGX_AGAIN     not committed, or nobody knows; never if "insist" is set, but
 *               by a worker that leaves
 */
typedef void (*ngx_civic_settle_pt)(void *data, ngx_int_t rc);


typedef struct {
    /* the caller's; all of it lives in "pool" until done() */
    ngx_civic_worker_t          *worker;
    ngx_pool_t                  *pool;
    civic_who_t                  who;
    civic_settle_t               row;           /* "next" is filled in */
    unsigned                     insist:1;      /* until it is committed */
    ngx_civic_settle_pt          done;
    void                        *data;

    /* its own */
    ngx_event_t                  again;
    ngx_civic_pg_job_t           job;
    const char                  *values[CIVIC_SETTLE_PARAMS];
    int                          lengths[CIVIC_SETTLE_PARAMS];
    int                          formats[CIVIC_SETTLE_PARAMS];
} ngx_civic_settle_t;


/* NGX_ERROR: no memory, done() is not called. */
ngx_int_t ngx_civic_settle(ngx_civic_settle_t *s);


#endif /* _NGX_CIVIC_SETTLE_H_INCLUDED_ */
