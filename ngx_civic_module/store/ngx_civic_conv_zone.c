
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Conversations: a red-black tree and an LRU list of nodes of one slab size,
 * so the zone never fragments.  A node is filled before it is linked, and
 * the lease is the first thing written and the last one cleared.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "store/ngx_civic_conv_zone.h"


/* Nodes looked at from the old end of the list for one new node. */
#define NGX_CIVIC_EVICT_MAX   8

/* Nodes that leave because they are old, for one new node. */
#define NGX_CIVIC_EXPIRE_MAX  2

/* 131056, 4^n seconds: 1 s to 68 min. */
#define NGX_CIVIC_PAIR_MAX    6

/*
 * What a row tells counts so far only: it has waited for other reasons, too.
 */
#define NGX_CIVIC_PAIR_ROW    2


typedef struct {
    ngx_rbtree_node_t       node;           /* key is h1 */
    ngx_queue_t             lru;
    uint64_t                h2;
    uint64_t                owner;          /* 0: not leased */
    ngx_msec_t              until;
    ngx_msec_t              used;           /* when it was last leased */
    ngx_msec_t              pair_full;      /* the bucket of its messages is
                                               full again */
    ngx_uint_t              pair_refused;   /* in a row */
    ngx_civic_conv_entry_t  entry;
} ngx_civic_conv_node_t;


_Static_assert(sizeof(ngx_civic_conv_node_t) <= 512,
               "a node must fit the slab slot of 512 bytes");


static ngx_civic_conv_node_t *ngx_civic_conv_find(ngx_civic_zone_shm_t *sh,
    ngx_civic_key_t key);
static ngx_civic_conv_node_t *ngx_civic_conv_make(ngx_civic_zone_t *zone,
    ngx_civic_key_t key, ngx_msec_t now);


ngx_int_t
ngx_civic_conv_lease(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    uint64_t owner, ngx_msec_t now, ngx_msec_t until,
    ngx_civic_conv_entry_t *entry)
{
    ngx_civic_conv_node_t  *cn;

    ngx_shmtx_lock(&zone->shpool->mutex);

    cn = ngx_civic_conv_find(zone->sh, key);

    if (cn == NULL) {
        cn = ngx_civic_conv_make(zone, key, now);

        if (cn == NULL) {
            ngx_shmtx_unlock(&zone->shpool->mutex);
            ngx_memzero(entry, sizeof(ngx_civic_conv_entry_t));
            return NGX_DECLINED;
        }

    } else if (cn->owner != 0 && cn->owner != owner
               && (ngx_msec_int_t) (cn->until - now) > 0)
    {
        ngx_shmtx_unlock(&zone->shpool->mutex);
        return NGX_BUSY;
    }

    cn->owner = owner;
    cn->until = until;
    cn->used = now;

    ngx_queue_remove(&cn->lru);
    ngx_queue_insert_head(&zone->sh->lru, &cn->lru);

    *entry = cn->entry;

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return NGX_OK;
}


void
ngx_civic_conv_release(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    uint64_t owner, const ngx_civic_conv_entry_t *entry)
{
    ngx_civic_conv_node_t  *cn;

    ngx_shmtx_lock(&zone->shpool->mutex);

    cn = ngx_civic_conv_find(zone->sh, key);

    if (cn && cn->owner == owner) {

        if (entry) {
            cn->entry = *entry;
        }

        cn->owner = 0;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);
}


static ngx_civic_conv_node_t *
ngx_civic_conv_find(ngx_civic_zone_shm_t *sh, ngx_civic_key_t key)
{
    ngx_rbtree_node_t      *node;
    ngx_civic_conv_node_t  *cn;

    node = sh->conv.root;

    while (node != &sh->sentinel) {

        if (key.h1 != node->key) {
            node = key.h1 < node->key ? node->left : node->right;
            continue;
        }

        cn = (ngx_civic_conv_node_t *) node;

        if (cn->h2 == key.h2) {
            return cn;
        }

        /* equal keys go right (ngx_rbtree_insert_value) */

        node = node->right;
    }

    return NULL;
}


/*
 * The oldest ones leave when nobody has used them for long, two for each new
 * one, so the zone shrinks faster than it grows; and before their time when
 * there is no room.  A leased one stays.
 */

