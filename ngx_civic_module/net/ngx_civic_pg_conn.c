
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One libpq connection in nginx's event loop; the states, who changes them
 * and what always holds are in the header.  It refuses to close libpq's
 * socket or to trust it from one connect step to the next.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "net/ngx_civic_pg_conn.h"
#include "net/ngx_civic_pg_sock.h"


/*
 * A restarted Postgres is back within a second, and webhooks wait for it no
 * longer than that; half a second is still no burden for one that is down.
 */

#define NGX_CIVIC_PG_BACKOFF_MIN  20
#define NGX_CIVIC_PG_BACKOFF_MAX  500

/* seconds of silence after a failure was logged */

#define NGX_CIVIC_PG_QUIET        60


static void ngx_civic_pg_conn_timer(ngx_event_t *ev);
static void ngx_civic_pg_conn_event(ngx_event_t *ev);
static void ngx_civic_pg_conn_connect(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_step(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_judge(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_prepare(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_serve(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_close(ngx_civic_pg_conn_t *p,
    ngx_civic_pg_reason_e reason, const char *why);
static void ngx_civic_pg_conn_complain(ngx_civic_pg_conn_t *p,
    ngx_civic_pg_reason_e reason, const char *why);
static void ngx_civic_pg_conn_to(ngx_civic_pg_conn_t *p,
    ngx_civic_pg_state_e state);
static void ngx_civic_pg_conn_check(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_arm(ngx_civic_pg_conn_t *p, ngx_msec_t msec,
    ngx_uint_t cancelable);
static void ngx_civic_pg_conn_read(ngx_civic_pg_conn_t *p);
static void ngx_civic_pg_conn_take(ngx_civic_pg_conn_t *p, PGresult *res);
static void ngx_civic_pg_conn_judged(ngx_civic_pg_conn_t *p, PGresult *res);
static void ngx_civic_pg_conn_prepared(ngx_civic_pg_conn_t *p, PGresult *res);
static void ngx_civic_pg_conn_ignore(void *data, const PGresult *res);


static const char  *ngx_civic_pg_states[] = {
    "closed", "connecting", "judging", "preparing", "ready"
};


void
ngx_civic_pg_conn_start(ngx_civic_pg_conn_t *p)
{
    p->timer.handler = ngx_civic_pg_conn_timer;
    p->timer.data = p;
    p->timer.log = p->log;

    p->backoff = NGX_CIVIC_PG_BACKOFF_MIN;

    /* not from init_process: the event loop has to run first */

    ngx_civic_pg_conn_arm(p, 1, 1);
}


void
ngx_civic_pg_conn_stop(ngx_civic_pg_conn_t *p)
{
    ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_STOPPED, NULL);
}


void
ngx_civic_pg_conn_fail(ngx_civic_pg_conn_t *p, const char *why)
{
    ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_LOST, why);
}


static void
ngx_civic_pg_conn_timer(ngx_event_t *ev)
{
    ngx_civic_pg_conn_t  *p = ev->data;

    switch (p->state) {

    case NGX_CIVIC_PG_CLOSED:
        ngx_civic_pg_conn_connect(p);
        break;

    case NGX_CIVIC_PG_READY:
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_LOST, "no answer in time");
        break;

    default:
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NO_CONNECTION,
                                "not connected in time");
    }
}


static void
ngx_civic_pg_conn_event(ngx_event_t *ev)
{
    ngx_connection_t     *c = ev->data;
    ngx_civic_pg_conn_t  *p = c->data;

    /*
     * c->close, set by worker_shutdown_timeout, is not obeyed: what is in
     * flight has a deadline of its own, and the outcome of calls ended by
     * that very timeout is still to be written.
     */

    if (p->state == NGX_CIVIC_PG_CONNECTING) {
        ngx_civic_pg_conn_step(p);
        return;
    }

    if (ev->write && ngx_civic_pg_sock_flush(p) != NGX_OK) {
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_LOST, "cannot send");
        return;
    }

    if (!ev->write) {
        ngx_civic_pg_conn_read(p);
    }
}


static void
ngx_civic_pg_conn_connect(ngx_civic_pg_conn_t *p)
{
    p->pg = PQconnectStartParams(p->conf->keywords, p->conf->values, 0);

    if (p->pg == NULL || PQstatus(p->pg) == CONNECTION_BAD
        || ngx_civic_pg_sock_add(p, ngx_civic_pg_conn_event, 1) != NGX_OK)
    {
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NO_CONNECTION,
                              p->pg ? PQerrorMessage(p->pg) : "no memory");
        return;
    }

    /* libpq would print notices, with all they quote, to stderr */

    (void) PQsetNoticeReceiver(p->pg, ngx_civic_pg_conn_ignore, NULL);

    ngx_civic_pg_conn_arm(p, p->conf->timeout, 1);
    ngx_civic_pg_conn_to(p, NGX_CIVIC_PG_CONNECTING);
}


