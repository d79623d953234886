
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


static ngx_int_t ngx_civic_conf_parameter(ngx_str_t *value, const char *name,
    ngx_msec_t *slot);


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


ngx_int_t
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


char *
ngx_civic_conf_rate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_int_t    n;
    ngx_str_t   *value;
    ngx_uint_t   i;

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

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_civic_conf_number(&value[i], "burst=", &cvmcf->pair_burst)
            != NGX_OK
            && ngx_civic_conf_parameter(&value[i], "pair=",
                                        &cvmcf->pair_every) != NGX_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of \"%V\" is neither pair=TIME nor "
                               "burst=N with N of 1 or more", &value[i],
                               &cmd->name);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* Meta allows small letters, digits and '_' in the name of a template. */

char *
ngx_civic_conf_template(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t  *value;

    if (cvmcf->template.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len > 512
        || strspn((char *) value[1].data,
                  "abcdefghijklmnopqrstuvwxyz0123456789_") != value[1].len)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is no template's name: small "
                           "letters, digits and _ are wanted", &value[1],
                           &cmd->name);
        return NGX_CONF_ERROR;
    }

    cvmcf->template = value[1];

    return NGX_CONF_OK;
}


/* What becomes of a registration when 311 cannot say whether it has it. */

char *
ngx_civic_conf_unknown_311(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t  *value;

    if (cvmcf->hold_311 != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "hold") == 0) {
        cvmcf->hold_311 = 1;

    } else if (ngx_strcmp(value[1].data, "retry") == 0) {
        cvmcf->hold_311 = 0;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" wants \"hold\" or \"retry\", not \"%V\"",
                           &cmd->name, &value[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3
        && ngx_civic_conf_parameter(&value[2], "wait=", &cvmcf->unknown_311)
           != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is no wait=TIME", &value[2],
                           &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* NAME=TIME with a time above 0; NGX_DECLINED: it is something else. */

static ngx_int_t
ngx_civic_conf_parameter(ngx_str_t *value, const char *name,
    ngx_msec_t *slot)
{
    size_t     len;
    ngx_int_t  ms;
    ngx_str_t  s;

    len = ngx_strlen(name);

    if (value->len < len || ngx_strncmp(value->data, name, len) != 0) {
        return NGX_DECLINED;
    }

    s.data = value->data + len;
    s.len = value->len - len;

    ms = ngx_parse_time(&s, 0);

    if (ms == NGX_ERROR || ms == 0) {
        return NGX_DECLINED;
    }

    *slot = ms;

    return NGX_OK;
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

    if (ngx_civic_conf_media_check(cf, conf) != NGX_OK) {
        rc = NGX_ERROR;
    }

    if (ngx_civic_conf_pass_check(cf, conf) != NGX_OK) {
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
