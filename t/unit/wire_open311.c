
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Answers of Open311 servers.  t/fixtures/open311/manifest.json says what
 * each body must be read as; an expectation this test does not know fails
 * too.  XML is passed over: servers that speak only XML come later.
 * Fails when any of the deviations of running servers is read another way.
 */


#include <cjson/cJSON.h>

#include "core/base/civic_time.h"
#include "core/wire/civic_open311.h"
#include "core/wire/civic_open311_item.h"
#include "wire_test.h"


#define TEST_FIXTURES  "t/fixtures/open311"


typedef struct {
    const char     *file;
    const char     *path;
    const cJSON    *expect;
    unsigned        status;
    unsigned        post:1;
    civic_str_t     body;
} entry_t;


static void test_manifest(void);
static void test_entry(entry_t *e);
static void test_posted(entry_t *e);
static void test_updated(entry_t *e);
static void test_token(entry_t *e);
static void test_services(entry_t *e);
static void test_definition(entry_t *e);
static void test_discovery(entry_t *e);
static void test_news(entry_t *e);
static void test_requests(entry_t *e);
static void test_request(entry_t *e, const civic_311_request_t *r);


static test_arena_t  pool;
static unsigned      nread;     /* entries of the manifest that were read */


int
main(void)
{
    test_manifest();

    test_arena_free(&pool);

    return done();
}


static void
test_manifest(void)
{
    cJSON         *manifest;
    const cJSON   *item, *status;
    civic_str_t    text;
    entry_t        e;

    text = test_file(TEST_FIXTURES, "manifest.json");
    manifest = cJSON_Parse(text.data);

    cJSON_ArrayForEach(item, manifest) {

        memset(&e, 0, sizeof(e));

        e.file = cJSON_GetStringValue(cJSON_GetObjectItem(item, "file"));
        e.path = cJSON_GetStringValue(cJSON_GetObjectItem(item, "path"));
        e.expect = cJSON_GetObjectItem(item, "expect");
        status = cJSON_GetObjectItem(item, "http_status");

        if (status == NULL || strstr(e.path, ".xml") != NULL) {
            continue;                   /* a body we send, or XML */
        }

        e.status = (unsigned) status->valueint;
        e.post = strcmp(cJSON_GetStringValue(
                            cJSON_GetObjectItem(item, "method")), "POST")
                 == 0;
        e.body = test_file(TEST_FIXTURES, e.file);

        (void) test_arena(&pool);
        test_entry(&e);
        test_file_free(e.body);
        nread++;
    }

    is_int(nread, 84, "every JSON answer of the manifest was read");

    cJSON_Delete(manifest);
    test_file_free(text);
}


static int
starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}


static void
test_entry(entry_t *e)
{
    const cJSON  *x;

    static const char  *known[] = {
        "count", "first_service_code", "production_url", "service_code",
        "attributes", "required", "keys", "service_request_id", "token",
        "accepted", "retry", "status", "detail", "closed", "overdue_at",
        "client_ref", "error", "alert", "update_id", "last_update_id",
        "metadata", "type_default", "metadata_default", "group", "lat",
        "long", "requested_datetime", "media_url", "note"
    };

    cJSON_ArrayForEach(x, e->expect) {
        size_t  i, n = sizeof(known) / sizeof(known[0]);

        for (i = 0; i < n && strcmp(known[i], x->string) != 0; i++);
        ok(i < n, "%s: the expectation %s is known", e->file, x->string);
    }

    if (e->post && starts(e->path, "/servicerequestupdates")) {
        test_updated(e);

    } else if (e->post) {
        test_posted(e);

    } else if (starts(e->path, "/tokens/")) {
        test_token(e);

    } else if (starts(e->path, "/services/")) {
        test_definition(e);

    } else if (starts(e->path, "/services")) {
        test_services(e);

    } else if (starts(e->path, "/discovery")) {
        test_discovery(e);

    } else if (starts(e->path, "/servicerequestupdates")) {
        test_news(e);

    } else {
        test_requests(e);
    }
}


static const cJSON *
want(const entry_t *e, const char *name)
{
    return cJSON_GetObjectItem(e->expect, name);
}


