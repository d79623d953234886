
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a speech-to-text service is asked and what it answers: the compute
 * call of ULCA pipelines, which Bhashini, India's language platform, speaks
 * and others can be put behind.  Its text is a stranger's: bounded, cleaned,
 * and worth no more than a citizen's.
 *
 *   https://bhashini.gitbook.io/bhashini-apis/pipeline-compute-call
 *
 * "serviceId" is left out: the server chooses by task and language.
 */


#ifndef _CIVIC_SPEECH_H_INCLUDED_
#define _CIVIC_SPEECH_H_INCLUDED_


#include "core/city/civic_city.h"


/* Of an answer: a text and what surrounds it. */
#define CIVIC_SPEECH_ANSWER_MAX  65536

/* Bytes of what is heard: some minutes of speech. */
#define CIVIC_SPEECH_TEXT_MAX    8000


/*
 * The JSON of a request before and behind the sound, which is base64.  "type"
 * is that of the file (civic_media_type_t.ext), "lang" of the conversation:
 * whoever writes Hindi in Latin letters speaks Hindi.  CIVIC_ERROR: out of
 * memory.
 */
int civic_speech_request(civic_lang_e lang, civic_str_t type,
    const civic_arena_t *a, civic_str_t *head, civic_str_t *tail);


typedef enum {
    CIVIC_SPEECH_HEARD = 0,     /* text is set */
    CIVIC_SPEECH_SILENT,        /* there is no word in it */
    CIVIC_SPEECH_BUSY,          /* not just now */
    CIVIC_SPEECH_ODD            /* it says no, or what makes no sense */
} civic_speech_answer_e;

typedef struct {
    civic_speech_answer_e  kind;
    civic_str_t            text;
} civic_speech_answer_t;

/* status 0: no answer.  CIVIC_ERROR: out of memory. */
int civic_speech_answer(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_speech_answer_t *answer);


#endif /* _CIVIC_SPEECH_H_INCLUDED_ */
