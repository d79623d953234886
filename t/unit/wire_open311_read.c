
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Answers of Open311 servers beyond the fixtures.  Fails when an id loses a
 * digit, when an error is taken for a list, when a request whose fate nobody
 * knows would be sent again unasked, or when damaged bodies do harm.
 */


#include "core/base/civic_time.h"
#include "core/wire/civic_open311_item.h"
#include "wire_test.h"


#define TEST_FIXTURES  "t/fixtures/open311"


static void test_answers(void);
static void test_lists(void);
static void test_plain(void);
static void test_hostile(void);


static test_arena_t  pool;


int
main(void)
{
    test_answers();
    test_lists();
    test_plain();
    test_hostile();

    test_arena_free(&pool);

    return done();
}


static const struct {
    unsigned            status;
    unsigned            sent;
    const char         *body;
    civic_311_answer_e  kind;
} posted[] = {
    { 0,   0, "", CIVIC_311_NOT_SENT },
    { 0,   1, "", CIVIC_311_UNKNOWN },
    { 200, 1, "", CIVIC_311_UNKNOWN },
    { 204, 1, "", CIVIC_311_UNKNOWN },
    { 200, 1, "null", CIVIC_311_UNKNOWN },
    { 200, 1, "<html>ok</html>", CIVIC_311_UNKNOWN },
    { 200, 1, "[{\"description\":\"required\"}]", CIVIC_311_ACCEPTED },
    { 201, 1, "[{\"service_request_id\":\" 7 \"}]",
      CIVIC_311_REGISTERED },
    { 200, 1, "[1,null,{\"token\":\"T\"}]", CIVIC_311_TOKEN },
    { 200, 1, "[{\"service_request_id\":\"9\",\"service\":{\"a\":1},"
              "\"request\":{}}]", CIVIC_311_REGISTERED },
    { 200, 1, "[{\"code\":403,\"description\":\"no\"}]",
      CIVIC_311_CONFIG },
    { 302, 1, "", CIVIC_311_CONFIG },
    { 401, 1, "", CIVIC_311_CONFIG },
    { 400, 1, "[{\"code\":400,\"description\":\"Invalid API key\"}]",
      CIVIC_311_CONFIG },
    { 400, 1, "[{\"description\":\"something else\"}]",
      CIVIC_311_UNKNOWN },
    { 400, 1, "phone is required", CIVIC_311_REFUSED },
    { 404, 1, "[{\"description\":\"jurisdiction_id not found\"}]",
      CIVIC_311_CONFIG },
    { 404, 1, "", CIVIC_311_GONE },
    { 409, 1, "[{\"service_request_id\":\"7\"}]", CIVIC_311_DUPLICATE },
    { 413, 1, "", CIVIC_311_REFUSED },
    { 422, 1, "", CIVIC_311_REFUSED },
    { 422, 1, "base is a duplicate", CIVIC_311_DUPLICATE },
    { 429, 1, "", CIVIC_311_BUSY },
    { 408, 1, "", CIVIC_311_UNKNOWN },
    { 500, 1, "[{\"service_request_id\":\"7\"}]", CIVIC_311_UNKNOWN },
    { 503, 1, "phone is required", CIVIC_311_UNKNOWN }
};


static void
test_answers(void)
{
    size_t              i;
    civic_311_answer_t  a;

    for (i = 0; i < sizeof(posted) / sizeof(posted[0]); i++) {
        is_int(civic_open311_posted(posted[i].status, posted[i].sent,
                                    civic_str(posted[i].body),
                                    test_arena(&pool), &a), CIVIC_OK,
               "answer %u %.40s", posted[i].status, posted[i].body);
        is_int(a.kind, posted[i].kind, "means %d", (int) posted[i].kind);
        ok(a.error.data == NULL || a.error.len <= CIVIC_311_ERROR_MAX,
           "its words are bounded");
    }

    (void) civic_open311_posted(502, 1,
                                civic_str("<title>Bad</title><h1>Way</h1>"),
                                &pool.arena, &a);
    is_mem(a.error.data, a.error.len, "Bad\nWay", "a page is told in words");

    (void) civic_open311_posted(400, 1, civic_str("[{\"description\":\"one\""
                                "},{\"message\":\"two\"},{}]"),
                                &pool.arena, &a);
    is_mem(a.error.data, a.error.len, "one; two", "several faults");
    is_int(a.nerrors, 2, "and their number");

    is_int(civic_open311_token(200, civic_str("[]"), &pool.arena, &a),
           CIVIC_OK, "token");
    is_int(a.kind, CIVIC_311_LATER, "an empty list is later");
    (void) civic_open311_token(403, civic_str(""), &pool.arena, &a);
    is_int(a.kind, CIVIC_311_CONFIG, "403");
    (void) civic_open311_token(500, civic_str(""), &pool.arena, &a);
    is_int(a.kind, CIVIC_311_UNKNOWN, "500");
    (void) civic_open311_token(200, civic_str("[{"), &pool.arena, &a);
    is_int(a.kind, CIVIC_311_UNKNOWN, "half a body");

    is_int(civic_open311_updated(0, 0, civic_str(""), &pool.arena),
           CIVIC_AGAIN, "an update that never left");
    is_int(civic_open311_updated(0, 1, civic_str(""), &pool.arena),
           CIVIC_AGAIN, "or may have");
    is_int(civic_open311_updated(503, 1, civic_str(""), &pool.arena),
           CIVIC_AGAIN, "may be sent again");
    is_int(civic_open311_updated(403, 1, civic_str(""), &pool.arena),
           CIVIC_AGAIN, "when the key is right");
    is_int(civic_open311_updated(400, 1, civic_str("update_id already exists"),
                                 &pool.arena), CIVIC_OK, "was taken before");
    is_int(civic_open311_updated(404, 1, civic_str(""), &pool.arena),
           CIVIC_DECLINED, "of nothing");
}


