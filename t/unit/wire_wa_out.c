
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Bodies for the Cloud API and its answers.  Fails when a limit of section
 * 5.1 of Meta's contract moves by one unit, when a citizen's text breaks the
 * JSON around it, when a number goes out without '+', or when an answer is
 * taken for something it is not: above all, when a message that may be on a
 * telephone already would be sent again.
 */


#include <cjson/cJSON.h>

#include "core/base/civic_utf8.h"
#include "core/wire/civic_wa_out.h"
#include "wire_test.h"


#define HINDI  "\xe0\xa4\xa8"           /* one unit */
#define EMOJI  "\xf0\x9f\x98\x80"       /* two units */


static void test_bodies(void);
static void test_limits(void);
static void test_escapes(void);
static void test_template(void);
static void test_address(void);
static void test_codes(void);
static void test_answers(void);


static test_arena_t  pool;


int
main(void)
{
    test_bodies();
    test_limits();
    test_escapes();
    test_template();
    test_address();
    test_codes();
    test_answers();

    test_arena_free(&pool);

    return done();
}


/* "unit" as often as it takes to make n UTF-16 units. */

static civic_str_t
units(const char *unit, size_t n)
{
    char    *p;
    size_t   i, len, each;

    len = strlen(unit);
    each = civic_utf16_len(civic_str(unit));

    p = civic_arena_alloc(&pool.arena, len * n + 1);

    for (i = 0; i < n / each; i++) {
        memcpy(p + i * len, unit, len);
    }

    return civic_strn(p, i * len);
}


static civic_message_t
message(civic_msg_kind_e kind, size_t nchoices)
{
    size_t           i;
    civic_message_t  m;

    (void) test_arena(&pool);

    memset(&m, 0, sizeof(m));

    m.kind = kind;
    m.nchoices = nchoices;

    if (kind == CIVIC_MSG_TEMPLATE) {
        m.template_name = civic_str("complaint_status");
        m.template_lang = civic_str("hi");

    } else {
        m.body = civic_str("body");
    }

    if (kind == CIVIC_MSG_LIST) {
        m.list_button = civic_str("pick");
    }

    for (i = 0; i < nchoices && i < CIVIC_ROWS_MAX; i++) {
        m.choice[i].id = civic_arena_printf(&pool.arena, "id:%d", (int) i);
        m.choice[i].title = civic_arena_printf(&pool.arena, "t%d", (int) i);
    }

    return m;
}


static void
test_bodies(void)
{
    civic_str_t      s;
    civic_message_t  m;

    m = message(CIVIC_MSG_TEXT, 0);
    s = civic_wa_message(&m, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"text\",\"text\":{\"body\":\"body\","
           "\"preview_url\":false}}", "a text");

    m = message(CIVIC_MSG_BUTTONS, 2);
    m.footer = civic_str("foot");
    s = civic_wa_message(&m, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"interactive\",\"interactive\":{"
           "\"type\":\"button\",\"body\":{\"text\":\"body\"},"
           "\"footer\":{\"text\":\"foot\"},\"action\":{\"buttons\":["
           "{\"type\":\"reply\",\"reply\":{\"id\":\"id:0\","
           "\"title\":\"t0\"}},"
           "{\"type\":\"reply\",\"reply\":{\"id\":\"id:1\","
           "\"title\":\"t1\"}}]}}}", "buttons");

    m = message(CIVIC_MSG_LIST, 2);
    m.section = civic_str("sec");
    m.choice[1].note = civic_str("note");
    s = civic_wa_message(&m, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"interactive\",\"interactive\":{"
           "\"type\":\"list\",\"body\":{\"text\":\"body\"},\"action\":{"
           "\"button\":\"pick\",\"sections\":[{\"title\":\"sec\",\"rows\":["
           "{\"id\":\"id:0\",\"title\":\"t0\"},"
           "{\"id\":\"id:1\",\"title\":\"t1\","
           "\"description\":\"note\"}]}]}}}", "a list");

    m = message(CIVIC_MSG_ASK_PIN, 0);
    s = civic_wa_message(&m, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"interactive\",\"interactive\":{"
           "\"type\":\"location_request_message\",\"body\":{\"text\":"
           "\"body\"},\"action\":{\"name\":\"send_location\"}}}",
           "a location request");

    s = civic_wa_read(civic_str("wamid.X="), 0, &pool.arena);
    is_mem(s.data, s.len, "{\"messaging_product\":\"whatsapp\","
           "\"status\":\"read\",\"message_id\":\"wamid.X=\"}",
           "mark as read");

    s = civic_wa_read(civic_str("wamid.X="), 1, &pool.arena);
    is_mem(s.data, s.len, "{\"messaging_product\":\"whatsapp\","
           "\"status\":\"read\",\"message_id\":\"wamid.X=\","
           "\"typing_indicator\":{\"type\":\"text\"}}",
           "and show that an answer comes");

    pool.left = 2;
    ok(civic_wa_message(&m, &pool.arena).data == NULL, "without memory");
}


