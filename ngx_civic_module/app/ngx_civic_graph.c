
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Messages to WhatsApp, through the operator's location.  The person's
 * address is put in here, at the last moment, and never into a log.
 */


#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"
#include "core/city/civic_texts.h"
#include "core/wire/civic_wa_out.h"


/* Answers of the Graph API are a few hundred bytes. */
#define NGX_CIVIC_GRAPH_ANSWER   65536

/*
 * Each unknown outcome that no status settles is followed by one more try,
 * after a wait that doubles so often; so many, and the message is given up.
 */
#define NGX_CIVIC_SEND_DOUBTS    6
#define NGX_CIVIC_DOUBT_SHIFT    2


static civic_str_t ngx_civic_graph_body(ngx_civic_job_t *job,
    civic_arena_t *a);
static ngx_int_t ngx_civic_graph_post(ngx_civic_worker_t *w, civic_str_t body,
    ngx_pool_t *pool, ngx_civic_call_pt handler, void *data);
static void ngx_civic_graph_answer(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_graph_judge_peer(ngx_civic_worker_t *w,
    const civic_wa_answer_t *answer, const ngx_civic_call_result_t *result);
static void ngx_civic_graph_log(ngx_civic_job_t *job,
    const civic_wa_answer_t *answer, const ngx_civic_call_result_t *result);
static void ngx_civic_graph_end(ngx_civic_job_t *job,
    const civic_wa_answer_t *answer, time_t retry_after);
static void ngx_civic_graph_give_up(ngx_civic_job_t *job, const char *error);
static void ngx_civic_graph_ignore(void *data,
    const ngx_civic_call_result_t *result);


ngx_int_t
ngx_civic_graph_send(ngx_civic_job_t *job)
{
    civic_str_t    body;
    civic_arena_t  a;

    a = ngx_civic_arena(job->pool);

    if (job->row.doubts >= NGX_CIVIC_SEND_DOUBTS) {

        ngx_log_error(NGX_LOG_WARN, job->log, 0,
                      "civic: message %L stays unknown, it is not sent again",
                      job->row.id);
        ngx_civic_graph_give_up(job, "unknown");
        return NGX_DONE;
    }

    /* without a template WhatsApp may decide whether the window is closed */

    if (job->worker->conf->template.len
        && !civic_window_is_open(job->row.seen, ngx_time()))
    {
        job->row.template = 1;
    }

    body = ngx_civic_graph_body(job, &a);

    if (body.data == NULL) {
        ngx_log_error(NGX_LOG_ERR, job->log, 0,
                      "civic: message %L cannot be addressed", job->row.id);
        ngx_civic_graph_give_up(job, "unreadable");
        return NGX_DONE;
    }

    if (ngx_civic_graph_post(job->worker, body, job->pool,
                             ngx_civic_graph_answer, job)
        != NGX_OK)
    {
        return NGX_BUSY;
    }

    return NGX_OK;
}


static civic_str_t
ngx_civic_graph_body(ngx_civic_job_t *job, civic_arena_t *a)
{
    civic_str_t             stored, lang;
    ngx_civic_main_conf_t  *conf;

    conf = job->worker->conf;
    stored = job->row.payload;

    if (job->row.template && conf->template.len) {
        lang = civic_text_fill(civic_city_text(conf->city,
                                               civic_str("template_lang")),
                               job->row.lang, NULL, 0, a);

        stored = civic_wa_outside(stored, ngx_civic_core_str(conf->template),
                                  lang, a);

        if (stored.data == NULL) {
            return stored;
        }
    }

    return civic_wa_address(stored, &job->who, job->row.id, a);
}


void
ngx_civic_outbox_read(ngx_civic_worker_t *w, civic_str_t wamid,
    ngx_uint_t typing, ngx_pool_t *pool)
{
    ngx_uint_t     probe;
    civic_str_t    body;
    civic_arena_t  a;

    a = ngx_civic_arena(pool);

    body = civic_wa_read(wamid, typing, &a);

    /* messages go first: a peer that is busy or broken gets no read marks */

    if (body.data && w->graph.running < (w->graph.max + 1) / 2
        && ngx_civic_gate_look(w->zone, NGX_CIVIC_WHATSAPP, ngx_current_msec,
                               &probe)
           == 0
        && !probe)
    {
        (void) ngx_civic_graph_post(w, body, pool, ngx_civic_graph_ignore, w);
    }
}


static ngx_int_t
ngx_civic_graph_post(ngx_civic_worker_t *w, civic_str_t body,
    ngx_pool_t *pool, ngx_civic_call_pt handler, void *data)
{
    u_char                    *p;
    ngx_str_t                 *number;
    ngx_civic_call_request_t   req;

    ngx_memzero(&req, sizeof(ngx_civic_call_request_t));

    number = w->conf->numbers->elts;

    req.uri.len = w->conf->whatsapp.len + 1 + number->len
                  + sizeof("/messages") - 1;
    req.uri.data = ngx_pnalloc(pool, req.uri.len);
    if (req.uri.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(req.uri.data, w->conf->whatsapp.data,
                   w->conf->whatsapp.len);
    *p++ = '/';
    p = ngx_cpymem(p, number->data, number->len);
    ngx_memcpy(p, "/messages", sizeof("/messages") - 1);

    req.method = NGX_HTTP_POST;
    ngx_str_set(&req.content_type, "application/json");
    req.body = ngx_civic_str(body);
    req.max_answer = NGX_CIVIC_GRAPH_ANSWER;
    req.handler = handler;
    req.data = data;

    return ngx_civic_call(&w->graph, &req);
}


static void
ngx_civic_graph_answer(void *data, const ngx_civic_call_result_t *result)
{
    civic_arena_t        a;
    ngx_civic_job_t     *job;
    civic_wa_answer_t    answer;
    ngx_civic_worker_t  *w;

    job = data;
    w = job->worker;
    a = ngx_civic_arena(job->pool);

    if (civic_wa_answer(result->kind == NGX_CIVIC_CALL_ANSWERED
                            ? result->status : 0,
                        result->sent, ngx_civic_core_str(result->body), &a,
                        &answer)
        != CIVIC_OK)
    {
        answer.kind = CIVIC_WA_DOUBT;
        answer.code = 0;
    }

    ngx_civic_graph_judge_peer(w, &answer, result);

    if (answer.kind == CIVIC_WA_OK) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_SENT);

        if (job->row.template) {
            ngx_civic_count(w->zone, NGX_CIVIC_STAT_TEMPLATES);
        }

        if (job->row.claims) {
            ngx_civic_pair_accept(w->zone, job->key);
        }

        ngx_civic_job_done(job, answer.wamid);
        return;
    }

    ngx_civic_graph_log(job, &answer, result);
    ngx_civic_graph_end(job, &answer, result->retry_after);
}


