
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Typed, bounded access to JSON through cJSON, and plain documents written
 * with it; see the header.  What is refused is refused in civic_json_scan.c.
 */


#include <math.h>
#include <stdlib.h>

#include "core/base/civic_utf8.h"
#include "core/wire/civic_json.h"
#include "core/wire/civic_json_scan.h"


#define CIVIC_JSON_NUMBER_MAX  64       /* bytes of a number worth reading */


int
civic_json_parse(civic_json_t *j, civic_str_t body, unsigned depth,
    const civic_arena_t *a)
{
    char               *copy;
    const char         *end;
    civic_str_t         text;
    civic_json_scan_t   s;

    j->arena = a;
    j->root = NULL;
    j->exhausted = 0;

    if (body.len >= 3 && memcmp(body.data, "\xef\xbb\xbf", 3) == 0) {
        body = civic_strn(body.data + 3, body.len - 3);
    }

    memset(&s, 0, sizeof(civic_json_scan_t));
    s.p = body.data;
    s.last = body.data + body.len;
    s.depth_max = depth;

    if (body.len == 0 || civic_json_scan(&s) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    text = body;

    if (s.changed) {
        text.len = s.len;

        copy = civic_arena_alloc(a, text.len + 1);
        if (copy == NULL) {
            return CIVIC_ERROR;
        }

        memset(&s, 0, sizeof(civic_json_scan_t));
        s.p = body.data;
        s.last = body.data + body.len;
        s.out = copy;
        s.depth_max = depth;

        (void) civic_json_scan(&s);     /* the same bytes passed just now */

        text.data = copy;
    }

    j->root = cJSON_ParseWithLengthOpts(text.data, text.len, &end, 0);
    if (j->root == NULL) {
        return CIVIC_DECLINED;
    }

    while (end < text.data + text.len && civic_json_space(*end)) {
        end++;
    }

    if (end != text.data + text.len) {
        civic_json_free(j);
        return CIVIC_DECLINED;
    }

    return CIVIC_OK;
}


void
civic_json_free(civic_json_t *j)
{
    cJSON_Delete(j->root);
    j->root = NULL;
}


const cJSON *
civic_json_get(const cJSON *o, const char *name)
{
    if (!cJSON_IsObject(o)) {
        return NULL;
    }

    return cJSON_GetObjectItemCaseSensitive(o, name);
}


const cJSON *
civic_json_object(const cJSON *o, const char *name)
{
    const cJSON  *v;

    v = civic_json_get(o, name);

    return cJSON_IsObject(v) ? v : NULL;
}


const cJSON *
civic_json_array(const cJSON *o, const char *name)
{
    const cJSON  *v;

    v = civic_json_get(o, name);

    return cJSON_IsArray(v) ? v : NULL;
}


int
civic_json_true(const cJSON *o, const char *name)
{
    size_t        i;
    civic_str_t   s;
    const cJSON  *v;

    v = civic_json_get(o, name);

    if (!cJSON_IsString(v)) {
        return cJSON_IsTrue(v);
    }

    s = civic_json_value(v);

    for (i = 0; i < s.len && i < 4; i++) {
        if ((s.data[i] | 0x20) != "true"[i]) {
            return 0;
        }
    }

    return s.len == 4;
}


int64_t
civic_json_int(const cJSON *o, const char *name, int64_t max)
{
    size_t       i;
    int64_t      n;
    civic_str_t  s;

    s = civic_json_view(o, name);

    if (s.len > 18) {
        return 0;
    }

    n = 0;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return 0;
        }

        n = n * 10 + s.data[i] - '0';
    }

    return n <= max ? n : 0;
}


int
civic_json_number(const cJSON *o, const char *name, double *n)
{
    char         *end;
    civic_str_t   s;

    s = civic_json_view(o, name);

    /* of strtod's notations only the plain one: no nan, no hexadecimal */

    if (s.len == 0 || s.len > CIVIC_JSON_NUMBER_MAX
        || strspn(s.data, "+-.0123456789eE") != s.len)
    {
        return CIVIC_DECLINED;
    }

    *n = strtod(s.data, &end);

    return *end == '\0' && isfinite(*n) ? CIVIC_OK : CIVIC_DECLINED;
}


civic_str_t
civic_json_view(const cJSON *o, const char *name)
{
    return civic_json_value(civic_json_get(o, name));
}


