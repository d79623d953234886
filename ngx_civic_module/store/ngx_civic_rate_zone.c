
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One instant is all the state: when the bucket will be full again.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "store/ngx_civic_rate_zone.h"


#define NGX_CIVIC_RATE_SECOND  1000000      /* us */


ngx_msec_t
ngx_civic_rate_take(ngx_civic_zone_t *zone, ngx_uint_t rate, ngx_msec_t now)
{
    uint64_t    at, us;
    ngx_msec_t  wait;

    us = (uint64_t) now * 1000;

    ngx_shmtx_lock(&zone->shpool->mutex);

    at = ngx_max(zone->sh->rate_at, us);

    if (at - us > NGX_CIVIC_RATE_SECOND - NGX_CIVIC_RATE_SECOND / rate) {
        wait = 1 + (at - us - NGX_CIVIC_RATE_SECOND
                    + NGX_CIVIC_RATE_SECOND / rate) / 1000;

    } else {
        zone->sh->rate_at = at + NGX_CIVIC_RATE_SECOND / rate;
        wait = 0;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return wait;
}


void
ngx_civic_rate_give(ngx_civic_zone_t *zone, ngx_uint_t rate)
{
    ngx_shmtx_lock(&zone->shpool->mutex);

    zone->sh->rate_at -= ngx_min(zone->sh->rate_at,
                                 NGX_CIVIC_RATE_SECOND / rate);

    ngx_shmtx_unlock(&zone->shpool->mutex);
}
