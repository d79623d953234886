
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Timers are cancelable: nobody waits for them, the rows stay in Postgres.
 * An idle worker wakes twice in four seconds, to send an empty claim and to
 * read the answer; and looks at the file of the access token.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"


/* Between sweeps when nothing is known to be due before. */
#define NGX_CIVIC_SWEEP         4000
#define NGX_CIVIC_SWEEP_ROWS    64

/* The first look at 311's services, and the next one after a failure. */
#define NGX_CIVIC_SERVICES_SOON   100
#define NGX_CIVIC_SERVICES_AGAIN  10000


/* Lanes of the outbox, see conf/sql/001-schema.sql. */
#define NGX_CIVIC_LANES         5

#define NGX_CIVIC_CLAIM_PARAMS  2

typedef struct {
    ngx_civic_worker_t   *worker;
    ngx_pool_t           *pool;
    ngx_civic_pg_job_t    job;
    const char           *values[NGX_CIVIC_CLAIM_PARAMS];
    int                   lengths[NGX_CIVIC_CLAIM_PARAMS];
    int                   formats[NGX_CIVIC_CLAIM_PARAMS];
    u_char                rows[NGX_CIVIC_LANES * (NGX_INT_T_LEN + 1) + 2];
    u_char                unknown[NGX_INT_T_LEN + 1];
} ngx_civic_claim_t;


static void ngx_civic_clock_arm(ngx_event_t *ev, ngx_msec_t delay);
static void ngx_civic_clock_sweep(ngx_event_t *ev);
static ngx_uint_t ngx_civic_clock_rows(ngx_civic_worker_t *w,
    ngx_uint_t share);
static void ngx_civic_clock_claimed(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);
static ngx_int_t ngx_civic_clock_row(ngx_civic_worker_t *w, PGresult *res,
    int i, ngx_msec_t since);
static void ngx_civic_clock_services(ngx_event_t *ev);
static void ngx_civic_clock_heard(void *data,
    const ngx_civic_call_result_t *result);
static ngx_int_t ngx_civic_clock_offer(ngx_civic_worker_t *w,
    const ngx_civic_call_result_t *result, ngx_pool_t *pool);


void
ngx_civic_clock_init(ngx_civic_worker_t *w)
{
    w->sweep.handler = ngx_civic_clock_sweep;
    w->sweep.data = w;
    w->sweep.log = w->log;
    w->sweep.cancelable = 1;

    w->services.handler = ngx_civic_clock_services;
    w->services.data = w;
    w->services.log = w->log;
    w->services.cancelable = 1;

    /* workers started together do not sweep together */

    ngx_add_timer(&w->sweep, NGX_CIVIC_SWEEP / 2
                             + (ngx_msec_t) ngx_random() % NGX_CIVIC_SWEEP);
    ngx_add_timer(&w->services, NGX_CIVIC_SERVICES_SOON);
}


void
ngx_civic_clock_stop(ngx_civic_worker_t *w)
{
    if (w->sweep.timer_set) {
        ngx_del_timer(&w->sweep);
    }

    if (w->services.timer_set) {
        ngx_del_timer(&w->services);
    }
}


void
ngx_civic_clock_at(ngx_civic_worker_t *w, ngx_msec_t ms)
{
    ms = ngx_max(ms, 1);

    if (w->sweeping) {
        w->sweep_after = ngx_min(w->sweep_after, ms);
        return;
    }

    if (w->sweep.timer_set
        && (ngx_msec_int_t) (w->sweep.timer.key - ngx_current_msec)
           > (ngx_msec_int_t) ms)
    {
        ngx_civic_clock_arm(&w->sweep, ms);
    }
}


void
ngx_civic_clock_room(ngx_civic_worker_t *w)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CIVIC_SHARES; i++) {
        if ((w->sated & (1 << i)) && w->njobs[i] < NGX_CIVIC_JOBS_MAX) {
            w->sated &= ~(1 << i);
            ngx_civic_clock_at(w, 1);
        }
    }
}


void
ngx_civic_clock_refresh(ngx_civic_worker_t *w)
{
    /* whoever holds the lease, it ends now */

    (void) ngx_civic_services_lease(w->zone,
                                    ngx_current_msec + w->conf->refresh,
                                    ngx_current_msec);

    ngx_civic_clock_arm(&w->services, 1);
}


static void
ngx_civic_clock_arm(ngx_event_t *ev, ngx_msec_t delay)
{
    if (!ngx_exiting && !ngx_terminate) {
        ngx_add_timer(ev, delay);
    }
}


