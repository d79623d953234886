
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A worker's pool of Postgres connections: where jobs wait, and where they
 * end.  It refuses what does not fit, and whoever has waited too long; how
 * jobs become groups is in ngx_civic_pg_group.c.
 *
 * Waiting jobs are sent from kick() only, which is a posted event: it runs
 * after all socket events of the loop's turn, so that many share a commit.
 * There is no delay beyond that: a group is as large as the last ones took
 * long.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "net/ngx_civic_pg.h"
#include "net/ngx_civic_pg_pool.h"


static void ngx_civic_pg_kick(ngx_event_t *ev);
static void ngx_civic_pg_pump(ngx_civic_pg_t *pg);
static ngx_civic_pg_link_t *ngx_civic_pg_pick(ngx_civic_pg_t *pg);
static void ngx_civic_pg_watch(ngx_civic_pg_t *pg);
static void ngx_civic_pg_deadline(ngx_event_t *ev);
static void ngx_civic_pg_check(ngx_civic_pg_t *pg);


ngx_civic_pg_t *
ngx_civic_pg_open(ngx_cycle_t *cycle, ngx_civic_pg_conf_t *conf)
{
    ngx_uint_t            i;
    ngx_civic_pg_t       *pg;
    ngx_civic_pg_link_t  *link;

    pg = ngx_pcalloc(cycle->pool, sizeof(ngx_civic_pg_t));
    if (pg == NULL) {
        return NULL;
    }

    link = ngx_pcalloc(cycle->pool,
                       conf->connections * sizeof(ngx_civic_pg_link_t));
    if (link == NULL) {
        return NULL;
    }

    pg->conf = conf;
    pg->log = cycle->log;
    pg->links = link;

    ngx_queue_init(&pg->refused);
    ngx_queue_init(&pg->waiting);

    pg->kick.handler = ngx_civic_pg_kick;
    pg->kick.data = pg;
    pg->kick.log = cycle->log;

    pg->deadline.handler = ngx_civic_pg_deadline;
    pg->deadline.data = pg;
    pg->deadline.log = cycle->log;

    for (i = 0; i < conf->connections; i++) {
        link[i].pg = pg;
        ngx_queue_init(&link[i].flying);

        link[i].conn.conf = conf;
        link[i].conn.user = &ngx_civic_pg_user;
        link[i].conn.data = &link[i];
        link[i].conn.said = pg->said;
        link[i].conn.log = cycle->log;

        ngx_civic_pg_conn_start(&link[i].conn);
    }

    return pg;
}


void
ngx_civic_pg_submit(ngx_civic_pg_t *pg, ngx_civic_pg_job_t *job)
{
    if (pg->closed) {
        return;
    }

    pg->stats.submitted++;
    pg->stats.queued++;

    job->submitted = ngx_current_msec;

    job->res = NULL;
    job->tries = 0;
    job->solo = 0;
    job->last = 0;

    if (pg->nwaiting < pg->conf->queue) {
        job->deadline = ngx_current_msec + pg->conf->timeout;

        ngx_queue_insert_tail(&pg->waiting, &job->queue);
        pg->nwaiting++;

        ngx_civic_pg_watch(pg);

    } else {
        ngx_queue_insert_tail(&pg->refused, &job->queue);
    }

    ngx_post_event(&pg->kick, &ngx_posted_events);
}


static void
ngx_civic_pg_kick(ngx_event_t *ev)
{
    ngx_queue_t      jobs;
    ngx_civic_pg_t  *pg = ev->data;

    /* those that done() refuses anew are for the next kick */

    ngx_queue_init(&jobs);
    ngx_civic_pg_move(&jobs, &pg->refused);

    ngx_civic_pg_pump(pg);

    ngx_civic_pg_settle_all(pg, &jobs, NGX_AGAIN);
}


static void
ngx_civic_pg_pump(ngx_civic_pg_t *pg)
{
    ngx_civic_pg_link_t  *link;

    while (!ngx_queue_empty(&pg->waiting)) {

        link = ngx_civic_pg_pick(pg);

        if (link == NULL) {
            return;
        }

        ngx_civic_pg_send_group(link);
    }

    if (pg->deadline.timer_set) {
        ngx_del_timer(&pg->deadline);
    }
}


/* the least busy one that has room for a group */

static ngx_civic_pg_link_t *
ngx_civic_pg_pick(ngx_civic_pg_t *pg)
{
    ngx_uint_t            i;
    ngx_civic_pg_link_t  *link, *best;

    best = NULL;

    for (i = 0; i < pg->conf->connections; i++) {
        link = &pg->links[i];

        if (link->conn.state == NGX_CIVIC_PG_READY
            && link->groups < pg->conf->depth
            && (best == NULL || link->groups < best->groups))
        {
            best = link;
        }
    }

    return best;
}