static void
test_lists(void)
{
    size_t                n;
    civic_str_t           s;
    civic_311_request_t  *r;
    civic_311_service_t  *v;

    static const char  body[] =
        "{\"service_requests\":{\"request\":[{\"service_request_id\":"
        "90071992547409931,\"status\":\" Closed \",\"extended_attributes\":{"
        "\"detailed_status\":\"PROCESSED\"},\"lat\":0,\"long\":\"0.0\","
        "\"description\":\"a\\nRef: WA-1\\nRef: WA-12345670\","
        "\"media_url\":{\"media_url\":\"data:image/png;base64,AA\"}},"
        "7,null,{\"request\":{\"service_request_id\":\"B\","
        "\"status\":\"open\",\"extended_attributes\":{"
        "\"detailed_status\":\"PROCESSED\"}}}]}}";

    is_int(civic_open311_requests(200, civic_str(body), civic_str(""),
                                  CIVIC_ZONE_IST, test_arena(&pool), &r),
           CIVIC_OK, "wrapped twice");
    is_mem(r->request_id.data, r->request_id.len, "90071992547409931",
           "an id above 2^53");
    is_mem(r->status.data, r->status.len, "fixed",
           "closed and processed is fixed");
    is_mem(r->ref.data, r->ref.len, "12345670", "our last reference");
    ok(!r->has_pin, "0/0 is no place");
    is_int(r->media_url.len, 0, "a data URL is none");

    r = r->next;
    is_mem(r->request_id.data, r->request_id.len, "B", "the second");
    is_mem(r->status.data, r->status.len, "open",
           "open and processed stays open");
    ok(r->next == NULL, "no third");

    is_int(civic_open311_requests(200, civic_str(body),
                                  civic_str("90071992547409932"), 0,
                                  test_arena(&pool), &r),
           CIVIC_DECLINED, "the id asked, to the last digit");

    is_int(civic_open311_requests(200, civic_str("{\"message\":\"busy\"}"),
                                  civic_str(""), 0, test_arena(&pool), &r),
           CIVIC_DECLINED, "a remark is no empty list");
    is_int(civic_open311_requests(200, civic_str("[{\"code\":500}]"),
                                  civic_str(""), 0, test_arena(&pool), &r),
           CIVIC_DECLINED, "nor are errors");
    is_int(civic_open311_requests(500, civic_str("[]"), civic_str(""), 0,
                                  test_arena(&pool), &r),
           CIVIC_DECLINED, "nor is a 500");
    is_int(civic_open311_requests(404, civic_str("[]"), civic_str("A"), 0,
                                  test_arena(&pool), &r),
           CIVIC_DECLINED, "404 for one is not found");
    ok(r == NULL, "and nothing");

    is_int(civic_open311_services(200, civic_str("[{\"service_code\":\"A\","
               "\"keywords\":\"street light, Inactive\"},{\"service_code\":"
               "\"B\",\"keywords\":\"staff room\",\"type\":\" Batch \","
               "\"service_name\":\" B & <b>C</b> \"},"
               "{\"service_code\":{\"a\":1}},\"x\"]"),
           test_arena(&pool), &v, &n), CIVIC_OK, "services");
    is_int(n, 2, "two of four");
    ok(v->hidden, "inactive is hidden");
    ok(!v->next->hidden && v->next->batch, "staff room is not");
    s = v->next->name;
    is_mem(s.data, s.len, "B & C", "a name is plain and trimmed");
}


