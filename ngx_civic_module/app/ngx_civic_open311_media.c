
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Files of a complaint to 311, as links, and what was heard of voice notes.
 * With the registration goes what is there by then, and a tracking number
 * never waits for a photo: what comes later is an update of its own, tried
 * until 311 has it or says no.
 */


#include "app/ngx_civic_media.h"
#include "app/ngx_civic_open311.h"
#include "core/base/civic_utf8.h"
#include "core/city/civic_texts.h"


/* Seconds before a link is offered again, doubling. */
#define NGX_CIVIC_ATTACH_BACKOFF  2

/*
 * Bytes of links in a description; the standard has 4000 for all of it.  No
 * link is left out by that: pass_media() gives ten, of 230 bytes at most.
 */
#define NGX_CIVIC_LINKS_MAX       3000


static civic_str_t ngx_civic_open311_lines(const civic_arena_t *a,
    civic_str_t above, civic_str_t below);
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

        if (m->sha256.len == 0) {
            continue;
        }

        name = civic_arena_printf(&a, "%.*s.%.*s", (int) m->sha256.len,
                                  m->sha256.data, (int) m->type.len,
                                  m->type.data);

        link = name.data ? ngx_civic_media_link(job->worker, name, &a) : name;

        if (link.data == NULL) {
            return NGX_ERROR;
        }

        if (first->len == 0) {
            *first = link;
            continue;
        }

        *others = ngx_civic_open311_lines(&a, *others, link);

        if (others->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


civic_str_t
ngx_civic_open311_words(ngx_civic_job_t *job, civic_str_t words)
{
    size_t               i;
    civic_str_t          line, heard;
    civic_arena_t        a;
    const civic_text_t  *intro;

    a = ngx_civic_arena(job->pool);

    intro = civic_city_text(job->worker->conf->city,
                            civic_str("officer_heard"));    /* nginx -t */

    for (i = 0; i < job->is.nmedia && words.data; i++) {
        heard = job->is.media[i].heard;

        if (heard.len == 0) {
            continue;
        }

        line = civic_arena_printf(&a, "%.*s %.*s",
                                  (int) intro->in[CIVIC_LANG_EN].len,
                                  intro->in[CIVIC_LANG_EN].data,
                                  (int) heard.len, heard.data);

        words = ngx_civic_open311_lines(&a, words, line);
    }

    return words;
}


/* data NULL: out of memory, here or before. */

static civic_str_t
ngx_civic_open311_lines(const civic_arena_t *a, civic_str_t above,
    civic_str_t below)
{
    if (above.len == 0 || below.data == NULL) {
        return below;
    }

    return civic_arena_printf(a, "%.*s\n%.*s", (int) above.len, above.data,
                              (int) below.len, below.data);
}


ngx_int_t
ngx_civic_open311_attach(ngx_civic_job_t *job)
{
    civic_str_t              others;
    civic_arena_t            a;
    const civic_text_t      *intro;
    civic_open311_update_t   u;

    a = ngx_civic_arena(job->pool);

    ngx_memzero(&u, sizeof(civic_open311_update_t));

    if (ngx_civic_open311_links(job, &u.media_url, &others) != NGX_OK) {
        return NGX_BUSY;
    }

    /* a description there must be: whoever reads only that has the links.  It
       begins so that nobody takes it for 311's own words later on */

    u.description = civic_str("");

    if (u.media_url.len) {
        intro = civic_city_text(job->worker->conf->city,
                                civic_str("officer_files"));    /* nginx -t */

        u.description = ngx_civic_open311_lines(&a, intro->in[CIVIC_LANG_EN],
                                                u.media_url);
    }

    if (others.len && u.description.data) {
        u.description = ngx_civic_open311_lines(&a, u.description, others);
    }

    u.description = ngx_civic_open311_words(job, u.description);

    if (u.description.data == NULL) {
        return NGX_BUSY;
    }

    u.description = civic_utf8_cut(u.description, CIVIC_311_DESCRIPTION_MAX);

    if (u.description.len == 0) {
        ngx_civic_job_done(job, civic_str(""));     /* no civic_media_url */
        return NGX_DONE;
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
