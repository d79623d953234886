
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A registration that may have been made, by a worker that died or a call we
 * lost, is looked up by our reference before it is made again.
 */


#include "app/ngx_civic_open311.h"


/*
 * Seconds before the last try from which a lost registration is looked up,
 * and how often it is looked for before it is made again, each time: doubts
 * go on counting when it is.
 */
#define NGX_CIVIC_311_BEFORE   600
#define NGX_CIVIC_311_LOOKS    3


static void ngx_civic_open311_looked(void *data,
    const ngx_civic_call_result_t *result);
static ngx_uint_t ngx_civic_open311_is_mute(int rc,
    const ngx_civic_call_result_t *result);
static void ngx_civic_open311_unasked(ngx_civic_job_t *job);


ngx_int_t
ngx_civic_open311_look(ngx_civic_job_t *job)
{
    civic_str_t    args, none = civic_null_str;
    civic_arena_t  a;

    a = ngx_civic_arena(job->pool);

    args = civic_open311_query(job->is.known.service,
                               job->row.tried - NGX_CIVIC_311_BEFORE,
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

    ngx_civic_open311_judge_peer(job->worker, result);

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

    if (rc == CIVIC_OK && job->row.doubts % NGX_CIVIC_311_LOOKS == 0) {
        job->looked = 1;
        ngx_civic_job_queue(job);
        return;
    }

    if (ngx_civic_open311_is_mute(rc, result)) {
        ngx_civic_open311_unasked(job);
        return;
    }

    /* many servers list with delay: absence is believed slowly, and silence
       is no absence */

    ngx_civic_job_unknown(job, job->worker->conf->unknown_311,
                          job->row.doubts + (rc == CIVIC_OK), 0);
}


/* 311 answers, but not this question: it will never tell. */

static ngx_uint_t
ngx_civic_open311_is_mute(int rc, const ngx_civic_call_result_t *result)
{
    return rc != CIVIC_OK && result->kind == NGX_CIVIC_CALL_ANSWERED
           && ((result->status >= 400 && result->status < 500
                && result->status != 408 && result->status != 425
                && result->status != 429)
               || result->status == 501);
}


/* A lost registration that cannot be looked up: as the operator chose. */

static void
ngx_civic_open311_unasked(ngx_civic_job_t *job)
{
    civic_311_answer_t   answer;
    ngx_civic_worker_t  *w;

    w = job->worker;

    if (!w->conf->hold_311) {

        if (job->row.doubts % NGX_CIVIC_311_LOOKS == 0) {
            job->looked = 1;
            ngx_civic_job_queue(job);
            return;
        }

        ngx_civic_job_unknown(job, w->conf->unknown_311, job->row.doubts + 1,
                              0);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, w->log, 0,
                  "civic: whether 311 has complaint %L is unknown and cannot "
                  "be asked, it is held for the desk",
                  job->is.known.complaint_id);

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_HELD);

    ngx_memzero(&answer, sizeof(civic_311_answer_t));

    job->dead = "unknown";
    ngx_civic_open311_accept(job, &answer, CIVIC_EV_REFUSED);
}
