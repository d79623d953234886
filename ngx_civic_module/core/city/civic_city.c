
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Loads departments, services and wards, has the other parts load theirs,
 * and answers look-ups.  A city with any fault is not used at all.
 */


#include "core/base/civic_utf8.h"
#include "core/city/civic_load.h"


#define CIVIC_ROW_MAX       24      /* a list row's title */
#define CIVIC_MENUS_MAX     10      /* rows of a WhatsApp list */
#define CIVIC_MENU_MAX      9       /* one row is left to go back */
#define CIVIC_SLA_MAX       8784    /* hours of a leap year */
#define CIVIC_WARD_MAX      999
#define CIVIC_ZONE_MAX      999


static int civic_city_departments(civic_load_t *l, const civic_file_t *file);
static int civic_city_services(civic_load_t *l, const civic_file_t *file);
static void civic_city_service_row(civic_load_t *l, civic_service_t *s);
static void civic_city_menu(civic_load_t *l, const civic_service_t *s);
static int civic_city_wards(civic_load_t *l, const civic_file_t *file);
static civic_str_t civic_city_code(civic_load_t *l, const char *column);
static const civic_department_t *civic_city_department(
    const civic_city_t *city, civic_str_t code);


int
civic_city_load(civic_city_t *city, const civic_city_files_t *files,
    const civic_arena_t *a, civic_fault_pt fault, void *data)
{
    civic_load_t    l = { 0 };
    civic_faults_t  faults = { fault, data, 0 };

    memset(city, 0, sizeof(civic_city_t));

    l.city = city;
    l.arena = a;
    l.faults = &faults;

    /* each may name what those before it have loaded */

    if (civic_city_departments(&l, &files->departments) == CIVIC_OK
        && civic_words_begin(&l, &files->phrases) == CIVIC_OK
        && civic_city_services(&l, &files->categories) == CIVIC_OK
        && civic_city_wards(&l, &files->wards) == CIVIC_OK
        && civic_words_end(&l, files) == CIVIC_OK
        && civic_learn_load(&l, &files->sentences) == CIVIC_OK
        && civic_texts_load(&l, &files->texts) == CIVIC_OK
        && civic_shapes_load(&l, &files->geojson) == CIVIC_OK
        && civic_places_load(&l, files) == CIVIC_OK
        && faults.count == 0)
    {
        return CIVIC_OK;
    }

    if (faults.count == 0) {
        fault(data, "out of memory while loading the city");
    }

    civic_city_destroy(city);

    return CIVIC_ERROR;
}


void
civic_city_destroy(civic_city_t *city)
{
    if (city->shapes != NULL) {
        civic_shapes_destroy(city->shapes);
        city->shapes = NULL;
    }
}


void *
civic_load_rows(civic_load_t *l, const civic_file_t *file, size_t size)
{
    size_t  i, n;

    n = 1;

    for (i = 0; i < file->bytes.len; i++) {
        n += (file->bytes.data[i] == '\n');
    }

    return civic_arena_alloc(l->arena, n * size);
}


int
civic_load_open(civic_load_t *l, const civic_file_t *file, char sep,
    const char *columns)
{
    l->file = file;

    return civic_csv_open(&l->csv, file->name, file->bytes, sep, columns,
                          l->arena, l->faults);
}


civic_str_t
civic_load_short(civic_load_t *l, const char *column, size_t max)
{
    size_t       n;
    civic_str_t  cell;

    cell = civic_csv_need(&l->csv, column);
    n = civic_utf16_len(cell);

    if (n > max) {
        civic_load_fault(l, "%s is %zu units long; at most %zu fit", column,
                         n, max);
    }

    if (cell.len && memchr(cell.data, '\n', cell.len) != NULL) {
        civic_load_fault(l, "%s has a line break; write it on one line",
                         column);
    }

    return cell;
}


/* An identifier: it goes into buttons, SQL and logs, so no surprises. */

static civic_str_t
civic_city_code(civic_load_t *l, const char *column)
{
    size_t       i;
    civic_str_t  code;

    code = civic_csv_need(&l->csv, column);

    for (i = 0; i < code.len; i++) {
        if ((code.data[i] < 'A' || code.data[i] > 'Z')
            && (code.data[i] < 'a' || code.data[i] > 'z')
            && (code.data[i] < '0' || code.data[i] > '9')
            && strchr("_.-", code.data[i]) == NULL)
        {
            break;
        }
    }

    if (i < code.len || code.len > CIVIC_SERVICE_CODE_MAX) {
        civic_load_fault(l, "%s \"%.*s\" is no code; use at most %d of "
                         "A-Z a-z 0-9 _ . -", column, (int) code.len,
                         code.data, CIVIC_SERVICE_CODE_MAX);
    }

    return code;
}


