
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What every reader of Open311 answers shares: finding the items however
 * they are wrapped, ids digit by digit, text without markup, and what an
 * error body says.  For civic_open311_*.c only.
 */


#ifndef _CIVIC_OPEN311_ITEM_H_INCLUDED_
#define _CIVIC_OPEN311_ITEM_H_INCLUDED_


#include "core/wire/civic_json.h"
#include "core/wire/civic_open311.h"


/* Before the ticket in the last line of every description we send. */
#define CIVIC_311_REF  "Ref: WA-"


/*
 * A body with its items.  An array, one item without an array, and either
 * inside {"service_requests": ...} or {"request": ...} are all the same.
 */

typedef struct {
    civic_json_t   json;
    const cJSON   *item;        /* the next one */
    unsigned       single:1;    /* "item" is not in an array */
} civic_311_body_t;


/* CIVIC_OK, CIVIC_DECLINED or CIVIC_ERROR; civic_311_close() in any case. */
int civic_311_open(civic_311_body_t *b, civic_str_t body,
    const civic_arena_t *a);

/* CIVIC_ERROR if a copy failed on the way, otherwise "rc". */
int civic_311_close(civic_311_body_t *b, int rc);

/* The next item, an object; NULL after the last. */
const cJSON *civic_311_next(civic_311_body_t *b);

/* The items once more. */
void civic_311_rewind(civic_311_body_t *b);


/* Text or number, trimmed; "" rather than cut. */
civic_str_t civic_311_id(civic_json_t *j, const cJSON *o, const char *name);

/* Without markup and controls, cut to "max" bytes. */
civic_str_t civic_311_text(civic_json_t *j, const cJSON *o, const char *name,
    size_t max);

/* ASCII letters lowered, trimmed. */
civic_str_t civic_311_word(civic_json_t *j, const cJSON *o, const char *name);

/* A URL, the first of an array of them, or {"media_url": URL}. */
civic_str_t civic_311_url(civic_json_t *j, const cJSON *o, const char *name);


/* Markup becomes line breaks or nothing, entities characters. */
civic_str_t civic_311_plain(civic_str_t s, const civic_arena_t *a);

/* ASCII letters in any case. */
int civic_311_contains(civic_str_t s, const char *word);


#endif /* _CIVIC_OPEN311_ITEM_H_INCLUDED_ */
