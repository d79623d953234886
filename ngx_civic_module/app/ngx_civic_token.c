
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The access token and its file.  A look is one stat(); the file is opened
 * only when it has changed.  It may be one that only root can read: then a
 * reload brings the new token, and the log says so, if a worker can see at
 * least that there is a file.
 */


#include "app/ngx_civic_peer.h"


static ngx_int_t ngx_civic_token_read(ngx_civic_worker_t *w,
    ngx_str_t *token);
static void ngx_civic_token_mended(ngx_civic_worker_t *w,
    ngx_civic_peer_e peer);


void
ngx_civic_token_open(ngx_civic_worker_t *w)
{
    ngx_civic_main_conf_t  *conf;

    conf = w->conf;

    w->token = conf->access_token;

    /* never 0, which stands for nothing to mend */

    w->secrets[NGX_CIVIC_WHATSAPP] = 1 | ngx_crc32_long(w->token.data,
                                                        w->token.len);
    w->secrets[NGX_CIVIC_311] = 1 | ngx_crc32_long(conf->api_key.data,
                                                   conf->api_key.len);

    ngx_civic_token_mended(w, NGX_CIVIC_WHATSAPP);
    ngx_civic_token_mended(w, NGX_CIVIC_311);

    w->token_info = conf->token_info;
}


void
ngx_civic_token_look(ngx_civic_worker_t *w)
{
    ngx_int_t        rc;
    ngx_str_t        token;
    ngx_file_info_t  fi;

    if (w->conf->token_file.len == 0) {
        return;
    }

    if (ngx_file_info(w->conf->token_file.data, &fi) == NGX_FILE_ERROR) {

        if (ngx_errno == NGX_EACCES && !w->token_blind) {
            w->token_blind = 1;

            ngx_log_error(NGX_LOG_NOTICE, w->log, NGX_EACCES,
                          "civic: a worker may not look for the file of the "
                          "access token: a new token needs a reload");
        }

        return;
    }

    if (ngx_file_uniq(&fi) == ngx_file_uniq(&w->token_info)
        && ngx_file_mtime(&fi) == ngx_file_mtime(&w->token_info)
        && ngx_file_size(&fi) == ngx_file_size(&w->token_info))
    {
        return;
    }

    rc = ngx_civic_token_read(w, &token);

    if (rc == NGX_AGAIN) {
        return;                     /* it is just being written */
    }

    w->token_info = fi;

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, w->log, ngx_errno,
                      "civic: the file of the access token has changed and "
                      "cannot be read by a worker: reload nginx");
        return;
    }

    w->token = token;
    w->secrets[NGX_CIVIC_WHATSAPP] = 1 | ngx_crc32_long(token.data,
                                                        token.len);

    ngx_log_error(NGX_LOG_NOTICE, w->log, 0,
                  "civic: the access token was read anew");

    ngx_civic_token_mended(w, NGX_CIVIC_WHATSAPP);
}


/* Calls under way may still use the old one: each has a buffer of its own. */

static ngx_int_t
ngx_civic_token_read(ngx_civic_worker_t *w, ngx_str_t *token)
{
    u_char    *p;
    ssize_t    n;
    ngx_fd_t   fd;
    u_char     buf[NGX_CIVIC_SECRET_MAX];

    fd = ngx_open_file(w->conf->token_file.data, NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));

    (void) ngx_close_file(fd);

    if (n < 0) {
        return NGX_ERROR;
    }

    for (token->len = 0;
         token->len < (size_t) n && buf[token->len] > ' ';
         token->len++)
    {
        /* void */
    }

    if (token->len == 0) {
        return NGX_AGAIN;
    }

    p = ngx_pnalloc(w->cycle->pool, token->len);

    if (p == NULL) {
        return NGX_AGAIN;
    }

    ngx_memcpy(p, buf, token->len);
    token->data = p;

    return NGX_OK;
}


static void
ngx_civic_token_mended(ngx_civic_worker_t *w, ngx_civic_peer_e peer)
{
    if (ngx_civic_gate_mended(w->zone, peer, w->secrets[peer])) {
        ngx_log_error(NGX_LOG_NOTICE, w->log, 0,
                      "civic: there is a new secret, calls go on");
    }
}
