
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Jobs in hand: which, in what order, how fast.  What is said to which peer
 * is in ngx_civic_graph.c and ngx_civic_open311.c, and how a job ends in
 * ngx_civic_job.c.
 *
 * Messages of one person leave in order because Postgres gives out only the
 * first unfinished one.  A row that has been in hand for half its lease is
 * let go: somebody else may take it before the peer would have answered.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"
#include "store/ngx_civic_rate_zone.h"


/* Short of connections: the pump looks again. */
#define NGX_CIVIC_PUMP_AGAIN    20

/*
 * Rows a worker has no room for, or that a closed gate holds up: anybody may
 * take them after this.  While the gate stays closed nobody claims them.
 */
#define NGX_CIVIC_LATER         1000

/* A person's turn that comes within this is waited for in hand. */
#define NGX_CIVIC_PAIR_WAIT     1000


static void ngx_civic_outbox_pump(ngx_event_t *ev);
static void ngx_civic_outbox_drain(ngx_civic_worker_t *w, ngx_queue_t *queue);
static ngx_int_t ngx_civic_outbox_start(ngx_civic_worker_t *w,
    ngx_civic_job_t *job);
static ngx_int_t ngx_civic_outbox_send(ngx_civic_worker_t *w,
    ngx_civic_job_t *job);
static void ngx_civic_outbox_untried(ngx_civic_worker_t *w,
    ngx_civic_peer_e peer, ngx_uint_t probe);
static ngx_civic_job_t *ngx_civic_outbox_next(ngx_queue_t *queue);
static void ngx_civic_outbox_let_go(ngx_queue_t *queue);
static void ngx_civic_outbox_pump_after(ngx_civic_worker_t *w,
    ngx_msec_t ms);


void
ngx_civic_outbox_init(ngx_civic_worker_t *w)
{
    ngx_queue_init(&w->sends[0]);
    ngx_queue_init(&w->sends[1]);
    ngx_queue_init(&w->requests);
    ngx_queue_init(&w->fetches);
    ngx_queue_init(&w->voices);

    w->pump.handler = ngx_civic_outbox_pump;
    w->pump.data = w;
    w->pump.log = w->log;
}


void
ngx_civic_outbox_take(ngx_civic_worker_t *w, const PGresult *res, int i,
    civic_out_e kind, const civic_who_t *who, ngx_msec_t since)
{
    ngx_str_t     record;
    civic_out_t   out;
    civic_conv_t  conv;

    ngx_memzero(&out, sizeof(civic_out_t));

    out.kind = kind;
    out.id = ngx_civic_pg_int8(res, i, 0);
    out.notice = ngx_civic_pg_int8(res, i, 1) == 1;
    out.claims = ngx_civic_pg_int8(res, i, 2);
    out.attempts = ngx_civic_pg_int8(res, i, 3);
    out.waits = ngx_civic_pg_int8(res, i, 4);
    out.doubts = ngx_civic_pg_int8(res, i, 5);
    out.template = ngx_civic_pg_bool(res, i, 6);
    out.payload = ngx_civic_core_str(ngx_civic_pg_str(res, i, 8));

    record = ngx_civic_pg_str(res, i, 7);

    (void) civic_conv_load(&conv, record.data, record.len);

    out.seen = conv.seen;
    out.lang = conv.lang;

    if (kind != CIVIC_OUT_SEND) {
        out.tried = ngx_civic_pg_int8(res, i, 12);
    }

    ngx_civic_outbox_add(w, &out, who, since);
}


void
ngx_civic_outbox_later(ngx_civic_worker_t *w, civic_sql_ops_t *ops)
{
    ngx_uint_t  probe;

    if (ngx_exiting) {
        ops->later = 1;
        ops->later_311 = 1;
        ops->later_media = 1;
        return;
    }

    if (w->njobs[NGX_CIVIC_WHATSAPP] >= NGX_CIVIC_JOBS_MAX
        || ngx_civic_gate_look(w->zone, NGX_CIVIC_WHATSAPP, ngx_current_msec,
                               &probe))
    {
        ops->later = NGX_CIVIC_LATER;
    }

    if (w->njobs[NGX_CIVIC_311] >= NGX_CIVIC_JOBS_MAX
        || ngx_civic_gate_look(w->zone, NGX_CIVIC_311, ngx_current_msec,
                               &probe))
    {
        ops->later_311 = NGX_CIVIC_LATER;
    }

    if (w->njobs[NGX_CIVIC_FILES] >= NGX_CIVIC_JOBS_MAX) {
        ops->later_media = NGX_CIVIC_LATER;
    }
}


