
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The counters of the zone and of this worker's Postgres pool, in the text
 * format of Prometheus.
 */


#ifndef _NGX_CIVIC_STATUS_H_INCLUDED_
#define _NGX_CIVIC_STATUS_H_INCLUDED_


#include "app/ngx_civic_app.h"


/* The content handler of a location with "civic_status". */
ngx_int_t ngx_civic_status_handler(ngx_http_request_t *r);


#endif /* _NGX_CIVIC_STATUS_H_INCLUDED_ */
