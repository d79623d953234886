
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A file from WhatsApp: its id is asked for a URL, the URL for the bytes, and
 * Postgres is told what became of it.  The URL comes from outside and may
 * name any machine: it chooses among the operator's locations by its host,
 * and what no location is written for is not reached.
 *
 * Every try begins with the id, as a URL is over after five minutes.  Nothing
 * is lost by a fetch done twice, so whatever is doubtful is tried again.
 */


#include "app/ngx_civic_media.h"
#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"


/* Seconds before the next try, doubling: what a peer, or our own disk, was not
   up to; and what it said and makes no sense. */
#define NGX_CIVIC_FETCH_BACKOFF  2
#define NGX_CIVIC_FETCH_ODD      1

/* Tries of what makes no sense; and of a peer, every 5 minutes in the end:
   WhatsApp keeps a file for 7 days. */
#define NGX_CIVIC_FETCH_TRIES    3
#define NGX_CIVIC_FETCH_WAITS    2016

/* A description is some hundred bytes. */
#define NGX_CIVIC_FETCH_ANSWER   65536


typedef struct {
    ngx_civic_job_t             *job;
    ngx_msec_t                   began;
    int64_t                      told;          /* bytes, -1 unknown */
    ngx_civic_media_file_t       file;
    civic_sql_kept_t             kept;
    civic_out_t                  hear;
    const civic_media_type_t    *type;
    char                         name[CIVIC_MEDIA_NAME_MAX + 1];
} ngx_civic_fetch_t;


static ngx_int_t ngx_civic_fetch_call(ngx_civic_fetch_t *f, ngx_str_t *base,
    civic_str_t path, civic_str_t args, ngx_civic_sink_pt sink,
    ngx_civic_call_pt handler);