/* An expected text, "" for null; nothing is tested if it is not expected. */

static void
is_wanted(const entry_t *e, const char *name, civic_str_t got)
{
    const cJSON  *x = want(e, name);

    if (x != NULL) {
        is_mem(got.data, got.len,
               cJSON_IsString(x) ? x->valuestring : "", "%s: %s", e->file,
               name);
    }
}


static void
is_counted(const entry_t *e, size_t got)
{
    const cJSON  *x = want(e, "count");

    if (x != NULL) {
        is_int(got, x->valueint, "%s: count", e->file);
    }
}


/* "retry": false, true, "lookup first" or words about a token. */

static void
test_posted(entry_t *e)
{
    const cJSON         *x;
    civic_311_answer_t   a;
    civic_311_answer_e   k;

    is_int(civic_open311_posted(e->status, 1, e->body, &pool.arena, &a),
           CIVIC_OK, "%s", e->file);
    k = a.kind;

    is_wanted(e, "service_request_id", a.request_id);
    is_wanted(e, "token", a.token);

    x = want(e, "service_request_id");
    if (cJSON_IsString(x)) {
        is_int(k, CIVIC_311_REGISTERED, "%s: registered", e->file);
    }

    x = want(e, "token");
    if (cJSON_IsString(x)) {
        is_int(k, CIVIC_311_TOKEN, "%s: token", e->file);
    }

    x = want(e, "accepted");
    if (cJSON_IsTrue(x)) {
        is_int(k, CIVIC_311_ACCEPTED, "%s: accepted", e->file);

    } else if (cJSON_IsString(x)) {
        ok(k == CIVIC_311_ACCEPTED || k == CIVIC_311_UNKNOWN,
           "%s: unknown unless the service is a blackbox", e->file);
    }

    if (cJSON_IsTrue(want(e, "error"))) {
        ok(k > CIVIC_311_LATER && k != CIVIC_311_NOT_SENT,
           "%s: an error", e->file);
        is_counted(e, a.nerrors);
    }

    x = want(e, "retry");
    if (cJSON_IsFalse(x)) {
        ok(k == CIVIC_311_REFUSED || k == CIVIC_311_DUPLICATE
           || k == CIVIC_311_CONFIG || k == CIVIC_311_GONE,
           "%s: not again", e->file);

    } else if (cJSON_IsString(x)) {
        is_int(k, CIVIC_311_UNKNOWN, "%s: look up first", e->file);
    }

    if (want(e, "alert") != NULL) {
        is_int(k, CIVIC_311_CONFIG, "%s: the operator", e->file);
    }

    if (strstr(e->file, "duplicate") != NULL) {
        is_int(k, CIVIC_311_DUPLICATE, "%s: look it up", e->file);
    }

    if (strstr(e->file, "404-service") != NULL) {
        is_int(k, CIVIC_311_GONE, "%s: refresh the services", e->file);
    }
}


static void
test_updated(entry_t *e)
{
    int                 rc;
    civic_311_answer_t  a;

    rc = civic_open311_updated(e->status, 1, e->body, &pool.arena);

    if (cJSON_IsTrue(want(e, "error"))) {
        is_int(rc, CIVIC_DECLINED, "%s: refused", e->file);

        (void) civic_open311_posted(e->status, 1, e->body, &pool.arena, &a);
        is_counted(e, a.nerrors);
        return;
    }

    is_int(rc, CIVIC_OK, "%s: taken", e->file);
    ok(want(e, "update_id") != NULL, "whatever their id is");
}


static void
test_token(entry_t *e)
{
    const cJSON         *x;
    civic_311_answer_t   a;

    is_int(civic_open311_token(e->status, e->body, &pool.arena, &a),
           CIVIC_OK, "%s", e->file);

    is_wanted(e, "service_request_id", a.request_id);

    x = want(e, "retry");
    is_int(a.kind, x ? CIVIC_311_LATER : CIVIC_311_REGISTERED, "%s: kind",
           e->file);
}


