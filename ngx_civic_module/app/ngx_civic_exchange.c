
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The exchange.  It decides nothing about citizens: the turn does, and what
 * it wants is committed whole or not at all.
 */


#include "app/ngx_civic_clock.h"
#include "app/ngx_civic_turn.h"


/* How often a leased person is looked at again, ms. */
#define NGX_CIVIC_LEASE_POLL     5

/* And tracking numbers, when Postgres has not given any. */
#define NGX_CIVIC_TICKETS_AGAIN  500


static void ngx_civic_exchange_run(ngx_civic_exchange_t *ex);
static void ngx_civic_exchange_timer(ngx_event_t *ev);
static void ngx_civic_exchange_wait(ngx_civic_exchange_t *ex, ngx_msec_t ms);
static void ngx_civic_exchange_answer(ngx_civic_pg_job_t *job, ngx_int_t rc,
    PGresult *res);
static void ngx_civic_exchange_quoted(ngx_civic_exchange_t *ex,
    PGresult *res);
static void ngx_civic_exchange_stale(ngx_civic_exchange_t *ex,
    PGresult *res);
static ngx_int_t ngx_civic_exchange_empty(ngx_civic_exchange_t *ex);
static void ngx_civic_exchange_perform(ngx_civic_exchange_t *ex,
    civic_str_t outs);
static void ngx_civic_exchange_finish(ngx_civic_exchange_t *ex, ngx_int_t rc,
    ngx_uint_t publish);
static void ngx_civic_exchange_wake(ngx_event_t *ev);


void
ngx_civic_exchange_init(ngx_civic_worker_t *w)
{
    ngx_rbtree_init(&w->running, &w->running_sentinel,
                    ngx_rbtree_insert_value);
    ngx_queue_init(&w->ready);
    ngx_queue_init(&w->thirsty);

    w->wake.handler = ngx_civic_exchange_wake;
    w->wake.data = w;
    w->wake.log = w->log;

    /* unique over the workers of one machine until the counter wraps */

    w->owners = ((uint64_t) ngx_pid << 32) + 1;
}


void
ngx_civic_exchange_start(ngx_civic_exchange_t *ex)
{
    ngx_rbtree_node_t    *node;
    ngx_civic_worker_t   *w;
    ngx_civic_exchange_t *other;

    w = ex->worker;

    ex->key = ngx_civic_person_key(w->zone, &ex->who);
    ex->job.order = ngx_civic_person_order(&ex->who);

    if (ex->event.wamid.len) {
        ex->seen = ngx_civic_zone_key(w->zone, "wamid", ex->event.wamid.len,
                                      ex->event.wamid.data);
        ex->seen.h2 ^= ngx_civic_zone_key(w->zone, "number", ex->number_id.len,
                                          ex->number_id.data).h2;

        if (ngx_civic_seen_find(w->zone, ex->seen) == NGX_OK) {
            ngx_civic_count(w->zone, NGX_CIVIC_STAT_DUPLICATES);
            ex->done(ex, NGX_OK);
            return;
        }
    }

    ngx_queue_init(&ex->waiting);

    /* what was known of this person when it was last seen, as one number */

    ex->identity = ngx_civic_zone_key(w->zone, "phone", ex->who.phone.len,
                                      ex->who.phone.data).h1
                   ^ ngx_civic_zone_key(w->zone, "name", ex->name.len,
                                        ex->name.data).h1;

    node = w->running.root;

    while (node != &w->running_sentinel) {

        if (node->key == ex->key.h1) {
            other = ngx_rbtree_data(node, ngx_civic_exchange_t, node);
            ngx_queue_insert_tail(&other->waiting, &ex->queue);
            return;
        }

        node = ex->key.h1 < node->key ? node->left : node->right;
    }

    ex->node.key = ex->key.h1;
    ngx_rbtree_insert(&w->running, &ex->node);

    ex->deadline = ngx_current_msec + w->conf->pg.timeout;

    ngx_civic_exchange_run(ex);
}


/* Leases the person if need be, runs the turn, sends the statement. */

