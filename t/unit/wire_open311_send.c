
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What we send to a 311 system.  The forms in t/fixtures/open311 are the
 * measure: each pair we send stands in them byte by byte.  Fails when a
 * parameter is sent empty, a coordinate picks up noise, or our reference is
 * cut off a long description.
 */


#include "core/base/civic_utf8.h"
#include "core/wire/civic_open311.h"
#include "wire_test.h"


#define HINDI  "\xe0\xa4\xa8"
#define EMOJI  "\xf0\x9f\x98\x80"


static void test_fixture_post(void);
static void test_fixture_update(void);
static void test_fields(void);
static void test_degrees(void);
static void test_description(void);
static void test_paths(void);


static test_arena_t  pool;


int
main(void)
{
    test_fixture_post();
    test_fixture_update();
    test_fields();
    test_degrees();
    test_description();
    test_paths();

    test_arena_free(&pool);

    return done();
}


/* 1 if "form" has "pair" between its ampersands. */

static int
has_pair(civic_str_t form, const char *pair, size_t len)
{
    const char  *p, *end, *last;

    p = form.data;
    last = p + form.len;

    while (p < last) {
        end = memchr(p, '&', (size_t) (last - p));

        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) == len && memcmp(p, pair, len) == 0) {
            return 1;
        }

        p = end + 1;
    }

    return 0;
}


/* Every pair of the fixture but those named is in "form". */

static void
covers(civic_str_t form, const char *file, const char **except)
{
    size_t        len;
    const char   *p, *end, **name;
    civic_str_t   fixture;

    fixture = test_file("t/fixtures/open311/requests-sent", file);

    for (p = fixture.data; *p != '\0'; p = *end ? end + 1 : end) {

        end = p + strcspn(p, "&");
        len = (size_t) (end - p);

        for (name = except; *name != NULL; name++) {
            if (strncmp(p, *name, strlen(*name)) == 0) {
                break;
            }
        }

        if (*name == NULL) {
            ok(has_pair(form, p, len), "%s: %.*s", file, (int) len, p);
        }
    }

    test_file_free(fixture);
}


static civic_open311_post_t
post(void)
{
    civic_open311_post_t  p;

    (void) test_arena(&pool);

    memset(&p, 0, sizeof(p));
    p.api_key = civic_str("TEST-KEY-0000");
    p.jurisdiction = civic_str("imcindore.mp.gov.in");
    p.service_code = civic_str("SL_OFF");
    p.description = civic_str("x");

    return p;
}


static void
test_fixture_post(void)
{
    civic_str_t            form;
    civic_open311_post_t   p;

    static const char  *except[] = {
        "last_name=", "attribute[problem]=", "attribute[pole_no]=",
        "attribute[client_ref]=", NULL
    };

    p = post();
    p.has_pin = 1;
    p.lat = 22724400;
    p.lng = 75883900;
    p.address = civic_str(
        "56 \xe0\xa4\xa6\xe0\xa5\x81\xe0\xa4\x95\xe0\xa4\xbe\xe0\xa4\xa8 "
        "\xe0\xa4\x95\xe0\xa5\x87 \xe0\xa4\xaa\xe0\xa4\xbe\xe0\xa4\xb8, "
        "\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xaf\xe0\xa5\x82 "
        "\xe0\xa4\xaa\xe0\xa4\xb2\xe0\xa4\xbe\xe0\xa4\xb8\xe0\xa4\xbf"
        "\xe0\xa4\xaf\xe0\xa4\xbe, \xe0\xa4\x87\xe0\xa4\x82\xe0\xa4\xa6"
        "\xe0\xa5\x8c\xe0\xa4\xb0");
    p.description = civic_str(
        "\xe0\xa4\x96\xe0\xa4\x82\xe0\xa4\xad\xe0\xa5\x87 "
        "\xe0\xa4\x95\xe0\xa5\x80 \xe0\xa4\xb2\xe0\xa4\xbe\xe0\xa4\x87"
        "\xe0\xa4\x9f 5 \xe0\xa4\xa6\xe0\xa4\xbf\xe0\xa4\xa8 "
        "\xe0\xa4\xb8\xe0\xa5\x87 \xe0\xa4\xac\xe0\xa4\x82\xe0\xa4\xa6 "
        "\xe0\xa4\xb9\xe0\xa5\x88\xe0\xa5\xa4\n\xe0\xa4\xb0\xe0\xa4\xbe"
        "\xe0\xa4\xa4 \xe0\xa4\xae\xe0\xa5\x87\xe0\xa4\x82 "
        "\xe0\xa4\x85\xe0\xa4\x82\xe0\xa4\xa7\xe0\xa5\x87\xe0\xa4\xb0"
        "\xe0\xa4\xbe \xe0\xa4\xb0\xe0\xa4\xb9\xe0\xa4\xa4\xe0\xa4\xbe "
        "\xe0\xa4\xb9\xe0\xa5\x88 & \xe0\xa4\xa1\xe0\xa4\xb0 "
        "\xe0\xa4\xb2\xe0\xa4\x97\xe0\xa4\xa4\xe0\xa4\xbe "
        "\xe0\xa4\xb9\xe0\xa5\x88");
    p.phone = civic_str("910000000001");
    p.first_name = civic_str("Asha");
    p.media_url = civic_str("https://bot.example.in/m/3b1f0c.jpg");

    form = civic_open311_post(&p, &pool.arena);
    covers(form, "post-request-SL_OFF.form.txt", except);

    p.ticket = civic_str("wa-20261123-7f3c9a52d1");
    p.client_ref = 1;

    form = civic_open311_post(&p, &pool.arena);
    ok(has_pair(form, "attribute[client_ref]=wa-20261123-7f3c9a52d1", 44),
       "our reference as an attribute, brackets raw");
}


