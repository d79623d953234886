
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Sentences put into folds so that near-twins are never on both sides.  Two
 * are twins when of the pieces of three letters and the consonants of either
 * at least half are in both; twins of twins stay together, too.  So a change
 * of one word's spelling, or of a place, makes no new sentence.
 */


#ifndef _CIVIC_CLASSIFY_FOLD_H_INCLUDED_
#define _CIVIC_CLASSIFY_FOLD_H_INCLUDED_


#include "city_test.h"
#include "core/base/civic_csv.h"
#include "core/city/civic_features.h"


#define TEST_FOLDS       5
#define TEST_TWINS       0.5        /* of the pieces of both, in common */
#define TEST_SEED        7u


typedef struct {
    civic_str_t   text;
    civic_str_t   code;
    size_t        fold;
    size_t        twin;             /* towards the first of its twins */
    size_t        npieces;
    uint32_t     *piece;
} test_row_t;


typedef struct {
    test_row_t   *row;
    size_t        n;
    test_arena_t  arena;
} test_rows_t;


typedef struct {
    size_t        n;
    size_t       *row;
} test_post_t;


static inline size_t
test_rows_first(test_rows_t *rows, size_t i)
{
    while (rows->row[i].twin != i) {
        i = rows->row[i].twin = rows->row[rows->row[i].twin].twin;
    }

    return i;
}


static inline void
test_rows_pieces(test_row_t *row, const civic_city_t *city,
    const civic_arena_t *a)
{
    size_t            i;
    unsigned          kind;
    civic_features_t  f;

    if (civic_features_text(city, row->text, a, &f) != CIVIC_OK) {
        exit(1);
    }

    row->piece = malloc((f.n + 1) * sizeof(uint32_t));

    for (i = 0; i < f.n; i++) {
        kind = f.code[i] >> CIVIC_FEATURE_BITS;

        if (kind == CIVIC_FEATURE_GRAM3 || kind == CIVIC_FEATURE_SKELETON) {
            row->piece[row->npieces++] = f.code[i]
                                         & (CIVIC_FEATURE_BUCKETS - 1);
        }
    }
}


/* Joins row "i" with its twins before it. */

static inline void
test_rows_join(test_rows_t *rows, size_t i, test_post_t *post,
    unsigned *common)
{
    size_t        j, k;
    test_row_t   *row = &rows->row[i];
    test_post_t  *p;

    memset(common, 0, i * sizeof(unsigned));

    for (j = 0; j < row->npieces; j++) {
        p = &post[row->piece[j]];

        for (k = 0; k < p->n; k++) {
            common[p->row[k]]++;
        }

        if ((p->n & (p->n - 1)) == 0) {
            p->row = realloc(p->row, (p->n ? p->n * 2 : 1) * sizeof(size_t));
        }

        p->row[p->n++] = i;
    }

    for (k = 0; k < i; k++) {
        if (common[k] && common[k] >= TEST_TWINS
                         * (row->npieces + rows->row[k].npieces - common[k]))
        {
            rows->row[test_rows_first(rows, k)].twin
                = test_rows_first(rows, i);
        }
    }
}


static inline void
test_rows_fold(test_rows_t *rows, const civic_city_files_t *files)
{
    size_t               i, groups;
    uint32_t             seed;
    unsigned            *common;
    test_post_t         *post;
    civic_city_t         city;
    test_arena_t         t = { 0 };
    civic_city_files_t   bare = *files;

    bare.sentences.bytes.len = 0;
    (void) test_arena(&t);

    if (test_load(&city, &bare, &t) != CIVIC_OK) {
        fputs(test_faults, stderr);
        exit(1);
    }

    post = calloc(CIVIC_FEATURE_BUCKETS, sizeof(test_post_t));
    common = calloc(rows->n, sizeof(unsigned));

    for (i = 0; i < rows->n; i++) {
        rows->row[i].twin = i;
        test_rows_pieces(&rows->row[i], &city, &t.arena);
        test_rows_join(rows, i, post, common);
    }

    seed = TEST_SEED;
    groups = 0;

    for (i = 0; i < rows->n; i++) {
        if (rows->row[i].twin == i) {
            seed = seed * 1664525u + 1013904223u;
            rows->row[i].fold = (seed >> 16) % TEST_FOLDS;
            groups++;
        }
    }

    for (i = 0; i < rows->n; i++) {
        rows->row[i].fold = rows->row[test_rows_first(rows, i)].fold;
    }

    printf("# %zu sentences in %zu groups of twins\n", rows->n, groups);

    for (i = 0; i < CIVIC_FEATURE_BUCKETS; i++) {
        free(post[i].row);
    }

    free(post);
    free(common);
    civic_city_destroy(&city);
    test_arena_free(&t);
}


/* The rows of a table that tell a service or NONE:kind; with files, folds. */

static inline void
test_rows_read(test_rows_t *rows, civic_str_t bytes,
    const civic_city_files_t *files)
{
    size_t          i, max;
    civic_csv_t     csv;
    test_row_t     *row;
    civic_faults_t  faults = { test_fault, NULL, 0 };

    memset(rows, 0, sizeof(test_rows_t));

    for (i = 0, max = 1; i < bytes.len; i++) {
        max += (bytes.data[i] == '\n');
    }

    rows->row = calloc(max, sizeof(test_row_t));

    if (rows->row == NULL
        || civic_csv_open(&csv, civic_str("table"), bytes, '\t', "text",
                          test_arena(&rows->arena), &faults) != CIVIC_OK)
    {
        exit(1);
    }

    while (civic_csv_next(&csv) == CIVIC_OK) {
        if (csv.ncells < 2
            || (memchr(csv.cell[1].data, ':', csv.cell[1].len) != NULL
                && memcmp(csv.cell[1].data, "NONE:", 5) != 0))
        {
            continue;                           /* CMD:, SAME: */
        }

        row = &rows->row[rows->n++];
        row->text = csv.cell[0];
        row->code = csv.cell[1];
    }

    if (files != NULL) {
        test_rows_fold(rows, files);
    }
}


/* A table of all rows that are not in "fold". */

static inline civic_str_t
test_rows_but(const test_rows_t *rows, size_t fold)
{
    char    *bytes, *p;
    size_t   i, len;

    len = sizeof("text\tcode\n");

    for (i = 0; i < rows->n; i++) {
        len += rows->row[i].text.len + rows->row[i].code.len + 2;
    }

    bytes = malloc(len);
    if (bytes == NULL) {
        exit(1);
    }

    p = bytes + sprintf(bytes, "text\tcode\n");

    for (i = 0; i < rows->n; i++) {
        if (rows->row[i].fold != fold) {
            p += sprintf(p, "%.*s\t%.*s\n", (int) rows->row[i].text.len,
                         rows->row[i].text.data, (int) rows->row[i].code.len,
                         rows->row[i].code.data);
        }
    }

    return civic_strn(bytes, (size_t) (p - bytes));
}


static inline int
test_rows_compare(const void *a, const void *b)
{
    double  x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}


static inline void
test_rows_free(test_rows_t *rows)
{
    size_t  i;

    for (i = 0; i < rows->n; i++) {
        free(rows->row[i].piece);
    }

    free(rows->row);
    test_arena_free(&rows->arena);
}


#endif /* _CIVIC_CLASSIFY_FOLD_H_INCLUDED_ */
