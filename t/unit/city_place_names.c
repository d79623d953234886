
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Every spelling in places.csv finds its own row, and a slip of the finger
 * finds the same row or none.  Fails when a key, a rule against common words
 * or a longer name hides a place, and when guessing becomes bolder.
 */


#include "core/base/civic_csv.h"
#include "core/city/civic_place.h"
#include "city_test.h"


typedef struct {
    unsigned  n, own, none, other;
} test_count_t;


static void test_name(const civic_city_t *city, civic_str_t name,
    civic_str_t row, test_count_t *count);
static void test_slip(const civic_city_t *city, civic_str_t name,
    test_count_t *count);


int
main(void)
{
    civic_city_t        city;
    civic_str_t         row, list, name;
    civic_csv_t         csv;
    test_count_t        as_is = { 0 }, slips = { 0 };
    test_arena_t        t = { 0 }, table = { 0 };
    civic_faults_t      f = { test_fault, NULL, 0 };
    civic_city_files_t  files;

    (void) test_arena(&t);
    test_indore_files(&files);

    if (!ok(test_load(&city, &files, &t) == CIVIC_OK
            && civic_csv_open(&csv, files.places.name, files.places.bytes,
                              ',', "name_en", test_arena(&table), &f)
               == CIVIC_OK, "Indore loads"))
    {
        return done();
    }

    while (civic_csv_next(&csv) == CIVIC_OK) {
        row = civic_csv_cell(&csv, "name_en");
        test_name(&city, row, row, &as_is);
        test_name(&city, civic_csv_cell(&csv, "name_hi"), row, &as_is);
        test_slip(&city, row, &slips);

        list = civic_csv_cell(&csv, "other_names");

        while (civic_csv_piece(&list, ';', &name) == CIVIC_OK) {
            test_name(&city, name, row, &as_is);
        }
    }

    printf("# two letters exchanged: %u own, %u none, %u other of %u\n",
           slips.own, slips.none, slips.other, slips.n);

    ok(as_is.n > 3000, "%u spellings", as_is.n);
    is_int(as_is.n - as_is.own, 0, "each finds its own row");
    ok(slips.own * 4 > slips.n * 3, "most do with two letters exchanged");
    ok(slips.other * 50 < slips.n, "and next to none finds another");

    civic_city_destroy(&city);
    test_indore_free(&files);
    test_arena_free(&table);
    test_arena_free(&t);

    return done();
}


static void
test_name(const civic_city_t *city, civic_str_t name, civic_str_t row,
    test_count_t *count)
{
    int            own;
    test_arena_t   t = { 0 };
    civic_place_t  place;

    if (civic_place_find(city, name, test_arena(&t), &place) != CIVIC_OK) {
        return;
    }

    own = place.spot != NULL
          && civic_str_eq(place.spot->name[CIVIC_LANG_EN], row);

    count->n++;
    count->own += (unsigned) own;
    count->none += place.spot == NULL;
    count->other += place.spot != NULL && !own;

    if (!own) {
        printf("# \"%.*s\" finds %.*s\n", (int) name.len, name.data,
               place.spot ? (int) place.spot->name[CIVIC_LANG_EN].len : 7,
               place.spot ? place.spot->name[CIVIC_LANG_EN].data : "nothing");
    }

    test_arena_free(&t);
}


static void
test_slip(const civic_city_t *city, civic_str_t name, test_count_t *count)
{
    char    copy[128], c;
    size_t  i = name.len / 2;

    if (name.len >= sizeof(copy) || i + 1 >= name.len) {
        return;
    }

    memcpy(copy, name.data, name.len);
    c = copy[i];
    copy[i] = copy[i + 1];
    copy[i + 1] = c;

    test_name(city, civic_strn(copy, name.len), name, count);
}
