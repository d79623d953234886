
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the bot says.  A text is filled with named values, each cut to the
 * length its placeholder may take, so that a text which passed the check at
 * "nginx -t" fits WhatsApp's limit with any value.
 */


#ifndef _CIVIC_TEXTS_H_INCLUDED_
#define _CIVIC_TEXTS_H_INCLUDED_


#include "core/city/civic_city.h"


/* A placeholder and the most UTF-16 units it may take. */

typedef struct {
    const char  *name;
    size_t       max;
} civic_placeholder_t;


typedef struct {
    const char   *name;         /* of the placeholder, without braces */
    civic_str_t   value;
} civic_value_t;


/* The one list of placeholders; ends with a NULL name. */
extern const civic_placeholder_t  civic_placeholders[];


/* The limit of a kind in UTF-16 units. */
size_t civic_text_limit(civic_text_kind_e kind);

/*
 * The text in "lang" with its placeholders filled.  A value that is missing
 * leaves nothing behind; one that is too long ends in an ellipsis.  Never
 * longer than the kind's limit; a template parameter has no line breaks.
 * Values must be valid UTF-8.  data is NULL when out of memory.
 */
civic_str_t civic_text_fill(const civic_text_t *t, civic_lang_e lang,
    const civic_value_t *values, size_t nvalues, const civic_arena_t *a);


#endif /* _CIVIC_TEXTS_H_INCLUDED_ */
