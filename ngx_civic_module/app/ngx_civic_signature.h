
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * X-Hub-Signature-256: HMAC-SHA256 over the bytes of the body as they came,
 * with any of several secrets, compared in constant time.
 */


#ifndef _NGX_CIVIC_SIGNATURE_H_INCLUDED_
#define _NGX_CIVIC_SIGNATURE_H_INCLUDED_


#include "app/ngx_civic_app.h"


/* Keys one template for each secret and link key; free() in exit_process. */
ngx_int_t ngx_civic_signature_init(ngx_civic_worker_t *w);
void ngx_civic_signature_free(ngx_civic_worker_t *w);

/* NGX_OK; NGX_DECLINED: no or wrong signature; NGX_ERROR: internal. */
ngx_int_t ngx_civic_signature_check(ngx_civic_worker_t *w,
    ngx_http_request_t *r, ngx_str_t *body);

/* HMAC-SHA256 of "text", 32 bytes, with the key of a template. */
ngx_int_t ngx_civic_signature_make(EVP_MAC_CTX *keyed, ngx_str_t *text,
    u_char *md);

/* Compares secrets of any length in time that tells nothing. */
ngx_uint_t ngx_civic_secret_eq(ngx_str_t *a, ngx_str_t *b);


#endif /* _NGX_CIVIC_SIGNATURE_H_INCLUDED_ */
