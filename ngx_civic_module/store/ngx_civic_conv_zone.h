
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Conversations in the zone: copied out under a lease, copied back after the
 * commit.  A lease says that one worker is advancing this person now; it has
 * a deadline, so a dead worker holds nobody up for longer.
 */


#ifndef _NGX_CIVIC_CONV_ZONE_H_INCLUDED_
#define _NGX_CIVIC_CONV_ZONE_H_INCLUDED_


#include "store/ngx_civic_zone.h"


typedef struct {
    int64_t       citizen;      /* key in Postgres, 0: not known here */
    uint64_t      who;          /* hash of the identity last seen */
    int32_t       version;      /* of the record in Postgres */
    civic_conv_t  conv;
} ngx_civic_conv_entry_t;


/*
 * Takes the lease of "key" for "owner" (not 0, unique among running
 * exchanges) until "until", times in ms of ngx_current_msec.
 *   NGX_OK        leased; entry is a copy, its citizen is 0 if nothing is
 *                 known here
 *   NGX_BUSY      another owner holds it
 *   NGX_DECLINED  no room even after eviction: go on without a lease,
 *                 Postgres keeps order by the version
 */
ngx_int_t ngx_civic_conv_lease(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    uint64_t owner, ngx_msec_t now, ngx_msec_t until,
    ngx_civic_conv_entry_t *entry);

/* Gives the lease back; entry is published unless NULL.  A lease that ran
 * out and was taken by another changes nothing. */
void ngx_civic_conv_release(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    uint64_t owner, const ngx_civic_conv_entry_t *entry);


/*
 * How fast one person may be sent messages: one in "every" ms, with a burst
 * borrowed from later (WhatsApp: 6 s, 45).  take() is 0 when one may leave
 * now, otherwise ms after which to ask again, and nothing was taken; give()
 * puts one back that was not sent.  refuse() is for WhatsApp's own refusal
 * (131056): 4^X s to wait, X how often in a row, in ms; accept() ends the
 * row.  X is at least "tries", up to 2: an acceptance ends the row, and then
 * a status refuses.  A person who is not in the zone may be sent everything,
 * and X is "tries": WhatsApp is the one who knows.
 */
ngx_msec_t ngx_civic_pair_take(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_msec_t now, ngx_msec_t every, ngx_uint_t burst);
void ngx_civic_pair_give(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_msec_t every);
ngx_msec_t ngx_civic_pair_refuse(ngx_civic_zone_t *zone, ngx_civic_key_t key,
    ngx_uint_t tries);
void ngx_civic_pair_accept(ngx_civic_zone_t *zone, ngx_civic_key_t key);


/* Message ids that were committed.  A forgotten one costs a round trip. */
ngx_int_t ngx_civic_seen_find(ngx_civic_zone_t *zone, ngx_civic_key_t key);
void ngx_civic_seen_add(ngx_civic_zone_t *zone, ngx_civic_key_t key);


#endif /* _NGX_CIVIC_CONV_ZONE_H_INCLUDED_ */
