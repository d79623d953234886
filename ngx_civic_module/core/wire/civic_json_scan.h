
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The pass over a JSON document before cJSON sees it; for civic_json.c only.
 */


#ifndef _CIVIC_JSON_SCAN_H_INCLUDED_
#define _CIVIC_JSON_SCAN_H_INCLUDED_


#include "core/base/civic_str.h"


/*
 * A webhook of 1000 updates has some 40,000 values.  cJSON spends about 80
 * bytes on each, so this bounds what a body can cost to 20 MB.
 */
#define CIVIC_JSON_VALUES_MAX  (1 << 18)


typedef struct {
    const char  *p;             /* from here */
    const char  *last;          /* to here */
    char        *out;           /* NULL: only counts */
    size_t       len;           /* of the output so far */
    unsigned     depth;         /* of open brackets */
    unsigned     depth_max;
    unsigned     values;
    unsigned     changed:1;     /* the output is not the input */
} civic_json_scan_t;


/* CIVIC_OK, and len is what "out" must hold; CIVIC_DECLINED: no JSON. */
int civic_json_scan(civic_json_scan_t *s);


static inline int
civic_json_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}


#endif /* _CIVIC_JSON_SCAN_H_INCLUDED_ */