static ngx_civic_conv_node_t *
ngx_civic_conv_make(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_msec_t now)
{
    ngx_uint_t              i;
    ngx_queue_t            *q;
    ngx_civic_zone_shm_t   *sh;
    ngx_civic_conv_node_t  *cn, *old;

    sh = zone->sh;
    cn = NULL;

    q = ngx_queue_last(&sh->lru);

    for (i = 0; i < NGX_CIVIC_EVICT_MAX; i++) {

        if (cn == NULL) {
            cn = ngx_slab_calloc_locked(zone->shpool,
                                        sizeof(ngx_civic_conv_node_t));
        }

        if (q == ngx_queue_sentinel(&sh->lru)) {
            break;
        }

        old = ngx_queue_data(q, ngx_civic_conv_node_t, lru);

        if (cn != NULL
            && (i >= NGX_CIVIC_EXPIRE_MAX || now - old->used < zone->expire))
        {
            break;
        }

        q = ngx_queue_prev(q);

        if (old->owner != 0 && (ngx_msec_int_t) (old->until - now) > 0) {
            continue;
        }

        sh->stats[now - old->used < zone->expire
                      ? NGX_CIVIC_STAT_CONV_EVICTED
                      : NGX_CIVIC_STAT_CONV_EXPIRED]++;

        ngx_rbtree_delete(&sh->conv, &old->node);
        ngx_queue_remove(&old->lru);
        ngx_slab_free_locked(zone->shpool, old);
    }

    if (cn == NULL) {
        sh->stats[NGX_CIVIC_STAT_CONV_FULL]++;
        return NULL;
    }

    cn->node.key = key.h1;
    cn->h2 = key.h2;

    ngx_rbtree_insert(&sh->conv, &cn->node);
    ngx_queue_insert_head(&sh->lru, &cn->lru);

    sh->stats[NGX_CIVIC_STAT_CONV_NEW]++;

    return cn;
}


ngx_msec_t
ngx_civic_pair_take(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_msec_t now, ngx_msec_t every, ngx_uint_t burst)
{
    ngx_msec_t              full, wait;
    ngx_civic_conv_node_t  *cn;

    wait = 0;

    ngx_shmtx_lock(&zone->shpool->mutex);

    cn = ngx_civic_conv_find(zone->sh, key);

    if (cn) {
        full = ngx_max(cn->pair_full, now) + every;

        if (full - now > every * burst) {
            wait = full - now - every * burst;

        } else {
            cn->pair_full = full;
        }
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return wait;
}


void
ngx_civic_pair_give(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_msec_t every)
{
    ngx_civic_conv_node_t  *cn;

    ngx_shmtx_lock(&zone->shpool->mutex);

    cn = ngx_civic_conv_find(zone->sh, key);

    if (cn) {
        cn->pair_full -= ngx_min(cn->pair_full, every);
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);
}


ngx_msec_t
ngx_civic_pair_refuse(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_uint_t tries)
{
    ngx_civic_conv_node_t  *cn;

    tries = ngx_min(tries, NGX_CIVIC_PAIR_ROW);

    ngx_shmtx_lock(&zone->shpool->mutex);

    cn = ngx_civic_conv_find(zone->sh, key);

    if (cn) {
        tries = ngx_max(tries, cn->pair_refused);
        cn->pair_refused++;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return 1000 << (2 * ngx_min(tries, NGX_CIVIC_PAIR_MAX));
}


void
ngx_civic_pair_accept(ngx_civic_zone_t *zone, ngx_civic_key_t key)
{
    ngx_civic_conv_node_t  *cn;

    ngx_shmtx_lock(&zone->shpool->mutex);

    cn = ngx_civic_conv_find(zone->sh, key);

    if (cn) {
        cn->pair_refused = 0;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);
}


/*
 * Message ids: buckets of eight 64-bit prints, one cache line each, newest
 * first.  The bucket comes from the other half of the hash, so a message is
 * taken for another one with odds of 2^-61 at most.
 */

ngx_int_t
ngx_civic_seen_find(ngx_civic_zone_t *zone, ngx_civic_key_t key)
{
    uint64_t    *b;
    ngx_int_t    rc;
    ngx_uint_t   i;

    rc = NGX_DECLINED;

    ngx_shmtx_lock(&zone->shpool->mutex);

    b = zone->sh->seen + (key.h1 & (zone->sh->nbuckets - 1)) * 8;

    for (i = 0; i < 8; i++) {
        if (b[i] == key.h2) {
            rc = NGX_OK;
            break;
        }
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return rc;
}


void
ngx_civic_seen_add(ngx_civic_zone_t *zone, ngx_civic_key_t key)
{
    uint64_t  *b;

    ngx_shmtx_lock(&zone->shpool->mutex);

    b = zone->sh->seen + (key.h1 & (zone->sh->nbuckets - 1)) * 8;

    ngx_memmove(b + 1, b, 7 * sizeof(uint64_t));
    b[0] = key.h2;

    ngx_shmtx_unlock(&zone->shpool->mutex);
}
