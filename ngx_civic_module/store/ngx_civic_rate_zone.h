
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * How fast messages may leave, over all workers of the machine.  WhatsApp
 * gives a number 80 messages a second, some 1,000, and refuses more with
 * 130429; asking for less than a refusal costs nothing.
 */


#ifndef _NGX_CIVIC_RATE_ZONE_H_INCLUDED_
#define _NGX_CIVIC_RATE_ZONE_H_INCLUDED_


#include "store/ngx_civic_zone.h"


/*
 * Takes one message out of "rate" a second, with a burst of one second's
 * worth.  0: it may leave now; otherwise ms after which to ask again, and
 * nothing was taken.  "now" is ngx_current_msec.  give() puts one back that
 * was taken and not used.
 */
ngx_msec_t ngx_civic_rate_take(ngx_civic_zone_t *zone, ngx_uint_t rate,
    ngx_msec_t now);
void ngx_civic_rate_give(ngx_civic_zone_t *zone, ngx_uint_t rate);


#endif /* _NGX_CIVIC_RATE_ZONE_H_INCLUDED_ */