static void
test_services(entry_t *e)
{
    int                   rc;
    size_t                n;
    const cJSON          *x, *item;
    civic_311_service_t  *list, *s;

    rc = civic_open311_services(e->status, e->body, &pool.arena, &list, &n);

    if (cJSON_IsTrue(want(e, "error"))) {
        is_int(rc, CIVIC_DECLINED, "%s: no list", e->file);
        is_int(n, 0, "and nothing in it");
        return;
    }

    is_int(rc, CIVIC_OK, "%s", e->file);
    is_counted(e, n);

    for (s = list; s != NULL; s = s->next) {
        n--;
    }

    is_int(n, 0, "as many as counted");

    if (list == NULL) {
        return;
    }

    is_wanted(e, "first_service_code", list->code);
    is_wanted(e, "group", list->group);

    s = list;
    x = want(e, "metadata");

    cJSON_ArrayForEach(item, x) {
        is_int(s->metadata, cJSON_IsTrue(item), "%s: metadata", e->file);
        s = s->next;
    }

    if (want(e, "type_default") != NULL) {
        ok(!list->batch && !list->blackbox, "%s: realtime", e->file);
    }

    if (want(e, "metadata_default") != NULL) {
        ok(!list->metadata, "%s: no metadata", e->file);
    }

    if (strcmp(e->file, "services.json") == 0) {
        for (s = list; s != NULL; s = s->next) {
            is_int(s->batch, civic_str_is(s->code, "BLD_ILLEGAL"), "batch");
            is_int(s->blackbox, civic_str_is(s->code, "OTHER"), "blackbox");
            ok(!s->hidden && s->name.len && s->group.len, "of everybody");
        }
    }
}


static void
test_definition(entry_t *e)
{
    size_t                   n;
    const cJSON             *x, *item;
    civic_311_field_t       *f;
    civic_311_choice_t      *c;
    civic_311_definition_t   d;

    is_int(civic_open311_definition(e->status, e->body, &pool.arena, &d),
           CIVIC_OK, "%s", e->file);

    is_wanted(e, "service_code", d.service_code);
    is_int(d.nfields, want(e, "attributes")->valueint, "%s: attributes",
           e->file);

    x = want(e, "required");
    item = x ? x->child : NULL;
    n = 0;

    for (f = d.fields; f != NULL; f = f->next) {

        n++;
        ok(f->next == NULL || f->order <= f->next->order, "in order");
        ok(f->question.len, "with a question");

        if (civic_str_is(f->code, "client_ref")
            || civic_str_is(f->code, "info"))
        {
            ok(!f->ask, "%s: nobody is asked for it", e->file);
        }

        if (x != NULL && f->required) {
            is_str(item ? item->valuestring : NULL, f->code.data,
                   "%s: required", e->file);
            item = item ? item->next : NULL;
        }

        if (x != NULL && strstr(f->datatype.data, "list") != NULL) {
            ok(f->choices != NULL, "a list has choices");
        }
    }

    ok(item == NULL, "%s: all that is required", e->file);
    is_int(n, d.nfields, "as many as counted");

    c = d.fields ? d.fields->choices : NULL;

    cJSON_ArrayForEach(item, want(e, "keys")) {
        is_str(c->key.data, item->valuestring, "%s: key", e->file);
        c = c->next;
    }
}


static void
test_discovery(entry_t *e)
{
    civic_str_t  url, changeset;

    is_int(civic_open311_discovery(e->status, e->body, "production",
                                   &pool.arena, &url, &changeset), CIVIC_OK,
           "%s", e->file);
    is_wanted(e, "production_url", url);
    ok(changeset.len, "a changeset");

    is_int(civic_open311_discovery(e->status, e->body, "other", &pool.arena,
                                   &url, &changeset), CIVIC_DECLINED,
           "no endpoint of another type");
    is_int(civic_open311_discovery(503, e->body, "production", &pool.arena,
                                   &url, &changeset), CIVIC_DECLINED,
           "none in an error");
}


