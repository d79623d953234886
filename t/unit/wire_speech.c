
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The speech service's JSON.  Fails when a request is not what the pipeline's
 * documentation shows, when an answer that is no text passes for one, or when
 * a hostile one costs more than its bounds.
 */


#include "core/wire/civic_json.h"
#include "core/wire/civic_speech.h"
#include "wire_test.h"


static void test_request(void);
static void test_heard(void);
static void test_statuses(void);
static void test_hostile(void);
static void test_bounds(void);
static void test_memory(void);


static test_arena_t  pool;

#define NA  "\xe0\xa4\xa8"


int
main(void)
{
    test_request();
    test_heard();
    test_statuses();
    test_hostile();
    test_bounds();
    test_memory();

    test_arena_free(&pool);

    return done();
}


static void
test_request(void)
{
    civic_str_t           head, tail, all;
    const civic_arena_t  *a = test_arena(&pool);

    ok(civic_speech_request(CIVIC_LANG_HI_LATN, civic_str("ogg"), a, &head,
                            &tail) == CIVIC_OK, "a request");

    all = civic_arena_printf(a, "%.*sT2dnUw==%.*s", (int) head.len, head.data,
                             (int) tail.len, tail.data);
    is_str(all.data,
           "{\"pipelineTasks\":[{\"taskType\":\"asr\",\"config\":{"
           "\"language\":{\"sourceLanguage\":\"hi\"},"
           "\"audioFormat\":\"ogg\",\"samplingRate\":16000}}],"
           "\"inputData\":{\"audio\":[{\"audioContent\":\"T2dnUw==\"}]}}",
           "is what the documentation shows");

    (void) civic_speech_request(CIVIC_LANG_EN, civic_str("mp3"), a, &head,
                                &tail);
    ok(strstr(head.data, "\"en\"") != NULL, "in English");
    ok(strstr(head.data, "\"mp3\"") != NULL, "of another type");
}


static civic_speech_answer_e
heard(unsigned status, const char *body, size_t len, civic_str_t *text)
{
    civic_str_t            s;
    civic_speech_answer_t  answer;

    s = test_exact(body, len);

    if (civic_speech_answer(status, s, test_arena(&pool), &answer)
        != CIVIC_OK)
    {
        answer.kind = -1;
    }

    free((void *) s.data);

    *text = answer.text;

    return answer.kind;
}


static void
is_heard(const char *source, const char *want)
{
    char         body[256];
    civic_str_t  text;

    (void) snprintf(body, sizeof(body),
                    "{\"pipelineResponse\":[{\"taskType\":\"asr\",\"config\":"
                    "null,\"output\":[{\"source\":\"%s\"}],\"audio\":null}]}",
                    source);

    is_int(heard(200, body, strlen(body), &text),
           *want ? CIVIC_SPEECH_HEARD : CIVIC_SPEECH_SILENT, "\"%s\"",
           source);
    is_mem(text.data, text.len, want, "is \"%s\"", want);
}


static void
test_heard(void)
{
    is_heard("light off", "light off");
    is_heard(NA NA, NA NA);
    is_heard("  \\n light  off \\t\\n", "light  off");
    is_heard("\\u0928", NA);
    is_heard("100", "100");
    is_heard("", "");
    is_heard(" \\n ", "");
    is_heard("...", "");
    is_heard("\xe2\x80\xa6", "");
    is_heard("a\\u0000b\\u202ec", "abc");
    is_heard("\\ud800 x", "\xef\xbf\xbd x");
}


static void
test_statuses(void)
{
    size_t       i;
    civic_str_t  text;

    static const char  body[] = "{\"pipelineResponse\":[{\"output\":["
                                "{\"source\":\"light\"}]}]}";
    static const struct {
        unsigned               status;
        civic_speech_answer_e  kind;
    } t[] = {
        { 200, CIVIC_SPEECH_HEARD }, { 0, CIVIC_SPEECH_BUSY },
        { 500, CIVIC_SPEECH_BUSY }, { 503, CIVIC_SPEECH_BUSY },
        { 429, CIVIC_SPEECH_BUSY }, { 408, CIVIC_SPEECH_BUSY },
        { 425, CIVIC_SPEECH_BUSY }, { 400, CIVIC_SPEECH_ODD },
        { 401, CIVIC_SPEECH_ODD }, { 404, CIVIC_SPEECH_ODD },
        { 413, CIVIC_SPEECH_ODD }, { 302, CIVIC_SPEECH_ODD },
        { 201, CIVIC_SPEECH_ODD }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        is_int(heard(t[i].status, body, strlen(body), &text), t[i].kind,
               "HTTP %u", t[i].status);
    }
}