static void
ngx_civic_exchange_run(ngx_civic_exchange_t *ex)
{
    ngx_int_t            rc;
    ngx_civic_worker_t  *w;

    w = ex->worker;

    if (ngx_civic_tickets_ready(w) != NGX_OK) {
        ngx_queue_insert_tail(&w->thirsty, &ex->queue);
        ex->thirsty = 1;
        ngx_civic_exchange_wait(ex, NGX_CIVIC_TICKETS_AGAIN);
        return;
    }

    if (!ex->leased && !ex->fresh) {
        ex->owner = w->owners++;

        rc = ngx_civic_conv_lease(w->zone, ex->key, ex->owner,
                                  ngx_current_msec,
                                  ngx_current_msec + w->conf->pg.timeout,
                                  &ex->entry);

        if (rc == NGX_BUSY) {
            ngx_civic_count(w->zone, NGX_CIVIC_STAT_LEASE_WAITS);
            ngx_civic_exchange_wait(ex, NGX_CIVIC_LEASE_POLL);
            return;
        }

        ex->leased = (rc == NGX_OK);
    }

    if (ngx_civic_turn(ex, ngx_civic_exchange_answer) != NGX_OK) {
        ngx_civic_exchange_finish(ex, NGX_AGAIN, 0);
    }
}


/* Looks again after "ms", or gives up when the deadline is over. */

static void
ngx_civic_exchange_wait(ngx_civic_exchange_t *ex, ngx_msec_t ms)
{
    ngx_msec_int_t  left;

    left = (ngx_msec_int_t) (ex->deadline - ngx_current_msec);

    /* not cancelable: somebody waits for the answer */

    ex->timer.handler = ngx_civic_exchange_timer;
    ex->timer.data = ex;
    ex->timer.log = ex->worker->log;

    ngx_add_timer(&ex->timer, left < 1 ? 1 : ngx_min((ngx_msec_t) left, ms));
}


static void
ngx_civic_exchange_timer(ngx_event_t *ev)
{
    ngx_civic_exchange_t  *ex;

    ex = ev->data;

    if (ex->thirsty) {
        ngx_queue_remove(&ex->queue);
        ex->thirsty = 0;
    }

    if ((ngx_msec_int_t) (ex->deadline - ngx_current_msec) <= 0) {
        ngx_civic_exchange_finish(ex, NGX_AGAIN, 0);
        return;
    }

    ngx_civic_exchange_run(ex);
}


void
ngx_civic_exchange_quench(ngx_civic_worker_t *w)
{
    ngx_queue_t           *q;
    ngx_civic_exchange_t  *ex;

    while (!ngx_queue_empty(&w->thirsty)) {
        q = ngx_queue_head(&w->thirsty);
        ngx_queue_remove(q);

        ex = ngx_queue_data(q, ngx_civic_exchange_t, queue);
        ex->thirsty = 0;
        ngx_del_timer(&ex->timer);

        ngx_queue_insert_tail(&w->ready, q);
    }

    if (!ngx_queue_empty(&w->ready)) {
        ngx_post_event(&w->wake, &ngx_posted_events);
    }
}


static void
ngx_civic_exchange_answer(ngx_civic_pg_job_t *job, ngx_int_t rc, PGresult *res)
{
    ngx_str_t              result;
    ngx_civic_worker_t    *w;
    ngx_civic_exchange_t  *ex;

    ex = job->data;
    w = ex->worker;

    if (rc == NGX_DECLINED && ngx_civic_pg_is_data(res)
        && ngx_civic_exchange_empty(ex) == NGX_OK)
    {
        return;
    }

    if (rc != NGX_OK || PQntuples(res) != 1) {
        ngx_civic_exchange_finish(ex, rc == NGX_DECLINED ? rc : NGX_AGAIN, 0);
        return;
    }

    result = ngx_civic_pg_str(res, 0, 0);

    if (result.len == 5 && ngx_memcmp(result.data, "stale", 5) == 0) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_STALE);

        ngx_civic_exchange_stale(ex, res);
        return;
    }

    if (result.len == 6 && ngx_memcmp(result.data, "quoted", 6) == 0) {
        ngx_civic_exchange_quoted(ex, res);
        return;
    }

    if (ex->event.wamid.len) {
        ngx_civic_seen_add(w->zone, ex->seen);
    }

    if (result.len == 4 && ngx_memcmp(result.data, "seen", 4) == 0) {

        if (ex->event.wamid.len) {
            ngx_civic_count(w->zone, NGX_CIVIC_STAT_DUPLICATES);
        }

        ngx_civic_exchange_finish(ex, NGX_OK, 0);
        return;
    }

    ex->entry.citizen = ngx_civic_pg_int8(res, 0, 1);
    ex->entry.version = ngx_civic_pg_int4(res, 0, 2);

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_EXCHANGES);

    if (ex->emptied) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_POISON);
    }

    if (ex->event.wamid.len) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_MESSAGES);
    }

    ngx_civic_exchange_perform(ex,
                          ngx_civic_core_str(ngx_civic_pg_str(res, 0, 4)));

    ngx_civic_exchange_finish(ex, NGX_OK, ex->turned);
}


