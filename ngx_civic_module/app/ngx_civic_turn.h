
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Runs one turn on the exchange's record and submits what came of it.  May
 * be run again on a newer record: nothing outside the exchange has changed
 * but the tracking number it may have used up.
 */


#ifndef _NGX_CIVIC_TURN_H_INCLUDED_
#define _NGX_CIVIC_TURN_H_INCLUDED_


#include "app/ngx_civic_exchange.h"


/* NGX_OK: done() will be called; NGX_ERROR: out of memory, it will not. */
ngx_int_t ngx_civic_turn(ngx_civic_exchange_t *ex, ngx_civic_pg_done_pt done);


#endif /* _NGX_CIVIC_TURN_H_INCLUDED_ */
