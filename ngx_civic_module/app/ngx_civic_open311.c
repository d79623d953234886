
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Complaints to 311.  What 311 says is handed to the person's conversation
 * as an event.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_open311.h"
#include "core/case/civic_status.h"


#define NGX_CIVIC_311_POLL     2000

/* Seconds before a registration that was not taken is made again, doubling. */
#define NGX_CIVIC_311_BACKOFF  2

/* Polls of one token, with backoff: more than three days. */
#define NGX_CIVIC_311_POLLS    1000


static ngx_int_t ngx_civic_open311_register(ngx_civic_job_t *job);
static void ngx_civic_open311_registered(void *data,
    const ngx_civic_call_result_t *result);
static ngx_uint_t ngx_civic_open311_blackbox(ngx_civic_job_t *job);
static void ngx_civic_open311_polled(void *data,
    const ngx_civic_call_result_t *result);


ngx_int_t
ngx_civic_open311_perform(ngx_civic_job_t *job)
{
    civic_str_t    path, args, none = civic_null_str;
    civic_arena_t  a;

    a = ngx_civic_arena(job->pool);

    args = civic_open311_args(ngx_civic_core_str(job->worker->conf
                                                    ->jurisdiction), &a);

    switch (job->row.kind) {

    case CIVIC_OUT_REGISTER:
        return job->row.doubts && !job->looked
                   ? ngx_civic_open311_look(job)
                   : ngx_civic_open311_register(job);

    case CIVIC_OUT_TOKEN:
        path = civic_open311_path("/tokens", job->is.token, &a);
        return ngx_civic_open311_call(job, NGX_HTTP_GET, path, args, none,
                                      ngx_civic_open311_polled);

    case CIVIC_OUT_ASK:
        path = civic_open311_path("/requests", job->is.known.request_id, &a);
        return ngx_civic_open311_call(job, NGX_HTTP_GET, path, args, none,
                                      ngx_civic_open311_asked);

    case CIVIC_OUT_ATTACH:
        return ngx_civic_open311_attach(job);

    default: /* CIVIC_OUT_UPDATE */
        return ngx_civic_open311_correct(job);
    }
}


ngx_int_t
ngx_civic_open311_call(ngx_civic_job_t *job, ngx_uint_t method,
    civic_str_t path, civic_str_t args, civic_str_t body,
    ngx_civic_call_pt handler)
{
    u_char                    *p;
    ngx_civic_worker_t        *w;
    ngx_civic_call_result_t    none;
    ngx_civic_call_request_t   req;

    w = job->worker;

    if (path.data == NULL) {

        /* 311 gave an id that cannot be asked for: as if unknown to it */

        ngx_memzero(&none, sizeof(ngx_civic_call_result_t));
        none.kind = NGX_CIVIC_CALL_ANSWERED;
        none.status = NGX_HTTP_NOT_FOUND;
        handler(job, &none);
        return NGX_DONE;
    }

    ngx_memzero(&req, sizeof(ngx_civic_call_request_t));

    req.uri.len = w->conf->open311.len + path.len;
    req.uri.data = ngx_pnalloc(job->pool, req.uri.len);

    if (req.uri.data == NULL) {
        return NGX_BUSY;
    }

    p = ngx_cpymem(req.uri.data, w->conf->open311.data, w->conf->open311.len);
    ngx_memcpy(p, path.data, path.len);

    req.method = method;
    req.args = ngx_civic_str(args);
    req.body = ngx_civic_str(body);
    req.max_answer = CIVIC_311_BODY_MAX;
    req.handler = handler;
    req.data = job;

    if (method == NGX_HTTP_POST) {
        ngx_str_set(&req.content_type,
                    "application/x-www-form-urlencoded; charset=utf-8");
    }

    return ngx_civic_call(&w->open311, &req) == NGX_OK ? NGX_OK : NGX_BUSY;
}


