
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The check that stands before everything else.  A keyed template a secret
 * is made once per worker and copied per request: fetching or keying for
 * each request costs more than the hash.
 */


#include "app/ngx_civic_signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>


#define NGX_CIVIC_SIGNATURE_PREFIX  "sha256="
#define NGX_CIVIC_SIGNATURE_LEN                                               \
    (sizeof(NGX_CIVIC_SIGNATURE_PREFIX) - 1 + 2 * SHA256_DIGEST_LENGTH)


static ngx_str_t *ngx_civic_signature_header(ngx_http_request_t *r);
static ngx_int_t ngx_civic_signature_decode(ngx_str_t *value, u_char *md);
static ngx_int_t ngx_civic_signature_make(EVP_MAC_CTX *keyed,
    ngx_str_t *body, u_char *md);


ngx_int_t
ngx_civic_signature_init(ngx_civic_worker_t *w)
{
    char        digest[] = "SHA256";
    ngx_str_t  *secret;
    ngx_uint_t  i;
    OSSL_PARAM  params[2];

    w->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    w->macs = ngx_pcalloc(w->cycle->pool, w->conf->secrets->nelts
                                          * sizeof(EVP_MAC_CTX *));

    if (w->mac == NULL || w->macs == NULL) {
        return NGX_ERROR;
    }

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 digest, 0);
    params[1] = OSSL_PARAM_construct_end();

    secret = w->conf->secrets->elts;

    for (i = 0; i < w->conf->secrets->nelts; i++) {
        w->macs[i] = EVP_MAC_CTX_new(w->mac);

        if (w->macs[i] == NULL
            || EVP_MAC_init(w->macs[i], secret[i].data, secret[i].len, params)
               != 1)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_civic_signature_free(ngx_civic_worker_t *w)
{
    ngx_uint_t  i;

    for (i = 0; w->macs && i < w->conf->secrets->nelts; i++) {
        EVP_MAC_CTX_free(w->macs[i]);
    }

    EVP_MAC_free(w->mac);
}


ngx_int_t
ngx_civic_signature_check(ngx_civic_worker_t *w, ngx_http_request_t *r,
    ngx_str_t *body)
{
    u_char       given[SHA256_DIGEST_LENGTH], made[SHA256_DIGEST_LENGTH];
    ngx_str_t   *value;
    ngx_uint_t   i, good;

    value = ngx_civic_signature_header(r);

    if (value == NULL || ngx_civic_signature_decode(value, given) != NGX_OK) {
        return NGX_DECLINED;
    }

    good = 0;

    for (i = 0; i < w->conf->secrets->nelts; i++) {

        if (ngx_civic_signature_make(w->macs[i], body, made) != NGX_OK) {
            return NGX_ERROR;
        }

        good |= CRYPTO_memcmp(given, made, SHA256_DIGEST_LENGTH) == 0;
    }

    return good ? NGX_OK : NGX_DECLINED;
}


static ngx_str_t *
ngx_civic_signature_header(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return NULL;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == sizeof("X-Hub-Signature-256") - 1
            && ngx_strcasecmp(h[i].key.data,
                              (u_char *) "X-Hub-Signature-256")
               == 0)
        {
            return &h[i].value;
        }
    }
}


static ngx_int_t
ngx_civic_signature_decode(ngx_str_t *value, u_char *md)
{
    u_char      *p;
    ngx_int_t    n;
    ngx_uint_t   i;

    if (value->len != NGX_CIVIC_SIGNATURE_LEN
        || ngx_strncmp(value->data, NGX_CIVIC_SIGNATURE_PREFIX,
                       sizeof(NGX_CIVIC_SIGNATURE_PREFIX) - 1)
           != 0)
    {
        return NGX_DECLINED;
    }

    p = value->data + sizeof(NGX_CIVIC_SIGNATURE_PREFIX) - 1;

    for (i = 0; i < SHA256_DIGEST_LENGTH; i++, p += 2) {
        n = ngx_hextoi(p, 2);

        if (n == NGX_ERROR) {
            return NGX_DECLINED;
        }

        md[i] = (u_char) n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_civic_signature_make(EVP_MAC_CTX *keyed, ngx_str_t *body, u_char *md)
{
    size_t        len;
    ngx_int_t     rc;
    EVP_MAC_CTX  *ctx;

    ctx = EVP_MAC_CTX_dup(keyed);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = EVP_MAC_update(ctx, body->data, body->len) == 1
         && EVP_MAC_final(ctx, md, &len, SHA256_DIGEST_LENGTH) == 1
             ? NGX_OK : NGX_ERROR;

    EVP_MAC_CTX_free(ctx);

    return rc;
}


ngx_uint_t
ngx_civic_secret_eq(ngx_str_t *a, ngx_str_t *b)
{
    u_char  x[SHA256_DIGEST_LENGTH], y[SHA256_DIGEST_LENGTH];

    (void) SHA256(a->data, a->len, x);
    (void) SHA256(b->data, b->len, y);

    return CRYPTO_memcmp(x, y, SHA256_DIGEST_LENGTH) == 0;
}
