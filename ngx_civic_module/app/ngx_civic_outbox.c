
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Jobs in hand: their order, their number, their end.  What is said to which
 * peer is in ngx_civic_graph.c and ngx_civic_open311.c.
 *
 * Messages of one person leave in order because Postgres gives out only the
 * first unfinished one.  A row that has been in hand for half its lease is
 * let go: somebody else may take it before the peer would have answered.
 */


#include "app/ngx_civic_clock.h"
#include "store/ngx_civic_rate_zone.h"


/* Rows settled in one call; a full batch is sent at once. */
#define NGX_CIVIC_SETTLE_MAX    256

/* Short of connections: the pump looks again. */
#define NGX_CIVIC_PUMP_AGAIN    20

/* Wait before what became of rows is told to Postgres again. */
#define NGX_CIVIC_SETTLE_AGAIN  500

/* Seconds a peer may put us off: what it sends is anything at all. */
#define NGX_CIVIC_PUT_OFF_MAX   3600


typedef struct {
    ngx_civic_worker_t   *worker;
    ngx_pool_t           *pool;
    ngx_event_t           again;
    ngx_civic_pg_job_t    job;
    const char           *values[1];
    int                   lengths[1];
    int                   formats[1];
} ngx_civic_flush_t;


static ngx_civic_job_t *ngx_civic_job_create(ngx_civic_worker_t *w,
    const civic_out_t *out, const civic_who_t *who);
static void ngx_civic_job_hand_back(ngx_civic_job_t *job, ngx_msec_t delay);
static void ngx_civic_job_due(ngx_event_t *ev);
static void ngx_civic_job_ready(ngx_civic_job_t *job);
static void ngx_civic_job_free(ngx_civic_job_t *job);
static void ngx_civic_job_again(ngx_event_t *ev);
static void ngx_civic_job_committed(ngx_civic_exchange_t *ex, ngx_int_t rc);
static ngx_civic_job_t *ngx_civic_outbox_next(ngx_queue_t *queue);
static void ngx_civic_outbox_pump(ngx_event_t *ev);
static void ngx_civic_outbox_later(ngx_civic_worker_t *w, ngx_msec_t ms);
static void ngx_civic_outbox_flush(ngx_event_t *ev);
static void ngx_civic_outbox_flushed(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);
static void ngx_civic_outbox_flush_again(ngx_event_t *ev);


void
ngx_civic_outbox_init(ngx_civic_worker_t *w)
{
    ngx_queue_init(&w->sends);
    ngx_queue_init(&w->requests);

    w->pump.handler = ngx_civic_outbox_pump;
    w->pump.data = w;
    w->pump.log = w->log;

    w->flush.handler = ngx_civic_outbox_flush;
    w->flush.data = w;
    w->flush.log = w->log;
}


void
ngx_civic_outbox_add(ngx_civic_worker_t *w, const civic_out_t *out,
    const civic_who_t *who, ngx_msec_t since, ngx_uint_t attempts,
    ngx_uint_t doubts)
{
    civic_arena_t     a;
    ngx_civic_job_t  *job;

    if (out->behind) {
        w->behind = 1;              /* claimed when the one before has left */
        return;
    }

    job = w->njobs < NGX_CIVIC_JOBS_MAX
              ? ngx_civic_job_create(w, out, who) : NULL;

    if (job == NULL) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_OUTBOX_FULL);
        return;
    }

    job->start_by = since + out->delay + w->lease / 2;
    job->attempts = attempts;
    job->doubts = doubts;

    if (ngx_exiting) {
        ngx_civic_job_hand_back(job, out->delay);
        return;
    }

    if (job->kind == CIVIC_OUT_SEND) {
        ngx_queue_insert_tail(&w->sends, &job->queue);
        ngx_post_event(&w->pump, &ngx_posted_events);
        return;
    }

    a = ngx_civic_arena(job->pool);

    if (civic_sql_payload(job->payload, &a, &job->is) != CIVIC_OK) {
        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "civic: outbox row %L has an unreadable payload",
                      job->id);
        ngx_civic_job_settle(job, "dead", 0, civic_str(""), 0);
        return;
    }

    if (out->delay) {
        ngx_add_timer(&job->timer, out->delay);
        return;
    }

    ngx_civic_job_ready(job);
}


