
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Messages to WhatsApp, through the operator's location.  The person's
 * address is put in here, at the last moment, and never into a log.
 */


#include "app/ngx_civic_outbox.h"
#include "core/wire/civic_wa_out.h"


/* Answers of the Graph API are a few hundred bytes. */
#define NGX_CIVIC_GRAPH_ANSWER   65536

/* 131056, 4^attempts seconds, and an alert waiting for an operator. */
#define NGX_CIVIC_PAIR_MAX       6
#define NGX_CIVIC_ALERT_DELAY    60000

/* A status webhook has this long to settle a doubt before we send again. */
#define NGX_CIVIC_DOUBT_DELAY    120000

/*
 * A message WhatsApp itself refused this often is given up.  While it cannot
 * be reached, or the account is at fault, no message is.
 */
#define NGX_CIVIC_SEND_TRIES     20


static ngx_int_t ngx_civic_graph_post(ngx_civic_worker_t *w, civic_str_t body,
    ngx_pool_t *pool, ngx_civic_call_pt handler, void *data);
static void ngx_civic_graph_answer(void *data,
    const ngx_civic_call_result_t *result);
static void ngx_civic_graph_ignore(void *data,
    const ngx_civic_call_result_t *result);


ngx_int_t
ngx_civic_graph_send(ngx_civic_job_t *job)
{
    civic_str_t    body;
    civic_arena_t  a;

    a = ngx_civic_arena(job->pool);

    body = civic_wa_address(job->payload, &job->who, job->id, &a);

    if (body.data == NULL) {
        ngx_log_error(NGX_LOG_ERR, job->log, 0,
                      "civic: message %L cannot be addressed", job->id);
        ngx_civic_job_settle(job, "dead", 0, civic_str(""), 0);
        return NGX_OK;
    }

    if (ngx_civic_graph_post(job->worker, body, job->pool,
                             ngx_civic_graph_answer, job)
        != NGX_OK)
    {
        return NGX_BUSY;
    }

    return NGX_OK;
}


void
ngx_civic_outbox_read(ngx_civic_worker_t *w, civic_str_t wamid,
    ngx_pool_t *pool)
{
    civic_str_t    body;
    civic_arena_t  a;

    a = ngx_civic_arena(pool);

    body = civic_wa_read(wamid, &a);

    /* messages go first: a busy peer gets no read marks */

    if (body.data && w->graph.running < w->graph.max / 2) {
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
    ngx_msec_t           delay;
    ngx_uint_t           level;
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

    if (answer.kind == CIVIC_WA_OK) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_SENT);
        ngx_civic_job_settle(job, "done", 0, answer.wamid, 0);
        return;
    }

    level = answer.kind == CIVIC_WA_ALERT ? NGX_LOG_ERR : NGX_LOG_WARN;

    if (result->kind == NGX_CIVIC_CALL_ANSWERED) {
        ngx_log_error(level, job->log, 0,
                      "civic: message %L was not accepted: HTTP %ui, code %d, "
                      "attempt %ui", job->id, result->status, answer.code,
                      job->attempts + 1);

    } else {
        ngx_log_error(level, job->log, 0,
                      "civic: message %L was not accepted: %s, attempt %ui",
                      job->id, ngx_civic_call_kind(result),
                      job->attempts + 1);
    }

    if (answer.kind == CIVIC_WA_DOUBT) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_DOUBT);
        ngx_civic_job_settle(job, "taken", NGX_CIVIC_DOUBT_DELAY,
                             civic_str(""), answer.code);
        return;
    }

    if (answer.kind == CIVIC_WA_NEVER || answer.kind == CIVIC_WA_WINDOW
        || (answer.kind != CIVIC_WA_ALERT && result->sent
            && job->attempts >= NGX_CIVIC_SEND_TRIES))
    {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_DEAD);
        ngx_civic_job_settle(job, "dead", 0, civic_str(""), answer.code);
        return;
    }

    delay = ngx_civic_backoff(job->attempts);

    if (answer.kind == CIVIC_WA_PAIR) {
        delay = 1000 << (2 * ngx_min(job->attempts, NGX_CIVIC_PAIR_MAX));

    } else if (answer.kind == CIVIC_WA_ALERT) {
        delay = NGX_CIVIC_ALERT_DELAY;
    }

    delay = ngx_civic_put_off(delay, result->retry_after);

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_SEND_RETRY);
    ngx_civic_job_settle(job, "due", delay, civic_str(""), answer.code);
}


static void
ngx_civic_graph_ignore(void *data, const ngx_civic_call_result_t *result)
{
    ngx_civic_worker_t  *w;

    (void) result;

    w = data;
    ngx_post_event(&w->pump, &ngx_posted_events);
}
