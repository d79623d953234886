
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Reads places.csv and makes places of the wards.  A coordinate decides the
 * ward; a ward number without one is from somebody's memory and is believed
 * only when it is 0, which says: not the corporation's.  A city may have no
 * such table: then wards are all it knows.
 */


#include <math.h>
#include <stdlib.h>

#include "core/city/civic_place_index.h"


#define CIVIC_DEGREES_MAX  20       /* bytes of a coordinate */


typedef struct {
    civic_load_t    *l;
    civic_places_t  *places;
    civic_spot_t    *spot;          /* the next free one */
    civic_name_t    *name;
    size_t           nnames;
    size_t           max;           /* names there is room for */
    unsigned         usable:1;      /* the polygons are */
} civic_placing_t;


static int civic_place_rows(civic_placing_t *p, const civic_file_t *file);
static void civic_place_row(civic_placing_t *p);
static void civic_place_needs(civic_placing_t *p);
static void civic_place_point(civic_placing_t *p);
static int civic_place_degrees(civic_placing_t *p, const char *column,
    double max, double *degrees);
static int civic_place_wards(civic_placing_t *p);
static int civic_place_ward(civic_placing_t *p, const civic_ward_t *ward,
    civic_str_t others);
static int civic_place_names(civic_placing_t *p, civic_str_t list);
static int civic_place_name(civic_placing_t *p, civic_str_t text);
static size_t civic_place_last(civic_str_t text, char *key, size_t *words);
static int civic_place_words(civic_placing_t *p);


