
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * An arena for tests of the dialogue: every block is a malloc of its own, so
 * that a sanitizer sees each byte read past its end, and it can be told to
 * run out.
 */


#ifndef _CIVIC_CHAT_POOL_H_INCLUDED_
#define _CIVIC_CHAT_POOL_H_INCLUDED_


#include <stdlib.h>

#include "core/base/civic_arena.h"


typedef struct chat_block_s  chat_block_t;

struct chat_block_s {
    chat_block_t   *next;
    max_align_t     data[];
};


typedef struct {
    civic_arena_t   arena;
    chat_block_t   *blocks;
    long            left;       /* allocations until it is exhausted, < 0 no */
} chat_pool_t;


static void *
chat_alloc(void *data, size_t size)
{
    chat_block_t  *b;
    chat_pool_t   *pool = data;

    if (pool->left == 0) {
        return NULL;
    }

    pool->left--;

    b = calloc(1, sizeof(chat_block_t) + size);
    if (b == NULL) {
        abort();
    }

    b->next = pool->blocks;
    pool->blocks = b;

    return b->data;
}


static void
chat_pool_init(chat_pool_t *pool)
{
    pool->arena.alloc = chat_alloc;
    pool->arena.pool = pool;
    pool->blocks = NULL;
    pool->left = -1;
}


static void
chat_pool_done(chat_pool_t *pool)
{
    chat_block_t  *b;

    while ((b = pool->blocks) != NULL) {
        pool->blocks = b->next;
        free(b);
    }
}


#endif /* _CIVIC_CHAT_POOL_H_INCLUDED_ */