void
ngx_civic_outbox_add(ngx_civic_worker_t *w, const civic_out_t *out,
    const civic_who_t *who, ngx_msec_t since)
{
    ngx_uint_t        share;
    civic_arena_t     a;
    ngx_civic_job_t  *job;

    if (out->behind) {
        return;                 /* comes when the one before has left */
    }

    job = ngx_civic_job_create(w, out, who);

    if (job == NULL) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_OUTBOX_FULL);
        return;
    }

    job->start_by = since + out->delay + w->lease / 2;

    share = ngx_civic_job_share(out->kind);

    /* what was claimed for the desk waits for nobody */

    if (ngx_exiting
        || (w->njobs[share] > 2 * NGX_CIVIC_JOBS_MAX
            && (share != NGX_CIVIC_DESK || out->claims == 0)))
    {
        ngx_civic_job_hand_back(job, out->delay);
        return;
    }

    if (out->kind == CIVIC_OUT_SEND) {
        ngx_civic_job_queue(job);
        return;
    }

    a = ngx_civic_arena(job->pool);

    if (civic_sql_payload(job->row.payload, &a, &job->is) != CIVIC_OK) {
        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "civic: outbox row %L has an unreadable payload",
                      job->row.id);
        ngx_civic_job_dead(job, "unreadable");
        return;
    }

    if (out->delay) {
        ngx_add_timer(&job->timer, out->delay);
        return;
    }

    ngx_civic_job_ready(job);
}


/*
 * Starts what may go: answers, then notices, and what is for 311.  A peer
 * that is busy is tried when a call has ended.
 */

static void
ngx_civic_outbox_pump(ngx_event_t *ev)
{
    ngx_civic_worker_t  *w;

    w = ev->data;
    ev->timedout = 0;

    ngx_civic_outbox_drain(w, &w->sends[0]);

    if (ngx_queue_empty(&w->sends[0])) {
        ngx_civic_outbox_drain(w, &w->sends[1]);

    } else {
        ngx_civic_outbox_let_go(&w->sends[1]);
    }

    ngx_civic_outbox_drain(w, &w->requests);
    ngx_civic_outbox_drain(w, &w->fetches);
    ngx_civic_outbox_drain(w, &w->voices);

    /* short of connections with nothing under way: look again by time */

    if (((!ngx_queue_empty(&w->sends[0]) || !ngx_queue_empty(&w->sends[1]))
         && w->graph.running == 0)
        || (!ngx_queue_empty(&w->requests) && w->open311.running == 0)
        || (!ngx_queue_empty(&w->fetches) && w->media.running == 0
            && w->filing == 0)
        || (!ngx_queue_empty(&w->voices) && w->speech.running == 0))
    {
        ngx_civic_outbox_pump_after(w, NGX_CIVIC_PUMP_AGAIN);
    }
}


static void
ngx_civic_outbox_drain(ngx_civic_worker_t *w, ngx_queue_t *queue)
{
    ngx_civic_job_t  *job;

    while ((job = ngx_civic_outbox_next(queue)) != NULL) {

        if (ngx_civic_outbox_start(w, job) == NGX_BUSY) {
            ngx_queue_insert_head(queue, &job->queue);
            return;
        }
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

        if ((ngx_msec_int_t) (job->start_by - ngx_current_msec) > 0
            && !ngx_exiting)
        {
            return job;
        }

        ngx_civic_job_hand_back(job, 0);
    }

    return NULL;
}


/* What stands behind others does not outlive its lease there. */

static void
ngx_civic_outbox_let_go(ngx_queue_t *queue)
{
    ngx_civic_job_t  *job;

    job = ngx_civic_outbox_next(queue);

    if (job) {
        ngx_queue_insert_head(queue, &job->queue);
    }
}


/* NGX_BUSY: not now, nor those behind it; otherwise the job is under way. */