static void
test_hostile(void)
{
    size_t       i, len;
    civic_str_t  text;

    static const struct {
        const char             *body;
        civic_speech_answer_e   kind;
    } t[] = {
        { "",                                       CIVIC_SPEECH_ODD },
        { "light off",                              CIVIC_SPEECH_ODD },
        { "<html>busy</html>",                      CIVIC_SPEECH_ODD },
        { "null",                                   CIVIC_SPEECH_ODD },
        { "[]",                                     CIVIC_SPEECH_ODD },
        { "{}",                                     CIVIC_SPEECH_ODD },
        { "{\"pipelineResponse\":{}}",              CIVIC_SPEECH_ODD },
        { "{\"pipelineResponse\":\"x\"}",           CIVIC_SPEECH_ODD },
        { "{\"pipelineResponse\":[]}",              CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[null]}",          CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[[\"x\"]]}",       CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{}]}",            CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":{\"source\":\"x\"}}]}",
          CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":[]}]}", CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":[\"x\"]}]}",
          CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":[{\"source\":[\"x\"]}]}]}",
          CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":[{\"source\":true}]}]}",
          CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":[{\"Source\":\"x\"}]}]}",
          CIVIC_SPEECH_SILENT },
        { "{\"pipelineResponse\":[{\"output\":[{\"source\":\"x\"}]}]} x",
          CIVIC_SPEECH_ODD }
    };

    static const char  good[] = "{\"pipelineResponse\":[{\"output\":["
                                "{\"source\":\"light off\"}]}]}";

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        is_int(heard(200, t[i].body, strlen(t[i].body), &text), t[i].kind,
               "%s", t[i].body);
        is_int(text.len, 0, "has no text");
    }

    /* an answer that breaks off is none, wherever it does */

    len = strlen(good);

    for (i = 0; i < len; i++) {
        if (heard(200, good, i, &text) != CIVIC_SPEECH_ODD) {
            break;
        }
    }

    is_int(i, len, "no part passes for the whole");
    is_int(heard(200, good, len, &text), CIVIC_SPEECH_HEARD, "which does");
}


static void
test_bounds(void)
{
    char         *body;
    size_t        n;
    civic_str_t   text;

    static const char  head[] = "{\"pipelineResponse\":[{\"output\":["
                                "{\"source\":\"";
    static const char  tail[] = "\"}]}]}";

    body = malloc(CIVIC_SPEECH_ANSWER_MAX + 1024);
    if (body == NULL) {
        abort();
    }

    /* a long text is cut between characters */

    n = sizeof(head) - 1;
    memcpy(body, head, n);

    while (n < 3 * 5000) {
        memcpy(body + n, NA, 3);
        n += 3;
    }

    memcpy(body + n, tail, sizeof(tail) - 1);
    n += sizeof(tail) - 1;

    is_int(heard(200, body, n, &text), CIVIC_SPEECH_HEARD, "a long text");
    is_int(text.len, CIVIC_SPEECH_TEXT_MAX / 3 * 3, "is cut");
    ok(test_is_clean(text, CIVIC_SPEECH_TEXT_MAX), "between characters");

    /* an answer that is too large is none */

    n = sizeof(head) - 1;
    memset(body + n, 'x', CIVIC_SPEECH_ANSWER_MAX);
    n = CIVIC_SPEECH_ANSWER_MAX - (sizeof(tail) - 1);
    memcpy(body + n, tail, sizeof(tail) - 1);

    is_int(heard(200, body, CIVIC_SPEECH_ANSWER_MAX, &text),
           CIVIC_SPEECH_HEARD, "as large as may be");

    body[n] = 'x';
    memcpy(body + n + 1, tail, sizeof(tail) - 1);

    is_int(heard(200, body, CIVIC_SPEECH_ANSWER_MAX + 1, &text),
           CIVIC_SPEECH_ODD, "a byte more");

    /* nor is one that is nested for ever */

    memset(body, '[', 4096);
    is_int(heard(200, body, 4096, &text), CIVIC_SPEECH_ODD, "nested");

    free(body);
}


static void
test_memory(void)
{
    int                     i, rc;
    civic_str_t             head, tail, body;
    const civic_arena_t    *a;
    civic_speech_answer_t   answer;

    body = civic_str("{\"pipelineResponse\":[{\"output\":["
                     "{\"source\":\"light\\n\"}]}]}");

    for (i = 0; i < 100; i++) {
        a = test_arena(&pool);
        pool.left = i;
        rc = civic_speech_answer(200, body, a, &answer);

        if (rc == CIVIC_OK) {
            break;
        }
    }

    ok(i > 0 && i < 100, "an answer without memory is an error");
    ok(answer.kind == CIVIC_SPEECH_HEARD, "with enough it is heard");

    for (i = 0; i < 100; i++) {
        a = test_arena(&pool);
        pool.left = i;

        if (civic_speech_request(CIVIC_LANG_HI, civic_str("ogg"), a, &head,
                                 &tail)
            == CIVIC_OK)
        {
            break;
        }
    }

    ok(i > 0 && i < 100, "so is a request");
}
