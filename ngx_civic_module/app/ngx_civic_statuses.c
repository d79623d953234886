
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One batch at a time: two of a worker in one group of statements would lock
 * the same messages in two orders.  What moves a person's queue comes back
 * from Postgres and is settled under that person's lock; the webhooks are
 * answered when that is committed too.
 */


#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"
#include "app/ngx_civic_statuses.h"
#include "core/wire/civic_wa_out.h"


/*
 * Webhooks in one batch, and statuses after which no other one is added: 50
 * us each in Postgres, which has two seconds.  The rest is the next batch.
 */
#define NGX_CIVIC_STATUSES_MAX  1024
#define NGX_CIVIC_STATUSES_FULL 4096

/*
 * Seconds for which a status tells how the account is now.  Statuses that
 * were not acknowledged come for days: the trouble may be over by then, and
 * the next try will tell.
 */
#define NGX_CIVIC_STATUS_NEWS   300


typedef struct {
    ngx_civic_worker_t   *worker;
    ngx_pool_t           *pool;
    ngx_queue_t           webhooks;
    ngx_uint_t            n;                    /* of statuses */
    ngx_uint_t            nwebhooks;
    ngx_uint_t            pending;
    ngx_int_t             rc;
    ngx_civic_pg_job_t    job;
    const char           *values[1];
    int                   lengths[1];
    int                   formats[1];
} ngx_civic_batch_t;


static void ngx_civic_statuses_record(ngx_event_t *ev);
static ngx_int_t ngx_civic_statuses_fill(ngx_civic_batch_t *batch);
static void ngx_civic_statuses_recorded(ngx_civic_pg_job_t *job,
    ngx_int_t rc, PGresult *res);
static void ngx_civic_statuses_refused(ngx_civic_batch_t *batch);
static ngx_int_t ngx_civic_statuses_row(ngx_civic_batch_t *batch,
    const PGresult *res, int i);
static void ngx_civic_statuses_failed(ngx_civic_settle_t *s, int code,
    time_t at);
static void ngx_civic_statuses_settled(void *data, ngx_int_t rc);
static void ngx_civic_statuses_one_less(ngx_civic_batch_t *batch);


void
ngx_civic_statuses_init(ngx_civic_worker_t *w)
{
    ngx_queue_init(&w->statuses);

    w->record.handler = ngx_civic_statuses_record;
    w->record.data = w;
    w->record.log = w->log;
}


void
ngx_civic_statuses_add(ngx_civic_worker_t *w, ngx_civic_statuses_t *s)
{
    ngx_queue_insert_tail(&w->statuses, &s->queue);

    if (!w->recording) {
        ngx_post_event(&w->record, &ngx_posted_events);
    }
}


static void
ngx_civic_statuses_record(ngx_event_t *ev)
{
    ngx_pool_t          *pool;
    ngx_civic_batch_t   *batch;
    ngx_civic_worker_t  *w;

    w = ev->data;

    if (w->recording || ngx_queue_empty(&w->statuses)) {
        return;
    }

    pool = ngx_create_pool(4096, w->log);
    batch = pool ? ngx_pcalloc(pool, sizeof(ngx_civic_batch_t)) : NULL;

    if (batch == NULL) {
        if (pool) {
            ngx_destroy_pool(pool);
        }

        ngx_add_timer(ev, 100);
        return;
    }

    batch->worker = w;
    batch->pool = pool;
    batch->pending = 1;
    batch->rc = NGX_OK;
    ngx_queue_init(&batch->webhooks);

    if (ngx_civic_statuses_fill(batch) != NGX_OK) {
        batch->rc = NGX_AGAIN;
        ngx_civic_statuses_one_less(batch);

        ngx_post_event(&w->record, &ngx_posted_events);
        return;
    }

    batch->job.stmt = CIVIC_SQL_RECORD_STATUSES;
    batch->job.values = batch->values;
    batch->job.lengths = batch->lengths;
    batch->job.formats = batch->formats;
    batch->job.done = ngx_civic_statuses_recorded;
    batch->job.data = batch;

    /* the first of its group, before anybody's lock is taken */

    batch->job.order = 0;

    w->recording = 1;

    ngx_civic_pg_submit(w->pg, &batch->job);
}


