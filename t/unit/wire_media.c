
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Files of citizens: ids, addresses, types and links.  Fails when a URL of
 * WhatsApp's answer can lead to any machine but Meta's, when a file passes
 * for something it is not, or when two links mean one file.
 */


#include "core/wire/civic_media.h"
#include "wire_test.h"


static void test_ids(void);
static void test_urls(void);
static void test_bad_urls(void);
static void test_answers(void);
static void test_types(void);
static void test_documents(void);
static void test_links(void);


static test_arena_t  pool;

static const civic_str_t  hosts[] = {
    civic_string("lookaside.fbsbx.com"), civic_string("graph.facebook.com")
};


int
main(void)
{
    test_ids();
    test_urls();
    test_bad_urls();
    test_answers();
    test_types();
    test_documents();
    test_links();

    return done();
}


static void
test_ids(void)
{
    char    long_id[130];
    size_t  i;

    static const char *const  bad[] = {
        "", "..", "1/2", "1%2f2", "1?a=b", "1 2", "1.json", "1#2", "a\\b"
    };

    ok(civic_media_id_is_safe(civic_str("1234567890123456")), "digits");
    ok(civic_media_id_is_safe(civic_str("aZ_09-")), "letters");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(!civic_media_id_is_safe(civic_str(bad[i])), "id \"%s\"", bad[i]);
    }

    memset(long_id, '1', sizeof(long_id));
    ok(civic_media_id_is_safe(civic_strn(long_id, 128)), "128 bytes");
    ok(!civic_media_id_is_safe(civic_strn(long_id, 129)), "129 bytes");
    ok(!civic_media_id_is_safe(civic_strn("1\0", 2)), "a zero");
}


/* The bytes are a block of their own: nothing may be read behind them. */

static int
url(const char *text, civic_str_t *path, civic_str_t *args)
{
    int                   rc;
    civic_str_t           s;
    const civic_arena_t  *a;

    a = test_arena(&pool);
    s = test_exact(text, strlen(text));
    rc = civic_media_url(s, hosts, 2, a, path, args);

    if (rc == CIVIC_OK) {
        *args = civic_arena_copy(a, *args);
    }

    test_file_free(s);

    return rc;
}


static void
test_urls(void)
{
    civic_str_t  path, args;

    is_int(url("https://lookaside.fbsbx.com/whatsapp_business/attachments/"
               "?mid=12&ext=1764&hash=AR-x_y", &path, &args),
           CIVIC_OK, "as Meta gives it");
    ok(civic_str_is(path, "/lookaside.fbsbx.com/whatsapp_business/"
                          "attachments/"), "path");
    ok(civic_str_is(args, "mid=12&ext=1764&hash=AR-x_y"), "arguments");

    is_int(url("https://graph.facebook.com/a%2b%41", &path, &args),
           CIVIC_OK, "another host, an encoded path");
    ok(civic_str_is(path, "/graph.facebook.com/a+A"), "is decoded");
    ok(args.len == 0, "no arguments");

    test_arena_free(&pool);
}


