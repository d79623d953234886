
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * $civic_whatsapp_token, for the operator's proxy_set_header.  Only internal
 * locations should use it; it is never cached in a request that others see.
 */


#include "ngx_civic_module.h"


static ngx_int_t ngx_civic_variable_token(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_variable_t  ngx_civic_variables[] = {

    { ngx_string("civic_whatsapp_token"), NULL, ngx_civic_variable_token,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_civic_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_civic_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_civic_variable_token(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t              *token;
    ngx_civic_main_conf_t  *conf;

    (void) data;

    conf = ngx_http_get_module_main_conf(r, ngx_http_civic_module);

    token = conf->worker ? &conf->worker->token : &conf->access_token;

    v->data = token->data;
    v->len = token->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = token->len == 0;

    return NGX_OK;
}
