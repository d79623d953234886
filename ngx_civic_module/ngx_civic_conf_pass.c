
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The locations through which peers are reached: their setter, and what is
 * wrong with them once all locations are known.
 */


#include "ngx_civic_module.h"
#include "net/ngx_civic_location.h"


/* Where a URL of WhatsApp's begins, for a regular expression that wants it. */
#define NGX_CIVIC_CONF_FILES  "/whatsapp_business/attachments/"


static ngx_int_t ngx_civic_conf_pass_calls(ngx_conf_t *cf,
    ngx_civic_main_conf_t *conf, ngx_civic_conf_pass_t *pass);
static ngx_int_t ngx_civic_conf_pass_files(ngx_conf_t *cf,
    ngx_civic_main_conf_t *conf, ngx_civic_conf_pass_t *pass);
static ngx_int_t ngx_civic_conf_pass_leads(ngx_conf_t *cf,
    ngx_civic_main_conf_t *conf, ngx_civic_conf_pass_t *pass,
    const char *before, ngx_str_t *name, const char *after);


char *
ngx_civic_conf_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_str_t              *value, *slot;
    ngx_uint_t             *calls;
    ngx_civic_conf_pass_t  *pass;

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

    calls = (ngx_uint_t *) ((char *) conf + *(size_t *) cmd->post);

    if (cf->args->nelts == 3
        && ngx_civic_conf_number(&value[2], "calls=", calls) != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of \"%V\" is no calls=N with N of 1 or "
                           "more", &value[2], &cmd->name);
        return NGX_CONF_ERROR;
    }

    pass = ngx_array_push(cvmcf->passes);
    if (pass == NULL) {
        return NGX_CONF_ERROR;
    }

    pass->name = cmd->name;
    pass->uri = slot;
    pass->file = cf->conf_file->file.name.data;
    pass->line = cf->conf_file->line;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_civic_conf_pass_check(ngx_conf_t *cf, ngx_civic_main_conf_t *conf)
{
    ngx_int_t               rc;
    ngx_uint_t              i;
    ngx_civic_conf_pass_t  *pass;

    if (conf->ctx == NULL) {
        return NGX_OK;              /* without a webhook nobody calls */
    }

    rc = NGX_OK;
    pass = conf->passes->elts;

    for (i = 0; i < conf->passes->nelts; i++) {

        if ((pass[i].uri == &conf->media_pass
                 ? ngx_civic_conf_pass_files(cf, conf, &pass[i])
                 : ngx_civic_conf_pass_calls(cf, conf, &pass[i]))
            != NGX_OK)
        {
            rc = NGX_ERROR;
        }
    }

    return rc;
}


/*
 * A call of each kind, with any id.  Only the first fault is told: a location
 * that is not there is missed by all of them.
 */

static ngx_int_t
ngx_civic_conf_pass_calls(ngx_conf_t *cf, ngx_civic_main_conf_t *conf,
    ngx_civic_conf_pass_t *pass)
{
    ngx_str_t   id = ngx_string("1"), none = ngx_null_string;
    ngx_uint_t  i;

    struct {
        ngx_str_t   *uri;
        const char  *before;
        ngx_str_t   *name;
        const char  *after;
        ngx_uint_t   used;
    } calls[] = {
        { &conf->whatsapp, "/", conf->numbers ? conf->numbers->elts : &id,
          "/messages", 1 },
        { &conf->whatsapp, "/", &id, "", conf->media_path != NULL },
        { &conf->open311, "/services", &none, ".json", 1 },
        { &conf->open311, "/requests", &none, ".json", 1 },
        { &conf->open311, "/requests/", &id, ".json", 1 },
        { &conf->open311, "/tokens/", &id, ".json", 1 },
        { &conf->open311, "/servicerequestupdates", &none, ".json", 1 },
        { &conf->speech, "", &none, "", 1 },
        { NULL, NULL, NULL, NULL, 0 }
    };

    for (i = 0; calls[i].uri; i++) {

        if (calls[i].uri == pass->uri && calls[i].used
            && ngx_civic_conf_pass_leads(cf, conf, pass, calls[i].before,
                                         calls[i].name, calls[i].after)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Each host has a location of its own. */

static ngx_int_t
ngx_civic_conf_pass_files(ngx_conf_t *cf, ngx_civic_main_conf_t *conf,
    ngx_civic_conf_pass_t *pass)
{
    ngx_int_t     rc;
    ngx_str_t     host;
    ngx_uint_t    i;
    civic_str_t  *hosts;

    rc = NGX_OK;
    hosts = conf->media_hosts->elts;

    for (i = 0; i < conf->media_hosts->nelts; i++) {

        host = ngx_civic_str(hosts[i]);

        if (ngx_civic_conf_pass_leads(cf, conf, pass, "/", &host,
                                      NGX_CIVIC_CONF_FILES)
            != NGX_OK)
        {
            rc = NGX_ERROR;
        }
    }

    return rc;
}


/*
 * Whoever can call such a location speaks to WhatsApp and 311 with the city's
 * token and key: nothing but "internal" will do.
 */

static ngx_int_t
ngx_civic_conf_pass_leads(ngx_conf_t *cf, ngx_civic_main_conf_t *conf,
    ngx_civic_conf_pass_t *pass, const char *before, ngx_str_t *name,
    const char *after)
{
    ngx_int_t                  rc;
    ngx_str_t                  uri;
    ngx_http_core_loc_conf_t  *clcf;

    uri.len = pass->uri->len + ngx_strlen(before) + name->len
              + ngx_strlen(after);
    uri.data = ngx_pnalloc(cf->temp_pool, uri.len);

    if (uri.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_snprintf(uri.data, uri.len, "%V%s%V%s", pass->uri, before,
                        name, after);

    clcf = conf->ctx->loc_conf[ngx_http_core_module.ctx_index];

    rc = ngx_civic_location_find(clcf, &uri, &clcf);

    if (rc == NGX_OK && clcf->internal) {
        return NGX_OK;
    }

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" calls \"%V\", which has no location in the "
                      "server{} of \"civic_webhook\" in %s:%ui",
                      &pass->name, &uri, pass->file, pass->line);

    } else {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" calls \"%V\", whose location \"%V\" %s in "
                      "%s:%ui", &pass->name, &uri, &clcf->name,
                      rc == NGX_DONE ? "only redirects to its own name"
                                     : "is not \"internal\"",
                      pass->file, pass->line);
    }

    return NGX_ERROR;
}
