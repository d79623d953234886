
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Places by name and by pin.  Fails when a spelling people use is not found,
 * when a common word becomes a place or a city elsewhere ours, when a row of
 * places.csv that cannot be right is taken, and when GEOS and plain ray
 * casting over the same polygons disagree about any of 10,000 pins.
 */


#include <cjson/cJSON.h>
#include <math.h>

#include "core/base/civic_csv.h"
#include "core/base/civic_key.h"
#include "core/city/civic_place.h"
#include "city_test.h"


#define TEST_PINS    10000
#define TEST_BORDER  1e-9       /* degrees: nearer to an edge is on it */


static void test_keys(void);
static void test_key(const char *one, const char *two, int same);
static void test_places(const civic_city_t *city);
static void test_place(const civic_city_t *city, const civic_csv_t *csv,
    const civic_arena_t *a);
static void test_words(const civic_city_t *city, civic_str_t file,
    char sep, const char *column, const char *what);
static void test_sentences(const civic_city_t *city);
static void test_pins(const civic_city_t *city, civic_str_t geojson);
static int test_cast(const cJSON *features, double lat, double lng);
static int test_ring(const cJSON *ring, double lat, double lng, int *border);
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
    civic_city_t        city;
    test_arena_t        t = { 0 };
    civic_city_files_t  files;

    test_keys();
    test_table(&t);
    test_rows(&t);
    test_memory(&t);

    (void) test_arena(&t);
    test_indore_files(&files);

    if (!ok(test_load(&city, &files, &t) == CIVIC_OK, "Indore loads")) {
        printf("%s", test_faults);
        return done();
    }

    ok(city.nplaces > 300, "%zu places and wards", city.nplaces);

    test_places(&city);
    test_words(&city, files.phrases.bytes, '\t', "text", "phrases.tsv");
    test_words(&city, files.categories.bytes, ',', "keywords_en", "keywords");
    test_words(&city, files.categories.bytes, ',', "keywords_hi",
               "Hindi keywords");
    test_words(&city, files.categories.bytes, ',', "keywords_hinglish",
               "Roman Hindi keywords");
    test_words(&city, files.commands.bytes, ',', "words_en", "commands");
    test_words(&city, files.commands.bytes, ',', "words_hi_latn",
               "Roman Hindi commands");
    test_sentences(&city);
    test_pins(&city, files.geojson.bytes);

    civic_city_destroy(&city);
    test_indore_free(&files);
    test_arena_free(&t);

    return done();
}


static void
test_keys(void)
{
    test_key("Vijay Nagar", "vijaynagar", 1);
    test_key("Rajwada", "raj wada", 1);
    test_key("Rajwada", "\u0930\u093e\u091c\u0935\u093e\u0921\u093c\u093e",
             1);
    test_key("Khajrana", "\u0916\u091c\u0930\u093e\u0928\u093e", 1);
    test_key("Palasia", "palasiya", 1);
    test_key("Mahalaxmi", "Mahalakshmi", 1);
    test_key("Chhappan", "Chappan", 1);
    test_key("scheme 54", "scheme54", 1);
    test_key("scheme 54", "scheme \u096b\u096a", 1);
    test_key("scheme 54", "scheme 55", 0);
    test_key("Sukhliya", "Shukla", 0);
    test_key("rau", "ro", 0);
}


static void
test_key(const char *one, const char *two, int same)
{
    char    a[CIVIC_KEY_MAX + CIVIC_KEY_WORD_MAX];
    char    b[CIVIC_KEY_MAX + CIVIC_KEY_WORD_MAX];
    size_t  n, m;

    n = civic_key_name(civic_str(one), a);
    m = civic_key_name(civic_str(two), b);

    ok(n && (n == m && memcmp(a, b, n) == 0) == same,
       "\"%s\" and \"%s\" sound %s: %.*s, %.*s", one, two,
       same ? "alike" : "different", (int) n, a, (int) m, b);
}


static void
test_places(const civic_city_t *city)
{
    unsigned        n;
    civic_str_t     s;
    civic_csv_t     csv;
    test_arena_t    t = { 0 };
    civic_faults_t  f = { test_fault, NULL, 0 };

    n = 0;
    s = test_file("t/unit/data", "city_places.tsv");

    if (civic_csv_open(&csv, civic_str("city_places.tsv"), s, '\t',
                       "text kind name ward part", test_arena(&t), &f)
        == CIVIC_OK)
    {
        for ( /* void */ ; civic_csv_next(&csv) == CIVIC_OK; n++) {
            test_place(city, &csv, &t.arena);
        }
    }

    is_int(f.count, 0, "the texts can be read");
    ok(n > 50, "%u of them", n);

    test_arena_free(&t);
    test_file_free(s);
}


