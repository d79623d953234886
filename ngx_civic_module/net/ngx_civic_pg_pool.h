
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the two halves of the Postgres pool share: ngx_civic_pg.c, where jobs
 * wait and end, and ngx_civic_pg_group.c, where they are sent in groups.
 * Nothing for anybody else.
 */


#ifndef _NGX_CIVIC_PG_POOL_H_INCLUDED_
#define _NGX_CIVIC_PG_POOL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "net/ngx_civic_pg.h"
#include "net/ngx_civic_pg_conn.h"


/*
 * A job is in one of these queues from submit() to settle():
 *
 *   refused   did not fit in; done() is called from the next kick
 *   waiting   oldest first; jobs of a failed group return to its head and
 *             then go alone ("solo")
 *   flying    of a link: sent, group after group, the last job of each marked
 */

typedef struct {
    ngx_civic_pg_conn_t          conn;
    ngx_civic_pg_t              *pg;
    ngx_queue_t                  flying;
    ngx_queue_t                 *next;          /* see current() */
    ngx_uint_t                   groups;        /* flying */
    unsigned                     failed:1;      /* the first of them */
    unsigned                     stale:1;       /* has to be made anew */
} ngx_civic_pg_link_t;


struct ngx_civic_pg_s {
    ngx_civic_pg_conf_t         *conf;
    ngx_log_t                   *log;

    ngx_queue_t                  refused;
    ngx_queue_t                  waiting;
    ngx_uint_t                   nwaiting;

    ngx_event_t                  kick;
    ngx_event_t                  deadline;

    ngx_civic_pg_stats_t         stats;
    time_t                       said[NGX_CIVIC_PG_REASONS];

    ngx_civic_pg_link_t         *links;

    unsigned                     closed:1;
};


/* ngx_civic_pg_group.c: how a link hears of its connection */

extern const ngx_civic_pg_user_t  ngx_civic_pg_user;

/* sends what waits, "batch" jobs at most, over a link that has room */

void ngx_civic_pg_send_group(ngx_civic_pg_link_t *link);


/* ngx_civic_pg.c: the one place a job ends, and the same for many */

void ngx_civic_pg_settle(ngx_civic_pg_t *pg, ngx_civic_pg_job_t *job,
    ngx_int_t rc);
void ngx_civic_pg_settle_all(ngx_civic_pg_t *pg, ngx_queue_t *jobs,
    ngx_int_t rc);

/* puts "n" jobs back before those that wait; "jobs" is empty after that */

void ngx_civic_pg_prepend(ngx_civic_pg_t *pg, ngx_queue_t *jobs,
    ngx_uint_t n);

/* appends the queue "from" to "to", and leaves it empty */

void ngx_civic_pg_move(ngx_queue_t *to, ngx_queue_t *from);


#endif /* _NGX_CIVIC_PG_POOL_H_INCLUDED_ */
