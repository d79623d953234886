
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Statuses of messages, three quarters of all webhooks: those of one turn of
 * the event loop, and of all while the last ones are under way, are told to
 * Postgres in one statement.
 */


#ifndef _NGX_CIVIC_STATUSES_H_INCLUDED_
#define _NGX_CIVIC_STATUSES_H_INCLUDED_


#include "app/ngx_civic_app.h"


typedef struct {
    ngx_queue_t                  queue;
    const civic_wa_status_t     *list;
    ngx_uint_t                   n;

    /* NGX_OK: all of them are committed */
    void                       (*done)(void *data, ngx_int_t rc);
    void                        *data;
} ngx_civic_statuses_t;


void ngx_civic_statuses_init(ngx_civic_worker_t *w);

/* "s" and its list are the caller's until done(), which comes later. */
void ngx_civic_statuses_add(ngx_civic_worker_t *w, ngx_civic_statuses_t *s);


#endif /* _NGX_CIVIC_STATUSES_H_INCLUDED_ */
