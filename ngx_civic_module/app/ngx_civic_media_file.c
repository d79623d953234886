
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A file from its first byte to its place on disk.  The rename is the commit;
 * before it the bytes are on disk, after it the folder is, and only then does
 * Postgres hear of it.  A thread waits for the disk, so that the worker does
 * not.
 */


#include "app/ngx_civic_media.h"


/* Half written files older than this are nobody's, s; and as many at once. */
#define NGX_CIVIC_MEDIA_STALE    3600
#define NGX_CIVIC_MEDIA_SWEPT    1000

/* An exiting worker waits as long for the disk, ms. */
#define NGX_CIVIC_MEDIA_DISK     30000

#define NGX_CIVIC_MEDIA_TEMP     "/tmp/"


static void ngx_civic_media_file_cleanup(void *data);
static ngx_int_t ngx_civic_media_file_fail(ngx_civic_media_file_t *f);
static void ngx_civic_media_file_held(ngx_event_t *ev);
static void ngx_civic_media_file_placed(ngx_event_t *ev);
static void ngx_civic_media_file_place(void *data, ngx_log_t *log);
static ngx_int_t ngx_civic_media_file_folder(ngx_str_t *path, size_t len);
static ngx_int_t ngx_civic_media_file_sync(ngx_str_t *path, size_t len);


