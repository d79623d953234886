
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Reads the files of a city for the core, which opens none itself.
 */


#include "ngx_civic_module.h"


/* A ward map is half a megabyte; nothing of a city is larger than this. */
#define NGX_CIVIC_FILE_MAX  (16 * 1024 * 1024)


static ngx_int_t ngx_civic_city_read(ngx_conf_t *cf, ngx_str_t *dir,
    const char *name, civic_file_t *file);
static ngx_int_t ngx_civic_city_may_read(ngx_conf_t *cf, ngx_str_t *dir,
    const char *name, civic_file_t *file);
static void ngx_civic_city_fault(void *data, const char *line);
static void ngx_civic_city_cleanup(void *data);


char *
ngx_civic_city_open(ngx_conf_t *cf, ngx_civic_main_conf_t *conf,
    ngx_str_t *dir)
{
    civic_city_t        *city;
    civic_city_files_t   files;
    ngx_pool_cleanup_t  *cln;

    ngx_memzero(&files, sizeof(civic_city_files_t));

    if (ngx_civic_city_read(cf, dir, "departments.csv", &files.departments)
        != NGX_OK
        || ngx_civic_city_read(cf, dir, "categories.csv", &files.categories)
           != NGX_OK
        || ngx_civic_city_read(cf, dir, "wards.csv", &files.wards) != NGX_OK
        || ngx_civic_city_read(cf, dir, "texts.csv", &files.texts) != NGX_OK
        || ngx_civic_city_read(cf, dir, "commands.csv", &files.commands)
           != NGX_OK
        || ngx_civic_city_read(cf, dir, "phrases.tsv", &files.phrases)
           != NGX_OK
        || ngx_civic_city_may_read(cf, dir, "sentences.tsv",
                                   &files.sentences) != NGX_OK
        || ngx_civic_city_read(cf, dir, "wards.geojson", &files.geojson)
           != NGX_OK
        || ngx_civic_city_may_read(cf, dir, "places.csv", &files.places)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    city = ngx_pcalloc(cf->pool, sizeof(civic_city_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (city == NULL || cln == NULL) {
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_civic_city_cleanup;
    cln->data = city;

    if (civic_city_load(city, &files, &conf->arena, ngx_civic_city_fault, cf)
        != CIVIC_OK
        || civic_dialogue_check(city, &conf->arena, ngx_civic_city_fault, cf)
           != CIVIC_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"civic_city\" cannot use \"%V\"", dir);
        return NGX_CONF_ERROR;
    }

    if (city->nservices > NGX_CIVIC_SERVICES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"civic_city\" has %uz services, %d is the most",
                           city->nservices, NGX_CIVIC_SERVICES_MAX);
        return NGX_CONF_ERROR;
    }

    conf->city = city;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_civic_city_read(ngx_conf_t *cf, ngx_str_t *dir, const char *name,
    civic_file_t *file)
{
    ngx_str_t  path, bytes;

    path.len = dir->len + 1 + ngx_strlen(name);
    path.data = ngx_pnalloc(cf->pool, path.len + 1);

    if (path.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(path.data, "%V/%s%Z", dir, name);

    if (ngx_civic_conf_read(cf, &path, &bytes, NGX_CIVIC_FILE_MAX) != NGX_OK) {
        return NGX_ERROR;
    }

    file->name = civic_strn((char *) path.data, path.len);
    file->bytes = civic_strn((char *) bytes.data, bytes.len);

    return NGX_OK;
}


/* A city may know no places by name, and have no sentences to learn from. */

static ngx_int_t
ngx_civic_city_may_read(ngx_conf_t *cf, ngx_str_t *dir, const char *name,
    civic_file_t *file)
{
    ngx_str_t        path;
    ngx_file_info_t  fi;

    path.len = dir->len + 1 + ngx_strlen(name);
    path.data = ngx_pnalloc(cf->pool, path.len + 1);

    if (path.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(path.data, "%V/%s%Z", dir, name);

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_file_info(path.data, &fi) == NGX_FILE_ERROR
        && ngx_errno == NGX_ENOENT)
    {
        return NGX_OK;
    }

    return ngx_civic_city_read(cf, dir, name, file);
}


static void
ngx_civic_city_fault(void *data, const char *line)
{
    ngx_conf_t  *cf;

    cf = data;
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s", line);
}


static void
ngx_civic_city_cleanup(void *data)
{
    civic_city_destroy(data);
}
