
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * How a loader tells what is wrong with a file: one line a fault, all faults
 * at once, each "file:line: what is wrong, what would be right".
 */


#ifndef _CIVIC_FAULT_H_INCLUDED_
#define _CIVIC_FAULT_H_INCLUDED_


#include "core/base/civic_str.h"


/* Called once for each fault; the line is the callee's only while it runs. */
typedef void (*civic_fault_pt)(void *data, const char *line);


typedef struct {
    civic_fault_pt   report;
    void            *data;
    unsigned         count;     /* faults so far */
} civic_faults_t;


/* Reports and counts one fault; line 0 stands for the file as a whole. */
void civic_fault(civic_faults_t *f, civic_str_t file, unsigned line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));


#endif /* _CIVIC_FAULT_H_INCLUDED_ */
