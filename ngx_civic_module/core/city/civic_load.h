
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the parts of this folder share while a city is loaded.  Not for other
 * folders.  A loader returns CIVIC_OK or, out of memory, CIVIC_ERROR; what is
 * wrong with a file is a fault, and loading goes on to find the others.
 */


#ifndef _CIVIC_LOAD_H_INCLUDED_
#define _CIVIC_LOAD_H_INCLUDED_


#include "core/base/civic_csv.h"
#include "core/city/civic_city.h"
#include "core/city/civic_features.h"


typedef struct {
    civic_city_t         *city;
    const civic_arena_t  *arena;
    civic_faults_t       *faults;
    const civic_file_t   *file;         /* being read */
    civic_csv_t           csv;
    civic_str_t          *ward_names;   /* other names of wards[i], with ";" */
} civic_load_t;


#define civic_load_fault(l, ...)                                             \
    civic_fault((l)->faults, (l)->file->name, (l)->csv.line, __VA_ARGS__)


/* Room for every row "file" can have, "size" bytes each; NULL: no memory. */
void *civic_load_rows(civic_load_t *l, const civic_file_t *file,
    size_t size);

/* Opens "file" as l->csv; results as civic_csv_open(). */
int civic_load_open(civic_load_t *l, const civic_file_t *file, char sep,
    const char *columns);

/* A cell that must be filled and fit "max" UTF-16 units on one line. */
civic_str_t civic_load_short(civic_load_t *l, const char *column,
    size_t max);

int civic_texts_load(civic_load_t *l, const civic_file_t *file);
int civic_shapes_load(civic_load_t *l, const civic_file_t *file);

/* The last one: places stand in wards, and words around them in the texts. */
int civic_places_load(civic_load_t *l, const civic_city_files_t *files);

/*
 * Words that are the same come first, because they change what every keyword
 * is; services and wards add theirs as they are read; commands and phrases
 * come last, because they name services.
 */
int civic_words_begin(civic_load_t *l, const civic_file_t *phrases);
int civic_words_service(civic_load_t *l, size_t index);
int civic_words_ward(civic_load_t *l, size_t index);
int civic_words_end(civic_load_t *l, const civic_city_files_t *files);

/* Learns from sentences; after the words, which are features of them. */
int civic_learn_load(civic_load_t *l, const civic_file_t *file);

/* What the model sees of a text, keywords in it too. */
int civic_classify_features(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_features_t *f);

const civic_ward_t *civic_shapes_ward(const civic_shapes_t *shapes,
    double lat, double lng);
void civic_shapes_destroy(civic_shapes_t *shapes);

/* The most a placeholder may take; 0 when there is no such placeholder. */
size_t civic_placeholder_max(civic_str_t name);


#endif /* _CIVIC_LOAD_H_INCLUDED_ */
