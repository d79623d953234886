
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The speech service's JSON.  Nothing of an answer counts but the text of its
 * first task's first output.
 */


#include "core/wire/civic_json.h"
#include "core/wire/civic_speech.h"


#define CIVIC_SPEECH_DEPTH  16


/* What WhatsApp records voice notes at; each file says so itself. */
#define CIVIC_SPEECH_RATE   16000


static civic_str_t civic_speech_text(civic_json_t *j);
static int civic_speech_is_word(char c);


int
civic_speech_request(civic_lang_e lang, civic_str_t type,
    const civic_arena_t *a, civic_str_t *head, civic_str_t *tail)
{
    cJSON         *task, *config, *input;
    civic_json_t   j;

    static const char  behind[] = "\"}]}}";

    civic_json_begin(&j, a);

    if (j.exhausted) {
        return CIVIC_ERROR;
    }

    task = civic_json_put_item(&j, civic_json_put_array(&j, j.root,
                                                        "pipelineTasks"));
    civic_json_put(&j, task, "taskType", civic_str("asr"));

    config = civic_json_put_object(&j, task, "config");
    civic_json_put(&j, civic_json_put_object(&j, config, "language"),
                   "sourceLanguage",
                   civic_str(lang == CIVIC_LANG_EN ? "en" : "hi"));
    civic_json_put(&j, config, "audioFormat", type);
    civic_json_put_int(&j, config, "samplingRate", CIVIC_SPEECH_RATE);

    input = civic_json_put_object(&j, j.root, "inputData");
    civic_json_put(&j, civic_json_put_item(&j, civic_json_put_array(&j, input,
                                                                 "audio")),
                   "audioContent", civic_str(""));

    *head = civic_json_print(&j);

    if (head->data == NULL) {
        return CIVIC_ERROR;
    }

    /* the sound is last: what stands behind it is known */

    *tail = civic_str(behind);
    head->len -= tail->len;

    return CIVIC_OK;
}


int
civic_speech_answer(unsigned status, civic_str_t body, const civic_arena_t *a,
    civic_speech_answer_t *answer)
{
    int           rc;
    civic_json_t  j;

    answer->text = civic_str("");
    answer->kind = status == 0 || status >= 500 || status == 408
                   || status == 425 || status == 429 ? CIVIC_SPEECH_BUSY
                                                     : CIVIC_SPEECH_ODD;

    if (status != 200 || body.len > CIVIC_SPEECH_ANSWER_MAX) {
        return CIVIC_OK;
    }

    rc = civic_json_parse(&j, body, CIVIC_SPEECH_DEPTH, a);

    if (rc == CIVIC_OK && civic_json_array(j.root, "pipelineResponse")) {
        answer->text = civic_speech_text(&j);
        answer->kind = answer->text.len ? CIVIC_SPEECH_HEARD
                                        : CIVIC_SPEECH_SILENT;
        rc = j.exhausted ? CIVIC_ERROR : CIVIC_OK;
    }

    civic_json_free(&j);

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


/* Without white space around it; "" if there is no letter or digit in it. */

static civic_str_t
civic_speech_text(civic_json_t *j)
{
    size_t        i;
    civic_str_t   text;
    const cJSON  *task;

    task = cJSON_GetArrayItem(civic_json_array(j->root, "pipelineResponse"),
                              0);
    text = civic_json_text(j, cJSON_GetArrayItem(civic_json_array(task,
                                                                  "output"),
                                                 0),
                           "source", CIVIC_SPEECH_TEXT_MAX);

    while (text.len && (text.data[0] == ' ' || text.data[0] == '\n')) {
        text = civic_strn(text.data + 1, text.len - 1);
    }

    while (text.len && (text.data[text.len - 1] == ' '
                        || text.data[text.len - 1] == '\n'))
    {
        text.len--;
    }

    for (i = 0; i < text.len; i++) {
        if (civic_speech_is_word(text.data[i])) {
            return text;
        }
    }

    return civic_str("");
}


/* Every script of India begins below U+2000, punctuation above. */

static int
civic_speech_is_word(char c)
{
    unsigned char  u = (unsigned char) c;

    return (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z')
           || (u >= 0xc3 && u <= 0xe1);
}
