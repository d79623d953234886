
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Files of citizens: on disk, once for all who sent the same bytes, and on
 * the web, for whoever was given the link.  A link proves itself, so neither
 * side asks Postgres.
 */


#ifndef _NGX_CIVIC_MEDIA_H_INCLUDED_
#define _NGX_CIVIC_MEDIA_H_INCLUDED_


#include "app/ngx_civic_app.h"


/* Bytes of a link behind civic_media_url. */
#define NGX_CIVIC_MEDIA_LINK                                                  \
    (1 + CIVIC_MEDIA_CODE_LEN + 1 + CIVIC_MEDIA_NAME_MAX)


/*
 * A file that is coming.  It is under a name of its own until keep(): whoever
 * dies before leaves nothing that could be served.
 */

typedef void (*ngx_civic_media_file_pt)(void *data);

typedef struct {
    ngx_civic_worker_t          *worker;
    ngx_pool_t                  *pool;
    ngx_fd_t                     fd;            /* NGX_INVALID_FILE: none */
    ngx_str_t                    temp;
    EVP_MD_CTX                  *md;
    int64_t                      size;
    u_char                       head[CIVIC_MEDIA_HEAD];
    size_t                       nhead;
    ngx_err_t                    err;           /* why it cannot be written */
    unsigned                     large:1;       /* more than civic_media_max */
    u_char                       hash[CIVIC_MEDIA_HASH];

    /* while keep() runs, all but these is the thread's */
    ngx_str_t                    path;
    ngx_event_t                  held;          /* a worker does not go */
    ngx_civic_media_file_pt      done;
    void                        *data;
} ngx_civic_media_file_t;


/*
 * open() makes the file of outbox row "id", claimed "claims" times; what is
 * not kept is removed with "pool".  write() takes a piece: it blocks as long
 * as a write of some KB does.  NGX_ERROR: "err" says why, or the file is
 * "large".
 */
ngx_int_t ngx_civic_media_file_open(ngx_civic_media_file_t *f,
    ngx_civic_worker_t *w, ngx_pool_t *pool, int64_t id, ngx_uint_t claims);
ngx_int_t ngx_civic_media_file_write(ngx_civic_media_file_t *f, u_char *p,
    size_t len);
void ngx_civic_media_file_drop(ngx_civic_media_file_t *f);

/*
 * Makes the bytes safe (fsync) and gives them the name of their SHA-256, which
 * is then in "hash".  The disk is waited for by a thread; "done" is called in
 * the worker, later, and "err" tells whether it went well.  Until then the
 * file and its pool are left alone.  NGX_ERROR: it was not begun and "done"
 * will not be called, "err" says why.
 */
ngx_int_t ngx_civic_media_file_keep(ngx_civic_media_file_t *f,
    ngx_civic_media_file_pt done, void *data);

/* In init_process: removes what dead workers have left half written. */
void ngx_civic_media_file_sweep(ngx_civic_worker_t *w);

/* The path of a file by its name, terminated; data NULL without memory. */
ngx_str_t ngx_civic_media_file_path(ngx_civic_main_conf_t *conf,
    civic_str_t name, ngx_pool_t *pool);


/* A link to "name", NGX_CIVIC_MEDIA_LINK bytes at most; data NULL: none. */
civic_str_t ngx_civic_media_link(ngx_civic_worker_t *w, civic_str_t name,
    const civic_arena_t *a);

/* The content handler of civic_media. */
ngx_int_t ngx_civic_media_handler(ngx_http_request_t *r);


#endif /* _NGX_CIVIC_MEDIA_H_INCLUDED_ */
