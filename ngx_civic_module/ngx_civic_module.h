
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The module's own symbols: what the directive table, the setters and the
 * variables need of each other.
 */


#ifndef _NGX_CIVIC_MODULE_H_INCLUDED_
#define _NGX_CIVIC_MODULE_H_INCLUDED_


#include "app/ngx_civic_app.h"


extern ngx_module_t  ngx_http_civic_module;


/* setters, ngx_civic_conf.c */

char *ngx_civic_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_postgres(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_city(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_numbers(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_rate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_template(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_unknown_311(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_civic_conf_time(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_webhook(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* NGX_DECLINED: another parameter, or no number of 1 or more. */
ngx_int_t ngx_civic_conf_number(ngx_str_t *value, const char *name,
    ngx_uint_t *slot);

/* ngx_civic_conf_pass.c */

/* Where a civic_*_pass stands, for what is found when all is read. */

typedef struct {
    ngx_str_t    name;
    ngx_str_t   *uri;           /* in the main configuration */
    u_char      *file;
    ngx_uint_t   line;
} ngx_civic_conf_pass_t;

char *ngx_civic_conf_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Refuses uris that no location answers, or one that the world could call. */
ngx_int_t ngx_civic_conf_pass_check(ngx_conf_t *cf,
    ngx_civic_main_conf_t *conf);

/* ngx_civic_conf_media.c */

char *ngx_civic_conf_media(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_media_path(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_civic_conf_media_hosts(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_civic_conf_media_max(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_civic_conf_media_keys(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_civic_conf_media_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_civic_conf_media_init(ngx_conf_t *cf,
    ngx_civic_main_conf_t *conf);
ngx_int_t ngx_civic_conf_media_check(ngx_conf_t *cf,
    ngx_civic_main_conf_t *conf);

/* and ngx_civic_secrets.c */

char *ngx_civic_conf_secrets(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_civic_conf_token(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * The lines of a file, at least one, into *list: secrets, the first of which
 * is in use.  What nginx wants of a setter is returned.
 */
char *ngx_civic_conf_lines(ngx_conf_t *cf, ngx_str_t *name,
    ngx_array_t **list);

/*
 * The bytes of a file, terminated; "name" becomes absolute.  What is wrong
 * is logged with the directive's file and line.
 */
ngx_int_t ngx_civic_conf_read(ngx_conf_t *cf, ngx_str_t *name,
    ngx_str_t *bytes, size_t max);

/* Refuses what is missing for a webhook to work. */
ngx_int_t ngx_civic_conf_check(ngx_conf_t *cf, ngx_civic_main_conf_t *conf);

/* Loads and checks the city's files; every fault is one [emerg] line. */
char *ngx_civic_city_open(ngx_conf_t *cf, ngx_civic_main_conf_t *conf,
    ngx_str_t *dir);

/* ngx_civic_variables.c */

ngx_int_t ngx_civic_variables_add(ngx_conf_t *cf);


#endif /* _NGX_CIVIC_MODULE_H_INCLUDED_ */
