
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One HTTP exchange with an operator-written internal location, without any
 * client: a detached request issues one subrequest in memory, proxy_pass with
 * all its directives does the rest, and the answer comes back in one piece.
 * It refuses to queue, to retry, and to guess: an exchange whose request may
 * have reached the peer is never reported as not sent.
 *
 * One worker, one thread: nothing here may be called from elsewhere.
 */


#ifndef _NGX_CIVIC_CALL_H_INCLUDED_
#define _NGX_CIVIC_CALL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "net/ngx_civic_sink.h"


/*
 * How a call ended:
 *
 *   ANSWERED  the peer answered: "status", "body", "retry_after" are its own
 *   REFUSED   no byte of the request left this machine: connect refused or
 *             timed out, no live upstream, no connection slots, no such
 *             location; safe to repeat
 *   LOST      the request may have arrived, no (whole) answer came: timeout,
 *             connection lost, worker told to exit, an answer that leads
 *             nginx to another location
 *   LARGE     answered with "status", but the body was more than max_answer
 *             or subrequest_output_buffer_size, and was thrown away; or the
 *             sink took no more of it
 */

typedef enum {
    NGX_CIVIC_CALL_ANSWERED = 0,
    NGX_CIVIC_CALL_REFUSED,
    NGX_CIVIC_CALL_LOST,
    NGX_CIVIC_CALL_LARGE
} ngx_civic_call_kind_e;


typedef struct {
    ngx_civic_call_kind_e         kind;
    ngx_uint_t                    status;       /* of the peer, or 0 */
    ngx_str_t                     body;
    time_t                        retry_after;  /* seconds, or -1 */
    unsigned                      sent:1;       /* kind is not REFUSED */
} ngx_civic_call_result_t;


/* "result" and its body are valid until the handler returns */

typedef void (*ngx_civic_call_pt)(void *data,
    const ngx_civic_call_result_t *result);


/*
 * One peer, as far as this worker is concerned: its cap and its counters.
 * Lives as long as the cycle.  started == finished + running, always.
 */

typedef struct {
    ngx_http_conf_ctx_t          *ctx;
    ngx_uint_t                    max;          /* calls running at a time */
    ngx_uint_t                    reserve;      /* connections left alone */

    ngx_uint_t                    running;
    ngx_uint_t                    started;
    ngx_uint_t                    finished;
    ngx_uint_t                    busy;         /* NGX_BUSY was returned */
    ngx_uint_t                    kinds[4];     /* finished, by kind */

    ngx_queue_t                   ended;
    ngx_event_t                   deliver;
} ngx_civic_call_target_t;


/*
 * What to ask.  Everything is copied, nothing has to outlive the call.
 * "content_type" and "body" may be empty.  "uri" is the location's, decoded;
 * "args" are encoded, without "?".  The answer's limit is the smaller of
 * max_answer and subrequest_output_buffer_size of the location, which is a
 * page by default: the operator sets it.  With a sink the body goes there and
 * nowhere else, however large; that of another status is thrown away.
 * "timeout" is for all of it, in ms, so that a peer that drips ends; 0: the
 * timeouts of the location, each between two pieces, are all there are.
 */

typedef struct {
    ngx_uint_t                    method;       /* NGX_HTTP_GET or POST */
    ngx_str_t                     uri;
    ngx_str_t                     args;
    ngx_str_t                     content_type;
    ngx_str_t                     body;
    size_t                        max_answer;
    ngx_civic_sink_pt             sink;         /* NULL none */
    ngx_msec_t                    timeout;

    ngx_civic_call_pt             handler;
    void                         *data;
} ngx_civic_call_request_t;


/*
 * In init_process.  "ctx" is cf->ctx of the server{} whose locations are
 * meant.  A call takes two connection slots; calls are admitted only while a
 * quarter of worker_connections stays free for citizens.
 */

void ngx_civic_call_init(ngx_civic_call_target_t *target, ngx_cycle_t *cycle,
    ngx_http_conf_ctx_t *ctx, ngx_uint_t max);

/*
 * Starts a call.
 *
 *   NGX_OK     handler() is called exactly once, from the event loop, never
 *              from within this call
 *   NGX_BUSY   "max" calls are running, or connections are short: nothing
 *              was sent and handler() is not called; wait for another call
 *              to end, or for some time
 *   NGX_ERROR  no memory: as NGX_BUSY
 *
 * May be called from anywhere in the event loop, from handler() too.
 * A running call keeps an exiting worker alive until it ends or until
 * worker_shutdown_timeout: look at ngx_exiting before starting more.
 */

ngx_int_t ngx_civic_call(ngx_civic_call_target_t *target,
    const ngx_civic_call_request_t *req);

/* Whether it would not be NGX_BUSY now: ask before dear work for a call. */

#define ngx_civic_call_may(target)                                            \
    ((target)->running < (target)->max                                        \
     && ngx_cycle->free_connection_n > (target)->reserve)

/* How a call ended, in words for a log. */

const char *ngx_civic_call_kind(const ngx_civic_call_result_t *result);

/*
 * In exit_process: delivers what has ended.  What still runs is forgotten
 * with the process, its outcome is unknown.
 */

void ngx_civic_call_close(ngx_civic_call_target_t *target);


#endif /* _NGX_CIVIC_CALL_H_INCLUDED_ */
