
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Bodies and paths for a 311 system.  Values are percent-encoded UTF-8, the
 * brackets in names stay as they are, as in the standard's own example.  An
 * empty value is not sent: some servers refuse "jurisdiction_id=".
 */


#include "core/base/civic_time.h"
#include "core/base/civic_utf8.h"
#include "core/wire/civic_open311_item.h"


/* Characters kept free behind links for the reference. */
#define CIVIC_311_REF_ROOM  (sizeof("\n" CIVIC_311_REF) - 1 + 16)


typedef struct {
    const char   *name;
    civic_str_t   value;
} civic_311_pair_t;


static civic_str_t civic_311_post_form(const civic_open311_post_t *p,
    civic_str_t lat, civic_str_t lng, civic_str_t text,
    const civic_arena_t *a);
static civic_str_t civic_311_update_form(const civic_open311_update_t *u,
    civic_str_t at, const civic_arena_t *a);
static civic_str_t civic_311_form(const civic_311_pair_t *pair, size_t n,
    const civic_arena_t *a);
static civic_str_t civic_311_instant(int64_t t, const civic_arena_t *a);
static char *civic_311_encode(char *p, civic_str_t s);
static civic_str_t civic_311_degrees(int32_t micro, const civic_arena_t *a);
static civic_str_t civic_311_description(const civic_open311_post_t *p,
    const civic_arena_t *a);


civic_str_t
civic_open311_post(const civic_open311_post_t *p, const civic_arena_t *a)
{
    civic_str_t  none = civic_null_str, lat = civic_null_str;
    civic_str_t  lng = civic_null_str, text;

    text = civic_311_description(p, a);
    if (text.data == NULL) {
        return none;
    }

    if (p->has_pin) {
        lat = civic_311_degrees(p->lat, a);
        lng = civic_311_degrees(p->lng, a);

        if (lat.data == NULL || lng.data == NULL) {
            return none;
        }
    }

    return civic_311_post_form(p, lat, lng, text, a);
}


static civic_str_t
civic_311_post_form(const civic_open311_post_t *p, civic_str_t lat,
    civic_str_t lng, civic_str_t text, const civic_arena_t *a)
{
    const civic_311_pair_t  pair[] = {
        { "api_key",               p->api_key },
        { "jurisdiction_id",       p->jurisdiction },
        { "service_code",          p->service_code },
        { "lat",                   lat },
        { "long",                  lng },
        { "address_string",        p->address },
        { "first_name",            p->first_name },
        { "phone",                 p->phone },
        { "description",           text },
        { "media_url",             p->media_url },
        { "attribute[client_ref]", p->ticket }
    };
    size_t  n = sizeof(pair) / sizeof(pair[0]);

    return civic_311_form(pair, p->client_ref ? n : n - 1, a);
}


civic_str_t
civic_open311_update(const civic_open311_update_t *u, const civic_arena_t *a)
{
    civic_str_t  at;

    at = civic_311_instant(u->at, a);

    return at.data ? civic_311_update_form(u, at, a) : at;
}


/* Some servers demand names although the extension does not. */

static civic_str_t
civic_311_update_form(const civic_open311_update_t *u, civic_str_t at,
    const civic_arena_t *a)
{
    const civic_311_pair_t  pair[] = {
        { "api_key",            u->api_key },
        { "jurisdiction_id",    u->jurisdiction },
        { "service_request_id", u->request_id },
        { "update_id",          u->update_id },
        { "status",             u->status },
        { "updated_datetime",   at },
        { "description",        u->description },
        { "first_name",         civic_string("-") },
        { "last_name",          civic_string("-") },
        { "phone",              u->phone },
        { "media_url",          u->media_url }
    };

    return civic_311_form(pair, sizeof(pair) / sizeof(pair[0]), a);
}


civic_str_t
civic_open311_path(const char *resource, civic_str_t id,
    const civic_arena_t *a)
{
    size_t       i;
    civic_str_t  none = civic_null_str;

    for (i = 0; i < id.len; i++) {
        if (id.data[i] == '/' || (unsigned char) id.data[i] <= ' ') {
            return none;
        }
    }

    if (id.len == 0 || id.data[0] == '.') {
        return none;
    }

    return civic_arena_printf(a, "%s/%.*s.json", resource, (int) id.len,
                              id.data);
}


