
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * cJSON for hostile input.  Before cJSON sees a document one pass over it
 * bounds nesting and size, refuses what is no JSON, drops U+0000, replaces
 * lone surrogates, and turns every number into a string of its own digits:
 * cJSON keeps numbers as doubles, and an id above 2^53 would come out as
 * another id.  So members below are text, objects, arrays or booleans, and
 * whoever wants a number asks for one.  Nothing here outlives the tree but
 * what was copied into the arena.
 */


#ifndef _CIVIC_JSON_H_INCLUDED_
#define _CIVIC_JSON_H_INCLUDED_


#include <cjson/cJSON.h>

#include "core/base/civic_arena.h"


typedef struct {
    const civic_arena_t  *arena;
    cJSON                *root;
    unsigned              exhausted:1;  /* a copy failed: the caller answers
                                           CIVIC_ERROR when it is through */
} civic_json_t;


/*
 * CIVIC_OK; CIVIC_DECLINED if it is not JSON, nested deeper than "depth"
 * (at most 1000) or too large; CIVIC_ERROR without memory.  A leading byte
 * order mark is skipped.  civic_json_free() in every case.
 */
int civic_json_parse(civic_json_t *j, civic_str_t body, unsigned depth,
    const civic_arena_t *a);
void civic_json_free(civic_json_t *j);


/* Members by exact name; "o" may be NULL or no object: nothing is found. */

const cJSON *civic_json_get(const cJSON *o, const char *name);
const cJSON *civic_json_object(const cJSON *o, const char *name);
const cJSON *civic_json_array(const cJSON *o, const char *name);

/* 1 for true and "true" in any letter case. */
int civic_json_true(const cJSON *o, const char *name);

/* Digits only, at most "max" (below 10^18); 0 otherwise. */
int64_t civic_json_int(const cJSON *o, const char *name, int64_t max);

/* CIVIC_OK or CIVIC_DECLINED; never an infinity or no number. */
int civic_json_number(const cJSON *o, const char *name, double *n);

/* Text or digits, a view into the tree; "" if there is none. */
civic_str_t civic_json_view(const cJSON *o, const char *name);

/*
 * Copies in the arena.  An id is printable ASCII without white space around
 * it, and "" rather than cut when it is longer than "max"; a text is clean
 * UTF-8 and cut to "max" bytes.
 */
civic_str_t civic_json_id(civic_json_t *j, const cJSON *o, const char *name,
    size_t max);
civic_str_t civic_json_text(civic_json_t *j, const cJSON *o,
    const char *name, size_t max);

/* The same for a string that is already at hand, such as an array's item. */
civic_str_t civic_json_id_of(civic_json_t *j, civic_str_t s, size_t max);
civic_str_t civic_json_text_of(civic_json_t *j, civic_str_t s, size_t max);
civic_str_t civic_json_value(const cJSON *item);


/*
 * Writing: begin, put members, print.  A failure shows in print only; so
 * does a string whose data is NULL, which is a copy that failed.
 */

void civic_json_begin(civic_json_t *j, const civic_arena_t *a);
void civic_json_begin_array(civic_json_t *j, const civic_arena_t *a);
void civic_json_put(civic_json_t *j, cJSON *o, const char *name,
    civic_str_t s);
void civic_json_put_int(civic_json_t *j, cJSON *o, const char *name,
    int64_t n);
void civic_json_put_raw(civic_json_t *j, cJSON *o, const char *name,
    civic_str_t json);
cJSON *civic_json_put_object(civic_json_t *j, cJSON *o, const char *name);
cJSON *civic_json_put_array(civic_json_t *j, cJSON *o, const char *name);
cJSON *civic_json_put_item(civic_json_t *j, cJSON *array);

/* The document, in the arena, terminated; frees the tree; data may be NULL. */
civic_str_t civic_json_print(civic_json_t *j);


#endif /* _CIVIC_JSON_H_INCLUDED_ */
