
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Gregorian arithmetic for instants from 1970 on.  It refuses a date that
 * does not exist rather than moving it to one that does.
 */


#include "core/base/civic_time.h"


#define CIVIC_DAY  86400


static int civic_time_digits(civic_str_t *s, size_t n, int max, int *value);
static int civic_time_byte(civic_str_t *s, char c);
static int civic_time_clock(civic_str_t *s, civic_date_t *d);
static int civic_time_offset(civic_str_t *s, int *zone);
static int civic_time_month_days(int year, int month);
static int64_t civic_time_days(int year, int month, int day);


int64_t
civic_time_parse(civic_str_t s, int zone)
{
    int64_t       t;
    civic_date_t  d = { 0 };

    while (s.len && s.data[0] == ' ') {
        s.data++;
        s.len--;
    }

    while (s.len && s.data[s.len - 1] == ' ') {
        s.len--;
    }

    if (civic_time_digits(&s, 4, 9999, &d.year) != CIVIC_OK
        || civic_time_byte(&s, '-') != CIVIC_OK
        || civic_time_digits(&s, 2, 12, &d.month) != CIVIC_OK
        || civic_time_byte(&s, '-') != CIVIC_OK
        || civic_time_digits(&s, 2, 31, &d.day) != CIVIC_OK)
    {
        return 0;
    }

    if (d.year < 1970 || d.month < 1 || d.day < 1
        || d.day > civic_time_month_days(d.year, d.month))
    {
        return 0;
    }

    if (s.len
        && (civic_time_clock(&s, &d) != CIVIC_OK
            || civic_time_offset(&s, &zone) != CIVIC_OK))
    {
        return 0;
    }

    t = civic_time_days(d.year, d.month, d.day) * CIVIC_DAY
        + d.hour * 3600 + d.minute * 60 + d.second - zone;

    return t > 0 ? t : 0;
}


static int
civic_time_digits(civic_str_t *s, size_t n, int max, int *value)
{
    int     v;
    size_t  i;

    if (s->len < n) {
        return CIVIC_DECLINED;
    }

    v = 0;

    for (i = 0; i < n; i++) {
        if (s->data[i] < '0' || s->data[i] > '9') {
            return CIVIC_DECLINED;
        }

        v = v * 10 + (s->data[i] - '0');
    }

    s->data += n;
    s->len -= n;
    *value = v;

    return v <= max ? CIVIC_OK : CIVIC_DECLINED;
}


static int
civic_time_byte(civic_str_t *s, char c)
{
    if (s->len == 0 || s->data[0] != c) {
        return CIVIC_DECLINED;
    }

    s->data++;
    s->len--;

    return CIVIC_OK;
}


/* "T09:15", then ":30" and ".123" as they come */

static int
civic_time_clock(civic_str_t *s, civic_date_t *d)
{
    int     digit;
    size_t  n;

    if (civic_time_byte(s, 'T') != CIVIC_OK
        && civic_time_byte(s, 't') != CIVIC_OK
        && civic_time_byte(s, ' ') != CIVIC_OK)
    {
        return CIVIC_DECLINED;
    }

    if (civic_time_digits(s, 2, 23, &d->hour) != CIVIC_OK
        || civic_time_byte(s, ':') != CIVIC_OK
        || civic_time_digits(s, 2, 59, &d->minute) != CIVIC_OK)
    {
        return CIVIC_DECLINED;
    }

    if (civic_time_byte(s, ':') != CIVIC_OK) {
        return CIVIC_OK;
    }

    /* 60 is a leap second and becomes the next minute */

    if (civic_time_digits(s, 2, 60, &d->second) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    if (civic_time_byte(s, '.') != CIVIC_OK
        && civic_time_byte(s, ',') != CIVIC_OK)
    {
        return CIVIC_OK;
    }

    for (n = 0; civic_time_digits(s, 1, 9, &digit) == CIVIC_OK; n++) {
        /* fractions are dropped */
    }

    return n ? CIVIC_OK : CIVIC_DECLINED;
}


/* the rest: nothing, "Z", "+05:30", "+0530" or "+05" */

static int
civic_time_offset(civic_str_t *s, int *zone)
{
    int  sign, hours, minutes;

    if (s->len == 0) {
        return CIVIC_OK;
    }

    if (civic_time_byte(s, 'Z') == CIVIC_OK
        || civic_time_byte(s, 'z') == CIVIC_OK)
    {
        *zone = 0;
        return s->len ? CIVIC_DECLINED : CIVIC_OK;
    }

    (void) civic_time_byte(s, ' ');     /* "09:15:00 +0530" is written too */

    sign = 1;

    if (civic_time_byte(s, '+') != CIVIC_OK) {
        if (civic_time_byte(s, '-') != CIVIC_OK) {
            return CIVIC_DECLINED;
        }

        sign = -1;
    }

    if (civic_time_digits(s, 2, 14, &hours) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    minutes = 0;
    (void) civic_time_byte(s, ':');     /* the colon may be left out */

    if (s->len && civic_time_digits(s, 2, 59, &minutes) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    *zone = sign * (hours * 3600 + minutes * 60);

    return s->len ? CIVIC_DECLINED : CIVIC_OK;
}


static int
civic_time_month_days(int year, int month)
{
    static const int  days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
                                 31 };

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) {
        return 29;
    }

    return days[month - 1];
}


/* Days since 1970-01-01; years begin in March so that leap days are last. */

static int64_t
civic_time_days(int year, int month, int day)
{
    int64_t  y, m;

    y = month > 2 ? year : year - 1;
    m = month > 2 ? month - 3 : month + 9;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1
           - 719468;
}


void
civic_time_date(int64_t t, int zone, civic_date_t *d)
{
    int64_t  days, seconds, era, doe, yoe, doy, m;

    t += zone;
    days = t / CIVIC_DAY;
    seconds = t % CIVIC_DAY;

    if (seconds < 0) {
        seconds += CIVIC_DAY;
        days--;
    }

    d->hour = (int) (seconds / 3600);
    d->minute = (int) (seconds / 60 % 60);
    d->second = (int) (seconds % 60);
    d->hour12 = d->hour % 12 ? d->hour % 12 : 12;
    d->pm = d->hour >= 12;
    d->weekday = (int) (((days + 4) % 7 + 7) % 7);

    /* the inverse of civic_time_days(), in eras of 400 years */

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    doe = days - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    m = (5 * doy + 2) / 153;

    d->day = (int) (doy - (153 * m + 2) / 5 + 1);
    d->month = (int) (m < 10 ? m + 3 : m - 9);
    d->year = (int) (yoe + era * 400 + (d->month <= 2));
}
