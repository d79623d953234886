
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The pass in front of cJSON: see civic_json.h for what it is good for.  It
 * judges tokens, balance, depth and number of values; the grammar between
 * tokens is cJSON's to judge.  Judged by neither: a bare number as the name
 * of a member, which comes through as text and harms nobody.
 */


#include "core/wire/civic_json_scan.h"


static int civic_json_scan_string(civic_json_scan_t *s);
static int civic_json_scan_escape(civic_json_scan_t *s);
static int civic_json_scan_hex(const civic_json_scan_t *s, const char *p);
static int civic_json_scan_number(civic_json_scan_t *s);
static int civic_json_scan_digits(civic_json_scan_t *s);
static void civic_json_keep(civic_json_scan_t *s, const char *p, size_t n);


int
civic_json_scan(civic_json_scan_t *s)
{
    int  rc;

    while (s->p < s->last) {

        rc = CIVIC_OK;

        switch (*s->p) {

        case '"':
            rc = civic_json_scan_string(s);
            break;

        case '-':
        case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9':
            rc = civic_json_scan_number(s);
            break;

        case '{':
        case '[':
            if (++s->depth > s->depth_max) {
                return CIVIC_DECLINED;
            }

            s->values++;
            civic_json_keep(s, s->p++, 1);
            break;

        case '}':
        case ']':
            if (s->depth-- == 0) {
                return CIVIC_DECLINED;
            }

            civic_json_keep(s, s->p++, 1);
            break;

        case ',':
            s->values++;
            civic_json_keep(s, s->p++, 1);
            break;

        default:
            if ((unsigned char) *s->p < 0x20 && !civic_json_space(*s->p)) {
                return CIVIC_DECLINED;
            }

            civic_json_keep(s, s->p++, 1);
        }

        if (rc != CIVIC_OK || s->values > CIVIC_JSON_VALUES_MAX) {
            return CIVIC_DECLINED;
        }
    }

    /* cJSON before 1.7.18 reads past the end of some unbalanced documents */

    return s->depth ? CIVIC_DECLINED : CIVIC_OK;
}


static int
civic_json_scan_string(civic_json_scan_t *s)
{
    const char  *start;

    civic_json_keep(s, s->p++, 1);

    for ( ;; ) {
        start = s->p;

        while (s->p < s->last
               && *s->p != '"' && *s->p != '\\' && *s->p != '\0')
        {
            s->p++;
        }

        civic_json_keep(s, start, (size_t) (s->p - start));

        if (s->p == s->last || *s->p == '\0') {
            return CIVIC_DECLINED;
        }

        if (*s->p == '"') {
            civic_json_keep(s, s->p++, 1);
            return CIVIC_OK;
        }

        if (civic_json_scan_escape(s) != CIVIC_OK) {
            return CIVIC_DECLINED;
        }
    }
}


/*
 * U+0000 would end cJSON's string early, and for half a surrogate pair cJSON
 * would refuse the whole document, with every other message in it.
 */

static int
civic_json_scan_escape(civic_json_scan_t *s)
{
    int          unit, low;
    const char  *p;

    p = s->p;

    if (s->last - p < 2) {
        return CIVIC_DECLINED;
    }

    if (p[1] != 'u') {
        civic_json_keep(s, p, 2);
        s->p += 2;
        return CIVIC_OK;
    }

    unit = civic_json_scan_hex(s, p);
    if (unit < 0) {
        return CIVIC_DECLINED;
    }

    s->p += 6;

    if (unit == 0) {
        s->changed = 1;
        return CIVIC_OK;
    }

    if (unit < 0xd800 || unit > 0xdfff) {
        civic_json_keep(s, p, 6);
        return CIVIC_OK;
    }

    low = civic_json_scan_hex(s, s->p);

    if (unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
        civic_json_keep(s, p, 12);
        s->p += 6;
        return CIVIC_OK;
    }

    civic_json_keep(s, "\\ufffd", 6);
    s->changed = 1;

    return CIVIC_OK;
}


/* The value of "\uXXXX" at p, -1 if there is none. */

static int
civic_json_scan_hex(const civic_json_scan_t *s, const char *p)
{
    int   i, n;
    char  c;

    if (s->last - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return -1;
    }

    n = 0;

    for (i = 2; i < 6; i++) {
        c = p[i];

        if (c >= '0' && c <= '9') {
            n = n * 16 + c - '0';

        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            n = n * 16 + (c | 0x20) - 'a' + 10;

        } else {
            return -1;
        }
    }

    return n;
}


/* By the grammar of RFC 8259: 001 and .5 are no numbers. */

static int
civic_json_scan_number(civic_json_scan_t *s)
{
    const char  *start;

    start = s->p;

    if (*s->p == '-') {
        s->p++;
    }

    if (s->p < s->last && *s->p == '0') {
        s->p++;

    } else if (civic_json_scan_digits(s) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    if (s->p < s->last && *s->p == '.') {
        s->p++;

        if (civic_json_scan_digits(s) != CIVIC_OK) {
            return CIVIC_DECLINED;
        }
    }

    if (s->p < s->last && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;

        if (s->p < s->last && (*s->p == '+' || *s->p == '-')) {
            s->p++;
        }

        if (civic_json_scan_digits(s) != CIVIC_OK) {
            return CIVIC_DECLINED;
        }
    }

    if (s->p < s->last && strchr(" \t\r\n,]}:", *s->p) == NULL) {
        return CIVIC_DECLINED;
    }

    civic_json_keep(s, "\"", 1);
    civic_json_keep(s, start, (size_t) (s->p - start));
    civic_json_keep(s, "\"", 1);
    s->changed = 1;

    return CIVIC_OK;
}


static int
civic_json_scan_digits(civic_json_scan_t *s)
{
    const char  *start;

    start = s->p;

    while (s->p < s->last && *s->p >= '0' && *s->p <= '9') {
        s->p++;
    }

    return s->p > start ? CIVIC_OK : CIVIC_DECLINED;
}


static void
civic_json_keep(civic_json_scan_t *s, const char *p, size_t n)
{
    if (s->out != NULL) {
        memcpy(s->out + s->len, p, n);
    }

    s->len += n;
}
