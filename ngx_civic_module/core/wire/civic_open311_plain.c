
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Text of a 311 system made plain: tags go (blocks leave a line break, the
 * insides of script and style go too), entities become characters once, runs
 * of white space shrink.  It is no sanitiser for showing text as HTML: what
 * comes out may hold '<' and is to be escaped where HTML is made.
 */


#include <stdlib.h>

#include "core/base/civic_utf8.h"
#include "core/wire/civic_open311_item.h"


#define CIVIC_311_TAG_MAX     1024      /* bytes; a longer one is text */
#define CIVIC_311_ENTITY_MAX  10


typedef struct {
    const char  *p;
    const char  *last;
    char        *out;
    char        *start;
} civic_311_plain_t;


static int civic_311_tag(civic_311_plain_t *t);
static const char *civic_311_tag_end(const civic_311_plain_t *t,
    const char *name);
static int civic_311_tag_is(const char *p, const char *last,
    const char *name);
static int civic_311_entity(civic_311_plain_t *t);
static void civic_311_char(civic_311_plain_t *t, unsigned long uc);
static void civic_311_emit(civic_311_plain_t *t, char c);


static const char  *civic_311_blocks[] = {
    "br", "p", "div", "li", "tr", "td", "title",
    "h1", "h2", "h3", "h4", "h5", "h6", NULL
};


static const struct {
    const char  *name;
    char         c;
} civic_311_entities[] = {
    { "amp;",  '&' },
    { "lt;",   '<' },
    { "gt;",   '>' },
    { "quot;", '"' },
    { "apos;", '\'' },
    { "nbsp;", ' ' },
    { NULL,    '\0' }
};


civic_str_t
civic_311_plain(civic_str_t s, const civic_arena_t *a)
{
    civic_311_plain_t  t;

    t.p = s.data;
    t.last = s.data + s.len;

    t.start = civic_arena_alloc(a, s.len + 1);  /* it never grows */
    if (t.start == NULL) {
        return civic_strn(NULL, 0);
    }

    t.out = t.start;

    while (t.p < t.last) {

        if (*t.p == '<' && civic_311_tag(&t) == CIVIC_OK) {
            continue;
        }

        if (*t.p == '&' && civic_311_entity(&t) == CIVIC_OK) {
            continue;
        }

        civic_311_emit(&t, *t.p++);
    }

    while (t.out > t.start && (t.out[-1] == ' ' || t.out[-1] == '\n')) {
        t.out--;
    }

    return civic_utf8_clean(civic_strn(t.start, (size_t) (t.out - t.start)),
                            a);
}


/* CIVIC_DECLINED leaves a '<' that begins no tag, as in "5 < 6". */

static int
civic_311_tag(civic_311_plain_t *t)
{
    const char   *name, *end;
    const char  **block;

    name = t->p + 1;

    if (name < t->last && *name == '/') {
        name++;
    }

    if (name == t->last
        || (((*name | 0x20) < 'a' || (*name | 0x20) > 'z')
            && *name != '!' && *name != '?'))
    {
        return CIVIC_DECLINED;
    }

    end = civic_311_tag_end(t, name);
    if (end == NULL) {
        return CIVIC_DECLINED;
    }

    for (block = civic_311_blocks; *block != NULL; block++) {
        if (civic_311_tag_is(name, end, *block)) {
            civic_311_emit(t, '\n');
        }
    }

    t->p = end;

    return CIVIC_OK;
}


/* Past the '>', or past everything that is not meant to be read. */

static const char *
civic_311_tag_end(const civic_311_plain_t *t, const char *name)
{
    size_t       max;
    const char  *p, *quiet;

    max = (size_t) (t->last - name);

    if (max > CIVIC_311_TAG_MAX) {
        max = CIVIC_311_TAG_MAX;
    }

    p = memchr(name, '>', max);
    if (p == NULL) {
        return NULL;
    }

    quiet = civic_311_tag_is(name, t->last, "script") ? "script"
            : civic_311_tag_is(name, t->last, "style") ? "style" : NULL;

    if (quiet == NULL || name[-1] == '/') {
        return p + 1;
    }

    while (t->last - p > 2) {
        if (p[0] == '<' && p[1] == '/'
            && civic_311_tag_is(p + 2, t->last, quiet))
        {
            return p;
        }

        p++;
    }

    return t->last;
}


static int
civic_311_tag_is(const char *p, const char *last, const char *name)
{
    size_t  i, len;

    len = strlen(name);

    if ((size_t) (last - p) <= len) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if ((p[i] | 0x20) != (name[i] | 0x20)) {
            return 0;
        }
    }

    return strchr("> /\t\r\n", p[len]) != NULL;
}


static int
civic_311_entity(civic_311_plain_t *t)
{
    int             base;
    char           *end;
    char            number[CIVIC_311_ENTITY_MAX + 1];
    size_t          i, n, len;
    const char     *p;
    unsigned long   uc;

    p = t->p + 1;
    n = (size_t) (t->last - p);

    for (i = 0; civic_311_entities[i].name != NULL; i++) {
        len = strlen(civic_311_entities[i].name);

        if (n >= len && memcmp(p, civic_311_entities[i].name, len) == 0) {
            civic_311_emit(t, civic_311_entities[i].c);
            t->p = p + len;
            return CIVIC_OK;
        }
    }

    if (n < 3 || p[0] != '#') {
        return CIVIC_DECLINED;
    }

    n = (n < CIVIC_311_ENTITY_MAX) ? n : CIVIC_311_ENTITY_MAX;
    memcpy(number, p, n);
    number[n] = '\0';

    base = ((number[1] | 0x20) == 'x') ? 16 : 10;
    i = (base == 16) ? 2 : 1;

    if (strspn(number + i, "0123456789abcdefABCDEF") == 0) {
        return CIVIC_DECLINED;          /* strtoul would take a sign */
    }

    uc = strtoul(number + i, &end, base);

    if (*end != ';') {
        return CIVIC_DECLINED;
    }

    civic_311_char(t, uc);
    t->p = p + (end - number) + 1;

    return CIVIC_OK;
}


/* Surrogates and the like come out ill-formed; civic_utf8_clean sees them. */

static void
civic_311_char(civic_311_plain_t *t, unsigned long uc)
{
    if (uc == 0 || uc > 0x10ffff) {
        return;
    }

    if (uc < 0x80) {
        civic_311_emit(t, (char) uc);
        return;
    }

    if (uc < 0x800) {
        *t->out++ = (char) (0xc0 | uc >> 6);

    } else if (uc < 0x10000) {
        *t->out++ = (char) (0xe0 | uc >> 12);
        *t->out++ = (char) (0x80 | (uc >> 6 & 0x3f));

    } else {
        *t->out++ = (char) (0xf0 | uc >> 18);
        *t->out++ = (char) (0x80 | (uc >> 12 & 0x3f));
        *t->out++ = (char) (0x80 | (uc >> 6 & 0x3f));
    }

    *t->out++ = (char) (0x80 | (uc & 0x3f));
}


/* One of a run of white space, a line break if there is one in the run. */

static void
civic_311_emit(civic_311_plain_t *t, char c)
{
    if (c == '\t' || c == '\r') {
        c = ' ';
    }

    if (c != ' ' && c != '\n') {
        *t->out++ = c;
        return;
    }

    if (t->out == t->start) {
        return;
    }

    if (t->out[-1] != ' ' && t->out[-1] != '\n') {
        *t->out++ = c;

    } else if (c == '\n') {
        t->out[-1] = c;
    }
}
