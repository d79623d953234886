
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Loading a city: the real one has no fault, and each way to spoil one is
 * told with its file and line and what would be right.  Fails when a fault
 * is let through to citizens, is told elsewhere than it is, or hides others.
 */


#include "city_test.h"


typedef struct {
    const char  *title;
    size_t       file;          /* offset in civic_city_files_t */
    const char  *from;          /* replaced, once, */
    const char  *to;            /* by this */
    const char  *faults;
} spoil_t;


typedef struct {
    const char  *title;
    int          menus;         /* added, of one service each, */
    int          services;      /* and to the menu "water" */
    const char  *faults;
} menus_t;


#define FILE_OF(f)      offsetof(civic_city_files_t, f)
#define LONG_CODE       "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890123"
#define LONG_NAME       "0123456789012345678901234567890123456789" \
                        "012345678901234567890"


static const spoil_t  spoils[] = {

    { "a department twice", FILE_OF(departments), "WTR,", "WTR,a,a,a\nWTR,",
      "departments.csv:3: department \"WTR\" is there twice; each code once\n"
    },
    { "a department without a name", FILE_OF(departments), "Water", "",
      "departments.csv:2: name_en is empty; it must be filled\n" },
    { "a department with a long name", FILE_OF(departments), "Water",
      LONG_NAME,
      "departments.csv:2: name_en is 61 units long; at most 60 fit\n" },
    { "a department with a line break", FILE_OF(departments), "Water",
      "\"Wa\nter\"",
      "departments.csv:2: name_en has a line break; write it on one line\n" },
    { "no column", FILE_OF(departments), "name_hi_latn", "name_roman",
      "departments.csv:1: no column \"name_hi_latn\"; wanted: "
      "department_code name_en name_hi name_hi_latn\n"
      "categories.csv:2: no department \"WTR\"; add it to the departments or "
      "correct it\n"
      "categories.csv:3: no department \"WTR\"; add it to the departments or "
      "correct it\n" },

    { "a service twice", FILE_OF(categories), "OTHER,", "WTR_NONE,",
      "categories.csv:3: service \"WTR_NONE\" is there twice; each code once"
      "\n" },
    { "a code that is none", FILE_OF(categories), "OTHER,", "AN OTHER,",
      "categories.csv:3: service_code \"AN OTHER\" is no code; use at most "
      "39 of A-Z a-z 0-9 _ . -\n" },
    { "a long code", FILE_OF(categories), "OTHER,", LONG_CODE ",",
      "categories.csv:3: service_code \"" LONG_CODE "\" is no code; use at "
      "most 39 of A-Z a-z 0-9 _ . -\n" },
    { "an unknown department", FILE_OF(categories), "OTHER,WTR", "OTHER,PWD",
      "categories.csv:3: no department \"PWD\"; add it to the departments or "
      "correct it\n" },
    { "a long row", FILE_OF(categories), "Other,H,Anya,other",
      "1234567890123456789012345,H,Anya,other",
      "categories.csv:3: row_en is 25 units long; at most 24 fit\n" },
    { "a row too long in emoji", FILE_OF(categories), "Other,H,Anya,other",
      "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600"
      "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600x,"
      "H,Anya,other",
      "categories.csv:3: row_en is 25 units long; at most 24 fit\n" },
    { "hours that are none", FILE_OF(categories), ",24,1,0", ",soon,1,0",
      "categories.csv:2: sla_hours is \"soon\"; it must be a number from 1 "
      "to 8784\n" },
    { "confirmed perhaps", FILE_OF(categories), ",24,1,0", ",24,2,0",
      "categories.csv:2: confirmed is \"2\"; it must be a number from 0 to 1"
      "\n" },
    { "urgent, very", FILE_OF(categories), ",24,1,0", ",24,1,very",
      "categories.csv:2: urgent is \"very\"; it must be a number from 0 to 1"
      "\n" },
    { "danger for nothing", FILE_OF(phrases), "nal sukha\tWTR_NONE",
      "nal sukha\tURGENT:dry:WTR_NUN",
      "phrases.tsv:6: no service \"WTR_NUN\"\n" },
    { "danger without a name", FILE_OF(phrases), "nal sukha\tWTR_NONE",
      "nal sukha\tURGENT:",
      "phrases.tsv:6: \"\" is no kind of danger: at most 16, each with a name "
      "of at most 14 letters\n" },
    { "usual, sometimes", FILE_OF(categories), ",24,1,0,1,", ",24,1,0,some,",
      "categories.csv:2: usual is \"some\"; it must be a number from 0 to 1"
      "\n" },
    { "a keyword of nothing", FILE_OF(categories), "no water", "no water;!?",
      "categories.csv:2: \"!?\" cannot be found in a message; use words, at "
      "most 4 parts joined by \"+\"\n" },
    { "a keyword of five parts", FILE_OF(categories), "no water",
      "a+b+c+d+e",
      "categories.csv:2: \"a+b+c+d+e\" cannot be found in a message; use "
      "words, at most 4 parts joined by \"+\"\n" },

    { "a ward twice", FILE_OF(wards), "2,East", "1,East",
      "wards.csv:3: ward 1 is there twice; each number once\n"
      "wards.geojson:1: feature 2 has no known \"ward_no\"; give it one of "
      "the wards' numbers\n" },
    { "a ward without a number", FILE_OF(wards), "2,East", "two,East",
      "wards.csv:3: ward_no is \"two\"; it must be a number from 1 to 999\n"
      "wards.geojson:1: feature 2 has no known \"ward_no\"; give it one of "
      "the wards' numbers\n" },
    { "a zone without a number", FILE_OF(wards), "1,One,H,\n", "0,One,H,\n",
      "wards.csv:3: zone_no is \"0\"; it must be a number from 1 to 999\n" },

    { "a command's word taken", FILE_OF(commands), "status,status",
      "status,status;ok",
      "commands.csv:3: \"ok\" stands for another command already; each once"
      "\n" },
    { "a command without a name", FILE_OF(commands), "status,status",
      ",status", "commands.csv:3: command is empty; it must be filled\n" },

    { "an unknown service", FILE_OF(phrases), "\tWTR_NONE", "\tWTR_NUN",
      "phrases.tsv:6: no service \"WTR_NUN\"; a service code, NONE:kind, "
      "FIRST:kind, URGENT:kind, SAME:word, LANG:language or ABOUT:topic "
      "is wanted\n" },
    { "what is no word", FILE_OF(phrases), "hai\tLANG:hi_latn",
      "a-b ok\tABOUT:x", "phrases.tsv:4: \"a-b\" is no single word\n" },
    { "a spelling of two words", FILE_OF(phrases), "nhi\t", "n hi\t",
      "phrases.tsv:2: \"n hi\" and \"nahi\" must be single words\n" },
    { "a language not told by words", FILE_OF(phrases), "LANG:hi_latn",
      "LANG:mr", "phrases.tsv:4: language \"mr\" is not told by words; en "
      "and hi_latn are\n" },
    { "a phrase of nothing", FILE_OF(phrases), "bijli bill", "...",
      "phrases.tsv:5: \"...\" cannot be found in a message; use words, at "
      "most 4 parts joined by \"+\"\n" },
    { "a phrase without a code", FILE_OF(phrases), "NONE:power", "",
      "phrases.tsv:5: code is empty; it must be filled\n" },

    { "not JSON", FILE_OF(geojson), "[75,23]", "[75,]",
      "wards.geojson:2: not JSON from here on; a GeoJSON FeatureCollection "
      "is wanted\n" },
    { "no features", FILE_OF(geojson), "features", "fixtures",
      "wards.geojson:1: no \"features\"; a GeoJSON FeatureCollection is "
      "wanted\n" },
    { "a ward without a polygon", FILE_OF(geojson), "\"ward_no\":2",
      "\"ward_no\":3",
      "wards.geojson:1: feature 2 has no known \"ward_no\"; give it one of "
      "the wards' numbers\n"
      "wards.geojson:1: ward 2 has no polygon; add a feature with "
      "\"ward_no\": 2\n" },
    { "a ward with two polygons", FILE_OF(geojson), "\"ward_no\":2",
      "\"ward_no\":1",
      "wards.geojson:1: feature 2 is a second polygon of ward 1; make one "
      "MultiPolygon of them\n"
      "wards.geojson:1: ward 2 has no polygon; add a feature with "
      "\"ward_no\": 2\n" },
    { "a ring that crosses itself", FILE_OF(geojson),
      "[75,22],[76,22],[76,23]", "[75,22],[76,23],[76,22]", NULL },
    { "a ring that is open", FILE_OF(geojson), "[75,23],[75,22]]",
      "[75,23]]", NULL },
    { "degrees that are metres", FILE_OF(geojson),
      "[78,22],[79,22],[79,23],[78,22]",
      "[780,22],[790,22],[790,23],[780,22]",
      "wards.geojson:1: feature 2 (ward 2) is no valid polygon in degrees; "
      "correct its geometry\n" },
    { "a point for a ward", FILE_OF(geojson), "Polygon", "Point", NULL },
    { "no geometry", FILE_OF(geojson), "\"geometry\"", "\"geo\"", NULL },

    { NULL, 0, NULL, NULL, NULL }
};


