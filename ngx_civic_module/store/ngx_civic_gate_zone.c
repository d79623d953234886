
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One record for each peer.  A worker that dies as the one that tries leaves
 * nothing behind but a time.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "store/ngx_civic_gate_zone.h"


static ngx_msec_t ngx_civic_gate_wait(ngx_civic_gate_t *g, ngx_msec_t now);


ngx_msec_t
ngx_civic_gate_look(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now, ngx_uint_t *probe)
{
    ngx_msec_t         wait;
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];

    ngx_shmtx_lock(&zone->shpool->mutex);

    wait = ngx_civic_gate_wait(g, now);
    *probe = g->closed;

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return wait;
}


ngx_msec_t
ngx_civic_gate_pass(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now)
{
    ngx_msec_t         wait;
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];

    ngx_shmtx_lock(&zone->shpool->mutex);

    wait = ngx_civic_gate_wait(g, now);

    if (wait == 0 && g->closed) {
        g->until = now + NGX_CIVIC_GATE_TRY;
        g->tried = 1;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return wait;
}


static ngx_msec_t
ngx_civic_gate_wait(ngx_civic_gate_t *g, ngx_msec_t now)
{
    ngx_msec_int_t  left;

    if (!g->closed) {
        return 0;
    }

    left = (ngx_msec_int_t) (g->until - now);

    return left > 0 ? (ngx_msec_t) left : 0;
}


ngx_uint_t
ngx_civic_gate_ok(ngx_civic_zone_t *zone, ngx_civic_peer_e peer)
{
    ngx_uint_t         closed;
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];

    /* nearly always open: nothing to write, nothing to lock */

    if (!g->closed && g->fails == 0) {
        return 0;
    }

    ngx_shmtx_lock(&zone->shpool->mutex);

    closed = g->closed;

    /* a call begun before it was closed opens nothing */

    if (!closed || g->tried) {
        g->closed = 0;
        g->tried = 0;
        g->mend = 0;
        g->fails = 0;

    } else {
        closed = 0;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return closed;
}


ngx_uint_t
ngx_civic_gate_fail(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now)
{
    ngx_msec_t         wait;
    ngx_uint_t         n, closes;
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];
    closes = 0;

    ngx_shmtx_lock(&zone->shpool->mutex);

    /* of calls begun before it was closed there is nothing new to learn */

    if (!g->closed || g->tried) {
        g->fails++;
        g->tried = 0;

        if (g->fails >= NGX_CIVIC_GATE_FAILS) {
            n = g->fails - NGX_CIVIC_GATE_FAILS;
            wait = NGX_CIVIC_GATE_MIN << ngx_min(n, 5);

            closes = !g->closed;

            g->closed = 1;
            g->until = now + ngx_min(wait, NGX_CIVIC_GATE_MAX);
        }
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return closes;
}


ngx_uint_t
ngx_civic_gate_shut(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now, ngx_msec_t ms, uint32_t mend)
{
    ngx_uint_t         shuts;
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];

    ngx_shmtx_lock(&zone->shpool->mutex);

    shuts = !g->closed || (mend && !g->mend);

    g->closed = 1;
    g->tried = 0;
    g->mend = mend ? mend : g->mend;
    g->until = now + ms;

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return shuts;
}


ngx_uint_t
ngx_civic_gate_state(ngx_civic_zone_t *zone, ngx_civic_peer_e peer)
{
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];

    return g->closed ? 1 + (g->mend != 0) : 0;
}


ngx_uint_t
ngx_civic_gate_mended(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    uint32_t mend)
{
    ngx_uint_t         opens;
    ngx_civic_gate_t  *g;

    g = &zone->sh->gates[peer];

    ngx_shmtx_lock(&zone->shpool->mutex);

    opens = g->mend && g->mend != mend;

    if (opens) {
        g->closed = 0;
        g->tried = 0;
        g->mend = 0;
        g->fails = 0;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return opens;
}
