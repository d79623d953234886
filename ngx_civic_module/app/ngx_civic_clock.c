
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Timers are cancelable: nobody waits for them, the rows stay in Postgres.
 * An idle worker wakes once in two seconds for one empty claim.
 */


#include "app/ngx_civic_clock.h"


#define NGX_CIVIC_SWEEP         2000
#define NGX_CIVIC_SWEEP_ROWS    64

/* More in hand than this, and no row is claimed: they would only get old. */
#define NGX_CIVIC_SWEEP_BELOW   256

/* The first look at 311's services, and the next one after a failure. */
#define NGX_CIVIC_SERVICES_SOON   100
#define NGX_CIVIC_SERVICES_AGAIN  10000


typedef struct {
    ngx_civic_worker_t   *worker;
    ngx_pool_t           *pool;
    ngx_civic_pg_job_t    job;
    const char           *values[1];
    int                   lengths[1];
    int                   formats[1];
    u_char                limit[NGX_INT_T_LEN + 1];
} ngx_civic_claim_t;


static void ngx_civic_clock_arm(ngx_event_t *ev, ngx_msec_t delay);
static void ngx_civic_clock_sweep(ngx_event_t *ev);
static void ngx_civic_clock_claimed(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);
static void ngx_civic_clock_row(ngx_civic_worker_t *w, PGresult *res, int i,
    ngx_msec_t since);
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
ngx_civic_clock_soon(ngx_civic_worker_t *w)
{
    if (w->sweeping) {
        w->sweep_again = 1;
        return;
    }

    ngx_civic_clock_arm(&w->sweep, 1);
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
    ngx_pool_t          *pool;
    ngx_civic_claim_t   *claim;
    ngx_civic_worker_t  *w;

    w = ev->data;

    if (ngx_exiting || w->njobs >= NGX_CIVIC_SWEEP_BELOW
        || ngx_civic_pg_stats(w->pg)->ready == 0)
    {
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
    claim->values[0] = (const char *) claim->limit;
    (void) ngx_sprintf(claim->limit, "%d%Z", NGX_CIVIC_SWEEP_ROWS);

    claim->job.stmt = CIVIC_SQL_CLAIM_OUTBOX;
    claim->job.values = claim->values;
    claim->job.lengths = claim->lengths;
    claim->job.formats = claim->formats;
    claim->job.done = ngx_civic_clock_claimed;
    claim->job.data = claim;

    w->sweeping = 1;
    w->sweep_again = 0;

    ngx_civic_pg_submit(w->pg, &claim->job);
}


static void
ngx_civic_clock_claimed(ngx_civic_pg_job_t *job, ngx_int_t rc, PGresult *res)
{
    int                  i, n;
    ngx_civic_claim_t   *claim;
    ngx_civic_worker_t  *w;

    claim = job->data;
    w = claim->worker;

    n = rc == NGX_OK ? PQntuples(res) : 0;

    for (i = 0; i < n; i++) {
        ngx_civic_clock_row(w, res, i, job->submitted);
    }

    ngx_destroy_pool(claim->pool);

    w->sweeping = 0;

    /* a full claim says there is more */

    ngx_civic_clock_arm(&w->sweep, n == NGX_CIVIC_SWEEP_ROWS || w->sweep_again
                                       ? 1 : NGX_CIVIC_SWEEP);
}


static void
ngx_civic_clock_row(ngx_civic_worker_t *w, PGresult *res, int i,
    ngx_msec_t since)
{
    civic_who_t  who;
    civic_out_t  out;

    ngx_memzero(&out, sizeof(civic_out_t));
    ngx_memzero(&who, sizeof(civic_who_t));

    out.id = ngx_civic_pg_int8(res, i, 0);

    if (civic_out_of_name(ngx_civic_core_str(ngx_civic_pg_str(res, i, 1)),
                          &out.kind)
        != CIVIC_OK)
    {
        return;                     /* a later version's kind */
    }

    who.user_id = ngx_civic_core_str(ngx_civic_pg_str(res, i, 4));
    who.phone = ngx_civic_core_str(ngx_civic_pg_str(res, i, 5));
    out.payload = ngx_civic_core_str(ngx_civic_pg_str(res, i, 6));

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_CLAIMED);

    if (out.kind == CIVIC_OUT_SEND) {
        w->behind = 1;              /* more of this person may be due */
    }

    ngx_civic_outbox_add(w, &out, &who, since, ngx_civic_pg_int8(res, i, 3),
                         ngx_civic_pg_int8(res, i, 2));
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