static const menus_t  menus[] = {

    { "ten menus, one of nine services", 8, 8, "" },
    { "an eleventh menu", 9, 8,
      "categories.csv:12: menu \"m9\" is one too many; a list has 10 rows\n"
    },
    { "a tenth service", 8, 9,
      "categories.csv:20: menu \"water\" has more than 9 services; move some "
      "to another\n" },

    { NULL, 0, 0, NULL }
};


static void test_spoil(const spoil_t *s, test_arena_t *t);
static void test_menus(test_arena_t *t);
static void test_all_at_once(test_arena_t *t);
static void test_memory(test_arena_t *t);
static void test_indore_city(test_arena_t *t);


int
main(void)
{
    test_arena_t    t = { 0 };
    const spoil_t  *s;

    for (s = spoils; s->title != NULL; s++) {
        test_spoil(s, &t);
    }

    test_menus(&t);
    test_all_at_once(&t);
    test_memory(&t);
    test_indore_city(&t);

    test_arena_free(&t);

    return done();
}


static void
test_spoil(const spoil_t *s, test_arena_t *t)
{
    char                *p;
    civic_city_t         city;
    civic_file_t        *file;
    civic_city_files_t   files = test_small;

    file = (civic_file_t *) ((char *) &files + s->file);
    p = strstr(file->bytes.data, s->from);

    if (!ok(p != NULL, "there is something to spoil: %s", s->title)) {
        return;
    }

    (void) test_arena(t);

    file->bytes = civic_arena_printf(&t->arena, "%.*s%s%s",
                                     (int) (p - file->bytes.data),
                                     file->bytes.data, s->to,
                                     p + strlen(s->from));

    is_int(test_load(&city, &files, t), CIVIC_ERROR, "refused: %s", s->title);
    ok(city.shapes == NULL, "and given back");

    if (s->faults != NULL) {
        is_str(test_faults, s->faults, "and told: %s", s->title);

    } else {
        p = strchr(test_faults, '\n');
        ok(p != NULL && p[1] == '\0', "and told in one line: %s",
           s->title);
    }
}


