
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Items of Open311 answers; see the header.  A wrapper is recognised by its
 * name only, so that members of an item are never taken for items.
 */


#include "core/wire/civic_open311_item.h"


#define CIVIC_311_WRAPPERS_MAX  4       /* one in the other */


static const cJSON *civic_311_unwrap(const cJSON *o);
static civic_str_t civic_311_trim(civic_str_t s);


static const char  *civic_311_wrappers[] = {
    "service_requests", "requests", "services", "service_request_updates",
    "request_updates", "errors", "request", "service", "request_update",
    "service_definition", NULL
};


/* An object with one of these is an item, whatever else it holds. */

static const char  *civic_311_marks[] = {
    "service_request_id", "token", "update_id", "service_code", "code", NULL
};


int
civic_311_open(civic_311_body_t *b, civic_str_t body, const civic_arena_t *a)
{
    int  rc;

    memset(b, 0, sizeof(civic_311_body_t));

    if (body.len > CIVIC_311_BODY_MAX) {
        return CIVIC_DECLINED;
    }

    rc = civic_json_parse(&b->json, body, CIVIC_311_NESTING_MAX, a);
    if (rc != CIVIC_OK) {
        return rc;
    }

    if (!cJSON_IsArray(b->json.root) && !cJSON_IsObject(b->json.root)) {
        return CIVIC_DECLINED;
    }

    civic_311_rewind(b);

    return CIVIC_OK;
}


int
civic_311_close(civic_311_body_t *b, int rc)
{
    civic_json_free(&b->json);

    return b->json.exhausted ? CIVIC_ERROR : rc;
}


void
civic_311_rewind(civic_311_body_t *b)
{
    const cJSON  *o;

    o = civic_311_unwrap(b->json.root);

    b->single = cJSON_IsObject(o);
    b->item = b->single ? o : o->child;
}


static const cJSON *
civic_311_unwrap(const cJSON *o)
{
    unsigned       n;
    const char   **name;
    const cJSON   *inner;

    for (n = 0; n < CIVIC_311_WRAPPERS_MAX && cJSON_IsObject(o); n++) {

        for (name = civic_311_marks; *name != NULL; name++) {
            if (civic_json_get(o, *name) != NULL) {
                return o;
            }
        }

        inner = NULL;

        for (name = civic_311_wrappers; *name != NULL; name++) {
            inner = civic_json_get(o, *name);

            if (cJSON_IsArray(inner) || cJSON_IsObject(inner)) {
                break;
            }
        }

        if (*name == NULL) {
            break;
        }

        o = inner;
    }

    return o;
}


const cJSON *
civic_311_next(civic_311_body_t *b)
{
    const cJSON  *o;

    while (b->item != NULL) {
        o = b->item;
        b->item = b->single ? NULL : o->next;

        o = civic_311_unwrap(o);

        if (cJSON_IsObject(o)) {
            return o;
        }
    }

    return NULL;
}


civic_str_t
civic_311_id(civic_json_t *j, const cJSON *o, const char *name)
{
    civic_str_t  s, id;

    s = civic_311_trim(civic_json_view(o, name));

    if (s.len > CIVIC_311_ID_MAX || memchr(s.data, '\n', s.len) != NULL) {
        return civic_str("");
    }

    id = civic_json_text_of(j, s, CIVIC_311_ID_MAX);

    return civic_str_eq(s, id) ? id : civic_str("");
}


civic_str_t
civic_311_text(civic_json_t *j, const cJSON *o, const char *name, size_t max)
{
    civic_str_t  s;

    s = civic_311_plain(civic_json_view(o, name), j->arena);

    if (s.data == NULL) {
        j->exhausted = 1;
        return civic_str("");
    }

    return civic_json_text_of(j, s, max);
}


civic_str_t
civic_311_word(civic_json_t *j, const cJSON *o, const char *name)
{
    char         *p;
    size_t        i;
    civic_str_t   s;

    s = civic_311_trim(civic_json_view(o, name));

    if (s.len > CIVIC_311_ID_MAX) {
        return civic_str("");
    }

    p = civic_arena_alloc(j->arena, s.len + 1);
    if (p == NULL) {
        j->exhausted = 1;
        return civic_str("");
    }

    for (i = 0; i < s.len; i++) {
        p[i] = s.data[i];

        if (p[i] >= 'A' && p[i] <= 'Z') {
            p[i] |= 0x20;
        }
    }

    return civic_json_text_of(j, civic_strn(p, s.len), CIVIC_311_ID_MAX);
}


civic_str_t
civic_311_url(civic_json_t *j, const cJSON *o, const char *name)
{
    civic_str_t   s;
    const cJSON  *v;

    v = civic_json_get(o, name);

    if (cJSON_IsArray(v)) {
        v = v->child;
    }

    if (cJSON_IsObject(v)) {
        v = civic_json_get(v, "media_url");
    }

    s = civic_json_value(v);

    if (strncmp(s.data, "http://", 7) != 0
        && strncmp(s.data, "https://", 8) != 0)
    {
        return civic_str("");
    }

    return civic_json_id_of(j, s, CIVIC_311_URL_MAX);
}


static civic_str_t
civic_311_trim(civic_str_t s)
{
    while (s.len && strchr(" \t\r\n", s.data[0]) != NULL) {
        s = civic_strn(s.data + 1, s.len - 1);
    }

    while (s.len && strchr(" \t\r\n", s.data[s.len - 1]) != NULL) {
        s.len--;
    }

    return s;
}


int
civic_311_contains(civic_str_t s, const char *word)
{
    char    c;
    size_t  i, k, len;

    len = strlen(word);

    for (i = 0; i + len <= s.len; i++) {

        for (k = 0; k < len; k++) {
            c = s.data[i + k];

            if (c >= 'A' && c <= 'Z') {
                c |= 0x20;
            }

            if (c != word[k]) {
                break;
            }
        }

        if (k == len) {
            return 1;
        }
    }

    return 0;
}
