
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Strings in the caller's memory are copies, terminated, and tell when there
 * is no more.  Fails when a copy is a view, or a fixed field is overrun.
 */


#include "core/base/civic_arena.h"
#include "wire_test.h"


int
main(void)
{
    char          field[4] = "xyz";
    civic_str_t   s, copy;
    test_arena_t  t = { 0 };

    s = test_exact("kachra", 6);
    copy = civic_arena_copy(test_arena(&t), s);
    test_file_free(s);

    is_str(copy.data, "kachra", "a copy outlives its source, terminated");
    is_int(copy.len, 6, "and has its length");

    copy = civic_arena_copy(&t.arena, civic_strn(NULL, 0));
    ok(copy.data != NULL && copy.len == 0, "nothing is copied as nothing");

    copy = civic_arena_printf(&t.arena, "%s-%d", "ward", 85);
    is_str(copy.data, "ward-85", "printf");
    is_int(copy.len, 7, "and its length");

    t.left = 0;

    ok(civic_arena_copy(&t.arena, civic_str("a")).data == NULL,
       "copy tells that memory is exhausted");
    ok(civic_arena_printf(&t.arena, "a").data == NULL,
       "printf tells that memory is exhausted");

    is_int(civic_str_put(field, sizeof(field), civic_str("ab")), CIVIC_OK,
           "a field takes what fits");
    ok(memcmp(field, "ab\0\0", 4) == 0, "and is zero-filled");
    is_int(civic_str_put(field, sizeof(field), civic_str("abcd")),
           CIVIC_DECLINED, "a field refuses what does not fit");
    ok(memcmp(field, "\0\0\0\0", 4) == 0, "and is left empty, not cut");

    test_arena_free(&t);

    return done();
}
