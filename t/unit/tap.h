
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The Test Anything Protocol for unit tests, in one header: each check prints
 * one line and goes on.  It refuses to count for you: a test either plans
 * first or ends with done(), and main returns done() either way, so that a
 * failure is the exit code too.
 */


#ifndef _CIVIC_TAP_H_INCLUDED_
#define _CIVIC_TAP_H_INCLUDED_


#include <stdio.h>
#include <string.h>


typedef struct {
    int  planned;
    int  run;
    int  failed;
} tap_t;


static tap_t  tap;


#define plan(n)                 tap_plan(n)
#define ok(test, ...)                                                         \
    tap_ok(!!(test), #test, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...)                                                \
    tap_is_int(got, want, __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...)                                                \
    tap_is_str(got, want, __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, len, want, ...)                                           \
    tap_is_mem(got, len, want, __FILE__, __LINE__, __VA_ARGS__)
#define done()                  tap_done()


static inline void
tap_plan(int n)
{
    tap.planned = n;
    printf("1..%d\n", n);
}


__attribute__((format(printf, 5, 6)))
static inline int
tap_ok(int good, const char *test, const char *file, int line,
    const char *fmt, ...)
{
    __builtin_va_list  args;

    printf("%sok %d - ", good ? "" : "not ", ++tap.run);

    __builtin_va_start(args, fmt);
    vprintf(fmt, args);
    __builtin_va_end(args);

    printf("\n");

    if (!good) {
        tap.failed++;
        printf("# at %s:%d: %s\n", file, line, test);
    }

    fflush(stdout);

    return good;
}


#define tap_is_int(got, want, file, line, ...)                                \
    do {                                                                      \
        long long  tap_got_ = (got);                                          \
        long long  tap_want_ = (want);                                        \
                                                                              \
        if (!tap_ok(tap_got_ == tap_want_, #got, file, line, __VA_ARGS__)) {  \
            printf("#  got %lld\n# want %lld\n", tap_got_, tap_want_);        \
        }                                                                     \
    } while (0)


/* terminated strings; NULL equals only NULL */

#define tap_is_str(got, want, file, line, ...)                                \
    do {                                                                      \
        const char  *tap_got_ = (got);                                        \
        const char  *tap_want_ = (want);                                      \
                                                                              \
        if (!tap_ok(tap_got_ == tap_want_                                     \
                    || (tap_got_ && tap_want_                                 \
                        && strcmp(tap_got_, tap_want_) == 0),                 \
                    #got, file, line, __VA_ARGS__))                           \
        {                                                                     \
            printf("#  got \"%s\"\n# want \"%s\"\n",                          \
                   tap_got_ ? tap_got_ : "(NULL)",                            \
                   tap_want_ ? tap_want_ : "(NULL)");                         \
        }                                                                     \
    } while (0)


/* a counted string against a terminated one */

#define tap_is_mem(got, len, want, file, line, ...)                           \
    do {                                                                      \
        const char  *tap_got_ = (const char *) (got);                         \
        const char  *tap_want_ = (want);                                      \
        size_t       tap_len_ = (len);                                        \
                                                                              \
        if (!tap_ok(tap_len_ == strlen(tap_want_)                             \
                    && (tap_len_ == 0                                         \
                        || memcmp(tap_got_, tap_want_, tap_len_) == 0),       \
                    #got, file, line, __VA_ARGS__))                           \
        {                                                                     \
            printf("#  got \"%.*s\"\n# want \"%s\"\n", (int) tap_len_,        \
                   tap_got_ ? tap_got_ : "", tap_want_);                      \
        }                                                                     \
    } while (0)


static inline int
tap_done(void)
{
    if (tap.planned == 0) {
        printf("1..%d\n", tap.run);

    } else if (tap.planned != tap.run) {
        printf("# planned %d tests but ran %d\n", tap.planned, tap.run);
        return 1;
    }

    return tap.failed != 0;
}


#endif /* _CIVIC_TAP_H_INCLUDED_ */
