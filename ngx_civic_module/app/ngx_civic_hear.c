
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A voice note to the operator's speech service, and its words back as an
 * event of the person.  Nothing depends on it: what is not heard is asked,
 * and the file goes to the officer all the same, so tries are few.  It refuses
 * files beyond a bound: they are in memory, and a third larger once more as
 * base64.
 */


#include "app/ngx_civic_media.h"
#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"
#include "core/wire/civic_speech.h"


/*
 * Bytes of a voice note: five minutes of WhatsApp's.  As base64 it stays below
 * 1m, nginx's own client_max_body_size.
 */
#define NGX_CIVIC_HEAR_MAX      716800

/* Tries, and seconds before the next one, doubling. */
#define NGX_CIVIC_HEAR_TRIES    3
#define NGX_CIVIC_HEAR_BACKOFF  1

/* ms of one call, as far as the lease allows it. */
#define NGX_CIVIC_HEAR_TIME     20000


static ngx_int_t ngx_civic_hear_body(ngx_civic_job_t *job, ngx_str_t *body,
    const char **reason);
static ngx_int_t ngx_civic_hear_read(ngx_civic_job_t *job, ngx_str_t *sound,
    const char **reason);
static ngx_int_t ngx_civic_hear_load(ngx_civic_job_t *job, ngx_file_t *file,
    ngx_str_t *sound, const char **reason);
