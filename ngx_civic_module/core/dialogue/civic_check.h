
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the two halves of civic_dialogue_check() share.
 */


#ifndef _CIVIC_CHECK_H_INCLUDED_
#define _CIVIC_CHECK_H_INCLUDED_


#include "core/dialogue/civic_flow.h"


typedef struct {
    const civic_flow_t   *flow;
    const civic_city_t   *city;
    const civic_arena_t  *arena;
    civic_faults_t       *faults;
    size_t                debt;     /* units of what may stand around a body */
} civic_check_t;


/* Texts, shapes, menus, commands: civic_check_says.c. */
void civic_check_said(civic_check_t *c);

void civic_check_fault(civic_check_t *c, const char *what, const char *name,
    unsigned n);


#endif /* _CIVIC_CHECK_H_INCLUDED_ */
