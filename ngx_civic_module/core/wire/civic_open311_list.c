
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Lists a 311 system answers with: requests, services, and news of requests.
 * An item that cannot be used is left out and the rest stays; a list that
 * cannot be read is CIVIC_DECLINED, never an empty list.
 */


#include "core/base/civic_time.h"
#include "core/wire/civic_open311_item.h"


#define CIVIC_311_DESCRIPTION_BYTES  (4 * CIVIC_311_DESCRIPTION_MAX)
#define CIVIC_311_REF_MAX            64


static int civic_311_readable(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_body_t *b);
static int civic_311_listed(civic_311_body_t *b, int rc, int found);
static civic_311_request_t *civic_311_request(civic_json_t *j,
    const cJSON *item, int zone);
static civic_str_t civic_311_status(civic_json_t *j, const cJSON *item);
static civic_str_t civic_311_ref(civic_json_t *j, const cJSON *item);
static int64_t civic_311_time(const cJSON *item, const char *name, int zone);
static civic_311_service_t *civic_311_service(civic_json_t *j,
    const cJSON *item);
static int civic_311_has_flag(civic_str_t keywords, const char *flag);
static civic_311_news_t *civic_311_news_item(civic_json_t *j,
    const cJSON *item, int zone);


/*
 * What CitySDK servers say beside open and closed; taken only when it agrees
 * with the status, because closing by a detail would be a guess.
 */

static const struct {
    const char  *status;
    const char  *detail;
    const char  *means;
} civic_311_details[] = {
    { "open",   "in_process", "in_progress" },
    { "closed", "processed",  "fixed" },
    { NULL,     NULL,         NULL }
};


int
civic_open311_requests(unsigned status, civic_str_t body, civic_str_t asked,
    int zone, const civic_arena_t *a, civic_311_request_t **list)
{
    int                   rc, found;
    const cJSON          *item;
    civic_311_body_t      b;
    civic_311_request_t  *r;

    *list = NULL;
    found = 0;

    if (status == 404 && asked.len == 0) {
        return CIVIC_OK;                /* Mark-a-Spot's empty list */
    }

    rc = civic_311_readable(status, body, a, &b);

    while (rc == CIVIC_OK && (item = civic_311_next(&b)) != NULL) {

        r = civic_311_request(&b.json, item, zone);

        if (r == NULL
            || (asked.len && !civic_str_eq(r->request_id, asked)))
        {
            continue;
        }

        *list = r;
        list = &r->next;
        found = 1;

        if (asked.len) {
            break;
        }
    }

    if (rc == CIVIC_OK && asked.len && !found) {
        rc = CIVIC_DECLINED;
    }

    return civic_311_listed(&b, rc, found);
}


/*
 * A single object that is no item, such as {"message": ...}, is no answer;
 * an array without items is one.
 */

static int
civic_311_listed(civic_311_body_t *b, int rc, int found)
{
    if (rc == CIVIC_OK && !found && b->single) {
        rc = CIVIC_DECLINED;
    }

    return civic_311_close(b, rc);
}


/*
 * Opens a body that answers a question: CIVIC_OK only for 2xx and a list
 * that is not a list of errors.
 */

static int
civic_311_readable(unsigned status, civic_str_t body, const civic_arena_t *a,
    civic_311_body_t *b)
{
    int           rc;
    const cJSON  *item;

    rc = civic_311_open(b, body, a);

    if (rc != CIVIC_OK) {
        return rc;
    }

    if (status < 200 || status >= 300) {
        return CIVIC_DECLINED;
    }

    item = civic_311_next(b);

    if (civic_json_int(item, "code", 599) >= 400
        && civic_json_view(item, "service_request_id").len == 0)
    {
        return CIVIC_DECLINED;
    }

    civic_311_rewind(b);

    return CIVIC_OK;
}


/* NULL for one without an id: Chicago lists what is still being processed. */

static civic_311_request_t *
civic_311_request(civic_json_t *j, const cJSON *item, int zone)
{
    civic_str_t           id;
    civic_311_request_t  *r;

    id = civic_311_id(j, item, "service_request_id");
    if (id.len == 0) {
        return NULL;
    }

    r = civic_arena_alloc(j->arena, sizeof(civic_311_request_t));
    if (r == NULL) {
        j->exhausted = 1;
        return NULL;
    }

    r->request_id = id;
    r->service_code = civic_311_id(j, item, "service_code");
    r->status = civic_311_status(j, item);
    r->notes = civic_311_text(j, item, "status_notes", CIVIC_311_TEXT_MAX);
    r->description = civic_311_text(j, item, "description",
                                    CIVIC_311_DESCRIPTION_BYTES);
    r->notice = civic_311_text(j, item, "service_notice",
                               CIVIC_311_TEXT_MAX);
    r->media_url = civic_311_url(j, item, "media_url");
    r->ref = civic_311_ref(j, item);

    r->requested = civic_311_time(item, "requested_datetime", zone);
    r->updated = civic_311_time(item, "updated_datetime", zone);
    r->expected = civic_311_time(item, "expected_datetime", zone);

    r->has_pin = civic_json_number(item, "lat", &r->lat) == CIVIC_OK
                 && civic_json_number(item, "long", &r->lng) == CIVIC_OK
                 && r->lat >= -90 && r->lat <= 90
                 && r->lng >= -180 && r->lng <= 180
                 && (r->lat != 0 || r->lng != 0);

    return r;
}


static civic_str_t
civic_311_status(civic_json_t *j, const cJSON *item)
{
    size_t       i;
    civic_str_t  status, detail;

    status = civic_311_word(j, item, "status");
    detail = civic_311_word(j, civic_json_object(item, "extended_attributes"),
                            "detailed_status");

    for (i = 0; civic_311_details[i].status != NULL; i++) {
        if (civic_str_is(status, civic_311_details[i].status)
            && civic_str_is(detail, civic_311_details[i].detail))
        {
            return civic_str(civic_311_details[i].means);
        }
    }

    return status;
}


