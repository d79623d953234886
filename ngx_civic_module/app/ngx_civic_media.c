
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Links to files of citizens.  A link is the file's name under a code that
 * only we can make from it, so whoever has it was given it.  What is served
 * was sent by a stranger: it comes under the type its bytes have, is shown
 * only if nothing in it can run, and may load nothing.  Nor is a link that is
 * good left for error.log.
 */


#include "ngx_civic_compat.h"
#include "app/ngx_civic_media.h"
#include "app/ngx_civic_signature.h"

#include <openssl/crypto.h>


#define NGX_CIVIC_MEDIA_DIGEST  32


extern ngx_module_t  ngx_http_civic_module;


static ngx_int_t ngx_civic_media_check(ngx_civic_worker_t *w, ngx_str_t *uri,
    civic_str_t *name, const civic_media_type_t **type);
static void ngx_civic_media_veil(ngx_http_request_t *r, civic_str_t name);
static ngx_uint_t ngx_civic_media_dashes(ngx_str_t *s, const u_char *code);
static ngx_int_t ngx_civic_media_open(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of);
static ngx_int_t ngx_civic_media_headers(ngx_http_request_t *r,
    const civic_media_type_t *type, ngx_open_file_info_t *of);
static ngx_int_t ngx_civic_media_header(ngx_http_request_t *r,
    const char *name, const char *value);
static ngx_int_t ngx_civic_media_send(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of);


civic_str_t
ngx_civic_media_link(ngx_civic_worker_t *w, civic_str_t name,
    const civic_arena_t *a)
{
    char         code[CIVIC_MEDIA_CODE_LEN + 1];
    u_char       md[NGX_CIVIC_MEDIA_DIGEST];
    ngx_str_t    text;
    civic_str_t  none = civic_null_str;

    text = ngx_civic_str(name);

    if (w->conf->media_url.len == 0
        || ngx_civic_signature_make(w->media_macs[0], &text, md) != NGX_OK)
    {
        return none;
    }

    civic_media_code(md, code);

    return civic_arena_printf(a, "%.*s/%s/%.*s", (int) w->conf->media_url.len,
                              w->conf->media_url.data, code, (int) name.len,
                              name.data);
}


