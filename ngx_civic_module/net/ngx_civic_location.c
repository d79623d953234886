
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * nginx's search for a location (ngx_http_core_find_location(), the same from
 * 1.22 to current mainline) without a request.  It refuses to differ from it:
 * the longest prefix, within it nested locations, then regular expressions.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_civic_compat.h"
#include "net/ngx_civic_location.h"


static ngx_int_t ngx_civic_location_search(ngx_http_core_loc_conf_t *in,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **found);
static ngx_int_t ngx_civic_location_prefix(ngx_http_location_tree_node_t *node,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **found);


ngx_int_t
ngx_civic_location_find(ngx_http_core_loc_conf_t *in, ngx_str_t *uri,
    ngx_http_core_loc_conf_t **found)
{
    ngx_int_t  rc;

    *found = NULL;

    rc = ngx_civic_location_search(in, uri, found);

    if (rc == NGX_DONE) {
        return NGX_DONE;
    }

    return *found ? NGX_OK : NGX_DECLINED;
}


/* NGX_AGAIN, NGX_DECLINED: regular expressions around it are asked, too. */

static ngx_int_t
ngx_civic_location_search(ngx_http_core_loc_conf_t *in, ngx_str_t *uri,
    ngx_http_core_loc_conf_t **found)
{
    ngx_int_t                   rc;
    ngx_uint_t                  noregex;
    ngx_http_core_loc_conf_t  **regex;

    noregex = 0;

    rc = ngx_civic_location_prefix(in->static_locations, uri, found);

    if (rc == NGX_AGAIN) {
        noregex = (*found)->noregex;
        rc = ngx_civic_location_search(*found, uri, found);
    }

    if (rc == NGX_OK || rc == NGX_DONE || noregex) {
        return rc;
    }

    regex = ngx_civic_regex_locations(in);

    for ( /* void */ ; regex && *regex; regex++) {

        if (ngx_civic_regex_matches(*regex, uri)) {
            *found = *regex;
            (void) ngx_civic_location_search(*regex, uri, found);

            return NGX_OK;              /* nested ones only make it narrower */
        }
    }

    return rc;
}


/* NGX_OK: it is an exact one; NGX_AGAIN: a prefix. */

static ngx_int_t
ngx_civic_location_prefix(ngx_http_location_tree_node_t *node,
    ngx_str_t *uri, ngx_http_core_loc_conf_t **found)
{
    u_char     *p;
    size_t      len, n;
    ngx_int_t   rc, cmp;

    rc = NGX_DECLINED;
    p = uri->data;
    len = uri->len;

    while (node) {

        n = ngx_min(len, (size_t) node->len);
        cmp = ngx_filename_cmp(p, node->name, n);

        if (cmp != 0) {
            node = cmp < 0 ? node->left : node->right;

        } else if (len == (size_t) node->len) {
            *found = node->exact ? node->exact : node->inclusive;
            return node->exact ? NGX_OK : NGX_AGAIN;

        } else if (len < (size_t) node->len) {

            if (len + 1 == (size_t) node->len && node->auto_redirect) {
                *found = node->exact ? node->exact : node->inclusive;
                rc = NGX_DONE;
            }

            node = node->left;

        } else if (node->inclusive) {
            *found = node->inclusive;
            rc = NGX_AGAIN;

            p += n;
            len -= n;
            node = node->tree;

        } else {
            node = node->right;
        }
    }

    return rc;
}
