
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Natural group commit: the jobs of a group are pipelined under one Sync,
 * which makes them one implicit transaction and one fsync.  It refuses to
 * believe a result before the Sync was answered: a later job's failure undoes
 * it, and so may the commit itself.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "net/ngx_civic_pg.h"
#include "net/ngx_civic_pg_pool.h"


/*
 * How often a job that lost a fight for a lock (SQLSTATE class 40) is sent;
 * alone in its group it may lose to another worker's, hardly thrice.
 */

#define NGX_CIVIC_PG_TRIES  3


static ngx_uint_t ngx_civic_pg_form_group(ngx_civic_pg_t *pg,
    ngx_queue_t *group);
static ngx_int_t ngx_civic_pg_compare(const ngx_queue_t *one,
    const ngx_queue_t *two);
static void ngx_civic_pg_switched(void *data, ngx_uint_t ready);
static void ngx_civic_pg_result(void *data, PGresult *res);
static ngx_civic_pg_job_t *ngx_civic_pg_current(ngx_civic_pg_link_t *link);
static ngx_int_t ngx_civic_pg_keep(ngx_civic_pg_link_t *link, PGresult *res);
static void ngx_civic_pg_end_group(ngx_civic_pg_link_t *link);
static void ngx_civic_pg_take_apart(ngx_civic_pg_t *pg, ngx_queue_t *group);
static void ngx_civic_pg_fail(ngx_civic_pg_t *pg, ngx_civic_pg_job_t *job);
static ngx_int_t ngx_civic_pg_verdict(const char *state);


const ngx_civic_pg_user_t  ngx_civic_pg_user = {
    ngx_civic_pg_switched,
    ngx_civic_pg_result
};


void
ngx_civic_pg_send_group(ngx_civic_pg_link_t *link)
{
    ngx_uint_t           n;
    ngx_queue_t          group, *q;
    ngx_civic_pg_t      *pg;
    ngx_civic_pg_job_t  *job;

    pg = link->pg;

    ngx_queue_init(&group);

    n = ngx_civic_pg_form_group(pg, &group);

    for (q = ngx_queue_head(&group);
         q != ngx_queue_sentinel(&group);
         q = ngx_queue_next(q))
    {
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

        if (ngx_civic_pg_conn_send(&link->conn, job) != NGX_OK) {

            /* without its Sync nothing of the group can be committed */

            ngx_civic_pg_prepend(pg, &group, n);

            ngx_civic_pg_conn_fail(&link->conn, "cannot send");
            return;
        }
    }

    q = ngx_queue_last(&group);
    job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);
    job->last = 1;

    ngx_queue_add(&link->flying, &group);
    link->groups++;

    pg->stats.groups++;
    pg->stats.rows += n;

    if (ngx_civic_pg_conn_sync(&link->conn) != NGX_OK) {
        ngx_civic_pg_conn_fail(&link->conn, "cannot send");
    }
}


/* moves what goes next from waiting to the group, returns how many */

