
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
static EVP_MAC_CTX **ngx_civic_signature_keys(ngx_civic_worker_t *w,
    ngx_array_t *secrets);
static void ngx_civic_signature_forget(EVP_MAC_CTX **macs,
    ngx_array_t *secrets);


ngx_int_t
ngx_civic_signature_init(ngx_civic_worker_t *w)
{
    w->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    if (w->mac == NULL) {
        return NGX_ERROR;
    }

    w->macs = ngx_civic_signature_keys(w, w->conf->secrets);

    if (w->conf->media_keys) {
        w->media_macs = ngx_civic_signature_keys(w, w->conf->media_keys);
    }

    return w->macs && (w->media_macs || !w->conf->media_keys) ? NGX_OK
                                                              : NGX_ERROR;
}


static EVP_MAC_CTX **
ngx_civic_signature_keys(ngx_civic_worker_t *w, ngx_array_t *secrets)
{
    char          digest[] = "SHA256";
    ngx_str_t    *secret;
    ngx_uint_t    i;
    OSSL_PARAM    params[2];
    EVP_MAC_CTX **macs;

    macs = ngx_pcalloc(w->cycle->pool, secrets->nelts
                                       * sizeof(EVP_MAC_CTX *));
    if (macs == NULL) {
        return NULL;
    }

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 digest, 0);
    params[1] = OSSL_PARAM_construct_end();

    secret = secrets->elts;

    for (i = 0; i < secrets->nelts; i++) {
        macs[i] = EVP_MAC_CTX_new(w->mac);

        if (macs[i] == NULL
            || EVP_MAC_init(macs[i], secret[i].data, secret[i].len, params)
               != 1)
        {
            ngx_civic_signature_forget(macs, secrets);
            return NULL;
        }
    }

    return macs;
}


void
ngx_civic_signature_free(ngx_civic_worker_t *w)
{
    ngx_civic_signature_forget(w->macs, w->conf->secrets);
    ngx_civic_signature_forget(w->media_macs, w->conf->media_keys);

    EVP_MAC_free(w->mac);
}


static void
ngx_civic_signature_forget(EVP_MAC_CTX **macs, ngx_array_t *secrets)
{
    ngx_uint_t  i;

    for (i = 0; macs && i < secrets->nelts; i++) {
        EVP_MAC_CTX_free(macs[i]);
    }
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


ngx_int_t
ngx_civic_signature_make(EVP_MAC_CTX *keyed, ngx_str_t *text, u_char *md)
{
    size_t        len;
    ngx_int_t     rc;
    EVP_MAC_CTX  *ctx;

    ctx = EVP_MAC_CTX_dup(keyed);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = EVP_MAC_update(ctx, text->data, text->len) == 1
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
