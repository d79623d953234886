
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A counted string and the five results every layer of the core answers
 * with.  Strings are views: nobody frees them, they live as long as the
 * arena or the configuration they were cut from.  They are not terminated.
 */


#ifndef _CIVIC_STR_H_INCLUDED_
#define _CIVIC_STR_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>


#define CIVIC_OK         0      /* done */
#define CIVIC_ERROR     -1      /* failed: no memory or impossible input */
#define CIVIC_AGAIN     -2      /* not yet */
#define CIVIC_DONE      -4      /* finished elsewhere */
#define CIVIC_DECLINED  -5      /* not mine, not found, not acceptable */


typedef struct {
    size_t       len;
    const char  *data;
} civic_str_t;


#define civic_string(s)  { sizeof(s) - 1, s }
#define civic_null_str   { 0, NULL }


static inline civic_str_t
civic_str(const char *s)
{
    civic_str_t  v = { strlen(s), s };

    return v;
}


static inline civic_str_t
civic_strn(const char *s, size_t len)
{
    civic_str_t  v = { len, s };

    return v;
}


static inline int
civic_str_eq(civic_str_t a, civic_str_t b)
{
    return a.len == b.len
           && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/* Does "part" stand in "s"?  An empty one does not. */
static inline int
civic_str_has(civic_str_t s, civic_str_t part)
{
    size_t  i;

    for (i = 0; part.len && i + part.len <= s.len; i++) {
        if (memcmp(s.data + i, part.data, part.len) == 0) {
            return 1;
        }
    }

    return 0;
}


static inline int
civic_str_is(civic_str_t a, const char *s)
{
    return civic_str_eq(a, civic_str(s));
}


/*
 * Copies "s" into the fixed field "dst" of "size" bytes and zero-fills the
 * rest.  A string that does not fit leaves the field empty and returns
 * CIVIC_DECLINED: a cut identifier is a wrong identifier.
 */
static inline int
civic_str_put(char *dst, size_t size, civic_str_t s)
{
    memset(dst, 0, size);

    if (s.len >= size) {
        return CIVIC_DECLINED;
    }

    if (s.len) {
        memcpy(dst, s.data, s.len);
    }

    return CIVIC_OK;
}


#endif /* _CIVIC_STR_H_INCLUDED_ */
