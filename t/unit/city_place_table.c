
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * places.csv as a table.  Fails when a row that cannot be right is taken,
 * when a ward number is believed against a polygon or without coordinates,
 * and when two places of one name, or as near to what was written, become
 * one.
 */


#include "core/city/civic_place.h"
#include "city_test.h"


static void test_table(test_arena_t *t);
static void test_rows(test_arena_t *t);
static void test_row(const civic_city_t *city, const civic_arena_t *a,
    const char *text, civic_place_e kind, unsigned ward, int point);
static void test_memory(test_arena_t *t);


static const char  *test_kinds[] = {
    "none", "hint", "wide", "outside", "known"
};


int
main(void)
{
    test_arena_t  t = { 0 };

    test_table(&t);
    test_rows(&t);
    test_memory(&t);

    return done();
}


/* A small city, with a table of its own that a test may spoil. */

static void
test_table(test_arena_t *t)
{
    size_t              i;
    civic_city_t        city;
    civic_place_t       place;
    civic_city_files_t  files = test_small;

    static const struct {
        const char  *what, *row, *fault;
    } rows[] = {
        { "a good row", "Old Fort,\u0915\u093f\u0932\u093e,Purana kila,1,"
          "22.5,75.5,", "" },
        { "no coordinates", "Old Fort,\u0915\u093f\u0932\u093e,,,,,", "" },
        { "a name that sounds longer than it is", "Old Fort,H,"
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,,,,", "" },
        { "no Hindi name", "Old Fort,,,,,,",
          "places.csv:2: name_hi is empty; it must be filled\n" },
        { "an unknown ward", "Old Fort,H,,7,,,",
          "places.csv:2: ward_no 7 is no ward of this city; 0 is outside, "
          "nothing is unknown\n" },
        { "a ward that is no number", "Old Fort,H,,one,,,",
          "places.csv:2: ward_no is \"one\"; it must be a number from 0 to "
          "999\n" },
        { "half a coordinate", "Old Fort,H,,,22.5,,",
          "places.csv:2: one of lat and long is missing; give both or "
          "neither\n" },
        { "degrees that are none", "Old Fort,H,,,22N,75.5,",
          "places.csv:2: lat is \"22N\"; it must be degrees like 22.7186\n" },
        { "beyond the pole", "Old Fort,H,,,95,75.5,",
          "places.csv:2: lat is \"95\"; it must be degrees like 22.7186\n" },
        { "needs that nobody knows", "Old Fort,H,,,,,much",
          "places.csv:2: needs is \"much\"; it must be empty, \"more\" or "
          "\"near\"\n" },
        { "a name of signs", "Old Fort,H,--;!!,,,,",
          "places.csv:2: name \"--\" cannot be found in a text; write one to "
          "6 words of Latin or Devanagari letters\n"
          "places.csv:2: name \"!!\" cannot be found in a text; write one to "
          "6 words of Latin or Devanagari letters\n" },
        { NULL, NULL, NULL }
    };

    (void) test_arena(t);
    is_int(test_load(&city, &test_small, t), CIVIC_OK,
           "a city without places.csv loads");
    (void) civic_place_find(&city, civic_str("east end"), &t->arena, &place);
    ok(place.kind == CIVIC_PLACE_KNOWN && place.ward->no == 2,
       "and knows its wards by name");
    civic_city_destroy(&city);

    for (i = 0; rows[i].what != NULL; i++) {
        (void) test_arena(t);
        files.places.bytes = civic_arena_printf(&t->arena,
            "name_en,name_hi,other_names,ward_no,lat,long,needs\n%s\n",
            rows[i].row);

        if (test_load(&city, &files, t) == CIVIC_OK) {
            (void) civic_place_find(&city, civic_str("near old fort"),
                                    &t->arena, &place);
            ok(rows[i].fault[0] == '\0'
               && place.kind == CIVIC_PLACE_KNOWN
               && (place.ward != NULL) == (i == 0), "%s", rows[i].what);
            civic_city_destroy(&city);
            continue;
        }

        is_str(test_faults, rows[i].fault, "%s", rows[i].what);
    }

    test_arena_free(t);
}


/* What a row is worth, and what two of one name are. */

static void
test_rows(test_arena_t *t)
{
    civic_city_t        city;
    civic_city_files_t  files = test_small;

    files.texts.bytes = civic_str(
        "key,kind,en,hi,hi_latn\n"
        "place_parts,text,road,"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,road\n"
        "near_before,text,near,xerox,near\n"
        "near_after,text,paas,paas,paas\n"
        "place_joins,text,ke,ke,ke\n");

    files.wards.bytes = civic_str(
        "ward_no,ward_name_en,ward_name_hi,zone_no,zone_name_en,"
        "zone_name_hi,other_names\n"
        "1,West,H,1,One,H,ward 1;Plaza\n"
        "2,East End,H,1,One,H,Plaza\n");

    files.places.bytes = civic_str(
        "name_en,name_hi,other_names,ward_no,lat,long,needs\n"
        "Old Fort,H1,,2,22.5,75.5,\n"          /* the polygon says 1 */
        "Green Lake,H2,,1,,,\n"                /* from memory */
        "Far Town,H3,,0,,,\n"
        "Far Hill,H4,,1,25,75.5,\n"
        "Long River,H5,,,,,more\n"
        "Star,H6,,,22.5,75.5,near\n"
        "Twin Gate,H7,,,22.5,75.5,\n"
        "Twin Gate,H8,,,22.5,76.2,\n"
        "Marigold,H10,,,22.5,75.5,\n"
        "Maripold,H11,,,22.5,76.2,\n"
        "West,H9,,,,,\n");                     /* as the ward */

    (void) test_arena(t);

    if (!ok(test_load(&city, &files, t) == CIVIC_OK, "eleven places")) {
        printf("# %s", test_faults);
        return;
    }

    test_row(&city, &t->arena, "old fort", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "green lake", CIVIC_PLACE_KNOWN, 0, 0);
    test_row(&city, &t->arena, "far town", CIVIC_PLACE_OUTSIDE, 0, 0);
    test_row(&city, &t->arena, "far town road", CIVIC_PLACE_NONE, 0, 0);
    test_row(&city, &t->arena, "far hill", CIVIC_PLACE_OUTSIDE, 0, 1);
    test_row(&city, &t->arena, "far town, old fort", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "long river", CIVIC_PLACE_WIDE, 0, 0);
    test_row(&city, &t->arena, "star", CIVIC_PLACE_NONE, 0, 0);
    test_row(&city, &t->arena, "near star", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "xerox star", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "star ke paas", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "twin gate", CIVIC_PLACE_KNOWN, 0, 0);
    test_row(&city, &t->arena, "marigolt", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "marikold", CIVIC_PLACE_NONE, 0, 0);
    test_row(&city, &t->arena, "plaza", CIVIC_PLACE_KNOWN, 0, 0);
    test_row(&city, &t->arena, "ward 1", CIVIC_PLACE_WIDE, 1, 0);
    test_row(&city, &t->arena, "west", CIVIC_PLACE_KNOWN, 1, 0);
    test_row(&city, &t->arena, "old fort, east end", CIVIC_PLACE_KNOWN, 1, 1);

    civic_city_destroy(&city);
    test_arena_free(t);
}


static void
test_row(const civic_city_t *city, const civic_arena_t *a, const char *text,
    civic_place_e kind, unsigned ward, int point)
{
    civic_place_t  place;

    (void) civic_place_find(city, civic_str(text), a, &place);

    ok(place.kind == kind && place.has_point == (unsigned) point
       && (place.ward != NULL ? place.ward->no : 0) == ward,
       "\"%s\" is %s, ward %u, %s point", text, test_kinds[kind], ward,
       point ? "a" : "no");
}


/* Without memory a search fails and nothing else does. */

static void
test_memory(test_arena_t *t)
{
    long           left;
    civic_city_t   city;
    test_arena_t   small = { 0 };
    civic_place_t  place;

    (void) test_arena(t);
    is_int(test_load(&city, &test_small, t), CIVIC_OK, "a small city");

    for (left = 0; left < 20; left++) {
        (void) test_arena(&small);
        small.left = left;

        if (civic_place_find(&city, civic_str("near sharma kirana"),
                             &small.arena, &place)
            == CIVIC_OK
            && left > 8)
        {
            break;
        }
    }

    ok(left < 20, "a search ends with little memory and with enough");

    test_arena_free(&small);
    civic_city_destroy(&city);
    test_arena_free(t);
}