static int
civic_city_departments(civic_load_t *l, const civic_file_t *file)
{
    int                  rc;
    size_t               max;
    civic_department_t  *d;

    d = civic_load_rows(l, file, sizeof(civic_department_t));
    if (d == NULL) {
        return CIVIC_ERROR;
    }

    l->city->departments = d;
    max = civic_placeholder_max(civic_str("department"));

    rc = civic_load_open(l, file, ',',
                         "department_code name_en name_hi name_hi_latn");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        d->code = civic_city_code(l, "department_code");
        d->name[CIVIC_LANG_EN] = civic_load_short(l, "name_en", max);
        d->name[CIVIC_LANG_HI] = civic_load_short(l, "name_hi", max);
        d->name[CIVIC_LANG_HI_LATN] = civic_load_short(l, "name_hi_latn",
                                                       max);

        if (civic_city_department(l->city, d->code) != NULL) {
            civic_load_fault(l, "department \"%.*s\" is there twice; each "
                             "code once", (int) d->code.len, d->code.data);
            continue;
        }

        l->city->ndepartments++;
        d++;
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static int
civic_city_services(civic_load_t *l, const civic_file_t *file)
{
    int               rc;
    civic_service_t  *s;

    s = civic_load_rows(l, file, sizeof(civic_service_t));
    if (s == NULL) {
        return CIVIC_ERROR;
    }

    l->city->services = s;

    rc = civic_load_open(l, file, ',', "service_code department_code name_en "
                         "name_hi name_hi_latn row_en row_hi row_hi_latn menu "
                         "sla_hours confirmed urgent usual keywords_en "
                         "keywords_hi keywords_hinglish");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        s->code = civic_city_code(l, "service_code");

        if (civic_city_service(l->city, s->code) != NULL) {
            civic_load_fault(l, "service \"%.*s\" is there twice; each code "
                             "once", (int) s->code.len, s->code.data);
            continue;
        }

        civic_city_service_row(l, s);
        civic_city_menu(l, s);

        if (civic_words_service(l, l->city->nservices) != CIVIC_OK) {
            return CIVIC_ERROR;
        }

        l->city->nservices++;
        s++;
    }

    if (rc == CIVIC_DONE && l->city->nservices == 0) {
        civic_load_fault(l, "no service; at least one is needed");
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static void
civic_city_service_row(civic_load_t *l, civic_service_t *s)
{
    size_t       max;
    unsigned     n;
    civic_str_t  code;

    code = civic_csv_need(&l->csv, "department_code");
    s->department = civic_city_department(l->city, code);

    if (s->department == NULL) {
        civic_load_fault(l, "no department \"%.*s\"; add it to the "
                         "departments or correct it", (int) code.len,
                         code.data);
    }

    max = civic_placeholder_max(civic_str("service"));

    s->name[CIVIC_LANG_EN] = civic_load_short(l, "name_en", max);
    s->name[CIVIC_LANG_HI] = civic_load_short(l, "name_hi", max);
    s->name[CIVIC_LANG_HI_LATN] = civic_load_short(l, "name_hi_latn", max);
    s->row[CIVIC_LANG_EN] = civic_load_short(l, "row_en", CIVIC_ROW_MAX);
    s->row[CIVIC_LANG_HI] = civic_load_short(l, "row_hi", CIVIC_ROW_MAX);
    s->row[CIVIC_LANG_HI_LATN] = civic_load_short(l, "row_hi_latn",
                                                  CIVIC_ROW_MAX);
    s->menu = civic_city_code(l, "menu");

    if (civic_csv_number(&l->csv, "sla_hours", 1, CIVIC_SLA_MAX, &n)
        == CIVIC_OK)
    {
        s->sla_hours = n;
    }

    if (civic_csv_number(&l->csv, "confirmed", 0, 1, &n) == CIVIC_OK) {
        s->confirmed = n & 1;
    }

    if (civic_csv_number(&l->csv, "urgent", 0, 1, &n) == CIVIC_OK) {
        s->urgent = n & 1;
    }

    if (civic_csv_number(&l->csv, "usual", 0, 1, &n) == CIVIC_OK) {
        s->usual = n & 1;
    }
}


/* A new service must still find a row in its menu, a new menu in the list. */

static void
civic_city_menu(civic_load_t *l, const civic_service_t *s)
{
    size_t                  same, menus;
    const civic_service_t  *t, *u;

    same = 0;
    menus = 0;

    for (t = l->city->services; t < s; t++) {
        same += civic_str_eq(t->menu, s->menu);

        for (u = l->city->services; !civic_str_eq(u->menu, t->menu); u++) {
            /* void */
        }

        menus += (u == t);              /* the first of its menu */
    }

    if (same == CIVIC_MENU_MAX) {
        civic_load_fault(l, "menu \"%.*s\" has more than %d services; move "
                         "some to another", (int) s->menu.len, s->menu.data,
                         CIVIC_MENU_MAX);
    }

    if (same == 0 && menus == CIVIC_MENUS_MAX) {
        civic_load_fault(l, "menu \"%.*s\" is one too many; a list has %d "
                         "rows", (int) s->menu.len, s->menu.data,
                         CIVIC_MENUS_MAX);
    }
}


static int
civic_city_wards(civic_load_t *l, const civic_file_t *file)
{
    int            rc;
    size_t         max, zmax;
    unsigned       no, zone;
    civic_ward_t  *w;

    w = civic_load_rows(l, file, sizeof(civic_ward_t));
    l->ward_names = civic_load_rows(l, file, sizeof(civic_str_t));

    if (w == NULL || l->ward_names == NULL) {
        return CIVIC_ERROR;
    }

    l->city->wards = w;
    max = civic_placeholder_max(civic_str("ward"));
    zmax = civic_placeholder_max(civic_str("zone"));

    rc = civic_load_open(l, file, ',', "ward_no ward_name_en ward_name_hi "
                         "zone_no zone_name_en zone_name_hi");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        w->name[CIVIC_LANG_EN] = civic_load_short(l, "ward_name_en", max);
        w->name[CIVIC_LANG_HI] = civic_load_short(l, "ward_name_hi", max);
        w->name[CIVIC_LANG_HI_LATN] = w->name[CIVIC_LANG_EN];
        w->zone[CIVIC_LANG_EN] = civic_load_short(l, "zone_name_en", zmax);
        w->zone[CIVIC_LANG_HI] = civic_load_short(l, "zone_name_hi", zmax);
        w->zone[CIVIC_LANG_HI_LATN] = w->zone[CIVIC_LANG_EN];

        if (civic_csv_number(&l->csv, "zone_no", 1, CIVIC_ZONE_MAX, &zone)
            == CIVIC_OK)
        {
            w->zone_no = (uint16_t) zone;
        }

        if (civic_csv_number(&l->csv, "ward_no", 1, CIVIC_WARD_MAX, &no)
            != CIVIC_OK)
        {
            continue;
        }

        if (civic_city_ward_no(l->city, no) != NULL) {
            civic_load_fault(l, "ward %u is there twice; each number once",
                             no);
            continue;
        }

        w->no = (uint16_t) no;
        l->ward_names[l->city->nwards] = civic_csv_cell(&l->csv,
                                                        "other_names");

        if (civic_words_ward(l, l->city->nwards) != CIVIC_OK) {
            return CIVIC_ERROR;
        }

        l->city->nwards++;
        w++;
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static const civic_department_t *
civic_city_department(const civic_city_t *city, civic_str_t code)
{
    size_t  i;

    for (i = 0; i < city->ndepartments; i++) {
        if (civic_str_eq(city->departments[i].code, code)) {
            return &city->departments[i];
        }
    }

    return NULL;
}


const civic_service_t *
civic_city_service(const civic_city_t *city, civic_str_t code)
{
    size_t  i;

    for (i = 0; i < city->nservices; i++) {
        if (civic_str_eq(city->services[i].code, code)) {
            return &city->services[i];
        }
    }

    return NULL;
}


civic_str_t
civic_city_officer_kind(const civic_city_t *city, civic_str_t code,
    const civic_arena_t *a)
{
    const civic_str_t      *name;
    const civic_service_t  *service;

    service = civic_city_service(city, code);

    if (service == NULL) {
        return code;
    }

    name = service->name;

    return civic_arena_printf(a, "%.*s / %.*s (%.*s)",
                              (int) name[CIVIC_LANG_EN].len,
                              name[CIVIC_LANG_EN].data,
                              (int) name[CIVIC_LANG_HI].len,
                              name[CIVIC_LANG_HI].data,
                              (int) code.len, code.data);
}


const civic_ward_t *
civic_city_ward_no(const civic_city_t *city, unsigned no)
{
    size_t  i;

    for (i = 0; i < city->nwards; i++) {
        if (city->wards[i].no == no) {
            return &city->wards[i];
        }
    }

    return NULL;
}


const civic_ward_t *
civic_city_ward(const civic_city_t *city, double lat, double lng)
{
    return civic_shapes_ward(city->shapes, lat, lng);
}