/* What the answer says of WhatsApp, beyond this message. */

static void
ngx_civic_graph_judge_peer(ngx_civic_worker_t *w,
    const civic_wa_answer_t *answer, const ngx_civic_call_result_t *result)
{
    switch (answer->kind) {

    case CIVIC_WA_ALERT:
        ngx_civic_peer_refuses(w, NGX_CIVIC_WHATSAPP,
                               answer->code ? answer->code
                                            : (ngx_int_t) result->status);
        return;

    case CIVIC_WA_BUSY:
    case CIVIC_WA_DOUBT:
        ngx_civic_peer_fails(w, NGX_CIVIC_WHATSAPP, result->retry_after);
        return;

    default:
        ngx_civic_peer_works(w, NGX_CIVIC_WHATSAPP);
    }
}


/* Of an alert one loud line was written for all messages. */

static void
ngx_civic_graph_log(ngx_civic_job_t *job, const civic_wa_answer_t *answer,
    const ngx_civic_call_result_t *result)
{
    ngx_uint_t  level;

    level = answer->kind == CIVIC_WA_ALERT ? NGX_LOG_INFO : NGX_LOG_WARN;

    if (result->kind == NGX_CIVIC_CALL_ANSWERED) {
        ngx_log_error(level, job->log, 0,
                      "civic: message %L was not accepted: HTTP %ui, code %d, "
                      "attempt %ui", job->row.id, result->status,
                      answer->code, ngx_civic_job_tries(job));
        return;
    }

    ngx_log_error(level, job->log, 0,
                  "civic: message %L was not accepted: %s, attempt %ui",
                  job->row.id, ngx_civic_call_kind(result),
                  ngx_civic_job_tries(job));
}


static void
ngx_civic_graph_end(ngx_civic_job_t *job, const civic_wa_answer_t *answer,
    time_t retry_after)
{
    ngx_msec_t           delay;
    const char          *code;
    ngx_civic_worker_t  *w;

    w = job->worker;
    code = ngx_civic_job_code(job, answer->code);

    switch (answer->kind) {

    case CIVIC_WA_DOUBT:
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_DOUBT);
        ngx_civic_job_unknown(job, w->conf->unknown
                                   << ngx_min(job->row.doubts,
                                              NGX_CIVIC_DOUBT_SHIFT),
                              job->row.doubts + 1, 1);
        return;

    case CIVIC_WA_NEVER:
        ngx_civic_graph_give_up(job, code);
        return;

    case CIVIC_WA_WINDOW:

        /* our times said it was open: WhatsApp's word counts */

        if (job->row.template || w->conf->template.len == 0) {
            ngx_civic_graph_give_up(job, code);
            return;
        }

        job->row.template = 1;
        ngx_civic_job_queue(job);
        return;

    case CIVIC_WA_RETRY:

        if (job->row.attempts >= answer->tries) {
            ngx_civic_graph_give_up(job, code);
            return;
        }

        delay = ngx_civic_backoff(job->row.attempts++, answer->base);
        break;

    case CIVIC_WA_PAIR:
        delay = ngx_civic_pair_refuse(w->zone, job->key, job->row.waits++);
        break;

    case CIVIC_WA_ALERT:
        delay = NGX_CIVIC_REFUSED_DELAY;        /* the gate is closed */
        break;

    default: /* CIVIC_WA_BUSY */
        delay = ngx_civic_backoff(job->row.waits++, answer->base);
        break;
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_RETRY);
    ngx_civic_job_due(job, ngx_civic_put_off(delay, retry_after), code);
}


static void
ngx_civic_graph_give_up(ngx_civic_job_t *job, const char *error)
{
    ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_SEND_DEAD);
    ngx_civic_job_dead(job, error);
}


static void
ngx_civic_graph_ignore(void *data, const ngx_civic_call_result_t *result)
{
    ngx_civic_worker_t  *w;

    (void) result;

    w = data;
    ngx_post_event(&w->pump, &ngx_posted_events);
}
