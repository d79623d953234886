
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One job from its making to its end, of which there is exactly one.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_outbox.h"


/* Wait before an outcome is offered to Postgres again. */
#define NGX_CIVIC_EVENT_AGAIN   500


static void ngx_civic_job_timer(ngx_event_t *ev);
static void ngx_civic_job_free(ngx_civic_job_t *job);
static void ngx_civic_job_settle(ngx_civic_job_t *job, const char *state,
    ngx_msec_t delay, const char *error);
static void ngx_civic_job_settled(void *data, ngx_int_t rc);
static void ngx_civic_job_again(ngx_event_t *ev);
static void ngx_civic_job_committed(ngx_civic_exchange_t *ex, ngx_int_t rc);


ngx_civic_job_t *
ngx_civic_job_create(ngx_civic_worker_t *w, const civic_out_t *out,
    const civic_who_t *who)
{
    ngx_pool_t       *pool;
    civic_arena_t     a;
    ngx_civic_job_t  *job;

    pool = ngx_create_pool(2048, w->log);
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

    job->row = *out;
    job->row.payload = civic_arena_copy(&a, out->payload);
    job->row.ticket = civic_str("");

    job->who.user_id = civic_arena_copy(&a, who->user_id);
    job->who.phone = civic_arena_copy(&a, who->phone);
    job->who.parent_id = civic_str("");

    if (job->row.payload.data == NULL || job->who.phone.data == NULL
        || job->who.user_id.data == NULL)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    job->key = ngx_civic_person_key(w->zone, &job->who);

    job->timer.handler = ngx_civic_job_timer;
    job->timer.data = job;
    job->timer.log = w->log;
    job->timer.cancelable = 1;      /* the row stays */

    w->njobs[ngx_civic_job_share(out->kind)]++;

    return job;
}


static void
ngx_civic_job_timer(ngx_event_t *ev)
{
    ngx_civic_job_ready(ev->data);
}


void
ngx_civic_job_ready(ngx_civic_job_t *job)
{
    size_t         n;
    civic_arena_t  a;
    civic_event_t  ev;

    ngx_memzero(&ev, sizeof(civic_event_t));

    a = ngx_civic_arena(job->pool);

    switch (job->row.kind) {

    case CIVIC_OUT_WAIT:
        ev.kind = CIVIC_EV_DUE;
        ev.id = civic_arena_printf(&a, "%u", (unsigned) job->is.wait);
        ngx_civic_job_event(job, &ev, NULL, NULL);
        return;

    case CIVIC_OUT_FIND:
        ev.kind = CIVIC_EV_FOUND;
        ev.ticket = job->is.known.ticket;

        if (civic_sql_cases(job->row.payload, &a, &ev.cases, &n)
            != CIVIC_OK)
        {
            n = 0;
        }

        ev.ncases = n;
        ngx_civic_job_event(job, &ev, NULL, NULL);
        return;

    default:
        ngx_civic_job_queue(job);
    }
}


void
ngx_civic_job_queue(ngx_civic_job_t *job)
{
    ngx_queue_t         *queue;
    ngx_civic_worker_t  *w;

    w = job->worker;
    queue = job->row.kind == CIVIC_OUT_SEND ? &w->sends[job->row.notice]
            : job->row.kind == CIVIC_OUT_FETCH ? &w->fetches
            : job->row.kind == CIVIC_OUT_HEAR ? &w->voices
            : &w->requests;

    ngx_queue_insert_tail(queue, &job->queue);
    ngx_post_event(&w->pump, &ngx_posted_events);
}


static void
ngx_civic_job_free(ngx_civic_job_t *job)
{
    ngx_civic_worker_t  *w;

    w = job->worker;
    w->njobs[ngx_civic_job_share(job->row.kind)]--;
    ngx_civic_clock_room(w);

    if (job->timer.timer_set) {
        ngx_del_timer(&job->timer);
    }

    ngx_destroy_pool(job->pool);

    ngx_post_event(&w->pump, &ngx_posted_events);
}


void
ngx_civic_job_done(ngx_civic_job_t *job, civic_str_t wamid)
{
    job->settle.row.wamid = wamid;
    ngx_civic_job_settle(job, "done", 0, NULL);
}