static void
ngx_civic_pg_conn_step(ngx_civic_pg_conn_t *p)
{
    ngx_int_t                  rc;
    PostgresPollingStatusType  status;

    /*
     * PQconnectPoll() replaces the socket, often by one of the same number,
     * when it goes on to the next address or without TLS.
     */

    ngx_civic_pg_sock_del(p);

    status = PQconnectPoll(p->pg);

    if (status == PGRES_POLLING_FAILED) {
        rc = NGX_ERROR;

    } else {
        rc = ngx_civic_pg_sock_add(p, ngx_civic_pg_conn_event,
                                   status == PGRES_POLLING_WRITING);
    }

    if (rc != NGX_OK) {
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NO_CONNECTION,
                                PQerrorMessage(p->pg));
        return;
    }

    if (status == PGRES_POLLING_OK) {
        ngx_civic_pg_conn_judge(p);
    }
}


static void
ngx_civic_pg_conn_judge(ngx_civic_pg_conn_t *p)
{
    if (PQsetnonblocking(p->pg, 1) != 0
        || !PQenterPipelineMode(p->pg)
        || !PQsendQueryParams(p->pg, p->conf->check_sql, 0, NULL, NULL, NULL,
                              NULL, 1)
        || ngx_civic_pg_conn_sync(p) != NGX_OK)
    {
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NO_CONNECTION,
                                PQerrorMessage(p->pg));
        return;
    }

    ngx_civic_pg_conn_to(p, NGX_CIVIC_PG_JUDGING);
}


static void
ngx_civic_pg_conn_prepare(ngx_civic_pg_conn_t *p)
{
    ngx_uint_t                  i;
    const ngx_civic_pg_stmt_t  *stmt;

    stmt = p->conf->stmts;

    for (i = 0; i < p->conf->nstmts; i++) {
        if (!PQsendPrepare(p->pg, stmt[i].name, stmt[i].sql, stmt[i].nparams,
                           stmt[i].types))
        {
            goto failed;
        }
    }

    if (ngx_civic_pg_conn_sync(p) != NGX_OK) {
        goto failed;
    }

    ngx_civic_pg_conn_to(p, NGX_CIVIC_PG_PREPARING);
    return;

failed:

    ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NO_CONNECTION,
                            PQerrorMessage(p->pg));
}


static void
ngx_civic_pg_conn_serve(ngx_civic_pg_conn_t *p)
{
    ngx_del_timer(&p->timer);
    p->backoff = NGX_CIVIC_PG_BACKOFF_MIN;

    ngx_civic_pg_conn_to(p, NGX_CIVIC_PG_READY);

    ngx_log_error(NGX_LOG_NOTICE, p->log, 0, "civic: Postgres is usable");

    p->user->switched(p->data, 1);
}


/* undoes everything, whatever the state; the reason decides what follows */

static void
ngx_civic_pg_conn_close(ngx_civic_pg_conn_t *p, ngx_civic_pg_reason_e reason,
    const char *why)
{
    ngx_uint_t  ready;

    if (reason != NGX_CIVIC_PG_STOPPED) {
        ngx_civic_pg_conn_complain(p, reason, why);
    }

    ready = (p->state == NGX_CIVIC_PG_READY);

    /* the event goes before the socket, and the socket is libpq's to close */

    ngx_civic_pg_sock_del(p);

    PQfinish(p->pg);
    p->pg = NULL;
    p->syncs = 0;

    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }

    ngx_civic_pg_conn_to(p, NGX_CIVIC_PG_CLOSED);

    if (reason != NGX_CIVIC_PG_STOPPED) {

        /* the jitter keeps workers from coming back all at once */

        ngx_civic_pg_conn_arm(p, p->backoff
                                 + ngx_random() % (p->backoff / 2), 1);
        p->backoff = ngx_min(p->backoff * 2, NGX_CIVIC_PG_BACKOFF_MAX);
    }

    if (ready) {
        p->user->switched(p->data, 0);
    }
}


static void
ngx_civic_pg_conn_complain(ngx_civic_pg_conn_t *p,
    ngx_civic_pg_reason_e reason, const char *why)
{
    time_t     now;
    ngx_str_t  line;

    now = ngx_time();

    if (p->said[reason] && now - p->said[reason] < NGX_CIVIC_PG_QUIET) {
        return;
    }

    p->said[reason] = now;

    if (why == NULL || *why == '\0') {
        why = "no resources";
    }

    /* libpq's messages are several lines, of which the first one tells */

    line.data = (u_char *) why;
    line.len = strcspn(why, "\n");

    ngx_log_error(NGX_LOG_ERR, p->log, 0,
                  "civic: Postgres is not usable: %V", &line);
}


static void
ngx_civic_pg_conn_to(ngx_civic_pg_conn_t *p, ngx_civic_pg_state_e state)
{
    ngx_log_debug3(NGX_LOG_DEBUG_CORE, p->log, 0, "civic pg %p: %s -> %s",
                   p, ngx_civic_pg_states[p->state],
                   ngx_civic_pg_states[state]);

    p->state = state;

    ngx_civic_pg_conn_check(p);
}


