
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * One line a fault.  A line too long for a terminal is cut, never refused.
 */


#include <stdarg.h>
#include <stdio.h>

#include "core/base/civic_fault.h"


#define CIVIC_FAULT_LINE  512       /* bytes; nginx cuts log lines at 2048 */


void
civic_fault(civic_faults_t *f, civic_str_t file, unsigned line,
    const char *fmt, ...)
{
    int      n;
    char     text[CIVIC_FAULT_LINE];
    va_list  args;

    if (line) {
        n = snprintf(text, sizeof(text), "%.*s:%u: ",
                     (int) file.len, file.data, line);
    } else {
        n = snprintf(text, sizeof(text), "%.*s: ", (int) file.len, file.data);
    }

    if (n >= 0 && (size_t) n < sizeof(text)) {
        va_start(args, fmt);
        (void) vsnprintf(text + n, sizeof(text) - (size_t) n, fmt, args);
        va_end(args);
    }

    f->count++;
    f->report(f->data, text);
}