static void
test_plain(void)
{
    size_t       i;
    civic_str_t  s;

    static const char  *cases[][2] = {
        { "", "" },
        { "  a \t b  ", "a b" },
        { "5 < 6 & 7 > 3", "5 < 6 & 7 > 3" },
        { "<p>a</p><p>b</p>", "a\nb" },
        { "a<br/>b<BR>c", "a\nb\nc" },
        { "<b>a</b><i class=\"x\">b</i>", "ab" },
        { "a<script>x<b>y</script>b", "ab" },
        { "a<STYLE >x</style >b", "ab" },
        { "a<script>never closed", "a" },
        { "a<!-- note -->b", "ab" },
        { "<scripture>a", "a" },
        { "a<unclosed", "a<unclosed" },
        { "<", "<" },
        { "</", "</" },
        { "&amp;&lt;&gt;&quot;&apos;&nbsp;.", "&<>\"' ." },
        { "&amp;lt;b&amp;gt;", "&lt;b&gt;" },
        { "&#65;&#x41;&#2344;&#X1f600;", "AA\xe0\xa4\xa8\xf0\x9f\x98\x80" },
        { "&#0;&#xd800;&#7;x", "\xef\xbf\xbdx" },
        { "&#;&#x;&#-5;&#65 &unknown;&", "&#;&#x;&#-5;&#65 &unknown;&" },
        { "&#99999999;x", "x" },
        { "\r\n\r\na\r\n\r\nb", "a\nb" },
        { "a\x01\xff", "a\xef\xbf\xbd" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = test_exact(cases[i][0], strlen(cases[i][0]));
        (void) test_arena(&pool);

        {
            civic_str_t  p = civic_311_plain(s, &pool.arena);

            is_mem(p.data, p.len, cases[i][1], "plain: case %d", (int) i);
        }

        test_file_free(s);
    }
}


/* Every reader on every cut and many a damaged body, and out of memory. */

static int
read_all(civic_str_t s, const civic_arena_t *a)
{
    int                      rc;
    size_t                   n;
    civic_str_t              url, changeset;
    civic_311_news_t        *u;
    civic_311_answer_t       w;
    civic_311_request_t     *r;
    civic_311_service_t     *v;
    civic_311_definition_t   d;

    rc = 0;

    rc |= civic_open311_posted(200, 1, s, a, &w) == CIVIC_ERROR;
    rc |= civic_open311_posted(400, 1, s, a, &w) == CIVIC_ERROR;
    rc |= civic_open311_requests(200, s, civic_str(""), 0, a, &r)
          == CIVIC_ERROR;

    for ( ; rc == 0 && r != NULL; r = r->next) {
        if (r->request_id.len == 0
            || !test_is_clean(r->notes, CIVIC_311_TEXT_MAX)
            || !test_is_clean(r->request_id, CIVIC_311_ID_MAX)
            || !test_is_clean(r->status, CIVIC_311_ID_MAX)
            || !test_is_clean(r->media_url, CIVIC_311_URL_MAX))
        {
            return -1;
        }
    }

    rc |= civic_open311_services(200, s, a, &v, &n) == CIVIC_ERROR;
    rc |= civic_open311_news(200, s, 0, a, &u, &n) == CIVIC_ERROR;
    rc |= civic_open311_definition(200, s, a, &d) == CIVIC_ERROR;
    rc |= civic_open311_discovery(200, s, "production", a, &url, &changeset)
          == CIVIC_ERROR;

    return rc;
}


static void
test_hostile(void)
{
    long          n, failed;
    char         *bytes;
    size_t        i, k, wrong;
    uint32_t      seed;
    civic_str_t   body, s;

    static const char  *files[] = {
        "requests-list.json", "request-extended.json", "discovery.json",
        "service-definition-WTR_DIRTY.json", "errors/400-many.json",
        "updates/servicerequestupdates.json", "post-request-realtime.json",
        "deviations/request-html-in-text.json",
        "deviations/services-utf8-bom.txt"
    };

    seed = 311;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {

        body = test_file(TEST_FIXTURES, files[i]);
        wrong = 0;

        for (k = 0; k < body.len; k += 7) {
            s = test_exact(body.data, k);
            wrong += read_all(s, test_arena(&pool)) != 0;
            test_file_free(s);
        }

        for (k = 0; k < 200; k++) {
            s = test_exact(body.data, body.len);
            bytes = (char *) s.data;
            bytes[test_random(&seed) % s.len] ^=
                                       (char) (1 << test_random(&seed) % 8);
            bytes[test_random(&seed) % s.len] =
                                       "<>&;{}[]\",\\u0"[seed % 13];
            wrong += read_all(s, test_arena(&pool)) != 0;
            test_file_free(s);
        }

        is_int(wrong, 0, "%s, cut and damaged", files[i]);

        failed = 0;

        for (n = 0; n < 2000; n += 3) {
            (void) test_arena(&pool);
            pool.left = n;

            if (read_all(body, &pool.arena) == 0) {
                break;
            }

            failed++;
        }

        ok(failed > 0 && n < 2000, "%s: memory may end anywhere", files[i]);
        test_file_free(body);
    }

    (void) test_arena(&pool);

    bytes = malloc(CIVIC_311_BODY_MAX + 1);
    memset(bytes, '[', CIVIC_311_BODY_MAX + 1);
    is_int(read_all(civic_strn(bytes, CIVIC_311_BODY_MAX), &pool.arena), 0,
           "a megabyte of brackets");
    memset(bytes, ' ', CIVIC_311_BODY_MAX + 1);
    bytes[0] = '[';
    bytes[CIVIC_311_BODY_MAX] = ']';
    {
        civic_311_request_t  *r;

        is_int(civic_open311_requests(200, civic_strn(bytes,
                                                      CIVIC_311_BODY_MAX + 1),
                                      civic_str(""), 0, &pool.arena, &r),
               CIVIC_DECLINED, "a body too large");
    }
    free(bytes);
}