static void
ngx_civic_pg_conn_check(ngx_civic_pg_conn_t *p)
{
    ngx_uint_t  ok;

    if (p->state == NGX_CIVIC_PG_CLOSED) {
        ok = (p->pg == NULL && p->c == NULL && p->syncs == 0);

    } else {
        ok = (p->pg != NULL && p->c != NULL && p->c->fd == PQsocket(p->pg));
    }

    if (p->state == NGX_CIVIC_PG_JUDGING
        || p->state == NGX_CIVIC_PG_PREPARING)
    {
        ok = ok && p->syncs == 1;
    }

    if (p->state >= NGX_CIVIC_PG_JUDGING) {
        ok = ok && PQpipelineStatus(p->pg) != PQ_PIPELINE_OFF
             && PQisnonblocking(p->pg);
    }

    if (!ok) {
        ngx_log_error(NGX_LOG_ALERT, p->log, 0,
                      "civic: Postgres connection is not as \"%s\" demands",
                      ngx_civic_pg_states[p->state]);
    }
}


static void
ngx_civic_pg_conn_arm(ngx_civic_pg_conn_t *p, ngx_msec_t msec,
    ngx_uint_t cancelable)
{
    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }

    /* only an answer somebody waits for may hold up an exiting worker */

    p->timer.cancelable = cancelable;
    ngx_add_timer(&p->timer, msec);
}


static void
ngx_civic_pg_conn_read(ngx_civic_pg_conn_t *p)
{
    PGresult    *res;
    ngx_uint_t   null;

    /*
     * Each call takes 8 KB at least; a TLS record is 16 KB at most, and what
     * is left of one raises no event.
     */

    if (!PQconsumeInput(p->pg)
        || (PQsslInUse(p->pg) && !PQconsumeInput(p->pg)))
    {
        goto lost;
    }

    if (p->writing && ngx_civic_pg_sock_flush(p) != NGX_OK) {
        goto lost;
    }

    null = 0;

    while (p->syncs && !PQisBusy(p->pg)) {

        res = PQgetResult(p->pg);

        if (res == NULL && null) {

            /* libpq has nothing more to wait for: a dead connection */

            goto lost;
        }

        null = (res == NULL);

        ngx_civic_pg_conn_take(p, res);
    }

    if (p->pg == NULL || PQstatus(p->pg) == CONNECTION_OK) {
        return;
    }

lost:

    /* never PQerrorMessage(): it may still quote a refused statement */

    ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_LOST, "connection lost");
}


static void
ngx_civic_pg_conn_take(ngx_civic_pg_conn_t *p, PGresult *res)
{
    ngx_uint_t  synced;

    synced = (res && PQresultStatus(res) == PGRES_PIPELINE_SYNC);

    if (synced) {
        p->syncs--;
    }

    switch (p->state) {

    case NGX_CIVIC_PG_READY:

        if (synced) {
            if (p->syncs) {
                ngx_civic_pg_conn_arm(p, p->conf->timeout, 0);

            } else {
                ngx_del_timer(&p->timer);
            }
        }

        p->user->result(p->data, res);
        return;

    case NGX_CIVIC_PG_JUDGING:
        ngx_civic_pg_conn_judged(p, res);
        break;

    default: /* NGX_CIVIC_PG_PREPARING */
        ngx_civic_pg_conn_prepared(p, res);
    }

    PQclear(res);
}


static void
ngx_civic_pg_conn_judged(ngx_civic_pg_conn_t *p, PGresult *res)
{
    const char  *why;

    if (res == NULL) {
        return;
    }

    if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
        ngx_civic_pg_conn_prepare(p);
        return;
    }

    why = p->conf->check(p->conf->check_data, res);

    if (why) {
        ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NOT_FIT, why);
    }
}


static void
ngx_civic_pg_conn_prepared(ngx_civic_pg_conn_t *p, PGresult *res)
{
    switch (PQresultStatus(res)) {

    case PGRES_FATAL_ERROR:

        /* the statements of the table, not their values, can be quoted */

        if (res) {
            ngx_civic_pg_conn_close(p, NGX_CIVIC_PG_NOT_PREPARED,
                            PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
        }

        break;

    case PGRES_PIPELINE_SYNC:
        ngx_civic_pg_conn_serve(p);
        break;

    default:
        break;
    }
}


ngx_int_t
ngx_civic_pg_conn_send(ngx_civic_pg_conn_t *p, const ngx_civic_pg_job_t *job)
{
    const ngx_civic_pg_stmt_t  *stmt;

    stmt = &p->conf->stmts[job->stmt];

    if (!PQsendQueryPrepared(p->pg, stmt->name, stmt->nparams, job->values,
                             job->lengths, job->formats, 1))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_civic_pg_conn_sync(ngx_civic_pg_conn_t *p)
{
    if (!PQpipelineSync(p->pg)) {
        return NGX_ERROR;
    }

    p->syncs++;

    if (!p->timer.timer_set) {
        ngx_civic_pg_conn_arm(p, p->conf->timeout, 0);
    }

    return ngx_civic_pg_sock_flush(p);
}


static void
ngx_civic_pg_conn_ignore(void *data, const PGresult *res)
{
}
