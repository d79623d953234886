
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the wire_*.c tests share: an arena that can be told to run out, and
 * files under t/.  Each block is a malloc of its own, so that a sanitizer
 * sees every byte read past its end.
 */


#ifndef _CIVIC_WIRE_TEST_H_INCLUDED_
#define _CIVIC_WIRE_TEST_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>
#include <unistr.h>

#include "core/base/civic_arena.h"
#include "tap.h"


typedef struct test_block_s  test_block_t;

struct test_block_s {
    test_block_t  *next;
    max_align_t    data[];
};


typedef struct {
    civic_arena_t   arena;
    test_block_t   *blocks;
    long            left;       /* allocations until it is exhausted */
} test_arena_t;


static inline void *
test_alloc(void *pool, size_t size)
{
    test_block_t  *b;
    test_arena_t  *t = pool;

    if (t->left == 0) {
        return NULL;
    }

    t->left--;

    b = calloc(1, sizeof(test_block_t) + size);
    if (b == NULL) {
        abort();
    }

    b->next = t->blocks;
    t->blocks = b;

    return b->data;
}


static inline void
test_arena_free(test_arena_t *t)
{
    test_block_t  *b;

    while (t->blocks != NULL) {
        b = t->blocks;
        t->blocks = b->next;
        free(b);
    }

    t->left = -1;
}


/* A fresh arena in place of the one "t" was; zeroed at first. */

static inline const civic_arena_t *
test_arena(test_arena_t *t)
{
    test_arena_free(t);

    t->arena.alloc = test_alloc;
    t->arena.pool = t;

    return &t->arena;
}


/* A file of the project, whose top is the working directory or CIVIC_TOP. */

static inline civic_str_t
test_file(const char *dir, const char *name)
{
    FILE        *f;
    long         len;
    char        *data, path[512];
    const char  *top;

    top = getenv("CIVIC_TOP");

    (void) snprintf(path, sizeof(path), "%s/%s/%s", top ? top : ".", dir,
                    name);

    f = fopen(path, "rb");

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (len = ftell(f)) < 0) {
        printf("Bail out! cannot read %s\n", path);
        exit(2);
    }

    rewind(f);

    data = malloc((size_t) len + 1);

    if (data == NULL || fread(data, 1, (size_t) len, f) != (size_t) len) {
        printf("Bail out! cannot read %s\n", path);
        exit(2);
    }

    fclose(f);
    data[len] = '\0';

    return civic_strn(data, (size_t) len);
}


static inline void
test_file_free(civic_str_t s)
{
    free((void *) s.data);
}


/* A copy of exactly "len" bytes, so that one byte more is a fault. */

static inline civic_str_t
test_exact(const char *data, size_t len)
{
    char  *copy;

    copy = malloc(len ? len : 1);
    if (copy == NULL) {
        abort();
    }

    memcpy(copy, data, len);

    return civic_strn(copy, len);
}


static inline int
test_is_clean(civic_str_t s, size_t max)
{
    return s.len <= max
           && (s.len == 0
               || (u8_check((const uint8_t *) s.data, s.len) == NULL
                   && memchr(s.data, '\0', s.len) == NULL));
}


/* Reproducible noise (xorshift). */

static inline uint32_t
test_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;

    return *seed;
}


#endif /* _CIVIC_WIRE_TEST_H_INCLUDED_ */
