
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the parts of a worker share: the configuration as parsed, and the
 * worker itself with its Postgres pool, its two upstreams and the work it
 * has in hand.  One of each per worker; nothing outlives the cycle.
 */


#ifndef _NGX_CIVIC_APP_H_INCLUDED_
#define _NGX_CIVIC_APP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <openssl/evp.h>

#if !(NGX_THREADS)
#error nginx needs --with-threads: a thread waits for the disk
#endif

#include "core/city/civic_city.h"
#include "core/wire/civic_sql.h"
#include "net/ngx_civic_call.h"
#include "net/ngx_civic_pg.h"
#include "store/ngx_civic_conv_zone.h"
#include "store/ngx_civic_zone.h"


/* The largest webhook: Meta says 3 MB, of either kind. */
#define NGX_CIVIC_BODY_MAX      (4 * 1024 * 1024)

/* A secret, token or key is one line of a small file. */
#define NGX_CIVIC_SECRET_MAX    8192

/* Outbox rows for one peer that a worker has in hand; the rest waits in
   Postgres.  One bound for rows that are new and rows that are claimed: with
   two, those of the lower one wait while there are any of the other. */
#define NGX_CIVIC_JOBS_MAX      512

/* What the desk does by itself, after the peers; and files from WhatsApp. */
#define NGX_CIVIC_DESK          NGX_CIVIC_PEERS
#define NGX_CIVIC_FILES         (NGX_CIVIC_DESK + 1)
#define NGX_CIVIC_SHARES        (NGX_CIVIC_FILES + 1)


typedef struct ngx_civic_main_conf_s  ngx_civic_main_conf_t;
typedef struct ngx_civic_worker_s     ngx_civic_worker_t;


struct ngx_civic_main_conf_s {
    ngx_shm_zone_t              *shm_zone;
    ngx_civic_zone_t            *zone;

    ngx_civic_pg_conf_t          pg;
    ngx_civic_pg_stmt_t          stmts[CIVIC_SQL_MAX];

    civic_city_t                *city;
    civic_arena_t                arena;         /* of the cycle */

    ngx_array_t                 *secrets;       /* of ngx_str_t */
    ngx_str_t                    verify_token;
    ngx_str_t                    access_token;
    ngx_str_t                    token_file;
    ngx_file_info_t              token_info;
    ngx_array_t                 *numbers;       /* of ngx_str_t, first sends */

    ngx_str_t                    whatsapp;      /* uri prefixes */
    ngx_str_t                    open311;
    ngx_str_t                    api_key;
    ngx_str_t                    jurisdiction;
    ngx_flag_t                   phone;
    ngx_msec_t                   refresh;
    ngx_msec_t                   wait_311;
    ngx_msec_t                   settle;        /* more of one breath */
    ngx_uint_t                   calls;         /* to WhatsApp at a time */
    ngx_uint_t                   calls_311;     /* of each worker */
    ngx_uint_t                   rate;          /* messages a second */
    ngx_msec_t                   pair_every;    /* and to one person */
    ngx_uint_t                   pair_burst;
    ngx_msec_t                   unknown;       /* then a message of unknown
                                                   outcome is sent again */
    ngx_uint_t                   hold_311;      /* 311 cannot be asked: keep
                                                   it for the desk */
    ngx_msec_t                   unknown_311;   /* between look-ups */
    ngx_str_t                    template;      /* "" none */

    ngx_path_t                  *media_path;    /* NULL: files stay where they
                                                   are */
    ngx_thread_pool_t           *threads;       /* wait for that disk */
    ngx_str_t                    media_pass;
    ngx_uint_t                   calls_media;
    ngx_array_t                 *media_hosts;   /* of civic_str_t */
    size_t                       media_max;     /* bytes of a file */
    ngx_msec_t                   media_timeout; /* for all of a fetch */
    ngx_array_t                 *media_keys;    /* of ngx_str_t, first signs */
    ngx_str_t                    media_url;     /* "" none, without the last
                                                   slash */

    ngx_str_t                    speech;        /* uri, "" none */
    ngx_uint_t                   calls_speech;
    ngx_msec_t                   speech_wait;   /* of a question */

    ngx_http_conf_ctx_t         *ctx;           /* server{} of the webhook */
    ngx_array_t                 *passes;        /* of ngx_civic_conf_pass_t */
    unsigned                     status:1;      /* civic_status is used */
    unsigned                     media:1;       /* civic_media is used */

    ngx_civic_worker_t          *worker;
};


struct ngx_civic_worker_s {
    ngx_civic_main_conf_t       *conf;
    ngx_civic_zone_t            *zone;
    ngx_cycle_t                 *cycle;
    ngx_log_t                   *log;