static void
test_bad_urls(void)
{
    size_t       i;
    civic_str_t  path, args;

    static const char *const  bad[] = {
        "", "https://", "https:///x", "https://lookaside.fbsbx.com",
        "http://lookaside.fbsbx.com/x", "HTTPS://lookaside.fbsbx.com/x",
        "//lookaside.fbsbx.com/x", "ftp://lookaside.fbsbx.com/x",
        "https://127.0.0.1/x", "https://[::1]/x", "https://localhost/x",
        "https://2130706433/x", "https://0x7f.1/x", "https://169.254.169.254/",
        "https://lookaside.fbsbx.com:443/x", "https://lookaside.fbsbx.com:/x",
        "https://lookaside.fbsbx.com:22/x",
        "https://user@lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com@127.0.0.1/x",
        "https://lookaside.fbsbx.com%40127.0.0.1/x",
        "https://lookaside.fbsbx.com#@127.0.0.1/x",
        "https://lookaside.fbsbx.com?@127.0.0.1/x",
        "https://127.0.0.1#lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com./x", "https://.lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://evil-lookaside.fbsbx.com/x", "https://fbsbx.com/x",
        "https://LOOKASIDE.fbsbx.com/x", "https://lookaside.fbsbx.com\\@e/x",
        "https://lookaside.fbsbx.com\t/x", " https://lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com/../_311/x",
        "https://lookaside.fbsbx.com/a/../../x",
        "https://lookaside.fbsbx.com/./x", "https://lookaside.fbsbx.com/.x",
        "https://lookaside.fbsbx.com//x", "https://lookaside.fbsbx.com/a%2fb",
        "https://lookaside.fbsbx.com/a%2e%2e/%2e%2e/b",
        "https://lookaside.fbsbx.com/%00", "https://lookaside.fbsbx.com/%0a",
        "https://lookaside.fbsbx.com/%0d%0aHost:x",
        "https://lookaside.fbsbx.com/%25", "https://lookaside.fbsbx.com/%zz",
        "https://lookaside.fbsbx.com/%4", "https://lookaside.fbsbx.com/a%5cb",
        "https://lookaside.fbsbx.com/a#b", "https://lookaside.fbsbx.com/?a#b",
        "https://lookaside.fbsbx.com/a b", "https://lookaside.fbsbx.com/?a b",
        "https://lookaside.fbsbx.com/?a\r\nHost: x",
        "https://lookaside.fbsbx.com/\xc3\xa4"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        is_int(url(bad[i], &path, &args), CIVIC_DECLINED, "%.*s",
               (int) strcspn(bad[i], "#\r"), bad[i]);
    }

    test_arena_free(&pool);
}


static void
answer(unsigned status, const char *body, civic_media_answer_e kind)
{
    civic_media_answer_t  a;

    is_int(civic_media_answer(status, civic_str(body), test_arena(&pool), &a),
           CIVIC_OK, "%u %.40s", status, body);
    is_int(a.kind, kind, "... is what it is");

    test_arena_free(&pool);
}


static void
test_answers(void)
{
    civic_media_answer_t  a;

    static const char  there[] =
        "{\"url\":\"https://x/y\",\"mime_type\":\"a/b\","
        "\"file_size\":\"303833\",\"id\":\"1\"}";

    is_int(civic_media_answer(200, civic_str(there), test_arena(&pool), &a),
           CIVIC_OK, "a description");
    is_int(a.kind, CIVIC_MEDIA_THERE, "there it is");
    ok(civic_str_is(a.url, "https://x/y"), "url");
    is_int(a.size, 303833, "a size in text");

    (void) civic_media_answer(200,
                              civic_str("{\"url\":\"u\",\"file_size\":7}"),
                              test_arena(&pool), &a);
    is_int(a.size, 7, "a size in digits");

    (void) civic_media_answer(200, civic_str("{\"url\":\"u\"}"),
                              test_arena(&pool), &a);
    is_int(a.size, -1, "no size");

    test_arena_free(&pool);

    answer(0, "", CIVIC_MEDIA_BUSY);
    answer(200, "", CIVIC_MEDIA_ODD);
    answer(200, "<html>", CIVIC_MEDIA_ODD);
    answer(200, "{}", CIVIC_MEDIA_ODD);
    answer(200, "{\"url\":17}", CIVIC_MEDIA_THERE);
    answer(200, "{\"url\":[]}", CIVIC_MEDIA_ODD);
    answer(404, "", CIVIC_MEDIA_GONE);
    answer(400, "{\"error\":{\"code\":100}}", CIVIC_MEDIA_GONE);
    answer(401, "{\"error\":{\"code\":190}}", CIVIC_MEDIA_BUSY);
    answer(400, "{\"error\":{\"code\":4}}", CIVIC_MEDIA_BUSY);
    answer(400, "{\"error\":{}}", CIVIC_MEDIA_ODD);
    answer(429, "", CIVIC_MEDIA_BUSY);
    answer(500, "<html>", CIVIC_MEDIA_BUSY);
    answer(302, "", CIVIC_MEDIA_ODD);

    pool.left = 0;
    is_int(civic_media_answer(200, civic_str(there), &pool.arena, &a),
           CIVIC_ERROR, "no memory");
    test_arena_free(&pool);
}


