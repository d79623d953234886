
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A worker's life: what it opens in init_process and closes in exit_process,
 * and the small supplies every exchange needs.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_media.h"
#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"
#include "app/ngx_civic_signature.h"
#include "app/ngx_civic_statuses.h"


/* Numbers in hand below which more are asked for. */
#define NGX_CIVIC_TICKETS_LOW   32


static void *ngx_civic_arena_alloc(void *pool, size_t size);
static const char *ngx_civic_worker_check(void *data, const PGresult *res);
static void ngx_civic_tickets_add(ngx_civic_worker_t *w, uint64_t serial);
static void ngx_civic_tickets_reserved(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);


civic_arena_t
ngx_civic_arena(ngx_pool_t *pool)
{
    civic_arena_t  a;

    a.alloc = ngx_civic_arena_alloc;
    a.pool = pool;

    return a;
}


static void *
ngx_civic_arena_alloc(void *pool, size_t size)
{
    return ngx_pcalloc(pool, size);
}


ngx_civic_worker_t *
ngx_civic_worker_open(ngx_cycle_t *cycle, ngx_civic_main_conf_t *conf)
{
    ngx_civic_worker_t  *w;

    w = ngx_pcalloc(cycle->pool, sizeof(ngx_civic_worker_t));
    if (w == NULL) {
        return NULL;
    }

    w->conf = conf;
    w->zone = conf->zone;
    w->cycle = cycle;
    w->log = cycle->log;

    conf->pg.check = ngx_civic_worker_check;
    conf->pg.check_data = w;

    if (ngx_civic_signature_init(w) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "civic: OpenSSL has no HMAC-SHA256");
        ngx_civic_signature_free(w);
        return NULL;
    }

    ngx_civic_exchange_init(w);
    ngx_civic_outbox_init(w);
    ngx_civic_statuses_init(w);
    ngx_civic_token_open(w);

    w->pg = ngx_civic_pg_open(cycle, &conf->pg);
    if (w->pg == NULL) {
        ngx_civic_signature_free(w);
        return NULL;
    }

    ngx_civic_call_init(&w->graph, cycle, conf->ctx, conf->calls);
    ngx_civic_call_init(&w->open311, cycle, conf->ctx, conf->calls_311);
    ngx_civic_call_init(&w->media, cycle, conf->ctx,
                        2 * conf->calls_media);
    ngx_civic_call_init(&w->speech, cycle, conf->ctx, conf->calls_speech);

    if (conf->media_path && ngx_worker == 0) {
        ngx_civic_media_file_sweep(w);
    }

    ngx_civic_clock_init(w);

    return w;
}


void
ngx_civic_worker_close(ngx_civic_worker_t *w)
{
    ngx_civic_clock_stop(w);
    ngx_civic_call_close(&w->graph);
    ngx_civic_call_close(&w->open311);
    ngx_civic_call_close(&w->media);
    ngx_civic_call_close(&w->speech);
    ngx_civic_pg_close(w->pg);
    ngx_civic_signature_free(w);
}


/* Every new connection brings the key, and numbers when we are short. */

static const char *
ngx_civic_worker_check(void *data, const PGresult *res)
{
    int32_t              version;
    ngx_str_t            key;
    const char          *state;
    ngx_civic_worker_t  *w;

    w = data;

    if (PQntuples(res) != 1) {
        state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

        /* something undefined; other errors say nothing of the schema */

        return PQresultStatus(res) == PGRES_TUPLES_OK
               || (state && ngx_strncmp(state, "42", 2) == 0)
                   ? "no schema found, run util/migrate" : "connection lost";
    }

    version = ngx_civic_pg_int4(res, 0, 0);

    if (version != CIVIC_SQL_SCHEMA) {
        (void) ngx_snprintf(w->refusal, sizeof(w->refusal),
                            "schema version is %D, this module needs %d: %s%Z",
                            version, CIVIC_SQL_SCHEMA,
                            version < CIVIC_SQL_SCHEMA
                                ? "run util/migrate"
                                : "install the module that belongs to it");
        return (const char *) w->refusal;
    }

    key = ngx_civic_pg_str(res, 0, 1);

    if (key.len != sizeof(w->ticket_key)) {
        return "city_key.ticket_key is not 16 bytes";
    }

    ngx_memcpy(w->ticket_key, key.data, sizeof(w->ticket_key));

    w->lease = ngx_civic_pg_int4(res, 0, 2);

    (void) ngx_civic_tickets_ready(w);      /* nobody waits for them yet */

    return NULL;
}


/* A block that is not needed is given up: numbers are many. */

static void
ngx_civic_tickets_add(ngx_civic_worker_t *w, uint64_t serial)
{
    if (w->serial >= w->serial_end) {
        w->serial = serial;
        w->serial_end = serial + CIVIC_SQL_TICKETS;

    } else if (w->serial_next_end == 0) {
        w->serial_next = serial;
        w->serial_next_end = serial + CIVIC_SQL_TICKETS;
    }

    ngx_civic_exchange_quench(w);
}


ngx_int_t
ngx_civic_tickets_ready(ngx_civic_worker_t *w)
{
    ngx_civic_pg_job_t  *job;

    if (w->serial >= w->serial_end && w->serial_next_end) {
        w->serial = w->serial_next;
        w->serial_end = w->serial_next_end;
        w->serial_next_end = 0;
    }

    if (w->serial + NGX_CIVIC_TICKETS_LOW > w->serial_end
        && w->serial_next_end == 0 && !w->reserving)
    {
        job = ngx_calloc(sizeof(ngx_civic_pg_job_t), w->log);

        if (job) {
            job->stmt = CIVIC_SQL_RESERVE_TICKETS;
            job->done = ngx_civic_tickets_reserved;
            job->data = w;

            w->reserving = 1;
            ngx_civic_pg_submit(w->pg, job);
        }
    }

    return w->serial < w->serial_end ? NGX_OK : NGX_AGAIN;
}


ngx_int_t
ngx_civic_ticket_look(ngx_civic_worker_t *w, uint64_t *serial)
{
    *serial = w->serial;

    return w->serial < w->serial_end ? NGX_OK : NGX_AGAIN;
}


/* The next block is not ours to run into: it may be another worker's. */

ngx_int_t
ngx_civic_ticket_take(ngx_civic_worker_t *w)
{
    if (w->serial >= w->serial_end) {
        ngx_log_error(NGX_LOG_ALERT, w->log, 0,
                      "civic: a tracking number beyond its block");
        return NGX_AGAIN;
    }

    w->serial++;

    return NGX_OK;
}


static void
ngx_civic_tickets_reserved(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res)
{
    ngx_civic_worker_t  *w;

    w = job->data;
    w->reserving = 0;

    if (rc == NGX_OK && PQntuples(res) == 1) {
        ngx_civic_tickets_add(w, ngx_civic_pg_int8(res, 0, 0));
    }

    ngx_free(job);
}
