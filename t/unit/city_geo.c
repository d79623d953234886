
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The ward of a point.  Fails when a ward is not found from inside, when a
 * point outside the city gets one, or when a hole, a border or a number that
 * is none confuses the look-up.
 */


#include <math.h>
#include <time.h>

#include "core/base/civic_csv.h"
#include "city_test.h"


static void test_small_city(test_arena_t *t);
static void test_points(civic_city_t *city, test_arena_t *t);
static void test_outside(civic_city_t *city);
static unsigned test_ward(civic_city_t *city, double lat, double lng);
static void test_speed(civic_city_t *city);


int
main(void)
{
    civic_city_t        city;
    test_arena_t        t = { 0 };
    civic_city_files_t  files;

    (void) test_arena(&t);
    test_small_city(&t);

    (void) test_arena(&t);
    test_indore_files(&files);

    if (!ok(test_load(&city, &files, &t) == CIVIC_OK, "Indore loads")) {
        printf("%s", test_faults);
        return done();
    }

    test_points(&city, &t);
    test_outside(&city);
    test_speed(&city);

    civic_city_destroy(&city);
    test_indore_free(&files);
    test_arena_free(&t);

    return done();
}


static unsigned
test_ward(civic_city_t *city, double lat, double lng)
{
    const civic_ward_t  *ward;

    ward = civic_city_ward(city, lat, lng);

    return ward == NULL ? 0 : ward->no;
}


static void
test_small_city(test_arena_t *t)
{
    civic_city_t  city;

    is_int(test_load(&city, &test_small, t), CIVIC_OK, "a small city");

    is_int(test_ward(&city, 22.5, 75.5), 1, "inside a polygon");
    is_int(test_ward(&city, 22.2, 76.2), 2, "inside a polygon with a hole");
    is_int(test_ward(&city, 22.5, 76.5), 0, "in the hole");
    is_int(test_ward(&city, 22.1, 78.9), 2, "in a second polygon");
    is_int(test_ward(&city, 22.9, 78.1), 0, "in its box but outside");
    is_int(test_ward(&city, 22.5, 77.5), 0, "between the two");
    is_int(test_ward(&city, 22.5, 76), 1,
           "a border belongs to the first in the file");
    is_int(test_ward(&city, 22, 75), 1, "a corner is inside");
    is_int(test_ward(&city, 21.9999999, 75), 0, "below the corner is not");

    civic_city_destroy(&city);
}


/* The points were found by another algorithm: see the file. */

static void
test_points(civic_city_t *city, test_arena_t *t)
{
    char            seen[1000];
    unsigned        no, bad, wards, n;
    civic_str_t     s;
    civic_csv_t     csv;
    civic_faults_t  f = { test_fault, NULL, 0 };

    memset(seen, 0, sizeof(seen));
    bad = 0;
    wards = 0;
    n = 0;

    s = test_file("t/unit/data", "city_points.tsv");

    if (civic_csv_open(&csv, civic_str("city_points.tsv"), s, '\t',
                       "lat lng ward_no", &t->arena, &f)
        == CIVIC_OK)
    {
        while (civic_csv_next(&csv) == CIVIC_OK) {
            if (civic_csv_number(&csv, "ward_no", 0, 999, &no) != CIVIC_OK) {
                continue;
            }

            bad += (test_ward(city, strtod(csv.cell[0].data, NULL),
                              strtod(csv.cell[1].data, NULL))
                    != no);

            wards += (no && !seen[no]);
            seen[no] = 1;
            n++;
        }
    }

    is_int(f.count, 0, "the points can be read");
    is_int(n, 300, "all of them");
    is_int(wards, 85, "they touch every ward");
    is_int(bad, 0, "each lies where it should");

    test_file_free(s);
}


static void
test_outside(civic_city_t *city)
{
    static const struct {
        const char  *place;
        double       lat, lng;
    } *p, outside[] = {
        { "Rau", 22.64, 75.81 },
        { "Mhow", 22.55, 75.76 },
        { "Dewas", 22.965, 76.055 },
        { "Bhopal", 23.2599, 77.4126 },
        { "latitude and longitude swapped", 75.8577, 22.7196 },
        { "0, 0", 0, 0 },
        { "beyond the pole", 91, 75.85 },
        { "the far side", 22.7196, -75.8577 },
        { "no latitude", NAN, 75.8577 },
        { "no longitude", 22.7196, NAN },
        { "infinity", INFINITY, -INFINITY },
        { "huge", 1e300, 1e300 },
        { NULL, 0, 0 }
    };

    for (p = outside; p->place != NULL; p++) {
        is_int(test_ward(city, p->lat, p->lng), 0, "outside: %s", p->place);
    }

    is_int(test_ward(city, 22.7187, 75.8557), 59, "Rajwada is in ward 59");
    is_int(test_ward(city, 22.7533, 75.8937), 29, "Vijay Nagar is in 29");
}


/* For the eye; a shared machine is no place to fail by the clock. */

static void
test_speed(civic_city_t *city)
{
    unsigned          i, found;
    struct timespec   from, to;

    found = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);

    for (i = 0; i < 10000; i++) {
        found += test_ward(city, 22.65 + 0.15 * (i % 100) / 100,
                           75.79 + 0.15 * (i / 100) / 100)
                 != 0;
    }

    clock_gettime(CLOCK_MONOTONIC, &to);

    ok(found > 5000, "a grid over the city finds %u wards", found);

    printf("# %.2f us a point\n",
           ((double) (to.tv_sec - from.tv_sec) * 1e9
            + (double) (to.tv_nsec - from.tv_nsec)) / 1e3 / 10000);
}
