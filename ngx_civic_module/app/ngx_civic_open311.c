
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Complaints to 311 and back.  A registration that may have happened is
 * looked up by our reference before it is made again; what 311 says is
 * handed to the person's conversation as an event.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_outbox.h"
#include "core/case/civic_status.h"


/* Seconds east of UTC for times 311 gives without an offset (IST). */
#define NGX_CIVIC_311_ZONE     19800

/* Minutes before the first try from which a lost registration is looked up,
 * and how often it is looked for before it is made again. */
#define NGX_CIVIC_311_BEFORE   600
#define NGX_CIVIC_311_LOOKS    3

#define NGX_CIVIC_311_DOUBT    60000
#define NGX_CIVIC_311_HOLD     60000
#define NGX_CIVIC_311_POLL     2000


static ngx_int_t ngx_civic_open311_call(ngx_civic_job_t *job,
    ngx_uint_t method, civic_str_t path, civic_str_t args, civic_str_t body,
    ngx_civic_call_pt handler);
static ngx_int_t ngx_civic_open311_register(ngx_civic_job_t *job);
static ngx_int_t ngx_civic_open311_look(ngx_civic_job_t *job);
static void ngx_civic_open311_looked(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_open311_registered(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_open311_outcome(ngx_civic_job_t *job,
    const civic_311_answer_t *answer, time_t retry_after);
static void ngx_civic_open311_accept(ngx_civic_job_t *job,
    const civic_311_answer_t *answer, civic_event_e kind);
static ngx_uint_t ngx_civic_open311_blackbox(ngx_civic_job_t *job);
static void ngx_civic_open311_polled(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_open311_asked(void *data,
    const ngx_civic_call_result_t *result);
static ngx_int_t ngx_civic_open311_correct(ngx_civic_job_t *job);
static void ngx_civic_open311_corrected(void *data,
    const ngx_civic_call_result_t *result);
static unsigned ngx_civic_open311_status(
    const ngx_civic_call_result_t *result);


ngx_int_t
ngx_civic_open311_perform(ngx_civic_job_t *job)
{
    civic_str_t    path, args, none = civic_null_str;
    civic_arena_t  a;

    a = ngx_civic_arena(job->pool);

    args = civic_open311_args(ngx_civic_core_str(job->worker->conf
                                                    ->jurisdiction), &a);

    switch (job->kind) {

    case CIVIC_OUT_REGISTER:
        return job->doubts && !job->looked
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

    default: /* CIVIC_OUT_UPDATE */
        return ngx_civic_open311_correct(job);
    }
}


static ngx_int_t
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

        /* 311 gave an id that cannot be asked for: as if it were silent */

        ngx_memzero(&none, sizeof(ngx_civic_call_result_t));
        none.kind = NGX_CIVIC_CALL_REFUSED;
        handler(job, &none);
        return NGX_OK;
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
    civic_str_t             body, none = civic_null_str;
    civic_arena_t           a;
    civic_open311_post_t    post;
    ngx_civic_main_conf_t  *conf;

    conf = job->worker->conf;
    a = ngx_civic_arena(job->pool);

    ngx_memzero(&post, sizeof(civic_open311_post_t));

    post.api_key = ngx_civic_core_str(conf->api_key);
    post.jurisdiction = ngx_civic_core_str(conf->jurisdiction);
    post.service_code = job->is.known.service;
    post.has_pin = job->is.has_pin;
    post.lat = job->is.lat;
    post.lng = job->is.lng;
    post.address = job->is.address;
    post.description = job->is.words;
    post.ticket = job->is.known.ticket;

    if (conf->phone) {
        post.phone = job->who.phone;
        post.first_name = job->is.name;
    }

    body = civic_open311_post(&post, &a);

    if (body.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_open311_call(job, NGX_HTTP_POST,
                                  civic_str("/requests.json"), none, body,
                                  ngx_civic_open311_registered);
}


/* Was this registered already, by a worker that died or a call we lost? */

static ngx_int_t
ngx_civic_open311_look(ngx_civic_job_t *job)
{
    civic_str_t    args, none = civic_null_str;
    civic_arena_t  a;

    a = ngx_civic_arena(job->pool);

    args = civic_open311_query(job->is.known.service,
                               job->is.known.filed - NGX_CIVIC_311_BEFORE,
                               ngx_time() + NGX_CIVIC_311_BEFORE,
                               ngx_civic_core_str(job->worker->conf
                                                     ->jurisdiction), &a);

    if (args.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_open311_call(job, NGX_HTTP_GET,
                                  civic_str("/requests.json"), args, none,
                                  ngx_civic_open311_looked);
}


static void
ngx_civic_open311_looked(void *data, const ngx_civic_call_result_t *result)
{
    int                   rc;
    civic_arena_t         a;
    ngx_civic_job_t      *job;
    civic_311_answer_t    answer;
    civic_311_request_t  *list, *r;

    job = data;
    a = ngx_civic_arena(job->pool);

    list = NULL;
    rc = result->kind == NGX_CIVIC_CALL_ANSWERED
             ? civic_open311_requests(result->status,
                                      ngx_civic_core_str(result->body),
                                      civic_str(""), NGX_CIVIC_311_ZONE, &a,
                                      &list)
             : CIVIC_DECLINED;

    for (r = list; r; r = r->next) {
        if (r->request_id.len
            && civic_str_eq(r->ref, job->is.known.ticket))
        {
            ngx_memzero(&answer, sizeof(civic_311_answer_t));
            answer.kind = CIVIC_311_REGISTERED;
            answer.request_id = r->request_id;
            answer.notice = r->notice;
            job->change.expected = r->expected;
            ngx_civic_open311_outcome(job, &answer, -1);
            return;
        }
    }

    if (rc != CIVIC_OK || job->doubts < NGX_CIVIC_311_LOOKS) {

        /* many servers list with delay: absence is believed slowly */

        ngx_civic_job_settle(job, "taken", NGX_CIVIC_311_DOUBT,
                             civic_str(""), (int) result->status);
        return;
    }

    job->looked = 1;
    ngx_queue_insert_tail(&job->worker->requests, &job->queue);
    ngx_post_event(&job->worker->pump, &ngx_posted_events);
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

    ngx_civic_open311_outcome(job, &answer, result->retry_after);
}


/* What a registration came to: an event, or another time. */

static void
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
        ngx_civic_open311_accept(job, answer, CIVIC_EV_REFUSED);
        return;

    default:
        break;
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_CALL_311_FAILED);

    level = answer->kind == CIVIC_311_CONFIG ? NGX_LOG_ERR : NGX_LOG_WARN;

    ngx_log_error(level, w->log, 0,
                  "civic: 311 did not take complaint %L: %s, attempt %ui",
                  job->is.known.complaint_id,
                  answer->kind == CIVIC_311_CONFIG ? "the key was refused"
                  : answer->kind == CIVIC_311_NOT_SENT ? "not reachable"
                  : answer->kind == CIVIC_311_BUSY ? "too many requests"
                  : "outcome unknown", job->attempts + 1);

    delay = ngx_civic_backoff(job->attempts);

    if (answer->kind == CIVIC_311_CONFIG) {
        delay = NGX_CIVIC_311_HOLD;
    }

    delay = ngx_civic_put_off(delay, retry_after);

    if (answer->kind == CIVIC_311_NOT_SENT
        || answer->kind == CIVIC_311_BUSY
        || answer->kind == CIVIC_311_CONFIG)
    {
        ngx_civic_job_settle(job, "due", delay, civic_str(""), 0);
        return;
    }

    ngx_civic_job_settle(job, "taken", NGX_CIVIC_311_DOUBT, civic_str(""), 0);
}


static void
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
    civic_arena_t        a;
    ngx_civic_job_t     *job;
    civic_311_answer_t   answer;

    job = data;
    a = ngx_civic_arena(job->pool);

    if (civic_open311_token(ngx_civic_open311_status(result),
                            ngx_civic_core_str(result->body), &a, &answer)
        == CIVIC_OK
        && answer.kind == CIVIC_311_REGISTERED)
    {
        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_REGISTERED);
        ngx_civic_open311_accept(job, &answer, CIVIC_EV_REGISTERED);
        return;
    }

    ngx_civic_job_settle(job, "due", ngx_civic_backoff(job->attempts),
                         civic_str(""), (int) result->status);
}


