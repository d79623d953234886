
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Statements for Postgres, many to a commit: a worker's pool of libpq
 * connections that sends whatever waits as one group, and so pays one fsync
 * for many jobs.  It knows statements and jobs, not what they are about, and
 * refuses to block, to hold more than it was allowed to, to call a job done
 * before its commit is known, and to log anything a statement carried.
 *
 * One worker, one thread: nothing here may be called from elsewhere.
 */


#ifndef _NGX_CIVIC_PG_H_INCLUDED_
#define _NGX_CIVIC_PG_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include <libpq-fe.h>


typedef struct ngx_civic_pg_s      ngx_civic_pg_t;
typedef struct ngx_civic_pg_job_s  ngx_civic_pg_job_t;


/* one named statement; the table is constant and outlives the pool */

typedef struct {
    const char                   *name;
    const char                   *sql;
    int                           nparams;
    const Oid                    *types;
} ngx_civic_pg_stmt_t;


/*
 * Judges a fresh connection by the result of conf.check_sql, before any
 * statement is prepared.  Returns NULL if the database may be used, otherwise
 * the reason for the log ("schema version is 3, 4 is needed").  "res" has no
 * rows if the query itself failed, e.g. because a table is missing; its
 * columns are binary.  A refused connection is tried again with backoff.
 */

typedef const char *(*ngx_civic_pg_check_pt)(void *data, const PGresult *res);


/*
 * The fields up to "timeout" are the caller's; ngx_civic_pg_conf() checks
 * them and fills in the rest.  Lives as long as the cycle.
 */

typedef struct {
    ngx_str_t                     conninfo;
    const ngx_civic_pg_stmt_t    *stmts;
    ngx_uint_t                    nstmts;

    const char                   *check_sql;
    ngx_civic_pg_check_pt         check;
    void                         *check_data;

    ngx_uint_t                    connections;  /* per worker, >= 1 */
    ngx_uint_t                    depth;        /* groups in flight on one */
    ngx_uint_t                    batch;        /* jobs in one group */
    ngx_uint_t                    queue;        /* jobs waiting, not sent */
    ngx_msec_t                    timeout;      /* of waiting; of a query */

    const char                  **keywords;     /* for PQconnectStartParams */
    const char                  **values;
} ngx_civic_pg_conf_t;


/*
 * What done() is told:
 *
 *   NGX_OK        committed; "res" holds the statement's rows
 *   NGX_DECLINED  Postgres refused the statement for good, nothing of it
 *                 happened; SQLSTATE and statement name are logged, "res"
 *                 is the error result (PG_DIAG_SQLSTATE)
 *   NGX_AGAIN     nothing of it happened, later it may: the queue was full,
 *                 the time was over before it could be sent (again), or
 *                 Postgres was short of something; "res" is NULL
 *   NGX_ERROR     outcome unknown: sent, and then the connection was lost
 *                 or the time was over; "res" is NULL
 *
 * "res" is valid until done() returns.
 */

typedef void (*ngx_civic_pg_done_pt)(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);


/*
 * One execution of one statement.  The caller fills the first part, and keeps
 * the job and everything it points to, untouched, until done() was called;
 * in done() it may free or reuse both.
 *
 * "order" is the person (or whatever row) the job will lock.  The jobs of a
 * group are sent in this order, so two connections never wait for each other
 * in a circle; jobs of equal order keep the order they were submitted in.
 * There is no order between groups: who needs one waits for done().
 */

struct ngx_civic_pg_job_s {
    ngx_uint_t                    stmt;         /* index in conf.stmts */
    uint64_t                      order;
    const char *const            *values;       /* as in PQexecPrepared() */
    const int                    *lengths;
    const int                    *formats;
    ngx_civic_pg_done_pt          done;
    void                         *data;

    ngx_msec_t                    submitted;    /* when; filled in */

    /* the pool's own */

    ngx_queue_t                   queue;
    ngx_msec_t                    deadline;
    PGresult                     *res;
    ngx_uint_t                    tries;
    unsigned                      solo:1;       /* alone in its group */
    unsigned                      last:1;       /* of its group */
};


/*
 * submitted == done + failed + unknown + refused + queued, always, where
 * "queued" are the jobs whose done() has not been called yet.
 */

typedef struct {
    ngx_uint_t                    submitted;
    ngx_uint_t                    done;         /* NGX_OK */
    ngx_uint_t                    failed;       /* NGX_DECLINED */
    ngx_uint_t                    unknown;      /* NGX_ERROR */
    ngx_uint_t                    refused;      /* NGX_AGAIN */
    ngx_uint_t                    queued;

    ngx_uint_t                    groups;       /* sent */
    ngx_uint_t                    rows;         /* jobs in these groups */
    ngx_uint_t                    rollbacks;    /* groups taken apart */
    ngx_uint_t                    connects;     /* connections made usable */
    ngx_uint_t                    lost;         /* usable connections lost */
    ngx_uint_t                    ready;        /* usable now */
} ngx_civic_pg_stats_t;


/*
 * At configuration: checks conf->conninfo and builds the parameters from it.
 * Host names are refused, looking them up would block the worker.  Returns
 * NULL or the reason, allocated from "pool", to be shown by the directive.
 */

char *ngx_civic_pg_conf(ngx_pool_t *pool, ngx_civic_pg_conf_t *conf);

/*
 * In init_process of a worker: makes a pool from the cycle's memory; it
 * connects from the event loop, later.  NULL if there is no memory.
 */

ngx_civic_pg_t *ngx_civic_pg_open(ngx_cycle_t *cycle,
    ngx_civic_pg_conf_t *conf);

/*
 * Takes a job.  done() is called exactly once, from the event loop, never
 * from within this call; it is called from outside of nginx's HTTP handlers,
 * so a request it wakes needs ngx_http_run_posted_requests().  May be called
 * from done().  A waiting job keeps an exiting worker alive, for as long as
 * conf.timeout at most.
 */

void ngx_civic_pg_submit(ngx_civic_pg_t *pg, ngx_civic_pg_job_t *job);

/* counters of this worker */

const ngx_civic_pg_stats_t *ngx_civic_pg_stats(ngx_civic_pg_t *pg);

/*
 * In exit_process: ends the connections; done() of what was sent is called
 * with NGX_ERROR, of what still waits with NGX_AGAIN.  A job submitted from
 * there, or later, is forgotten.
 */

void ngx_civic_pg_close(ngx_civic_pg_t *pg);


/*
 * Columns of a binary result.  A column that is NULL, or not of the type, is
 * zero, false or empty; int8() also takes int2 and int4.  The bytes of str()
 * belong to the result.
 */

int64_t ngx_civic_pg_int8(const PGresult *res, int row, int col);
int32_t ngx_civic_pg_int4(const PGresult *res, int row, int col);
ngx_uint_t ngx_civic_pg_bool(const PGresult *res, int row, int col);
ngx_str_t ngx_civic_pg_str(const PGresult *res, int row, int col);

/*
 * Whether a refusal is of what the parameters hold (SQLSTATE class 22, 23502,
 * 23514): they would be refused for ever.  A key that is there already is
 * not: that may be a race, and the next try goes well.
 */
ngx_uint_t ngx_civic_pg_is_data(const PGresult *res);


#endif /* _NGX_CIVIC_PG_H_INCLUDED_ */
