
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Which location{} answers a uri, for the time when there is no request yet
 * that nginx itself would look it up for.  It refuses to know what "rewrite"
 * of a server{} would make of a uri before.
 */


#ifndef _NGX_CIVIC_LOCATION_H_INCLUDED_
#define _NGX_CIVIC_LOCATION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/*
 * Looks in the locations of "in", which are complete from postconfiguration
 * on.  NGX_OK: *found answers; NGX_DONE: it only redirects to its own name,
 * which is the uri and a slash; NGX_DECLINED: there is none.
 */

ngx_int_t ngx_civic_location_find(ngx_http_core_loc_conf_t *in,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **found);


#endif /* _NGX_CIVIC_LOCATION_H_INCLUDED_ */