int
civic_places_load(civic_load_t *l, const civic_city_files_t *files)
{
    size_t           i;
    civic_placing_t  p = { l, NULL, NULL, NULL, 0, 0, 0 };

    p.usable = l->faults->count == 0;

    /* a name is two bytes at least and its separator */

    p.max = (files->places.bytes.len + files->wards.bytes.len) / 3 + 8;

    p.places = civic_arena_alloc(l->arena, sizeof(civic_places_t));
    p.name = civic_arena_alloc(l->arena, p.max * sizeof(civic_name_t));

    if (p.places == NULL || p.name == NULL
        || civic_place_rows(&p, &files->places) != CIVIC_OK
        || civic_place_wards(&p) != CIVIC_OK
        || civic_place_words(&p) != CIVIC_OK
        || civic_place_index(l, p.places, p.name, p.nnames) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    l->city->places = p.places;

    for (i = 0; i < p.nnames; i++) {
        l->city->nplaces += (i == 0 || p.name[i].spot != p.name[i - 1].spot);
    }

    return CIVIC_OK;
}


static int
civic_place_rows(civic_placing_t *p, const civic_file_t *file)
{
    int           rc;
    civic_str_t   name;
    civic_load_t  *l = p->l;

    static const char  *columns[] = { "name_en", "name_hi", "other_names" };

    if (file->bytes.data == NULL) {
        return CIVIC_OK;
    }

    p->spot = civic_load_rows(l, file, sizeof(civic_spot_t));
    if (p->spot == NULL) {
        return CIVIC_ERROR;
    }

    rc = civic_load_open(l, file, ',', "name_en name_hi other_names ward_no "
                         "lat long");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        civic_place_row(p);

        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
            name = civic_csv_cell(&l->csv, columns[i]);

            if (civic_place_names(p, name) != CIVIC_OK) {
                return CIVIC_ERROR;
            }
        }

        p->spot++;
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static void
civic_place_row(civic_placing_t *p)
{
    size_t        max;
    civic_load_t  *l = p->l;
    civic_spot_t  *s = p->spot;

    max = civic_placeholder_max(civic_str("place"));

    s->name[CIVIC_LANG_EN] = civic_load_short(l, "name_en", max);
    s->name[CIVIC_LANG_HI] = civic_load_short(l, "name_hi", max);
    s->name[CIVIC_LANG_HI_LATN] = s->name[CIVIC_LANG_EN];

    civic_place_needs(p);
    civic_place_point(p);
}


static void
civic_place_needs(civic_placing_t *p)
{
    civic_str_t  needs;

    needs = civic_csv_cell(&p->l->csv, "needs");

    if (civic_str_is(needs, "more")) {
        p->spot->wide = 1;

    } else if (civic_str_is(needs, "near")) {
        p->spot->near = 1;

    } else if (needs.len) {
        civic_load_fault(p->l, "needs is \"%.*s\"; it must be empty, \"more\" "
                         "or \"near\"", (int) needs.len, needs.data);
    }
}


/* The polygons know better than whoever wrote the number of a ward. */

static void
civic_place_point(civic_placing_t *p)
{
    int            lat, lng;
    unsigned       no;
    civic_str_t    cell;
    civic_spot_t  *s = p->spot;

    cell = civic_csv_cell(&p->l->csv, "ward_no");
    no = 1;

    if (cell.len && civic_csv_number(&p->l->csv, "ward_no", 0, 999, &no)
                    == CIVIC_OK
        && no && civic_city_ward_no(p->l->city, no) == NULL)
    {
        civic_load_fault(p->l, "ward_no %u is no ward of this city; 0 is "
                         "outside, nothing is unknown", no);
    }

    lat = civic_place_degrees(p, "lat", 90, &s->lat);
    lng = civic_place_degrees(p, "long", 180, &s->lng);

    if ((lat == CIVIC_DONE) != (lng == CIVIC_DONE)) {
        civic_load_fault(p->l, "one of lat and long is missing; give both "
                         "or neither");
    }

    if (lat != CIVIC_OK || lng != CIVIC_OK) {
        s->outside = cell.len && no == 0;
        return;
    }

    s->ward = p->usable ? civic_city_ward(p->l->city, s->lat, s->lng) : NULL;
    s->has_point = 1;
    s->outside = s->ward == NULL;
}


/* CIVIC_DONE: there is none */

static int
civic_place_degrees(civic_placing_t *p, const char *column, double max,
    double *degrees)
{
    char          copy[CIVIC_DEGREES_MAX + 1], *end;
    civic_str_t   cell;

    cell = civic_csv_cell(&p->l->csv, column);

    if (cell.len == 0) {
        return CIVIC_DONE;
    }

    if (cell.len <= CIVIC_DEGREES_MAX
        && strspn(cell.data, "-.0123456789") >= cell.len)
    {
        (void) civic_str_put(copy, sizeof(copy), cell);     /* fits */
        *degrees = strtod(copy, &end);

        if (*end == '\0' && fabs(*degrees) <= max) {
            return CIVIC_OK;
        }
    }

    civic_load_fault(p->l, "%s is \"%.*s\"; it must be degrees like 22.7186",
                     column, (int) cell.len, cell.data);

    return CIVIC_DECLINED;
}


static int
civic_place_wards(civic_placing_t *p)
{
    size_t              i;
    const civic_city_t  *city = p->l->city;

    p->spot = civic_arena_alloc(p->l->arena, (2 * city->nwards + 1)
                                             * sizeof(civic_spot_t));
    if (p->spot == NULL) {
        return CIVIC_ERROR;
    }

    for (i = 0; i < city->nwards; i++) {
        if (civic_place_ward(p, &city->wards[i], p->l->ward_names[i])
            != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


/*
 * A ward's name is a locality's; its number is all of the ward.  Both stand
 * among its names.
 */

static int
civic_place_ward(civic_placing_t *p, const civic_ward_t *ward,
    civic_str_t others)
{
    int            rc;
    size_t         i;
    civic_str_t    text;
    civic_spot_t  *s = p->spot;

    for (i = 0; i < CIVIC_LANG_MAX; i++) {
        s[0].name[i] = ward->name[i];
        s[1].name[i] = ward->name[i];
    }

    s[0].ward = ward;
    s[1].ward = ward;
    s[1].wide = 1;

    for (i = 0; i <= CIVIC_LANG_HI; i++) {
        if (civic_place_name(p, ward->name[i]) != CIVIC_OK) {
            return CIVIC_ERROR;
        }
    }

    while (civic_csv_piece(&others, ';', &text) == CIVIC_OK) {
        p->spot = strcspn(text.data, "0123456789") < text.len ? s + 1 : s;

        rc = civic_place_name(p, text);
        if (rc != CIVIC_OK) {
            return rc;
        }
    }

    p->spot = s + 2;

    return CIVIC_OK;
}


static int
civic_place_names(civic_placing_t *p, civic_str_t list)
{
    civic_str_t  text;

    while (civic_csv_piece(&list, ';', &text) == CIVIC_OK) {
        if (civic_place_name(p, text) != CIVIC_OK) {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


static int
civic_place_name(civic_placing_t *p, civic_str_t text)
{
    char           key[CIVIC_KEY_MAX];
    char           last[CIVIC_KEY_MAX];
    size_t         n, nlast, words;
    civic_str_t    copy;
    civic_name_t  *name;

    n = civic_key_name(text, key);
    nlast = civic_place_last(text, last, &words);

    if (n == 0 || words > CIVIC_NAME_WORDS_MAX) {
        civic_load_fault(p->l, "name \"%.*s\" cannot be found in a text; "
                         "write one to %d words of Latin or Devanagari "
                         "letters", (int) text.len, text.data,
                         CIVIC_NAME_WORDS_MAX);
        return CIVIC_OK;
    }

    copy = civic_arena_copy(p->l->arena, civic_strn(key, n));
    if (copy.data == NULL || p->nnames == p->max) {
        return CIVIC_ERROR;
    }

    name = &p->name[p->nnames++];

    name->spot = p->spot;
    name->key = copy.data;
    name->len = (uint8_t) n;
    name->words = (uint8_t) words;
    name->least = (uint8_t) words;

    if (words > 1 && nlast < n
        && memcmp(key + n - nlast, last, nlast) == 0)
    {
        name->last = (uint8_t) nlast;
    }

    return CIVIC_OK;
}


static size_t
civic_place_last(civic_str_t text, char *key, size_t *words)
{
    char         latin[CIVIC_KEY_WORD_MAX];
    size_t       n, last;
    civic_str_t  word;

    last = 0;
    *words = 0;

    while ((n = civic_key_word(&text, &word, latin)) > 0) {
        last = civic_key_sound(latin, n, key, CIVIC_KEY_MAX);
        (*words)++;
    }

    return last;
}


/* What stands around a place, in every language. */

static int
civic_place_words(civic_placing_t *p)
{
    int                  rc;
    size_t               i, lang;
    const civic_text_t  *t;

    static const struct {
        const char  *key;
        unsigned     sign;
    } rows[] = {
        { "place_parts", CIVIC_SIGN_PLACE  },
        { "near_before", CIVIC_SIGN_BEFORE },
        { "near_after",  CIVIC_SIGN_AFTER  },
        { "place_joins", CIVIC_SIGN_JOIN   },
        { "no_places",   CIVIC_SIGN_NEVER  }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        t = civic_city_text(p->l->city, civic_str(rows[i].key));

        for (lang = 0; t != NULL && lang < CIVIC_LANG_MAX; lang++) {
            rc = civic_place_sign(p->l, p->places, t->in[lang], rows[i].sign);

            if (rc == CIVIC_ERROR) {
                return rc;
            }

            if (rc == CIVIC_DECLINED) {
                civic_load_fault(p->l, "text \"%s\" has too many words",
                                 rows[i].key);
            }
        }
    }

    return CIVIC_OK;
}
