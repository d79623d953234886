
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The location Meta calls: GET to verify it, POST to deliver.  200 only after
 * everything the body made us accept is committed; otherwise 503, and Meta
 * delivers again.
 */


#ifndef _NGX_CIVIC_WEBHOOK_H_INCLUDED_
#define _NGX_CIVIC_WEBHOOK_H_INCLUDED_


#include "app/ngx_civic_exchange.h"


/* The content handler of a location with "civic_webhook". */
ngx_int_t ngx_civic_webhook_handler(ngx_http_request_t *r);


#endif /* _NGX_CIVIC_WEBHOOK_H_INCLUDED_ */
