
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Open311 GeoReport v2 in JSON: bodies we send and answers we read, with
 * the deviations of running servers.  One bad item does not lose a list; an
 * id is text, digit by digit; text from 311 is made plain (no markup, no
 * controls) before anybody sees it.
 */


#ifndef _CIVIC_OPEN311_H_INCLUDED_
#define _CIVIC_OPEN311_H_INCLUDED_


#include "core/base/civic_arena.h"


#define CIVIC_311_DESCRIPTION_MAX  4000     /* characters (standard) */
#define CIVIC_311_BODY_MAX         (1 << 20)    /* bytes of an answer */
#define CIVIC_311_NESTING_MAX      32
#define CIVIC_311_ID_MAX           128      /* bytes of ids, codes, tokens */
#define CIVIC_311_TEXT_MAX         4096     /* bytes kept of a text */
#define CIVIC_311_ERROR_MAX        300
#define CIVIC_311_URL_MAX          2048


typedef struct {
    civic_str_t  api_key;
    civic_str_t  jurisdiction;      /* "": the parameter is left out */
    civic_str_t  service_code;
    unsigned     has_pin:1;
    int32_t      lat;               /* micro-degrees */
    int32_t      lng;
    civic_str_t  address;
    civic_str_t  description;       /* "Ref: WA-<ticket>" is added as the last
                                       line, inside the 4,000 characters */
    civic_str_t  urgent;            /* the line before it, "" none */
    civic_str_t  ticket;            /* also attribute[client_ref] if asked */
    unsigned     client_ref:1;
    civic_str_t  phone;             /* "": not sent */
    civic_str_t  first_name;
    civic_str_t  media_url;         /* one, as the standard has it */
    civic_str_t  links;             /* further ones, a line each: they stand
                                       in the description, never cut off */
} civic_open311_post_t;


/* application/x-www-form-urlencoded; data NULL when memory is exhausted. */
civic_str_t civic_open311_post(const civic_open311_post_t *p,
    const civic_arena_t *a);


typedef struct {
    civic_str_t  api_key;
    civic_str_t  jurisdiction;
    civic_str_t  request_id;
    civic_str_t  update_id;         /* ours: makes the call idempotent */
    civic_str_t  status;            /* upper case: OPEN, REOPEN, ... */
    int64_t      at;                /* UTC seconds */
    civic_str_t  description;
    civic_str_t  phone;
    civic_str_t  media_url;
} civic_open311_update_t;

civic_str_t civic_open311_update(const civic_open311_update_t *u,
    const civic_arena_t *a);

/*
 * "/requests/<id>.json" and the like, as an internal URI of nginx, which
 * encodes it for the peer: so the id stands as it is.  data NULL for an id
 * that is no single path segment, or when memory is exhausted.
 */
civic_str_t civic_open311_path(const char *resource, civic_str_t id,
    const civic_arena_t *a);


typedef enum {
    CIVIC_311_REGISTERED = 0,       /* request_id is set */
    CIVIC_311_TOKEN,                /* token is set: poll */
    CIVIC_311_ACCEPTED,             /* 2xx without either: blackbox if the
                                       service is one, else unknown */
    CIVIC_311_LATER,                /* token known, id not yet */
    CIVIC_311_REFUSED,              /* our fault: keep, show the operator */
    CIVIC_311_DUPLICATE,            /* already registered: look it up */
    CIVIC_311_CONFIG,               /* 401, 403: hold everything, alert */
    CIVIC_311_GONE,                 /* 404 on POST: refresh the services */
    CIVIC_311_BUSY,                 /* 429: obey Retry-After */
    CIVIC_311_NOT_SENT,             /* never left: may be sent again */
    CIVIC_311_UNKNOWN               /* nobody knows: look up first */
} civic_311_answer_e;


typedef struct {
    civic_311_answer_e  kind;
    civic_str_t         request_id;
    civic_str_t         token;
    civic_str_t         notice;
    civic_str_t         error;      /* for the operator, bounded, plain */
    unsigned            nerrors;    /* items in the error body */
} civic_311_answer_t;


/* Answer of POST /requests; status and sent as for civic_wa_answer(). */
int civic_open311_posted(unsigned status, unsigned sent, civic_str_t body,
    const civic_arena_t *a, civic_311_answer_t *answer);

/* Answer of GET /tokens/T: REGISTERED, LATER, CONFIG or UNKNOWN. */
int civic_open311_token(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_answer_t *answer);