static void
ngx_civic_clock_sweep(ngx_event_t *ev)
{
    ngx_uint_t           rows;
    ngx_pool_t          *pool;
    ngx_civic_claim_t   *claim;
    ngx_civic_worker_t  *w;

    w = ev->data;

    if (ngx_exiting) {
        ngx_post_event(&w->pump, &ngx_posted_events);   /* gives back */
        return;
    }

    ngx_civic_token_look(w);

    if (ngx_civic_pg_stats(w->pg)->ready == 0) {
        ngx_civic_clock_arm(ev, NGX_CIVIC_SWEEP);
        return;
    }

    pool = ngx_create_pool(1024, w->log);
    claim = pool ? ngx_pcalloc(pool, sizeof(ngx_civic_claim_t)) : NULL;

    if (claim == NULL) {
        if (pool) {
            ngx_destroy_pool(pool);
        }

        ngx_civic_clock_arm(ev, NGX_CIVIC_SWEEP);
        return;
    }

    claim->worker = w;
    claim->pool = pool;

    rows = ngx_civic_clock_rows(w, NGX_CIVIC_WHATSAPP);

    claim->values[0] = (const char *) claim->rows;
    claim->values[1] = (const char *) claim->unknown;

    (void) ngx_sprintf(claim->rows, "{%ui,%ui,%ui,%ui,%ui}%Z", rows,
                       rows,
                       ngx_civic_clock_rows(w, NGX_CIVIC_311),
                       ngx_civic_clock_rows(w, NGX_CIVIC_DESK),
                       w->conf->media_path
                           ? ngx_civic_clock_rows(w, NGX_CIVIC_FILES) : 0);
    (void) ngx_sprintf(claim->unknown, "%M%Z", w->conf->unknown);

    claim->job.stmt = CIVIC_SQL_CLAIM_OUTBOX;

    /* the last of its group: it takes what is free of anybody's lock, and
       waits for nobody, while others may wait for what it has */

    claim->job.order = UINT64_MAX;
    claim->job.values = claim->values;
    claim->job.lengths = claim->lengths;
    claim->job.formats = claim->formats;
    claim->job.done = ngx_civic_clock_claimed;
    claim->job.data = claim;

    w->sweeping = 1;
    w->sweep_after = NGX_CIVIC_SWEEP;

    ngx_civic_pg_submit(w->pg, &claim->job);
}


/*
 * What a closed gate holds up stays in Postgres; one row may try the gate.
 * And so does what a slow peer would only let get old here.  The desk is not
 * slow: its rows in hand wait for a time, and those that are due do not.
 */

static ngx_uint_t
ngx_civic_clock_rows(ngx_civic_worker_t *w, ngx_uint_t share)
{
    ngx_uint_t  probe;

    if (share != NGX_CIVIC_DESK && w->njobs[share] >= NGX_CIVIC_JOBS_MAX) {
        w->sated |= 1 << share;
        return 0;
    }

    probe = 0;

    if (share < NGX_CIVIC_PEERS
        && ngx_civic_gate_look(w->zone, share, ngx_current_msec, &probe))
    {
        return 0;
    }

    return probe ? 1 : NGX_CIVIC_SWEEP_ROWS;
}


static void
ngx_civic_clock_claimed(ngx_civic_pg_job_t *job, ngx_int_t rc, PGresult *res)
{
    ngx_uint_t           i, n, lane, more;
    ngx_civic_claim_t   *claim;
    ngx_civic_worker_t  *w;
    ngx_uint_t           got[NGX_CIVIC_LANES] = { 0 };

    claim = job->data;
    w = claim->worker;

    more = 0;
    n = rc == NGX_OK ? PQntuples(res) : 0;

    for (i = 0; i < n; i++) {
        lane = (ngx_uint_t) ngx_civic_pg_int8(res, i, 1);

        /* a full lane says there is more */

        if (lane < NGX_CIVIC_LANES && ++got[lane] == NGX_CIVIC_SWEEP_ROWS) {
            more = 1;
        }

        /* behind what is nobody's yet there may be one to try a gate with */

        if (ngx_civic_clock_row(w, res, i, job->submitted) != NGX_OK) {
            more = 1;
        }
    }

    ngx_destroy_pool(claim->pool);

    w->sweeping = 0;

    ngx_civic_clock_arm(&w->sweep, more ? 1 : w->sweep_after);
}


static ngx_int_t
ngx_civic_clock_row(ngx_civic_worker_t *w, PGresult *res, int i,
    ngx_msec_t since)
{
    civic_who_t  who;
    civic_out_e  kind;

    if (civic_out_of_name(ngx_civic_core_str(ngx_civic_pg_str(res, i, 9)),
                          &kind)
        != CIVIC_OK)
    {
        return NGX_DECLINED;    /* nobody's yet, or a later version's kind */
    }

    ngx_memzero(&who, sizeof(civic_who_t));

    who.user_id = ngx_civic_core_str(ngx_civic_pg_str(res, i, 10));
    who.phone = ngx_civic_core_str(ngx_civic_pg_str(res, i, 11));

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_CLAIMED);

    ngx_civic_outbox_take(w, res, i, kind, &who, since);

    return NGX_OK;
}