static void ngx_civic_hear_answered(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_hear_heard(ngx_civic_job_t *job, civic_str_t text);
static void ngx_civic_hear_busy(ngx_civic_job_t *job, const char *reason,
    time_t retry_after);
static void ngx_civic_hear_not(ngx_civic_job_t *job, const char *reason);


ngx_int_t
ngx_civic_hear(ngx_civic_job_t *job)
{
    ngx_int_t                  rc;
    const char                *reason;
    ngx_civic_worker_t        *w;
    ngx_civic_call_request_t   req;

    w = job->worker;

    /* made before a reload, or by another machine */

    if (w->conf->speech.len == 0 || job->is.nmedia != 1) {
        ngx_civic_hear_not(job, "off");
        return NGX_DONE;
    }

    /* the voice note is not read, and made a third larger, in vain */

    if (!ngx_civic_call_may(&w->speech)) {
        return NGX_BUSY;
    }

    ngx_memzero(&req, sizeof(ngx_civic_call_request_t));

    rc = ngx_civic_hear_body(job, &req.body, &reason);

    if (rc == NGX_DECLINED) {
        ngx_civic_hear_not(job, reason);
        return NGX_DONE;
    }

    if (rc != NGX_OK) {
        return NGX_BUSY;
    }

    req.method = NGX_HTTP_POST;
    req.uri = w->conf->speech;
    ngx_str_set(&req.content_type, "application/json");
    req.max_answer = CIVIC_SPEECH_ANSWER_MAX;
    req.timeout = ngx_min(NGX_CIVIC_HEAR_TIME, w->lease / 2 - w->lease / 16);
    req.handler = ngx_civic_hear_answered;
    req.data = job;

    rc = ngx_civic_call(&w->speech, &req);

    (void) ngx_pfree(job->pool, req.body.data);     /* it was copied */

    return rc == NGX_OK ? NGX_OK : NGX_BUSY;
}


static ngx_int_t
ngx_civic_hear_body(ngx_civic_job_t *job, ngx_str_t *body,
    const char **reason)
{
    u_char         *p;
    ngx_int_t       rc;
    ngx_str_t       sound, base64;
    civic_str_t     head, tail;
    civic_arena_t   a;

    a = ngx_civic_arena(job->pool);

    if (civic_speech_request(job->row.lang, job->is.media[0].type, &a, &head,
                             &tail)
        != CIVIC_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_civic_hear_read(job, &sound, reason);
    if (rc != NGX_OK) {
        return rc;
    }

    body->data = ngx_palloc(job->pool,
                            head.len + ngx_base64_encoded_length(sound.len)
                            + tail.len);

    if (body->data) {
        p = ngx_cpymem(body->data, head.data, head.len);

        base64.data = p;
        ngx_encode_base64(&base64, &sound);

        p = ngx_cpymem(p + base64.len, tail.data, tail.len);
        body->len = p - body->data;
    }

    (void) ngx_pfree(job->pool, sound.data);

    return body->data ? NGX_OK : NGX_ERROR;
}


/* NGX_DECLINED: it cannot be had, and "reason" why. */

static ngx_int_t
ngx_civic_hear_read(ngx_civic_job_t *job, ngx_str_t *sound,
    const char **reason)
{
    ngx_int_t    rc;
    ngx_file_t   file;
    civic_str_t  name;

    name = job->is.media[0].sha256;
    *reason = "file";

    if (name.len != 2 * CIVIC_MEDIA_HASH) {
        return NGX_DECLINED;
    }

    ngx_memzero(&file, sizeof(ngx_file_t));

    file.name = ngx_civic_media_file_path(job->worker->conf, name, job->pool);
    file.log = job->log;

    if (file.name.data == NULL) {
        return NGX_ERROR;
    }

    /* another machine's, or an operator has removed it */

    file.fd = ngx_open_file(file.name.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    rc = ngx_civic_hear_load(job, &file, sound, reason);

    (void) ngx_close_file(file.fd);

    return rc;
}


static ngx_int_t
ngx_civic_hear_load(ngx_civic_job_t *job, ngx_file_t *file, ngx_str_t *sound,
    const char **reason)
{
    off_t     size;
    ssize_t   n;

    if (ngx_fd_info(file->fd, &file->info) == NGX_FILE_ERROR) {
        return NGX_DECLINED;
    }

    size = ngx_file_size(&file->info);

    if (size > NGX_CIVIC_HEAR_MAX) {
        *reason = "large";
        return NGX_DECLINED;
    }

    sound->len = (size_t) size;
    sound->data = ngx_palloc(job->pool, ngx_max(sound->len, 1));

    if (sound->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_file(file, sound->data, sound->len, 0);

    return n == size && n > 0 ? NGX_OK : NGX_DECLINED;
}


static void
ngx_civic_hear_answered(void *data, const ngx_civic_call_result_t *result)
{
    unsigned                 status;
    civic_arena_t            a;
    ngx_civic_job_t         *job;
    civic_speech_answer_t    answer;

    job = data;
    a = ngx_civic_arena(job->pool);

    if (result->kind == NGX_CIVIC_CALL_LARGE) {
        ngx_civic_hear_not(job, "answer too large");
        return;
    }

    status = result->kind == NGX_CIVIC_CALL_ANSWERED ? result->status : 0;

    if (civic_speech_answer(status, ngx_civic_core_str(result->body), &a,
                            &answer)
        != CIVIC_OK)
    {
        answer.kind = CIVIC_SPEECH_BUSY;
    }

    switch (answer.kind) {

    case CIVIC_SPEECH_HEARD:
        ngx_civic_hear_heard(job, answer.text);
        return;

    case CIVIC_SPEECH_SILENT:
        ngx_civic_hear_not(job, "no words");
        return;

    case CIVIC_SPEECH_BUSY:
        ngx_civic_hear_busy(job, status ? ngx_civic_job_code(job, status)
                                        : ngx_civic_call_kind(result),
                            result->retry_after);
        return;

    default: /* CIVIC_SPEECH_ODD */
        ngx_civic_hear_not(job, status == NGX_HTTP_OK
                                    ? "unreadable"
                                    : ngx_civic_job_code(job, status));
    }
}


static void
ngx_civic_hear_heard(ngx_civic_job_t *job, civic_str_t text)
{
    civic_event_t  ev;

    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_VOICE_HEARD);

    job->words.media_id = job->is.media_id;
    job->words.text = text;
    job->heard = &job->words;

    ngx_memzero(&ev, sizeof(civic_event_t));

    ev.kind = CIVIC_EV_HEARD;
    ev.text = text;
    ev.draft = job->is.draft;

    ngx_civic_job_event(job, &ev, NULL, NULL);
}


static void
ngx_civic_hear_busy(ngx_civic_job_t *job, const char *reason,
    time_t retry_after)
{
    ngx_msec_t  delay;

    if (job->row.waits + 1 >= NGX_CIVIC_HEAR_TRIES) {
        ngx_civic_hear_not(job, reason);
        return;
    }

    ngx_log_error(NGX_LOG_INFO, job->log, 0,
                  "civic: voice note %L is tried again: %s", job->row.id,
                  reason ? reason : "no answer");

    delay = ngx_civic_backoff(job->row.waits++, NGX_CIVIC_HEAR_BACKOFF);

    ngx_civic_job_due(job, ngx_civic_put_off(delay, retry_after), NULL);
}


static void
ngx_civic_hear_not(ngx_civic_job_t *job, const char *reason)
{
    civic_event_t  ev;

    ngx_log_error(NGX_LOG_WARN, job->log, 0,
                  "civic: voice note %L is not heard: %s, attempt %ui",
                  job->row.id, reason ? reason : "no answer",
                  ngx_civic_job_tries(job));

    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_VOICE_NOT_HEARD);

    ngx_memzero(&ev, sizeof(civic_event_t));

    ev.kind = CIVIC_EV_NOT_HEARD;
    ev.draft = job->is.draft;

    ngx_civic_job_event(job, &ev, NULL, NULL);
}
