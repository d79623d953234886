
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * From bytes to exchanges and back to one answer.  Messages go each through
 * an exchange of their own, all at once; statuses go together with those of
 * other webhooks.  It knows nothing of what a message means.
 */


#include "app/ngx_civic_signature.h"
#include "app/ngx_civic_statuses.h"
#include "app/ngx_civic_webhook.h"


typedef struct {
    ngx_http_request_t    *request;
    ngx_civic_worker_t    *worker;
    ngx_uint_t             pending;     /* what must still be committed */
    ngx_uint_t             failed;

    ngx_civic_statuses_t   statuses;
} ngx_civic_webhook_t;


static ngx_int_t ngx_civic_webhook_verify(ngx_civic_main_conf_t *conf,
    ngx_http_request_t *r);
static ngx_int_t ngx_civic_webhook_arg(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);
static void ngx_civic_webhook_body(ngx_http_request_t *r);
static ngx_int_t ngx_civic_webhook_read(ngx_http_request_t *r,
    ngx_str_t *body);
static ngx_int_t ngx_civic_webhook_gather(ngx_http_request_t *r,
    ngx_str_t *body, size_t size);
static ngx_int_t ngx_civic_webhook_accept(ngx_http_request_t *r,
    ngx_str_t *body);
static void ngx_civic_webhook_count(ngx_civic_worker_t *w,
    const civic_wa_batch_t *batch);
static ngx_int_t ngx_civic_webhook_message(ngx_civic_webhook_t *wh,
    civic_wa_message_t *m);
static void ngx_civic_webhook_statuses(ngx_civic_webhook_t *wh,
    civic_wa_batch_t *batch);
static ngx_uint_t ngx_civic_webhook_is_ours(ngx_civic_main_conf_t *conf,
    civic_str_t number_id);
static void ngx_civic_webhook_committed(ngx_civic_exchange_t *ex,
    ngx_int_t rc);
static void ngx_civic_webhook_recorded(void *data, ngx_int_t rc);
static void ngx_civic_webhook_one_less(ngx_civic_webhook_t *wh);
static ngx_int_t ngx_civic_webhook_answer(ngx_http_request_t *r,
    ngx_uint_t status, ngx_str_t *body);


extern ngx_module_t  ngx_http_civic_module;


ngx_int_t
ngx_civic_webhook_handler(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_civic_main_conf_t  *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_http_civic_module);

    if (r->method == NGX_HTTP_GET) {
        rc = ngx_http_discard_request_body(r);

        return rc == NGX_OK ? ngx_civic_webhook_verify(conf, r) : rc;
    }

    if (r->method != NGX_HTTP_POST) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (r->headers_in.content_length_n > NGX_CIVIC_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_civic_webhook_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


/* Meta asks whether this is the right place: the challenge goes back. */

static ngx_int_t
ngx_civic_webhook_verify(ngx_civic_main_conf_t *conf, ngx_http_request_t *r)
{
    ngx_str_t  mode, token, challenge;

    if (ngx_civic_webhook_arg(r, "hub.mode", &mode) != NGX_OK
        || ngx_civic_webhook_arg(r, "hub.verify_token", &token) != NGX_OK
        || ngx_civic_webhook_arg(r, "hub.challenge", &challenge) != NGX_OK
        || mode.len != sizeof("subscribe") - 1
        || ngx_strncmp(mode.data, "subscribe", mode.len) != 0
        || !ngx_civic_secret_eq(&token, &conf->verify_token))
    {
        return NGX_HTTP_FORBIDDEN;
    }

    return ngx_civic_webhook_answer(r, NGX_HTTP_OK, &challenge);
}


static ngx_int_t
ngx_civic_webhook_arg(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    u_char     *p, *d, *s;
    ngx_str_t   arg;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &arg) != NGX_OK) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, arg.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    for (d = p, s = arg.data; s < arg.data + arg.len; s++) {
        *d++ = *s == '+' ? ' ' : *s;
    }

    value->data = p;
    s = p;
    d = p;
    ngx_unescape_uri(&d, &s, arg.len, 0);
    value->len = d - p;

    return NGX_OK;
}


