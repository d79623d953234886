
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Detached calls: admission, one in-memory subrequest, its outcome, and the
 * delivery of that.  It refuses to end a call anywhere but in the request's
 * cleanup, and to tell of it from there.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_civic_compat.h"
#include "net/ngx_civic_call.h"
#include "net/ngx_civic_detached.h"


/* the part of worker_connections, 1/n, that calls leave to citizens */

#define NGX_CIVIC_CALL_RESERVE  4

#define NGX_CIVIC_CALL_POOL     2048


typedef struct ngx_civic_call_s  ngx_civic_call_t;


/*
 * Lives from ngx_civic_call() until handler() has returned, in a pool of its
 * own: the request and its pools are gone before handler() is called.
 */

struct ngx_civic_call_s {
    ngx_queue_t                   queue;
    ngx_pool_t                   *pool;
    ngx_civic_call_target_t      *target;
    ngx_civic_call_request_t      req;
    ngx_http_request_t           *r;            /* detached */
    ngx_http_request_t           *sr;
    ngx_event_t                   late;
    ngx_civic_call_result_t       result;
    ngx_civic_sink_t              sink;
    unsigned                      judged:1;
};


static ngx_civic_call_t *ngx_civic_call_create(ngx_civic_call_target_t *target,
    const ngx_civic_call_request_t *req);
static ngx_int_t ngx_civic_call_copy(ngx_pool_t *pool, ngx_str_t *dst,
    const ngx_str_t *src);
static ngx_int_t ngx_civic_call_subrequest(ngx_http_request_t *r,
    ngx_civic_call_t *call);
static ngx_int_t ngx_civic_call_fill(ngx_http_request_t *sr,
    ngx_civic_call_request_t *req);
