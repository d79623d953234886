
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A request without a client, on a connection without a socket.  "c->shared"
 * is nginx's own device for connections that own no socket; with it each of
 * nginx's ways to end a request frees everything.  It refuses to build the
 * request itself, and to free it by hand: both differ between versions.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_civic_compat.h"
#include "net/ngx_civic_detached.h"


#define NGX_CIVIC_DETACHED_POOL  1024


/*
 * Lives in the connection's pool.  "lctx" is first: nginx takes log->data for
 * it.  "data" and "name" become NULL when the request has ended.
 */

typedef struct {
    ngx_http_log_ctx_t            lctx;
    ngx_http_connection_t         hc;
    ngx_log_t                     log;
    struct sockaddr_in            loopback;

    ngx_str_t                    *name;
    void                        (*done)(void *data);
    void                         *data;
} ngx_civic_detached_t;


static ngx_connection_t *ngx_civic_detached_connection(void);
static void ngx_civic_detached_pretend(ngx_connection_t *c,
    ngx_civic_detached_t *d);
static void ngx_civic_detached_discard(ngx_connection_t *c);
static ngx_http_request_t *ngx_civic_detached_request(ngx_connection_t *c);
static u_char *ngx_civic_detached_log(ngx_log_t *log, u_char *buf, size_t len);
static void ngx_civic_detached_event(ngx_event_t *ev);
static void ngx_civic_detached_over(ngx_http_request_t *r);
static void ngx_civic_detached_done(void *data);


static ngx_str_t  ngx_civic_detached_addr = ngx_string("127.0.0.1");
static ngx_str_t  ngx_civic_detached_host = ngx_string("localhost");
static ngx_str_t  ngx_civic_detached_method = ngx_string("GET");
static ngx_str_t  ngx_civic_detached_uri = ngx_string("/");
static ngx_str_t  ngx_civic_detached_line = ngx_string("GET / HTTP/1.1");
static ngx_str_t  ngx_civic_detached_protocol = ngx_string("HTTP/1.1");


ngx_http_request_t *
ngx_civic_detached_create(ngx_http_conf_ctx_t *ctx, ngx_str_t *name,
    void (*done)(void *data), void *data)
{
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_civic_detached_t  *d;

    c = ngx_civic_detached_connection();
    if (c == NULL) {
        return NULL;
    }

    d = c->log->data;

    d->hc.conf_ctx = ctx;
    d->name = name;
    d->done = done;
    d->data = data;

    r = ngx_civic_detached_request(c);
    if (r == NULL) {
        ngx_civic_detached_discard(c);
    }

    return r;
}


ngx_uint_t
ngx_civic_detached_is(ngx_http_request_t *r)
{
    return r->connection->log->handler == ngx_civic_detached_log;
}


void *
ngx_civic_detached_data(ngx_http_request_t *r)
{
    ngx_civic_detached_t  *d;

    d = r->connection->log->data;

    return d->data;
}


static ngx_connection_t *
ngx_civic_detached_connection(void)
{
    ngx_pool_t            *pool;
    ngx_connection_t      *c;
    ngx_civic_detached_t  *d;

    /* the number only must not be -1: there is no socket */

    c = ngx_get_connection(0, ngx_cycle->log);
    if (c == NULL) {
        return NULL;
    }

    c->shared = 1;

    pool = ngx_create_pool(NGX_CIVIC_DETACHED_POOL, ngx_cycle->log);
    if (pool == NULL) {
        ngx_close_connection(c);
        return NULL;
    }

    c->pool = pool;

    d = ngx_pcalloc(pool, sizeof(ngx_civic_detached_t));
    c->buffer = ngx_create_temp_buf(pool, 1);

    if (d == NULL || c->buffer == NULL) {
        ngx_civic_detached_discard(c);
        return NULL;
    }

    d->log = *ngx_cycle->log;
    d->log.handler = ngx_civic_detached_log;
    d->log.data = d;
    d->lctx.connection = c;

    c->data = &d->hc;
    c->log = &d->log;
    c->read->log = c->log;
    c->write->log = c->log;
    pool->log = c->log;

    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->log->connection = c->number;

    ngx_civic_detached_pretend(c, d);

    return c;
}