static ngx_int_t
ngx_civic_statuses_fill(ngx_civic_batch_t *batch)
{
    ngx_uint_t                 n, max;
    ngx_queue_t               *q;
    civic_str_t                json;
    civic_arena_t              a;
    ngx_civic_worker_t        *w;
    ngx_civic_statuses_t      *s;
    const civic_wa_status_t  **lists;

    w = batch->worker;
    a = ngx_civic_arena(batch->pool);

    lists = ngx_palloc(batch->pool, NGX_CIVIC_STATUSES_MAX * sizeof(*lists));

    max = NGX_CIVIC_STATUSES_MAX;

    if (w->record_singly) {
        w->record_singly--;
        max = 1;
    }

    for (n = 0; n < max; n++) {

        if (ngx_queue_empty(&w->statuses)
            || batch->n >= NGX_CIVIC_STATUSES_FULL)
        {
            break;
        }

        q = ngx_queue_head(&w->statuses);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&batch->webhooks, q);

        s = ngx_queue_data(q, ngx_civic_statuses_t, queue);
        batch->n += s->n;

        if (lists) {
            lists[n] = s->list;
        }
    }

    batch->nwebhooks = n;

    if (lists == NULL) {
        return NGX_ERROR;
    }

    json = civic_sql_statuses(lists, n, &a);
    batch->values[0] = json.data;

    return json.data ? NGX_OK : NGX_ERROR;
}


static void
ngx_civic_statuses_recorded(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res)
{
    int                  i;
    ngx_civic_batch_t   *batch;
    ngx_civic_worker_t  *w;

    batch = job->data;
    w = batch->worker;

    w->recording = 0;
    ngx_post_event(&w->record, &ngx_posted_events);

    if (rc == NGX_DECLINED && ngx_civic_pg_is_data(res)) {
        ngx_civic_statuses_refused(batch);
        return;
    }

    batch->rc = rc == NGX_OK ? NGX_OK : NGX_AGAIN;

    for (i = 0; rc == NGX_OK && i < PQntuples(res); i++) {
        if (ngx_civic_statuses_row(batch, res, i) != NGX_OK) {
            batch->rc = NGX_AGAIN;
        }
    }

    if (rc == NGX_OK) {
        ngx_civic_count_n(w->zone, NGX_CIVIC_STAT_STATUSES, batch->n);
    }

    ngx_civic_statuses_one_less(batch);
}


/*
 * One of these webhooks has what Postgres will never take.  Each goes alone,
 * and the one that is refused again is acknowledged: it would come for seven
 * days, and the log has a line of it.
 */

static void
ngx_civic_statuses_refused(ngx_civic_batch_t *batch)
{
    ngx_civic_worker_t  *w;

    w = batch->worker;

    if (batch->nwebhooks > 1) {
        w->record_singly = batch->nwebhooks;

        ngx_queue_add(&batch->webhooks, &w->statuses);
        ngx_queue_init(&w->statuses);
        ngx_queue_add(&w->statuses, &batch->webhooks);
        ngx_queue_init(&batch->webhooks);

    } else {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_POISON);
    }

    batch->rc = NGX_OK;
    ngx_civic_statuses_one_less(batch);
}


/* A message that was not finished yet, or that failed after all. */