static void
ngx_civic_open311_asked(void *data, const ngx_civic_call_result_t *result)
{
    int                   rc;
    civic_case_e          state;
    civic_case_t         *c;
    civic_arena_t         a;
    civic_event_t         ev;
    ngx_civic_job_t      *job;
    civic_sql_case_t     *change;
    civic_311_request_t  *r;

    job = data;
    c = &job->shown;
    a = ngx_civic_arena(job->pool);

    *c = job->is.known;

    ngx_memzero(&ev, sizeof(civic_event_t));

    ev.kind = CIVIC_EV_NO_STATUS;
    ev.complaint_id = c->complaint_id;
    ev.ticket = c->ticket;
    ev.cases = c;
    ev.ncases = 1;

    r = NULL;
    rc = result->kind == NGX_CIVIC_CALL_ANSWERED
             ? civic_open311_requests(result->status,
                                      ngx_civic_core_str(result->body),
                                      c->request_id, NGX_CIVIC_311_ZONE, &a,
                                      &r)
             : CIVIC_DECLINED;

    if (rc != CIVIC_OK || r == NULL
        || civic_case_of_name(c->state, &state) != CIVIC_OK)
    {
        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_CALL_311_FAILED);
        ngx_civic_job_event(job, &ev, NULL, NULL);
        return;
    }

    r->notes = civic_dialogue_notes(job->worker->conf->city, r->notes);
    state = civic_case_after(state, r->status, r->notes.len != 0);

    c->state = civic_str(civic_case_name(state));
    c->notes = r->notes;
    c->fresh = 1;

    if (r->expected) {
        c->expected = r->expected;
    }

    if (r->updated) {
        c->changed = r->updated;
    }

    change = &job->change;
    change->complaint_id = c->complaint_id;
    change->state = civic_case_name(state);
    change->notes = r->notes;
    change->expected = r->expected;

    ev.kind = CIVIC_EV_STATUS;

    ngx_civic_job_event(job, &ev, change, NULL);
}


