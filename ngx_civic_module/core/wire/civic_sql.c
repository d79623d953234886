
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The named statements.  What they mean is written at the functions in
 * conf/sql; nothing here decides anything.
 */


#include "core/wire/civic_sql.h"


/* Type oids of pg_type, fixed for ever. */

#define CIVIC_OID_BOOL   16
#define CIVIC_OID_BYTEA  17
#define CIVIC_OID_INT8   20
#define CIVIC_OID_INT4   23
#define CIVIC_OID_TEXT   25
#define CIVIC_OID_INT4S  1007    /* an array */
#define CIVIC_OID_JSONB  3802


static const unsigned  civic_sql_take_event[] = {
    CIVIC_OID_TEXT, CIVIC_OID_TEXT, CIVIC_OID_TEXT, CIVIC_OID_INT8,
    CIVIC_OID_INT8, CIVIC_OID_TEXT, CIVIC_OID_TEXT, CIVIC_OID_INT4,
    CIVIC_OID_BYTEA, CIVIC_OID_JSONB
};

static const unsigned  civic_sql_record_statuses[] = { CIVIC_OID_JSONB };

static const unsigned  civic_sql_settle_outbox[] = {
    CIVIC_OID_INT8, CIVIC_OID_TEXT, CIVIC_OID_INT4, CIVIC_OID_INT4,
    CIVIC_OID_INT4, CIVIC_OID_INT4, CIVIC_OID_INT4, CIVIC_OID_TEXT,
    CIVIC_OID_TEXT, CIVIC_OID_INT4, CIVIC_OID_BOOL, CIVIC_OID_BOOL,
    CIVIC_OID_BOOL, CIVIC_OID_BOOL
};

static const unsigned  civic_sql_claim_outbox[] = {
    CIVIC_OID_INT4S, CIVIC_OID_INT4
};


const civic_sql_stmt_t  civic_sql_stmts[CIVIC_SQL_MAX] = {

    [CIVIC_SQL_TAKE_EVENT] = {
        "take_event",
        "SELECT result, citizen, version, record, outs::text"
        " FROM take_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        10, civic_sql_take_event },

    [CIVIC_SQL_RECORD_STATUSES] = {
        "record_statuses",
        "SELECT outbox_id, user_id, phone, wamid, status, error, at, failed,"
        " attempts, waits, template FROM record_statuses($1)", 1,
        civic_sql_record_statuses },

    [CIVIC_SQL_SETTLE_OUTBOX] = {
        "settle_outbox",
        "SELECT outbox_id, lane, claims, attempts, waits, doubts, template,"
        " record, payload::text FROM settle_outbox($1, $2, $3, $4, $5, $6,"
        " $7, $8, $9, $10, $11, $12, $13, $14)",
        CIVIC_SETTLE_PARAMS, civic_sql_settle_outbox },

    [CIVIC_SQL_CLAIM_OUTBOX] = {
        "claim_outbox",
        "SELECT outbox_id, lane, claims, attempts, waits, doubts, template,"
        " record, payload::text, kind, user_id, phone,"
        " extract(epoch FROM tried)::int8"
        " FROM claim_outbox($1, $2)", 2, civic_sql_claim_outbox },

    [CIVIC_SQL_RESERVE_TICKETS] = {
        "reserve_tickets", "SELECT nextval('ticket_serial')", 0, NULL }
};


const char  civic_sql_check[] =
    "SELECT (SELECT max(version) FROM schema_version)::int4, ticket_key,"
    " (extract(epoch FROM lease()) * 1000)::int4 FROM city_key";


static const char *const  civic_out_names[CIVIC_OUT_MAX] = {
    "send", "register", "token", "ask", "find", "update", "wait", "fetch",
    "attach", "hear"
};


const char *
civic_out_name(civic_out_e kind)
{
    return civic_out_names[kind];
}


int
civic_out_of_name(civic_str_t name, civic_out_e *kind)
{
    int  i;

    for (i = 0; i < CIVIC_OUT_MAX; i++) {
        if (civic_str_is(name, civic_out_names[i])) {
            *kind = i;
            return CIVIC_OK;
        }
    }

    return CIVIC_DECLINED;
}
