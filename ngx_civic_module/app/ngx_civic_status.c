
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Numbers only: nothing about a person can get in here.
 */


#include "app/ngx_civic_status.h"
#include "store/ngx_civic_gate_zone.h"


extern ngx_module_t  ngx_http_civic_module;


static u_char *ngx_civic_status_pool(u_char *p, u_char *last,
    ngx_civic_worker_t *w);


ngx_int_t
ngx_civic_status_handler(ngx_http_request_t *r)
{
    size_t                  size;
    u_char                 *last;
    ngx_int_t               rc;
    ngx_buf_t              *b;
    ngx_uint_t              i;
    ngx_chain_t             out;
    ngx_civic_main_conf_t  *conf;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    conf = ngx_http_get_module_main_conf(r, ngx_http_civic_module);

    size = (NGX_CIVIC_STAT_MAX + 16) * 320;

    b = ngx_create_temp_buf(r->pool, size);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    last = b->end;

    for (i = 0; i < NGX_CIVIC_STAT_MAX; i++) {
        b->last = ngx_slprintf(b->last, last,
                               "# HELP civic_%s_total %s\n"
                               "# TYPE civic_%s_total counter\n"
                               "civic_%s_total %uA\n",
                               ngx_civic_stats[i].name,
                               ngx_civic_stats[i].help,
                               ngx_civic_stats[i].name,
                               ngx_civic_stats[i].name,
                               conf->zone->sh->stats[i]);
    }

    b->last = ngx_slprintf(b->last, last,
                           "# HELP civic_paused Calls to a peer are paused: "
                           "1 it fails, 2 an operator must mend something\n"
                           "# TYPE civic_paused gauge\n"
                           "civic_paused{peer=\"whatsapp\"} %ui\n"
                           "civic_paused{peer=\"311\"} %ui\n",
                           ngx_civic_gate_state(conf->zone,
                                                NGX_CIVIC_WHATSAPP),
                           ngx_civic_gate_state(conf->zone, NGX_CIVIC_311));

    if (conf->worker) {
        b->last = ngx_civic_status_pool(b->last, last, conf->worker);
    }

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "text/plain; version=0.0.4");
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static u_char *
ngx_civic_status_pool(u_char *p, u_char *last, ngx_civic_worker_t *w)
{
    const ngx_civic_pg_stats_t  *s;

    s = ngx_civic_pg_stats(w->pg);

    return ngx_slprintf(p, last,
                        "# HELP civic_worker_postgres_ready Usable "
                        "connections of the worker that answered\n"
                        "# TYPE civic_worker_postgres_ready gauge\n"
                        "civic_worker_postgres_ready %ui\n"
                        "# HELP civic_worker_postgres_calls Statements by "
                        "outcome, of the worker that answered\n"
                        "# TYPE civic_worker_postgres_calls counter\n"
                        "civic_worker_postgres_calls{outcome=\"done\"} %ui\n"
                        "civic_worker_postgres_calls{outcome=\"failed\"} %ui\n"
                        "civic_worker_postgres_calls{outcome=\"unknown\"} "
                        "%ui\n"
                        "civic_worker_postgres_calls{outcome=\"refused\"} "
                        "%ui\n"
                        "# HELP civic_worker_postgres_groups Commits of the "
                        "worker that answered\n"
                        "# TYPE civic_worker_postgres_groups counter\n"
                        "civic_worker_postgres_groups %ui\n"
                        "# HELP civic_worker_outbox_jobs Outbox rows in hand "
                        "of the worker that answered\n"
                        "# TYPE civic_worker_outbox_jobs gauge\n"
                        "civic_worker_outbox_jobs{peer=\"whatsapp\"} %ui\n"
                        "civic_worker_outbox_jobs{peer=\"311\"} %ui\n"
                        "civic_worker_outbox_jobs{peer=\"desk\"} %ui\n"
                        "civic_worker_outbox_jobs{peer=\"files\"} %ui\n",
                        s->ready, s->done, s->failed, s->unknown, s->refused,
                        s->groups, w->njobs[NGX_CIVIC_WHATSAPP],
                        w->njobs[NGX_CIVIC_311],
                        w->njobs[NGX_CIVIC_DESK], w->njobs[NGX_CIVIC_FILES]);
}
