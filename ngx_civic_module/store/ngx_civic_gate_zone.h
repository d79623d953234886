
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Whether there is any point in calling a peer now, for all workers of the
 * machine.  A peer that fails several times in a row is left alone for some
 * seconds, then one call tries it; so a peer that hangs makes few messages
 * of unknown outcome, and the rest waits in Postgres unharmed.  A refusal
 * only an operator can mend closes the gate at once.
 *
 *   open --fail() GATE_FAILS times, or shut()--> closed
 *   closed --time is over, pass() of one caller--> tried
 *   tried --ok()--> open      tried --fail(), shut()--> closed, for longer
 *   closed | tried --open()--> open
 *
 * Times are ngx_current_msec.  Nothing here logs: the caller is told when the
 * state has changed, and says so once.
 */


#ifndef _NGX_CIVIC_GATE_ZONE_H_INCLUDED_
#define _NGX_CIVIC_GATE_ZONE_H_INCLUDED_


#include "store/ngx_civic_zone.h"


/* Failures in a row that close a gate. */
#define NGX_CIVIC_GATE_FAILS    5

/* It stays closed for this long, doubling up to the second one. */
#define NGX_CIVIC_GATE_MIN      1000
#define NGX_CIVIC_GATE_MAX      30000

/* What an operator must mend is tried this often. */
#define NGX_CIVIC_GATE_SHUT     60000

/* The one that tries has this long to say how it went. */
#define NGX_CIVIC_GATE_TRY      30000


/*
 * ms until the peer may be called, 0: now.  look() asks only; *probe is set
 * when the next one to pass would be the one that tries.  pass() lets the
 * caller through, who then must say how it went.
 */
ngx_msec_t ngx_civic_gate_look(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now, ngx_uint_t *probe);
ngx_msec_t ngx_civic_gate_pass(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now);

/* The peer works, or was not called after all.  1: the gate was not open. */
ngx_uint_t ngx_civic_gate_ok(ngx_civic_zone_t *zone, ngx_civic_peer_e peer);

/* The peer does not answer as it should.  1: that closed the gate. */
ngx_uint_t ngx_civic_gate_fail(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now);

/*
 * Nothing may pass for "ms": the peer wants it so (mend 0), or an operator
 * has to mend something; "mend" is a hash of the secret in use then.  1: it
 * was not shut for that before.
 */
ngx_uint_t ngx_civic_gate_shut(ngx_civic_zone_t *zone, ngx_civic_peer_e peer,
    ngx_msec_t now, ngx_msec_t ms, uint32_t mend);

/* 0 open, 1 the peer fails, 2 an operator must mend something. */
ngx_uint_t ngx_civic_gate_state(ngx_civic_zone_t *zone,
    ngx_civic_peer_e peer);

/* The gate opens, and 1 is returned, if it was shut under another secret. */
ngx_uint_t ngx_civic_gate_mended(ngx_civic_zone_t *zone,
    ngx_civic_peer_e peer, uint32_t mend);


#endif /* _NGX_CIVIC_GATE_ZONE_H_INCLUDED_ */