static void
test_place(const civic_city_t *city, const civic_csv_t *csv,
    const civic_arena_t *a)
{
    int            good;
    unsigned       ward;
    civic_str_t    name, part, text;
    civic_place_t  place;

    text = civic_csv_cell(csv, "text");
    name = civic_csv_cell(csv, "name");
    part = civic_csv_cell(csv, "part");
    ward = (unsigned) strtoul(civic_csv_cell(csv, "ward").data, NULL, 10);

    good = civic_place_find(city, text, a, &place) == CIVIC_OK
           && civic_str_is(civic_csv_cell(csv, "kind"),
                           test_kinds[place.kind])
           && (civic_str_is(name, "*") || name.len == 0
               || (place.spot != NULL
                   && civic_str_eq(place.spot->name[CIVIC_LANG_EN], name)))
           && (place.ward != NULL ? place.ward->no : 0) == ward
           && civic_str_eq(place.text, part);

    if (!ok(good, "the place in \"%.*s\"", (int) text.len, text.data)) {
        printf("#  got %s \"%.*s\" ward %u, \"%.*s\"\n",
               test_kinds[place.kind],
               place.spot ? (int) place.spot->name[CIVIC_LANG_EN].len : 0,
               place.spot ? place.spot->name[CIVIC_LANG_EN].data : "",
               place.ward ? place.ward->no : 0, (int) place.text.len,
               place.text.data);
    }
}


/* None of the words complaints and commands are made of is a place. */

static void
test_words(const civic_city_t *city, civic_str_t file, char sep,
    const char *column, const char *what)
{
    unsigned        n, found;
    civic_str_t     list, text;
    civic_csv_t     csv;
    test_arena_t    table = { 0 }, t = { 0 };
    civic_place_t   place;
    civic_faults_t  f = { test_fault, NULL, 0 };

    n = 0;
    found = 0;

    if (civic_csv_open(&csv, civic_str(what), file, sep, column,
                       test_arena(&table), &f)
        != CIVIC_OK)
    {
        return;
    }

    while (civic_csv_next(&csv) == CIVIC_OK) {
        list = civic_csv_cell(&csv, column);

        while (civic_csv_piece(&list, ';', &text) == CIVIC_OK) {
            (void) civic_place_find(city, text, test_arena(&t), &place);
            n++;

            if (place.kind > CIVIC_PLACE_HINT) {
                found++;
                printf("# %s: %.*s\n", what, (int) text.len, text.data);
            }
        }
    }

    ok(n > 0 && found == 0, "%u %s, %u of them a place", n, what, found);

    test_arena_free(&table);
    test_arena_free(&t);
}


/*
 * Whole messages of citizens.  Who reads the list printed with -v finds the
 * false ones; the numbers here make a change of either kind be looked at.
 */

static void
test_sentences(const civic_city_t *city)
{
    unsigned        n, kinds[5] = { 0 }, fuzzy;
    civic_str_t     file, text;
    civic_csv_t     csv;
    test_arena_t    table = { 0 }, t = { 0 };
    civic_place_t   place;
    civic_faults_t  f = { test_fault, NULL, 0 };

    n = 0;
    fuzzy = 0;
    file = test_file(INDORE, "sentences.tsv");

    if (civic_csv_open(&csv, civic_str("sentences.tsv"), file, '\t',
                       "text code", test_arena(&table), &f)
        != CIVIC_OK)
    {
        return;
    }

    for ( /* void */ ; civic_csv_next(&csv) == CIVIC_OK; n++) {
        text = civic_csv_cell(&csv, "text");
        (void) civic_place_find(city, text, test_arena(&t), &place);

        kinds[place.kind]++;
        fuzzy += place.fuzzy;

        if (place.kind > CIVIC_PLACE_HINT) {
            printf("# %s%s \"%.*s\" is %.*s\n", test_kinds[place.kind],
                   place.fuzzy ? ", misspelt" : "", (int) place.text.len,
                   place.text.data,
                   (int) place.spot->name[CIVIC_LANG_EN].len,
                   place.spot->name[CIVIC_LANG_EN].data);
        }
    }

    printf("# of %u messages: %u name a known place (%u misspelt), %u a ward "
           "or long road, %u one outside, %u hint at one\n", n,
           kinds[CIVIC_PLACE_KNOWN], fuzzy, kinds[CIVIC_PLACE_WIDE],
           kinds[CIVIC_PLACE_OUTSIDE], kinds[CIVIC_PLACE_HINT]);

    ok(kinds[CIVIC_PLACE_KNOWN] >= n / 20, "one message in twenty names one");
    ok(fuzzy <= n / 500, "few are guessed from a misspelt word");
    ok(kinds[CIVIC_PLACE_OUTSIDE] <= n / 250, "few are elsewhere");

    test_arena_free(&table);
    test_arena_free(&t);
    test_file_free(file);
}