static ngx_uint_t
ngx_civic_pg_form_group(ngx_civic_pg_t *pg, ngx_queue_t *group)
{
    ngx_uint_t           n;
    ngx_queue_t         *q;
    ngx_civic_pg_job_t  *job;

    for (n = 0; n < pg->conf->batch; n++) {

        if (ngx_queue_empty(&pg->waiting)) {
            break;
        }

        q = ngx_queue_head(&pg->waiting);
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

        if (job->solo && n) {
            break;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(group, q);
        pg->nwaiting--;

        job->last = 0;

        if (job->solo) {
            return 1;
        }
    }

    ngx_queue_sort(group, ngx_civic_pg_compare);

    return n;
}


static ngx_int_t
ngx_civic_pg_compare(const ngx_queue_t *one, const ngx_queue_t *two)
{
    ngx_civic_pg_job_t  *first, *second;

    first = ngx_queue_data(one, ngx_civic_pg_job_t, queue);
    second = ngx_queue_data(two, ngx_civic_pg_job_t, queue);

    return first->order > second->order;
}


static void
ngx_civic_pg_switched(void *data, ngx_uint_t ready)
{
    ngx_queue_t           jobs;
    ngx_civic_pg_t       *pg;
    ngx_civic_pg_link_t  *link = data;

    pg = link->pg;

    if (ready) {
        pg->stats.ready++;
        pg->stats.connects++;

        ngx_post_event(&pg->kick, &ngx_posted_events);
        return;
    }

    pg->stats.ready--;
    pg->stats.lost++;

    ngx_queue_init(&jobs);
    ngx_civic_pg_move(&jobs, &link->flying);

    link->next = NULL;
    link->groups = 0;
    link->failed = 0;
    link->stale = 0;

    /* any of these may have been committed */

    ngx_civic_pg_settle_all(pg, &jobs, NGX_ERROR);
}


static void
ngx_civic_pg_result(void *data, PGresult *res)
{
    ngx_civic_pg_job_t   *job;
    ngx_civic_pg_link_t  *link = data;

    if (res == NULL) {
        job = ngx_civic_pg_current(link);

        if (job) {
            link->next = job->last ? ngx_queue_sentinel(&link->flying)
                                   : ngx_queue_next(&job->queue);
        }

        return;
    }

    switch (PQresultStatus(res)) {

    case PGRES_PIPELINE_SYNC:
        PQclear(res);
        ngx_civic_pg_end_group(link);
        return;

    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        break;

    case PGRES_PIPELINE_ABORTED:
        link->failed = 1;
        PQclear(res);
        return;

    default:
        link->failed = 1;
    }

    if (ngx_civic_pg_keep(link, res) != NGX_OK) {

        /*
         * An error of libpq's own, as for want of memory: what Postgres has
         * done is not known.
         */

        ngx_civic_pg_conn_fail(&link->conn, "unintelligible answer");
    }
}


/*
 * Whose result comes next: the head of flying if "next" is NULL; nobody's if
 * it is the sentinel, when all of the group but its Sync have come.
 */

static ngx_civic_pg_job_t *
ngx_civic_pg_current(ngx_civic_pg_link_t *link)
{
    ngx_queue_t  *q;

    q = link->next ? link->next : ngx_queue_head(&link->flying);

    if (q == ngx_queue_sentinel(&link->flying)) {
        return NULL;
    }

    return ngx_queue_data(q, ngx_civic_pg_job_t, queue);
}


static ngx_int_t
ngx_civic_pg_keep(ngx_civic_pg_link_t *link, PGresult *res)
{
    const char          *state;
    ngx_queue_t         *q;
    ngx_civic_pg_job_t  *job;

    job = ngx_civic_pg_current(link);

    if (job == NULL && !ngx_queue_empty(&link->flying)) {

        /* the commit itself failed, by a deferred constraint for example */

        q = ngx_queue_head(&link->flying);
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);
    }

    if (job == NULL) {
        PQclear(res);
        return NGX_ERROR;
    }

    PQclear(job->res);
    job->res = res;

    if (PQresultStatus(res) == PGRES_TUPLES_OK
        || PQresultStatus(res) == PGRES_COMMAND_OK)
    {
        return NGX_OK;
    }

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    if (state == NULL) {
        return NGX_ERROR;
    }

    /*
     * After a migration a statement may be gone ("invalid_sql_statement_name")
     * or return other columns than it was prepared for ("cached plan must not
     * change result type" is a feature_not_supported).
     */

    if (ngx_strcmp(state, "26000") == 0 || ngx_strcmp(state, "0A000") == 0) {
        link->stale = 1;
    }

    return NGX_OK;
}


