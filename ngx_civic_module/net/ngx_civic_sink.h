
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The body of a subrequest as it comes, piece by piece, for what is too large
 * to be had in memory.  For ngx_civic_call.c alone.  It refuses bodies of any
 * status but 200, to pass on what it has taken, and that an answer leads its
 * subrequest to another location (X-Accel-Redirect).
 */


#ifndef _NGX_CIVIC_SINK_H_INCLUDED_
#define _NGX_CIVIC_SINK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Takes the next piece.  NGX_ERROR: no more is wanted, the connection to the
 * peer is closed.
 */

typedef ngx_int_t (*ngx_civic_sink_pt)(void *data, u_char *p, size_t len);


typedef struct {
    ngx_civic_sink_pt             take;
    void                         *data;
    unsigned                      sated:1;      /* by its own word */
} ngx_civic_sink_t;


/*
 * In postconfiguration: puts filter and guard in.  "module" is the one whose
 * context marks the subrequests.
 */

ngx_int_t ngx_civic_sink_init(ngx_conf_t *cf, ngx_module_t *module);

/*
 * Of every subrequest of a detached request, before it runs; without take()
 * the body goes its usual way.  "sink" must outlive the subrequest.
 */

void ngx_civic_sink_set(ngx_http_request_t *sr, ngx_civic_sink_t *sink);

/* 0: it was led elsewhere, and what came then is no answer. */

ngx_uint_t ngx_civic_sink_is_set(ngx_http_request_t *sr);


#endif /* _NGX_CIVIC_SINK_H_INCLUDED_ */
