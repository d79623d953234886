
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a 311 system says about itself: where its endpoint is, and what a
 * service asks beyond place and description.  Nothing here decides what to
 * ask a citizen.
 */


#include "core/wire/civic_open311_item.h"


#define CIVIC_311_GEOREPORT   "http://wiki.open311.org/GeoReport_v2"
#define CIVIC_311_ORDER_MAX   10000
#define CIVIC_311_FIELDS_MAX  100       /* nobody answers more questions */


static civic_311_field_t *civic_311_field(civic_json_t *j, const cJSON *item);
static civic_str_t civic_311_datatype(civic_json_t *j, const cJSON *item);
static void civic_311_choices(civic_json_t *j, const cJSON *values,
    civic_311_choice_t **list);


int
civic_open311_discovery(unsigned status, civic_str_t body, const char *type,
    const civic_arena_t *a, civic_str_t *url, civic_str_t *changeset)
{
    int                rc;
    const cJSON       *endpoint;
    civic_json_t      *j;
    civic_311_body_t   b;

    *url = civic_str("");
    *changeset = civic_str("");

    rc = civic_311_open(&b, body, a);
    j = &b.json;

    if (rc == CIVIC_OK) {
        rc = CIVIC_DECLINED;
    }

    if (status < 200 || status >= 300) {
        return civic_311_close(&b, rc);
    }

    cJSON_ArrayForEach(endpoint, civic_json_array(j->root, "endpoints")) {

        if (!civic_str_is(civic_json_view(endpoint, "specification"),
                          CIVIC_311_GEOREPORT)
            || !civic_str_is(civic_311_word(j, endpoint, "type"), type))
        {
            continue;
        }

        *url = civic_311_url(j, endpoint, "url");
        *changeset = civic_311_id(j, endpoint, "changeset");

        if (url->len) {
            rc = CIVIC_OK;
            break;
        }
    }

    return civic_311_close(&b, rc);
}


int
civic_open311_definition(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_311_definition_t *d)
{
    int                  rc;
    const cJSON         *root, *item;
    civic_json_t        *j;
    civic_311_body_t     b;
    civic_311_field_t   *f, **p;

    memset(d, 0, sizeof(civic_311_definition_t));

    rc = civic_311_open(&b, body, a);
    j = &b.json;

    root = (rc == CIVIC_OK) ? civic_311_next(&b) : NULL;

    if (rc == CIVIC_OK
        && (status < 200 || status >= 300
            || civic_json_get(root, "attributes") == NULL))
    {
        rc = CIVIC_DECLINED;
    }

    if (rc != CIVIC_OK) {
        return civic_311_close(&b, rc);
    }

    d->service_code = civic_311_id(j, root, "service_code");

    cJSON_ArrayForEach(item, civic_json_array(root, "attributes")) {

        if (d->nfields == CIVIC_311_FIELDS_MAX) {
            break;
        }

        f = civic_311_field(j, item);
        if (f == NULL) {
            continue;
        }

        for (p = &d->fields; *p != NULL; p = &(*p)->next) {
            if ((*p)->order > f->order) {
                break;
            }
        }

        f->next = *p;
        *p = f;
        d->nfields++;
    }

    return civic_311_close(&b, CIVIC_OK);
}


static civic_311_field_t *
civic_311_field(civic_json_t *j, const cJSON *item)
{
    civic_str_t         code;
    civic_311_field_t  *f;

    code = civic_311_id(j, item, "code");
    if (code.len == 0) {
        return NULL;
    }

    f = civic_arena_alloc(j->arena, sizeof(civic_311_field_t));
    if (f == NULL) {
        j->exhausted = 1;
        return NULL;
    }

    f->code = code;
    f->datatype = civic_311_datatype(j, item);
    f->question = civic_311_text(j, item, "description", CIVIC_311_TEXT_MAX);
    f->hint = civic_311_text(j, item, "datatype_description",
                             CIVIC_311_TEXT_MAX);
    f->order = (int) civic_json_int(item, "order", CIVIC_311_ORDER_MAX);
    f->required = civic_json_true(item, "required");

    /* "automated": the server or we fill it in, nobody is asked */

    f->ask = civic_json_true(item, "variable")
             && civic_json_view(item, "automated").len == 0;

    civic_311_choices(j, civic_json_array(item, "values"), &f->choices);

    return f;
}


static civic_str_t
civic_311_datatype(civic_json_t *j, const cJSON *item)
{
    size_t       i;
    civic_str_t  type;

    static const char  *types[] = {
        "string", "number", "datetime", "text", "singlevaluelist",
        "multivaluelist"
    };

    type = civic_311_word(j, item, "datatype");

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (civic_str_is(type, types[i])) {
            return type;
        }
    }

    return civic_str(types[0]);
}


static void
civic_311_choices(civic_json_t *j, const cJSON *values,
    civic_311_choice_t **list)
{
    civic_str_t          key;
    const cJSON         *item;
    civic_311_choice_t  *c;

    cJSON_ArrayForEach(item, values) {

        key = civic_311_id(j, item, "key");
        if (key.len == 0) {
            continue;
        }

        c = civic_arena_alloc(j->arena, sizeof(civic_311_choice_t));
        if (c == NULL) {
            j->exhausted = 1;
            return;
        }

        c->key = key;
        c->name = civic_311_text(j, item, "name", CIVIC_311_TEXT_MAX);

        *list = c;
        list = &c->next;
    }
}