    ngx_civic_pg_t              *pg;
    u_char                       refusal[128];  /* of a database, why */
    ngx_civic_call_target_t      graph;
    ngx_civic_call_target_t      open311;
    ngx_civic_call_target_t      media;
    ngx_civic_call_target_t      speech;

    EVP_MAC                     *mac;           /* HMAC */
    EVP_MAC_CTX                **macs;          /* keyed, one per secret */
    EVP_MAC_CTX                **media_macs;    /* and per key of links */

    /* tracking numbers in hand: serials [serial, serial_end), and the block
       after it, empty when serial_next_end is 0 */
    u_char                       ticket_key[16];
    uint64_t                     serial;
    uint64_t                     serial_end;
    uint64_t                     serial_next;
    uint64_t                     serial_next_end;
    unsigned                     reserving:1;

    /* app/ngx_civic_exchange.c */
    ngx_rbtree_t                 running;       /* by person */
    ngx_rbtree_node_t            running_sentinel;
    ngx_queue_t                  ready;
    ngx_queue_t                  thirsty;       /* no number in hand */
    ngx_event_t                  wake;
    uint64_t                     owners;

    /* app/ngx_civic_outbox.c */
    ngx_queue_t                  sends[2];      /* may go now: answers, then
                                                   notices */
    ngx_queue_t                  requests;      /* to 311, may go now */
    ngx_queue_t                  fetches;       /* files, may come now */
    ngx_queue_t                  voices;        /* may be heard now */
    ngx_event_t                  pump;
    ngx_uint_t                   njobs[NGX_CIVIC_SHARES];
    ngx_msec_t                   lease;         /* of a row in hand */

    /* app/ngx_civic_statuses.c */
    ngx_queue_t                  statuses;      /* not yet told to Postgres */
    ngx_event_t                  record;
    ngx_uint_t                   record_singly; /* so many of the next */
    unsigned                     recording:1;

    /* app/ngx_civic_token.c */
    ngx_str_t                    token;
    ngx_file_info_t              token_info;
    uint32_t                     secrets[NGX_CIVIC_PEERS];  /* hashes */
    unsigned                     token_blind:1; /* its folder is closed */

    /* app/ngx_civic_fetch.c */
    ngx_uint_t                   filing;        /* files a thread has */
    unsigned                     media_blind:1; /* no file can be written */

    /* app/ngx_civic_clock.c */
    ngx_event_t                  sweep;
    ngx_event_t                  services;
    unsigned                     sweeping:1;    /* a claim is under way */
    ngx_uint_t                   sated;         /* bits of peers: too much in
                                                   hand for them to claim */
    ngx_msec_t                   sweep_after;   /* ms, of the next one */
};


/* The arena of the core over an nginx pool. */
civic_arena_t ngx_civic_arena(ngx_pool_t *pool);

ngx_civic_worker_t *ngx_civic_worker_open(ngx_cycle_t *cycle,
    ngx_civic_main_conf_t *conf);
void ngx_civic_worker_close(ngx_civic_worker_t *w);

/*
 * NGX_OK when a number is in hand; otherwise more were asked for, and
 * ngx_civic_exchange_quench() is called when they have come.
 */
ngx_int_t ngx_civic_tickets_ready(ngx_civic_worker_t *w);

/*
 * The serial of the number in hand, and that it was used: nowhere else does
 * a serial move within its block.  NGX_AGAIN: none is in hand.
 */
ngx_int_t ngx_civic_ticket_look(ngx_civic_worker_t *w, uint64_t *serial);
ngx_int_t ngx_civic_ticket_take(ngx_civic_worker_t *w);


/*
 * The order in which people are locked, the same on all machines: a key of
 * the zone would be another one on each.
 */

static ngx_inline uint64_t
ngx_civic_person_order(const civic_who_t *who)
{
    const civic_str_t  *id;

    id = who->user_id.len ? &who->user_id : &who->phone;

    return 1 + (uint64_t) ngx_murmur_hash2((u_char *) id->data, id->len);
}


/* A person's key in the zone. */

static ngx_inline ngx_civic_key_t
ngx_civic_person_key(ngx_civic_zone_t *zone, const civic_who_t *who)
{
    const civic_str_t  *id;

    id = who->user_id.len ? &who->user_id : &who->phone;

    return ngx_civic_zone_key(zone, "who", id->len, id->data);
}


/* ngx_str_t and civic_str_t are the same two words under other names. */

static ngx_inline civic_str_t
ngx_civic_core_str(ngx_str_t s)
{
    return civic_strn((const char *) s.data, s.len);
}


static ngx_inline ngx_str_t
ngx_civic_str(civic_str_t s)
{
    ngx_str_t  v;

    v.len = s.len;
    v.data = (u_char *) s.data;

    return v;
}


#endif /* _NGX_CIVIC_APP_H_INCLUDED_ */