typedef struct civic_311_request_s  civic_311_request_t;

struct civic_311_request_s {
    civic_311_request_t  *next;
    civic_str_t           request_id;
    civic_str_t           service_code;
    civic_str_t           status;       /* lower case: open, closed or the
                                           detail if there is one */
    civic_str_t           notes;        /* plain text */
    civic_str_t           description;
    civic_str_t           notice;
    civic_str_t           media_url;    /* http or https, else "" */
    civic_str_t           ref;          /* our ticket, if 311 gives it back */
    int64_t               requested;    /* UTC seconds, 0 unreadable */
    int64_t               updated;
    int64_t               expected;
    unsigned              has_pin:1;
    double                lat;
    double                lng;
};


/*
 * Answer of GET /requests/ID (asked = ID: an answer for another id is
 * CIVIC_DECLINED) or of a list (asked = ""; 404 is an empty list).
 * CIVIC_OK and the items; CIVIC_DECLINED if it cannot be read.
 * "zone" = seconds east of UTC for times without offset.
 */
int civic_open311_requests(unsigned status, civic_str_t body,
    civic_str_t asked, int zone, const civic_arena_t *a,
    civic_311_request_t **list);


typedef struct civic_311_service_s  civic_311_service_t;

struct civic_311_service_s {
    civic_311_service_t  *next;
    civic_str_t           code;
    civic_str_t           name;
    civic_str_t           group;
    civic_str_t           keywords;
    unsigned              metadata:1;
    unsigned              batch:1;
    unsigned              blackbox:1;
    unsigned              hidden:1;     /* inactive, staff */
};

int civic_open311_services(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_service_t **list, size_t *n);

/* An item of GET /servicerequestupdates; without update_id it is skipped. */

typedef struct civic_311_news_s  civic_311_news_t;

struct civic_311_news_s {
    civic_311_news_t  *next;
    civic_str_t        update_id;
    civic_str_t        request_id;
    civic_str_t        status;          /* lower case */
    civic_str_t        text;
    civic_str_t        media_url;
    int64_t            at;              /* UTC seconds, 0 unreadable */
};

int civic_open311_news(unsigned status, civic_str_t body, int zone,
    const civic_arena_t *a, civic_311_news_t **list, size_t *n);


/* GET /services/CODE: what else a service wants to know. */

typedef struct civic_311_choice_s  civic_311_choice_t;
typedef struct civic_311_field_s   civic_311_field_t;

struct civic_311_choice_s {
    civic_311_choice_t  *next;
    civic_str_t          key;           /* send this */
    civic_str_t          name;          /* show this */
};

struct civic_311_field_s {
    civic_311_field_t   *next;          /* by order */
    civic_str_t          code;
    civic_str_t          datatype;      /* unknown ones are "string" */
    civic_str_t          question;
    civic_str_t          hint;
    civic_311_choice_t  *choices;
    int                  order;
    unsigned             ask:1;         /* of the citizen */
    unsigned             required:1;
};

typedef struct {
    civic_str_t         service_code;
    civic_311_field_t  *fields;
    size_t              nfields;
} civic_311_definition_t;

int civic_open311_definition(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_definition_t *d);


/*
 * GET discovery.json: the endpoint of GeoReport v2 of the given type
 * ("production" or "test"); CIVIC_DECLINED if there is none.
 */
int civic_open311_discovery(unsigned status, civic_str_t body,
    const char *type, const civic_arena_t *a, civic_str_t *url,
    civic_str_t *changeset);


/* Answer of POST /servicerequestupdates: CIVIC_OK taken, CIVIC_DECLINED
 * refused for good, CIVIC_AGAIN may be sent again. */
int civic_open311_updated(unsigned status, unsigned sent, civic_str_t body,
    const civic_arena_t *a);


/* Arguments of every other GET: the jurisdiction, or nothing. */
civic_str_t civic_open311_args(civic_str_t jurisdiction,
    const civic_arena_t *a);

/*
 * Arguments of GET /requests for a complaint whose registration may have
 * happened between two instants (UTC seconds).  It is the one in the answer
 * whose ref is its ticket.
 */
civic_str_t civic_open311_query(civic_str_t service, int64_t from, int64_t to,
    civic_str_t jurisdiction, const civic_arena_t *a);


#endif /* _CIVIC_OPEN311_H_INCLUDED_ */
