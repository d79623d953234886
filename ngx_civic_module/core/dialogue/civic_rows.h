
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The words in which the rows of a dialogue are written; for its table alone,
 * they are short.
 */


#ifndef _CIVIC_ROWS_H_INCLUDED_
#define _CIVIC_ROWS_H_INCLUDED_


#define IN(state)    (1u << CIVIC_ST_##state)
#define ON(event)    (1ull << CIVIC_EV_##event)

#define ANY          0xffffffffu

#define SAYS         (ON(TEXT) | ON(TAP))
#define ANSWERS      (SAYS | ON(REACTION))
#define TAPS         (ON(TAP) | ON(REACTION))
#define TELLS        (ON(TEXT) | ON(PHOTO) | ON(VOICE) | ON(VIDEO) | ON(FILE))
#define MEDIA        (ON(PHOTO) | ON(VOICE) | ON(VIDEO) | ON(FILE))
#define STATUS       (ON(STATUS) | ON(NO_STATUS))

#define IF(a)        { civic_##a }
#define IF2(a, b)    { civic_##a, civic_##b }
#define DO(a)        { civic_##a }
#define DO2(a, b)    { civic_##a, civic_##b }
#define DO3(a, b, c) { civic_##a, civic_##b, civic_##c }
#define ALWAYS       { NULL }
#define NOTHING      { NULL }
#define SILENT       NULL

#define SAME         CIVIC_ST_SAME
#define NEXT         CIVIC_ST_NEXT
#define REST         CIVIC_ST_REST
#define WHAT         CIVIC_ST_WHAT
#define CHOOSE       CIVIC_ST_CHOOSE
#define WORDS        CIVIC_ST_WORDS
#define PLACE        CIVIC_ST_PLACE
#define RESUME       CIVIC_ST_RESUME
#define CHANGE       CIVIC_ST_CHANGE
#define SETTLED      CIVIC_ST_SETTLED


#endif /* _CIVIC_ROWS_H_INCLUDED_ */
