
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A URL, an answer and a link are other people's bytes: each is taken apart
 * here, and what is not exactly as expected is declined.
 */


#include "core/wire/civic_json.h"
#include "core/wire/civic_media.h"


#define CIVIC_MEDIA_ANSWER_MAX    65536     /* bytes; real ones are 500 */
#define CIVIC_MEDIA_ANSWER_DEPTH  16
#define CIVIC_MEDIA_SIZE_MAX      ((int64_t) 1 << 40)

#define CIVIC_MEDIA_ID_MAX        128       /* bytes; Meta's have 16 digits */


static civic_media_answer_e civic_media_refused(unsigned status, int code);
static int civic_media_host(civic_str_t *rest, const civic_str_t *hosts,
    size_t nhosts, civic_str_t *host);
static int civic_media_path(civic_str_t path, char *p, size_t *len);
static int civic_media_args(civic_str_t args);
static int civic_media_hex(char c);
static int civic_media_digit(char c);
static int civic_media_decode(const char *text, unsigned char *code);


static const char *const  civic_media_kind_names[CIVIC_MEDIA_KINDS] = {
    "photo", "voice", "video", "document"
};

static const char  civic_media_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


const char *
civic_media_kind_name(civic_media_kind_e kind)
{
    return civic_media_kind_names[kind];
}


int
civic_media_kind_of_name(civic_str_t name, civic_media_kind_e *kind)
{
    int  i;

    for (i = 0; i < CIVIC_MEDIA_KINDS; i++) {
        if (civic_str_is(name, civic_media_kind_names[i])) {
            *kind = i;
            return CIVIC_OK;
        }
    }

    return CIVIC_DECLINED;
}


int
civic_media_id_is_safe(civic_str_t id)
{
    size_t  i;

    for (i = 0; i < id.len; i++) {
        if (civic_media_digit(id.data[i]) < 0) {
            return 0;
        }
    }

    return id.len > 0 && id.len <= CIVIC_MEDIA_ID_MAX;
}


