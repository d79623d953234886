
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One event of one person, from the lease to the commit: run the turn, send
 * one statement, publish the record, perform the effects.  The only place
 * where a conversation moves.
 *
 *   waiting -> leased -> sent -> committed | seen | failed
 *                ^        |
 *                +- stale-+
 *                +- quoted
 *                +- refused
 *
 * waiting  another event of the same person runs in this worker (ready
 *          queue) or in another one (timer), or there is no tracking number
 *          in hand (thirsty queue): that wait may be one with the lease, too
 * leased   ngx_civic_turn() ran the turn
 * sent     the pool has the job; it comes back exactly once
 * stale    the record was older than Postgres': the turn runs again
 * quoted   the message quotes one of ours that is about a complaint, or reacts
 *          to one: the turn runs again and knows it
 * refused  what is in the message is nothing that Postgres can keep: it runs
 *          once more as a message we cannot use, and the citizen is told so
 */


#ifndef _NGX_CIVIC_EXCHANGE_H_INCLUDED_
#define _NGX_CIVIC_EXCHANGE_H_INCLUDED_


#include "app/ngx_civic_app.h"


typedef struct ngx_civic_exchange_s  ngx_civic_exchange_t;

/*
 * NGX_OK       committed, now or before; acknowledge
 * NGX_AGAIN    did not happen, or nobody knows: let the sender send again
 * NGX_DECLINED was refused by Postgres
 */
typedef void (*ngx_civic_exchange_pt)(ngx_civic_exchange_t *ex, ngx_int_t rc);


struct ngx_civic_exchange_s {
    /* the caller's; all of it lives in "pool" until done() */
    ngx_civic_worker_t          *worker;
    ngx_pool_t                  *pool;
    civic_who_t                  who;
    const civic_who_t           *moved;
    civic_str_t                  name;
    civic_str_t                  number_id;     /* "" for outcomes */
    const char                  *kind;          /* "" for outcomes */
    int64_t                      outbox_id;     /* 0 for messages */
    civic_event_t                event;
    const civic_sql_case_t      *change;
    const civic_sql_kept_t      *kept;          /* a file, NULL */
    const civic_sql_heard_t     *heard;         /* what it says, NULL */
    const civic_out_t           *extra;         /* one more row, NULL */
    const char                  *dead;          /* see civic_sql_ops_t */
    unsigned                     record_only:1; /* note it, do not answer */
    ngx_civic_exchange_pt        done;
    void                        *data;

    /* the exchange's own */
    ngx_rbtree_node_t            node;          /* in worker->running */
    ngx_queue_t                  queue;         /* in another's waiting, or
                                                   in worker->ready */
    ngx_queue_t                  waiting;
    ngx_event_t                  timer;
    ngx_msec_t                   deadline;
    ngx_civic_key_t              key;
    ngx_civic_key_t              seen;
    uint64_t                     identity;
    uint64_t                     owner;
    ngx_civic_conv_entry_t       entry;
    civic_turn_t                 turn;
    civic_sql_ops_t              ops;
    ngx_civic_pg_job_t           job;
    const char                  *values[10];
    int                          lengths[10];
    int                          formats[10];
    unsigned                     fresh:1;       /* entry is from Postgres, or
                                                   comes from it */
    unsigned                     leased:1;
    unsigned                     looked:1;      /* what it quotes is told */
    unsigned                     thirsty:1;     /* in worker->thirsty */
    unsigned                     turned:1;      /* the turn wanted it */
    unsigned                     emptied:1;     /* Postgres refused what was
                                                   in the message */
};


/* Takes an exchange; done() may be called before it returns. */
void ngx_civic_exchange_start(ngx_civic_exchange_t *ex);

void ngx_civic_exchange_init(ngx_civic_worker_t *w);

/* Tracking numbers are in hand again: those who waited for one go on. */
void ngx_civic_exchange_quench(ngx_civic_worker_t *w);


#endif /* _NGX_CIVIC_EXCHANGE_H_INCLUDED_ */
