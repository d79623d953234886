
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The statements sent to Postgres, by name, and the JSON that goes in and
 * comes out of them.  The functions they call are in conf/sql.  No text is
 * ever put together into SQL; everything a citizen wrote is a parameter.
 */


#ifndef _CIVIC_SQL_H_INCLUDED_
#define _CIVIC_SQL_H_INCLUDED_


#include "core/dialogue/civic_dialogue.h"
#include "core/wire/civic_media.h"
#include "core/wire/civic_open311.h"
#include "core/wire/civic_wa_in.h"


/* The schema this code was written for: the last number in conf/sql. */
#define CIVIC_SQL_SCHEMA  3

/* Serials a worker draws at a time (sequence ticket_serial). */
#define CIVIC_SQL_TICKETS  64


typedef enum {
    CIVIC_SQL_TAKE_EVENT = 0,
    CIVIC_SQL_RECORD_STATUSES,
    CIVIC_SQL_SETTLE_OUTBOX,
    CIVIC_SQL_CLAIM_OUTBOX,
    CIVIC_SQL_RESERVE_TICKETS,
    CIVIC_SQL_MAX
} civic_sql_e;


typedef struct {
    const char      *name;
    const char      *sql;
    int              nparams;
    const unsigned  *types;     /* type oids */
} civic_sql_stmt_t;


extern const civic_sql_stmt_t  civic_sql_stmts[CIVIC_SQL_MAX];

/*
 * One row: schema version, ticket key (16 bytes), ms a row stays with the
 * worker that made or claimed it.  No serials: a worker that is refused asks
 * again twice a second for days, and would use all of them up.
 */
extern const char  civic_sql_check[];


/* Kinds of outbox rows, and their names in Postgres. */

typedef enum {
    CIVIC_OUT_SEND = 0,
    CIVIC_OUT_REGISTER,
    CIVIC_OUT_TOKEN,
    CIVIC_OUT_ASK,
    CIVIC_OUT_FIND,
    CIVIC_OUT_UPDATE,
    CIVIC_OUT_WAIT,
    CIVIC_OUT_FETCH,            /* a file from WhatsApp */
    CIVIC_OUT_ATTACH,           /* its link, and what is heard of it, to 311
                                   after the registration */
    CIVIC_OUT_HEAR,             /* a voice note to the speech service */
    CIVIC_OUT_MAX
} civic_out_e;


/* A row of the outbox: to be made, as made, or as claimed. */

typedef struct {
    civic_out_e     kind;
    int64_t         id;         /* 0 until made */
    civic_str_t     payload;    /* JSON */
    uint32_t        delay;      /* ms from the commit until it is due */
    civic_str_t     ticket;     /* of the complaint it is about, "" none */
    civic_str_t     say;        /* key of a message's text */
    unsigned        notice:1;   /* nobody waits for it: after the answers */
    unsigned        behind:1;   /* made behind another message of the person,
                                   or for later: not the maker's to perform */

    /* as claimed */
    unsigned        template:1; /* the 24-hour window is over */
    unsigned        claims;     /* tells this holder from others */
    unsigned        attempts;   /* refusals of its own */
    unsigned        waits;      /* tries a peer was not up to */
    unsigned        doubts;     /* unknown so often in a row, 0: it was not
                                   performed */
    int64_t         tried;      /* UTC seconds, last performed perhaps */
    int64_t         seen;       /* UTC seconds of the person's last message,
                                   0 not known */
    civic_lang_e    lang;       /* of the conversation */
} civic_out_t;


/* What 311's answer changes in a complaint; empty fields stay. */

typedef struct {
    int64_t         complaint_id;
    const char     *state;      /* name of civic_case_e, NULL */
    civic_str_t     request_id;
    civic_str_t     token;
    civic_str_t     notice;
    civic_str_t     notes;
    int64_t         expected;
} civic_sql_case_t;


/* What became of a file of a citizen. */

typedef struct {
    int64_t         media_id;
    const char     *reason;     /* why it will not come, NULL: it is kept as */
    const char     *sha256;     /* hex */
    const char     *type;
    int64_t         size;       /* bytes */
} civic_sql_kept_t;


/* What was heard of a voice note. */

typedef struct {
    int64_t         media_id;
    civic_str_t     text;
} civic_sql_heard_t;


/* Everything take_event() does beyond the record. */