static void
test_fixture_update(void)
{
    civic_str_t             form;
    civic_open311_update_t  u;

    static const char  *except[] = {
        "updated_datetime=", "first_name=", NULL
    };

    (void) test_arena(&pool);

    memset(&u, 0, sizeof(u));
    u.api_key = civic_str("TEST-KEY-0000");
    u.jurisdiction = civic_str("imcindore.mp.gov.in");
    u.request_id = civic_str("311-2026-0048213");
    u.update_id = civic_str("wa-fb-20261125-01");
    u.status = civic_str("REOPEN");
    u.at = 1795574980;
    u.description = civic_str(
        "\xe0\xa4\xb2\xe0\xa4\xbe\xe0\xa4\x87\xe0\xa4\x9f "
        "\xe0\xa4\xab\xe0\xa4\xbf\xe0\xa4\xb0 \xe0\xa4\xac\xe0\xa4\x82"
        "\xe0\xa4\xa6 \xe0\xa4\xb9\xe0\xa5\x8b \xe0\xa4\x97\xe0\xa4\x88 "
        "\xe0\xa4\xb9\xe0\xa5\x88");
    u.phone = civic_str("910000000001");

    form = civic_open311_update(&u, &pool.arena);
    covers(form, "post-update-reopen.form.txt", except);

    ok(has_pair(form, "updated_datetime=2026-11-25T02%3A49%3A40Z", 41),
       "the same instant in UTC");
    ok(has_pair(form, "first_name=-", 12), "a name nobody asked for");

    pool.left = 1;
    ok(civic_open311_update(&u, &pool.arena).data == NULL, "no memory");
}


static void
test_fields(void)
{
    long                  n;
    civic_str_t           form;
    civic_open311_post_t  p;

    p = post();
    form = civic_open311_post(&p, &pool.arena);
    is_mem(form.data, form.len, "api_key=TEST-KEY-0000&jurisdiction_id="
           "imcindore.mp.gov.in&service_code=SL_OFF&description=x",
           "what is empty is not sent");

    p.jurisdiction = civic_str("");
    form = civic_open311_post(&p, &pool.arena);
    ok(!civic_str_eq(form, civic_str(""))
       && strstr(form.data, "jurisdiction") == NULL,
       "no jurisdiction, no parameter");

    p.description = civic_str("a&b=c+d%e~f/g?h#i\"j\n" EMOJI "-_.");
    form = civic_open311_post(&p, &pool.arena);
    ok(has_pair(form, "description=a%26b%3Dc%2Bd%25e~f%2Fg%3Fh%23i%22j%0A"
                "%F0%9F%98%80-_.", 65), "RFC 3986, nothing but");

    p.has_pin = 1;
    p.ticket = civic_str("12345670");

    for (n = 0; ; n++) {
        (void) test_arena(&pool);
        pool.left = n;

        if (civic_open311_post(&p, &pool.arena).data != NULL) {
            break;
        }
    }

    is_int(n, 4, "memory may end at any of four allocations");
}