ngx_int_t
ngx_civic_media_file_open(ngx_civic_media_file_t *f, ngx_civic_worker_t *w,
    ngx_pool_t *pool, int64_t id, ngx_uint_t claims)
{
    u_char              *p;
    ngx_str_t           *base;
    ngx_pool_cleanup_t  *cln;

    ngx_memzero(f, sizeof(ngx_civic_media_file_t));

    f->worker = w;
    f->pool = pool;
    f->fd = NGX_INVALID_FILE;
    f->err = NGX_ENOMEM;

    base = &w->conf->media_path->name;

    cln = ngx_pool_cleanup_add(pool, 0);
    p = ngx_pnalloc(pool, base->len + sizeof(NGX_CIVIC_MEDIA_TEMP)
                          + 2 * NGX_INT64_LEN + 2);

    if (cln == NULL || p == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_civic_media_file_cleanup;
    cln->data = f;

    f->temp.data = p;
    p = ngx_sprintf(p, "%V" NGX_CIVIC_MEDIA_TEMP "%L.%ui", base, id, claims);
    *p = '\0';
    f->temp.len = p - f->temp.data;

    if (ngx_civic_media_file_folder(&f->temp, base->len + sizeof("/tmp") - 1)
        != NGX_OK)
    {
        return ngx_civic_media_file_fail(f);
    }

    /* the same row claimed as often: left by a worker that is dead */

    f->fd = ngx_open_file(f->temp.data, NGX_FILE_WRONLY, NGX_FILE_TRUNCATE,
                          0600);

    if (f->fd == NGX_INVALID_FILE) {
        return ngx_civic_media_file_fail(f);
    }

    f->md = EVP_MD_CTX_new();

    if (f->md == NULL || EVP_DigestInit_ex(f->md, EVP_sha256(), NULL) != 1) {
        return NGX_ERROR;
    }

    f->err = 0;

    return NGX_OK;
}


ngx_int_t
ngx_civic_media_file_write(ngx_civic_media_file_t *f, u_char *p, size_t len)
{
    size_t   n;
    ssize_t  written;

    if (f->size + (int64_t) len > (int64_t) f->worker->conf->media_max) {
        f->large = 1;
        return NGX_ERROR;
    }

    n = ngx_min(len, CIVIC_MEDIA_HEAD - f->nhead);
    ngx_memcpy(f->head + f->nhead, p, n);
    f->nhead += n;

    f->size += len;

    if (EVP_DigestUpdate(f->md, p, len) != 1) {
        f->err = NGX_ENOMEM;
        return NGX_ERROR;
    }

    while (len) {
        written = ngx_write_fd(f->fd, p, len);

        if (written < 0 && ngx_errno == NGX_EINTR) {
            continue;
        }

        if (written <= 0) {
            return ngx_civic_media_file_fail(f);
        }

        p += written;
        len -= written;
    }

    return NGX_OK;
}


ngx_int_t
ngx_civic_media_file_keep(ngx_civic_media_file_t *f,
    ngx_civic_media_file_pt done, void *data)
{
    char                name[CIVIC_MEDIA_NAME_MAX + 1];
    unsigned            len;
    ngx_thread_task_t  *task;

    f->err = NGX_ENOMEM;

    if (EVP_DigestFinal_ex(f->md, f->hash, &len) != 1) {
        return NGX_ERROR;
    }

    civic_media_name(f->hash, civic_media_type_of_ext(civic_str("bin")),
                     name);

    f->path = ngx_civic_media_file_path(f->worker->conf, civic_str(name),
                                        f->pool);
    task = ngx_thread_task_alloc(f->pool, 0);

    if (f->path.data == NULL || task == NULL) {
        return NGX_ERROR;
    }

    task->ctx = f;
    task->handler = ngx_civic_media_file_place;
    task->event.handler = ngx_civic_media_file_placed;
    task->event.data = f;

    f->held.handler = ngx_civic_media_file_held;
    f->held.data = f;
    f->held.log = f->worker->log;

    f->done = done;
    f->data = data;
    f->err = 0;

    if (ngx_thread_task_post(f->worker->conf->threads, task) != NGX_OK) {
        f->err = NGX_EAGAIN;
        return NGX_ERROR;
    }

    f->worker->filing++;
    ngx_add_timer(&f->held, NGX_CIVIC_MEDIA_DISK);

    return NGX_OK;
}


/* An exiting worker has waited long enough; the file is fetched again. */

static void
ngx_civic_media_file_held(ngx_event_t *ev)
{
    ngx_log_error(NGX_LOG_WARN, ev->log, 0,
                  "civic: the disk takes more than %d ms for a file",
                  NGX_CIVIC_MEDIA_DISK);
}


static void
ngx_civic_media_file_placed(ngx_event_t *ev)
{
    ngx_civic_media_file_t  *f;

    f = ev->data;

    f->worker->filing--;

    if (f->held.timer_set) {
        ngx_del_timer(&f->held);
    }

    f->done(f->data);
}


/* In a thread: no pool, no log, no more than the file itself. */

static void
ngx_civic_media_file_place(void *data, ngx_log_t *log)
{
    size_t                   inner, outer, base;
    ngx_str_t               *path;
    ngx_file_info_t          fi;
    ngx_civic_media_file_t  *f;

    f = data;
    path = &f->path;

    inner = path->len - 2 * CIVIC_MEDIA_HASH - 1;
    outer = inner - sizeof("/cd") + 1;
    base = outer - sizeof("/ab") + 1;

    if (ngx_file_info(path->data, &fi) != NGX_FILE_ERROR
        && ngx_file_size(&fi) == f->size)
    {
        /* somebody else has sent the very same bytes, and perhaps only now */

        ngx_civic_media_file_drop(f);

    } else if (fsync(f->fd) == -1
               || ngx_civic_media_file_folder(path, outer) != NGX_OK
               || ngx_civic_media_file_folder(path, inner) != NGX_OK
               || ngx_rename_file(f->temp.data, path->data) == NGX_FILE_ERROR)
    {
        (void) ngx_civic_media_file_fail(f);
        return;

    } else {
        (void) ngx_close_file(f->fd);
        f->fd = NGX_INVALID_FILE;
    }

    /* all names must last, whoever has made them */

    if (ngx_civic_media_file_sync(path, inner) != NGX_OK
        || ngx_civic_media_file_sync(path, outer) != NGX_OK
        || ngx_civic_media_file_sync(path, base) != NGX_OK)
    {
        (void) ngx_civic_media_file_fail(f);
    }
}


/* The first "len" bytes of a path are a folder, or become one. */

static ngx_int_t
ngx_civic_media_file_folder(ngx_str_t *path, size_t len)
{
    ngx_int_t  rc;

    path->data[len] = '\0';

    rc = ngx_create_dir(path->data, 0700) == NGX_FILE_ERROR
         && ngx_errno != NGX_EEXIST ? NGX_ERROR : NGX_OK;

    path->data[len] = '/';

    return rc;
}


/* What the folder of its first "len" bytes holds is on disk. */

static ngx_int_t
ngx_civic_media_file_sync(ngx_str_t *path, size_t len)
{
    int       rc;
    ngx_fd_t  fd;

    path->data[len] = '\0';
    fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    path->data[len] = '/';

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    rc = fsync(fd);
    (void) ngx_close_file(fd);

    return rc == -1 ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_civic_media_file_fail(ngx_civic_media_file_t *f)
{
    f->err = ngx_errno;

    return NGX_ERROR;
}


void
ngx_civic_media_file_drop(ngx_civic_media_file_t *f)
{
    if (f->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(f->fd);
        (void) ngx_delete_file(f->temp.data);   /* swept if it stays */
        f->fd = NGX_INVALID_FILE;
    }
}


static void
ngx_civic_media_file_cleanup(void *data)
{
    ngx_civic_media_file_t  *f;

    f = data;

    ngx_civic_media_file_drop(f);
    EVP_MD_CTX_free(f->md);
}


ngx_str_t
ngx_civic_media_file_path(ngx_civic_main_conf_t *conf, civic_str_t name,
    ngx_pool_t *pool)
{
    u_char     *p;
    ngx_str_t   path;

    path.len = conf->media_path->name.len + sizeof("/ab/cd/") - 1
               + 2 * CIVIC_MEDIA_HASH;
    path.data = ngx_pnalloc(pool, path.len + 1);

    if (path.data) {
        p = ngx_sprintf(path.data, "%V/%*s/%*s/%*s", &conf->media_path->name,
                        (size_t) 2, name.data, (size_t) 2, name.data + 2,
                        (size_t) 2 * CIVIC_MEDIA_HASH, name.data);
        *p = '\0';
    }

    return path;
}


void
ngx_civic_media_file_sweep(ngx_civic_worker_t *w)
{
    u_char      *p, path[NGX_MAX_PATH];
    ngx_dir_t    dir;
    ngx_str_t    name, *base;
    ngx_uint_t   n;

    base = &w->conf->media_path->name;

    if (base->len + sizeof(NGX_CIVIC_MEDIA_TEMP) + NAME_MAX > sizeof(path)) {
        return;
    }

    p = ngx_sprintf(path, "%V/tmp", base);
    *p = '\0';

    name.data = path;
    name.len = p - path;

    if (ngx_open_dir(&name, &dir) == NGX_ERROR) {
        return;                         /* there was never a file */
    }

    *p++ = '/';

    for (n = 0; n < NGX_CIVIC_MEDIA_SWEPT; n++) {

        if (ngx_read_dir(&dir) == NGX_ERROR) {
            break;
        }

        *ngx_cpymem(p, ngx_de_name(&dir), ngx_de_namelen(&dir)) = '\0';

        if (ngx_de_info(path, &dir) != NGX_FILE_ERROR && ngx_de_is_file(&dir)
            && ngx_time() - ngx_de_mtime(&dir) > NGX_CIVIC_MEDIA_STALE)
        {
            (void) ngx_delete_file(path);       /* or the next time */
        }
    }

    (void) ngx_close_dir(&dir);
}