static ngx_int_t
ngx_civic_open311_register(ngx_civic_job_t *job)
{
    civic_str_t             body, words, none = civic_null_str;
    civic_arena_t           a;
    civic_open311_post_t    post;
    ngx_civic_main_conf_t  *conf;

    conf = job->worker->conf;
    a = ngx_civic_arena(job->pool);

    ngx_memzero(&post, sizeof(civic_open311_post_t));

    /* who sent a photo and tapped has written nothing an officer could read */

    words = job->is.words.len
            ? job->is.words
            : civic_city_officer_kind(conf->city, job->is.known.service, &a);

    post.api_key = ngx_civic_core_str(conf->api_key);
    post.jurisdiction = ngx_civic_core_str(conf->jurisdiction);
    post.service_code = job->is.known.service;
    post.has_pin = job->is.has_pin;
    post.lat = job->is.lat;
    post.lng = job->is.lng;
    post.address = job->is.address;
    post.description = ngx_civic_open311_words(job, words);
    post.urgent = job->is.urgent;
    post.ticket = job->is.known.ticket;

    if (conf->phone) {
        post.phone = job->who.phone;
        post.first_name = job->is.name;
    }

    if (post.description.data == NULL
        || ngx_civic_open311_links(job, &post.media_url, &post.links)
           != NGX_OK)
    {
        return NGX_BUSY;
    }

    body = civic_open311_post(&post, &a);

    if (body.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_open311_call(job, NGX_HTTP_POST,
                                  civic_str("/requests.json"), none, body,
                                  ngx_civic_open311_registered);
}


static void
ngx_civic_open311_registered(void *data,
    const ngx_civic_call_result_t *result)
{
    civic_arena_t        a;
    ngx_civic_job_t     *job;
    civic_311_answer_t   answer;

    job = data;
    a = ngx_civic_arena(job->pool);

    if (civic_open311_posted(ngx_civic_open311_status(result), result->sent,
                             ngx_civic_core_str(result->body), &a, &answer)
        != CIVIC_OK)
    {
        ngx_memzero(&answer, sizeof(civic_311_answer_t));
        answer.kind = CIVIC_311_UNKNOWN;
    }

    if (answer.kind == CIVIC_311_CONFIG) {
        ngx_civic_peer_refuses(job->worker, NGX_CIVIC_311, result->status);

    } else {
        ngx_civic_open311_judge_peer(job->worker, result);
    }

    ngx_civic_open311_outcome(job, &answer, result->retry_after);
}


/* What an answer says of 311, beyond this call. */

void
ngx_civic_open311_judge_peer(ngx_civic_worker_t *w,
    const ngx_civic_call_result_t *result)
{
    /* a refused key is told when complaints are; a list may be refused to us
       for good */

    if (result->status == NGX_HTTP_UNAUTHORIZED
        || result->status == NGX_HTTP_FORBIDDEN)
    {
        return;
    }

    if (result->kind == NGX_CIVIC_CALL_ANSWERED && result->status < 500
        && result->status != 408 && result->status != 425
        && result->status != 429)
    {
        ngx_civic_peer_works(w, NGX_CIVIC_311);

    } else {
        ngx_civic_peer_fails(w, NGX_CIVIC_311, result->retry_after);
    }
}


/* What a registration came to: an event, or another time. */

void
ngx_civic_open311_outcome(ngx_civic_job_t *job,
    const civic_311_answer_t *answer, time_t retry_after)
{
    ngx_msec_t           delay;
    ngx_uint_t           level;
    ngx_civic_worker_t  *w;

    w = job->worker;

    switch (answer->kind) {

    case CIVIC_311_REGISTERED:
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_REGISTERED);
        ngx_civic_open311_accept(job, answer, CIVIC_EV_REGISTERED);
        return;

    case CIVIC_311_TOKEN:
        ngx_civic_open311_accept(job, answer, CIVIC_EV_TOKEN);
        return;

    case CIVIC_311_ACCEPTED:
        if (ngx_civic_open311_blackbox(job)) {
            ngx_civic_open311_accept(job, answer, CIVIC_EV_ACCEPTED);
            return;
        }

        break;

    case CIVIC_311_GONE:
        ngx_civic_clock_refresh(w);
        /* fall through */

    case CIVIC_311_REFUSED:
        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "civic: 311 refused complaint %L, it is held for the "
                      "desk", job->is.known.complaint_id);
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_HELD);
        job->dead = "refused";
        ngx_civic_open311_accept(job, answer, CIVIC_EV_REFUSED);
        return;

    default:
        break;
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_CALL_311_FAILED);

    /* of a refused key one loud line was written for all complaints */

    level = answer->kind == CIVIC_311_CONFIG ? NGX_LOG_INFO : NGX_LOG_WARN;

    ngx_log_error(level, w->log, 0,
                  "civic: 311 did not take complaint %L: %s, attempt %ui",
                  job->is.known.complaint_id,
                  answer->kind == CIVIC_311_CONFIG ? "the key was refused"
                  : answer->kind == CIVIC_311_NOT_SENT ? "not reachable"
                  : answer->kind == CIVIC_311_BUSY ? "too many requests"
                  : "outcome unknown", ngx_civic_job_tries(job));

    if (answer->kind == CIVIC_311_NOT_SENT
        || answer->kind == CIVIC_311_BUSY
        || answer->kind == CIVIC_311_CONFIG)
    {
        delay = answer->kind == CIVIC_311_CONFIG
                    ? NGX_CIVIC_REFUSED_DELAY
                    : ngx_civic_backoff(job->row.waits++,
                                        NGX_CIVIC_311_BACKOFF);

        ngx_civic_job_due(job, ngx_civic_put_off(delay, retry_after), NULL);
        return;
    }

    ngx_civic_job_unknown(job, w->conf->unknown_311, job->row.doubts + 1, 1);
}