static ngx_int_t
ngx_civic_statuses_row(ngx_civic_batch_t *batch, const PGresult *res, int i)
{
    civic_arena_t        a;
    ngx_civic_settle_t  *s;

    a = ngx_civic_arena(batch->pool);

    s = ngx_pcalloc(batch->pool, sizeof(ngx_civic_settle_t));
    if (s == NULL) {
        return NGX_ERROR;
    }

    s->worker = batch->worker;
    s->pool = batch->pool;
    s->done = ngx_civic_statuses_settled;
    s->data = batch;

    s->row.id = ngx_civic_pg_int8(res, i, 0);
    s->who.user_id = civic_arena_copy(&a,
                          ngx_civic_core_str(ngx_civic_pg_str(res, i, 1)));
    s->who.phone = civic_arena_copy(&a,
                          ngx_civic_core_str(ngx_civic_pg_str(res, i, 2)));
    s->row.wamid = civic_arena_copy(&a,
                          ngx_civic_core_str(ngx_civic_pg_str(res, i, 3)));
    s->row.claims = -1;
    s->row.status = ngx_civic_pg_int8(res, i, 4);

    if (s->who.user_id.data == NULL || s->who.phone.data == NULL
        || s->row.wamid.data == NULL)
    {
        return NGX_ERROR;
    }

    s->row.attempts = ngx_civic_pg_int8(res, i, 8);
    s->row.waits = ngx_civic_pg_int8(res, i, 9);

    if (ngx_civic_pg_bool(res, i, 7)) {
        s->row.template = ngx_civic_pg_bool(res, i, 10);

        ngx_civic_statuses_failed(s, ngx_civic_pg_int8(res, i, 5),
                                  ngx_civic_pg_int8(res, i, 6));

    } else {
        s->row.state = "done";
    }

    batch->pending++;

    if (ngx_civic_settle(s) != NGX_OK) {
        batch->pending--;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * WhatsApp had accepted it and could not deliver: another try by its code, as
 * of a refusal, or the desk.
 */

static void
ngx_civic_statuses_failed(ngx_civic_settle_t *s, int code, time_t at)
{
    civic_arena_t        a;
    civic_wa_answer_t    answer;
    ngx_civic_worker_t  *w;

    w = s->worker;
    a = ngx_civic_arena(s->pool);

    civic_wa_failed(code, &answer);

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_FAILED);

    ngx_log_error(NGX_LOG_WARN, w->log, 0,
                  "civic: message %L failed after it was accepted: code %d",
                  s->row.id, code);

    s->row.failed = 1;
    s->row.state = "due";
    s->row.error = civic_arena_printf(&a, "%d", code).data;

    switch (answer.kind) {

    case CIVIC_WA_WINDOW:

        if (w->conf->template.len && !s->row.template) {
            s->row.template = 1;
            s->row.delay = 0;
            return;
        }

        break;

    case CIVIC_WA_PAIR:
        s->row.delay = ngx_civic_pair_refuse(w->zone,
                                             ngx_civic_person_key(w->zone,
                                                                  &s->who),
                                             s->row.waits++);
        return;

    case CIVIC_WA_ALERT:

        if (ngx_time() - at < NGX_CIVIC_STATUS_NEWS) {
            ngx_civic_peer_refuses(w, NGX_CIVIC_WHATSAPP, code);
            s->row.delay = NGX_CIVIC_REFUSED_DELAY;
            return;
        }

        /* fall through */

    case CIVIC_WA_BUSY:
        s->row.delay = ngx_civic_backoff(s->row.waits++, answer.base);
        return;

    case CIVIC_WA_NEVER:
        break;

    default:

        if (s->row.attempts < answer.tries) {
            s->row.delay = ngx_civic_backoff(s->row.attempts++, answer.base);
            return;
        }
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_DEAD);
    s->row.state = "dead";
}


static void
ngx_civic_statuses_settled(void *data, ngx_int_t rc)
{
    ngx_civic_batch_t  *batch;

    batch = data;

    /* a refusal for good would come again with every delivery */

    if (rc == NGX_AGAIN) {
        batch->rc = NGX_AGAIN;
    }

    ngx_civic_statuses_one_less(batch);
}


static void
ngx_civic_statuses_one_less(ngx_civic_batch_t *batch)
{
    ngx_queue_t           *q;
    ngx_civic_statuses_t  *s;

    if (--batch->pending) {
        return;
    }

    while (!ngx_queue_empty(&batch->webhooks)) {
        q = ngx_queue_head(&batch->webhooks);
        ngx_queue_remove(q);

        s = ngx_queue_data(q, ngx_civic_statuses_t, queue);
        s->done(s->data, batch->rc);
    }

    ngx_destroy_pool(batch->pool);
}
