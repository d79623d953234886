
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A place written as coordinates: "22.7533, 75.8937" or the link of a map
 * that has them in it.  Words around them make it a text again: they may be
 * the complaint.
 */


#ifndef _CIVIC_POINT_H_INCLUDED_
#define _CIVIC_POINT_H_INCLUDED_


#include "core/base/civic_str.h"


/* CIVIC_OK and degrees, or CIVIC_DECLINED when it is no such text. */
int civic_point_read(civic_str_t text, double *lat, double *lng);


#endif /* _CIVIC_POINT_H_INCLUDED_ */
