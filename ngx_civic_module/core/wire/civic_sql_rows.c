
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What is told to Postgres of outbox rows, and their payloads that come from
 * it.
 */


#include <inttypes.h>

#include "core/wire/civic_json.h"
#include "core/wire/civic_sql.h"


/* Ids and times of ours, exact in JSON numbers. */
#define CIVIC_SQL_INT_MAX   ((int64_t) 1 << 53)

/* The longest text of a row: words of a draft are 8,000 characters. */
#define CIVIC_SQL_TEXT_MAX  65536


static int64_t civic_sql_callback(civic_str_t s);
static int civic_sql_payload_media(civic_json_t *j, civic_payload_t *p);
static void civic_sql_case(civic_json_t *j, const cJSON *o, civic_case_t *c);
static int32_t civic_sql_signed(const cJSON *o, const char *name);


civic_str_t
civic_sql_statuses(const civic_wa_status_t *const *lists, size_t n,
    const civic_arena_t *a)
{
    cJSON                    *o;
    size_t                    i;
    civic_str_t               none = civic_null_str;
    civic_json_t              j;
    const civic_wa_status_t  *s;

    civic_json_begin_array(&j, a);

    if (j.exhausted) {
        return none;
    }

    for (i = 0; i < n; i++) {
        for (s = lists[i]; s; s = s->next) {
            o = civic_json_put_item(&j, j.root);
            civic_json_put_int(&j, o, "id", civic_sql_callback(s->callback));
            civic_json_put(&j, o, "wamid", s->wamid);
            civic_json_put_int(&j, o, "status", s->status);

            if (s->status == CIVIC_WA_FAILED) {
                civic_json_put_int(&j, o, "error", s->error);
                civic_json_put_int(&j, o, "at", s->at);
            }
        }
    }

    return civic_json_print(&j);
}


/* Our outbox id came back; 0 if it is somebody else's data. */

static int64_t
civic_sql_callback(civic_str_t s)
{
    size_t   i;
    int64_t  id;

    if (s.len == 0 || s.len > 15) {
        return 0;
    }

    for (i = 0, id = 0; i < s.len; i++) {

        if (s.data[i] < '0' || s.data[i] > '9') {
            return 0;
        }

        id = id * 10 + (s.data[i] - '0');
    }

    return id;
}