/* The same polygons, another algorithm, no GEOS. */

static void
test_pins(const civic_city_t *city, civic_str_t geojson)
{
    int                  cast;
    size_t               i;
    cJSON               *json;
    double               lat, lng;
    unsigned             wrong, border, inside;
    uint64_t             seed = 7440311311;
    const cJSON         *features;
    const civic_ward_t  *ward;

    json = cJSON_ParseWithLength(geojson.data, geojson.len);
    features = cJSON_GetObjectItemCaseSensitive(json, "features");

    wrong = 0;
    border = 0;
    inside = 0;

    for (i = 0; i < TEST_PINS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        lat = 22.624 + (double) (seed >> 33) / 2147483648.0 * 0.198;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        lng = 75.768 + (double) (seed >> 33) / 2147483648.0 * 0.223;

        cast = test_cast(features, lat, lng);

        if (cast < 0) {
            border++;
            continue;
        }

        ward = civic_city_ward(city, lat, lng);
        wrong += (ward != NULL ? ward->no : 0) != (unsigned) cast;
        inside += cast != 0;
    }

    printf("# of %d pins %u lie in a ward, %u on a border\n", TEST_PINS,
           inside, border);

    is_int(wrong, 0, "GEOS and ray casting agree about every pin");
    ok(inside > TEST_PINS / 2 && inside < TEST_PINS && border < 10,
       "pins inside and outside, next to none on a border");

    cJSON_Delete(json);
}


/* The ward of a point, 0 outside, -1 on an edge. */

static int
test_cast(const cJSON *features, double lat, double lng)
{
    int           in, border, multi;
    const cJSON  *feature, *g, *polygons, *polygon, *ring;

    cJSON_ArrayForEach(feature, features) {
        g = cJSON_GetObjectItemCaseSensitive(feature, "geometry");
        multi = strcmp(cJSON_GetObjectItem(g, "type")->valuestring,
                       "MultiPolygon") == 0;
        polygons = cJSON_GetObjectItemCaseSensitive(g, "coordinates");
        in = 0;
        border = 0;

        if (!multi) {
            cJSON_ArrayForEach(ring, polygons) {
                in ^= test_ring(ring, lat, lng, &border);
            }

        } else {
            cJSON_ArrayForEach(polygon, polygons) {
                cJSON_ArrayForEach(ring, polygon) {
                    in ^= test_ring(ring, lat, lng, &border);
                }
            }
        }

        if (border) {
            return -1;
        }

        if (in) {
            g = cJSON_GetObjectItemCaseSensitive(feature, "properties");
            return cJSON_GetObjectItem(g, "ward_no")->valueint;
        }
    }

    return 0;
}


/* Whether a ray to the east crosses the ring an odd number of times. */

static int
test_ring(const cJSON *ring, double lat, double lng, int *border)
{
    int           in, first;
    double        x, y, px, py, len, at, dx, dy;
    const cJSON  *point;

    in = 0;
    first = 1;
    px = py = 0;

    cJSON_ArrayForEach(point, ring) {
        x = point->child->valuedouble;
        y = point->child->next->valuedouble;

        if (!first) {
            if ((y > lat) != (py > lat)
                && lng < (px - x) * (lat - y) / (py - y) + x)
            {
                in = !in;
            }

            len = (x - px) * (x - px) + (y - py) * (y - py);
            at = len > 0 ? ((lng - px) * (x - px) + (lat - py) * (y - py))
                           / len : 0;
            at = at < 0 ? 0 : at > 1 ? 1 : at;
            dx = px + at * (x - px) - lng;
            dy = py + at * (y - py) - lat;
            *border |= dx * dx + dy * dy < TEST_BORDER * TEST_BORDER;
        }

        first = 0;
        px = x;
        py = y;
    }

    return in;
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
        "place_parts,text,road,road,road\n"
        "near_before,text,near,near,near\n"
        "near_after,text,paas,paas,paas\n"
        "place_joins,text,ke,ke,ke\n");

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
        "West,H9,,,,,\n");                     /* as the ward */

    (void) test_arena(t);

    if (!ok(test_load(&city, &files, t) == CIVIC_OK, "a city of nine places"))
    {
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
    test_row(&city, &t->arena, "star ke paas", CIVIC_PLACE_KNOWN, 1, 1);
    test_row(&city, &t->arena, "twin gate", CIVIC_PLACE_KNOWN, 0, 0);
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
