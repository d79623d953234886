
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The operator's connection string, checked when the configuration is read
 * and made into libpq's parameters.  It refuses whatever would make libpq
 * wait inside a worker: names to look up, services to read about.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "net/ngx_civic_pg.h"


/* parameters added to the operator's, and the NULL that ends them */

#define NGX_CIVIC_PG_OURS  5


static char *ngx_civic_pg_conf_hosts(PQconninfoOption *opts);
static const char *ngx_civic_pg_conf_value(PQconninfoOption *opts,
    const char *keyword);
static ngx_uint_t ngx_civic_pg_conf_is_name(const char *hosts);
static char *ngx_civic_pg_conf_fill(ngx_pool_t *pool,
    ngx_civic_pg_conf_t *conf, PQconninfoOption *opts);
static const char *ngx_civic_pg_conf_copy(ngx_pool_t *pool, const char *s);


char *
ngx_civic_pg_conf(ngx_pool_t *pool, ngx_civic_pg_conf_t *conf)
{
    char              *reason, *error;
    u_char            *conninfo;
    PQconninfoOption  *opts;

    if (conf->connections == 0 || conf->depth == 0 || conf->batch == 0
        || conf->queue == 0 || conf->timeout == 0)
    {
        return "zero is not a limit";
    }

    conninfo = ngx_pnalloc(pool, conf->conninfo.len + 1);
    if (conninfo == NULL) {
        return "no memory";
    }

    (void) ngx_cpystrn(conninfo, conf->conninfo.data, conf->conninfo.len + 1);

    error = NULL;
    opts = PQconninfoParse((char *) conninfo, &error);

    if (opts == NULL) {
        reason = (char *) ngx_civic_pg_conf_copy(pool, error ? error
                                                       : "no memory");
        PQfreemem(error);

        if (reason == NULL) {
            return "no memory";
        }

        /* libpq ends it as a line */

        reason[strcspn(reason, "\n")] = '\0';
        return reason;
    }

    reason = ngx_civic_pg_conf_hosts(opts);

    if (reason == NULL) {
        reason = ngx_civic_pg_conf_fill(pool, conf, opts);
    }

    PQconninfoFree(opts);

    return reason;
}


static char *
ngx_civic_pg_conf_hosts(PQconninfoOption *opts)
{
    const char  *hosts;

    if (ngx_civic_pg_conf_value(opts, "service")) {
        return "\"service\" is not supported: give its parameters";
    }

    if (ngx_civic_pg_conf_value(opts, "hostaddr")) {
        return NULL;
    }

    hosts = ngx_civic_pg_conf_value(opts, "host");

    if (hosts && ngx_civic_pg_conf_is_name(hosts)) {
        return "\"host\" is a name, and looking it up would block the worker:"
               " give its address in \"hostaddr\", or a socket directory";
    }

    return NULL;
}


static const char *
ngx_civic_pg_conf_value(PQconninfoOption *opts, const char *keyword)
{
    PQconninfoOption  *o;

    for (o = opts; o->keyword; o++) {
        if (ngx_strcmp(o->keyword, keyword) == 0) {
            return o->val && *o->val ? o->val : NULL;
        }
    }

    return NULL;
}


/* anything but addresses, and directories of sockets, in a list by commas */

static ngx_uint_t
ngx_civic_pg_conf_is_name(const char *hosts)
{
    size_t       len;
    u_char       in6[16];
    const char  *p;

    p = hosts;

    for ( ;; ) {
        len = strcspn(p, ",");

        if (len && *p != '/' && *p != '@'
            && ngx_inet_addr((u_char *) p, len) == INADDR_NONE
            && ngx_inet6_addr((u_char *) p, len, in6) != NGX_OK)
        {
            return 1;
        }

        if (p[len] == '\0') {
            return 0;
        }

        p += len + 1;
    }
}


static char *
ngx_civic_pg_conf_fill(ngx_pool_t *pool, ngx_civic_pg_conf_t *conf,
    PQconninfoOption *opts)
{
    size_t             len;
    u_char            *options;
    const char        *given, **k, **v;
    ngx_uint_t         n;
    PQconninfoOption  *o;

    for (n = NGX_CIVIC_PG_OURS, o = opts; o->keyword; o++) {
        n++;
    }

    k = ngx_pcalloc(pool, n * sizeof(char *));
    v = ngx_pcalloc(pool, n * sizeof(char *));

    given = ngx_civic_pg_conf_value(opts, "options");
    given = given ? given : "";

    len = ngx_strlen(given) + sizeof(" -c jit=off -c statement_timeout=")
          + NGX_INT_T_LEN;
    options = ngx_pnalloc(pool, len);

    if (k == NULL || v == NULL || options == NULL) {
        return "no memory";
    }

    conf->keywords = k;
    conf->values = v;

    for (o = opts; o->keyword; o++) {

        if (o->val == NULL) {
            continue;
        }

        *k = ngx_civic_pg_conf_copy(pool, o->keyword);
        *v = ngx_civic_pg_conf_copy(pool, o->val);

        if (*k == NULL || *v == NULL) {
            return "no memory";
        }

        k++;
        v++;
    }

    /* of a repeated parameter libpq takes the last */

    *k++ = "fallback_application_name";
    *v++ = "ngx_civic";

    *k++ = "client_encoding";
    *v++ = "UTF8";

    /* asking for Kerberos could block; and a socket more for each attempt */

    *k++ = "gssencmode";
    *v++ = "disable";

    /*
     * Postgres gives up a little earlier than we do: a statement it has ended
     * itself is known not to have happened.  The functions forbid scans of
     * whole tables, which makes a plan that needs one look dear enough to be
     * compiled, at each call.
     */

    (void) ngx_sprintf(options, "%s -c jit=off -c statement_timeout=%M%Z",
                       given, conf->timeout - conf->timeout / 8);

    *k = "options";
    *v = (char *) options;

    return NULL;
}


static const char *
ngx_civic_pg_conf_copy(ngx_pool_t *pool, const char *s)
{
    u_char  *p;
    size_t   len;

    len = ngx_strlen(s) + 1;

    p = ngx_pnalloc(pool, len);
    if (p != NULL) {
        ngx_memcpy(p, s, len);
    }

    return (const char *) p;
}