static ngx_msec_t ngx_civic_fetch_time(ngx_civic_worker_t *w);
static void ngx_civic_fetch_described(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_fetch_bytes(ngx_civic_fetch_t *f, civic_str_t url);
static ngx_int_t ngx_civic_fetch_sink(void *data, u_char *p, size_t len);
static void ngx_civic_fetch_ended(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_fetch_refused(ngx_civic_fetch_t *f, ngx_uint_t status);
static void ngx_civic_fetch_keep(ngx_civic_fetch_t *f);
static void ngx_civic_fetch_kept(void *data);
static ngx_int_t ngx_civic_fetch_hear(ngx_civic_fetch_t *f);
static void ngx_civic_fetch_event(ngx_civic_fetch_t *f, civic_event_e kind);
static void ngx_civic_fetch_odd(ngx_civic_fetch_t *f, const char *reason);
static void ngx_civic_fetch_wait(ngx_civic_fetch_t *f, const char *reason,
    time_t retry_after);
static void ngx_civic_fetch_refuse(ngx_civic_fetch_t *f, const char *reason);
static void ngx_civic_fetch_disk(ngx_civic_fetch_t *f);


ngx_int_t
ngx_civic_fetch(ngx_civic_job_t *job)
{
    civic_str_t             path;
    civic_arena_t           a;
    ngx_civic_fetch_t      *f;
    ngx_civic_worker_t     *w;

    w = job->worker;
    a = ngx_civic_arena(job->pool);

    /* two calls one after the other, of which the second is always let in; a
       slow disk keeps others waiting, too */

    if (w->media.running + w->filing >= w->conf->calls_media) {
        return NGX_BUSY;
    }

    f = ngx_pcalloc(job->pool, sizeof(ngx_civic_fetch_t));
    if (f == NULL) {
        return NGX_BUSY;
    }

    f->job = job;
    f->began = ngx_current_msec;
    f->file.fd = NGX_INVALID_FILE;
    f->kept.media_id = job->is.media_id;

    /* an id stands in a path of ours */

    if (!civic_media_id_is_safe(job->is.wa_id)) {
        ngx_civic_fetch_refuse(f, "id");
        return NGX_DONE;
    }

    path = civic_arena_printf(&a, "/%.*s", (int) job->is.wa_id.len,
                              job->is.wa_id.data);
    if (path.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_fetch_call(f, &w->conf->whatsapp, path, civic_str(""),
                                NULL, ngx_civic_fetch_described);
}


static ngx_int_t
ngx_civic_fetch_call(ngx_civic_fetch_t *f, ngx_str_t *base, civic_str_t path,
    civic_str_t args, ngx_civic_sink_pt sink, ngx_civic_call_pt handler)
{
    u_char                    *p;
    ngx_msec_t                 spent, time;
    ngx_civic_worker_t        *w;
    ngx_civic_call_request_t   req;

    w = f->job->worker;

    ngx_memzero(&req, sizeof(ngx_civic_call_request_t));

    req.uri.len = base->len + path.len;
    req.uri.data = ngx_pnalloc(f->job->pool, req.uri.len);

    if (req.uri.data == NULL) {
        return NGX_BUSY;
    }

    p = ngx_cpymem(req.uri.data, base->data, base->len);
    ngx_memcpy(p, path.data, path.len);

    spent = ngx_current_msec - f->began;
    time = ngx_civic_fetch_time(w);

    req.method = NGX_HTTP_GET;
    req.args = ngx_civic_str(args);
    req.max_answer = NGX_CIVIC_FETCH_ANSWER;
    req.sink = sink;
    req.timeout = spent < time ? time - spent : 1;
    req.handler = handler;
    req.data = f;

    return ngx_civic_call(&w->media, &req) == NGX_OK ? NGX_OK : NGX_BUSY;
}


/* A fetch begins in the first half of its lease, and is over in the second. */

static ngx_msec_t
ngx_civic_fetch_time(ngx_civic_worker_t *w)
{
    return ngx_min(w->conf->media_timeout, w->lease / 2 - w->lease / 16);
}


static void
ngx_civic_fetch_described(void *data, const ngx_civic_call_result_t *result)
{
    civic_arena_t          a;
    ngx_civic_fetch_t     *f;
    civic_media_answer_t   answer;

    f = data;
    a = ngx_civic_arena(f->job->pool);

    if (civic_media_answer(result->kind == NGX_CIVIC_CALL_ANSWERED
                               ? result->status : 0,
                           ngx_civic_core_str(result->body), &a, &answer)
        != CIVIC_OK)
    {
        answer.kind = CIVIC_MEDIA_BUSY;
    }

    switch (answer.kind) {

    case CIVIC_MEDIA_BUSY:
        ngx_civic_fetch_wait(f, ngx_civic_job_code(f->job, answer.code),
                             result->retry_after);
        return;

    case CIVIC_MEDIA_GONE:
        ngx_civic_fetch_refuse(f, "gone");
        return;

    case CIVIC_MEDIA_ODD:
        ngx_civic_fetch_odd(f, "unreadable");
        return;

    default: /* CIVIC_MEDIA_THERE */
        break;
    }

    f->told = answer.size;

    if (answer.size > (int64_t) f->job->worker->conf->media_max) {
        ngx_civic_fetch_refuse(f, "large");
        return;
    }

    if (answer.size == 0) {
        ngx_civic_fetch_odd(f, "empty");
        return;
    }

    ngx_civic_fetch_bytes(f, answer.url);
}


static void
ngx_civic_fetch_bytes(ngx_civic_fetch_t *f, civic_str_t url)
{
    int                     rc;
    civic_str_t             path, args;
    civic_arena_t           a;
    ngx_civic_job_t        *job;
    ngx_civic_main_conf_t  *conf;

    job = f->job;
    conf = job->worker->conf;
    a = ngx_civic_arena(job->pool);

    rc = civic_media_url(url, conf->media_hosts->elts,
                         conf->media_hosts->nelts, &a, &path, &args);

    if (rc == CIVIC_DECLINED) {
        ngx_civic_fetch_refuse(f, "address");
        return;
    }

    if (ngx_civic_media_file_open(&f->file, job->worker, job->pool,
                                  job->row.id, job->row.claims)
        != NGX_OK)
    {
        ngx_civic_fetch_disk(f);
        return;
    }

    if (rc != CIVIC_OK
        || ngx_civic_fetch_call(f, &conf->media_pass, path, args,
                                ngx_civic_fetch_sink, ngx_civic_fetch_ended)
           != NGX_OK)
    {
        ngx_civic_fetch_wait(f, NULL, -1);
    }
}


static ngx_int_t
ngx_civic_fetch_sink(void *data, u_char *p, size_t len)
{
    ngx_civic_fetch_t  *f;

    f = data;

    return ngx_civic_media_file_write(&f->file, p, len);
}


static void
ngx_civic_fetch_ended(void *data, const ngx_civic_call_result_t *result)
{
    ngx_civic_fetch_t  *f;

    f = data;

    if (f->file.large) {
        ngx_civic_fetch_refuse(f, "large");
        return;
    }

    if (f->file.err) {
        ngx_civic_fetch_disk(f);
        return;
    }

    if (result->kind != NGX_CIVIC_CALL_ANSWERED) {

        /* one that drips for ever does so every time */

        if (ngx_current_msec - f->began
            >= ngx_civic_fetch_time(f->job->worker))
        {
            ngx_civic_fetch_odd(f, "slow");

        } else {
            ngx_civic_fetch_wait(f, NULL, -1);
        }

        return;
    }

    if (result->status != NGX_HTTP_OK) {
        ngx_civic_fetch_refused(f, result->status);
        return;
    }

    if (f->file.size == 0) {
        ngx_civic_fetch_odd(f, "empty");
        return;
    }

    if (f->told > 0 && f->told != f->file.size) {
        ngx_civic_fetch_odd(f, "size");
        return;
    }

    ngx_civic_fetch_keep(f);
}


/* A URL that is over: the next try asks for another. */

static void
ngx_civic_fetch_refused(ngx_civic_fetch_t *f, ngx_uint_t status)
{
    if (status >= 300 && status < 400) {
        ngx_civic_fetch_refuse(f, "redirect");
        return;
    }

    if (status >= 500 || status == 429 || status == 408) {
        ngx_civic_fetch_wait(f, ngx_civic_job_code(f->job, status), -1);
        return;
    }

    ngx_civic_fetch_odd(f, ngx_civic_job_code(f->job, status));
}


static void
ngx_civic_fetch_keep(ngx_civic_fetch_t *f)
{
    ngx_civic_job_t  *job;

    job = f->job;

    f->type = civic_media_type(job->is.kind, f->file.head, f->file.nhead,
                               job->is.mime);
    if (f->type == NULL) {
        ngx_civic_fetch_refuse(f, "type");
        return;
    }

    if (ngx_civic_media_file_keep(&f->file, ngx_civic_fetch_kept, f)
        == NGX_OK)
    {
        return;
    }

    if (f->file.err == NGX_EAGAIN) {
        ngx_civic_fetch_wait(f, NULL, -1);      /* all threads have work */

    } else {
        ngx_civic_fetch_disk(f);
    }
}


static void
ngx_civic_fetch_kept(void *data)
{
    ngx_civic_job_t    *job;
    ngx_civic_fetch_t  *f;

    f = data;
    job = f->job;

    if (f->file.err) {
        ngx_civic_fetch_disk(f);
        return;
    }

    if (job->worker->media_blind) {
        job->worker->media_blind = 0;
        ngx_log_error(NGX_LOG_NOTICE, job->log, 0,
                      "civic: files can be written again");
    }

    civic_media_name(f->file.hash, f->type, f->name);
    f->name[2 * CIVIC_MEDIA_HASH] = '\0';

    f->kept.sha256 = f->name;
    f->kept.type = f->type->ext;
    f->kept.size = f->file.size;

    if (ngx_civic_fetch_hear(f) != NGX_OK) {
        ngx_civic_fetch_wait(f, NULL, -1);
        return;
    }

    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_MEDIA_KEPT);

    ngx_civic_fetch_event(f, CIVIC_EV_KEPT);
}


/* The row of a voice note for the speech service, where there is one. */

static ngx_int_t
ngx_civic_fetch_hear(ngx_civic_fetch_t *f)
{
    civic_arena_t     a;
    ngx_civic_job_t  *job;

    job = f->job;

    if (job->is.kind != CIVIC_MEDIA_VOICE
        || job->worker->conf->speech.len == 0)
    {
        return NGX_OK;
    }

    a = ngx_civic_arena(job->pool);

    f->hear.kind = CIVIC_OUT_HEAR;
    f->hear.payload = civic_sql_hear(&f->kept, job->is.draft, &a);

    return f->hear.payload.data ? NGX_OK : NGX_ERROR;
}


static void
ngx_civic_fetch_event(ngx_civic_fetch_t *f, civic_event_e kind)
{
    civic_event_t     ev;
    ngx_civic_job_t  *job;

    job = f->job;

    ngx_memzero(&ev, sizeof(civic_event_t));

    ev.kind = kind;
    ev.draft = job->is.draft;

    job->kept = &f->kept;
    ngx_civic_job_event(job, &ev, NULL,
                        f->hear.payload.data ? &f->hear : NULL);
}


static void
ngx_civic_fetch_odd(ngx_civic_fetch_t *f, const char *reason)
{
    ngx_civic_job_t  *job;

    job = f->job;

    if (job->row.attempts + 1 >= NGX_CIVIC_FETCH_TRIES) {
        ngx_civic_fetch_refuse(f, reason);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, job->log, 0,
                  "civic: file %L is not to be had: %s, attempt %ui",
                  job->row.id, reason, ngx_civic_job_tries(job));

    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_MEDIA_RETRIED);
    ngx_civic_media_file_drop(&f->file);

    ngx_civic_job_due(job, ngx_civic_backoff(job->row.attempts++,
                                             NGX_CIVIC_FETCH_ODD), reason);
}


/* "reason" is a code of the peer, or NULL. */

static void
ngx_civic_fetch_wait(ngx_civic_fetch_t *f, const char *reason,
    time_t retry_after)
{
    ngx_msec_t        delay;
    ngx_civic_job_t  *job;

    job = f->job;

    if (job->row.waits + 1 >= NGX_CIVIC_FETCH_WAITS) {
        ngx_civic_fetch_refuse(f, "late");
        return;
    }

    ngx_log_error(NGX_LOG_WARN, job->log, 0,
                  "civic: file %L could not be fetched: %s, attempt %ui",
                  job->row.id, reason ? reason : "no answer",
                  ngx_civic_job_tries(job));

    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_MEDIA_RETRIED);
    ngx_civic_media_file_drop(&f->file);

    delay = ngx_civic_backoff(job->row.waits++, NGX_CIVIC_FETCH_BACKOFF);

    ngx_civic_job_due(job, ngx_civic_put_off(delay, retry_after), reason);
}