static void
ngx_civic_pg_end_group(ngx_civic_pg_link_t *link)
{
    ngx_uint_t           n, failed, stale;
    ngx_queue_t          group, *q;
    ngx_civic_pg_t      *pg;
    ngx_civic_pg_job_t  *job;

    pg = link->pg;

    ngx_queue_init(&group);
    n = 0;

    do {
        q = ngx_queue_head(&link->flying);
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&group, q);
        n++;

    } while (!job->last);

    failed = link->failed;
    stale = link->stale;

    link->next = NULL;
    link->failed = 0;
    link->stale = 0;
    link->groups--;

    if (!failed) {
        ngx_civic_pg_settle_all(pg, &group, NGX_OK);

    } else if (n > 1) {
        ngx_civic_pg_take_apart(pg, &group);

    } else {
        ngx_civic_pg_fail(pg, job);
    }

    if (stale) {
        ngx_civic_pg_conn_fail(&link->conn, "statements are out of date");
    }

    ngx_post_event(&pg->kick, &ngx_posted_events);
}


/*
 * One job has failed and with it the transaction of all.  Each goes again by
 * itself, the culprits last: what delayed them may delay them again.
 */

static void
ngx_civic_pg_take_apart(ngx_civic_pg_t *pg, ngx_queue_t *group)
{
    ngx_uint_t           n;
    ngx_queue_t          culprits, others, *q;
    ngx_civic_pg_job_t  *job;

    pg->stats.rollbacks++;

    ngx_queue_init(&culprits);
    ngx_queue_init(&others);
    n = 0;

    while (!ngx_queue_empty(group)) {
        q = ngx_queue_head(group);
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

        ngx_queue_remove(q);
        n++;

        if (job->res && PQresultErrorField(job->res, PG_DIAG_SQLSTATE)) {
            ngx_queue_insert_tail(&culprits, q);

        } else {
            ngx_queue_insert_tail(&others, q);
        }

        PQclear(job->res);
        job->res = NULL;
        job->solo = 1;
    }

    ngx_civic_pg_move(&others, &culprits);
    ngx_civic_pg_prepend(pg, &others, n);
}


/* a job that was alone in its group has failed: nothing of it happened */

static void
ngx_civic_pg_fail(ngx_civic_pg_t *pg, ngx_civic_pg_job_t *job)
{
    ngx_int_t     rc;
    const char   *state, *name;
    ngx_queue_t   again;

    state = PQresultErrorField(job->res, PG_DIAG_SQLSTATE);
    name = pg->conf->stmts[job->stmt].name;

    rc = ngx_civic_pg_verdict(state);

    if (rc == NGX_BUSY && ++job->tries < NGX_CIVIC_PG_TRIES) {

        PQclear(job->res);
        job->res = NULL;
        job->solo = 1;

        ngx_queue_init(&again);
        ngx_queue_insert_tail(&again, &job->queue);
        ngx_civic_pg_prepend(pg, &again, 1);
        return;
    }

    /* never the message: it quotes values */

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_ERR, pg->log, 0,
                      "civic: statement \"%s\" was refused, SQLSTATE %s",
                      name, state);

        ngx_civic_pg_settle(pg, job, NGX_DECLINED);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, pg->log, 0,
                  "civic: statement \"%s\" was put off, SQLSTATE %s",
                  name, state);

    PQclear(job->res);
    job->res = NULL;

    ngx_civic_pg_settle(pg, job, NGX_AGAIN);
}


/* NGX_BUSY: try at once; NGX_AGAIN: later it may work; NGX_DECLINED: never */

static ngx_int_t
ngx_civic_pg_verdict(const char *state)
{
    if (ngx_strncmp(state, "40", 2) == 0         /* deadlock, serialization */
        || ngx_strcmp(state, "26000") == 0       /* see keep() */
        || ngx_strcmp(state, "0A000") == 0)
    {
        return NGX_BUSY;
    }

    if (ngx_strncmp(state, "53", 2) == 0         /* disk, memory, ... full */
        || ngx_strncmp(state, "57", 2) == 0      /* timeout, shutdown */
        || ngx_strncmp(state, "58", 2) == 0      /* of the system around */
        || ngx_strcmp(state, "55P03") == 0       /* lock not available */
        || ngx_strcmp(state, "25006") == 0)      /* a standby, read only */
    {
        return NGX_AGAIN;
    }

    return NGX_DECLINED;
}
