
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * libpq's socket among nginx's events, for ngx_civic_pg_conn.c alone: what it
 * is good for is told there.
 */


#ifndef _NGX_CIVIC_PG_SOCK_H_INCLUDED_
#define _NGX_CIVIC_PG_SOCK_H_INCLUDED_


#include "net/ngx_civic_pg_conn.h"


/*
 * Adds the socket libpq has just now, for reading or for writing, with
 * "handler" for both; on failure nothing is left.
 */

ngx_int_t ngx_civic_pg_sock_add(ngx_civic_pg_conn_t *p,
    ngx_event_handler_pt handler, ngx_uint_t write);

/* before PQfinish() and before each PQconnectPoll(); without a socket too */

void ngx_civic_pg_sock_del(ngx_civic_pg_conn_t *p);

/* writes what can be written now, and waits for writing if there is more */

ngx_int_t ngx_civic_pg_sock_flush(ngx_civic_pg_conn_t *p);


#endif /* _NGX_CIVIC_PG_SOCK_H_INCLUDED_ */
