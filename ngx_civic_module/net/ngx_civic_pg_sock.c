
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * libpq's socket among nginx's events.  It refuses to close the socket, which
 * is libpq's, and to outlive it: the event always goes first.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "net/ngx_civic_pg_sock.h"


ngx_int_t
ngx_civic_pg_sock_add(ngx_civic_pg_conn_t *p,
    ngx_event_handler_pt handler, ngx_uint_t write)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    c = ngx_get_connection(PQsocket(p->pg), p->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = p;
    c->read->log = p->log;
    c->write->log = p->log;
    c->read->handler = handler;
    c->write->handler = handler;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    p->c = c;
    p->writing = write;

    /* level-triggered: PQconsumeInput() does not read until EAGAIN */

    if (write) {
        rc = ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);

    } else {
        rc = ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }

    if (rc != NGX_OK) {
        ngx_civic_pg_sock_del(p);
    }

    return rc;
}


void
ngx_civic_pg_sock_del(ngx_civic_pg_conn_t *p)
{
    ngx_connection_t  *c;

    c = p->c;

    if (c == NULL) {
        return;
    }

    if (ngx_del_conn) {

        /*
         * When libpq has closed the socket already the kernel has forgotten
         * it too, and its number may be another's by now.
         */

        ngx_del_conn(c, PQsocket(p->pg) < 0 ? NGX_CLOSE_EVENT : 0);

    } else {

        if (c->read->active) {
            ngx_del_event(c->read, NGX_READ_EVENT, 0);
        }

        if (c->write->active) {
            ngx_del_event(c->write, NGX_WRITE_EVENT, 0);
        }
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    c->read->closed = 1;
    c->write->closed = 1;

    ngx_free_connection(c);

    c->fd = (ngx_socket_t) -1;
    p->c = NULL;
    p->writing = 0;
}


ngx_int_t
ngx_civic_pg_sock_flush(ngx_civic_pg_conn_t *p)
{
    switch (PQflush(p->pg)) {

    case 0:

        if (p->writing) {
            p->writing = 0;

            if (ngx_del_event(p->c->write, NGX_WRITE_EVENT, 0) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        break;

    case 1:

        if (!p->writing) {
            p->writing = 1;

            if (ngx_add_event(p->c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        break;

    default:
        return NGX_ERROR;
    }

    /* a full socket makes libpq read while it writes: no event comes then */

    if (p->syncs && !PQisBusy(p->pg)) {
        ngx_post_event(p->c->read, &ngx_posted_events);
    }

    return NGX_OK;
}