static void
ngx_civic_webhook_body(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_str_t               body;
    ngx_civic_main_conf_t  *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_http_civic_module);

    rc = ngx_civic_webhook_read(r, &body);

    if (rc == NGX_OK && conf->worker == NULL) {
        rc = NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (rc == NGX_OK) {

        switch (ngx_civic_signature_check(conf->worker, r, &body)) {

        case NGX_OK:
            rc = ngx_civic_webhook_accept(r, &body);
            break;

        case NGX_DECLINED:
            ngx_civic_count(conf->zone, NGX_CIVIC_STAT_REFUSED);
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "civic: webhook without a good signature");
            rc = NGX_HTTP_FORBIDDEN;
            break;

        default:
            rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (rc == NGX_AGAIN) {
        return;                     /* answered when all is committed */
    }

    ngx_http_finalize_request(r, rc);
}


/*
 * One piece of memory from buffers that are memory, file or special (the
 * last one of a chunked body is none of both).
 */

static ngx_int_t
ngx_civic_webhook_read(ngx_http_request_t *r, ngx_str_t *body)
{
    off_t         size;
    ngx_buf_t    *b;
    ngx_chain_t  *cl, *bufs;

    bufs = r->request_body ? r->request_body->bufs : NULL;

    size = 0;

    for (cl = bufs; cl; cl = cl->next) {
        if (!ngx_buf_special(cl->buf)) {
            size += ngx_buf_size(cl->buf);
        }
    }

    if (size > NGX_CIVIC_BODY_MAX) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    for (cl = bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b) && b->last - b->pos == size) {
            body->data = b->pos;
            body->len = (size_t) size;
            return NGX_OK;
        }
    }

    return ngx_civic_webhook_gather(r, body, (size_t) size);
}


static ngx_int_t
ngx_civic_webhook_gather(ngx_http_request_t *r, ngx_str_t *body, size_t size)
{
    u_char       *p;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    body->len = size;
    body->data = ngx_pnalloc(r->pool, size + 1);

    if (body->data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = body->data;

    for (cl = r->request_body ? r->request_body->bufs : NULL; cl;
         cl = cl->next)
    {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);

        } else if (b->in_file) {
            n = ngx_read_file(b->file, p, (size_t) (b->file_last
                                                    - b->file_pos),
                              b->file_pos);

            if (n != (ssize_t) (b->file_last - b->file_pos)) {
                return NGX_HTTP_INTERNAL_SERVER_ERROR;
            }

            p += n;
        }
    }

    return NGX_OK;
}


/* NGX_AGAIN: under way; otherwise the status to answer with. */

static ngx_int_t
ngx_civic_webhook_accept(ngx_http_request_t *r, ngx_str_t *body)
{
    int                     rc;
    civic_arena_t           a;
    civic_wa_batch_t        batch;
    ngx_civic_worker_t     *w;
    civic_wa_message_t     *m;
    ngx_civic_webhook_t    *wh;
    ngx_civic_main_conf_t  *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_http_civic_module);
    w = conf->worker;
    a = ngx_civic_arena(r->pool);

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_WEBHOOKS);

    rc = civic_wa_parse(ngx_civic_core_str(*body), &a, &batch);

    if (rc == CIVIC_DECLINED) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_BROKEN);
        return NGX_HTTP_BAD_REQUEST;
    }

    wh = ngx_pcalloc(r->pool, sizeof(ngx_civic_webhook_t));

    if (rc != CIVIC_OK || wh == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_civic_webhook_count(w, &batch);

    /* nobody needs to know whether the sender is still there; and what the
       exchanges need of the request outlives worker_shutdown_timeout */

    r->read_event_handler = ngx_http_block_reading;
    r->blocked++;

    wh->request = r;
    wh->worker = w;
    wh->pending = 1;                /* this function */

    for (m = batch.messages; m; m = m->next) {
        if (ngx_civic_webhook_message(wh, m) != NGX_OK) {
            wh->failed = 1;
        }
    }

    ngx_civic_webhook_statuses(wh, &batch);

    ngx_civic_webhook_one_less(wh);

    return NGX_AGAIN;
}


static void
ngx_civic_webhook_count(ngx_civic_worker_t *w, const civic_wa_batch_t *batch)
{
    if (batch->nunknown) {
        ngx_civic_count_n(w->zone, NGX_CIVIC_STAT_UNKNOWN, batch->nunknown);
    }

    if (batch->naccount) {
        ngx_civic_count_n(w->zone, NGX_CIVIC_STAT_ACCOUNT, batch->naccount);
    }

    if (batch->nerrors) {
        ngx_civic_count_n(w->zone, NGX_CIVIC_STAT_WA_ERRORS, batch->nerrors);
    }
}


