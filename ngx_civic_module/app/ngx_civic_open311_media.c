
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Files of a complaint to 311, as links.  With the registration goes what is
 * on disk by then, and a tracking number never waits for a photo: what comes
 * later is an update of its own, tried until 311 has it or says no.
 */


#include "app/ngx_civic_media.h"
#include "app/ngx_civic_open311.h"


/* Seconds before a link is offered again, doubling. */
#define NGX_CIVIC_ATTACH_BACKOFF  2

/* Bytes of links in a description; the standard has 4000 for all of it. */
#define NGX_CIVIC_LINKS_MAX       3000


static void ngx_civic_open311_attached(void *data,
    const ngx_civic_call_result_t *result);


ngx_int_t
ngx_civic_open311_links(ngx_civic_job_t *job, civic_str_t *first,
    civic_str_t *others)
{
    size_t                  i;
    civic_str_t             link, name;
    civic_arena_t           a;
    civic_payload_media_t  *m;

    a = ngx_civic_arena(job->pool);

    *first = civic_str("");
    *others = civic_str("");

    if (job->worker->conf->media_url.len == 0) {
        return NGX_OK;
    }

    for (i = 0; i < job->is.nmedia && others->len < NGX_CIVIC_LINKS_MAX; i++) {
        m = &job->is.media[i];

        name = civic_arena_printf(&a, "%.*s.%.*s", (int) m->sha256.len,
                                  m->sha256.data, (int) m->type.len,
                                  m->type.data);

        link = name.data ? ngx_civic_media_link(job->worker, name, &a) : name;

        if (link.data == NULL) {
            return NGX_ERROR;
        }

        if (i == 0) {
            *first = link;
            continue;
        }

        *others = civic_arena_printf(&a, "%.*s%s%.*s", (int) others->len,
                                     others->data, others->len ? "\n" : "",
                                     (int) link.len, link.data);
        if (others->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_civic_open311_attach(ngx_civic_job_t *job)
{
    civic_str_t             others;
    civic_arena_t           a;
    civic_open311_update_t  u;

    a = ngx_civic_arena(job->pool);

    ngx_memzero(&u, sizeof(civic_open311_update_t));

    if (ngx_civic_open311_links(job, &u.media_url, &others) != NGX_OK) {
        return NGX_BUSY;
    }

    if (u.media_url.len == 0) {
        ngx_civic_job_done(job, civic_str(""));     /* no civic_media_url */
        return NGX_DONE;
    }

    /* a description there must be: whoever reads only that has the links */

    u.description = civic_arena_printf(&a, "%.*s%s%.*s",
                                       (int) u.media_url.len,
                                       u.media_url.data,
                                       others.len ? "\n" : "",
                                       (int) others.len, others.data);

    if (u.description.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_open311_update(job, &u, ngx_civic_open311_attached);
}


/* The update's id is ours, so one that came twice is one. */

static void
ngx_civic_open311_attached(void *data, const ngx_civic_call_result_t *result)
{
    unsigned              status;
    ngx_msec_t            delay;
    civic_arena_t         a;
    ngx_civic_job_t      *job;
    ngx_civic_worker_t   *w;

    job = data;
    w = job->worker;
    a = ngx_civic_arena(job->pool);
    status = ngx_civic_open311_status(result);

    ngx_civic_open311_judge_peer(w, result);

    if (civic_open311_updated(status, result->sent,
                              ngx_civic_core_str(result->body), &a)
        == CIVIC_OK)
    {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_MEDIA_PASSED);
        ngx_civic_job_done(job, civic_str(""));
        return;
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_CALL_311_FAILED);

    ngx_log_error(NGX_LOG_WARN, job->log, 0,
                  "civic: 311 did not take a file of complaint %L: %s, HTTP "
                  "%ui, attempt %ui", job->is.known.complaint_id,
                  ngx_civic_call_kind(result), (ngx_uint_t) status,
                  ngx_civic_job_tries(job));

    if ((status >= 400 && status < 500 && status != 401 && status != 403
         && status != 408 && status != 425 && status != 429)
        || status == 501)
    {
        ngx_civic_job_dead(job, ngx_civic_job_code(job, status));
        return;
    }

    delay = ngx_civic_backoff(job->row.waits++, NGX_CIVIC_ATTACH_BACKOFF);

    ngx_civic_job_due(job, ngx_civic_put_off(delay, result->retry_after),
                      NULL);
}