int
civic_media_answer(unsigned status, civic_str_t body, const civic_arena_t *a,
    civic_media_answer_t *answer)
{
    int            rc;
    civic_json_t   j;
    const cJSON   *error;

    memset(answer, 0, sizeof(civic_media_answer_t));
    answer->size = -1;

    if (status == 0) {
        answer->kind = CIVIC_MEDIA_BUSY;
        return CIVIC_OK;
    }

    answer->kind = civic_media_refused(status, 0);

    if (body.len > CIVIC_MEDIA_ANSWER_MAX) {
        return CIVIC_OK;
    }

    rc = civic_json_parse(&j, body, CIVIC_MEDIA_ANSWER_DEPTH, a);

    if (rc == CIVIC_OK) {
        error = civic_json_object(j.root, "error");

        if (error != NULL || status != 200) {
            answer->code = (int) civic_json_int(error, "code", INT32_MAX);
            answer->kind = civic_media_refused(status, answer->code);

        } else {
            answer->url = civic_json_id(&j, j.root, "url",
                                        CIVIC_MEDIA_URL_MAX);
            answer->kind = answer->url.len ? CIVIC_MEDIA_THERE
                                           : CIVIC_MEDIA_ODD;

            /* text in the reference, a number in real answers */

            if (civic_json_view(j.root, "file_size").len) {
                answer->size = civic_json_int(j.root, "file_size",
                                              CIVIC_MEDIA_SIZE_MAX);
            }
        }

        rc = j.exhausted ? CIVIC_ERROR : CIVIC_OK;
    }

    civic_json_free(&j);

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


/* An id that is over, or was never, is a parameter that does not exist. */

static civic_media_answer_e
civic_media_refused(unsigned status, int code)
{
    if (code == 100 || code == 33 || code == 131052) {
        return CIVIC_MEDIA_GONE;
    }

    if (status >= 500 || status == 429 || status == 408 || status == 425
        || status == 401 || status == 403 || code)
    {
        return CIVIC_MEDIA_BUSY;
    }

    return status == 404 || status == 410 ? CIVIC_MEDIA_GONE
                                          : CIVIC_MEDIA_ODD;
}


int
civic_media_url(civic_str_t url, const civic_str_t *hosts, size_t nhosts,
    const civic_arena_t *a, civic_str_t *path, civic_str_t *args)
{
    char         *p;
    size_t        len;
    const char   *mark;
    civic_str_t   host, rest;

    static const char  scheme[] = "https://";

    if (url.len <= sizeof(scheme) - 1 || url.len > CIVIC_MEDIA_URL_MAX
        || memcmp(url.data, scheme, sizeof(scheme) - 1) != 0)
    {
        return CIVIC_DECLINED;
    }

    rest = civic_strn(url.data + sizeof(scheme) - 1,
                      url.len - (sizeof(scheme) - 1));

    if (civic_media_host(&rest, hosts, nhosts, &host) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    mark = memchr(rest.data, '?', rest.len);
    *args = civic_str("");

    if (mark != NULL) {
        *args = civic_strn(mark + 1, rest.len - (size_t) (mark + 1
                                                          - rest.data));
        rest.len = (size_t) (mark - rest.data);
    }

    if (civic_media_args(*args) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    p = civic_arena_alloc(a, 1 + host.len + rest.len + 1);
    if (p == NULL) {
        return CIVIC_ERROR;
    }

    p[0] = '/';
    memcpy(p + 1, host.data, host.len);

    if (civic_media_path(rest, p + 1 + host.len, &len) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    *path = civic_strn(p, 1 + host.len + len);

    return CIVIC_OK;
}


/*
 * The whole name up to the first '/' must be one of ours: with a user, a
 * port, brackets or a final dot it is another.
 */

static int
civic_media_host(civic_str_t *rest, const civic_str_t *hosts, size_t nhosts,
    civic_str_t *host)
{
    size_t       i;
    const char  *slash;

    slash = memchr(rest->data, '/', rest->len);

    if (slash == NULL) {
        return CIVIC_DECLINED;
    }

    *host = civic_strn(rest->data, (size_t) (slash - rest->data));

    rest->len -= host->len;
    rest->data = slash;

    for (i = 0; i < nhosts; i++) {
        if (civic_str_eq(*host, hosts[i])) {
            return CIVIC_OK;
        }
    }

    return CIVIC_DECLINED;
}


/* nginx encodes it again for the peer; what would then differ is declined. */

static int
civic_media_path(civic_str_t path, char *p, size_t *len)
{
    int     hi, lo;
    char    c, *start;
    size_t  i;

    start = p;

    for (i = 0; i < path.len; i++) {
        c = path.data[i];

        if (c == '%') {
            hi = i + 2 < path.len ? civic_media_hex(path.data[i + 1]) : -1;
            lo = i + 2 < path.len ? civic_media_hex(path.data[i + 2]) : -1;

            if (hi < 0 || lo < 0) {
                return CIVIC_DECLINED;
            }

            c = (char) (hi << 4 | lo);
            i += 2;

            if (c == '/' || c == '%') {
                return CIVIC_DECLINED;
            }

        } else if (c == '#' || c > 0x7e || c < 0) {
            return CIVIC_DECLINED;
        }

        if (c == '\\' || (c >= 0 && c <= ' ') || c == 0x7f
            || (c == '.' && p > start && p[-1] == '/')
            || (c == '/' && p > start && p[-1] == '/'))
        {
            return CIVIC_DECLINED;
        }

        *p++ = c;
    }

    *len = (size_t) (p - start);

    return CIVIC_OK;
}


static int
civic_media_args(civic_str_t args)
{
    size_t  i;

    for (i = 0; i < args.len; i++) {
        if (args.data[i] <= ' ' || args.data[i] > 0x7e || args.data[i] == '#')
        {
            return CIVIC_DECLINED;
        }
    }

    return CIVIC_OK;
}


static int
civic_media_hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


void
civic_media_name(const unsigned char hash[CIVIC_MEDIA_HASH],
    const civic_media_type_t *type, char *name)
{
    int  i;

    static const char  hex[] = "0123456789abcdef";

    for (i = 0; i < CIVIC_MEDIA_HASH; i++) {
        *name++ = hex[hash[i] >> 4];
        *name++ = hex[hash[i] & 0xf];
    }

    *name++ = '.';
    strcpy(name, type->ext);
}


void
civic_media_code(const unsigned char code[CIVIC_MEDIA_CODE], char *text)
{
    int       i;
    unsigned  bits;

    for (i = 0; i < CIVIC_MEDIA_CODE_LEN; i++) {

        /* six bits from bit 6 * i on; the last two have none behind them */

        bits = (unsigned) code[6 * i / 8] << 8;

        if (6 * i / 8 + 1 < CIVIC_MEDIA_CODE) {
            bits |= code[6 * i / 8 + 1];
        }

        text[i] = civic_media_digits[bits >> (10 - 6 * i % 8) & 0x3f];
    }

    text[i] = '\0';
}


int
civic_media_link(civic_str_t uri, unsigned char code[CIVIC_MEDIA_CODE],
    civic_str_t *name, const civic_media_type_t **type)
{
    size_t       i, len;
    const char  *p;

    for (len = 0; len < uri.len && uri.data[uri.len - 1 - len] != '/'; len++) {
        /* void */
    }

    if (len <= 2 * CIVIC_MEDIA_HASH + 1 || len > CIVIC_MEDIA_NAME_MAX
        || uri.len < len + 1 + CIVIC_MEDIA_CODE_LEN + 1)
    {
        return CIVIC_DECLINED;
    }

    p = uri.data + uri.len - len;
    *name = civic_strn(p, len);

    for (i = 0; i < 2 * CIVIC_MEDIA_HASH; i++) {
        if (civic_media_hex(p[i]) < 0 || (p[i] >= 'A' && p[i] <= 'F')) {
            return CIVIC_DECLINED;
        }
    }

    if (p[i] != '.') {
        return CIVIC_DECLINED;
    }

    *type = civic_media_type_of_ext(civic_strn(p + i + 1, len - i - 1));

    p -= 1 + CIVIC_MEDIA_CODE_LEN;

    if (*type == NULL || p[-1] != '/') {
        return CIVIC_DECLINED;
    }

    return civic_media_decode(p, code);
}


static int
civic_media_decode(const char *text, unsigned char *code)
{
    int       i, n, digit;
    unsigned  bits;

    bits = 0;

    for (i = 0, n = 0; i < CIVIC_MEDIA_CODE_LEN; i++) {
        digit = civic_media_digit(text[i]);

        if (digit < 0) {
            return CIVIC_DECLINED;
        }

        bits = bits << 6 | (unsigned) digit;

        /* a byte is full after every digit but each fourth */

        if (i % 4 != 0) {
            code[n++] = (unsigned char) (bits >> (6 - 2 * (i % 4)));
        }
    }

    /* one text for one code: the four bits left over are none */

    return bits & 0xf ? CIVIC_DECLINED : CIVIC_OK;
}


static int
civic_media_digit(char c)
{
    const char  *p;

    p = c ? strchr(civic_media_digits, c) : NULL;

    return p ? (int) (p - civic_media_digits) : -1;
}
