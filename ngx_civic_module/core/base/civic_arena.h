
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Where the core takes memory from: the caller's pool, through one function.
 * Nothing is freed piece by piece; everything goes with the pool.  Memory
 * comes zeroed.  NULL means exhausted and is passed up as CIVIC_ERROR.
 */


#ifndef _CIVIC_ARENA_H_INCLUDED_
#define _CIVIC_ARENA_H_INCLUDED_


#include "core/base/civic_str.h"


typedef struct {
    void  *(*alloc)(void *pool, size_t size);   /* zeroed, 8-byte aligned */
    void   *pool;
} civic_arena_t;


void *civic_arena_alloc(const civic_arena_t *a, size_t size);

/* A terminated copy; data is NULL when memory is exhausted. */
civic_str_t civic_arena_copy(const civic_arena_t *a, civic_str_t s);

/* printf into the arena, terminated; data is NULL when exhausted. */
civic_str_t civic_arena_printf(const civic_arena_t *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* _CIVIC_ARENA_H_INCLUDED_ */