static ngx_civic_job_t *
ngx_civic_job_create(ngx_civic_worker_t *w, const civic_out_t *out,
    const civic_who_t *who)
{
    ngx_pool_t       *pool;
    civic_arena_t     a;
    ngx_civic_job_t  *job;

    pool = ngx_create_pool(1024, w->log);
    if (pool == NULL) {
        return NULL;
    }

    job = ngx_pcalloc(pool, sizeof(ngx_civic_job_t));
    if (job == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    a = ngx_civic_arena(pool);

    job->worker = w;
    job->pool = pool;
    job->log = w->log;
    job->kind = out->kind;
    job->id = out->id;

    job->who.user_id = civic_arena_copy(&a, who->user_id);
    job->who.phone = civic_arena_copy(&a, who->phone);
    job->payload = civic_arena_copy(&a, out->payload);

    if (job->payload.data == NULL || job->who.phone.data == NULL
        || job->who.user_id.data == NULL)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    job->timer.handler = ngx_civic_job_due;
    job->timer.data = job;
    job->timer.log = w->log;
    job->timer.cancelable = 1;      /* the row stays */

    w->njobs++;

    return job;
}


/* To whoever claims it next, with its doubt if it came with one. */

static void
ngx_civic_job_hand_back(ngx_civic_job_t *job, ngx_msec_t delay)
{
    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_OUTBOX_FULL);

    ngx_civic_job_settle(job, job->doubts ? "taken" : "due", delay,
                         civic_str(""), 0);
}


static void
ngx_civic_job_due(ngx_event_t *ev)
{
    ngx_civic_job_ready(ev->data);
}


static void
ngx_civic_job_ready(ngx_civic_job_t *job)
{
    size_t               n;
    civic_arena_t        a;
    civic_event_t        ev;
    ngx_civic_worker_t  *w;

    w = job->worker;

    ngx_memzero(&ev, sizeof(civic_event_t));

    switch (job->kind) {

    case CIVIC_OUT_WAIT:
        a = ngx_civic_arena(job->pool);
        ev.kind = CIVIC_EV_DUE;
        ev.id = civic_arena_printf(&a, "%u", (unsigned) job->is.wait);
        ngx_civic_job_event(job, &ev, NULL, NULL);
        return;

    case CIVIC_OUT_FIND:
        a = ngx_civic_arena(job->pool);
        ev.kind = CIVIC_EV_FOUND;
        ev.ticket = job->is.known.ticket;

        if (civic_sql_cases(job->payload, &a, &ev.cases, &n) != CIVIC_OK) {
            n = 0;
        }

        ev.ncases = n;
        ngx_civic_job_event(job, &ev, NULL, NULL);
        return;

    default:
        ngx_queue_insert_tail(&w->requests, &job->queue);
        ngx_post_event(&w->pump, &ngx_posted_events);
    }
}


/*
 * Starts what may go; a peer that is busy is tried when a call has ended.  An
 * exiting worker begins nothing.
 */

static void
ngx_civic_outbox_pump(ngx_event_t *ev)
{
    ngx_msec_t           wait;
    ngx_civic_job_t     *job;
    ngx_civic_worker_t  *w;

    w = ev->data;
    ev->timedout = 0;

    while ((job = ngx_civic_outbox_next(&w->sends)) != NULL) {

        if (ngx_exiting) {
            ngx_civic_job_hand_back(job, 0);
            continue;
        }

        wait = ngx_civic_rate_take(w->zone, w->conf->rate, ngx_current_msec);

        if (wait) {
            ngx_queue_insert_head(&w->sends, &job->queue);
            ngx_civic_outbox_later(w, wait);
            break;
        }

        if (ngx_civic_graph_send(job) == NGX_BUSY) {
            ngx_queue_insert_head(&w->sends, &job->queue);
            ngx_civic_rate_give(w->zone, w->conf->rate);
            break;
        }
    }

    while ((job = ngx_civic_outbox_next(&w->requests)) != NULL) {

        if (ngx_exiting) {
            ngx_civic_job_hand_back(job, 0);
            continue;
        }

        if (ngx_civic_open311_perform(job) == NGX_BUSY) {
            ngx_queue_insert_head(&w->requests, &job->queue);
            break;
        }
    }

    /* short of connections with nothing under way: look again by time */

    if ((!ngx_queue_empty(&w->sends) && w->graph.running == 0)
        || (!ngx_queue_empty(&w->requests) && w->open311.running == 0))
    {
        ngx_civic_outbox_later(w, NGX_CIVIC_PUMP_AGAIN);
    }
}