void
ngx_civic_job_dead(ngx_civic_job_t *job, const char *error)
{
    ngx_civic_job_settle(job, "dead", 0, error);
}


void
ngx_civic_job_due(ngx_civic_job_t *job, ngx_msec_t delay, const char *error)
{
    ngx_civic_job_settle(job, "due", delay, error);
}


void
ngx_civic_job_unknown(ngx_civic_job_t *job, ngx_msec_t delay,
    ngx_uint_t doubts, ngx_uint_t tried)
{
    job->settle.row.doubts = doubts;
    job->settle.row.tried = tried;
    ngx_civic_job_settle(job, "unknown", delay, NULL);
}


void
ngx_civic_job_hand_back(ngx_civic_job_t *job, ngx_msec_t delay)
{
    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_OUTBOX_FULL);

    /* what the desk does by itself is its maker's for a moment only */

    if (job->row.claims == 0
        && ngx_civic_job_share(job->row.kind) == NGX_CIVIC_DESK)
    {
        ngx_civic_job_free(job);
        return;
    }

    if (job->row.doubts) {
        ngx_civic_job_unknown(job, delay, job->row.doubts, 0);
        return;
    }

    ngx_civic_job_due(job, delay, NULL);
}


const char *
ngx_civic_job_code(ngx_civic_job_t *job, int code)
{
    civic_arena_t  a;

    if (code == 0) {
        return NULL;
    }

    a = ngx_civic_arena(job->pool);

    return civic_arena_printf(&a, "%d", code).data;
}


static void
ngx_civic_job_settle(ngx_civic_job_t *job, const char *state,
    ngx_msec_t delay, const char *error)
{
    ngx_civic_settle_t  *s;

    s = &job->settle;

    s->worker = job->worker;
    s->pool = job->pool;
    s->who = job->who;
    s->insist = 1;
    s->done = ngx_civic_job_settled;
    s->data = job;

    s->row.id = job->row.id;
    s->row.state = state;
    s->row.claims = job->row.claims;
    s->row.attempts = job->row.attempts;
    s->row.waits = job->row.waits;
    s->row.template = job->row.template;
    s->row.delay = ngx_min(delay, INT32_MAX);
    s->row.error = error;

    if (ngx_civic_settle(s) != NGX_OK) {
        ngx_civic_job_free(job);        /* the lease will be over */
    }
}


static void
ngx_civic_job_settled(void *data, ngx_int_t rc)
{
    (void) rc;                          /* a claim finds what was not told */

    ngx_civic_job_free(data);
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
    job->timer.cancelable = 0;      /* the outcome is nowhere else */

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
    ex->outbox_id = job->row.id;
    ex->event = job->event;
    ex->change = job->answer;
    ex->kept = job->kept;
    ex->heard = job->heard;
    ex->extra = job->extra;
    ex->dead = job->dead;
    ex->done = ngx_civic_job_committed;
    ex->data = job;

    ngx_civic_exchange_start(ex);
}


static void
ngx_civic_job_committed(ngx_civic_exchange_t *ex, ngx_int_t rc)
{
    ngx_civic_job_t  *job;

    job = ex->data;

    ngx_destroy_pool(ex->pool);

    if (rc == NGX_AGAIN && !ngx_exiting && !ngx_terminate) {
        ngx_add_timer(&job->timer, NGX_CIVIC_EVENT_AGAIN);
        return;
    }

    /* a file, or its words, and 311's number together make a row that is due
       at once */

    if (job->kept || job->heard || (job->event.kind == CIVIC_EV_REGISTERED
                      && job->worker->conf->media_path))
    {
        ngx_civic_clock_at(job->worker, 1);
    }

    ngx_civic_job_free(job);
}


ngx_msec_t
ngx_civic_backoff(ngx_uint_t tries, ngx_uint_t base)
{
    ngx_msec_t  delay, longest;

    longest = ngx_max(base * 1000, 300000);
    delay = (ngx_msec_t) base * 1000 << ngx_min(tries, 8);
    delay = ngx_min(delay, longest);

    return delay - delay / 4 + (ngx_msec_t) ngx_random() % (delay / 2);
}
