
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The shared memory of "civic_zone": conversations, message ids seen, what
 * 311 offers, counters.  It is a cache: losing it costs a reload from
 * Postgres and nothing else.  It survives a reload with the same name and
 * size.  Nothing here waits, logs or calls out while the mutex is held.
 */


#ifndef _NGX_CIVIC_ZONE_H_INCLUDED_
#define _NGX_CIVIC_ZONE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "core/dialogue/civic_conv.h"
#include "store/ngx_civic_stats_zone.h"


/* Services of a city whose standing with 311 is shared; more are refused. */
#define NGX_CIVIC_SERVICES_MAX  256

/* what 311 says of a service */
#define NGX_CIVIC_OFFERED       0x01
#define NGX_CIVIC_BLACKBOX      0x02


/* The peers that calls go to, and what is known of each: gate_zone.h. */

typedef enum {
    NGX_CIVIC_WHATSAPP = 0,
    NGX_CIVIC_311,
    NGX_CIVIC_PEERS
} ngx_civic_peer_e;


typedef struct {
    ngx_msec_t                   until;
    ngx_uint_t                   fails;         /* in a row */
    uint32_t                     mend;          /* 0: nothing to mend */
    unsigned                     closed:1;
    unsigned                     tried:1;
} ngx_civic_gate_t;


/*
 * A keyed hash of who a person is, 128 bits.  The key is made at random with
 * the zone, so the hash may stand in a log: nobody gets a number from it.
 */

typedef struct {
    uint64_t                     h1;
    uint64_t                     h2;
} ngx_civic_key_t;


typedef struct {
    ngx_uint_t                   layout;
    u_char                       key[16];

    ngx_rbtree_t                 conv;
    ngx_rbtree_node_t            sentinel;
    ngx_queue_t                  lru;           /* newest first */

    uint64_t                    *seen;          /* nbuckets * 8 prints */
    ngx_uint_t                   nbuckets;      /* a power of two */

    uint64_t                     rate_at;       /* us: rate_zone.h */
    ngx_civic_gate_t             gates[NGX_CIVIC_PEERS];

    time_t                       services_time;     /* 0: never heard */
    ngx_msec_t                   services_lease;
    ngx_uint_t                   nservices;
    u_char                       services[NGX_CIVIC_SERVICES_MAX];

    ngx_atomic_t                 stats[NGX_CIVIC_STAT_MAX];
} ngx_civic_zone_shm_t;


typedef struct {
    ngx_civic_zone_shm_t        *sh;
    ngx_slab_pool_t             *shpool;
    ngx_msec_t                   expire;        /* of a conversation */
} ngx_civic_zone_t;


/* The init callback of the zone; shm_zone->data is a ngx_civic_zone_t. */
ngx_int_t ngx_civic_zone_init(ngx_shm_zone_t *shm_zone, void *data);

/* Takes no lock. */
ngx_civic_key_t ngx_civic_zone_key(ngx_civic_zone_t *zone, const char *kind,
    size_t len, const void *data);


/*
 * Services in the order of the city's file.  set() is told all of them at
 * once; get() copies at most n flags and returns how many are known, 0 when
 * 311 was never heard.  lease() is NGX_OK for one caller until "until".
 */
void ngx_civic_services_set(ngx_civic_zone_t *zone, const u_char *flags,
    ngx_uint_t n, time_t now);
ngx_uint_t ngx_civic_services_get(ngx_civic_zone_t *zone, u_char *flags,
    ngx_uint_t n);
ngx_int_t ngx_civic_services_lease(ngx_civic_zone_t *zone, ngx_msec_t now,
    ngx_msec_t until);


#define ngx_civic_count(zone, stat)                                           \
    (void) ngx_atomic_fetch_add(&(zone)->sh->stats[stat], 1)

#define ngx_civic_count_n(zone, stat, n)                                      \
    (void) ngx_atomic_fetch_add(&(zone)->sh->stats[stat], (n))


#endif /* _NGX_CIVIC_ZONE_H_INCLUDED_ */
