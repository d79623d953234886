
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * How a name sounds: letters of either script become plain Latin ones, and
 * what Indian writers vary in names is made equal.  Vijaynagar, Vijay Nagar
 * and their Devanagari have one key.  It is for comparing only.
 */


#ifndef _CIVIC_KEY_H_INCLUDED_
#define _CIVIC_KEY_H_INCLUDED_


#include "core/base/civic_str.h"


#define CIVIC_KEY_WORD_MAX  32      /* letters of a word that count */
#define CIVIC_KEY_MAX       48      /* letters of a name's key */


/*
 * Cuts the next word of letters and digits, Latin or Devanagari, off "text"
 * and writes its Latin letters, at most CIVIC_KEY_WORD_MAX of them.  Returns
 * how many, 0 at the end.  "word" becomes the view of the text it stands in.
 * "text" is valid UTF-8.
 */
size_t civic_key_word(civic_str_t *text, civic_str_t *word, char *latin);

/* What of a key is done, whatever letters follow. */

typedef struct {
    size_t  at;                         /* letters */
    size_t  len;                        /* of the key */
} civic_sound_t;


/*
 * Latin letters to a key of less than "size" letters; its length.  A key may
 * be longer than its letters ("x" sounds like two): keys that are compared
 * have the same "size", CIVIC_KEY_MAX for all of ours.  "key" is not over
 * "latin".
 */
size_t civic_key_sound(const char *latin, size_t n, char *key, size_t size);

/*
 * The same of letters that grow at their end: "done" is zeroed before the
 * first call, and "key" is kept between calls.
 */
size_t civic_key_sound_on(const char *latin, size_t n, char *key,
    size_t size, civic_sound_t *done);

/*
 * The key of a whole name, in CIVIC_KEY_MAX bytes; 0 when it has no letter or
 * is too long.
 */
size_t civic_key_name(civic_str_t name, char *key);


#endif /* _CIVIC_KEY_H_INCLUDED_ */