ngx_int_t
ngx_civic_media_handler(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_str_t                  path;
    civic_str_t                name;
    ngx_civic_worker_t        *w;
    ngx_open_file_info_t       of;
    ngx_civic_main_conf_t     *conf;
    const civic_media_type_t  *type;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    conf = ngx_http_get_module_main_conf(r, ngx_http_civic_module);
    w = conf->worker;

    rc = ngx_civic_media_check(w, &r->uri, &name, &type);

    if (rc == NGX_DECLINED) {
        ngx_civic_count(w->zone, NGX_CIVIC_STAT_MEDIA_DENIED);
        return NGX_HTTP_NOT_FOUND;
    }

    ngx_civic_media_veil(r, name);

    path = ngx_civic_media_file_path(conf, name, r->pool);

    if (rc != NGX_OK || path.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_civic_media_open(r, &path, &of);

    if (rc == NGX_OK) {
        rc = ngx_civic_media_headers(r, type, &of);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_civic_count(w->zone, NGX_CIVIC_STAT_MEDIA_SERVED);

    return ngx_civic_media_send(r, &path, &of);
}


/* NGX_DECLINED: no link of ours; every key is tried, in the same time. */

static ngx_int_t
ngx_civic_media_check(ngx_civic_worker_t *w, ngx_str_t *uri,
    civic_str_t *name, const civic_media_type_t **type)
{
    u_char      code[CIVIC_MEDIA_CODE], md[NGX_CIVIC_MEDIA_DIGEST];
    ngx_str_t   text;
    ngx_uint_t  i, good;

    if (civic_media_link(ngx_civic_core_str(*uri), code, name, type)
        != CIVIC_OK)
    {
        return NGX_DECLINED;
    }

    text = ngx_civic_str(*name);
    good = 0;

    for (i = 0; i < w->conf->media_keys->nelts; i++) {

        if (ngx_civic_signature_make(w->media_macs[i], &text, md) != NGX_OK) {
            return NGX_ERROR;
        }

        good |= CRYPTO_memcmp(code, md, CIVIC_MEDIA_CODE) == 0;
    }

    return good ? NGX_OK : NGX_DECLINED;
}


/*
 * Whatever goes wrong from here on, nginx tells with the request line, and
 * other modules with the URI.  "name" is a view into r->uri, behind the code;
 * unless that was decoded, all three are the same bytes.
 */

static void
ngx_civic_media_veil(ngx_http_request_t *r, civic_str_t name)
{
    u_char     code[CIVIC_MEDIA_CODE_LEN];
    ngx_str_t  in_uri;

    in_uri.len = CIVIC_MEDIA_CODE_LEN;
    in_uri.data = (u_char *) name.data - 1 - in_uri.len;

    ngx_memcpy(code, in_uri.data, CIVIC_MEDIA_CODE_LEN);

    if (!ngx_civic_media_dashes(&r->request_line, code)) {

        /* in other letters: "%41" is an "A" */

        ngx_memset(r->request_line.data, '-', r->request_line.len);
    }

    (void) ngx_civic_media_dashes(&r->unparsed_uri, code);
    (void) ngx_civic_media_dashes(&in_uri, code);
}


/* Puts dashes for every "code" in "s"; how many there were. */

static ngx_uint_t
ngx_civic_media_dashes(ngx_str_t *s, const u_char *code)
{
    size_t      i;
    ngx_uint_t  n;

    n = 0;

    for (i = 0; i + CIVIC_MEDIA_CODE_LEN <= s->len; i++) {

        if (ngx_memcmp(s->data + i, code, CIVIC_MEDIA_CODE_LEN) == 0) {
            ngx_memset(s->data + i, '-', CIVIC_MEDIA_CODE_LEN);
            n++;
        }
    }

    return n;
}


static ngx_int_t
ngx_civic_media_open(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ngx_memzero(of, sizeof(ngx_open_file_info_t));

    of->read_ahead = clcf->read_ahead;
    of->directio = clcf->directio;
    of->valid = clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->errors = clcf->open_file_cache_errors;
    of->events = clcf->open_file_cache_events;

    if (ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
        == NGX_OK)
    {
        return of->is_file ? NGX_OK : NGX_HTTP_NOT_FOUND;
    }

    if (of->err == NGX_ENOENT || of->err == NGX_ENOTDIR) {
        return NGX_HTTP_NOT_FOUND;              /* an operator removed it */
    }

    if (of->err) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, of->err,
                      "civic: cannot open \"%V\"", path);
    }

    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_civic_media_headers(ngx_http_request_t *r, const civic_media_type_t *type,
    ngx_open_file_info_t *of)
{
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = of->size;
    r->headers_out.last_modified_time = of->mtime;

    r->headers_out.content_type.data = (u_char *) type->mime;
    r->headers_out.content_type.len = ngx_strlen(type->mime);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    r->allow_ranges = 1;

    if (ngx_http_set_etag(r) != NGX_OK
        || ngx_civic_media_header(r, "X-Content-Type-Options", "nosniff")
           != NGX_OK
        || ngx_civic_media_header(r, "Content-Security-Policy",
                                  "default-src 'none'; sandbox") != NGX_OK
        || ngx_civic_media_header(r, "Content-Disposition",
                                  type->show ? "inline" : "attachment")
           != NGX_OK
        || ngx_civic_media_header(r, "Referrer-Policy", "no-referrer")
           != NGX_OK
        || ngx_civic_media_header(r, "X-Robots-Tag", "noindex") != NGX_OK
        || ngx_civic_media_header(r, "Cache-Control", "private, max-age=3600")
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_civic_media_header(ngx_http_request_t *r, const char *name,
    const char *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = (u_char *) value;
    h->value.len = ngx_strlen(value);
    ngx_civic_header_end(h);

    return NGX_OK;
}


static ngx_int_t
ngx_civic_media_send(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->file_pos = 0;
    b->file_last = of->size;

    b->in_file = b->file_last ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;
    b->sync = b->last_buf || b->in_file ? 0 : 1;

    b->file->fd = of->fd;
    b->file->name = *path;
    b->file->log = r->connection->log;
    b->file->directio = of->is_directio;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
