
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Performs committed effects: one job per outbox row.  The worker that made
 * a row performs it at once; a row taken up again by the clock comes the
 * same way.  A job ends in exactly one of two ways: its outcome went through
 * an exchange (which closes the row), or it was settled.
 */


#ifndef _NGX_CIVIC_OUTBOX_H_INCLUDED_
#define _NGX_CIVIC_OUTBOX_H_INCLUDED_


#include "app/ngx_civic_exchange.h"


typedef struct ngx_civic_job_s  ngx_civic_job_t;


struct ngx_civic_job_s {
    ngx_queue_t                  queue;
    ngx_civic_worker_t          *worker;
    ngx_pool_t                  *pool;
    ngx_log_t                   *log;

    civic_out_e                  kind;
    int64_t                      id;
    ngx_uint_t                   attempts;      /* before this one */
    ngx_uint_t                   doubts;        /* since it may have been
                                                   performed, 0: it was not */
    unsigned                     looked:1;      /* 311 does not know it */
    civic_who_t                  who;
    civic_str_t                  payload;
    civic_payload_t              is;            /* payload, read */

    ngx_msec_t                   start_by;      /* or leave it to others */
    ngx_event_t                  timer;
    civic_sql_case_t             change;
    civic_case_t                 shown;

    /* the outcome, kept until it is committed */
    civic_event_t                event;
    const civic_sql_case_t      *answer;        /* &change or NULL */
    const civic_out_t           *extra;
};


void ngx_civic_outbox_init(ngx_civic_worker_t *w);

/*
 * Takes a row to perform after "delay" ms; "since" is when Postgres was asked
 * for it.  Everything is copied.  When this worker has too much in hand the
 * row is left to a later claim, when it is exiting to the next one.
 */
void ngx_civic_outbox_add(ngx_civic_worker_t *w, const civic_out_t *out,
    const civic_who_t *who, ngx_msec_t since, ngx_uint_t attempts,
    ngx_uint_t doubts);

/* Marks a message read and shows "typing"; lost without harm. */
void ngx_civic_outbox_read(ngx_civic_worker_t *w, civic_str_t wamid,
    ngx_pool_t *pool);

/* Ends a job: its row becomes taken (doubtful), due, done or dead. */
void ngx_civic_job_settle(ngx_civic_job_t *job, const char *state,
    ngx_msec_t delay, civic_str_t wamid, int code);

/* Ends a job by an event of its person. */
void ngx_civic_job_event(ngx_civic_job_t *job, const civic_event_t *ev,
    const civic_sql_case_t *change, const civic_out_t *extra);

/* Exponential backoff with jitter, ms: 2 s doubling to 5 minutes. */
ngx_msec_t ngx_civic_backoff(ngx_uint_t attempts);

/* "delay", or the peer's Retry-After if that is longer: an hour at most. */
ngx_msec_t ngx_civic_put_off(ngx_msec_t delay, time_t retry_after);

/* The two kinds of peers; NGX_BUSY: not now, the job stays queued. */
ngx_int_t ngx_civic_graph_send(ngx_civic_job_t *job);
ngx_int_t ngx_civic_open311_perform(ngx_civic_job_t *job);


#endif /* _NGX_CIVIC_OUTBOX_H_INCLUDED_ */