/* The first job that may still be started; the others are given back. */

static ngx_civic_job_t *
ngx_civic_outbox_next(ngx_queue_t *queue)
{
    ngx_queue_t      *q;
    ngx_civic_job_t  *job;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        ngx_queue_remove(q);

        job = ngx_queue_data(q, ngx_civic_job_t, queue);

        if ((ngx_msec_int_t) (job->start_by - ngx_current_msec) > 0) {
            return job;
        }

        ngx_civic_job_hand_back(job, 0);
    }

    return NULL;
}


static void
ngx_civic_outbox_later(ngx_civic_worker_t *w, ngx_msec_t ms)
{
    if (!w->pump.timer_set) {
        ngx_add_timer(&w->pump, ms);
    }
}


static void
ngx_civic_job_free(ngx_civic_job_t *job)
{
    job->worker->njobs--;

    if (job->timer.timer_set) {
        ngx_del_timer(&job->timer);
    }

    ngx_destroy_pool(job->pool);
}


void
ngx_civic_job_settle(ngx_civic_job_t *job, const char *state,
    ngx_msec_t delay, civic_str_t wamid, int code)
{
    ngx_civic_worker_t  *w;
    civic_arena_t        a;
    civic_settle_t      *s;

    w = job->worker;

    if (w->settled_pool == NULL) {
        w->settled_pool = ngx_create_pool(4096, w->log);

        if (w->settled_pool
            && ngx_array_init(&w->settled, w->settled_pool,
                              NGX_CIVIC_SETTLE_MAX, sizeof(civic_settle_t))
               != NGX_OK)
        {
            ngx_destroy_pool(w->settled_pool);
            w->settled_pool = NULL;
        }
    }

    s = w->settled_pool ? ngx_array_push(&w->settled) : NULL;

    if (s) {
        a = ngx_civic_arena(w->settled_pool);

        s->id = job->id;
        s->state = state;
        s->attempts = job->attempts;
        s->delay = delay;
        s->code = code;
        s->wamid = civic_arena_copy(&a, wamid);

        if (s->wamid.data == NULL) {
            s->wamid.len = 0;
        }

        if (w->settled.nelts == NGX_CIVIC_SETTLE_MAX) {
            ngx_civic_outbox_flush(&w->flush);

        } else {
            ngx_post_event(&w->flush, &ngx_posted_events);
        }
    }

    ngx_civic_job_free(job);

    ngx_post_event(&w->pump, &ngx_posted_events);
}


/* Tells Postgres what became of rows, until it has heard it. */

static void
ngx_civic_outbox_flush(ngx_event_t *ev)
{
    int64_t              first;
    ngx_uint_t           i;
    civic_str_t          json;
    civic_arena_t        a;
    civic_settle_t      *s;
    ngx_civic_flush_t   *f;
    ngx_civic_worker_t  *w;

    w = ev->data;

    if (w->settled_pool == NULL) {
        return;
    }

    a = ngx_civic_arena(w->settled_pool);

    json = civic_sql_settle(w->settled.elts, w->settled.nelts, &a);
    f = ngx_pcalloc(w->settled_pool, sizeof(ngx_civic_flush_t));

    if (json.data == NULL || f == NULL) {
        ngx_destroy_pool(w->settled_pool);
        w->settled_pool = NULL;
        return;
    }

    f->worker = w;
    f->pool = w->settled_pool;
    f->values[0] = json.data;

    f->again.handler = ngx_civic_outbox_flush_again;
    f->again.data = f;
    f->again.log = w->log;

    s = w->settled.elts;
    first = s[0].id;

    for (i = 1; i < w->settled.nelts; i++) {
        first = ngx_min(first, s[i].id);
    }

    f->job.stmt = CIVIC_SQL_SETTLE_OUTBOX;
    f->job.order = first;
    f->job.values = f->values;
    f->job.lengths = f->lengths;
    f->job.formats = f->formats;
    f->job.done = ngx_civic_outbox_flushed;
    f->job.data = f;

    w->settled_pool = NULL;

    ngx_civic_pg_submit(w->pg, &f->job);
}


