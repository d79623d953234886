
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Every difference between the nginx versions this module is built for
 * (1.22 to current mainline), and between their build options, is here and
 * nowhere else.  It refuses to hide anything but such differences: what can
 * be written the same way for all is written so where it is needed.
 */


#ifndef _NGX_CIVIC_COMPAT_H_INCLUDED_
#define _NGX_CIVIC_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Since 1.23.0 headers of one name are a list through ngx_table_elt_t.next,
 * and nginx follows it; a header pushed by us must end that list.
 */

#if (nginx_version >= 1023000)
#define ngx_civic_header_end(h)  (h)->next = NULL
#else
#define ngx_civic_header_end(h)
#endif


/*
 * Who makes a connection adds it to the number of active ones, from which
 * ngx_http_close_connection() subtracts it; without stub_status there is no
 * such number.
 */

#if (NGX_STAT_STUB)
#define ngx_civic_stat_connection()                                           \
    (void) ngx_atomic_fetch_add(ngx_stat_active, 1)
#else
#define ngx_civic_stat_connection()
#endif


/*
 * Without PCRE no location is a regular expression.  One that fails to match
 * fails again in each request, and nginx tells it there.
 */

#if (NGX_PCRE)
#define ngx_civic_regex_locations(clcf)  (clcf)->regex_locations
#define ngx_civic_regex_matches(clcf, uri)                                    \
    (ngx_regex_exec((clcf)->regex->regex, uri, NULL, 0) >= 0)
#else
#define ngx_civic_regex_locations(clcf)  NULL
#define ngx_civic_regex_matches(clcf, uri)  0
#endif


#endif /* _NGX_CIVIC_COMPAT_H_INCLUDED_ */