/* Two services and two menus are in the small city already. */

static void
test_menus(test_arena_t *t)
{
    int                 n;
    civic_str_t        *rows;
    const menus_t      *m;
    civic_city_t        city;
    civic_city_files_t  files;

    for (m = menus; m->title != NULL; m++) {
        (void) test_arena(t);

        files = test_small;
        rows = &files.categories.bytes;

        for (n = 1; n <= m->menus; n++) {
            *rows = civic_arena_printf(&t->arena, "%.*sM%d,WTR,a,a,a,a,a,a,"
                                       "m%d,1,0,0,0,,,\n", (int) rows->len,
                                       rows->data, n, n);
        }

        for (n = 1; n <= m->services; n++) {
            *rows = civic_arena_printf(&t->arena, "%.*sS%d,WTR,a,a,a,a,a,a,"
                                       "water,1,0,0,0,,,\n", (int) rows->len,
                                       rows->data, n);
        }

        n = test_load(&city, &files, t);

        is_int(n, m->faults[0] ? CIVIC_ERROR : CIVIC_OK, "%s", m->title);
        is_str(test_faults, m->faults, "and told: %s", m->title);

        if (n == CIVIC_OK) {
            civic_city_destroy(&city);
        }
    }
}


/* One fault does not hide the next, nor one file the other. */