static const char *
type(civic_media_kind_e kind, const char *bytes, size_t len, const char *told)
{
    civic_str_t                s;
    const civic_media_type_t  *t;

    s = test_exact(bytes, len);
    t = civic_media_type(kind, s.data, s.len, civic_str(told));
    test_file_free(s);

    return t ? t->ext : "refused";
}


#define TYPE(kind, bytes, told)                                               \
    type(CIVIC_MEDIA_##kind, bytes, sizeof(bytes) - 1, told)

static void
test_types(void)
{
    is_str(TYPE(PHOTO, "\xff\xd8\xff\xe0", ""), "jpg", "JPEG");
    is_str(TYPE(PHOTO, "\x89PNG\r\n\x1a\n", ""), "png", "PNG");
    is_str(TYPE(PHOTO, "RIFF\1\2\3\4WEBPVP8 ", ""), "webp", "WebP");
    is_str(TYPE(PHOTO, "RIFF\1\2\3\4WAVEfmt ", ""), "refused", "a sound");
    is_str(TYPE(PHOTO, "\0\0\0\x18" "ftypheic", ""), "heic", "HEIC");
    is_str(TYPE(PHOTO, "\0\0\0\x18" "ftypheix", ""), "heic", "of 10 bits");
    is_str(TYPE(PHOTO, "\0\0\0\x18" "ftypmif1", ""), "heic", "of iPhones");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypisom", ""), "mp4", "MP4");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypmp42", ""), "mp4", "version 2");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypavc1", ""), "mp4", "H.264");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypdash", ""), "mp4", "DASH");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypM4V ", ""), "mp4", "M4V");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypMSNV", ""), "mp4", "of cameras");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypqt  ", ""), "mov", "QuickTime");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftyp3gp5", ""), "3gp", "3GP");
    is_str(TYPE(VIDEO, "\0\0\0\x18" "ftypfake", ""), "refused", "no brand");
    is_str(TYPE(VOICE, "OggS\0\2", ""), "ogg", "Ogg");
    is_str(TYPE(VOICE, "#!AMR\n", ""), "amr", "AMR");
    is_str(TYPE(VOICE, "ID3\3", ""), "mp3", "MP3");
    is_str(TYPE(VOICE, "\xff\xf1\x50", ""), "aac", "AAC");
    is_str(TYPE(VOICE, "\0\0\0\x18" "ftypM4A ", ""), "m4a", "M4A");

    is_str(TYPE(PHOTO, "", "image/jpeg"), "refused", "nothing");
    is_str(TYPE(PHOTO, "\xff\xd8", "image/jpeg"), "refused", "half of it");
    is_str(TYPE(PHOTO, "<html><script>", "image/jpeg"), "refused", "a page");
    is_str(TYPE(PHOTO, "<svg xmlns=", "image/svg+xml"), "refused", "an SVG");
    is_str(TYPE(PHOTO, "MZ\x90", "image/jpeg"), "refused", "a program");
    is_str(TYPE(PHOTO, "%PDF-1.7", "image/jpeg"), "refused", "a PDF");
    is_str(TYPE(PHOTO, "OggS\0\2", "image/jpeg"), "refused", "a sound");
    is_str(TYPE(VOICE, "\xff\xd8\xff\xe0", "audio/ogg"), "refused", "a photo");
    is_str(TYPE(VIDEO, "PK\3\4", "video/mp4"), "refused", "an archive");
}


