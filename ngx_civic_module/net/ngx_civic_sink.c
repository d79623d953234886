
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A body filter that every response passes and only our own subrequests end
 * in, and a handler that ends those which an answer has led elsewhere.
 */


#include "net/ngx_civic_detached.h"
#include "net/ngx_civic_sink.h"


static ngx_int_t ngx_civic_sink_guard(ngx_http_request_t *r);
static ngx_int_t ngx_civic_sink_body(ngx_http_request_t *r, ngx_chain_t *in);


static ngx_module_t                    *ngx_civic_sink_module;
static ngx_http_output_body_filter_pt   ngx_civic_sink_next;


ngx_int_t
ngx_civic_sink_init(ngx_conf_t *cf, ngx_module_t *module)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    ngx_civic_sink_module = module;

    ngx_civic_sink_next = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_civic_sink_body;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    /* the first phase that every redirect comes through, named ones too */

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_civic_sink_guard;

    return NGX_OK;
}


void
ngx_civic_sink_set(ngx_http_request_t *sr, ngx_civic_sink_t *sink)
{
    sr->ctx[ngx_civic_sink_module->ctx_index] = sink;

    /* the copy filter, before this one, reads what was put into a file */

    if (sink->take) {
        sr->filter_need_in_memory = 1;
    }
}


/* An internal redirect clears the contexts of a request. */

ngx_uint_t
ngx_civic_sink_is_set(ngx_http_request_t *sr)
{
    return sr->ctx[ngx_civic_sink_module->ctx_index] != NULL;
}


/*
 * A peer must not choose a location of ours: others have tokens and keys.
 * What the operator's location itself asks (auth_request) has another parent.
 */

static ngx_int_t
ngx_civic_sink_guard(ngx_http_request_t *r)
{
    if (r == r->main || r->parent != r->main || !ngx_civic_detached_is(r)
        || ngx_civic_sink_is_set(r))
    {
        return NGX_DECLINED;
    }

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "civic: an answer leads elsewhere, which is refused; "
                  "see proxy_ignore_headers in README");

    return NGX_HTTP_FORBIDDEN;
}


static ngx_int_t
ngx_civic_sink_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t         *b;
    ngx_chain_t       *cl;
    ngx_civic_sink_t  *sink;

    sink = r != r->main ? r->ctx[ngx_civic_sink_module->ctx_index] : NULL;

    if (sink == NULL || sink->take == NULL) {
        return ngx_civic_sink_next(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b) && b->pos < b->last && !sink->sated
            && r->headers_out.status == NGX_HTTP_OK
            && sink->take(sink->data, b->pos, b->last - b->pos) != NGX_OK)
        {
            sink->sated = 1;
        }

        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    return sink->sated ? NGX_ERROR : NGX_OK;
}