void
ngx_civic_open311_accept(ngx_civic_job_t *job,
    const civic_311_answer_t *answer, civic_event_e kind)
{
    civic_out_t       *poll;
    civic_event_t      ev;
    civic_sql_case_t  *change;

    change = &job->change;
    change->complaint_id = job->is.known.complaint_id;
    change->request_id = answer->request_id;
    change->token = answer->token;
    change->notice = answer->notice;

    ngx_memzero(&ev, sizeof(civic_event_t));

    ev.kind = kind;
    ev.complaint_id = job->is.known.complaint_id;
    ev.ticket = job->is.known.ticket;
    ev.request_id = answer->request_id;
    ev.notice = answer->notice;
    ev.place = job->is.address;
    ev.expected = change->expected;

    poll = NULL;

    if (kind == CIVIC_EV_REFUSED) {
        ev.text = answer->error;
        change->state = civic_case_name(CIVIC_CASE_HELD);
        change->notes = answer->error;

    } else if (kind == CIVIC_EV_TOKEN) {
        poll = ngx_pcalloc(job->pool, sizeof(civic_out_t));

        if (poll) {
            poll->kind = CIVIC_OUT_TOKEN;
            poll->ticket = job->is.known.ticket;
            poll->delay = NGX_CIVIC_311_POLL;
        }

    } else {
        change->state = civic_case_name(CIVIC_CASE_REGISTERED);
    }

    ngx_civic_job_event(job, &ev, change, poll);
}


static ngx_uint_t
ngx_civic_open311_blackbox(ngx_civic_job_t *job)
{
    u_char                  flags[NGX_CIVIC_SERVICES_MAX];
    ngx_uint_t              n;
    const civic_city_t     *city;
    const civic_service_t  *s;

    city = job->worker->conf->city;

    n = ngx_civic_services_get(job->worker->zone, flags, city->nservices);
    s = civic_city_service(city, job->is.known.service);

    return s && (ngx_uint_t) (s - city->services) < n
           && (flags[s - city->services] & NGX_CIVIC_BLACKBOX);
}


static void
ngx_civic_open311_polled(void *data, const ngx_civic_call_result_t *result)
{
    ngx_msec_t           delay;
    civic_arena_t        a;
    ngx_civic_job_t     *job;
    civic_311_answer_t   answer;

    job = data;
    a = ngx_civic_arena(job->pool);

    ngx_civic_open311_judge_peer(job->worker, result);

    if (civic_open311_token(ngx_civic_open311_status(result),
                            ngx_civic_core_str(result->body), &a, &answer)
        == CIVIC_OK
        && answer.kind == CIVIC_311_REGISTERED)
    {
        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_REGISTERED);
        ngx_civic_open311_accept(job, &answer, CIVIC_EV_REGISTERED);
        return;
    }

    if (job->row.attempts >= NGX_CIVIC_311_POLLS) {
        ngx_log_error(NGX_LOG_ERR, job->log, 0,
                      "civic: 311 never gave complaint %L a number for its "
                      "token, it is held for the desk",
                      job->is.known.complaint_id);
        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_HELD);

        ngx_memzero(&answer, sizeof(civic_311_answer_t));

        job->dead = "token";
        ngx_civic_open311_accept(job, &answer, CIVIC_EV_REFUSED);
        return;
    }

    delay = ngx_civic_backoff(job->row.attempts++, NGX_CIVIC_311_BACKOFF);

    ngx_civic_job_due(job, ngx_civic_put_off(delay, result->retry_after),
                      NULL);
}


unsigned
ngx_civic_open311_status(const ngx_civic_call_result_t *result)
{
    return result->kind == NGX_CIVIC_CALL_ANSWERED ? result->status : 0;
}
