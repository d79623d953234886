
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Columns of a binary result as C values.  It refuses to trust that the
 * schema is what the caller thinks: a column of another width is empty.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "net/ngx_civic_pg.h"


int64_t
ngx_civic_pg_int8(const PGresult *res, int row, int col)
{
    int        len, i;
    u_char    *p;
    uint64_t   n;

    len = PQgetlength(res, row, col);

    if (len != 2 && len != 4 && len != 8) {
        return 0;
    }

    p = (u_char *) PQgetvalue(res, row, col);

    /* network byte order, the first byte carries the sign */

    n = (p[0] & 0x80) ? (uint64_t) -1 : 0;

    for (i = 0; i < len; i++) {
        n = n << 8 | p[i];
    }

    return (int64_t) n;
}


int32_t
ngx_civic_pg_int4(const PGresult *res, int row, int col)
{
    if (PQgetlength(res, row, col) > 4) {
        return 0;
    }

    return (int32_t) ngx_civic_pg_int8(res, row, col);
}


ngx_uint_t
ngx_civic_pg_bool(const PGresult *res, int row, int col)
{
    return PQgetlength(res, row, col) == 1
           && *PQgetvalue(res, row, col) == 1;
}


ngx_str_t
ngx_civic_pg_str(const PGresult *res, int row, int col)
{
    ngx_str_t  s;

    s.len = PQgetlength(res, row, col);
    s.data = (u_char *) PQgetvalue(res, row, col);

    return s;
}


ngx_uint_t
ngx_civic_pg_is_data(const PGresult *res)
{
    const char  *state;

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    return state && (ngx_strncmp(state, "22", 2) == 0
                     || ngx_strcmp(state, "23502") == 0
                     || ngx_strcmp(state, "23514") == 0);
}
