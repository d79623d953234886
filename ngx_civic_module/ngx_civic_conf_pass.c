
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The setter of the locations through which peers are reached.
 */


#include "ngx_civic_module.h"


char *
ngx_civic_conf_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t   *value, *slot;
    ngx_uint_t  *calls;

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

    return NGX_CONF_OK;
}
