
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Setters of the directives.  A mistake names directive, value, file and
 * line, and stops "nginx -t"; nothing is guessed.
 */


#include "ngx_civic_module.h"
#include "app/ngx_civic_status.h"
#include "app/ngx_civic_webhook.h"


/* The smallest zone that makes sense: some hundred conversations. */
#define NGX_CIVIC_ZONE_MIN     (64 * 1024 * 8)

/* ms a conversation stays unused: past the 24 hours WhatsApp's window. */
#define NGX_CIVIC_ZONE_EXPIRE  (48 * 3600 * 1000)

/* A secret, token or key is one line of a small file. */
#define NGX_CIVIC_SECRET_MAX  8192


static ngx_int_t ngx_civic_conf_number(ngx_str_t *value, const char *name,
    ngx_uint_t *slot);


char *
ngx_civic_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ssize_t     size;
    ngx_int_t   expire;
    ngx_str_t  *value, s;

    if (cvmcf->shm_zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[2]);

    if (size < NGX_CIVIC_ZONE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" needs a size of at least 512k, not \"%V\"",
                           &cmd->name, &value[2]);
        return NGX_CONF_ERROR;
    }

    expire = NGX_CIVIC_ZONE_EXPIRE;

    if (cf->args->nelts == 4) {
        s.data = value[3].data + sizeof("expire=") - 1;
        s.len = value[3].len - (sizeof("expire=") - 1);

        expire = ngx_strncmp(value[3].data, "expire=", 7) == 0
                     ? ngx_parse_time(&s, 0) : NGX_ERROR;

        if (expire == NGX_ERROR || expire == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of \"%V\" is no expire=TIME",
                               &value[3], &cmd->name);
            return NGX_CONF_ERROR;
        }
    }

    cvmcf->zone = ngx_pcalloc(cf->pool, sizeof(ngx_civic_zone_t));
    if (cvmcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    cvmcf->zone->expire = expire;

    cvmcf->shm_zone = ngx_shared_memory_add(cf, &value[1], size,
                                            &ngx_http_civic_module);
    if (cvmcf->shm_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    cvmcf->shm_zone->init = ngx_civic_zone_init;
    cvmcf->shm_zone->data = cvmcf->zone;

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_postgres(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t              *value, s;
    ngx_uint_t              i;
    ngx_civic_pg_conf_t    *pg;

    pg = &cvmcf->pg;

    if (pg->conninfo.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    pg->conninfo = value[1];
    pg->connections = 1;
    pg->depth = 2;
    pg->batch = 64;
    pg->queue = 8192;
    pg->timeout = 2000;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "timeout=", 8) == 0) {
            s.data = value[i].data + 8;
            s.len = value[i].len - 8;
            pg->timeout = ngx_parse_time(&s, 0);

            if (pg->timeout == (ngx_msec_t) NGX_ERROR || pg->timeout < 100) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"%V\" of \"%V\" is no time of 100ms "
                                   "or more", &value[i], &cmd->name);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_civic_conf_number(&value[i], "connections=", &pg->connections)
            == NGX_OK
            || ngx_civic_conf_number(&value[i], "depth=", &pg->depth) == NGX_OK
            || ngx_civic_conf_number(&value[i], "batch=", &pg->batch) == NGX_OK
            || ngx_civic_conf_number(&value[i], "queue=", &pg->queue)
               == NGX_OK)
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is none of connections=N, "
                           "depth=N, batch=N, queue=N with N of 1 or more, "
                           "timeout=T", &value[i], &cmd->name);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < CIVIC_SQL_MAX; i++) {
        cvmcf->stmts[i].name = civic_sql_stmts[i].name;
        cvmcf->stmts[i].sql = civic_sql_stmts[i].sql;
        cvmcf->stmts[i].nparams = civic_sql_stmts[i].nparams;
        cvmcf->stmts[i].types = civic_sql_stmts[i].types;
    }

    pg->stmts = cvmcf->stmts;
    pg->nstmts = CIVIC_SQL_MAX;
    pg->check_sql = civic_sql_check;

    return ngx_civic_pg_conf(cf->pool, pg);
}


/* NGX_DECLINED: another parameter, or no number of 1 or more. */

static ngx_int_t
ngx_civic_conf_number(ngx_str_t *value, const char *name, ngx_uint_t *slot)
{
    size_t     len;
    ngx_int_t  n;

    len = ngx_strlen(name);

    if (value->len < len || ngx_strncmp(value->data, name, len) != 0) {
        return NGX_DECLINED;
    }

    n = ngx_atoi(value->data + len, value->len - len);

    if (n < 1) {
        return NGX_DECLINED;
    }

    *slot = n;

    return NGX_OK;
}


