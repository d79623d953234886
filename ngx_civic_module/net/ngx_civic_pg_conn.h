
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One libpq connection in nginx's event loop: connects, has the database
 * judged, prepares the statements, then sends what it is given and hands
 * back what comes, and after any failure starts again by itself.  It refuses
 * to block, to touch libpq's socket, and to know what a job or a group is:
 * that is ngx_civic_pg.c, its only user.
 */


#ifndef _NGX_CIVIC_PG_CONN_H_INCLUDED_
#define _NGX_CIVIC_PG_CONN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "net/ngx_civic_pg.h"


/*
 *               connect()       judge()       prepare()       serve()
 *       CLOSED ---------> CONNECTING --> JUDGING --> PREPARING --> READY
 *         ^                   |             |            |           |
 *         +-------------------+-------------+------------+-----------+
 *                                  close()
 *
 *   CLOSED      no PGconn; the timer, if set, is the next attempt
 *   CONNECTING  PQconnectPoll() goes on at the socket's next event
 *   JUDGING     the check query is out, in pipeline mode from here on
 *   PREPARING   all PREPAREs are out, under one Sync
 *   READY       the user may send
 *
 * Each transition is made by the one function named, each through to().
 * From CONNECTING to PREPARING the timer is the deadline of the whole start.
 * In READY it is set while an answer is awaited.
 *
 * Invariants, tested by check() after each transition:
 *   - CLOSED: pg == NULL, c == NULL, syncs == 0
 *   - otherwise: pg != NULL, c != NULL, c->fd == PQsocket(pg)
 *   - JUDGING, PREPARING: syncs == 1
 *   - JUDGING, PREPARING, READY: pipeline mode, non-blocking
 */

typedef enum {
    NGX_CIVIC_PG_CLOSED = 0,
    NGX_CIVIC_PG_CONNECTING,
    NGX_CIVIC_PG_JUDGING,
    NGX_CIVIC_PG_PREPARING,
    NGX_CIVIC_PG_READY
} ngx_civic_pg_state_e;


/* why a connection is closed; each is logged once a minute at most */

typedef enum {
    NGX_CIVIC_PG_NO_CONNECTION = 0,
    NGX_CIVIC_PG_NOT_FIT,
    NGX_CIVIC_PG_NOT_PREPARED,
    NGX_CIVIC_PG_LOST,
    NGX_CIVIC_PG_STOPPED,
    NGX_CIVIC_PG_REASONS
} ngx_civic_pg_reason_e;


typedef struct ngx_civic_pg_conn_s  ngx_civic_pg_conn_t;


/*
 * What the user is told.  switched() says that READY has begun or, after
 * that, ended; when it has ended, nothing more comes of what was sent.
 * result() gets everything that comes in READY, in libpq's order, and owns
 * it: results, NULL at the end of each statement, and one
 * PGRES_PIPELINE_SYNC per Sync.
 */

typedef struct {
    void                        (*switched)(void *data, ngx_uint_t ready);
    void                        (*result)(void *data, PGresult *res);
} ngx_civic_pg_user_t;


struct ngx_civic_pg_conn_s {
    ngx_civic_pg_state_e          state;
    PGconn                       *pg;
    ngx_connection_t             *c;
    ngx_event_t                   timer;

    ngx_uint_t                    syncs;        /* sent, not yet answered */
    ngx_msec_t                    backoff;

    ngx_civic_pg_conf_t          *conf;
    const ngx_civic_pg_user_t    *user;
    void                         *data;
    time_t                       *said;         /* shared; when, by reason */
    ngx_log_t                    *log;

    unsigned                      writing:1;    /* write event is added */
};


/* the user has filled conf, user, data, said, log; the rest is zero */

void ngx_civic_pg_conn_start(ngx_civic_pg_conn_t *p);

/* forever, in exit_process */

void ngx_civic_pg_conn_stop(ngx_civic_pg_conn_t *p);

/*
 * READY only.  send() queues one statement, sync() ends a group of them and
 * sends it on its way.  NGX_ERROR means the connection is of no more use:
 * the user closes it with fail().
 */

ngx_int_t ngx_civic_pg_conn_send(ngx_civic_pg_conn_t *p,
    const ngx_civic_pg_job_t *job);
ngx_int_t ngx_civic_pg_conn_sync(ngx_civic_pg_conn_t *p);

/* READY only: closes, and connects anew; "why" is for the log */

void ngx_civic_pg_conn_fail(ngx_civic_pg_conn_t *p, const char *why);


#endif /* _NGX_CIVIC_PG_CONN_H_INCLUDED_ */
