
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Makes the zone, or takes over the one of the cycle before.  One slab page
 * size for conversations, one table for message ids, a header for the rest.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "store/ngx_civic_conv_zone.h"


/*
 * A zone made by a module that saw other things in it is not taken over.
 * The number is for changes that leave all sizes as they were.
 */
#define NGX_CIVIC_ZONE_LAYOUT                                                 \
    (2 + (sizeof(ngx_civic_zone_shm_t) << 8)                                  \
     + ((ngx_uint_t) sizeof(ngx_civic_conv_entry_t) << 32))

/* A sixteenth of the zone remembers message ids: 8 bytes each. */
#define NGX_CIVIC_SEEN_SHARE    16


#define NGX_CIVIC_STAT_ROW(id, name, help)  { name, help },

const ngx_civic_stat_t  ngx_civic_stats[NGX_CIVIC_STAT_MAX] = {
    NGX_CIVIC_STATS(NGX_CIVIC_STAT_ROW)
};


ngx_int_t
ngx_civic_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    size_t                 size;
    ngx_civic_zone_t      *zone, *old;
    ngx_civic_zone_shm_t  *sh;

    zone = shm_zone->data;
    old = data;

    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old || shm_zone->shm.exists) {
        zone->sh = old ? old->sh : zone->shpool->data;

        if (zone->sh->layout != NGX_CIVIC_ZONE_LAYOUT) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "civic_zone \"%V\" was made by another version of "
                          "the module: restart nginx instead of reloading",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        /* the new city's services may be others, or in another order */

        ngx_shmtx_lock(&zone->shpool->mutex);

        zone->sh->nservices = 0;
        zone->sh->services_lease = 0;

        ngx_shmtx_unlock(&zone->shpool->mutex);

        return NGX_OK;
    }

    sh = ngx_slab_calloc(zone->shpool, sizeof(ngx_civic_zone_shm_t));
    if (sh == NULL) {
        return NGX_ERROR;
    }

    if (RAND_bytes(sh->key, sizeof(sh->key)) != 1) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "RAND_bytes() failed for civic_zone");
        return NGX_ERROR;
    }

    ngx_rbtree_init(&sh->conv, &sh->sentinel, ngx_rbtree_insert_value);
    ngx_queue_init(&sh->lru);

    size = shm_zone->shm.size / NGX_CIVIC_SEEN_SHARE;

    for (sh->nbuckets = 1; sh->nbuckets * 2 * 64 <= size; sh->nbuckets *= 2) {
        /* void */
    }

    sh->seen = ngx_slab_calloc(zone->shpool, sh->nbuckets * 64);
    if (sh->seen == NULL) {
        return NGX_ERROR;
    }

    sh->layout = NGX_CIVIC_ZONE_LAYOUT;

    zone->sh = sh;
    zone->shpool->data = sh;
    zone->shpool->log_nomem = 0;    /* a full zone is counted, not logged */

    return NGX_OK;
}


ngx_civic_key_t
ngx_civic_zone_key(ngx_civic_zone_t *zone, const char *kind, size_t len,
    const void *data)
{
    size_t           n;
    u_char           buf[16 + 8 + 512], md[SHA256_DIGEST_LENGTH];
    ngx_civic_key_t  key;

    /* what is hashed is bounded by the wire: ids are 255 bytes at most */

    n = ngx_min(len, 512);

    ngx_memcpy(buf, zone->sh->key, 16);
    ngx_memzero(buf + 16, 8);
    ngx_memcpy(buf + 16, kind, ngx_min(ngx_strlen(kind), 8));
    ngx_memcpy(buf + 24, data, n);

    (void) SHA256(buf, 24 + n, md);

    ngx_memcpy(&key.h1, md, 8);
    ngx_memcpy(&key.h2, md + 8, 8);

    return key;
}


void
ngx_civic_services_set(ngx_civic_zone_t *zone, const u_char *flags,
    ngx_uint_t n, time_t now)
{
    ngx_shmtx_lock(&zone->shpool->mutex);

    ngx_memcpy(zone->sh->services, flags, n);
    zone->sh->nservices = n;
    zone->sh->services_time = now;

    ngx_shmtx_unlock(&zone->shpool->mutex);
}


ngx_uint_t
ngx_civic_services_get(ngx_civic_zone_t *zone, u_char *flags, ngx_uint_t n)
{
    ngx_shmtx_lock(&zone->shpool->mutex);

    n = ngx_min(n, zone->sh->nservices);
    ngx_memcpy(flags, zone->sh->services, n);

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return n;
}


ngx_int_t
ngx_civic_services_lease(ngx_civic_zone_t *zone, ngx_msec_t now,
    ngx_msec_t until)
{
    ngx_int_t  rc;

    ngx_shmtx_lock(&zone->shpool->mutex);

    rc = NGX_BUSY;

    if (zone->sh->services_lease == 0
        || (ngx_msec_int_t) (zone->sh->services_lease - now) <= 0)
    {
        zone->sh->services_lease = until;
        rc = NGX_OK;
    }

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return rc;
}