static void
ngx_civic_fetch_refuse(ngx_civic_fetch_t *f, const char *reason)
{
    ngx_civic_job_t  *job;

    job = f->job;

    ngx_log_error(NGX_LOG_WARN, job->log, 0,
                  "civic: file %L is refused: %s", job->row.id, reason);

    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_MEDIA_REFUSED);
    ngx_civic_media_file_drop(&f->file);

    f->kept.reason = reason;

    ngx_civic_fetch_event(f, CIVIC_EV_NOT_KEPT);
}


/* The disk is full, or not ours: one loud line until a file was written. */

static void
ngx_civic_fetch_disk(ngx_civic_fetch_t *f)
{
    ngx_civic_job_t     *job;
    ngx_civic_worker_t  *w;

    job = f->job;
    w = job->worker;

    if (!w->media_blind) {
        w->media_blind = 1;
        ngx_log_error(NGX_LOG_CRIT, job->log, f->file.err,
                      "civic: cannot write to \"%V\", files of citizens wait "
                      "at WhatsApp", &w->conf->media_path->name);
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_MEDIA_RETRIED);
    ngx_civic_media_file_drop(&f->file);

    ngx_civic_job_due(job, ngx_civic_backoff(job->row.waits++,
                                             NGX_CIVIC_FETCH_BACKOFF),
                      "disk");
}
