
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Places by name and by pin.  Fails when a spelling people use is not found,
 * when a common word becomes a place or a city elsewhere ours, and when GEOS
 * and plain ray casting over the same polygons disagree about any of 10,000
 * pins.
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
static void test_growing(void);
static void test_letters(const civic_city_t *city);
static void test_places(const civic_city_t *city);
static void test_place(const civic_city_t *city, const civic_csv_t *csv,
    const civic_arena_t *a);
static void test_words(const civic_city_t *city, civic_str_t file,
    char sep, const char *column, const char *what);
static void test_sentences(const civic_city_t *city);
static void test_pins(const civic_city_t *city, civic_str_t geojson);
static int test_cast(const cJSON *features, double lat, double lng);
static int test_ring(const cJSON *ring, double lat, double lng, int *border);


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

    (void) test_arena(&t);
    test_indore_files(&files);

    if (!ok(test_load(&city, &files, &t) == CIVIC_OK, "Indore loads")) {
        printf("%s", test_faults);
        return done();
    }

    ok(city.nplaces > 300, "%zu places and wards", city.nplaces);

    test_letters(&city);
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
    test_growing();
}


/* Letters at the end of a key change with what follows: "ra" and "rai". */

static void
test_growing(void)
{
    char           latin[CIVIC_KEY_MAX], whole[CIVIC_KEY_MAX];
    char           grown[CIVIC_KEY_MAX];
    size_t         i, n, to, bad;
    uint32_t       seed;
    civic_sound_t  done;

    static const char  letters[] = "aeiouychpmnxhwvksz4";

    seed = 311;
    bad = 0;

    for (i = 0; i < 20000; i++) {
        done.at = 0;
        done.len = 0;

        for (n = 0; n < sizeof(latin); /* void */ ) {
            to = n + 1 + test_random(&seed) % 9;
            to = to < sizeof(latin) ? to : sizeof(latin);

            while (n < to) {
                latin[n++] = letters[test_random(&seed)
                                     % (sizeof(letters) - 1)];
            }

            to = civic_key_sound(latin, n, whole, sizeof(whole));
            bad += civic_key_sound_on(latin, n, grown, sizeof(grown), &done)
                   != to
                   || memcmp(whole, grown, to) != 0;
        }
    }

    is_int((long) bad, 0, "a key that grows is the key of the whole");
}


static void
test_key(const char *one, const char *two, int same)
{
    char    a[CIVIC_KEY_MAX], b[CIVIC_KEY_MAX];
    size_t  n, m;

    n = civic_key_name(civic_str(one), a);
    m = civic_key_name(civic_str(two), b);

    ok(n && (n == m && memcmp(a, b, n) == 0) == same,
       "\"%s\" and \"%s\" sound %s: %.*s, %.*s", one, two,
       same ? "alike" : "different", (int) n, a, (int) m, b);
}


/* "x" sounds like two letters: a key may be longer than its word. */

static void
test_letters(const civic_city_t *city)
{
    size_t         i;
    test_arena_t   t = { 0 };
    civic_place_t  place;

    static const char  *words[] = {
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "near xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx nagar"
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        ok(civic_place_find(city, civic_str(words[i]), test_arena(&t), &place)
           == CIVIC_OK && place.spot == NULL, "no place in \"%s\"",
           words[i]);
    }

    test_arena_free(&t);
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
    civic_str_t     list, text, code;
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

        /* words of a topic: nobody writes them one after another */

        code = sep == '\t' ? civic_csv_cell(&csv, "code") : list;

        if (code.len > 6 && memcmp(code.data, "ABOUT:", 6) == 0) {
            continue;
        }

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