static void
test_degrees(void)
{
    char                  pair[64];
    size_t                i;
    civic_str_t           form;
    civic_open311_post_t  p;

    static const struct {
        int32_t      micro;
        const char  *text;
    } cases[] = {
        { 22700000, "22.700000" }, { -1, "-0.000001" }, { 0, "0.000000" },
        { 75857727, "75.857727" }, { -75000001, "-75.000001" },
        { 180000000, "180.000000" }, { INT32_MIN, "-2147.483648" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        p = post();
        p.has_pin = 1;
        p.lat = cases[i].micro;
        p.lng = cases[i].micro;

        form = civic_open311_post(&p, &pool.arena);

        sprintf(pair, "lat=%s", cases[i].text);
        ok(has_pair(form, pair, strlen(pair)), "%s", pair);
        sprintf(pair, "long=%s", cases[i].text);
        ok(has_pair(form, pair, strlen(pair)), "%s", pair);
    }
}


/* The characters a server counts: those of the decoded value. */

static size_t
decoded_chars(civic_str_t form, char *text)
{
    char        *p;
    unsigned     c;
    const char  *s, *end;

    s = strstr(form.data, "description=") + strlen("description=");
    end = s + strcspn(s, "&");
    p = text;

    while (s < end) {
        if (*s == '%') {
            (void) sscanf(s + 1, "%2x", &c);
            *p++ = (char) c;
            s += 3;

        } else {
            *p++ = *s++;
        }
    }

    *p = '\0';

    return civic_utf8_chars(civic_str(text));
}


static void
test_description(void)
{
    char                  *text, *long_text;
    size_t                 i, k, n, len;
    civic_str_t            form;
    civic_open311_post_t   p;

    static const char  *units[] = { "x", HINDI, EMOJI };
    static const size_t  sizes[] = { 1, 3981, 3982, 3983, 4000, 9000 };

    text = malloc(65536);
    long_text = malloc(65536);

    for (i = 0; i < 3; i++) {
        len = strlen(units[i]);

        for (k = 0; k < 9000; k++) {
            memcpy(long_text + k * len, units[i], len);
        }

        for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            p = post();
            p.ticket = civic_str("12345670");       /* 17 with its line */
            p.description = civic_strn(long_text, sizes[k] * len);

            form = civic_open311_post(&p, &pool.arena);
            n = decoded_chars(form, text);

            is_int(n, sizes[k] < 3983 ? sizes[k] + 17 : 4000,
                   "%zu characters of %zu bytes and a reference", sizes[k],
                   len);
            is_str(text + strlen(text) - 17, "\nRef: WA-12345670",
                   "which is whole");
        }

        p = post();
        p.description = civic_strn(long_text, 9000 * len);
        form = civic_open311_post(&p, &pool.arena);
        is_int(decoded_chars(form, text), 4000, "without a reference");
    }

    p = post();
    p.description = civic_str("");
    p.ticket = civic_str("12345670");
    form = civic_open311_post(&p, &pool.arena);
    (void) decoded_chars(form, text);
    is_str(text, "Ref: WA-12345670", "no words, no empty line");

    p.urgent = civic_str("URGENT");
    form = civic_open311_post(&p, &pool.arena);
    (void) decoded_chars(form, text);
    is_str(text, "URGENT\nRef: WA-12345670", "nor when it cannot wait");

    p.description = civic_strn(long_text, 4000 * strlen(EMOJI));
    form = civic_open311_post(&p, &pool.arena);
    is_int(decoded_chars(form, text), 4000, "which is told of long words");
    ok(memcmp(text, "URGENT\n" EMOJI, sizeof("URGENT\n" EMOJI) - 1) == 0
       && strcmp(text + strlen(text) - 17, "\nRef: WA-12345670") == 0,
       "first, and the reference last");

    free(long_text);
    free(text);
}


static void
test_paths(void)
{
    civic_str_t  s;

    (void) test_arena(&pool);

    s = civic_open311_path("/requests", civic_str("311-2026-0048213"),
                           &pool.arena);
    is_mem(s.data, s.len, "/requests/311-2026-0048213.json", "a request");

    s = civic_open311_path("/tokens", civic_str("a?b%" HINDI), &pool.arena);
    is_mem(s.data, s.len, "/tokens/a?b%" HINDI ".json",
           "nginx encodes what is not plain");

    ok(civic_open311_path("/tokens", civic_str("a/../b"), &pool.arena).data
       == NULL, "an id stays one segment");
    ok(civic_open311_path("/tokens", civic_str(".."), &pool.arena).data
       == NULL, "and does not climb");
    ok(civic_open311_path("/tokens", civic_str(""), &pool.arena).data
       == NULL, "and is one");

    s = civic_open311_query(civic_str("SL_OFF"), 0, 86400,
                            civic_str("indore.example"), &pool.arena);
    is_mem(s.data, s.len, "service_code=SL_OFF"
           "&start_date=1970-01-01T00%3A00%3A00Z"
           "&end_date=1970-01-02T00%3A00%3A00Z&status=open%2Cclosed"
           "&jurisdiction_id=indore.example", "a look-up");

    pool.left = 0;
    ok(civic_open311_path("/tokens", civic_str("a"), &pool.arena).data
       == NULL, "no memory");
}
