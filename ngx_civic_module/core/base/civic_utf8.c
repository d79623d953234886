
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Foreign bytes to valid text, and cuts at grapheme borders.  Lengths are
 * counted as WhatsApp counts them; nothing here knows what a text means.
 */


#include <unictype.h>
#include <unigbrk.h>
#include <unistr.h>

#include "core/base/civic_utf8.h"


#define CIVIC_ELLIPSIS      "\xe2\x80\xa6"      /* U+2026, one UTF-16 unit */
#define CIVIC_VIRAMA        0x094d              /* joins the next consonant */
#define CIVIC_JOINER        0x200d              /* joins the next emoji */
#define CIVIC_FLAG_BYTES    4                   /* of half a flag */


typedef size_t (*civic_utf8_count_pt)(ucs4_t uc);


static int civic_utf8_is_dropped(ucs4_t uc);
static civic_str_t civic_utf8_rewrite(civic_str_t s, const civic_arena_t *a);
static size_t civic_utf8_one(ucs4_t uc);
static size_t civic_utf16_units(ucs4_t uc);
static size_t civic_utf8_count(civic_str_t s, civic_utf8_count_pt count);
static const uint8_t *civic_utf8_next(const uint8_t *p, const uint8_t *end);
static int civic_utf8_is_flag(ucs4_t uc);
static civic_str_t civic_utf8_fit(civic_str_t s, size_t max,
    civic_utf8_count_pt count);


civic_str_t
civic_utf8_clean(civic_str_t s, const civic_arena_t *a)
{
    int             n;
    ucs4_t          uc;
    const uint8_t  *p, *end;

    if (s.len == 0) {
        return civic_str("");           /* never NULL, which is no memory */
    }

    p = (const uint8_t *) s.data;
    end = p + s.len;

    while (p < end) {
        n = u8_mbtoucr(&uc, p, (size_t) (end - p));

        if (n < 0 || uc == '\t' || civic_utf8_is_dropped(uc)) {
            return civic_utf8_rewrite(s, a);
        }

        p += n;
    }

    return s;
}


static int
civic_utf8_is_dropped(ucs4_t uc)
{
    if (uc < 0x20) {
        return uc != '\n' && uc != '\t';
    }

    if (uc < 0x7f) {
        return 0;
    }

    /* U+FEFF carries nothing inside a text; bidi controls can reorder it */

    return uc <= 0x9f || uc == 0xfeff || uc_is_property_bidi_control(uc);
}


static civic_str_t
civic_utf8_rewrite(civic_str_t s, const civic_arena_t *a)
{
    int             n;
    ucs4_t          uc;
    uint8_t        *out, *q;
    const uint8_t  *p, *end;
    civic_str_t     none = civic_null_str;

    /* a byte that is wrong becomes the three bytes of U+FFFD */

    if (s.len > SIZE_MAX / 3 - 1) {
        return none;
    }

    out = civic_arena_alloc(a, s.len * 3 + 1);
    if (out == NULL) {
        return none;
    }

    q = out;
    p = (const uint8_t *) s.data;
    end = p + s.len;

    while (p < end) {
        n = u8_mbtouc(&uc, p, (size_t) (end - p));
        p += n;

        if (uc == '\t') {
            uc = ' ';
        }

        if (!civic_utf8_is_dropped(uc)) {
            q += u8_uctomb(q, uc, 4);
        }
    }

    return civic_strn((char *) out, (size_t) (q - out));
}


static size_t
civic_utf8_one(ucs4_t uc)
{
    (void) uc;              /* every character counts one */

    return 1;
}


static size_t
civic_utf16_units(ucs4_t uc)
{
    return uc > 0xffff ? 2 : 1;
}


static size_t
civic_utf8_count(civic_str_t s, civic_utf8_count_pt count)
{
    size_t          n;
    ucs4_t          uc;
    const uint8_t  *p, *end;

    n = 0;
    p = (const uint8_t *) s.data;
    end = p + s.len;

    while (p < end) {
        p += u8_mbtouc(&uc, p, (size_t) (end - p));
        n += count(uc);
    }

    return n;
}


size_t
civic_utf8_chars(civic_str_t s)
{
    return civic_utf8_count(s, civic_utf8_one);
}


size_t
civic_utf16_len(civic_str_t s)
{
    return civic_utf8_count(s, civic_utf16_units);
}


/*
 * The next border: where libunistring sees one between two characters, but
 * for what takes more than two to see, and not inside a conjunct.
 */

static const uint8_t *
civic_utf8_next(const uint8_t *p, const uint8_t *end)
{
    ucs4_t          before, after;
    const uint8_t  *start;

    start = p;

    for ( ;; ) {
        p = u8_grapheme_next(p, end);

        if (p == NULL || p == end) {
            return end;
        }

        (void) u8_prev(&before, p, start);      /* p is beyond start */
        (void) u8_mbtouc(&after, p, (size_t) (end - p));

        if (before == CIVIC_JOINER) {
            continue;                           /* one family */
        }

        if (before == CIVIC_VIRAMA && uc_is_general_category(after, UC_LETTER))
        {
            continue;
        }

        if (civic_utf8_is_flag(before) && civic_utf8_is_flag(after)
            && p - start == CIVIC_FLAG_BYTES)
        {
            continue;                           /* two letters are a flag */
        }

        return p;
    }
}


static int
civic_utf8_is_flag(ucs4_t uc)
{
    return uc >= 0x1f1e6 && uc <= 0x1f1ff;
}


static civic_str_t
civic_utf8_fit(civic_str_t s, size_t max, civic_utf8_count_pt count)
{
    size_t          n;
    const uint8_t  *p, *next, *end;

    if (s.len <= max) {
        return s;           /* no count exceeds the number of bytes */
    }

    p = (const uint8_t *) s.data;
    end = p + s.len;

    while (p < end) {
        next = civic_utf8_next(p, end);
        n = civic_utf8_count(civic_strn((const char *) p, (size_t) (next - p)),
                             count);
        if (n > max) {
            break;
        }

        max -= n;
        p = next;
    }

    return civic_strn(s.data, (size_t) ((const char *) p - s.data));
}


civic_str_t
civic_utf8_cut(civic_str_t s, size_t max)
{
    return civic_utf8_fit(s, max, civic_utf8_one);
}


civic_str_t
civic_utf16_cut(civic_str_t s, size_t max)
{
    return civic_utf8_fit(s, max, civic_utf16_units);
}


civic_str_t
civic_utf16_ellipsis(civic_str_t s, size_t max, const civic_arena_t *a)
{
    civic_str_t  cut;

    cut = civic_utf16_cut(s, max);

    if (cut.len == s.len || max == 0) {
        return cut;
    }

    cut = civic_utf16_cut(s, max - 1);

    while (cut.len && cut.data[cut.len - 1] == ' ') {
        cut.len--;
    }

    return civic_arena_printf(a, "%.*s" CIVIC_ELLIPSIS, (int) cut.len,
                              cut.data);
}