char *
ngx_civic_conf_city(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t  *value, dir;

    (void) cmd;

    if (cvmcf->city) {
        return "is duplicate";
    }

    value = cf->args->elts;
    dir = value[1];

    if (ngx_conf_full_name(cf->cycle, &dir, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_civic_city_open(cf, cvmcf, &dir);
}


char *
ngx_civic_conf_numbers(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t   *value, *number;
    ngx_uint_t   i;

    if (cvmcf->numbers) {
        return "is duplicate";
    }

    cvmcf->numbers = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (cvmcf->numbers == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (strspn((char *) value[i].data, "0123456789") != value[i].len
            || value[i].len == 0 || value[i].len > 32)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of \"%V\" is no phone number id: "
                               "digits from Meta's App Dashboard are wanted",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        number = ngx_array_push(cvmcf->numbers);
        if (number == NULL) {
            return NGX_CONF_ERROR;
        }

        *number = value[i];
    }

    return NGX_CONF_OK;
}


/* Several secrets, one a line: an old and a new one during a rotation. */

char *
ngx_civic_conf_secrets(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    u_char     *p, *last, *line;
    ngx_str_t  *value, bytes, *secret;

    (void) cmd;

    if (cvmcf->secrets) {
        return "is duplicate";
    }

    cvmcf->secrets = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (cvmcf->secrets == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    if (ngx_civic_conf_read(cf, &value[1], &bytes, NGX_CIVIC_SECRET_MAX)
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

        secret = ngx_array_push(cvmcf->secrets);
        if (secret == NULL) {
            return NGX_CONF_ERROR;
        }

        secret->data = line;
        secret->len = p - line;
    }

    return cvmcf->secrets->nelts ? NGX_CONF_OK : "names a file without a line";
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


char *
ngx_civic_conf_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value, *slot;

    slot = (ngx_str_t *) ((char *) conf + cmd->offset);

    if (slot->data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].data[0] != '/' || value[1].len > 128) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" wants the beginning of an internal "
                           "location's uri such as \"/_311\", not \"%V\"",
                           &cmd->name, &value[1]);
        return NGX_CONF_ERROR;
    }

    *slot = value[1];

    while (slot->len > 1 && slot->data[slot->len - 1] == '/') {
        slot->len--;
    }

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_rate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (cvmcf->rate != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = ngx_atoi(value[1].data, value[1].len);

    if (n < 1 || n > 100000) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" wants messages a second, 1 to 100000, not "
                           "\"%V\"", &cmd->name, &value[1]);
        return NGX_CONF_ERROR;
    }

    cvmcf->rate = n;

    return NGX_CONF_OK;
}


/* nginx's own setter would not tell the value, nor refuse one too short. */

char *
ngx_civic_conf_time(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t         *value;
    ngx_msec_t        *slot;
    const ngx_msec_t  *min;

    slot = (ngx_msec_t *) ((char *) conf + cmd->offset);

    if (*slot != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    value = cf->args->elts;
    min = cmd->post;

    *slot = ngx_parse_time(&value[1], 0);

    if (*slot == (ngx_msec_t) NGX_ERROR || *slot < *min) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is no time of %Mms or more",
                           &value[1], &cmd->name, *min);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_webhook(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    (void) cmd;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_civic_webhook_handler;

    /* the server{} whose internal locations reach WhatsApp and 311 */

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    if (cvmcf->ctx && cvmcf->ctx != cscf->ctx) {
        return "is in another server{} already";
    }

    cvmcf->ctx = cscf->ctx;

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    (void) cmd;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_civic_status_handler;

    cvmcf->status = 1;

    return NGX_CONF_OK;
}


/* Tells all that is missing, not only the first. */

ngx_int_t
ngx_civic_conf_check(ngx_conf_t *cf, ngx_civic_main_conf_t *conf)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    struct {
        const char  *name;
        ngx_uint_t   there;
    } needs[] = {
        { "civic_zone",              conf->zone != NULL },
        { "civic_postgres",          conf->pg.conninfo.len != 0 },
        { "civic_city",              conf->city != NULL },
        { "civic_phone_number_id",   conf->numbers != NULL },
        { "civic_app_secret_file",   conf->secrets != NULL },
        { "civic_verify_token_file", conf->verify_token.len != 0 },
        { "civic_whatsapp_pass",     conf->whatsapp.len != 0 },
        { "civic_311_pass",          conf->open311.len != 0 },
        { "civic_311_key_file",      conf->api_key.len != 0 },
        { NULL,                      0 }
    };

    rc = NGX_OK;

    if (conf->status && conf->zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"civic_status\" needs \"civic_zone\" in http{}");
        rc = NGX_ERROR;
    }

    for (i = 0; conf->ctx && needs[i].name; i++) {

        if (!needs[i].there) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"civic_webhook\" needs \"%s\" in http{}",
                          needs[i].name);
            rc = NGX_ERROR;
        }
    }

    return rc;
}
