
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * From a leased record and an event to one statement: the turn of the core
 * is run with what it needs of the world, and everything it wants goes into
 * the parameters of take_event().
 */


#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_turn.h"


static ngx_int_t ngx_civic_turn_dialogue(ngx_civic_exchange_t *ex,
    const civic_arena_t *a);
static ngx_int_t ngx_civic_turn_send(ngx_civic_exchange_t *ex,
    civic_str_t json, ngx_civic_pg_done_pt done);


ngx_int_t
ngx_civic_turn(ngx_civic_exchange_t *ex, ngx_civic_pg_done_pt done)
{
    ngx_int_t      rc;
    civic_str_t    json;
    civic_arena_t  arena;

    arena = ngx_civic_arena(ex->pool);
    json = civic_strn(NULL, 0);

    if (ex->record_only) {
        /* nobody becomes known by it */

        ngx_memzero(&ex->who, sizeof(civic_who_t));
        ex->entry.citizen = 0;

        return ngx_civic_turn_send(ex, json, done);
    }

    /*
     * An identity that differs from the one last seen goes to Postgres in
     * full: it may link two people, or hand a number to the next one.
     */

    if (!ex->fresh && ex->entry.citizen && ex->outbox_id == 0
        && ex->entry.who != ex->identity)
    {
        ex->entry.citizen = 0;
    }

    if (ex->outbox_id == 0) {
        ex->entry.who = ex->identity;
    }

    ngx_memzero(&ex->ops, sizeof(civic_sql_ops_t));

    ex->ops.moved = ex->moved;
    ex->ops.change = ex->change;
    ex->ops.kept = ex->kept;
    ex->ops.heard = ex->heard;
    ex->ops.dead = ex->dead;
    ex->ops.quotes = ex->looked ? civic_str("") : ex->event.quotes;
    ex->ops.fetch = ex->worker->conf->media_path != NULL;

    ngx_civic_outbox_later(ex->worker, &ex->ops);

    if (ex->entry.citizen == 0) {
        ex->ops.name = ex->name;
        ex->ops.parent = ex->who.parent_id;
    }

    if (ex->extra) {
        ex->ops.out[0] = *ex->extra;
        ex->ops.nout = 1;
    }

    rc = ngx_civic_turn_dialogue(ex, &arena);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    ex->turned = (rc == NGX_OK);

    if (ex->turned) {
        ex->ops.turn = &ex->turn;
    }

    if (civic_sql_ops(&ex->ops, &arena, &json) == CIVIC_ERROR) {
        return NGX_ERROR;
    }

    return ngx_civic_turn_send(ex, json, done);
}


static ngx_int_t
ngx_civic_turn_dialogue(ngx_civic_exchange_t *ex, const civic_arena_t *a)
{
    int                  rc;
    char                 ticket[CIVIC_TICKET_MAX];
    u_char              *offered;
    uint64_t             serial;
    ngx_uint_t           i, n;
    civic_turn_t        *t;
    ngx_civic_worker_t  *w;

    w = ex->worker;
    t = &ex->turn;

    ngx_memzero(t, sizeof(civic_turn_t));

    if (ex->entry.conv.layout != CIVIC_CONV_LAYOUT) {
        civic_conv_init(&ex->entry.conv, CIVIC_LANG_HI);
    }

    offered = ngx_palloc(ex->pool, NGX_CIVIC_SERVICES_MAX);

    if (offered == NULL
        || ngx_civic_ticket_look(w, &serial) != NGX_OK
        || civic_ticket_make(serial, w->ticket_key, ticket) != CIVIC_OK)
    {
        return NGX_ERROR;
    }

    n = ngx_civic_services_get(w->zone, offered, w->conf->city->nservices);

    for (i = 0; i < n; i++) {
        offered[i] &= NGX_CIVIC_OFFERED;
    }

    t->city = w->conf->city;
    t->arena = a;
    t->event = &ex->event;
    t->now = ngx_time();
    t->name = ex->name;
    t->spare_ticket = civic_arena_copy(a, civic_str(ticket));
    t->wait_311 = w->conf->wait_311;
    t->settle = w->conf->settle;
    t->hears = w->conf->speech.len != 0;
    t->wait_voice = t->hears ? w->conf->speech_wait : 0;
    t->offered = n == w->conf->city->nservices ? offered : NULL;
    t->conv = &ex->entry.conv;

    rc = civic_dialogue_turn(t);

    if (rc == CIVIC_OK && t->used_ticket
        && ngx_civic_ticket_take(w) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return rc == CIVIC_OK ? NGX_OK
                          : rc == CIVIC_DECLINED ? NGX_DECLINED : NGX_ERROR;
}


static ngx_int_t
ngx_civic_turn_send(ngx_civic_exchange_t *ex, civic_str_t json,
    ngx_civic_pg_done_pt done)
{
    u_char  *p;

#define ngx_civic_param(i, s)                                                 \
    ex->values[i] = (const char *) (s);                                       \
    ex->lengths[i] = 0;                                                       \
    ex->formats[i] = 0

    p = ngx_pnalloc(ex->pool, ex->number_id.len + ex->event.wamid.len
                              + ex->who.user_id.len + ex->who.phone.len
                              + 3 * NGX_INT64_LEN + 8);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_civic_param(0, p);
    p = ngx_cpymem(p, ex->number_id.data, ex->number_id.len);
    *p++ = '\0';

    ngx_civic_param(1, p);
    p = ngx_cpymem(p, ex->event.wamid.data, ex->event.wamid.len);
    *p++ = '\0';

    ngx_civic_param(2, ex->kind);

    ngx_civic_param(3, p);
    p = ngx_sprintf(p, "%L%Z", ex->outbox_id);

    ngx_civic_param(4, p);
    p = ngx_sprintf(p, "%L%Z", ex->entry.citizen);

    ngx_civic_param(5, p);
    p = ngx_cpymem(p, ex->who.user_id.data, ex->who.user_id.len);
    *p++ = '\0';

    ngx_civic_param(6, p);
    p = ngx_cpymem(p, ex->who.phone.data, ex->who.phone.len);
    *p++ = '\0';

    ngx_civic_param(7, p);
    (void) ngx_sprintf(p, "%D%Z", ex->entry.version);

    ngx_civic_param(8, ex->turned ? &ex->entry.conv : NULL);
    ex->lengths[8] = sizeof(civic_conv_t);
    ex->formats[8] = 1;

    ngx_civic_param(9, json.len ? json.data : NULL);

    ex->job.stmt = CIVIC_SQL_TAKE_EVENT;
    ex->job.values = ex->values;
    ex->job.lengths = ex->lengths;
    ex->job.formats = ex->formats;
    ex->job.done = done;
    ex->job.data = ex;

    ngx_civic_pg_submit(ex->worker->pg, &ex->job);

    return NGX_OK;
}