static void
test_news(entry_t *e)
{
    size_t             n;
    civic_311_news_t  *list, *u;

    is_int(civic_open311_news(e->status, e->body, CIVIC_ZONE_IST,
                              &pool.arena, &list, &n), CIVIC_OK, "%s",
           e->file);
    is_counted(e, n);

    for (u = list; u != NULL; u = u->next) {
        ok(u->update_id.len && u->request_id.len && u->at > 0
           && (u->media_url.len == 0 || u->media_url.data[4] == 's'),
           "%s: an update is whole", e->file);

        if (u->next == NULL) {
            is_wanted(e, "last_update_id", u->update_id);
            is_wanted(e, "status", u->status);
        }
    }
}


/* "/requests/ID.json" asks for one, "/requests.json" for many. */

static void
test_requests(entry_t *e)
{
    int                   rc;
    size_t                n;
    const char           *id;
    civic_str_t           asked = civic_null_str;
    civic_311_request_t  *list, *r;

    if (starts(e->path, "/requests/")) {
        id = e->path + strlen("/requests/");
        asked = civic_strn(id, (size_t) (strstr(id, ".json") - id));
    }

    rc = civic_open311_requests(e->status, e->body, asked, CIVIC_ZONE_IST,
                                &pool.arena, &list);

    if (cJSON_IsTrue(want(e, "error"))) {
        is_int(rc, CIVIC_DECLINED, "%s: not read", e->file);
        ok(list == NULL, "%s: nothing to show", e->file);
        return;
    }

    is_int(rc, CIVIC_OK, "%s", e->file);

    n = 0;

    for (r = list; r != NULL; r = r->next) {
        ok(r->request_id.len, "%s: an id", e->file);
        n++;
    }

    is_counted(e, n);

    if (asked.len) {
        is_int(n, 1, "%s: one", e->file);
        test_request(e, list);
    }
}


static void
test_request(entry_t *e, const civic_311_request_t *r)
{
    int           closed;
    const cJSON  *x;

    is_wanted(e, "service_request_id", r->request_id);
    is_wanted(e, "media_url", r->media_url);
    is_wanted(e, "client_ref", r->ref);

    closed = civic_str_is(r->status, "closed");

    x = want(e, "status");

    if (want(e, "detail") != NULL) {
        is_wanted(e, "detail", r->status);

    } else if (x != NULL && strcmp(x->valuestring, "unknown") == 0) {
        is_mem(r->status.data, r->status.len, "pending at zo",
               "%s: its own word, for civic_case_after() to refuse",
               e->file);

    } else {
        is_wanted(e, "status", r->status);
    }

    x = want(e, "closed");
    if (x != NULL) {
        is_int(closed, cJSON_IsTrue(x), "%s: closed", e->file);
    }

    x = want(e, "overdue_at");
    if (x != NULL) {
        ok(r->expected > 0 && r->expected
                   < civic_time_parse(civic_str(x->valuestring), 0),
           "%s: overdue", e->file);
    }

    x = want(e, "requested_datetime");
    if (x != NULL) {
        is_int(r->requested, civic_time_parse(civic_str(x->valuestring), 0),
               "%s: requested", e->file);
    }

    x = want(e, "lat");
    if (x != NULL) {
        ok(r->has_pin && r->lat == x->valuedouble
           && r->lng == want(e, "long")->valuedouble, "%s: point", e->file);
        is_int(r->description.len, 0, "null is empty");
        is_int(r->expected, 0, "an empty date is missing");
    }

    if (strstr(e->file, "epoch") != NULL) {
        ok(r->requested == 0 && r->updated > 0
           && civic_str_is(r->status, "open"),
           "%s: a bad date costs only itself", e->file);
    }

    if (strstr(e->file, "html") != NULL) {
        ok(memchr(r->notes.data, '<', r->notes.len) == NULL
           && !civic_311_contains(r->notes, "alert")
           && r->notes.len == strlen("\xe0\xa4\xb2\xe0\xa4\xbe\xe0\xa4\x87"
                  "\xe0\xa4\x9f \xe0\xa4\xac\xe0\xa4\xa6\xe0\xa4\xb2 "
                  "\xe0\xa4\xa6\xe0\xa5\x80 \xe0\xa4\x97\xe0\xa4\x88"),
           "%s: plain", e->file);
    }

    if (strstr(e->file, "extended.json") != NULL) {
        is_mem(r->status.data, r->status.len, "in_progress",
               "%s: the detail", e->file);
    }
}
