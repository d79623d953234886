
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Devanagari written as the same writer would type it in Latin letters, so
 * that one message has one form in both scripts once it is folded.  It is
 * for comparing only: what it makes is no standard's transliteration.
 */


#ifndef _CIVIC_ROMAN_H_INCLUDED_
#define _CIVIC_ROMAN_H_INCLUDED_


#include "core/base/civic_arena.h"


/*
 * Wants valid UTF-8.  Everything that is not Devanagari is kept; the result
 * is "s" itself when there is none.  data is NULL when out of memory.
 */
civic_str_t civic_roman(civic_str_t s, const civic_arena_t *a);


#endif /* _CIVIC_ROMAN_H_INCLUDED_ */
