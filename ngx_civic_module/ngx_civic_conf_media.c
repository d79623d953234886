
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Setters of the directives about files of citizens, and what they need of
 * each other.
 */


#include "ngx_civic_module.h"
#include "app/ngx_civic_media.h"


/* A key of links is not to be guessed: 256 bits in hex or base64. */
#define NGX_CIVIC_MEDIA_KEY_MIN  32

/* Links stand in the description of a complaint, several of them. */
#define NGX_CIVIC_MEDIA_URL_MAX  128


char *
ngx_civic_conf_media(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    (void) cmd;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_civic_media_handler;

    cvmcf->media = 1;

    return NGX_CONF_OK;
}


/*
 * nginx itself makes the folder at its start, and gives it to the workers.
 * The threads are those of "aio threads", whose number "thread_pool default"
 * may change.
 */

char *
ngx_civic_conf_media_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t   *value;
    ngx_path_t  *path;

    if (cvmcf->media_path) {
        return "is duplicate";
    }

    value = cf->args->elts;
    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));

    if (path == NULL) {
        return NGX_CONF_ERROR;
    }

    path->name = value[1];

    while (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.data[--path->name.len] = '\0';
    }

    if (path->name.len <= 1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" wants a folder of its own, not \"%V\"",
                           &cmd->name, &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;

    cvmcf->media_path = path;
    cvmcf->threads = ngx_thread_pool_add(cf, NULL);

    if (cvmcf->threads == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_add_path(cf, &cvmcf->media_path) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


char *
ngx_civic_conf_media_hosts(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t    *value;
    ngx_uint_t    i;
    civic_str_t  *host;

    if (cvmcf->media_hosts) {
        return "is duplicate";
    }

    cvmcf->media_hosts = ngx_array_create(cf->pool, 2, sizeof(civic_str_t));
    if (cvmcf->media_hosts == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (strspn((char *) value[i].data,
                   "abcdefghijklmnopqrstuvwxyz0123456789.-") != value[i].len
            || strpbrk((char *) value[i].data, "abcdefghijklmnopqrstuvwxyz")
               == NULL
            || strchr((char *) value[i].data, '.') == NULL)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of \"%V\" is no name of a host: small "
                               "letters, digits, dots and - are wanted",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        host = ngx_array_push(cvmcf->media_hosts);
        if (host == NULL) {
            return NGX_CONF_ERROR;
        }

        *host = ngx_civic_core_str(value[i]);
    }

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_media_max(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (cvmcf->media_max != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size < 1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is no size of 1 byte or more",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    cvmcf->media_max = size;

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_media_keys(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    char        *rv;
    ngx_str_t   *value, *key;
    ngx_uint_t   i;

    if (cvmcf->media_keys) {
        return "is duplicate";
    }

    value = cf->args->elts;

    rv = ngx_civic_conf_lines(cf, &value[1], &cvmcf->media_keys);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    key = cvmcf->media_keys->elts;

    for (i = 0; i < cvmcf->media_keys->nelts; i++) {
        if (key[i].len < NGX_CIVIC_MEDIA_KEY_MIN) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "a line of \"%V\", the file of \"%V\", is "
                               "shorter than %d bytes: such a key could be "
                               "guessed", &value[1], &cmd->name,
                               NGX_CIVIC_MEDIA_KEY_MIN);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_civic_conf_media_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t  *value, *url;

    if (cvmcf->media_url.len) {
        return "is duplicate";
    }

    value = cf->args->elts;
    url = &value[1];

    if ((ngx_strncmp(url->data, "https://", 8) != 0
         && ngx_strncmp(url->data, "http://", 7) != 0)
        || url->len > NGX_CIVIC_MEDIA_URL_MAX
        || strpbrk((char *) url->data, "?# \"<>") != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" wants the public address of the location "
                           "with civic_media, such as "
                           "\"https://desk.example/media\", at most %d bytes, "
                           "not \"%V\"", &cmd->name,
                           NGX_CIVIC_MEDIA_URL_MAX, url);
        return NGX_CONF_ERROR;
    }

    cvmcf->media_url = *url;

    while (cvmcf->media_url.data[cvmcf->media_url.len - 1] == '/') {
        cvmcf->media_url.len--;
    }

    return NGX_CONF_OK;
}


/* Where WhatsApp has its files, as long as nobody says otherwise. */

ngx_int_t
ngx_civic_conf_media_init(ngx_conf_t *cf, ngx_civic_main_conf_t *conf)
{
    civic_str_t  *host;

    if (conf->media_hosts) {
        return NGX_OK;
    }

    conf->media_hosts = ngx_array_create(cf->pool, 1, sizeof(civic_str_t));
    host = conf->media_hosts ? ngx_array_push(conf->media_hosts) : NULL;

    if (host == NULL) {
        return NGX_ERROR;
    }

    *host = civic_str("lookaside.fbsbx.com");

    return NGX_OK;
}


ngx_int_t
ngx_civic_conf_media_check(ngx_conf_t *cf, ngx_civic_main_conf_t *conf)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    struct {
        const char  *name;
        const char  *needs;
        ngx_uint_t   used;
        ngx_uint_t   there;
    } rules[] = {
        { "civic_media_path", "civic_media_pass",
          conf->media_path != NULL, conf->media_pass.len != 0 },
        { "civic_media_path", "civic_media_key_file",
          conf->media_path != NULL, conf->media_keys != NULL },
        { "civic_media_pass", "civic_media_path",
          conf->media_pass.len != 0, conf->media_path != NULL },
        { "civic_media", "civic_media_path",
          conf->media, conf->media_path != NULL },
        { "civic_media", "civic_webhook",
          conf->media, conf->ctx != NULL },
        { "civic_media_url", "civic_media_path",
          conf->media_url.len != 0, conf->media_path != NULL },
        { "civic_media_url", "civic_media",
          conf->media_url.len != 0, conf->media },
        { "civic_speech_pass", "civic_media_path",
          conf->speech.len != 0, conf->media_path != NULL },
        { NULL, NULL, 0, 0 }
    };

    rc = NGX_OK;

    for (i = 0; rules[i].name; i++) {

        if (rules[i].used && !rules[i].there) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"%s\" needs \"%s\"", rules[i].name,
                          rules[i].needs);
            rc = NGX_ERROR;
        }
    }

    return rc;
}
