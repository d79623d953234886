
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Directives, configuration and hooks.  Nothing is decided here.
 */


#include "ngx_civic_module.h"


static ngx_int_t ngx_civic_module_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_civic_module_postconfiguration(ngx_conf_t *cf);
static void *ngx_civic_module_create_main_conf(ngx_conf_t *cf);
static char *ngx_civic_module_init_main_conf(ngx_conf_t *cf, void *conf);
static ngx_int_t ngx_civic_module_init_process(ngx_cycle_t *cycle);
static void ngx_civic_module_exit_process(ngx_cycle_t *cycle);


static ngx_msec_t  ngx_civic_refresh_min = 1000;
static ngx_msec_t  ngx_civic_wait_min = 0;
static ngx_msec_t  ngx_civic_unknown_min = 1;
static ngx_msec_t  ngx_civic_media_min = 100;

static size_t  ngx_civic_calls = offsetof(ngx_civic_main_conf_t, calls);
static size_t  ngx_civic_calls_311 = offsetof(ngx_civic_main_conf_t,
                                              calls_311);
static size_t  ngx_civic_calls_media = offsetof(ngx_civic_main_conf_t,
                                                calls_media);
static size_t  ngx_civic_calls_speech = offsetof(ngx_civic_main_conf_t,
                                                 calls_speech);