static ngx_int_t
ngx_civic_outbox_start(ngx_civic_worker_t *w, ngx_civic_job_t *job)
{
    ngx_int_t         rc;
    ngx_msec_t        wait;
    ngx_uint_t        probe;
    ngx_civic_peer_e  peer;

    if (job->row.kind == CIVIC_OUT_SEND) {
        return ngx_civic_outbox_send(w, job);
    }

    if (job->row.kind == CIVIC_OUT_FETCH) {
        return ngx_civic_fetch(job);
    }

    if (job->row.kind == CIVIC_OUT_HEAR) {
        return ngx_civic_hear(job);
    }

    peer = NGX_CIVIC_311;
    wait = ngx_civic_gate_look(w->zone, peer, ngx_current_msec, &probe);

    if (wait && ngx_civic_open311_give_up(job) == NGX_OK) {
        return NGX_OK;
    }

    if (wait) {
        ngx_civic_job_hand_back(job, NGX_CIVIC_LATER);
        return NGX_OK;
    }

    if (w->open311.running >= w->open311.max) {
        return NGX_BUSY;
    }

    /* another worker may just have begun to try it */

    if (ngx_civic_gate_pass(w->zone, peer, ngx_current_msec)) {
        ngx_civic_job_hand_back(job, NGX_CIVIC_LATER);
        return NGX_OK;
    }

    rc = ngx_civic_open311_perform(job);

    if (rc != NGX_OK) {
        ngx_civic_outbox_untried(w, peer, probe);
    }

    return rc;
}


/* The one that was to try a closed gate did not: the next one may. */

static void
ngx_civic_outbox_untried(ngx_civic_worker_t *w, ngx_civic_peer_e peer,
    ngx_uint_t probe)
{
    if (probe) {
        (void) ngx_civic_gate_shut(w->zone, peer, ngx_current_msec,
                                   NGX_CIVIC_PUMP_AGAIN, 0);
    }
}


/* The person's own pace goes before the number's: it holds nobody else up. */

static ngx_int_t
ngx_civic_outbox_send(ngx_civic_worker_t *w, ngx_civic_job_t *job)
{
    ngx_int_t               rc;
    ngx_msec_t              wait;
    ngx_uint_t              probe;
    ngx_civic_key_t         key;
    ngx_civic_main_conf_t  *conf;

    conf = w->conf;

    wait = ngx_civic_gate_look(w->zone, NGX_CIVIC_WHATSAPP, ngx_current_msec,
                               &probe);
    if (wait) {
        ngx_civic_job_hand_back(job, NGX_CIVIC_LATER);
        return NGX_OK;
    }

    if (w->graph.running >= w->graph.max) {
        return NGX_BUSY;
    }

    wait = ngx_civic_pair_take(w->zone, job->key, ngx_current_msec,
                               conf->pair_every, conf->pair_burst);

    if (wait > NGX_CIVIC_PAIR_WAIT) {
        ngx_civic_job_hand_back(job, wait);
        return NGX_OK;
    }

    if (wait) {
        job->timer.cancelable = 0;      /* an exiting worker gives it back */
        ngx_add_timer(&job->timer, wait);
        return NGX_OK;
    }

    wait = ngx_civic_rate_take(w->zone, conf->rate, ngx_current_msec);

    if (wait) {
        ngx_civic_pair_give(w->zone, job->key, conf->pair_every);
        ngx_civic_outbox_pump_after(w, wait);
        return NGX_BUSY;
    }

    key = job->key;

    if (ngx_civic_gate_pass(w->zone, NGX_CIVIC_WHATSAPP, ngx_current_msec)) {
        ngx_civic_job_hand_back(job, NGX_CIVIC_LATER);
        rc = NGX_DONE;
        probe = 0;

    } else {
        rc = ngx_civic_graph_send(job);
    }

    if (rc != NGX_OK) {
        ngx_civic_pair_give(w->zone, key, conf->pair_every);
        ngx_civic_rate_give(w->zone, conf->rate);
        ngx_civic_outbox_untried(w, NGX_CIVIC_WHATSAPP, probe);
    }

    return rc;
}


static void
ngx_civic_outbox_pump_after(ngx_civic_worker_t *w, ngx_msec_t ms)
{
    if (!w->pump.timer_set) {
        ngx_add_timer(&w->pump, ms);
    }
}
