
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One loud line when sending stops, one when it goes on; single calls are
 * told of elsewhere.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_peer.h"


/* Seconds a peer may put us off: what it sends is anything at all. */
#define NGX_CIVIC_PUT_OFF_MAX   3600


static const char  *ngx_civic_peer_names[NGX_CIVIC_PEERS] = {
    "WhatsApp", "311"
};


void
ngx_civic_peer_works(ngx_civic_worker_t *w, ngx_civic_peer_e peer)
{
    if (ngx_civic_gate_ok(w->zone, peer)) {
        ngx_log_error(NGX_LOG_NOTICE, w->log, 0,
                      "civic: %s works again, calls go on",
                      ngx_civic_peer_names[peer]);

        ngx_civic_clock_at(w, 1);
    }
}


void
ngx_civic_peer_fails(ngx_civic_worker_t *w, ngx_civic_peer_e peer,
    time_t retry_after)
{
    ngx_uint_t  closes;

    /* one call may be put off for an hour, everybody else for a minute */

    closes = retry_after > 0
                 ? ngx_civic_gate_shut(w->zone, peer, ngx_current_msec,
                                       ngx_min(retry_after,
                                               NGX_CIVIC_GATE_SHUT / 1000)
                                       * 1000, 0)
                 : ngx_civic_gate_fail(w->zone, peer, ngx_current_msec);

    if (closes) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_PAUSES);

        ngx_log_error(NGX_LOG_WARN, w->log, 0,
                      "civic: %s %s, calls pause and what is to be sent waits",
                      ngx_civic_peer_names[peer],
                      retry_after > 0 ? "asks for patience" : "fails");
    }
}


void
ngx_civic_peer_refuses(ngx_civic_worker_t *w, ngx_civic_peer_e peer,
    ngx_int_t code)
{
    if (ngx_civic_gate_shut(w->zone, peer, ngx_current_msec,
                            NGX_CIVIC_GATE_SHUT, w->secrets[peer]))
    {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_PAUSES);

        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "civic: %s refuses us (%i), calls pause and what is to "
                      "be sent waits: see to %s", ngx_civic_peer_names[peer],
                      code, peer == NGX_CIVIC_311
                                ? "the key or the address"
                                : "the token, the account or its payment");
    }
}


ngx_msec_t
ngx_civic_put_off(ngx_msec_t delay, time_t retry_after)
{
    ngx_msec_t  wait;

    wait = (ngx_msec_t) ngx_min(retry_after, NGX_CIVIC_PUT_OFF_MAX) * 1000;

    return retry_after > 0 ? ngx_max(delay, wait) : delay;
}