static void
ngx_civic_pg_watch(ngx_civic_pg_t *pg)
{
    ngx_queue_t          *q;
    ngx_msec_int_t        left;
    ngx_civic_pg_job_t   *job;

    if (pg->deadline.timer_set || ngx_queue_empty(&pg->waiting)) {
        return;
    }

    q = ngx_queue_head(&pg->waiting);
    job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

    left = (ngx_msec_int_t) (job->deadline - ngx_current_msec);

    /* not cancelable: who waits for done() is waited for */

    ngx_add_timer(&pg->deadline, ngx_max(left, 1));
}


static void
ngx_civic_pg_deadline(ngx_event_t *ev)
{
    ngx_queue_t          jobs, *q;
    ngx_civic_pg_t      *pg = ev->data;
    ngx_civic_pg_job_t  *job;

    ngx_queue_init(&jobs);

    while (!ngx_queue_empty(&pg->waiting)) {

        q = ngx_queue_head(&pg->waiting);
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

        if ((ngx_msec_int_t) (job->deadline - ngx_current_msec) > 0) {
            break;
        }

        ngx_queue_remove(q);
        pg->nwaiting--;

        ngx_queue_insert_tail(&jobs, q);
    }

    ngx_civic_pg_watch(pg);

    ngx_civic_pg_settle_all(pg, &jobs, NGX_AGAIN);
}


void
ngx_civic_pg_move(ngx_queue_t *to, ngx_queue_t *from)
{
    ngx_queue_add(to, from);
    ngx_queue_init(from);
}


void
ngx_civic_pg_prepend(ngx_civic_pg_t *pg, ngx_queue_t *jobs, ngx_uint_t n)
{
    ngx_civic_pg_move(jobs, &pg->waiting);
    ngx_civic_pg_move(&pg->waiting, jobs);
    pg->nwaiting += n;

    ngx_civic_pg_watch(pg);
}


void
ngx_civic_pg_settle_all(ngx_civic_pg_t *pg, ngx_queue_t *jobs, ngx_int_t rc)
{
    ngx_queue_t         *q;
    ngx_civic_pg_job_t  *job;

    while (!ngx_queue_empty(jobs)) {
        q = ngx_queue_head(jobs);
        job = ngx_queue_data(q, ngx_civic_pg_job_t, queue);

        ngx_queue_remove(q);

        if (rc == NGX_AGAIN || rc == NGX_ERROR) {
            PQclear(job->res);
            job->res = NULL;
        }

        ngx_civic_pg_settle(pg, job, rc);
    }
}


/* the one place a job ends; done() may free it */

void
ngx_civic_pg_settle(ngx_civic_pg_t *pg, ngx_civic_pg_job_t *job, ngx_int_t rc)
{
    PGresult  *res;

    pg->stats.queued--;

    switch (rc) {

    case NGX_OK:
        pg->stats.done++;
        break;

    case NGX_DECLINED:
        pg->stats.failed++;
        break;

    case NGX_AGAIN:
        pg->stats.refused++;
        break;

    default: /* NGX_ERROR */
        pg->stats.unknown++;
    }

    res = job->res;
    job->res = NULL;

    job->done(job, rc, res);

    PQclear(res);
}


const ngx_civic_pg_stats_t *
ngx_civic_pg_stats(ngx_civic_pg_t *pg)
{
    return &pg->stats;
}


void
ngx_civic_pg_close(ngx_civic_pg_t *pg)
{
    ngx_uint_t  i;

    ngx_civic_pg_check(pg);

    pg->closed = 1;

    for (i = 0; i < pg->conf->connections; i++) {
        ngx_civic_pg_conn_stop(&pg->links[i].conn);
    }

    ngx_civic_pg_settle_all(pg, &pg->refused, NGX_AGAIN);

    pg->nwaiting = 0;
    ngx_civic_pg_settle_all(pg, &pg->waiting, NGX_AGAIN);

    if (pg->deadline.timer_set) {
        ngx_del_timer(&pg->deadline);
    }

    if (pg->kick.posted) {
        ngx_delete_posted_event(&pg->kick);
    }

    ngx_civic_pg_check(pg);
}


static void
ngx_civic_pg_check(ngx_civic_pg_t *pg)
{
    ngx_uint_t             i, n;
    ngx_queue_t           *q;
    ngx_civic_pg_stats_t  *s;

    s = &pg->stats;
    n = pg->nwaiting;

    for (q = ngx_queue_head(&pg->refused);
         q != ngx_queue_sentinel(&pg->refused);
         q = ngx_queue_next(q))
    {
        n++;
    }

    for (i = 0; i < pg->conf->connections; i++) {
        for (q = ngx_queue_head(&pg->links[i].flying);
             q != ngx_queue_sentinel(&pg->links[i].flying);
             q = ngx_queue_next(q))
        {
            n++;
        }
    }

    if (n != s->queued
        || s->submitted != s->done + s->failed + s->unknown + s->refused
                           + s->queued)
    {
        ngx_log_error(NGX_LOG_ALERT, pg->log, 0,
                      "civic: %ui jobs queued, %ui found", s->queued, n);
    }
}