static void
test_documents(void)
{
    const civic_media_type_t  *t;

    static const char  docx[] = "application/vnd.openxmlformats-officedocument"
                                ".wordprocessingml.document";

    is_str(TYPE(DOCUMENT, "%PDF-1.7", ""), "pdf", "PDF");
    is_str(TYPE(DOCUMENT, "\xff\xd8\xff\xe0", "application/pdf"), "jpg",
           "a photo that is called a PDF");
    is_str(TYPE(DOCUMENT, "PK\3\4", docx), "docx", "a text");
    is_str(TYPE(DOCUMENT, "PK\3\4", "application/msword"), "zip",
           "an archive that is called an old text");
    is_str(TYPE(DOCUMENT, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                "application/msword"), "doc", "an old text");
    is_str(TYPE(DOCUMENT, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                "application/pdf"), "bin", "an old text, called a PDF");
    is_str(TYPE(DOCUMENT, "nala jaam\n", "text/plain"), "txt", "words");
    is_str(TYPE(DOCUMENT, "nala \1", "text/plain"), "bin", "no words");
    is_str(TYPE(DOCUMENT, "<html><script>", "text/html"), "bin", "a page");
    is_str(TYPE(DOCUMENT, "MZ\x90", "image/jpeg"), "bin", "a program");

    t = civic_media_type_of_ext(civic_str("bin"));
    ok(t && !t->show, "what is not known is not shown");
    t = civic_media_type_of_ext(civic_str("pdf"));
    ok(t && !t->show, "nor is what can have a program in it");
    ok(civic_media_type_of_ext(civic_str("html")) == NULL, "no page");
    ok(civic_media_type_of_ext(civic_str("")) == NULL, "nothing");
}


static void
test_links(void)
{
    int                        i, n;
    char                       name[CIVIC_MEDIA_NAME_MAX + 1], uri[160];
    char                       text[CIVIC_MEDIA_CODE_LEN + 1];
    civic_str_t                s;
    unsigned char              hash[CIVIC_MEDIA_HASH], code[CIVIC_MEDIA_CODE];
    unsigned char              back[CIVIC_MEDIA_CODE];
    const civic_media_type_t  *t;

    for (n = 0, i = 0; i < 4096; i++) {
        for (int k = 0; k < CIVIC_MEDIA_CODE; k++) {
            code[k] = (unsigned char) (i * 31 + k * 97 + (i >> 5) * k);
            hash[k] = code[k];
            hash[k + CIVIC_MEDIA_CODE] = (unsigned char) ~code[k];
        }

        civic_media_code(code, text);
        civic_media_name(hash, civic_media_type_of_ext(civic_str("jpg")),
                         name);
        snprintf(uri, sizeof(uri), "/media/%s/%s", text, name);

        n += civic_media_link(civic_str(uri), back, &s, &t) == CIVIC_OK
             && memcmp(back, code, sizeof(code)) == 0
             && civic_str_is(s, name) && strcmp(t->ext, "jpg") == 0;
    }

    is_int(n, 4096, "every link is read back");
    is_int((int) strlen(text), CIVIC_MEDIA_CODE_LEN, "of one length");

#define BAD(change, what)                                                     \
    snprintf(uri, sizeof(uri), "/media/%s/%s", text, name);                   \
    change;                                                                   \
    is_int(civic_media_link(civic_str(uri), back, &s, &t), CIVIC_DECLINED,    \
           what)

    BAD(uri[6] = 'x', "no slash before the code");
    BAD(uri[29] = 'x', "no slash behind it");
    BAD(uri[10] = '.', "a dot in the code");
    BAD(uri[28]++, "another text for the same code");
    BAD(uri[40] = 'g', "no digit in the name");
    BAD(uri[40] = 'A', "a large digit in the name");
    BAD(strcpy(uri + strlen(uri) - 3, "htm"), "a type we do not have");
    BAD(strcpy(uri + strlen(uri) - 3, ""), "no type");
    BAD(strcat(uri, "/"), "a slash at the end");
    BAD(uri[94] = '/', "a slash for the dot");
    BAD(memmove(uri, uri + 7, strlen(uri + 7) + 1), "nothing before it");
    BAD(uri[0] = '\0', "nothing");
}
