
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Instants as other systems write them, and as a citizen's clock shows them.
 * The zone is always given, as seconds east of UTC; no clock is read here.
 */


#ifndef _CIVIC_TIME_H_INCLUDED_
#define _CIVIC_TIME_H_INCLUDED_


#include "core/base/civic_str.h"


#define CIVIC_ZONE_IST  19800       /* +05:30, without summer time */


/* The parts of a local date; the words for them are in texts.csv. */

typedef struct {
    int  year;
    int  month;         /* 1 to 12 */
    int  day;           /* 1 to 31 */
    int  hour;          /* 0 to 23 */
    int  hour12;        /* 1 to 12 */
    int  pm;            /* 0 or 1 */
    int  minute;
    int  second;
    int  weekday;       /* 0 is Sunday */
} civic_date_t;


/*
 * ISO 8601 or W3C: 2026-11-23, 2026-11-23T09:15, with seconds, fractions
 * (dropped), Z, +05:30, +0530 or +05; a space may stand for the T.  Without
 * an offset "zone" holds; a date alone is its first second.  Seconds since
 * 1970; 0 when it cannot be read, which no due date of ours is.
 */
int64_t civic_time_parse(civic_str_t s, int zone);

void civic_time_date(int64_t t, int zone, civic_date_t *d);


#endif /* _CIVIC_TIME_H_INCLUDED_ */