/* One worker of the machine asks; all of them read the answer in the zone. */

static void
ngx_civic_clock_services(ngx_event_t *ev)
{
    u_char                    *p;
    ngx_msec_t                 next;
    ngx_pool_t                *pool;
    civic_arena_t              a;
    ngx_civic_worker_t        *w;
    ngx_civic_main_conf_t     *conf;
    ngx_civic_call_request_t   req;
    u_char                     uri[256];

    w = ev->data;
    conf = w->conf;
    next = conf->refresh;

    pool = ngx_create_pool(512, w->log);

    if (pool
        && ngx_civic_services_lease(w->zone, ngx_current_msec,
                                    ngx_current_msec + conf->refresh)
           == NGX_OK)
    {
        ngx_memzero(&req, sizeof(ngx_civic_call_request_t));

        p = ngx_snprintf(uri, sizeof(uri), "%V/services.json",
                         &conf->open311);
        req.uri.data = uri;
        req.uri.len = p - uri;

        a = ngx_civic_arena(pool);
        req.args = ngx_civic_str(civic_open311_args(
                               ngx_civic_core_str(conf->jurisdiction), &a));

        req.method = NGX_HTTP_GET;
        req.max_answer = CIVIC_311_BODY_MAX;
        req.handler = ngx_civic_clock_heard;
        req.data = w;

        if (ngx_civic_call(&w->open311, &req) != NGX_OK) {
            next = NGX_CIVIC_SERVICES_AGAIN;
        }
    }

    if (pool) {
        ngx_destroy_pool(pool);
    }

    ngx_civic_clock_arm(ev, next);
}


static void
ngx_civic_clock_heard(void *data, const ngx_civic_call_result_t *result)
{
    ngx_int_t            rc;
    ngx_pool_t          *pool;
    ngx_civic_worker_t  *w;

    w = data;

    pool = ngx_create_pool(4096, w->log);

    rc = NGX_ERROR;

    ngx_post_event(&w->pump, &ngx_posted_events);   /* a call has ended */

    if (pool) {
        rc = ngx_civic_clock_offer(w, result, pool);
        ngx_destroy_pool(pool);
    }

    if (rc == NGX_OK) {
        return;
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_CALL_311_FAILED);

    ngx_log_error(NGX_LOG_WARN, w->log, 0,
                  "civic: no service list from 311 (HTTP %ui), the last one "
                  "known or the city's file stands", result->status);

    (void) ngx_civic_services_lease(w->zone, ngx_current_msec
                                             + w->conf->refresh,
                                ngx_current_msec + NGX_CIVIC_SERVICES_AGAIN);

    if (!ngx_exiting) {
        ngx_add_timer(&w->services, NGX_CIVIC_SERVICES_AGAIN);
    }
}


static ngx_int_t
ngx_civic_clock_offer(ngx_civic_worker_t *w,
    const ngx_civic_call_result_t *result, ngx_pool_t *pool)
{
    size_t                  n;
    u_char                  flags[NGX_CIVIC_SERVICES_MAX];
    civic_arena_t           a;
    ngx_uint_t              foreign;
    const civic_city_t     *city;
    civic_311_service_t    *list, *s;
    const civic_service_t  *own;

    city = w->conf->city;
    a = ngx_civic_arena(pool);

    if (result->kind != NGX_CIVIC_CALL_ANSWERED
        || civic_open311_services(result->status,
                                  ngx_civic_core_str(result->body), &a,
                                  &list, &n)
           != CIVIC_OK
        || n == 0)
    {
        return NGX_ERROR;
    }

    ngx_memzero(flags, sizeof(flags));
    foreign = 0;

    for (s = list; s; s = s->next) {
        own = civic_city_service(city, s->code);

        if (own == NULL) {
            foreign += !s->hidden;
            continue;
        }

        flags[own - city->services] =
                           (s->hidden ? 0 : NGX_CIVIC_OFFERED)
                           | (s->blackbox ? NGX_CIVIC_BLACKBOX : 0);
    }

    if (foreign) {
        ngx_log_error(NGX_LOG_NOTICE, w->log, 0,
                      "civic: 311 offers %ui services that categories.csv "
                      "does not have", foreign);
    }

    ngx_civic_services_set(w->zone, flags, city->nservices, ngx_time());

    return NGX_OK;
}
