
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One statement, offered until Postgres has taken it if the caller insists:
 * what a peer answered cannot be had twice.
 */


#include "app/ngx_civic_clock.h"


/* Wait before what became of a row is told to Postgres again. */
#define NGX_CIVIC_SETTLE_AGAIN  500


static void ngx_civic_settle_answer(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);
static void ngx_civic_settle_again(ngx_event_t *ev);


ngx_int_t
ngx_civic_settle(ngx_civic_settle_t *s)
{
    civic_arena_t  a;

    a = ngx_civic_arena(s->pool);

    s->row.next = !ngx_exiting;

    if (civic_sql_settle(&s->row, &a, s->values) != CIVIC_OK) {
        return NGX_ERROR;
    }

    s->again.handler = ngx_civic_settle_again;
    s->again.data = s;
    s->again.log = s->worker->log;

    s->job.stmt = CIVIC_SQL_SETTLE_OUTBOX;
    s->job.order = ngx_civic_person_order(&s->who);
    s->job.values = s->values;
    s->job.lengths = s->lengths;
    s->job.formats = s->formats;
    s->job.done = ngx_civic_settle_answer;
    s->job.data = s;

    ngx_civic_pg_submit(s->worker->pg, &s->job);

    return NGX_OK;
}


static void
ngx_civic_settle_answer(ngx_civic_pg_job_t *job, ngx_int_t rc, PGresult *res)
{
    ngx_civic_settle_t  *s;

    s = job->data;

    if (rc == NGX_OK && (s->row.delay || s->row.failed)) {
        ngx_civic_clock_at(s->worker, s->row.delay);
    }

    if (rc == NGX_OK && PQntuples(res) == 1) {
        ngx_civic_outbox_take(s->worker, res, 0, CIVIC_OUT_SEND, &s->who,
                              job->submitted);
    }

    if (rc == NGX_OK || rc == NGX_DECLINED) {
        s->done(s->data, rc);
        return;
    }

    if (s->insist && !ngx_exiting && !ngx_terminate) {
        ngx_add_timer(&s->again, NGX_CIVIC_SETTLE_AGAIN);
        return;
    }

    s->done(s->data, NGX_AGAIN);
}


static void
ngx_civic_settle_again(ngx_event_t *ev)
{
    ngx_civic_settle_t  *s;

    s = ev->data;

    ngx_civic_pg_submit(s->worker->pg, &s->job);
}
