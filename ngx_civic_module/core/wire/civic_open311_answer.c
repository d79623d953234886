
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What an answer to something we sent means.  The standard puts "the CRM is
 * down" and "lat is missing" under the same 400, so there the words decide,
 * and words nobody knows mean UNKNOWN: looking up first costs a call, a
 * second registration or a lost complaint costs a citizen.
 */


#include "core/wire/civic_open311_item.h"


typedef struct {
    unsigned      n;
    unsigned      status;       /* of the first item that has one */
    civic_str_t   text;
} civic_311_errors_t;


static int civic_311_read(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_answer_t *answer);
static void civic_311_ids(civic_311_body_t *b, civic_311_answer_t *answer);
static void civic_311_errors(civic_311_body_t *b, civic_311_errors_t *e);
static civic_str_t civic_311_error_text(civic_json_t *j, const cJSON *o);
static civic_str_t civic_311_bare_text(civic_str_t body,
    const civic_arena_t *a);
static civic_311_answer_e civic_311_refused(unsigned status,
    civic_str_t text);
static civic_311_answer_e civic_311_by_words(civic_str_t text,
    civic_311_answer_e otherwise);


/*
 * First match wins: what says that the outcome is open stands before the
 * words of a fault, since "invalid answer, backend unavailable" is no fault
 * of ours.
 */

static const struct {
    const char          *word;
    civic_311_answer_e   kind;
} civic_311_words[] = {
    { "duplicate",             CIVIC_311_DUPLICATE },
    { "already exists",        CIVIC_311_DUPLICATE },
    { "general service error", CIVIC_311_UNKNOWN },
    { "timed out",             CIVIC_311_UNKNOWN },
    { "timeout",               CIVIC_311_UNKNOWN },
    { "unavailable",           CIVIC_311_UNKNOWN },
    { "is down",               CIVIC_311_UNKNOWN },
    { "internal error",        CIVIC_311_UNKNOWN },
    { "try again",             CIVIC_311_UNKNOWN },
    { "api_key",               CIVIC_311_CONFIG },
    { "api key",               CIVIC_311_CONFIG },
    { "jurisdiction",          CIVIC_311_CONFIG },
    { "error in input",        CIVIC_311_REFUSED },
    { "required",              CIVIC_311_REFUSED },
    { "not provided",          CIVIC_311_REFUSED },
    { "missing",               CIVIC_311_REFUSED },
    { "invalid",               CIVIC_311_REFUSED },
    { "must be",               CIVIC_311_REFUSED },
    { "not found",             CIVIC_311_REFUSED },
    { "not allowed",           CIVIC_311_REFUSED },
    { "too long",              CIVIC_311_REFUSED },
    { "outside",               CIVIC_311_REFUSED },
    { NULL,                    CIVIC_311_UNKNOWN }
};


int
civic_open311_posted(unsigned status, unsigned sent, civic_str_t body,
    const civic_arena_t *a, civic_311_answer_t *answer)
{
    memset(answer, 0, sizeof(civic_311_answer_t));

    if (status == 0) {
        answer->kind = sent ? CIVIC_311_UNKNOWN : CIVIC_311_NOT_SENT;
        return CIVIC_OK;
    }

    return civic_311_read(status, body, a, answer);
}


/* "Not yet" is an item without an id, no item at all, or a 404. */

int
civic_open311_token(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_answer_t *answer)
{
    int  rc;

    memset(answer, 0, sizeof(civic_311_answer_t));

    rc = civic_311_read(status, body, a, answer);

    switch (answer->kind) {

    case CIVIC_311_TOKEN:
    case CIVIC_311_ACCEPTED:
    case CIVIC_311_GONE:
        answer->kind = CIVIC_311_LATER;
        break;

    case CIVIC_311_REGISTERED:
    case CIVIC_311_CONFIG:
        break;

    default:
        answer->kind = CIVIC_311_UNKNOWN;
    }

    return rc;
}


/*
 * The update_id is ours, so an update may be sent again where a request may
 * not, and "already exists" is as good as taken.
 */