static ngx_command_t  ngx_civic_commands[] = {

    { ngx_string("civic_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE23,
      ngx_civic_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_postgres"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_civic_conf_postgres,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_city"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_city,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_phone_number_id"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_civic_conf_numbers,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_app_secret_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_secrets,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_verify_token_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, verify_token),
      NULL },

    { ngx_string("civic_access_token_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_token,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, access_token),
      NULL },

    { ngx_string("civic_whatsapp_pass"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_civic_conf_pass,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, whatsapp),
      &ngx_civic_calls },

    { ngx_string("civic_whatsapp_rate"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_civic_conf_rate,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_whatsapp_unknown"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, unknown),
      &ngx_civic_unknown_min },

    { ngx_string("civic_whatsapp_template"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_template,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_311_pass"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_civic_conf_pass,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, open311),
      &ngx_civic_calls_311 },

    { ngx_string("civic_311_unknown"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_civic_conf_unknown_311,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_311_key_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, api_key),
      NULL },

    { ngx_string("civic_311_jurisdiction"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, jurisdiction),
      NULL },

    { ngx_string("civic_311_phone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, phone),
      NULL },

    { ngx_string("civic_311_refresh"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, refresh),
      &ngx_civic_refresh_min },

    { ngx_string("civic_311_wait"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, wait_311),
      &ngx_civic_wait_min },

    { ngx_string("civic_settle"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, settle),
      &ngx_civic_wait_min },

    { ngx_string("civic_media_path"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_media_path,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_media_pass"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_civic_conf_pass,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, media_pass),
      &ngx_civic_calls_media },

    { ngx_string("civic_media_hosts"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_civic_conf_media_hosts,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_media_max"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_media_max,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_media_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, media_timeout),
      &ngx_civic_media_min },

    { ngx_string("civic_media_key_file"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_media_keys,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_media_url"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_media_url,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_media"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_civic_conf_media,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_speech_pass"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_civic_conf_pass,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, speech),
      &ngx_civic_calls_speech },

    { ngx_string("civic_speech_wait"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_civic_conf_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_civic_main_conf_t, speech_wait),
      &ngx_civic_wait_min },

    { ngx_string("civic_webhook"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_civic_conf_webhook,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("civic_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_civic_conf_status,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_civic_module_ctx = {
    ngx_civic_module_preconfiguration,     /* preconfiguration */
    ngx_civic_module_postconfiguration,    /* postconfiguration */

    ngx_civic_module_create_main_conf,     /* create main configuration */
    ngx_civic_module_init_main_conf,       /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_civic_module = {
    NGX_MODULE_V1,
    &ngx_civic_module_ctx,                 /* module context */
    ngx_civic_commands,                    /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_civic_module_init_process,         /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_civic_module_exit_process,         /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_civic_module_preconfiguration(ngx_conf_t *cf)
{
    return ngx_civic_variables_add(cf);
}


static ngx_int_t
ngx_civic_module_postconfiguration(ngx_conf_t *cf)
{
    if (ngx_civic_sink_init(cf, &ngx_http_civic_module) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_civic_conf_check(cf,
                ngx_http_conf_get_module_main_conf(cf, ngx_http_civic_module));
}


static void *
ngx_civic_module_create_main_conf(ngx_conf_t *cf)
{
    ngx_civic_main_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_civic_main_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->phone = NGX_CONF_UNSET;
    conf->refresh = NGX_CONF_UNSET_MSEC;
    conf->wait_311 = NGX_CONF_UNSET_MSEC;
    conf->settle = NGX_CONF_UNSET_MSEC;
    conf->rate = NGX_CONF_UNSET_UINT;
    conf->pair_every = NGX_CONF_UNSET_MSEC;
    conf->pair_burst = NGX_CONF_UNSET_UINT;
    conf->calls = NGX_CONF_UNSET_UINT;
    conf->calls_311 = NGX_CONF_UNSET_UINT;
    conf->unknown = NGX_CONF_UNSET_MSEC;
    conf->hold_311 = NGX_CONF_UNSET_UINT;
    conf->unknown_311 = NGX_CONF_UNSET_MSEC;
    conf->calls_media = NGX_CONF_UNSET_UINT;
    conf->media_max = NGX_CONF_UNSET_SIZE;
    conf->media_timeout = NGX_CONF_UNSET_MSEC;
    conf->calls_speech = NGX_CONF_UNSET_UINT;
    conf->speech_wait = NGX_CONF_UNSET_MSEC;
    conf->arena = ngx_civic_arena(cf->pool);

    conf->passes = ngx_array_create(cf->pool, 4,
                                    sizeof(ngx_civic_conf_pass_t));

    return conf->passes ? conf : NULL;
}


static char *
ngx_civic_module_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_civic_main_conf_t  *cvmcf = conf;

    ngx_conf_init_value(cvmcf->phone, 1);
    ngx_conf_init_msec_value(cvmcf->refresh, 600000);
    ngx_conf_init_msec_value(cvmcf->wait_311, 3000);
    ngx_conf_init_msec_value(cvmcf->settle, 3000);
    ngx_conf_init_uint_value(cvmcf->rate, 80);
    ngx_conf_init_msec_value(cvmcf->pair_every, 6000);
    ngx_conf_init_uint_value(cvmcf->pair_burst, 45);
    ngx_conf_init_uint_value(cvmcf->calls, 32);
    ngx_conf_init_uint_value(cvmcf->calls_311, 8);
    ngx_conf_init_msec_value(cvmcf->unknown, 120000);
    ngx_conf_init_uint_value(cvmcf->hold_311, 1);
    ngx_conf_init_msec_value(cvmcf->unknown_311, 60000);
    ngx_conf_init_uint_value(cvmcf->calls_media, 4);
    ngx_conf_init_size_value(cvmcf->media_max, 16 * 1024 * 1024);
    ngx_conf_init_msec_value(cvmcf->media_timeout, 20000);
    ngx_conf_init_uint_value(cvmcf->calls_speech, 4);
    ngx_conf_init_msec_value(cvmcf->speech_wait, 8000);

    return ngx_civic_conf_media_init(cf, cvmcf) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_civic_module_init_process(ngx_cycle_t *cycle)
{
    ngx_civic_main_conf_t  *conf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;              /* cache manager and loader come here */
    }

    conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_civic_module);

    if (conf == NULL || conf->ctx == NULL) {
        return NGX_OK;
    }

    conf->worker = ngx_civic_worker_open(cycle, conf);

    return conf->worker ? NGX_OK : NGX_ERROR;
}


static void
ngx_civic_module_exit_process(ngx_cycle_t *cycle)
{
    ngx_civic_main_conf_t  *conf;

    conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_civic_module);

    if (conf && conf->worker) {
        ngx_civic_worker_close(conf->worker);
        conf->worker = NULL;
    }
}