typedef struct {
    civic_str_t              name;
    civic_str_t              parent;
    const civic_who_t       *moved;     /* NULL: nobody moved */
    const civic_sql_case_t  *change;    /* NULL: no answer of 311 */
    const civic_sql_kept_t  *kept;      /* NULL: no file */
    const civic_sql_heard_t *heard;     /* NULL: nothing */
    civic_str_t              quotes;    /* wamid, the turn did not know what
                                           it is; "" it did, or nothing */
    unsigned                 fetch:1;   /* there is a place for files */
    const char              *dead;      /* the outcome's row is kept for an
                                           operator, and why; NULL: done */
    const civic_turn_t      *turn;      /* NULL: no turn was run */

    /* ms until messages, registrations and fetches may be begun by anybody;
       0: they are the maker's, at once */
    uint32_t                 later;
    uint32_t                 later_311;
    uint32_t                 later_media;

    /* rows to make: first those of the turn's effects, in their order, then
       what the caller had put here before */
    civic_out_t              out[CIVIC_EFFECTS_MAX + 1];
    size_t                   nout;
} civic_sql_ops_t;


/*
 * The JSON of an exchange; fills ops->out.  CIVIC_OK; CIVIC_DECLINED when
 * there is nothing to say (pass NULL); CIVIC_ERROR when out of memory.
 */
int civic_sql_ops(civic_sql_ops_t *ops, const civic_arena_t *a,
    civic_str_t *json);

/* Reads the column "outs" back into ids and payloads of ops->out. */
int civic_sql_outs(civic_str_t json, civic_sql_ops_t *ops,
    const civic_arena_t *a);

/*
 * Reads it when the result was "quoted": the event is told what it quotes.
 * CIVIC_OK or CIVIC_ERROR.
 */
int civic_sql_quoted(civic_str_t json, const civic_arena_t *a,
    civic_event_t *ev);

/*
 * The parameter of record_statuses(): the statuses of n webhooks.  data NULL
 * when out of memory.
 */
civic_str_t civic_sql_statuses(const civic_wa_status_t *const *lists,
    size_t n, const civic_arena_t *a);


/* What became of an outbox row: the parameters of settle_outbox(). */

typedef struct {
    int64_t         id;
    const char     *state;      /* done, dead, due, unknown */
    int             claims;     /* as claimed, -1: a status says it */
    unsigned        attempts;   /* to be kept: refusals of its own */
    unsigned        waits;      /* to be kept: tries a peer was not up to */
    unsigned        doubts;     /* to be kept: unknown so often in a row */
    uint32_t        delay;      /* ms, for due and unknown */
    civic_str_t     wamid;
    const char     *error;      /* a code or a word, NULL none */
    int             status;     /* civic_wa_status_e, 0 none */
    unsigned        tried:1;
    unsigned        template:1;
    unsigned        failed:1;
    unsigned        next:1;
} civic_settle_t;

#define CIVIC_SETTLE_PARAMS  14

/* The parameters as texts; CIVIC_ERROR when out of memory. */
int civic_sql_settle(const civic_settle_t *s, const civic_arena_t *a,
    const char *values[CIVIC_SETTLE_PARAMS]);


const char *civic_out_name(civic_out_e kind);
int civic_out_of_name(civic_str_t name, civic_out_e *kind);


/* Payloads of outbox rows. */

/* A file that goes to 311 with its complaint. */

typedef struct {
    civic_media_kind_e  kind;
    civic_str_t         sha256;     /* hex, "" no link: it is there already */
    civic_str_t         type;
    civic_str_t         heard;      /* what it says, "" not known */
} civic_payload_media_t;


typedef struct {
    civic_case_t    known;      /* the complaint as we know it */
    civic_str_t     words;
    civic_str_t     urgent;     /* why it cannot wait, "" it can */
    civic_str_t     address;
    civic_str_t     name;
    civic_str_t     token;
    civic_str_t     text;       /* of a correction */
    int32_t         lat;
    int32_t         lng;
    unsigned        has_pin:1;
    uint32_t        wait;       /* serial of a wait */

    civic_payload_media_t  *media;      /* photos first */
    size_t                  nmedia;

    /* of a file to be fetched */
    int64_t             media_id;
    civic_str_t         wa_id;
    civic_str_t         mime;           /* as told */
    civic_media_kind_e  kind;
    uint8_t             draft;          /* 0: it is not to be heard for one */
} civic_payload_t;

/* CIVIC_DECLINED if it is not an object. */
int civic_sql_payload(civic_str_t json, const civic_arena_t *a,
    civic_payload_t *p);

/*
 * The payload of a voice note that is to be heard.  data NULL when out of
 * memory.
 */
civic_str_t civic_sql_hear(const civic_sql_kept_t *kept, uint8_t draft,
    const civic_arena_t *a);

/* The complaints in the payload of "find". */
int civic_sql_cases(civic_str_t json, const civic_arena_t *a,
    civic_case_t **cases, size_t *n);


#endif /* _CIVIC_SQL_H_INCLUDED_ */
