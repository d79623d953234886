
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * JSON before and through cJSON.  Fails when an id above 2^53 loses a digit,
 * when something that is no JSON passes, or when U+0000 or half a surrogate
 * pair costs more than itself.
 */


#include "core/wire/civic_json.h"
#include "wire_test.h"


static void test_documents(void);
static void test_numbers(void);
static void test_texts(void);
static void test_depth(void);
static void test_writing(void);


static test_arena_t  pool;


int
main(void)
{
    test_documents();
    test_numbers();
    test_texts();
    test_depth();
    test_writing();

    return done();
}


static int
parse(const char *text, civic_json_t *j)
{
    int          rc;
    civic_str_t  s;

    s = test_exact(text, strlen(text));
    rc = civic_json_parse(j, s, 8, test_arena(&pool));
    test_file_free(s);

    return rc;
}


static void
drop(civic_json_t *j)
{
    civic_json_free(j);
    test_arena_free(&pool);
}


static void
test_documents(void)
{
    size_t        i;
    civic_json_t  j;

    static const char  *good[] = {
        "{}", " [ ] ", "\xef\xbb\xbf{}", "{\"a\":-0.5e+10}", "[1,2\n]\n",
        "true", "0", "\"\"", "[\"\\ud83d\\ude00\"]", "[\"a\nb\"]"
    };

    static const char  *bad[] = {
        "", " ", "{", "}", "[", "{]", "[1,]", "{\"a\"}", "{\"a\":}", "[1 2]",
        "[001]", "[01]", "[-]", "[1.]", "[.5]", "[1e]", "[+1]", "[0x10]",
        "[1]x", "[]]", "[\"a]", "[\"\\x\"]", "[\"\\u12g4\"]", "[\"\\u12",
        "[\"\\", "callback([]);", "<html>", "nulll", "[NaN]", "[1\x01]",
        "{\"a\":1", "{\"a\":1,", "[\"a\\\"]"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        is_int(parse(good[i], &j), CIVIC_OK, "JSON: case %d",
               (int) i);
        drop(&j);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        is_int(parse(bad[i], &j), CIVIC_DECLINED, "no JSON: case %d",
               (int) i);
        drop(&j);
    }

    ok(civic_json_parse(&j, civic_strn("[\0]", 3), 8, test_arena(&pool))
       == CIVIC_DECLINED, "a NUL between tokens is no JSON");
    drop(&j);

    ok(civic_json_parse(&j, civic_strn("[\"\0\"]", 5), 8, test_arena(&pool))
       == CIVIC_DECLINED, "nor is one inside a string");
    drop(&j);
}


static void
test_numbers(void)
{
    double        n;
    civic_str_t   s;
    civic_json_t  j;

    is_int(parse("{\"id\":90071992547409931,\"small\":12,\"neg\":-7,"
                 "\"lat\":22.719568,\"text\":\"75.5\",\"big\":1e999,"
                 "\"nan\":\"nan\",\"hex\":\"0x10\",\"list\":[1,2],"
                 "\"long\":99999999999999999999,\"true\":\"TRUE\","
                 "\"yes\":true,\"no\":\"false\"}", &j), CIVIC_OK, "numbers");

    s = civic_json_id(&j, j.root, "id", 32);
    is_mem(s.data, s.len, "90071992547409931", "an id keeps every digit");

    s = civic_json_id(&j, j.root, "id", 16);
    is_int(s.len, 0, "an id too long is none, not a cut one");

    is_int(civic_json_int(j.root, "small", 100), 12, "an integer");
    is_int(civic_json_int(j.root, "small", 11), 0, "above its bound");
    is_int(civic_json_int(j.root, "neg", 100), 0, "below zero");
    is_int(civic_json_int(j.root, "long", INT64_MAX), 0, "above 10^18");
    is_int(civic_json_int(j.root, "absent", 100), 0, "absent");
    is_int(civic_json_int(j.root, "list", 100), 0, "of another type");

    ok(civic_json_number(j.root, "lat", &n) == CIVIC_OK && n == 22.719568,
       "a fraction");
    ok(civic_json_number(j.root, "text", &n) == CIVIC_OK && n == 75.5,
       "a fraction as text");
    is_int(civic_json_number(j.root, "big", &n), CIVIC_DECLINED, "infinity");
    is_int(civic_json_number(j.root, "nan", &n), CIVIC_DECLINED, "nan");
    is_int(civic_json_number(j.root, "hex", &n), CIVIC_DECLINED, "0x10");
    is_int(civic_json_number(j.root, "list", &n), CIVIC_DECLINED, "a list");

    ok(civic_json_true(j.root, "true"), "TRUE as text is true");
    ok(civic_json_true(j.root, "yes"), "true is true");
    ok(!civic_json_true(j.root, "no"), "\"false\" is not");
    ok(!civic_json_true(j.root, "absent"), "absent is not");

    drop(&j);
}