static ngx_int_t
ngx_civic_webhook_message(ngx_civic_webhook_t *wh, civic_wa_message_t *m)
{
    ngx_http_request_t    *r;
    ngx_civic_exchange_t  *ex;

    r = wh->request;

    ex = ngx_pcalloc(r->pool, sizeof(ngx_civic_exchange_t));
    if (ex == NULL) {
        return NGX_ERROR;
    }

    ex->worker = wh->worker;
    ex->pool = r->pool;
    ex->who = m->who;
    ex->name = m->name;
    ex->number_id = m->number_id;
    ex->kind = m->raw_kind;
    ex->event = m->event;
    ex->done = ngx_civic_webhook_committed;
    ex->data = wh;

    if (m->event.kind == CIVIC_EV_MOVED) {
        ex->moved = &m->moved;
    }

    /* a message in a group, or to a number we do not speak for: noted only */

    if (m->group_id.len
        || !ngx_civic_webhook_is_ours(wh->worker->conf, m->number_id))
    {
        ngx_civic_count(wh->worker->zone, NGX_CIVIC_STAT_NOT_OURS);
        ex->record_only = 1;
    }

    wh->pending++;

    ngx_civic_exchange_start(ex);

    return NGX_OK;
}


/*
 * Whoever sends from another number of the account may use numbers as callback
 * data, too: they are no ids of ours.
 */

static void
ngx_civic_webhook_statuses(ngx_civic_webhook_t *wh, civic_wa_batch_t *batch)
{
    civic_wa_status_t  **s;

    for (s = &batch->statuses; *s; /* void */ ) {

        if (ngx_civic_webhook_is_ours(wh->worker->conf, (*s)->number_id)) {
            s = &(*s)->next;
            continue;
        }

        ngx_civic_count(wh->worker->zone, NGX_CIVIC_STAT_NOT_OURS);
        *s = (*s)->next;
        batch->nstatuses--;
    }

    if (batch->statuses == NULL) {
        return;
    }

    wh->pending++;

    wh->statuses.list = batch->statuses;
    wh->statuses.n = batch->nstatuses;
    wh->statuses.done = ngx_civic_webhook_recorded;
    wh->statuses.data = wh;

    ngx_civic_statuses_add(wh->worker, &wh->statuses);
}


static ngx_uint_t
ngx_civic_webhook_is_ours(ngx_civic_main_conf_t *conf, civic_str_t number_id)
{
    ngx_str_t   *number;
    ngx_uint_t   i;

    number = conf->numbers->elts;

    for (i = 0; i < conf->numbers->nelts; i++) {
        if (civic_str_eq(ngx_civic_core_str(number[i]), number_id)) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_civic_webhook_committed(ngx_civic_exchange_t *ex, ngx_int_t rc)
{
    ngx_civic_webhook_t  *wh;

    wh = ex->data;

    if (rc != NGX_OK) {
        wh->failed = 1;
    }

    ngx_civic_webhook_one_less(wh);
}


static void
ngx_civic_webhook_recorded(void *data, ngx_int_t rc)
{
    ngx_civic_webhook_t  *wh;

    wh = data;

    if (rc != NGX_OK) {
        wh->failed = 1;
    }

    ngx_civic_webhook_one_less(wh);
}


static void
ngx_civic_webhook_one_less(ngx_civic_webhook_t *wh)
{
    ngx_str_t            none = ngx_null_string;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    if (--wh->pending) {
        return;
    }

    r = wh->request;
    c = r->connection;

    r->blocked--;

    if (wh->failed) {
        ngx_civic_count(wh->worker->zone, NGX_CIVIC_STAT_DEFERRED);
        ngx_http_finalize_request(r, NGX_HTTP_SERVICE_UNAVAILABLE);

    } else {
        ngx_http_finalize_request(r,
                          ngx_civic_webhook_answer(r, NGX_HTTP_OK, &none));
    }

    /* we come from Postgres' socket, not from the client's */

    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_civic_webhook_answer(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    r->headers_out.status = status;
    r->headers_out.content_length_n = body->len;

    ngx_str_set(&r->headers_out.content_type, "text/plain");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (body->len == 0) {
        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
