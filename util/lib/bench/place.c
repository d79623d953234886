
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * How long it takes to find a ward by a pin and a place by a text, for
 * util/bench place: pins at random over the city, texts from sentences.tsv
 * (whole messages) and from places.csv (a name alone, one letter left out).
 * Each look-up is timed alone; the clock's own cost is in the figure.
 */


#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chat_city.h"
#include "core/city/civic_place.h"


#define BENCH_MAX    20000
#define BENCH_PINS   10000
#define BENCH_ROUNDS 1


static double  bench_us[BENCH_MAX];


static double
bench_now(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_MONOTONIC, &t);

    return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}


static int
bench_by_time(const void *one, const void *two)
{
    double  a = *(const double *) one, b = *(const double *) two;

    return a < b ? -1 : a > b;
}


static void
bench_tell(const char *what, size_t n, size_t found)
{
    qsort(bench_us, n, sizeof(double), bench_by_time);

    printf("%-34s %6zu  found %6zu  p50 %6.2f us  p99 %6.2f us\n", what, n,
           found, bench_us[n / 2], bench_us[n * 99 / 100]);
}


static void
bench_pins(const civic_city_t *city)
{
    double    from, us, lat, lng;
    size_t    i, j, found;
    uint64_t  seed = 311;

    for (found = 0, i = 0; i < BENCH_PINS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        lat = 22.624 + (double) (seed >> 40) / (1 << 24) * (22.822 - 22.624);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        lng = 75.768 + (double) (seed >> 40) / (1 << 24) * (75.991 - 75.768);

        bench_us[i] = 1e9;

        for (j = 0; j < BENCH_ROUNDS; j++) {
            from = bench_now();
            found += civic_city_ward(city, lat, lng) != NULL && j == 0;
            us = bench_now() - from;
            bench_us[i] = us < bench_us[i] ? us : bench_us[i];
        }
    }

    bench_tell("pins over the bounding box", BENCH_PINS, found);
}


static double
bench_text(const civic_city_t *city, const char *s, size_t len, size_t *found)
{
    double         from, us, best;
    size_t         j;
    chat_pool_t    pool;
    civic_place_t  place;

    for (best = 1e9, j = 0; j < BENCH_ROUNDS; j++) {
        chat_pool_init(&pool);

        from = bench_now();
        (void) civic_place_find(city, civic_strn(s, len), &pool.arena,
                                &place);
        us = bench_now() - from;

        best = us < best ? us : best;
        *found += j == 0 && place.kind >= CIVIC_PLACE_WIDE;
        chat_pool_done(&pool);
    }

    return best;
}


/* Lines of a table up to "end"; with "without" its third letter left out. */

static void
bench_file(const civic_city_t *city, const char *what, const char *name,
    char end, int without)
{
    char     path[256], line[64], *bytes, *p, *next;
    size_t   n, len, size, found;

    snprintf(path, sizeof(path), "%s/%s", CHAT_CITY, name);

    bytes = chat_read_bytes(path, &size);
    if (bytes == NULL) {
        printf("%s cannot be read\n", path);
        exit(1);
    }

    for (n = 0, found = 0, p = bytes; *p && n < BENCH_MAX; p = next) {
        next = p + strcspn(p, "\n");
        next += *next != '\0';
        len = strcspn(p, "\n\t,");

        if (*p == '#' || len == 0) {
            continue;
        }

        if (!without) {
            len = strcspn(p, end == '\t' ? "\t\n" : ",\n");
            bench_us[n++] = bench_text(city, p, len, &found);

        } else if (len > 6 && len < sizeof(line)) {
            memcpy(line, p, 2);
            memcpy(line + 2, p + 3, len - 3);
            bench_us[n++] = bench_text(city, line, len - 1, &found);
        }
    }

    bench_tell(what, n, found);
    free(bytes);
}


int
main(void)
{
    civic_city_t  city;
    chat_pool_t   pool;

    chat_pool_init(&pool);

    if (!chat_city_load(&city, &pool.arena)) {
        return 1;
    }

    bench_pins(&city);
    bench_file(&city, "whole messages (sentences.tsv)", "sentences.tsv", '\t',
               0);
    bench_file(&city, "names (places.csv)", "places.csv", ',', 0);
    bench_file(&city, "names with a letter left out", "places.csv", ',', 1);

    civic_city_destroy(&city);
    chat_pool_done(&pool);

    return 0;
}