/* A correction by the citizen (servicerequestupdates, an extension). */

static ngx_int_t
ngx_civic_open311_correct(ngx_civic_job_t *job)
{
    civic_str_t               body, none = civic_null_str;
    civic_arena_t             a;
    civic_event_t             ev;
    ngx_civic_main_conf_t    *conf;
    civic_open311_update_t    u;

    conf = job->worker->conf;
    a = ngx_civic_arena(job->pool);

    if (job->is.known.request_id.len == 0) {
        ngx_memzero(&ev, sizeof(civic_event_t));
        ev.kind = CIVIC_EV_NOT_UPDATED;
        ev.ticket = job->is.known.ticket;
        ngx_civic_job_event(job, &ev, NULL, NULL);
        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(civic_open311_update_t));

    u.api_key = ngx_civic_core_str(conf->api_key);
    u.jurisdiction = ngx_civic_core_str(conf->jurisdiction);
    u.request_id = job->is.known.request_id;
    u.update_id = civic_arena_printf(&a, "wa-%lld", (long long) job->id);
    u.status = civic_str("OPEN");
    u.at = ngx_time();
    u.description = job->is.text;

    if (conf->phone) {
        u.phone = job->who.phone;
    }

    body = civic_open311_update(&u, &a);

    if (body.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_open311_call(job, NGX_HTTP_POST,
                                  civic_str("/servicerequestupdates.json"),
                                  none, body, ngx_civic_open311_corrected);
}


static void
ngx_civic_open311_corrected(void *data, const ngx_civic_call_result_t *result)
{
    int               rc;
    civic_arena_t     a;
    civic_event_t     ev;
    ngx_civic_job_t  *job;

    job = data;
    a = ngx_civic_arena(job->pool);

    rc = civic_open311_updated(ngx_civic_open311_status(result), result->sent,
                               ngx_civic_core_str(result->body), &a);

    ngx_memzero(&ev, sizeof(civic_event_t));

    /* a citizen waits: what did not go at once is told as not gone */

    ev.kind = rc == CIVIC_OK ? CIVIC_EV_UPDATED : CIVIC_EV_NOT_UPDATED;
    ev.ticket = job->is.known.ticket;
    ev.complaint_id = job->is.known.complaint_id;

    if (rc != CIVIC_OK) {
        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_CALL_311_FAILED);
    }

    ngx_civic_job_event(job, &ev, NULL, NULL);
}


static unsigned
ngx_civic_open311_status(const ngx_civic_call_result_t *result)
{
    return result->kind == NGX_CIVIC_CALL_ANSWERED ? result->status : 0;
}
