
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Instants of 311 systems, as the contracts and the deviating cities write
 * them, and a citizen's clock.  Fails when an offset is taken for another,
 * a date that does not exist is moved to one that does, or midnight and
 * noon are called by the wrong half of the day.
 */


#include "core/base/civic_time.h"
#include "wire_test.h"


#define IST  CIVIC_ZONE_IST


typedef struct {
    const char  *text;
    int          zone;
    int64_t      t;
} parse_t;


typedef struct {
    const char  *title;
    int64_t      t;
    int          zone;
    const char  *date;
} date_t;


static const parse_t  parses[] = {
    { "2026-11-23T03:45:00Z", IST, 1795405500 },
    { "2026-11-23T03:45:00z", IST, 1795405500 },
    { "2026-11-23T09:15:00+05:30", 0, 1795405500 },
    { "2026-11-23T09:15:00+0530", 0, 1795405500 },
    { "2026-11-23T08:45:00+05", 0, 1795405500 },
    { "2026-11-23T09:15:00 +0530", 0, 1795405500 },
    { "2026-11-22T22:45:00-05:00", 0, 1795405500 },
    { "2026-11-23T09:15:00.123+05:30", 0, 1795405500 },
    { "2026-11-23T09:15:00,999999999+05:30", 0, 1795405500 },
    { "2026-11-23 09:15:00", IST, 1795405500 },
    { "2026-11-23T09:15", IST, 1795405500 },
    { "2026-11-23t09:15:00", IST, 1795405500 },
    { "  2026-11-23T09:15  ", IST, 1795405500 },
    { "2026-11-23", IST, 1795372200 },
    { "2026-11-23", 0, 1795392000 },
    { "1970-01-01T00:00:01Z", 0, 1 },
    { "2000-02-29", 0, 951782400 },
    { "2028-02-29T12:00:00Z", 0, 1835438400 },
    { "2016-12-31T23:59:60Z", 0, 1483228800 },
    { "9999-12-31T23:59:59Z", 0, 253402300799 },
    { NULL, 0, 0 }
};


static const char  *unreadable[] = {
    "", " ", "now", "2026", "2026-11", "2026-11-2", "2026-13-01",
    "2026-00-10", "2026-11-00", "2026-11-31", "2027-02-29", "2100-02-29",
    "1969-12-31", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00+05:30",
    "26-11-23", "2026/11/23", "23-11-2026", "2026-11-23T", "2026-11-23T9:15",
    "2026-11-23T24:00", "2026-11-23T09:60", "2026-11-23T09:15:61",
    "2026-11-23T09:15:00.", "2026-11-23T09:15:00ZZ", "2026-11-23T09:15:00+",
    "2026-11-23T09:15:00+5:30", "2026-11-23T09:15:00+05:3",
    "2026-11-23T09:15:00+05:60", "2026-11-23T09:15:00+15:00",
    "2026-11-23T09:15:00+05:30x", "2026-11-23x", "-026-11-23",
    "2026-11-23T09:15:00 IST", NULL
};


static const date_t  dates[] = {
    { "morning", 1795405500, IST, "Mon 2026-11-23 9:15 AM 09:15:00" },
    { "the same elsewhere", 1795405500, 0,
      "Mon 2026-11-23 3:45 AM 03:45:00" },
    { "midnight", 1795372200, IST, "Mon 2026-11-23 12:00 AM 00:00:00" },
    { "noon", 1795372200 + 43200, IST, "Mon 2026-11-23 12:00 PM 12:00:00" },
    { "the last second", 1795372199, IST,
      "Sun 2026-11-22 11:59 PM 23:59:59" },
    { "a leap day", 951782400, 0, "Tue 2000-02-29 12:00 AM 00:00:00" },
    { "the epoch", 0, 0, "Thu 1970-01-01 12:00 AM 00:00:00" },
    { "before the epoch", -1, 0, "Wed 1969-12-31 11:59 PM 23:59:59" },
    { "west of the epoch", 0, -3600, "Wed 1969-12-31 11:00 PM 23:00:00" },
    { NULL, 0, 0, NULL }
};


int
main(void)
{
    char            text[64];
    int             i;
    int64_t         t;
    unsigned        bad;
    civic_str_t     s;
    civic_date_t    d;
    const date_t   *date;
    const parse_t  *p;

    static const char  *days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
                                   "Sat" };

    for (p = parses; p->text != NULL; p++) {
        s = test_exact(p->text, strlen(p->text));
        is_int(civic_time_parse(s, p->zone), p->t, "\"%s\"", p->text);
        test_file_free(s);
    }

    for (i = 0; unreadable[i] != NULL; i++) {
        s = test_exact(unreadable[i], strlen(unreadable[i]));
        is_int(civic_time_parse(s, 0), 0, "unreadable: \"%s\"",
               unreadable[i]);
        test_file_free(s);
    }

    for (date = dates; date->title != NULL; date++) {
        civic_time_date(date->t, date->zone, &d);

        (void) snprintf(text, sizeof(text),
                        "%s %04d-%02d-%02d %d:%02d %s %02d:%02d:%02d",
                        days[d.weekday], d.year, d.month, d.day, d.hour12,
                        d.minute, d.pm ? "PM" : "AM", d.hour, d.minute,
                        d.second);

        is_str(text, date->date, "date: %s", date->title);
    }

    /* what was split can be read again, over a leap cycle of 400 years */

    bad = 0;

    for (t = 1; t < 400LL * 366 * 86400; t += 86400 * 13 + 12345) {
        civic_time_date(t, IST, &d);

        (void) snprintf(text, sizeof(text),
                        "%04d-%02d-%02dT%02d:%02d:%02d+05:30", d.year,
                        d.month, d.day, d.hour, d.minute, d.second);

        bad += (civic_time_parse(civic_str(text), 0) != t);
    }

    is_int(bad, 0, "dates over 400 years read back as they were");

    return done();
}