static void
test_all_at_once(test_arena_t *t)
{
    size_t              n;
    const char         *p;
    civic_city_t        city;
    civic_city_files_t  files = test_small;

    (void) test_arena(t);

    files.departments.bytes = civic_str("nothing,of,use\n");
    files.categories.bytes = civic_str("");
    files.wards.bytes = civic_str("\xff");
    files.texts.bytes = civic_str("key,kind,en,hi,hi_latn\na,b,c,d,e\n");
    files.commands.bytes = civic_str("\"");
    files.phrases.bytes = civic_str("text\tcode\nx\ty\n");
    files.geojson.bytes = civic_str("{");

    is_int(test_load(&city, &files, t), CIVIC_ERROR, "all files spoilt");

    n = 0;

    for (p = test_faults; (p = strchr(p, '\n')) != NULL; p++) {
        n++;
    }

    is_int(n, 11, "all faults are told at once");

    files.geojson.bytes = civic_strn(NULL, 0);
    is_int(test_load(&city, &files, t), CIVIC_ERROR, "an empty geojson");
}


static void
test_memory(test_arena_t *t)
{
    int           rc;
    long          left;
    unsigned      bad;
    civic_city_t  city;

    bad = 0;
    rc = CIVIC_ERROR;

    for (left = 0; rc != CIVIC_OK && left < 2000; left++) {
        (void) test_arena(t);
        t->left = left;

        rc = test_load(&city, &test_small, t);

        bad += (rc != CIVIC_OK
                && strcmp(test_faults,
                          "out of memory while loading the city\n") != 0);
    }

    is_int(rc, CIVIC_OK, "the small city loads with %ld allocations", left);
    is_int(bad, 0, "every exhaustion of memory is told as such");

    ok(civic_city_service(&city, civic_str("WTR_NONE"))->confirmed
       && !civic_city_service(&city, civic_str("WTR_NONE"))->urgent
       && civic_city_service(&city, civic_str("OTHER"))->urgent,
       "confirmed and urgent are what the file says");
    ok(civic_city_service(&city, civic_str("WTR_NONE"))->usual
       && !civic_city_service(&city, civic_str("OTHER"))->usual,
       "and so is what is usual");
    ok(civic_city_service(&city, civic_str("WTR")) == NULL,
       "a department is no service");

    civic_city_destroy(&city);
    civic_city_destroy(&city);
    ok(1, "destroying twice does no harm");
}


static void
test_indore_city(test_arena_t *t)
{
    size_t              i;
    unsigned            promised;
    civic_city_t        city;
    civic_city_files_t  files;

    (void) test_arena(t);
    test_indore_files(&files);

    is_int(test_load(&city, &files, t), CIVIC_OK, "Indore loads");
    is_str(test_faults, "", "without a fault");

    is_int(city.ndepartments, 12, "departments");
    is_int(city.nservices, 28, "services");
    is_int(city.nwards, 85, "wards");

    promised = 0;

    for (i = 0; i < city.nservices; i++) {
        promised += city.services[i].confirmed;
    }

    is_int(promised, 0, "no hours are promised that nobody has confirmed");

    ok(civic_city_service(&city, civic_str("WTR_DIRTY"))->urgent,
       "dirty water is urgent");
    is_mem(civic_city_ward_no(&city, 85)->name[CIVIC_LANG_EN].data,
           civic_city_ward_no(&city, 85)->name[CIVIC_LANG_EN].len,
           "Prajapat Nagar", "a ward by number");
    ok(civic_city_ward_no(&city, 86) == NULL, "there is no ward 86");
    ok(civic_city_ward_no(&city, 0) == NULL, "nor a ward 0");

    civic_city_destroy(&city);
    test_indore_free(&files);
}