civic_str_t
civic_open311_query(civic_str_t service, int64_t from, int64_t to,
    civic_str_t jurisdiction, const civic_arena_t *a)
{
    civic_str_t       none = civic_null_str;
    civic_311_pair_t  pair[] = {
        { "service_code",    service },
        { "start_date",      civic_311_instant(from, a) },
        { "end_date",        civic_311_instant(to, a) },
        { "status",          civic_string("open,closed") },
        { "jurisdiction_id", jurisdiction }
    };

    if (pair[1].value.data == NULL || pair[2].value.data == NULL) {
        return none;
    }

    return civic_311_form(pair, sizeof(pair) / sizeof(pair[0]), a);
}


civic_str_t
civic_open311_args(civic_str_t jurisdiction, const civic_arena_t *a)
{
    const civic_311_pair_t  pair[] = {
        { "jurisdiction_id", jurisdiction }
    };

    return civic_311_form(pair, 1, a);
}


static civic_str_t
civic_311_instant(int64_t t, const civic_arena_t *a)
{
    civic_date_t  d;

    civic_time_date(t, 0, &d);

    return civic_arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year,
                              d.month, d.day, d.hour, d.minute, d.second);
}


static civic_str_t
civic_311_form(const civic_311_pair_t *pair, size_t n, const civic_arena_t *a)
{
    char         *p, *start;
    size_t        i, len;
    civic_str_t   none = civic_null_str;

    len = 1;

    for (i = 0; i < n; i++) {
        len += strlen(pair[i].name) + 2 + 3 * pair[i].value.len;
    }

    start = civic_arena_alloc(a, len);
    if (start == NULL) {
        return none;
    }

    p = start;

    for (i = 0; i < n; i++) {

        if (pair[i].value.len == 0) {
            continue;
        }

        if (p != start) {
            *p++ = '&';
        }

        len = strlen(pair[i].name);
        memcpy(p, pair[i].name, len);
        p += len;

        *p++ = '=';
        p = civic_311_encode(p, pair[i].value);
    }

    return civic_strn(start, (size_t) (p - start));
}


/* RFC 3986: everything but its unreserved characters. */

static char *
civic_311_encode(char *p, civic_str_t s)
{
    size_t         i;
    unsigned char  c;

    static const char  hex[] = "0123456789ABCDEF";

    for (i = 0; i < s.len; i++) {
        c = (unsigned char) s.data[i];

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
            || (c >= 'a' && c <= 'z')
            || c == '-' || c == '.' || c == '_' || c == '~')
        {
            *p++ = (char) c;
            continue;
        }

        *p++ = '%';
        *p++ = hex[c >> 4];
        *p++ = hex[c & 0xf];
    }

    return p;
}


/* From whole micro-degrees, so that 22.7 is never 22.699999. */

static civic_str_t
civic_311_degrees(int32_t micro, const civic_arena_t *a)
{
    int64_t  n;

    n = micro < 0 ? -(int64_t) micro : micro;

    return civic_arena_printf(a, "%s%d.%06d", micro < 0 ? "-" : "",
                              (int) (n / 1000000), (int) (n % 1000000));
}


/* The reference is never cut off: it is how an unknown outcome is found. */

static civic_str_t
civic_311_description(const civic_open311_post_t *p, const civic_arena_t *a)
{
    size_t       ref;
    civic_str_t  text;

    text = p->description;

    if (p->urgent.len) {
        text = civic_arena_printf(a, "%.*s%s%.*s", (int) p->urgent.len,
                                  p->urgent.data, text.len ? "\n" : "",
                                  (int) text.len, text.len ? text.data : "");
        if (text.data == NULL) {
            return text;
        }
    }

    if (p->links.len) {
        ref = p->links.len + 1 + (p->ticket.len ? CIVIC_311_REF_ROOM : 0);

        if (ref >= CIVIC_311_DESCRIPTION_MAX) {
            text = civic_str("");

        } else if (text.len) {
            text = civic_utf8_cut(text, CIVIC_311_DESCRIPTION_MAX - ref);
        }

        text = civic_arena_printf(a, "%.*s%s%.*s", (int) text.len,
                                  text.len ? text.data : "",
                                  text.len ? "\n" : "", (int) p->links.len,
                                  p->links.data);
        if (text.data == NULL) {
            return text;
        }
    }

    if (p->ticket.len == 0) {
        text = civic_utf8_cut(text, CIVIC_311_DESCRIPTION_MAX);

        return text.data ? text : civic_str("");
    }

    ref = sizeof("\n" CIVIC_311_REF) - 1 + p->ticket.len;

    if (text.len) {
        text = civic_utf8_cut(text, CIVIC_311_DESCRIPTION_MAX - ref);
    }

    return civic_arena_printf(a, "%.*s%s" CIVIC_311_REF "%.*s",
                              (int) text.len, text.len ? text.data : "",
                              text.len ? "\n" : "",
                              (int) p->ticket.len, p->ticket.data);
}