static void
test_texts(void)
{
    civic_str_t   s;
    civic_json_t  j;

    is_int(parse("{\"nul\":\"a\\u0000b\",\"half\":\"a\\ud83db\","
                 "\"low\":\"\\ude00\",\"two\":\"\\ud83d\\ud83d\\ude00\","
                 "\"ctl\":\"a\\u0007\\tb\",\"hi\":\"\\u0928\\u0932 x\","
                 "\"id\":\" A-1 \",\"raw\":\"\xff\",\"sl\":\"a\\/b\"}", &j),
           CIVIC_OK, "texts");

    s = civic_json_text(&j, j.root, "nul", 10);
    is_mem(s.data, s.len, "ab", "U+0000 is dropped");

    s = civic_json_text(&j, j.root, "half", 10);
    is_mem(s.data, s.len, "a\xef\xbf\xbd" "b", "half a pair is U+FFFD");

    s = civic_json_text(&j, j.root, "low", 10);
    is_mem(s.data, s.len, "\xef\xbf\xbd", "the other half too");

    s = civic_json_text(&j, j.root, "two", 10);
    is_mem(s.data, s.len, "\xef\xbf\xbd\xf0\x9f\x98\x80",
           "the pair after it is whole");

    s = civic_json_text(&j, j.root, "ctl", 10);
    is_mem(s.data, s.len, "a b", "controls go, a tab is a space");

    s = civic_json_text(&j, j.root, "hi", 5);
    is_mem(s.data, s.len, "\xe0\xa4\xa8", "cut between characters");

    s = civic_json_text(&j, j.root, "raw", 10);
    is_mem(s.data, s.len, "\xef\xbf\xbd", "ill-formed bytes are U+FFFD");

    s = civic_json_text(&j, j.root, "sl", 10);
    is_mem(s.data, s.len, "a/b", "an escaped slash");

    s = civic_json_id(&j, j.root, "id", 10);
    is_mem(s.data, s.len, "A-1", "an id is trimmed");

    s = civic_json_id(&j, j.root, "hi", 100);
    is_int(s.len, 0, "an id is ASCII");

    is_int(j.exhausted, 0, "memory was enough");

    pool.left = 0;
    (void) civic_json_text(&j, j.root, "hi", 10);
    is_int(j.exhausted, 1, "the end of memory is remembered");

    drop(&j);
}


static void
test_depth(void)
{
    char          *deep;
    size_t         i, n;
    civic_str_t    s;
    civic_json_t   j;

    is_int(parse("[[[[[[[[]]]]]]]]", &j), CIVIC_OK, "as deep as allowed");
    drop(&j);

    is_int(parse("[[[[[[[[[]]]]]]]]]", &j), CIVIC_DECLINED, "deeper");
    drop(&j);

    n = 1000000;
    deep = malloc(2 * n);

    memset(deep, '[', n);
    memset(deep + n, ']', n);

    s = civic_strn(deep, 2 * n);
    is_int(civic_json_parse(&j, s, 1000, test_arena(&pool)), CIVIC_DECLINED,
           "a million brackets");
    drop(&j);

    for (i = 0; i < 2 * n; i++) {
        deep[i] = "1,"[i & 1];
    }

    deep[0] = '[';
    deep[1] = ' ';
    deep[2 * n - 1] = ']';

    s = civic_strn(deep, 2 * n);
    is_int(civic_json_parse(&j, s, 1000, test_arena(&pool)), CIVIC_DECLINED,
           "a million values");
    drop(&j);

    free(deep);
}


static void
test_writing(void)
{
    int           n;
    cJSON        *o;
    civic_str_t   s;
    civic_json_t  j;

    for (n = 0; n < 5; n++) {

        (void) test_arena(&pool);
        pool.left = n;

        civic_json_begin(&j, &pool.arena);
        civic_json_put(&j, j.root, "a", civic_str("\"\n\\"));
        o = civic_json_put_object(&j, j.root, "o");
        civic_json_put(&j, o, "b", civic_str("\xe0\xa4\xa8"));
        o = civic_json_put_item(&j, civic_json_put_array(&j, o, "l"));
        civic_json_put(&j, o, "c", civic_str(""));
        s = civic_json_print(&j);

        if (n < 4) {
            ok(s.data == NULL, "nothing is printed with %d copies", n);

        } else {
            is_mem(s.data, s.len,
                   "{\"a\":\"\\\"\\n\\\\\",\"o\":{\"b\":\"\xe0\xa4\xa8\","
                   "\"l\":[{\"c\":\"\"}]}}", "a document is written");
        }

        test_arena_free(&pool);
    }
}