int
civic_sql_settle(const civic_settle_t *s, const civic_arena_t *a,
    const char *values[CIVIC_SETTLE_PARAMS])
{
    size_t  i;

    values[0] = civic_arena_printf(a, "%" PRId64, s->id).data;
    values[1] = s->state;
    values[2] = civic_arena_printf(a, "%d", s->claims).data;
    values[3] = civic_arena_printf(a, "%u", s->attempts).data;
    values[4] = civic_arena_printf(a, "%u", s->waits).data;
    values[5] = civic_arena_printf(a, "%u", s->doubts).data;
    values[6] = civic_arena_printf(a, "%u", (unsigned) s->delay).data;
    values[7] = civic_arena_printf(a, "%.*s", (int) s->wamid.len,
                                   s->wamid.len ? s->wamid.data : "").data;
    values[8] = s->error ? s->error : "";
    values[9] = civic_arena_printf(a, "%d", s->status).data;
    values[10] = s->tried ? "t" : "f";
    values[11] = s->template ? "t" : "f";
    values[12] = s->failed ? "t" : "f";
    values[13] = s->next ? "t" : "f";

    for (i = 0; i < CIVIC_SETTLE_PARAMS; i++) {
        if (values[i] == NULL) {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


int
civic_sql_payload(civic_str_t json, const civic_arena_t *a, civic_payload_t *p)
{
    int           rc;
    civic_json_t  j;

    memset(p, 0, sizeof(civic_payload_t));

    rc = civic_json_parse(&j, json, 8, a);

    if (rc == CIVIC_OK && !cJSON_IsObject(j.root)) {
        rc = CIVIC_DECLINED;
    }

    if (rc == CIVIC_OK) {
        civic_sql_case(&j, j.root, &p->known);

        p->words = civic_json_text(&j, j.root, "words", CIVIC_SQL_TEXT_MAX);
        p->urgent = civic_json_text(&j, j.root, "urgent", CIVIC_SQL_TEXT_MAX);
        p->address = civic_json_text(&j, j.root, "address",
                                     CIVIC_SQL_TEXT_MAX);
        p->name = civic_json_text(&j, j.root, "name", CIVIC_NAME_MAX);
        p->token = civic_json_text(&j, j.root, "token", CIVIC_SQL_TEXT_MAX);
        p->text = civic_json_text(&j, j.root, "text", CIVIC_SQL_TEXT_MAX);
        p->wait = (uint32_t) civic_json_int(j.root, "wait", UINT32_MAX);

        p->has_pin = civic_json_view(j.root, "lat").len != 0;
        p->lat = civic_sql_signed(j.root, "lat");
        p->lng = civic_sql_signed(j.root, "lng");

        p->media_id = civic_json_int(j.root, "media_id", CIVIC_SQL_INT_MAX);
        p->wa_id = civic_json_text(&j, j.root, "id", CIVIC_SQL_TEXT_MAX);
        p->mime = civic_json_text(&j, j.root, "mime", CIVIC_SQL_TEXT_MAX);
        (void) civic_media_kind_of_name(civic_json_view(j.root, "kind"),
                                        &p->kind);
        p->draft = (uint8_t) civic_json_int(j.root, "draft", UINT8_MAX);

        rc = civic_sql_payload_media(&j, p);
    }

    civic_json_free(&j);
    return rc;
}


static int
civic_sql_payload_media(civic_json_t *j, civic_payload_t *p)
{
    const cJSON            *list, *item;
    civic_payload_media_t  *m;

    list = civic_json_array(j->root, "media");

    p->media = civic_arena_alloc(j->arena, (cJSON_GetArraySize(list) + 1)
                                           * sizeof(civic_payload_media_t));
    if (p->media == NULL) {
        return CIVIC_ERROR;
    }

    cJSON_ArrayForEach(item, list) {
        m = &p->media[p->nmedia++];

        m->sha256 = civic_json_text(j, item, "sha256", CIVIC_SQL_TEXT_MAX);
        m->type = civic_json_text(j, item, "type", CIVIC_SQL_TEXT_MAX);
        m->heard = civic_json_text(j, item, "heard", CIVIC_SQL_TEXT_MAX);
        (void) civic_media_kind_of_name(civic_json_view(item, "kind"),
                                        &m->kind);
    }

    return j->exhausted ? CIVIC_ERROR : CIVIC_OK;
}


civic_str_t
civic_sql_hear(const civic_sql_kept_t *kept, uint8_t draft,
    const civic_arena_t *a)
{
    cJSON         *m;
    civic_str_t    none = civic_null_str;
    civic_json_t   j;

    civic_json_begin(&j, a);

    if (j.exhausted) {
        return none;
    }

    civic_json_put_int(&j, j.root, "media_id", kept->media_id);
    civic_json_put_int(&j, j.root, "draft", draft);

    m = civic_json_put_item(&j, civic_json_put_array(&j, j.root, "media"));
    civic_json_put(&j, m, "kind",
                   civic_str(civic_media_kind_name(CIVIC_MEDIA_VOICE)));
    civic_json_put(&j, m, "sha256", civic_str(kept->sha256));
    civic_json_put(&j, m, "type", civic_str(kept->type));

    return civic_json_print(&j);
}


int
civic_sql_cases(civic_str_t json, const civic_arena_t *a, civic_case_t **cases,
    size_t *n)
{
    int            rc;
    const cJSON   *list, *item;
    civic_json_t   j;

    *n = 0;

    rc = civic_json_parse(&j, json, 8, a);

    if (rc == CIVIC_OK) {
        list = civic_json_array(j.root, "cases");

        *cases = civic_arena_alloc(a, (cJSON_GetArraySize(list) + 1)
                                      * sizeof(civic_case_t));

        if (*cases == NULL) {
            rc = CIVIC_ERROR;

        } else {
            cJSON_ArrayForEach(item, list) {
                civic_sql_case(&j, item, &(*cases)[(*n)++]);
            }

            rc = j.exhausted ? CIVIC_ERROR : CIVIC_OK;
        }
    }

    civic_json_free(&j);
    return rc;
}


int
civic_sql_quoted(civic_str_t json, const civic_arena_t *a, civic_event_t *ev)
{
    int           rc;
    civic_json_t  j;

    rc = civic_json_parse(&j, json, 8, a);

    if (rc == CIVIC_OK) {
        ev->quoted = civic_json_text(&j, j.root, "say", CIVIC_SQL_TEXT_MAX);
        rc = j.exhausted ? CIVIC_ERROR : CIVIC_OK;
    }

    civic_json_free(&j);

    return rc == CIVIC_OK ? civic_sql_cases(json, a, &ev->cases, &ev->ncases)
                          : CIVIC_ERROR;
}


static void
civic_sql_case(civic_json_t *j, const cJSON *o, civic_case_t *c)
{
    memset(c, 0, sizeof(civic_case_t));

    c->complaint_id = civic_json_int(o, "complaint_id", CIVIC_SQL_INT_MAX);
    c->ticket = civic_json_text(j, o, "ticket", CIVIC_TICKET_MAX);
    c->service = civic_json_text(j, o, "service", CIVIC_SERVICE_CODE_MAX);
    c->request_id = civic_json_text(j, o, "request_id", CIVIC_SQL_TEXT_MAX);
    c->state = civic_json_text(j, o, "state", CIVIC_SQL_TEXT_MAX);
    c->notes = civic_json_text(j, o, "notes", CIVIC_SQL_TEXT_MAX);
    c->place = civic_json_text(j, o, "address", CIVIC_SQL_TEXT_MAX);
    c->ward = (uint16_t) civic_json_int(o, "ward", UINT16_MAX);
    c->filed = civic_json_int(o, "filed", CIVIC_SQL_INT_MAX);
    c->changed = civic_json_int(o, "changed", CIVIC_SQL_INT_MAX);
    c->expected = civic_json_int(o, "expected", CIVIC_SQL_INT_MAX);
}


/* Micro-degrees: the one kind of number that may be below zero. */

static int32_t
civic_sql_signed(const cJSON *o, const char *name)
{
    double  n;

    if (civic_json_number(o, name, &n) != CIVIC_OK
        || n < INT32_MIN || n > INT32_MAX)
    {
        return 0;
    }

    return (int32_t) n;
}