static int
fits(const civic_message_t *m)
{
    return civic_wa_message(m, &pool.arena).data != NULL;
}


/* Each limit: "max" units fit, one more does not, in three scripts. */

#define limit(m, field, max)                                                  \
    do {                                                                      \
        (m).field = units("x", max);                                          \
        ok(fits(&m), #field ": %d fit", max);                                 \
        (m).field = units(HINDI, max);                                        \
        ok(fits(&m), #field ": %d letters of Hindi", max);                    \
        (m).field = units(EMOJI, max);                                        \
        ok(fits(&m), #field ": %d units of emoji", max);                      \
        (m).field = units("x", max + 1);                                      \
        ok(!fits(&m), #field ": %d do not", max + 1);                         \
        (m).field = units(EMOJI, max + 2);                                    \
        ok(!fits(&m), #field ": nor emoji of that many units");               \
        (m).field = units("x", 1);                                            \
    } while (0)


static void
test_limits(void)
{
    size_t           n;
    civic_message_t  m;

    m = message(CIVIC_MSG_TEXT, 0);
    limit(m, body, 4096);
    m.body = civic_str("");
    ok(!fits(&m), "an empty text");

    m = message(CIVIC_MSG_TEXT, 1);
    ok(!fits(&m), "a text has no buttons");

    m = message(CIVIC_MSG_TEXT, 0);
    m.footer = civic_str("foot");
    ok(!fits(&m), "nor a footer");

    m = message(CIVIC_MSG_ASK_PIN, 0);
    limit(m, body, 1024);

    m = message(CIVIC_MSG_BUTTONS, 1);
    limit(m, body, 1024);
    limit(m, footer, 60);
    limit(m, choice[0].id, 256);
    limit(m, choice[0].title, 20);
    m.choice[0].note = civic_str("x");
    ok(!fits(&m), "a button has no description");

    for (n = 0; n <= 4; n++) {
        m = message(CIVIC_MSG_BUTTONS, n);
        is_int(fits(&m), n >= 1 && n <= 3, "%d buttons", (int) n);
    }

    m = message(CIVIC_MSG_BUTTONS, 2);
    m.choice[1].title = m.choice[0].title;
    ok(!fits(&m), "two buttons of one title");

    m = message(CIVIC_MSG_BUTTONS, 2);
    m.choice[1].id = m.choice[0].id;
    ok(!fits(&m), "two of one id");

    m = message(CIVIC_MSG_BUTTONS, 1);
    m.choice[0].title = civic_str("");
    ok(!fits(&m), "a button without a title");

    m = message(CIVIC_MSG_BUTTONS, 1);
    m.choice[0].id = civic_str("id ");
    ok(!fits(&m), "an id with a space at its end");

    m = message(CIVIC_MSG_LIST, 1);
    limit(m, body, 1024);
    limit(m, footer, 60);
    limit(m, list_button, 20);
    limit(m, section, 24);
    limit(m, choice[0].id, 200);
    limit(m, choice[0].title, 24);
    limit(m, choice[0].note, 72);

    m = message(CIVIC_MSG_LIST, 2);
    m.choice[1].title = m.choice[0].title;
    ok(fits(&m), "rows may share a title");

    for (n = 0; n <= 11; n++) {
        m = message(CIVIC_MSG_LIST, n);
        is_int(fits(&m), n >= 1 && n <= 10, "%d rows", (int) n);
    }

    m = message((civic_msg_kind_e) 99, 0);
    ok(!fits(&m), "a kind that is none");
}


/* What is written is read back the same by another parse. */

static void
test_escapes(void)
{
    size_t           i;
    cJSON           *o;
    civic_str_t      s;
    civic_message_t  m;

    static const char  *texts[] = {
        "\"},{\"to\":\"+910000000012", "\\", "\\u0000", "a\nb", "</script>",
        HINDI EMOJI, "\xe2\x80\xa8", "%s%n", "\x01\x1f"
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {

        m = message(CIVIC_MSG_TEXT, 0);
        m.body = civic_str(texts[i]);
        s = civic_wa_message(&m, &pool.arena);

        o = cJSON_Parse(s.data);
        is_int(cJSON_GetArraySize(o), 2, "two members, text %d", (int) i);
        is_str(cJSON_GetStringValue(cJSON_GetObjectItem(
                    cJSON_GetObjectItem(o, "text"), "body")), texts[i],
               "text %d comes back", (int) i);
        cJSON_Delete(o);
    }
}


static void
test_template(void)
{
    civic_str_t      s;
    civic_message_t  m;

    m = message(CIVIC_MSG_TEMPLATE, 0);
    s = civic_wa_message(&m, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"template\",\"template\":{"
           "\"name\":\"complaint_status\",\"language\":{\"code\":\"hi\"}}}",
           "a template without parameters");

    m = message(CIVIC_MSG_TEMPLATE, 1);
    m.nparams = 3;
    m.param[0] = civic_str(" a \n\t b      c ");
    m.param[1] = civic_str("");
    m.param[2] = civic_str(HINDI);
    s = civic_wa_message(&m, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"template\",\"template\":{"
           "\"name\":\"complaint_status\",\"language\":{\"code\":\"hi\"},"
           "\"components\":[{\"type\":\"body\",\"parameters\":["
           "{\"type\":\"text\",\"text\":\"a b c\"},"
           "{\"type\":\"text\",\"text\":\"-\"},"
           "{\"type\":\"text\",\"text\":\"" HINDI "\"}]},"
           "{\"type\":\"button\",\"sub_type\":\"quick_reply\","
           "\"index\":\"0\",\"parameters\":[{\"type\":\"payload\","
           "\"payload\":\"id:0\"}]}]}}",
           "parameters without line breaks, a payload");

    m.nparams = CIVIC_PARAMS_MAX + 1;
    ok(!fits(&m), "too many parameters");

    m = message(CIVIC_MSG_TEMPLATE, 0);
    m.template_name = civic_str("");
    ok(!fits(&m), "no name");

    m = message(CIVIC_MSG_TEMPLATE, 0);
    m.template_lang = civic_str("");
    ok(!fits(&m), "no language");

    m = message(CIVIC_MSG_TEMPLATE, 1);
    limit(m, choice[0].id, 128);
}


static void
test_address(void)
{
    civic_str_t  s, body = civic_string("{\"type\":\"text\"}");
    civic_who_t  who;

    memset(&who, 0, sizeof(who));
    (void) test_arena(&pool);

    ok(civic_wa_address(body, &who, 7, &pool.arena).data == NULL,
       "nobody is no address");

    who.user_id = civic_str("IN.100000000000017");
    s = civic_wa_address(body, &who, INT64_MAX, &pool.arena);
    is_mem(s.data, s.len, "{\"type\":\"text\","
           "\"messaging_product\":\"whatsapp\","
           "\"recipient_type\":\"individual\","
           "\"recipient\":\"IN.100000000000017\","
           "\"biz_opaque_callback_data\":\"9223372036854775807\"}",
           "to a user id, with an outbox id above 2^53");

    who.phone = civic_str("910000000011");
    s = civic_wa_address(civic_str("{\"to\":\"x\",\"recipient\":\"y\","
                                   "\"text\":{\"preview_url\":false}}"),
                         &who, 7, &pool.arena);
    is_mem(s.data, s.len, "{\"text\":{\"preview_url\":false},"
           "\"messaging_product\":\"whatsapp\","
           "\"recipient_type\":\"individual\",\"to\":\"+910000000011\","
           "\"biz_opaque_callback_data\":\"7\"}",
           "a number wins, has its '+', and replaces what was there");

    ok(civic_wa_address(civic_str("[]"), &who, 7, &pool.arena).data == NULL,
       "an array is no stored body");
    ok(civic_wa_address(civic_str("{"), &who, 7, &pool.arena).data == NULL,
       "nor is half an object");
    ok(civic_wa_address(civic_str(""), &who, 7, &pool.arena).data == NULL,
       "nor nothing");

    for (pool.left = 0; ; ) {
        long  n = pool.left;

        s = civic_wa_address(body, &who, 7, &pool.arena);

        if (s.data != NULL) {
            ok(n > 5, "memory may end at any of %ld allocations", n);
            break;
        }

        (void) test_arena(&pool);
        pool.left = n + 1;
    }
}


static civic_wa_answer_t
answer(unsigned status, unsigned sent, const char *body)
{
    civic_wa_answer_t  a;

    is_int(civic_wa_answer(status, sent, civic_str(body), test_arena(&pool),
                           &a), CIVIC_OK, "answer %u %.40s", status, body);

    return a;
}


/* Section 7.2 of the contract, written down a second time. */

static const struct {
    int                code;
    unsigned           status;
    civic_wa_answer_e  kind;
} codes[] = {
    { 0, 401, CIVIC_WA_ALERT },         { 1, 400, CIVIC_WA_RETRY },
    { 2, 503, CIVIC_WA_BUSY },         { 3, 500, CIVIC_WA_ALERT },
    { 4, 400, CIVIC_WA_BUSY },         { 10, 403, CIVIC_WA_ALERT },
    { 33, 400, CIVIC_WA_ALERT },        { 100, 400, CIVIC_WA_NEVER },
    { 190, 401, CIVIC_WA_ALERT },       { 199, 400, CIVIC_WA_NEVER },
    { 200, 403, CIVIC_WA_ALERT },       { 250, 400, CIVIC_WA_ALERT },
    { 299, 403, CIVIC_WA_ALERT },       { 300, 400, CIVIC_WA_NEVER },
    { 368, 403, CIVIC_WA_ALERT },       { 80007, 400, CIVIC_WA_BUSY },
    { 130403, 400, CIVIC_WA_NEVER },    { 130429, 400, CIVIC_WA_BUSY },
    { 130472, 400, CIVIC_WA_NEVER },    { 130497, 403, CIVIC_WA_NEVER },
    { 131000, 500, CIVIC_WA_RETRY },    { 131005, 403, CIVIC_WA_ALERT },
    { 131008, 400, CIVIC_WA_NEVER },    { 131009, 400, CIVIC_WA_NEVER },
    { 131016, 500, CIVIC_WA_BUSY },    { 131021, 400, CIVIC_WA_NEVER },
    { 131026, 400, CIVIC_WA_NEVER },    { 131030, 400, CIVIC_WA_NEVER },
    { 131031, 403, CIVIC_WA_ALERT },    { 131037, 400, CIVIC_WA_ALERT },
    { 131042, 400, CIVIC_WA_ALERT },    { 131045, 500, CIVIC_WA_ALERT },
    { 131047, 400, CIVIC_WA_WINDOW },   { 131048, 400, CIVIC_WA_ALERT },
    { 131049, 400, CIVIC_WA_NEVER },    { 131050, 400, CIVIC_WA_NEVER },
    { 131051, 400, CIVIC_WA_NEVER },    { 131052, 400, CIVIC_WA_NEVER },
    { 131053, 400, CIVIC_WA_RETRY },    { 131055, 400, CIVIC_WA_NEVER },
    { 131056, 400, CIVIC_WA_PAIR },     { 131057, 500, CIVIC_WA_BUSY },
    { 131060, 400, CIVIC_WA_NEVER },    { 131061, 400, CIVIC_WA_NEVER },
    { 131062, 400, CIVIC_WA_NEVER },    { 131063, 400, CIVIC_WA_ALERT },
    { 131064, 400, CIVIC_WA_ALERT },    { 132000, 400, CIVIC_WA_NEVER },
    { 132001, 404, CIVIC_WA_NEVER },    { 132005, 400, CIVIC_WA_NEVER },
    { 132007, 400, CIVIC_WA_NEVER },    { 132012, 400, CIVIC_WA_NEVER },
    { 132015, 400, CIVIC_WA_RETRY },    { 132016, 400, CIVIC_WA_NEVER },
    { 132018, 400, CIVIC_WA_NEVER },    { 132068, 400, CIVIC_WA_RETRY },
    { 132069, 400, CIVIC_WA_RETRY },    { 133000, 500, CIVIC_WA_ALERT },
    { 133004, 503, CIVIC_WA_BUSY },    { 133005, 400, CIVIC_WA_ALERT },
    { 133006, 400, CIVIC_WA_ALERT },    { 133008, 400, CIVIC_WA_ALERT },
    { 133009, 400, CIVIC_WA_ALERT },    { 133010, 400, CIVIC_WA_ALERT },
    { 133015, 400, CIVIC_WA_ALERT },    { 133016, 400, CIVIC_WA_RETRY },
    { 134011, 400, CIVIC_WA_ALERT },    { 135000, 400, CIVIC_WA_NEVER },
    { 137000, 400, CIVIC_WA_NEVER },

    /* not published: the status decides */

    { 999999, 400, CIVIC_WA_NEVER },    { 999999, 401, CIVIC_WA_ALERT },
    { 999999, 403, CIVIC_WA_ALERT },    { 999999, 429, CIVIC_WA_RETRY },
    { 999999, 500, CIVIC_WA_RETRY }
};


static void
test_codes(void)
{
    char               body[256];
    size_t             i;
    civic_wa_answer_t  a;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {

        sprintf(body, "{\"error\":{\"message\":\"m\",\"code\":%d,"
                "\"error_data\":{\"details\":\"d\"},\"fbtrace_id\":\"t\"}}",
                codes[i].code);

        a = answer(codes[i].status, 1, body);
        is_int(a.kind, codes[i].kind, "code %d", codes[i].code);
        is_int(a.code, codes[i].code, "is told");
        is_int(a.wamid.len, 0, "without a wamid");
    }
}


static void
test_answers(void)
{
    size_t             i;
    civic_wa_answer_t  a;

    static const struct {
        unsigned           status;
        unsigned           sent;
        const char        *body;
        civic_wa_answer_e  kind;
    } cases[] = {
        /* nobody answered */
        { 0,   0, "", CIVIC_WA_BUSY },
        { 0,   1, "", CIVIC_WA_DOUBT },

        /* something between us and Graph answered */
        { 500, 1, "", CIVIC_WA_DOUBT },
        { 502, 1, "<html>Bad Gateway</html>", CIVIC_WA_DOUBT },
        { 503, 1, "Service Unavailable", CIVIC_WA_DOUBT },
        { 504, 1, "{\"message\":\"timeout\"}", CIVIC_WA_DOUBT },
        { 429, 1, "slow down", CIVIC_WA_BUSY },
        { 408, 1, "", CIVIC_WA_BUSY },
        { 301, 1, "", CIVIC_WA_ALERT },
        { 403, 1, "<html>Forbidden</html>", CIVIC_WA_ALERT },
        { 404, 1, "<html>Not Found</html>", CIVIC_WA_ALERT },
        { 413, 1, "", CIVIC_WA_ALERT },

        /* accepted, but as what? */
        { 200, 1, "", CIVIC_WA_DOUBT },
        { 200, 1, "{\"messages\":[{\"id\":\"wamid.", CIVIC_WA_DOUBT },
        { 200, 1, "{\"messages\":[]}", CIVIC_WA_DOUBT },
        { 200, 1, "{\"messages\":[{\"id\":null}]}", CIVIC_WA_DOUBT },
        { 200, 1, "{\"messages\":{\"id\":\"wamid.A\"}}", CIVIC_WA_DOUBT },
        { 200, 1, "[]", CIVIC_WA_DOUBT },
        { 200, 1, "<html>login</html>", CIVIC_WA_DOUBT },
        { 200, 1, "{\"success\":false}", CIVIC_WA_DOUBT },
        { 200, 1, "{\"success\":true}", CIVIC_WA_OK },

        /* Graph's word goes before the status */
        { 200, 1, "{\"error\":{\"code\":131047}}", CIVIC_WA_WINDOW },
        { 500, 1, "{\"error\":{\"code\":\"131056\"}}", CIVIC_WA_PAIR },
        { 400, 1, "{\"error\":{}}", CIVIC_WA_NEVER },
        { 500, 1, "{\"error\":{}}", CIVIC_WA_RETRY },
        { 400, 1, "{\"error\":{\"is_transient\":true}}", CIVIC_WA_RETRY },
        { 400, 1, "{\"error\":\"text\"}", CIVIC_WA_ALERT },
        { 400, 1, "{\"error\":{\"code\":-5}}", CIVIC_WA_NEVER }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        a = answer(cases[i].status, cases[i].sent, cases[i].body);
        is_int(a.kind, cases[i].kind, "means %d", (int) cases[i].kind);
    }

    a = answer(200, 1, "{\"messaging_product\":\"whatsapp\",\"contacts\":[{"
               "\"input\":\"+910000000011\",\"wa_id\":\"910000000011\"}],"
               "\"messages\":[{\"id\":\"wamid.HBg=\"}]}");
    is_int(a.kind, CIVIC_WA_OK, "accepted");
    is_mem(a.wamid.data, a.wamid.len, "wamid.HBg=", "with its wamid");

    (void) test_arena(&pool);
    pool.left = 0;
    is_int(civic_wa_answer(200, 1, civic_str("{\"messages\":[{\"id\":"
                                             "\"wamid.A\"}]}"),
                           &pool.arena, &a), CIVIC_ERROR,
           "a wamid that cannot be kept is an error, not doubt");
}