int
civic_open311_updated(unsigned status, unsigned sent, civic_str_t body,
    const civic_arena_t *a)
{
    civic_311_answer_t  answer;

    if (civic_open311_posted(status, sent, body, a, &answer) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    switch (answer.kind) {

    case CIVIC_311_REGISTERED:
    case CIVIC_311_TOKEN:
    case CIVIC_311_ACCEPTED:
    case CIVIC_311_DUPLICATE:
        return CIVIC_OK;

    case CIVIC_311_REFUSED:
    case CIVIC_311_GONE:
        return CIVIC_DECLINED;

    default:
        return CIVIC_AGAIN;
    }
}


static int
civic_311_read(unsigned status, civic_str_t body, const civic_arena_t *a,
    civic_311_answer_t *answer)
{
    int                 rc;
    civic_311_body_t    b;
    civic_311_errors_t  e;

    memset(&e, 0, sizeof(civic_311_errors_t));
    e.text = civic_str("");

    rc = civic_311_open(&b, body, a);

    if (rc == CIVIC_OK) {
        civic_311_ids(&b, answer);

        if (answer->request_id.len == 0 && answer->token.len == 0) {
            civic_311_rewind(&b);
            civic_311_errors(&b, &e);
        }
    }

    if (rc == CIVIC_DECLINED) {
        e.text = civic_311_bare_text(body, a);
    }

    /* with 2xx a description alone is an echo of ours, a code is an error */

    if (status < 200 || status >= 300 || e.status) {

        if (status >= 200 && status < 300) {
            status = e.status;
        }

        answer->nerrors = e.n;
        answer->error = e.text;
        answer->kind = civic_311_refused(status, e.text);

    } else if (rc != CIVIC_OK) {
        answer->kind = CIVIC_311_UNKNOWN;

    } else {
        answer->kind = answer->request_id.len ? CIVIC_311_REGISTERED
                       : answer->token.len ? CIVIC_311_TOKEN
                       : CIVIC_311_ACCEPTED;
    }

    rc = civic_311_close(&b, rc);

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static void
civic_311_ids(civic_311_body_t *b, civic_311_answer_t *answer)
{
    const cJSON   *item;
    civic_json_t  *j;

    j = &b->json;

    while ((item = civic_311_next(b)) != NULL) {

        answer->request_id = civic_311_id(j, item, "service_request_id");
        answer->notice = civic_311_text(j, item, "service_notice",
                                        CIVIC_311_TEXT_MAX);

        if (answer->request_id.len) {
            return;                     /* with both, the id wins */
        }

        answer->token = civic_311_id(j, item, "token");

        if (answer->token.len) {
            return;
        }
    }
}


static void
civic_311_errors(civic_311_body_t *b, civic_311_errors_t *e)
{
    int64_t        code;
    civic_str_t    text;
    const cJSON   *item;
    civic_json_t  *j;

    j = &b->json;

    while ((item = civic_311_next(b)) != NULL) {

        text = civic_311_error_text(j, item);
        code = civic_json_int(item, "code", 599);

        if (text.len == 0 && code == 0) {
            continue;
        }

        if (e->status == 0 && code >= 400) {
            e->status = (unsigned) code;
        }

        if (e->n++ == 0) {
            e->text = text;

        } else if (e->text.len < CIVIC_311_ERROR_MAX) {
            text = civic_arena_printf(j->arena, "%.*s; %.*s",
                                      (int) e->text.len, e->text.data,
                                      (int) text.len, text.data);
            j->exhausted |= (text.data == NULL);
            e->text = civic_json_text_of(j, text, CIVIC_311_ERROR_MAX);
        }
    }
}


static civic_str_t
civic_311_error_text(civic_json_t *j, const cJSON *o)
{
    size_t       i;
    civic_str_t  text;

    static const char  *names[] = { "description", "message", "error" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        text = civic_311_text(j, o, names[i], CIVIC_311_ERROR_MAX);

        if (text.len) {
            return text;
        }
    }

    return civic_str("");
}


/* A page of HTML, a line of text; "" without memory: it is only a remark. */

static civic_str_t
civic_311_bare_text(civic_str_t body, const civic_arena_t *a)
{
    civic_json_t  j;

    if (body.len > 4 * CIVIC_311_ERROR_MAX) {
        body.len = 4 * CIVIC_311_ERROR_MAX;
    }

    memset(&j, 0, sizeof(civic_json_t));
    j.arena = a;

    body = civic_311_plain(body, a);

    return body.data ? civic_json_text_of(&j, body, CIVIC_311_ERROR_MAX)
                     : civic_str("");
}


static civic_311_answer_e
civic_311_refused(unsigned status, civic_str_t text)
{
    switch (status) {

    case 400:
        return civic_311_by_words(text, CIVIC_311_UNKNOWN);

    case 422:
        return civic_311_by_words(text, CIVIC_311_REFUSED);

    case 401:
    case 403:
        return CIVIC_311_CONFIG;

    case 404:
        return civic_311_by_words(text, CIVIC_311_GONE) == CIVIC_311_CONFIG
               ? CIVIC_311_CONFIG : CIVIC_311_GONE;

    case 408:
        return CIVIC_311_UNKNOWN;

    case 409:
        return CIVIC_311_DUPLICATE;

    case 425:
    case 429:
        return CIVIC_311_BUSY;
    }

    if (status < 200 || status >= 500) {
        return CIVIC_311_UNKNOWN;
    }

    /* a redirection is not followed: the address configured is wrong */

    return status < 400 ? CIVIC_311_CONFIG : CIVIC_311_REFUSED;
}


static civic_311_answer_e
civic_311_by_words(civic_str_t text, civic_311_answer_e otherwise)
{
    size_t  i;

    for (i = 0; civic_311_words[i].word != NULL; i++) {
        if (civic_311_contains(text, civic_311_words[i].word)) {
            return civic_311_words[i].kind;
        }
    }

    return otherwise;
}