/* The turn did not know what the message quotes: it runs again with that. */

static void
ngx_civic_exchange_quoted(ngx_civic_exchange_t *ex, PGresult *res)
{
    civic_arena_t  arena;

    arena = ngx_civic_arena(ex->pool);
    ex->looked = 1;

    if (civic_sql_quoted(ngx_civic_core_str(ngx_civic_pg_str(res, 0, 4)),
                         &arena, &ex->event)
        != CIVIC_OK)
    {
        ngx_civic_exchange_finish(ex, NGX_AGAIN, 0);
        return;
    }

    ngx_civic_exchange_stale(ex, res);
}


/*
 * Takes the record of Postgres and runs the turn again, as often as its time
 * allows: somebody who is known by number and by user id has two leases, and
 * one of the two may have a queue of messages behind it that come first.
 */

static void
ngx_civic_exchange_stale(ngx_civic_exchange_t *ex, PGresult *res)
{
    int64_t    known;
    ngx_str_t  record;

    if ((ngx_msec_int_t) (ex->deadline - ngx_current_msec) <= 0) {
        ngx_civic_exchange_finish(ex, NGX_AGAIN, 0);
        return;
    }

    /* a citizen that came from the zone may be the wrong one by now */

    known = ex->fresh || ex->entry.citizen == 0
                ? ngx_civic_pg_int8(res, 0, 1) : 0;

    ex->fresh = 1;
    ex->entry.citizen = known;
    ex->entry.version = ngx_civic_pg_int4(res, 0, 2);

    record = ngx_civic_pg_str(res, 0, 3);

    if (civic_conv_load(&ex->entry.conv, record.data, record.len) != CIVIC_OK)
    {
        civic_conv_init(&ex->entry.conv, CIVIC_LANG_HI);
    }

    ngx_civic_exchange_run(ex);
}


/*
 * Meta would deliver it for seven days, and the citizen hear nothing.  If the
 * rest is refused, too, it is not the message: that one must not be lost.
 */

static ngx_int_t
ngx_civic_exchange_empty(ngx_civic_exchange_t *ex)
{
    civic_event_t  was;

    if (ex->emptied || ex->record_only || ex->event.wamid.len == 0
        || (ngx_msec_int_t) (ex->deadline - ngx_current_msec) <= 0)
    {
        return NGX_DECLINED;
    }

    was = ex->event;
    ngx_memzero(&ex->event, sizeof(civic_event_t));

    /* what is not said in words stays what it was */

    ex->event.kind = was.kind == CIVIC_EV_REACTION
                     || was.kind == CIVIC_EV_REVOKE
                     || was.kind == CIVIC_EV_MOVED ? was.kind
                                                   : CIVIC_EV_UNUSABLE;
    ex->event.wamid = was.wamid;
    ex->event.sent = was.sent;
    ex->name = civic_str("");
    ex->emptied = 1;

    /* the turn has changed the record: it comes anew, as a stale one */

    ex->entry.citizen = 0;
    ex->entry.version = -1;
    ex->fresh = 1;

    ngx_civic_exchange_run(ex);

    return NGX_OK;
}


