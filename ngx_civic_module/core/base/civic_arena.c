
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Copies and printed strings in the caller's memory.  Nothing here frees.
 */


#include <stdarg.h>
#include <stdio.h>

#include "core/base/civic_arena.h"


void *
civic_arena_alloc(const civic_arena_t *a, size_t size)
{
    return a->alloc(a->pool, size);
}


civic_str_t
civic_arena_copy(const civic_arena_t *a, civic_str_t s)
{
    char         *p;
    civic_str_t   copy = civic_null_str;

    p = civic_arena_alloc(a, s.len + 1);
    if (p == NULL) {
        return copy;
    }

    if (s.len) {
        memcpy(p, s.data, s.len);
    }

    p[s.len] = '\0';

    return civic_strn(p, s.len);
}


civic_str_t
civic_arena_printf(const civic_arena_t *a, const char *fmt, ...)
{
    int           len;
    char         *p;
    va_list       args;
    civic_str_t   none = civic_null_str;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (len < 0) {
        return none;
    }

    p = civic_arena_alloc(a, (size_t) len + 1);
    if (p == NULL) {
        return none;
    }

    va_start(args, fmt);
    (void) vsnprintf(p, (size_t) len + 1, fmt, args);  /* measured above */
    va_end(args);

    return civic_strn(p, (size_t) len);
}
