
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Performs committed effects: one job per outbox row.  The worker that made
 * a row performs it at once; a row taken up again by the clock, or a message
 * that has moved up, comes the same way.  A job ends in exactly one of two
 * ways: its outcome went through an exchange (which closes the row), or it
 * was settled.
 */


#ifndef _NGX_CIVIC_OUTBOX_H_INCLUDED_
#define _NGX_CIVIC_OUTBOX_H_INCLUDED_


#include "app/ngx_civic_exchange.h"
#include "app/ngx_civic_settle.h"


typedef struct ngx_civic_job_s  ngx_civic_job_t;


struct ngx_civic_job_s {
    ngx_queue_t                  queue;
    ngx_civic_worker_t          *worker;
    ngx_pool_t                  *pool;
    ngx_log_t                   *log;

    civic_out_t                  row;           /* as made or claimed */
    civic_who_t                  who;
    ngx_civic_key_t              key;           /* of the person */
    civic_payload_t              is;            /* payload, read */
    unsigned                     looked:1;      /* 311 does not know it */

    ngx_msec_t                   start_by;      /* or leave it to others */
    ngx_event_t                  timer;
    civic_sql_case_t             change;
    civic_case_t                 shown;

    /* the outcome, kept until it is committed */
    civic_event_t                event;
    const civic_sql_case_t      *answer;        /* &change or NULL */
    const civic_sql_kept_t      *kept;          /* NULL: no file */
    civic_sql_heard_t            words;
    const civic_sql_heard_t     *heard;         /* &words or NULL */
    const civic_out_t           *extra;
    const char                  *dead;
    ngx_civic_settle_t           settle;
};


void ngx_civic_outbox_init(ngx_civic_worker_t *w);

/*
 * Takes a row to perform after "delay" ms; "since" is when Postgres was asked
 * for it.  Everything is copied.  A worker that is leaving, or has too much
 * in hand, gives the row back.
 */
void ngx_civic_outbox_add(ngx_civic_worker_t *w, const civic_out_t *out,
    const civic_who_t *who, ngx_msec_t since);

/*
 * The same for a row as claim_outbox() and settle_outbox() return it: the
 * first columns are alike.
 */
void ngx_civic_outbox_take(ngx_civic_worker_t *w, const PGresult *res,
    int i, civic_out_e kind, const civic_who_t *who, ngx_msec_t since);

/*
 * Whether rows that are about to be made are this worker's to perform: not
 * when it has too much in hand or the peer's gate is closed.
 */
void ngx_civic_outbox_later(ngx_civic_worker_t *w, civic_sql_ops_t *ops);

/* Marks a message read, and may show "typing"; lost without harm. */
void ngx_civic_outbox_read(ngx_civic_worker_t *w, civic_str_t wamid,
    ngx_uint_t typing, ngx_pool_t *pool);

/* Whose share of a worker's hands a row takes: a slow peer fills its own. */
#define ngx_civic_job_share(kind)                                             \
    ((kind) == CIVIC_OUT_SEND ? NGX_CIVIC_WHATSAPP                            \
     : (kind) == CIVIC_OUT_WAIT || (kind) == CIVIC_OUT_FIND ? NGX_CIVIC_DESK  \
     : (kind) == CIVIC_OUT_FETCH || (kind) == CIVIC_OUT_HEAR                  \
       ? NGX_CIVIC_FILES                                                      \
     : NGX_CIVIC_311)

/* How often the peer was called for it, this time included. */
#define ngx_civic_job_tries(job)                                              \
    ((ngx_uint_t) (job)->row.attempts + (job)->row.waits                      \
     + (job)->row.doubts + 1)

/* A job for a row, of which everything is copied; NULL without memory. */
ngx_civic_job_t *ngx_civic_job_create(ngx_civic_worker_t *w,
    const civic_out_t *out, const civic_who_t *who);

/* Its time has come, its payload is read. */
void ngx_civic_job_ready(ngx_civic_job_t *job);

/*
 * The ends of a job.  "error" is a code or a word, NULL none; it must outlive
 * the job.
 *
 *   done     performed
 *   dead     will never be, an operator may look
 *   due      was not, again after "delay" ms
 *   unknown  may have been; again after "delay" ms unless it is settled
 *            before.  "tried": just now, not only looked for
 *   event    by an event of its person; strings are the job's
 */
void ngx_civic_job_done(ngx_civic_job_t *job, civic_str_t wamid);
void ngx_civic_job_dead(ngx_civic_job_t *job, const char *error);
void ngx_civic_job_due(ngx_civic_job_t *job, ngx_msec_t delay,
    const char *error);
void ngx_civic_job_unknown(ngx_civic_job_t *job, ngx_msec_t delay,
    ngx_uint_t doubts, ngx_uint_t tried);
void ngx_civic_job_event(ngx_civic_job_t *job, const civic_event_t *ev,
    const civic_sql_case_t *change, const civic_out_t *extra);

/* Gives it to whoever claims it next, with its doubt if it came with one. */
void ngx_civic_job_hand_back(ngx_civic_job_t *job, ngx_msec_t delay);

/* Back into its queue, to be started soon. */
void ngx_civic_job_queue(ngx_civic_job_t *job);

/* A code as text, of the job's pool. */
const char *ngx_civic_job_code(ngx_civic_job_t *job, int code);

/* Exponential backoff with jitter, ms: "base" s doubling to 5 minutes. */
ngx_msec_t ngx_civic_backoff(ngx_uint_t tries, ngx_uint_t base);

/*
 * The two peers, files, and voice notes.  NGX_OK: a call is under way;
 * NGX_DONE: the job has ended without one; NGX_BUSY: not now, the job stays
 * queued.
 */
ngx_int_t ngx_civic_graph_send(ngx_civic_job_t *job);
ngx_int_t ngx_civic_open311_perform(ngx_civic_job_t *job);
ngx_int_t ngx_civic_fetch(ngx_civic_job_t *job);
ngx_int_t ngx_civic_hear(ngx_civic_job_t *job);

/*
 * 311 cannot be asked now: what a citizen waits for ends as that, NGX_OK;
 * NGX_DECLINED: the job can wait.
 */
ngx_int_t ngx_civic_open311_give_up(ngx_civic_job_t *job);


#endif /* _NGX_CIVIC_OUTBOX_H_INCLUDED_ */
