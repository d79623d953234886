
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A body filter that every response passes and only our own subrequests end
 * in.
 */


#include "net/ngx_civic_sink.h"


static ngx_int_t ngx_civic_sink_body(ngx_http_request_t *r, ngx_chain_t *in);


static ngx_module_t                    *ngx_civic_sink_module;
static ngx_http_output_body_filter_pt   ngx_civic_sink_next;


void
ngx_civic_sink_init(ngx_module_t *module)
{
    ngx_civic_sink_module = module;

    ngx_civic_sink_next = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_civic_sink_body;
}


void
ngx_civic_sink_set(ngx_http_request_t *sr, ngx_civic_sink_t *sink)
{
    sr->ctx[ngx_civic_sink_module->ctx_index] = sink;

    /* the copy filter, before this one, reads what was put into a file */

    sr->filter_need_in_memory = 1;
}


/*
 * What lost its context by an error_page goes on, and is bounded as any
 * answer in memory.
 */

static ngx_int_t
ngx_civic_sink_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t         *b;
    ngx_chain_t       *cl;
    ngx_civic_sink_t  *sink;

    sink = r != r->main ? r->ctx[ngx_civic_sink_module->ctx_index] : NULL;

    if (sink == NULL) {
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
