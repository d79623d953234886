
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Reads coordinates.  It asks for a point and three digits behind it: "2, 3"
 * are houses and days, and less would be no place to send a team to.
 */


#include "core/dialogue/civic_point.h"


#define CIVIC_POINT_DIGITS  3       /* behind the point: a hundred metres */


static int civic_point_pair(const char *p, const char *end, double *lat,
    double *lng, const char **rest);
static const char *civic_point_number(const char *p, const char *end,
    double *value);
static const char *civic_point_after(civic_str_t text, const char *mark);


int
civic_point_read(civic_str_t text, double *lat, double *lng)
{
    size_t       i;
    const char  *p, *end, *rest;

    static const char  *marks[] = { "?q=", "&q=", "query=", "ll=", "/@", "!3d",
                                    "place/", "search/" };

    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    p = text.data;
    end = text.data + text.len;

    if (text.len < 8 || memcmp(p, "http", 4) != 0) {
        return civic_point_pair(p, end, lat, lng, &rest) == CIVIC_OK
               && rest == end ? CIVIC_OK : CIVIC_DECLINED;
    }

    /* a link alone; what follows a space are words */

    if (memchr(p, ' ', text.len) != NULL || memchr(p, '\n', text.len) != NULL)
    {
        return CIVIC_DECLINED;
    }

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        p = civic_point_after(text, marks[i]);

        if (p != NULL
            && civic_point_pair(p, end, lat, lng, &rest) == CIVIC_OK)
        {
            return CIVIC_OK;
        }
    }

    return CIVIC_DECLINED;
}


static int
civic_point_pair(const char *p, const char *end, double *lat, double *lng,
    const char **rest)
{
    const char  *comma;

    p = civic_point_number(p, end, lat);
    if (p == NULL) {
        return CIVIC_DECLINED;
    }

    comma = p;

    while (p < end && (*p == ' ' || *p == ',' || *p == '+')) {
        p++;
    }

    /* a comma in a link may be written %2C, and "!4d" stands for it */

    if (end - p > 3 && (memcmp(p, "%2C", 3) == 0 || memcmp(p, "!4d", 3) == 0))
    {
        p += 3;
    }

    *rest = p == comma ? NULL : civic_point_number(p, end, lng);

    return *rest != NULL && *lat <= 90 && *lng <= 180 ? CIVIC_OK
                                                      : CIVIC_DECLINED;
}


/* North and east only: the city is there. */

static const char *
civic_point_number(const char *p, const char *end, double *value)
{
    int     digits;
    double  unit;

    *value = 0;

    for (digits = 0; p < end && *p >= '0' && *p <= '9' && digits < 3; p++) {
        *value = *value * 10 + (*p - '0');
        digits++;
    }

    if (digits == 0 || p == end || *p++ != '.') {
        return NULL;
    }

    unit = 1;

    for (digits = 0; p < end && *p >= '0' && *p <= '9'; p++) {
        unit /= 10;
        *value += (*p - '0') * unit;
        digits++;
    }

    return digits >= CIVIC_POINT_DIGITS ? p : NULL;
}


static const char *
civic_point_after(civic_str_t text, const char *mark)
{
    size_t  i, len;

    len = strlen(mark);

    for (i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, mark, len) == 0) {
            return text.data + i + len;
        }
    }

    return NULL;
}
