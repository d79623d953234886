
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The form in which two spellings of the same words are equal: compatibility
 * normalised, lower case, without nukta, zero-width and variation marks,
 * digits in ASCII, everything that is no letter, mark or digit one space,
 * and Roman Hindi vowels and aspirates reduced (kaachraa, kachara, kachra).
 * It is for comparing only and is never shown to anybody.
 */


#ifndef _CIVIC_FOLD_H_INCLUDED_
#define _CIVIC_FOLD_H_INCLUDED_


#include "core/base/civic_arena.h"


/*
 * Takes any bytes; ill-formed ones count as spaces.  The result has no space
 * at either end and never two together.  data is NULL when out of memory.
 */
civic_str_t civic_fold(civic_str_t s, const civic_arena_t *a);


#endif /* _CIVIC_FOLD_H_INCLUDED_ */