civic_str_t
civic_json_value(const cJSON *item)
{
    return civic_str(cJSON_IsString(item) ? item->valuestring : "");
}


civic_str_t
civic_json_id(civic_json_t *j, const cJSON *o, const char *name, size_t max)
{
    return civic_json_id_of(j, civic_json_view(o, name), max);
}


civic_str_t
civic_json_text(civic_json_t *j, const cJSON *o, const char *name, size_t max)
{
    return civic_json_text_of(j, civic_json_view(o, name), max);
}


civic_str_t
civic_json_id_of(civic_json_t *j, civic_str_t s, size_t max)
{
    size_t  i;

    while (s.len && civic_json_space(s.data[0])) {
        s = civic_strn(s.data + 1, s.len - 1);
    }

    while (s.len && civic_json_space(s.data[s.len - 1])) {
        s.len--;
    }

    if (s.len > max) {
        return civic_str("");
    }

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] > 0x7e) {
            return civic_str("");
        }
    }

    return civic_json_text_of(j, s, max);
}


civic_str_t
civic_json_text_of(civic_json_t *j, civic_str_t s, size_t max)
{
    civic_str_t  clean;

    if (s.len == 0) {
        return civic_str("");
    }

    clean = civic_utf8_clean(s, j->arena);

    if (clean.data != NULL && clean.len > max) {
        clean.len = max;

        while (clean.len && (clean.data[clean.len] & 0xc0) == 0x80) {
            clean.len--;
        }
    }

    if (clean.data == s.data) {
        clean = civic_arena_copy(j->arena, clean);
    }

    if (clean.data == NULL) {
        j->exhausted = 1;
        return civic_str("");
    }

    return clean;
}


void
civic_json_begin(civic_json_t *j, const civic_arena_t *a)
{
    j->arena = a;
    j->root = cJSON_CreateObject();
    j->exhausted = (j->root == NULL);
}


void
civic_json_begin_array(civic_json_t *j, const civic_arena_t *a)
{
    j->arena = a;
    j->root = cJSON_CreateArray();
    j->exhausted = (j->root == NULL);
}


/* Exact below 2^53, which no id of ours reaches. */

void
civic_json_put_int(civic_json_t *j, cJSON *o, const char *name, int64_t n)
{
    if (cJSON_AddNumberToObject(o, name, (double) n) == NULL) {
        j->exhausted = 1;
    }
}


/* Terminated JSON of our own making. */

void
civic_json_put_raw(civic_json_t *j, cJSON *o, const char *name,
    civic_str_t json)
{
    if (json.data == NULL || cJSON_AddRawToObject(o, name, json.data) == NULL)
    {
        j->exhausted = 1;
    }
}


void
civic_json_put(civic_json_t *j, cJSON *o, const char *name, civic_str_t s)
{
    cJSON  *item;

    /* cJSON wants a terminated string and does not copy this one again */

    if (s.data != NULL) {
        s = civic_arena_copy(j->arena, s);
    }

    if (s.data == NULL) {
        j->exhausted = 1;
        return;
    }

    item = cJSON_CreateStringReference(s.data);

    if (!cJSON_AddItemToObjectCS(o, name, item)) {
        cJSON_Delete(item);
        j->exhausted = 1;
    }
}


cJSON *
civic_json_put_object(civic_json_t *j, cJSON *o, const char *name)
{
    cJSON  *item;

    item = cJSON_AddObjectToObject(o, name);
    if (item == NULL) {
        j->exhausted = 1;
    }

    return item;
}


cJSON *
civic_json_put_array(civic_json_t *j, cJSON *o, const char *name)
{
    cJSON  *item;

    item = cJSON_AddArrayToObject(o, name);
    if (item == NULL) {
        j->exhausted = 1;
    }

    return item;
}


cJSON *
civic_json_put_item(civic_json_t *j, cJSON *array)
{
    cJSON  *item;

    item = cJSON_CreateObject();

    if (!cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        j->exhausted = 1;
        return NULL;
    }

    return item;
}


civic_str_t
civic_json_print(civic_json_t *j)
{
    char         *text;
    civic_str_t   s = civic_null_str;

    text = j->exhausted ? NULL : cJSON_PrintUnformatted(j->root);

    if (text != NULL) {
        s = civic_arena_copy(j->arena, civic_str(text));
        cJSON_free(text);
    }

    civic_json_free(j);

    return s;
}