static void ngx_civic_call_late(ngx_event_t *ev);
static ngx_int_t ngx_civic_call_answered(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static void ngx_civic_call_judge(ngx_civic_call_t *call, ngx_int_t rc,
    ngx_uint_t large);
static ngx_uint_t ngx_civic_call_is_whole(ngx_http_upstream_t *u,
    ngx_int_t rc);
static ngx_civic_call_kind_e ngx_civic_call_take_body(ngx_civic_call_t *call);
static ngx_uint_t ngx_civic_call_is_sent(ngx_http_request_t *sr);
static time_t ngx_civic_call_retry_after(ngx_http_upstream_t *u);
static void ngx_civic_call_done(void *data);
static void ngx_civic_call_deliver(ngx_event_t *ev);


static ngx_str_t  ngx_civic_call_post = ngx_string("POST");


void
ngx_civic_call_init(ngx_civic_call_target_t *target, ngx_cycle_t *cycle,
    ngx_http_conf_ctx_t *ctx, ngx_uint_t max)
{
    ngx_memzero(target, sizeof(ngx_civic_call_target_t));

    target->ctx = ctx;
    target->max = max;
    target->reserve = cycle->connection_n / NGX_CIVIC_CALL_RESERVE;

    ngx_queue_init(&target->ended);

    target->deliver.handler = ngx_civic_call_deliver;
    target->deliver.data = target;
    target->deliver.log = cycle->log;
}


ngx_int_t
ngx_civic_call(ngx_civic_call_target_t *target,
    const ngx_civic_call_request_t *req)
{
    ngx_connection_t    *c;
    ngx_civic_call_t    *call;
    ngx_http_request_t  *r;

    if (!ngx_civic_call_may(target)) {
        target->busy++;
        return NGX_BUSY;
    }

    call = ngx_civic_call_create(target, req);
    if (call == NULL) {
        return NGX_ERROR;
    }

    r = ngx_civic_detached_create(target->ctx, &call->req.uri,
                                  ngx_civic_call_done, call);
    if (r == NULL) {
        ngx_destroy_pool(call->pool);
        return NGX_ERROR;
    }

    target->started++;
    target->running++;

    call->r = r;
    c = r->connection;

    if (req->timeout) {
        call->late.handler = ngx_civic_call_late;
        call->late.data = call;
        call->late.log = c->log;

        ngx_add_timer(&call->late, req->timeout);
    }

    if (ngx_civic_call_subrequest(r, call) != NGX_OK) {

        /* ends a subrequest that is not complete, too */

        ngx_http_finalize_request(r, NGX_ERROR);
    }

    /* nobody else would; after that "call" may be over */

    ngx_http_run_posted_requests(c);

    return NGX_OK;
}


static ngx_civic_call_t *
ngx_civic_call_create(ngx_civic_call_target_t *target,
    const ngx_civic_call_request_t *req)
{
    ngx_pool_t        *pool;
    ngx_civic_call_t  *call;

    pool = ngx_create_pool(NGX_CIVIC_CALL_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    call = ngx_pcalloc(pool, sizeof(ngx_civic_call_t));

    if (call == NULL
        || ngx_civic_call_copy(pool, &call->req.uri, &req->uri) != NGX_OK
        || ngx_civic_call_copy(pool, &call->req.args, &req->args) != NGX_OK
        || ngx_civic_call_copy(pool, &call->req.content_type,
                               &req->content_type) != NGX_OK
        || ngx_civic_call_copy(pool, &call->req.body, &req->body) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    call->pool = pool;
    call->target = target;

    call->req.method = req->method;
    call->req.max_answer = req->max_answer;
    call->sink.take = req->sink;
    call->sink.data = req->data;
    call->req.handler = req->handler;
    call->req.data = req->data;

    call->result.retry_after = -1;

    return call;
}


static ngx_int_t
ngx_civic_call_copy(ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src)
{
    if (src->len == 0) {
        return NGX_OK;
    }

    dst->data = ngx_pnalloc(pool, src->len);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    dst->len = src->len;
    ngx_memcpy(dst->data, src->data, src->len);

    return NGX_OK;
}


static ngx_int_t
ngx_civic_call_subrequest(ngx_http_request_t *r, ngx_civic_call_t *call)
{
    ngx_http_request_t          *sr;
    ngx_http_post_subrequest_t  *ps;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_civic_call_answered;
    ps->data = NULL;

    if (ngx_http_subrequest(r, &call->req.uri, &call->req.args, &sr, ps,
                            NGX_HTTP_SUBREQUEST_IN_MEMORY)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    call->sr = sr;
    ngx_civic_sink_set(sr, &call->sink);

    if (call->req.method == NGX_HTTP_POST) {
        sr->method = NGX_HTTP_POST;
        sr->method_name = ngx_civic_call_post;
    }

    return ngx_civic_call_fill(sr, &call->req);
}


static ngx_int_t
ngx_civic_call_fill(ngx_http_request_t *sr, ngx_civic_call_request_t *req)
{
    ngx_buf_t        *b;
    ngx_table_elt_t  *h;

    /* a copy of the parent's list shares its last part with the parent */

    if (ngx_list_init(&sr->headers_in.headers, sr->pool, 1,
                      sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (req->method != NGX_HTTP_POST) {
        return NGX_OK;
    }

    sr->headers_in.content_length_n = req->body.len;

    sr->request_body = ngx_pcalloc(sr->pool, sizeof(ngx_http_request_body_t));
    if (sr->request_body == NULL) {
        return NGX_ERROR;
    }

    if (req->content_type.len) {
        h = ngx_list_push(&sr->headers_in.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        h->hash = 1;
        ngx_str_set(&h->key, "Content-Type");
        h->lowcase_key = (u_char *) "content-type";
        h->value = req->content_type;
        ngx_civic_header_end(h);

        sr->headers_in.content_type = h;
    }

    if (req->body.len == 0) {
        return NGX_OK;
    }

    sr->request_body->bufs = ngx_alloc_chain_link(sr->pool);
    b = ngx_calloc_buf(sr->pool);

    if (sr->request_body->bufs == NULL || b == NULL) {
        return NGX_ERROR;
    }

    b->start = req->body.data;
    b->pos = b->start;
    b->last = b->start + req->body.len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = 1;

    sr->request_body->bufs->buf = b;
    sr->request_body->bufs->next = NULL;
    sr->request_body->buf = b;

    return NGX_OK;
}


/* Its time is over, however much has come. */

static void
ngx_civic_call_late(ngx_event_t *ev)
{
    ngx_connection_t  *c;
    ngx_civic_call_t  *call;

    call = ev->data;
    c = call->r->connection;

    ngx_http_finalize_request(call->r, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_civic_call_answered(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_uint_t         large;
    ngx_connection_t  *c;
    ngx_civic_call_t  *call;

    c = sr->connection;

    /* an answer too large is told by an error of the (only) client */

    large = (c->error && !c->close);

    if (large) {
        c->error = 0;
    }

    call = ngx_civic_detached_data(sr);

    if (call) {
        ngx_civic_call_judge(call, rc, large);
    }

    /* whatever it was, nginx shall neither render a page nor terminate */

    return NGX_OK;
}


static void
ngx_civic_call_judge(ngx_civic_call_t *call, ngx_int_t rc, ngx_uint_t large)
{
    ngx_uint_t                status;
    ngx_http_upstream_t      *u;
    ngx_civic_call_result_t  *result;

    /* what an answer has led elsewhere is not answered */

    u = call->sr && ngx_civic_sink_is_set(call->sr) ? call->sr->upstream
                                                    : NULL;
    status = u ? u->headers_in.status_n : 0;

    result = &call->result;
    result->status = status;
    result->sent = 1;

    call->judged = 1;

    if (status && (large || call->sink.sated)) {
        result->kind = NGX_CIVIC_CALL_LARGE;

    } else if (status && ngx_civic_call_is_whole(u, rc)) {
        result->retry_after = ngx_civic_call_retry_after(u);
        result->kind = ngx_civic_call_take_body(call);

    } else if (call->sr && ngx_civic_call_is_sent(call->sr)) {
        result->kind = NGX_CIVIC_CALL_LOST;

    } else {
        result->kind = NGX_CIVIC_CALL_REFUSED;
        result->sent = 0;
    }
}


/*
 * An answer that breaks off is no failure for nginx: its header was "sent"
 * already.  How far it came is left in the pipe or, without buffering, in
 * u->length.  Only of an answer that is to end with its connection, and
 * without buffering, nothing is left to tell a part from the whole.
 */

static ngx_uint_t
ngx_civic_call_is_whole(ngx_http_upstream_t *u, ngx_int_t rc)
{
    if (rc != NGX_OK) {

        /* an intercepted error, whose body was not read */

        return rc == (ngx_int_t) u->headers_in.status_n;
    }

    if (u->buffering) {
        return u->pipe->upstream_done
               || (u->pipe->upstream_eof && u->pipe->length == -1);
    }

    return u->length == 0 || u->length == -1;
}


static ngx_civic_call_kind_e
ngx_civic_call_take_body(ngx_civic_call_t *call)
{
    ngx_str_t   body;
    ngx_buf_t  *b;

    if (call->sr->out == NULL) {
        return NGX_CIVIC_CALL_ANSWERED;
    }

    b = call->sr->out->buf;

    body.data = b->pos;
    body.len = b->last - b->pos;

    if (body.len > call->req.max_answer) {
        return NGX_CIVIC_CALL_LARGE;
    }

    if (ngx_civic_call_copy(call->pool, &call->result.body, &body)
        != NGX_OK)
    {
        return NGX_CIVIC_CALL_LOST;
    }

    return NGX_CIVIC_CALL_ANSWERED;
}


static ngx_uint_t
ngx_civic_call_is_sent(ngx_http_request_t *sr)
{
    ngx_uint_t                  i;
    ngx_http_upstream_state_t  *state;

    if (sr->upstream && sr->upstream->request_sent) {
        return 1;
    }

    if (sr->upstream_states == NULL) {
        return 0;
    }

    state = sr->upstream_states->elts;

    for (i = 0; i < sr->upstream_states->nelts; i++) {
        if (state[i].bytes_sent > 0) {
            return 1;
        }
    }

    return 0;
}


/* the list, since the field for this header exists in newer versions only */

static time_t
ngx_civic_call_retry_after(ngx_http_upstream_t *u)
{
    time_t            when;
    ngx_int_t         n;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &u->headers_in.headers.part; part; part = part->next) {

        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len != sizeof("Retry-After") - 1
                || ngx_strncasecmp(h[i].key.data, (u_char *) "Retry-After",
                                   sizeof("Retry-After") - 1)
                   != 0)
            {
                continue;
            }

            n = ngx_atoi(h[i].value.data, h[i].value.len);

            if (n != NGX_ERROR) {
                return n;
            }

            when = ngx_parse_http_time(h[i].value.data, h[i].value.len);

            if (when != NGX_ERROR) {
                return ngx_max(when - ngx_time(), 0);
            }
        }
    }

    return -1;
}


/* the request's cleanup: the one place a call ends */

static void
ngx_civic_call_done(void *data)
{
    ngx_civic_call_t         *call = data;
    ngx_civic_call_target_t  *target;

    if (!call->judged) {
        ngx_civic_call_judge(call, NGX_ERROR, 0);
    }

    call->sr = NULL;
    call->r = NULL;
    target = call->target;

    if (call->late.timer_set) {
        ngx_del_timer(&call->late);
    }

    target->running--;
    target->finished++;
    target->kinds[call->result.kind]++;

    ngx_queue_insert_tail(&target->ended, &call->queue);

    /*
     * Not from here: what handler() starts could be given the connection
     * that is just being closed.
     */

    ngx_post_event(&target->deliver, &ngx_posted_events);
}


static void
ngx_civic_call_deliver(ngx_event_t *ev)
{
    ngx_queue_t              *q;
    ngx_civic_call_t         *call;
    ngx_civic_call_target_t  *target = ev->data;

    while (!ngx_queue_empty(&target->ended)) {
        q = ngx_queue_head(&target->ended);
        call = ngx_queue_data(q, ngx_civic_call_t, queue);

        ngx_queue_remove(q);

        call->req.handler(call->req.data, &call->result);

        ngx_destroy_pool(call->pool);
    }
}


void
ngx_civic_call_close(ngx_civic_call_target_t *target)
{
    if (target->deliver.posted) {
        ngx_delete_posted_event(&target->deliver);
    }

    ngx_civic_call_deliver(&target->deliver);
}


const char *
ngx_civic_call_kind(const ngx_civic_call_result_t *result)
{
    static const char *const  kinds[] = {
        "answered", "not reachable", "no answer", "answer too large"
    };

    return kinds[result->kind];
}