static void
ngx_civic_exchange_perform(ngx_civic_exchange_t *ex, civic_str_t outs)
{
    size_t               i;
    civic_arena_t        arena;
    ngx_civic_worker_t  *w;

    w = ex->worker;
    arena = ngx_civic_arena(ex->pool);

    for (i = 0; ex->turned && i < ex->turn.neffects; i++) {

        if (ex->turn.effects[i].kind == CIVIC_FX_READ) {
            ngx_civic_outbox_read(w, ex->event.wamid,
                                  ex->turn.effects[i].soon, ex->pool);

        } else if (ex->turn.effects[i].kind == CIVIC_FX_FILE) {
            ngx_civic_count(w->zone, NGX_CIVIC_STAT_FILED);
        }
    }

    if (ex->ops.nout == 0) {
        return;
    }

    if (ex->ops.later) {
        ngx_civic_clock_at(w, ex->ops.later);
    }

    if (civic_sql_outs(outs, &ex->ops, &arena) != CIVIC_OK) {
        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "civic: unreadable rows of take_event, "
                      "they are left to a later claim");
        return;
    }

    for (i = 0; i < ex->ops.nout; i++) {
        ex->ops.out[i].seen = ex->entry.conv.seen;
        ex->ops.out[i].lang = ex->entry.conv.lang;

        ngx_civic_outbox_add(w, &ex->ops.out[i], &ex->who, ex->job.submitted);
    }
}


static void
ngx_civic_exchange_finish(ngx_civic_exchange_t *ex, ngx_int_t rc,
    ngx_uint_t publish)
{
    ngx_queue_t           *q;
    ngx_civic_worker_t    *w;
    ngx_civic_exchange_t  *next;

    w = ex->worker;

    if (ex->leased) {
        ngx_civic_conv_release(w->zone, ex->key, ex->owner,
                               publish ? &ex->entry : NULL);
        ex->leased = 0;
    }

    if (rc != NGX_OK) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_FAILED);
    }

    ngx_rbtree_delete(&w->running, &ex->node);

    /* those behind one that did not happen would overtake it, each after a
       deadline of its own */

    while (rc == NGX_AGAIN && !ngx_queue_empty(&ex->waiting)) {
        q = ngx_queue_head(&ex->waiting);
        ngx_queue_remove(q);

        ngx_civic_count(w->zone, NGX_CIVIC_STAT_FAILED);

        next = ngx_queue_data(q, ngx_civic_exchange_t, queue);
        next->done(next, rc);
    }

    if (!ngx_queue_empty(&ex->waiting)) {
        q = ngx_queue_head(&ex->waiting);
        ngx_queue_remove(q);

        next = ngx_queue_data(q, ngx_civic_exchange_t, queue);

        if (!ngx_queue_empty(&ex->waiting)) {
            ngx_queue_add(&next->waiting, &ex->waiting);
            ngx_queue_init(&ex->waiting);
        }

        next->node.key = next->key.h1;
        ngx_rbtree_insert(&w->running, &next->node);

        ngx_queue_insert_tail(&w->ready, &next->queue);
        ngx_post_event(&w->wake, &ngx_posted_events);
    }

    ex->done(ex, rc);
}


static void
ngx_civic_exchange_wake(ngx_event_t *ev)
{
    ngx_queue_t           *q;
    ngx_civic_worker_t    *w;
    ngx_civic_exchange_t  *ex;

    w = ev->data;

    while (!ngx_queue_empty(&w->ready)) {
        q = ngx_queue_head(&w->ready);
        ngx_queue_remove(q);

        ex = ngx_queue_data(q, ngx_civic_exchange_t, queue);

        /* the time of one who stood behind another starts now */

        if (ex->deadline == 0) {
            ex->deadline = ngx_current_msec + w->conf->pg.timeout;
        }

        if (ex->event.wamid.len
            && ngx_civic_seen_find(w->zone, ex->seen) == NGX_OK)
        {
            ngx_civic_count(w->zone, NGX_CIVIC_STAT_DUPLICATES);
            ngx_civic_exchange_finish(ex, NGX_OK, 0);
            continue;
        }

        ngx_civic_exchange_run(ex);
    }
}
