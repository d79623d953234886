
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Files citizens send: what WhatsApp's description of one is worth, where a
 * URL may lead, what leading bytes say a file is, and what a link to it looks
 * like.  Nothing here fetches, opens or hashes; names and types that others
 * give are never believed.
 */


#ifndef _CIVIC_MEDIA_H_INCLUDED_
#define _CIVIC_MEDIA_H_INCLUDED_


#include "core/base/civic_arena.h"


/* Bytes of a file that tell its type. */
#define CIVIC_MEDIA_HEAD       64

/* A URL of Meta's is about 300 bytes. */
#define CIVIC_MEDIA_URL_MAX    2048

/* A link: 128 bits of its code in base64url, then "/", the file's name. */
#define CIVIC_MEDIA_CODE       16
#define CIVIC_MEDIA_CODE_LEN   22
#define CIVIC_MEDIA_HASH       32
#define CIVIC_MEDIA_NAME_MAX   (2 * CIVIC_MEDIA_HASH + 1 + 4)


/* What a message said it brings; the names are those in Postgres. */

typedef enum {
    CIVIC_MEDIA_PHOTO = 0,
    CIVIC_MEDIA_VOICE,
    CIVIC_MEDIA_VIDEO,
    CIVIC_MEDIA_DOCUMENT,
    CIVIC_MEDIA_KINDS
} civic_media_kind_e;

const char *civic_media_kind_name(civic_media_kind_e kind);

/* CIVIC_DECLINED: none of them. */
int civic_media_kind_of_name(civic_str_t name, civic_media_kind_e *kind);


/* What a file is. */

typedef struct {
    const char  *ext;           /* at most 4 bytes: names the type in links */
    const char  *mime;
    unsigned     kinds;         /* bits of the kinds it is taken for */
    unsigned     show:1;        /* a browser may show it: nothing in it runs */
} civic_media_type_t;


/*
 * By its leading bytes: all of them, or CIVIC_MEDIA_HEAD.  NULL: it is not
 * what "kind" may bring, and is refused.  A document may be anything: what
 * is not known is bytes to be saved, never shown.  "told" is the sender's
 * word, and chooses between types that begin alike, for a document only.
 */
const civic_media_type_t *civic_media_type(civic_media_kind_e kind,
    const void *head, size_t len, civic_str_t told);

const civic_media_type_t *civic_media_type_of_ext(civic_str_t ext);


/* An id may stand in a path: letters, digits, '-' and '_'. */
int civic_media_id_is_safe(civic_str_t id);


/* WhatsApp's answer to "GET /<media id>". */

typedef enum {
    CIVIC_MEDIA_THERE = 0,      /* url is set */
    CIVIC_MEDIA_GONE,           /* it has no such file, or no more */
    CIVIC_MEDIA_BUSY,           /* it, or we, cannot just now */
    CIVIC_MEDIA_ODD             /* it says what makes no sense */
} civic_media_answer_e;

typedef struct {
    civic_media_answer_e  kind;
    int                   code;     /* of its error object, 0 none */
    civic_str_t           url;
    int64_t               size;     /* bytes, -1 not told */
} civic_media_answer_t;

/* status 0: no answer.  CIVIC_ERROR: out of memory. */
int civic_media_answer(unsigned status, civic_str_t body,
    const civic_arena_t *a, civic_media_answer_t *answer);


/*
 * A URL of WhatsApp's answer as an internal URI: "/<host>/<path>", decoded,
 * and "args" as they stand, without "?".  CIVIC_DECLINED unless it is https
 * to one of the hosts, whole names in small letters, without user, port,
 * fragment, dot segments or an encoded '/', '\' or control character.
 */
int civic_media_url(civic_str_t url, const civic_str_t *hosts, size_t nhosts,
    const civic_arena_t *a, civic_str_t *path, civic_str_t *args);


/* "<64 hex digits>.<ext>", terminated, into CIVIC_MEDIA_NAME_MAX + 1 bytes. */
void civic_media_name(const unsigned char hash[CIVIC_MEDIA_HASH],
    const civic_media_type_t *type, char *name);

/* base64url without padding, terminated: CIVIC_MEDIA_CODE_LEN + 1 bytes. */
void civic_media_code(const unsigned char code[CIVIC_MEDIA_CODE], char *text);

/*
 * The end of a uri, ".../<code>/<name>"; *name is a view into it.
 * CIVIC_DECLINED: it is no link of ours, whatever the code would say.
 */
int civic_media_link(civic_str_t uri, unsigned char code[CIVIC_MEDIA_CODE],
    civic_str_t *name, const civic_media_type_t **type);


#endif /* _CIVIC_MEDIA_H_INCLUDED_ */
