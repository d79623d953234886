
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A city as the dialogue sees it: departments, services, wards, words and
 * texts, loaded once from conf/city/<city>/ and then only read.  This part
 * opens no file: the caller hands the bytes in.
 */


#ifndef _CIVIC_CITY_H_INCLUDED_
#define _CIVIC_CITY_H_INCLUDED_


#include "core/base/civic_arena.h"
#include "core/base/civic_fault.h"


#define CIVIC_SERVICE_CODE_MAX  39      /* bytes; longer codes are refused */


#define CIVIC_DANGERS_MAX  16
#define CIVIC_DANGER_MAX   14       /* bytes of a kind's name */


/* Languages are columns of texts.csv; Roman Hindi is a language here. */

typedef enum {
    CIVIC_LANG_EN = 0,
    CIVIC_LANG_HI,
    CIVIC_LANG_HI_LATN,
    CIVIC_LANG_MAX
} civic_lang_e;


/* What a text becomes on the telephone, and so its limit (UTF-16 units). */

typedef enum {
    CIVIC_TEXT_TEXT = 0,        /* 4096 */
    CIVIC_TEXT_BODY,            /* 1024 */
    CIVIC_TEXT_BUTTON,          /* 20 */
    CIVIC_TEXT_ROW,             /* 24 */
    CIVIC_TEXT_ROW_NOTE,        /* 72 */
    CIVIC_TEXT_SECTION,         /* 24 */
    CIVIC_TEXT_LIST_BUTTON,     /* 20 */
    CIVIC_TEXT_HEADER,          /* 60 */
    CIVIC_TEXT_FOOTER,          /* 60 */
    CIVIC_TEXT_TEMPLATE,        /* 1024, no line breaks */
    CIVIC_TEXT_WORD             /* inserted elsewhere */
} civic_text_kind_e;


typedef struct {
    civic_str_t        key;
    civic_text_kind_e  kind;
    civic_str_t        in[CIVIC_LANG_MAX];
} civic_text_t;


typedef struct {
    civic_str_t        code;
    civic_str_t        name[CIVIC_LANG_MAX];
} civic_department_t;


typedef struct {
    civic_str_t                code;
    const civic_department_t  *department;
    civic_str_t                name[CIVIC_LANG_MAX];    /* long, for bodies */
    civic_str_t                row[CIVIC_LANG_MAX];     /* <= 24, for lists */
    civic_str_t                menu;    /* key of the menu it is listed in */
    unsigned                   sla_hours;
    unsigned                   confirmed:1;     /* hours may be promised */
    unsigned                   urgent:1;
    unsigned                   usual:1;         /* in the short list */
} civic_service_t;


typedef struct {
    uint16_t           no;
    uint16_t           zone_no;
    civic_str_t        name[CIVIC_LANG_MAX];
    civic_str_t        zone[CIVIC_LANG_MAX];
} civic_ward_t;


/* A kind of URGENT: rows. */

typedef struct {
    civic_str_t             kind;
    const civic_service_t  *service;    /* counts for this one; NULL: for
                                           every complaint to us */
} civic_danger_t;


/* What the model tells apart: a service, or a kind of no complaint. */

typedef struct {
    const civic_service_t  *service;    /* NULL: it is a kind */
    civic_str_t             kind;
} civic_class_t;


typedef struct civic_words_s   civic_words_t;    /* keyword index */
typedef struct civic_about_s   civic_about_t;    /* topics of words */
typedef struct civic_model_s   civic_model_t;    /* what sentences taught */
typedef struct civic_shapes_s  civic_shapes_t;   /* prepared polygons */
typedef struct civic_spot_s    civic_spot_t;     /* see civic_place.h */
typedef struct civic_places_s  civic_places_t;   /* names of places */


typedef struct {
    civic_department_t  *departments;
    size_t               ndepartments;
    civic_service_t     *services;      /* in the order of the file */
    size_t               nservices;
    civic_ward_t        *wards;
    size_t               nwards;
    civic_danger_t       danger[CIVIC_DANGERS_MAX];
    size_t               ndangers;
    civic_text_t        *texts;         /* sorted by key */
    size_t               ntexts;
    civic_words_t       *words;
    civic_about_t       *about;
    civic_class_t       *classes;
    size_t               nclasses;
    civic_model_t       *model;         /* NULL: too few sentences */
    civic_shapes_t      *shapes;
    civic_places_t      *places;
    size_t               nplaces;       /* wards by name and number, too */
} civic_city_t;


/* One file as read by the caller; name is for faults only. */

typedef struct {
    civic_str_t  name;
    civic_str_t  bytes;
} civic_file_t;


/* "sentences" may be empty: then keywords alone decide. */

typedef struct {
    civic_file_t  departments, categories, wards, texts, commands, phrases,
                  sentences, geojson;
    civic_file_t  places;           /* its bytes' data NULL: there is none */
} civic_city_files_t;


/*
 * Loads and checks a city.  All faults are reported before it returns
 * CIVIC_ERROR.  The city lives in the arena, except the polygons: give them
 * back with civic_city_destroy() when the arena goes.
 */
int civic_city_load(civic_city_t *city, const civic_city_files_t *files,
    const civic_arena_t *a, civic_fault_pt fault, void *data);
void civic_city_destroy(civic_city_t *city);

const civic_service_t *civic_city_service(const civic_city_t *city,
    civic_str_t code);
/*
 * What officers read of a service, in both of their languages and with its
 * code; the code alone of one that is not in the city's file.  data NULL: out
 * of memory.
 */
civic_str_t civic_city_officer_kind(const civic_city_t *city,
    civic_str_t code, const civic_arena_t *a);

const civic_text_t *civic_city_text(const civic_city_t *city,
    civic_str_t key);

/* The ward of a WGS84 point in degrees; NULL outside every ward. */
const civic_ward_t *civic_city_ward(const civic_city_t *city, double lat,
    double lng);
const civic_ward_t *civic_city_ward_no(const civic_city_t *city,
    unsigned no);

/* A ward whose name stands in the text, in any script; NULL if none. */
const civic_ward_t *civic_city_ward_named(const civic_city_t *city,
    civic_str_t text, const civic_arena_t *a);


#endif /* _CIVIC_CITY_H_INCLUDED_ */
