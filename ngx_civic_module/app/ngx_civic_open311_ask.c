
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A citizen asks how far a complaint is, or corrects it, and waits for the
 * answer: what 311 cannot tell now is told as what we know.
 */


#include "app/ngx_civic_open311.h"
#include "core/case/civic_status.h"


static void ngx_civic_open311_case(ngx_civic_job_t *job, civic_event_t *ev);
static void ngx_civic_open311_corrected(void *data,
    const ngx_civic_call_result_t *result);


void
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
    a = ngx_civic_arena(job->pool);

    ngx_civic_open311_judge_peer(job->worker, result);

    r = NULL;
    rc = result->kind == NGX_CIVIC_CALL_ANSWERED
             ? civic_open311_requests(result->status,
                                      ngx_civic_core_str(result->body),
                                      job->is.known.request_id,
                                      NGX_CIVIC_311_ZONE, &a, &r)
             : CIVIC_DECLINED;

    if (rc != CIVIC_OK || r == NULL
        || civic_case_of_name(job->is.known.state, &state) != CIVIC_OK)
    {
        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_CALL_311_FAILED);
        (void) ngx_civic_open311_give_up(job);
        return;
    }

    ngx_civic_open311_case(job, &ev);
    c = &job->shown;

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


/* The event of a question about one complaint, with what was known of it. */

static void
ngx_civic_open311_case(ngx_civic_job_t *job, civic_event_t *ev)
{
    job->shown = job->is.known;

    ngx_memzero(ev, sizeof(civic_event_t));

    ev->complaint_id = job->is.known.complaint_id;
    ev->ticket = job->is.known.ticket;
    ev->cases = &job->shown;
    ev->ncases = 1;
}


ngx_int_t
ngx_civic_open311_give_up(ngx_civic_job_t *job)
{
    civic_event_t  ev;

    ngx_civic_open311_case(job, &ev);

    switch (job->row.kind) {

    case CIVIC_OUT_ASK:
        ev.kind = CIVIC_EV_NO_STATUS;
        break;

    case CIVIC_OUT_UPDATE:
        ngx_log_error(NGX_LOG_WARN, job->log, 0,
                      "civic: 311 did not take a correction of complaint %L",
                      job->is.known.complaint_id);
        ev.kind = CIVIC_EV_NOT_UPDATED;
        break;

    default:
        return NGX_DECLINED;
    }

    ngx_civic_job_event(job, &ev, NULL, NULL);

    return NGX_OK;
}


ngx_int_t
ngx_civic_open311_correct(ngx_civic_job_t *job)
{
    civic_open311_update_t  u;

    if (job->is.known.request_id.len == 0) {
        (void) ngx_civic_open311_give_up(job);
        return NGX_DONE;
    }

    ngx_memzero(&u, sizeof(civic_open311_update_t));

    u.description = job->is.text;

    if (job->worker->conf->phone) {
        u.phone = job->who.phone;
    }

    return ngx_civic_open311_update(job, &u, ngx_civic_open311_corrected);
}


ngx_int_t
ngx_civic_open311_update(ngx_civic_job_t *job, civic_open311_update_t *u,
    ngx_civic_call_pt done)
{
    civic_str_t             body, none = civic_null_str;
    civic_arena_t           a;
    ngx_civic_main_conf_t  *conf;

    conf = job->worker->conf;
    a = ngx_civic_arena(job->pool);

    u->api_key = ngx_civic_core_str(conf->api_key);
    u->jurisdiction = ngx_civic_core_str(conf->jurisdiction);
    u->request_id = job->is.known.request_id;
    u->update_id = civic_arena_printf(&a, "wa-%lld", (long long) job->row.id);
    u->status = civic_str("OPEN");
    u->at = ngx_time();

    body = u->update_id.data ? civic_open311_update(u, &a) : none;

    if (body.data == NULL) {
        return NGX_BUSY;
    }

    return ngx_civic_open311_call(job, NGX_HTTP_POST,
                                  civic_str("/servicerequestupdates.json"),
                                  none, body, done);
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

    ngx_civic_open311_judge_peer(job->worker, result);

    rc = civic_open311_updated(ngx_civic_open311_status(result), result->sent,
                               ngx_civic_core_str(result->body), &a);

    if (rc != CIVIC_OK) {

        /* a citizen waits: what did not go at once is told as not gone */

        ngx_civic_count(job->worker->zone, NGX_CIVIC_STAT_CALL_311_FAILED);
        (void) ngx_civic_open311_give_up(job);
        return;
    }

    ngx_civic_open311_case(job, &ev);
    ev.kind = CIVIC_EV_UPDATED;

    ngx_civic_job_event(job, &ev, NULL, NULL);
}