/* Our reference where we put it: an attribute, else the last line. */

static civic_str_t
civic_311_ref(civic_json_t *j, const cJSON *item)
{
    size_t        len;
    civic_str_t   ref;
    const char   *text, *p;
    const cJSON  *attribute;

    ref = civic_json_id(j, civic_json_object(item, "extended_attributes"),
                        "client_ref", CIVIC_311_REF_MAX);

    if (ref.len) {
        return ref;
    }

    cJSON_ArrayForEach(attribute, civic_json_array(item, "attributes")) {
        if (civic_str_is(civic_json_view(attribute, "code"), "client_ref")) {
            return civic_json_id(j, attribute, "value", CIVIC_311_REF_MAX);
        }
    }

    text = NULL;
    p = civic_json_view(item, "description").data;

    while ((p = strstr(p, CIVIC_311_REF)) != NULL) {
        p += sizeof(CIVIC_311_REF) - 1;
        text = p;
    }

    if (text == NULL) {
        return civic_str("");
    }

    len = strspn(text, "0123456789");

    return civic_json_id_of(j, civic_strn(text, len), CIVIC_311_REF_MAX);
}


static int64_t
civic_311_time(const cJSON *item, const char *name, int zone)
{
    return civic_time_parse(civic_json_view(item, name), zone);
}


int
civic_open311_services(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_service_t **list, size_t *n)
{
    int                   rc;
    const cJSON          *item;
    civic_311_body_t      b;
    civic_311_service_t  *s;

    *list = NULL;
    *n = 0;

    rc = civic_311_readable(status, body, a, &b);

    while (rc == CIVIC_OK && (item = civic_311_next(&b)) != NULL) {

        s = civic_311_service(&b.json, item);

        if (s != NULL) {
            *list = s;
            list = &s->next;
            (*n)++;
        }
    }

    return civic_311_listed(&b, rc, *n != 0);
}


static civic_311_service_t *
civic_311_service(civic_json_t *j, const cJSON *item)
{
    civic_str_t           code, type;
    const cJSON          *groups;
    civic_311_service_t  *s;

    code = civic_311_id(j, item, "service_code");
    if (code.len == 0) {
        return NULL;
    }

    s = civic_arena_alloc(j->arena, sizeof(civic_311_service_t));
    if (s == NULL) {
        j->exhausted = 1;
        return NULL;
    }

    s->code = code;
    s->name = civic_311_text(j, item, "service_name", CIVIC_311_TEXT_MAX);
    s->group = civic_311_text(j, item, "group", CIVIC_311_TEXT_MAX);
    s->keywords = civic_311_text(j, item, "keywords", CIVIC_311_TEXT_MAX);

    groups = civic_json_array(item, "groups");

    if (s->group.len == 0 && groups != NULL) {
        s->group = civic_json_text_of(j, civic_json_value(groups->child),
                                      CIVIC_311_TEXT_MAX);
    }

    type = civic_311_word(j, item, "type");

    s->metadata = civic_json_true(item, "metadata");
    s->batch = civic_str_is(type, "batch");
    s->blackbox = civic_str_is(type, "blackbox");
    s->hidden = civic_311_has_flag(s->keywords, "inactive")
                || civic_311_has_flag(s->keywords, "staff");

    return s;
}


/* One of the comma separated words, alone: "staff room" is no flag. */

static int
civic_311_has_flag(civic_str_t keywords, const char *flag)
{
    size_t       len;
    const char  *p, *last, *end;

    p = keywords.data;
    last = p + keywords.len;

    while (p < last) {
        end = memchr(p, ',', (size_t) (last - p));

        if (end == NULL) {
            end = last;
        }

        while (p < end && *p == ' ') {
            p++;
        }

        len = (size_t) (end - p);

        while (len && p[len - 1] == ' ') {
            len--;
        }

        if (len == strlen(flag)
            && civic_311_contains(civic_strn(p, len), flag))
        {
            return 1;
        }

        p = end + 1;
    }

    return 0;
}


int
civic_open311_news(unsigned status, civic_str_t body, int zone,
    const civic_arena_t *a, civic_311_news_t **list, size_t *n)
{
    int                rc;
    const cJSON       *item;
    civic_311_body_t   b;
    civic_311_news_t  *u;

    *list = NULL;
    *n = 0;

    rc = civic_311_readable(status, body, a, &b);

    while (rc == CIVIC_OK && (item = civic_311_next(&b)) != NULL) {

        u = civic_311_news_item(&b.json, item, zone);

        if (u != NULL) {
            *list = u;
            list = &u->next;
            (*n)++;
        }
    }

    return civic_311_listed(&b, rc, *n != 0);
}


static civic_311_news_t *
civic_311_news_item(civic_json_t *j, const cJSON *item, int zone)
{
    civic_str_t        id, request;
    civic_311_news_t  *u;

    id = civic_311_id(j, item, "update_id");
    request = civic_311_id(j, item, "service_request_id");

    if (id.len == 0 || request.len == 0) {
        return NULL;
    }

    u = civic_arena_alloc(j->arena, sizeof(civic_311_news_t));
    if (u == NULL) {
        j->exhausted = 1;
        return NULL;
    }

    u->update_id = id;
    u->request_id = request;
    u->status = civic_311_word(j, item, "status");
    u->text = civic_311_text(j, item, "description", CIVIC_311_TEXT_MAX);
    u->media_url = civic_311_url(j, item, "media_url");
    u->at = civic_311_time(item, "updated_datetime", zone);

    return u;
}