static void
ngx_civic_outbox_flushed(ngx_civic_pg_job_t *job, ngx_int_t rc, PGresult *res)
{
    ngx_civic_flush_t  *f;

    f = job->data;

    if (rc == NGX_OK && f->worker->behind) {
        f->worker->behind = 0;
        ngx_civic_clock_soon(f->worker);
    }

    /* an exiting worker leaves the rows to a claim, with their doubts */

    if (rc == NGX_OK || rc == NGX_DECLINED || ngx_exiting || ngx_terminate) {
        ngx_destroy_pool(f->pool);
        return;
    }

    ngx_add_timer(&f->again, NGX_CIVIC_SETTLE_AGAIN);
}


static void
ngx_civic_outbox_flush_again(ngx_event_t *ev)
{
    ngx_civic_flush_t  *f;

    f = ev->data;

    ngx_civic_pg_submit(f->worker->pg, &f->job);
}


/*
 * The outcome of a job is an event of its person; its strings are the job's.
 * While Postgres is away the job keeps the outcome and offers it again:
 * 311's answer cannot be had twice.
 */

void
ngx_civic_job_event(ngx_civic_job_t *job, const civic_event_t *ev,
    const civic_sql_case_t *change, const civic_out_t *extra)
{
    job->event = *ev;
    job->answer = change;
    job->extra = extra;

    job->timer.handler = ngx_civic_job_again;
    job->timer.data = job;
    job->timer.log = job->log;
    job->timer.cancelable = 1;      /* the row stays */

    ngx_civic_job_again(&job->timer);
}


/* Each try has a pool of its own: Postgres may be away for long. */

static void
ngx_civic_job_again(ngx_event_t *ev)
{
    ngx_pool_t            *pool;
    ngx_civic_job_t       *job;
    ngx_civic_exchange_t  *ex;

    job = ev->data;

    pool = ngx_create_pool(8192, job->log);
    ex = pool ? ngx_pcalloc(pool, sizeof(ngx_civic_exchange_t)) : NULL;

    if (ex == NULL) {
        if (pool) {
            ngx_destroy_pool(pool);
        }

        ngx_civic_job_free(job);
        return;
    }

    ex->worker = job->worker;
    ex->pool = pool;
    ex->who = job->who;
    ex->kind = "";
    ex->outbox_id = job->id;
    ex->event = job->event;
    ex->change = job->answer;
    ex->extra = job->extra;
    ex->done = ngx_civic_job_committed;
    ex->data = job;

    ngx_civic_exchange_start(ex);
}


static void
ngx_civic_job_committed(ngx_civic_exchange_t *ex, ngx_int_t rc)
{
    ngx_civic_job_t     *job;
    ngx_civic_worker_t  *w;

    job = ex->data;
    w = job->worker;

    ngx_destroy_pool(ex->pool);

    if (rc == NGX_AGAIN && !ngx_exiting && !ngx_terminate) {
        ngx_add_timer(&job->timer, NGX_CIVIC_SETTLE_AGAIN);
        return;
    }

    ngx_civic_job_free(job);

    ngx_post_event(&w->pump, &ngx_posted_events);
}


ngx_msec_t
ngx_civic_backoff(ngx_uint_t attempts)
{
    ngx_msec_t  delay;

    delay = 2000 << ngx_min(attempts, 8);
    delay = ngx_min(delay, 300000);

    return delay - delay / 4 + (ngx_msec_t) ngx_random() % (delay / 2);
}


ngx_msec_t
ngx_civic_put_off(ngx_msec_t delay, time_t retry_after)
{
    ngx_msec_t  wait;

    wait = (ngx_msec_t) ngx_min(retry_after, NGX_CIVIC_PUT_OFF_MAX) * 1000;

    return retry_after > 0 ? ngx_max(delay, wait) : delay;
}
