
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Foreign text made safe, and text cut to the lengths WhatsApp counts, which
 * are UTF-16 units.  A cut never splits what a reader sees as one character:
 * not a Devanagari syllable, not a family emoji.
 */


#ifndef _CIVIC_UTF8_H_INCLUDED_
#define _CIVIC_UTF8_H_INCLUDED_


#include "core/base/civic_arena.h"


/*
 * Valid UTF-8 from any bytes: ill-formed sequences become U+FFFD, controls
 * and bidi controls go, tabs become spaces, "\n" stays.  The result is "s"
 * itself when there was nothing to do.  data is NULL when out of memory.
 */
civic_str_t civic_utf8_clean(civic_str_t s, const civic_arena_t *a);

/* The functions below want valid UTF-8. */

size_t civic_utf8_chars(civic_str_t s);         /* code points */
size_t civic_utf16_len(civic_str_t s);          /* UTF-16 units */

/* The longest whole-grapheme beginning of at most "max"; a view of "s". */
civic_str_t civic_utf8_cut(civic_str_t s, size_t max);
civic_str_t civic_utf16_cut(civic_str_t s, size_t max);

/*
 * The same, ending in U+2026 when something was cut off; the ellipsis counts.
 * data is NULL when out of memory.
 */
civic_str_t civic_utf16_ellipsis(civic_str_t s, size_t max,
    const civic_arena_t *a);


#endif /* _CIVIC_UTF8_H_INCLUDED_ */