/* what nginx's modules look at in a connection, without a socket behind */

static void
ngx_civic_detached_pretend(ngx_connection_t *c, ngx_civic_detached_t *d)
{
    d->loopback.sin_family = AF_INET;
    d->loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    /* allow, limit_conn, ip_hash and variables follow these pointers */

    c->sockaddr = (struct sockaddr *) &d->loopback;
    c->socklen = sizeof(struct sockaddr_in);
    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;
    c->addr_text = ngx_civic_detached_addr;
    c->type = SOCK_STREAM;

    /* no setsockopt() */

    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;

    c->recv = ngx_io.recv;
    c->send = ngx_io.send;
    c->send_chain = ngx_io.send_chain;

    c->read->handler = ngx_civic_detached_event;
    c->write->handler = ngx_civic_detached_event;

    /* "active" keeps upstream from adding events for the socket */

    c->read->active = 1;
    c->write->active = 1;

    /* otherwise proxy_buffering would spool the answer to a file */

    c->write->ready = 1;
}


/* a connection without a request */

static void
ngx_civic_detached_discard(ngx_connection_t *c)
{
    ngx_pool_t  *pool;

    pool = c->pool;

    ngx_close_connection(c);
    ngx_destroy_pool(pool);
}


static ngx_http_request_t *
ngx_civic_detached_request(ngx_connection_t *c)
{
    ngx_http_cleanup_t  *cln;
    ngx_http_request_t  *r;

    r = ngx_http_create_request(c);
    if (r == NULL) {
        return NULL;
    }

    /* no line in access_log: the subrequest's may be had by log_subrequest */

    r->logged = 1;

    cln = ngx_http_cleanup_add(r, 0);

    if (cln == NULL
        || ngx_list_init(&r->headers_in.headers, r->pool, 1,
                         sizeof(ngx_table_elt_t))
           != NGX_OK)
    {
        ngx_http_free_request(r, 0);
        return NULL;
    }

    cln->handler = ngx_civic_detached_done;
    cln->data = c->log->data;

    c->data = r;

    ngx_civic_stat_connection();

    r->method = NGX_HTTP_GET;
    r->method_name = ngx_civic_detached_method;
    r->http_version = NGX_HTTP_VERSION_11;
    r->http_protocol = ngx_civic_detached_protocol;
    r->request_line = ngx_civic_detached_line;
    r->uri = ngx_civic_detached_uri;
    r->unparsed_uri = ngx_civic_detached_uri;
    r->headers_in.server = ngx_civic_detached_host;

    r->internal = 1;
    r->valid_location = 1;

    r->http_state = NGX_HTTP_PROCESS_REQUEST_STATE;
    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_civic_detached_over;

    return r;
}


static u_char *
ngx_civic_detached_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                *p;
    ngx_civic_detached_t  *d;

    p = buf;
    d = log->data;

    if (log->action) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
    }

    /* never a body or arguments, which may name a person */

    if (d->name) {
        p = ngx_snprintf(p, len, ", civic call: \"%V\"", d->name);
    }

    return p;
}


/* reached only when worker_shutdown_timeout ends all connections */

static void
ngx_civic_detached_event(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ev->data;
    r = c->data;

    if (c->close) {
        ngx_http_finalize_request(r->main, NGX_ERROR);
        ngx_http_run_posted_requests(c);
    }
}


/* the subrequest is over, and so is the request */

static void
ngx_civic_detached_over(ngx_http_request_t *r)
{
    r->write_event_handler = ngx_http_request_empty_handler;

    /* neither keepalive nor lingering_close */

    r->connection->read->eof = 1;

    ngx_http_finalize_request(r, NGX_OK);
}


static void
ngx_civic_detached_done(void *data)
{
    void                  *owner;
    ngx_civic_detached_t  *d = data;

    owner = d->data;

    d->data = NULL;
    d->name = NULL;

    d->done(owner);
}
