
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A request without a client: something to issue subrequests from when nobody
 * is connected.  For ngx_civic_call.c alone.  It refuses to have a socket, an
 * access_log line or a response.
 */


#ifndef _NGX_CIVIC_DETACHED_H_INCLUDED_
#define _NGX_CIVIC_DETACHED_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Makes one in the server{} of "ctx", or returns NULL.  The caller issues a
 * subrequest and calls ngx_http_run_posted_requests() on r->connection; when
 * the subrequest is over the request ends by itself.
 *
 * done(data) is called exactly once, whichever of nginx's ways the request
 * ends in, as its cleanup.  Nothing may be started from there: the connection
 * being closed could be given away.  "name" is told in the log until then.
 */

ngx_http_request_t *ngx_civic_detached_create(ngx_http_conf_ctx_t *ctx,
    ngx_str_t *name, void (*done)(void *data), void *data);

/* Whether a request, or the one a subrequest belongs to, is such a one. */

ngx_uint_t ngx_civic_detached_is(ngx_http_request_t *r);

/* "data" of the request or of a subrequest, or NULL after done() */

void *ngx_civic_detached_data(ngx_http_request_t *r);


#endif /* _NGX_CIVIC_DETACHED_H_INCLUDED_ */
