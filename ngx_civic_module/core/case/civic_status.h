
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What became of a complaint, in the words a citizen is told, from what 311
 * says (contracts of GeoReport v2 and its extensions).  Unknown words keep
 * the state and are shown as text; nothing is closed by guessing.
 */


#ifndef _CIVIC_STATUS_H_INCLUDED_
#define _CIVIC_STATUS_H_INCLUDED_


#include "core/base/civic_str.h"


/* Also complaint.state in Postgres, as text: the names of the table. */

typedef enum {
    CIVIC_CASE_SAVED = 0,       /* with us, not yet confirmed by 311 */
    CIVIC_CASE_REGISTERED,      /* 311: open without notes */
    CIVIC_CASE_PROGRESS,        /* 311: open with notes, in_progress, ... */
    CIVIC_CASE_REFERRED,        /* sent to another department */
    CIVIC_CASE_RESOLVED,        /* fixed */
    CIVIC_CASE_CLOSED,          /* closed, reason in the notes */
    CIVIC_CASE_DUPLICATE,
    CIVIC_CASE_NOT_OURS,
    CIVIC_CASE_WITHDRAWN,
    CIVIC_CASE_REOPENED,
    CIVIC_CASE_HELD,            /* 311 refused it: the desk must look */
    CIVIC_CASE_MAX
} civic_case_e;


/* The name in Postgres and the last part of the text key "status_<name>". */
const char *civic_case_name(civic_case_e state);

/* CIVIC_DECLINED for a name that is none. */
int civic_case_of_name(civic_str_t name, civic_case_e *state);

int civic_case_is_closed(civic_case_e state);

/*
 * The state after 311 said "status" (any letter case, with or without
 * detail such as in_progress, fixed, duplicate) with or without notes, when
 * it was "before".  Unknown status: "before" is returned.
 */
civic_case_e civic_case_after(civic_case_e before, civic_str_t status,
    int has_notes);


#endif /* _CIVIC_STATUS_H_INCLUDED_ */
