
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The body of a subrequest as it comes, piece by piece, for what is too large
 * to be had in memory.  For ngx_civic_call.c alone.  It refuses bodies of any
 * status but 200, and to pass on what it has taken.
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
 * In postconfiguration: puts the filter in.  "module" is the one whose
 * context marks the subrequests.
 */

void ngx_civic_sink_init(ngx_module_t *module);

/* "sink" must outlive the subrequest. */

void ngx_civic_sink_set(ngx_http_request_t *sr, ngx_civic_sink_t *sink);


#endif /* _NGX_CIVIC_SINK_H_INCLUDED_ */
