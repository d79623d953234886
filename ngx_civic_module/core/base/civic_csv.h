
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Reads our own tables: RFC 4180 with quotes and line breaks inside them,
 * or tab separated without quotes; a header row; "#" lines are comments;
 * a byte order mark and CRLF are tolerated.  Cells are asked for by column
 * name and come trimmed.  It refuses what a clerk would not see was wrong:
 * a row with too many or too few cells, bytes that are not UTF-8.
 */


#ifndef _CIVIC_CSV_H_INCLUDED_
#define _CIVIC_CSV_H_INCLUDED_


#include "core/base/civic_arena.h"
#include "core/base/civic_fault.h"


#define CIVIC_CSV_COLUMNS  32       /* our widest table has 19 */


typedef struct {
    civic_str_t           file;     /* name, for faults */
    civic_str_t           rest;     /* bytes not read yet */
    const civic_arena_t  *arena;
    civic_faults_t       *faults;
    char                  sep;      /* ',' or '\t' */
    unsigned              next;     /* line at which "rest" begins */
    unsigned              line;     /* line at which this row begins */
    size_t                ncolumns;
    size_t                ncells;
    civic_str_t           column[CIVIC_CSV_COLUMNS];
    civic_str_t           cell[CIVIC_CSV_COLUMNS];
} civic_csv_t;


/*
 * Reads the header row.  "columns" names, separated by spaces, what must be
 * there; others are allowed.  CIVIC_DECLINED when the header is not usable
 * (reported), CIVIC_ERROR when out of memory.
 */
int civic_csv_open(civic_csv_t *csv, civic_str_t file, civic_str_t bytes,
    char sep, const char *columns, const civic_arena_t *a,
    civic_faults_t *f);

/*
 * The next row.  A bad row is reported and skipped.  CIVIC_DONE at the end,
 * CIVIC_ERROR when out of memory.
 */
int civic_csv_next(civic_csv_t *csv);

/* A cell of this row, "" when there is no such column. */
civic_str_t civic_csv_cell(const civic_csv_t *csv, const char *column);

/* A decimal number from min to max, else reported and CIVIC_DECLINED. */
int civic_csv_number(civic_csv_t *csv, const char *column, unsigned min,
    unsigned max, unsigned *n);

/* The cell; an empty one is reported. */
civic_str_t civic_csv_need(civic_csv_t *csv, const char *column);

/*
 * Cuts the next piece off "list" at "sep", trimmed; CIVIC_DONE when nothing
 * is left.  Empty pieces are passed over.
 */
int civic_csv_piece(civic_str_t *list, char sep, civic_str_t *piece);


#endif /* _CIVIC_CSV_H_INCLUDED_ */
