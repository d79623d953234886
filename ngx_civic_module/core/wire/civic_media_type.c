
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a file is, by its leading bytes.  WhatsApp hands on a dozen types;
 * their signatures are a table here rather than a library that guesses among
 * thousands: what is not in the table is not shown to anybody.
 */


#include "core/wire/civic_media.h"


#define PHOTO     (1u << CIVIC_MEDIA_PHOTO)
#define VOICE     (1u << CIVIC_MEDIA_VOICE)
#define VIDEO     (1u << CIVIC_MEDIA_VIDEO)
#define DOCUMENT  (1u << CIVIC_MEDIA_DOCUMENT)


/* Bytes at an offset, and perhaps others at offset 8; no zero among them. */

typedef struct {
    const char  *ext;
    size_t       at;
    const char  *bytes;
    const char  *bytes_8;
} civic_media_magic_t;


static const char *civic_media_ext(const unsigned char *p, size_t len,
    civic_str_t told);
static int civic_media_is(const unsigned char *p, size_t len, size_t at,
    const char *bytes);
static int civic_media_is_text(const unsigned char *p, size_t len);


static const civic_media_type_t  civic_media_types[] = {
    { "jpg",  "image/jpeg",        PHOTO | DOCUMENT, 1 },
    { "png",  "image/png",         PHOTO | DOCUMENT, 1 },
    { "webp", "image/webp",        PHOTO | DOCUMENT, 1 },
    { "gif",  "image/gif",         PHOTO | DOCUMENT, 1 },
    { "heic", "image/heic",        PHOTO | DOCUMENT, 1 },
    { "mp4",  "video/mp4",         VIDEO | VOICE | DOCUMENT, 1 },
    { "3gp",  "video/3gpp",        VIDEO | VOICE | DOCUMENT, 1 },
    { "mov",  "video/quicktime",   VIDEO | DOCUMENT, 1 },
    { "m4a",  "audio/mp4",         VOICE | DOCUMENT, 1 },
    { "ogg",  "audio/ogg",         VOICE | DOCUMENT, 1 },
    { "amr",  "audio/amr",         VOICE | DOCUMENT, 1 },
    { "mp3",  "audio/mpeg",        VOICE | DOCUMENT, 1 },
    { "aac",  "audio/aac",         VOICE | DOCUMENT, 1 },
    { "pdf",  "application/pdf",   DOCUMENT, 0 },
    { "doc",  "application/msword",            DOCUMENT, 0 },
    { "xls",  "application/vnd.ms-excel",      DOCUMENT, 0 },
    { "ppt",  "application/vnd.ms-powerpoint", DOCUMENT, 0 },
    { "docx", "application/vnd.openxmlformats-officedocument"
              ".wordprocessingml.document",    DOCUMENT, 0 },
    { "xlsx", "application/vnd.openxmlformats-officedocument"
              ".spreadsheetml.sheet",          DOCUMENT, 0 },
    { "pptx", "application/vnd.openxmlformats-officedocument"
              ".presentationml.presentation",  DOCUMENT, 0 },
    { "zip",  "application/zip",               DOCUMENT, 0 },
    { "txt",  "text/plain; charset=utf-8",     DOCUMENT, 0 },
    { "bin",  "application/octet-stream",      DOCUMENT, 0 }
};

#define CIVIC_MEDIA_TYPES                                                     \
    (sizeof(civic_media_types) / sizeof(civic_media_types[0]))


/* The first that fits; a brand of an MP4 says what is in it. */

