
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Tracking numbers: seven digits and a check digit, in an order nobody can
 * guess.  A serial from Postgres goes through a keyed permutation of
 * 1000000..9999999, so numbers never collide and never need a look-up; after
 * nine million the numbers grow to eight digits and a check digit by
 * themselves.  The check digit (Damm) catches every single wrong digit and
 * every swap of neighbours.
 */


#ifndef _CIVIC_TICKET_H_INCLUDED_
#define _CIVIC_TICKET_H_INCLUDED_


#include "core/base/civic_str.h"


#define CIVIC_TICKET_MAX  12        /* digits, check digit, terminator */


/*
 * The number of "serial" (from 0) under the 16-byte key of the city, as
 * digits, terminated.  CIVIC_DECLINED when the serial is beyond 99 million.
 */
int civic_ticket_make(uint64_t serial, const unsigned char key[16],
    char ticket[CIVIC_TICKET_MAX]);

/* CIVIC_OK if the digits end in the right check digit. */
int civic_ticket_check(civic_str_t digits);

/*
 * Finds a well-formed number in what a citizen wrote: Devanagari digits,
 * "123 4567-8" and text around it are accepted.  CIVIC_OK and the digits;
 * CIVIC_DECLINED if there is none; CIVIC_AGAIN if something looks like a
 * number of ours but its check digit is wrong (ask to look again).
 */
int civic_ticket_find(civic_str_t text, char ticket[CIVIC_TICKET_MAX]);


#endif /* _CIVIC_TICKET_H_INCLUDED_ */
