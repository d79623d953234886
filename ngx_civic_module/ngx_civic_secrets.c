
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Setters of the directives that name a file with a secret in it, and how a
 * file is read.  Contents never reach a log.
 */


#include "ngx_civic_module.h"


/* Several secrets, one a line: an old and a new one during a rotation. */

char *
ngx_civic_conf_secrets(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t  *value;

    (void) cmd;

    if (cvmcf->secrets) {
        return "is duplicate";
    }

    value = cf->args->elts;

    return ngx_civic_conf_lines(cf, &value[1], &cvmcf->secrets);
}


char *
ngx_civic_conf_lines(ngx_conf_t *cf, ngx_str_t *name, ngx_array_t **list)
{
    u_char     *p, *last, *line;
    ngx_str_t   bytes, *secret;

    *list = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));

    if (*list == NULL
        || ngx_civic_conf_read(cf, name, &bytes, NGX_CIVIC_SECRET_MAX)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    last = bytes.data + bytes.len;

    for (line = bytes.data; line < last; line = p + 1) {

        for (p = line; p < last && *p != '\n' && *p != '\r'; p++) {
            /* void */
        }

        if (p == line) {
            continue;
        }

        secret = ngx_array_push(*list);
        if (secret == NULL) {
            return NGX_CONF_ERROR;
        }

        secret->data = line;
        secret->len = p - line;
    }

    return (*list)->nelts ? NGX_CONF_OK : "names a file without a line";
}


char *
ngx_civic_conf_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value, *slot, bytes;

    slot = (ngx_str_t *) ((char *) conf + cmd->offset);

    if (slot->data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_civic_conf_read(cf, &value[1], &bytes, NGX_CIVIC_SECRET_MAX)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    slot->data = bytes.data;

    while (slot->len < bytes.len && bytes.data[slot->len] > ' ') {
        slot->len++;
    }

    return slot->len ? NGX_CONF_OK : "names a file that begins with no word";
}


/* The token may change while nginx runs: where it came from is kept. */

char *
ngx_civic_conf_token(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t  *value;

    if (cvmcf->token_file.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    cvmcf->token_file = value[1];

    if (ngx_conf_full_name(cf->cycle, &cvmcf->token_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_file_info(cvmcf->token_file.data, &cvmcf->token_info);

    return ngx_civic_conf_secret(cf, cmd, conf);
}


ngx_int_t
ngx_civic_conf_read(ngx_conf_t *cf, ngx_str_t *name, ngx_str_t *bytes,
    size_t max)
{
    off_t            size;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi;

    if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot open \"%V\"", name);
        return NGX_ERROR;
    }

    n = NGX_ERROR;
    size = ngx_fd_info(fd, &fi) == NGX_FILE_ERROR ? -1 : ngx_file_size(&fi);

    if (size >= 0 && size <= (off_t) max) {
        bytes->len = (size_t) size;
        bytes->data = ngx_pcalloc(cf->pool, bytes->len + 1);

        if (bytes->data) {
            n = ngx_read_fd(fd, bytes->data, bytes->len);
        }
    }

    (void) ngx_close_file(fd);

    if (n != size || n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "cannot read \"%V\", or it is larger than %uz "
                           "bytes", name, max);
        return NGX_ERROR;
    }

    return NGX_OK;
}