static const civic_media_magic_t  civic_media_magics[] = {
    { "jpg",  0, "\xff\xd8\xff",                      NULL },
    { "png",  0, "\x89PNG\r\n\x1a\n",                 NULL },
    { "webp", 0, "RIFF",                              "WEBP" },
    { "gif",  0, "GIF87a",                            NULL },
    { "gif",  0, "GIF89a",                            NULL },
    { "heic", 4, "ftypheic",                          NULL },
    { "heic", 4, "ftypheix",                          NULL },
    { "heic", 4, "ftypmif1",                          NULL },
    { "3gp",  4, "ftyp3gp",                           NULL },
    { "m4a",  4, "ftypM4A ",                          NULL },
    { "mov",  4, "ftypqt  ",                          NULL },
    { "mp4",  4, "ftypiso",                           NULL },
    { "mp4",  4, "ftypmp4",                           NULL },
    { "mp4",  4, "ftypavc1",                          NULL },
    { "mp4",  4, "ftypdash",                          NULL },
    { "mp4",  4, "ftypM4V",                           NULL },
    { "mp4",  4, "ftypMSNV",                          NULL },
    { "ogg",  0, "OggS",                              NULL },
    { "amr",  0, "#!AMR",                             NULL },
    { "mp3",  0, "ID3",                               NULL },
    { "aac",  0, "\xff\xf1",                          NULL },
    { "aac",  0, "\xff\xf9",                          NULL },
    { "mp3",  0, "\xff\xfb",                          NULL },
    { "mp3",  0, "\xff\xf3",                          NULL },
    { "mp3",  0, "\xff\xf2",                          NULL },
    { "mp3",  0, "\xff\xfa",                          NULL },
    { "pdf",  0, "%PDF-",                             NULL },
    { "ole",  0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",  NULL },
    { "zip",  0, "PK\x03\x04",                        NULL },
    { NULL,   0, NULL,                                NULL }
};


const civic_media_type_t *
civic_media_type(civic_media_kind_e kind, const void *head, size_t len,
    civic_str_t told)
{
    const civic_media_type_t  *type;

    type = civic_media_type_of_ext(civic_str(civic_media_ext(head, len,
                                                             told)));

    return type != NULL && (type->kinds & 1u << kind) ? type : NULL;
}


static const char *
civic_media_ext(const unsigned char *p, size_t len, civic_str_t told)
{
    size_t                      i, n;
    const char                 *ext;
    const civic_media_magic_t  *m;

    ext = "bin";

    for (m = civic_media_magics; m->ext != NULL; m++) {
        if (civic_media_is(p, len, m->at, m->bytes)
            && (m->bytes_8 == NULL || civic_media_is(p, len, 8, m->bytes_8)))
        {
            ext = m->ext;
            break;
        }
    }

    /* the files of offices are one of two containers */

    if (strcmp(ext, "ole") == 0 || strcmp(ext, "zip") == 0) {
        n = ext[0] == 'z' ? 4 : 3;

        for (i = 0; i < CIVIC_MEDIA_TYPES; i++) {
            if (civic_str_is(told, civic_media_types[i].mime)
                && strlen(civic_media_types[i].ext) == n
                && strstr("docx xlsx pptx", civic_media_types[i].ext))
            {
                return civic_media_types[i].ext;
            }
        }

        return ext[0] == 'z' ? ext : "bin";
    }

    if (m->ext == NULL && told.len >= 10
        && memcmp(told.data, "text/plain", 10) == 0
        && civic_media_is_text(p, len))
    {
        return "txt";
    }

    return ext;
}


static int
civic_media_is(const unsigned char *p, size_t len, size_t at,
    const char *bytes)
{
    size_t  n;

    n = strlen(bytes);

    return len >= at + n && memcmp(p + at, bytes, n) == 0;
}


static int
civic_media_is_text(const unsigned char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (p[i] < ' ' && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') {
            return 0;
        }
    }

    return 1;
}


const civic_media_type_t *
civic_media_type_of_ext(civic_str_t ext)
{
    size_t  i;

    for (i = 0; i < CIVIC_MEDIA_TYPES; i++) {
        if (civic_str_is(ext, civic_media_types[i].ext)) {
            return &civic_media_types[i];
        }
    }

    return NULL;
}
