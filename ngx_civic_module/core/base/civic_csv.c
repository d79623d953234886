
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Rows of our own tables, one after another.  A cell is a view of the file
 * unless doubled quotes had to be undone.  What a table means is the
 * caller's business.
 */


#include <unistr.h>

#include "core/base/civic_csv.h"


#define civic_csv_report(csv, ...)                                           \
    civic_fault((csv)->faults, (csv)->file, (csv)->line, __VA_ARGS__)


static int civic_csv_header(civic_csv_t *csv, const char *columns);
static int civic_csv_row(civic_csv_t *csv);
static void civic_csv_skip_line(civic_csv_t *csv);
static void civic_csv_plain(civic_csv_t *csv, civic_str_t *cell);
static int civic_csv_quoted(civic_csv_t *csv, civic_str_t *cell);
static civic_str_t civic_csv_undouble(civic_csv_t *csv, civic_str_t s);
static int civic_csv_end_of_cell(civic_csv_t *csv);
static civic_str_t civic_csv_trim(civic_str_t s);
static int civic_csv_column(const civic_csv_t *csv, civic_str_t name);


int
civic_csv_open(civic_csv_t *csv, civic_str_t file, civic_str_t bytes,
    char sep, const char *columns, const civic_arena_t *a, civic_faults_t *f)
{
    const char     *p;
    const uint8_t  *bad;

    memset(csv, 0, sizeof(civic_csv_t));

    csv->file = file;
    csv->arena = a;
    csv->faults = f;
    csv->sep = sep;
    csv->next = 1;
    csv->line = 1;

    if (bytes.len >= 3 && memcmp(bytes.data, "\xef\xbb\xbf", 3) == 0) {
        bytes.data += 3;
        bytes.len -= 3;
    }

    csv->rest = bytes;

    bad = bytes.len ? u8_check((const uint8_t *) bytes.data, bytes.len) : NULL;

    if (bad != NULL) {
        for (p = bytes.data; p < (const char *) bad; p++) {
            csv->line += (*p == '\n');
        }

        civic_csv_report(csv, "bytes that are not UTF-8; "
                         "save the file as UTF-8");
        return CIVIC_DECLINED;
    }

    return civic_csv_header(csv, columns);
}


static int
civic_csv_header(civic_csv_t *csv, const char *columns)
{
    int          rc;
    size_t       i;
    civic_str_t  list, name;

    rc = civic_csv_row(csv);

    if (rc == CIVIC_ERROR) {
        return rc;
    }

    if (rc != CIVIC_OK) {
        civic_csv_report(csv, "no header row; the first line names the "
                         "columns: %s", columns);
        return CIVIC_DECLINED;
    }

    csv->ncolumns = csv->ncells;

    for (i = 0; i < csv->ncells; i++) {
        csv->column[i] = csv->cell[i];

        if (civic_csv_column(csv, csv->cell[i]) != (int) i) {
            civic_csv_report(csv, "column \"%.*s\" is there twice; "
                             "each name once", (int) csv->cell[i].len,
                             csv->cell[i].data);
            rc = CIVIC_DECLINED;
        }
    }

    list = civic_str(columns);

    while (civic_csv_piece(&list, ' ', &name) == CIVIC_OK) {
        if (civic_csv_column(csv, name) < 0) {
            civic_csv_report(csv, "no column \"%.*s\"; wanted: %s",
                             (int) name.len, name.data, columns);
            rc = CIVIC_DECLINED;
        }
    }

    return rc;
}


int
civic_csv_next(civic_csv_t *csv)
{
    int  rc;

    for ( ;; ) {
        rc = civic_csv_row(csv);

        if (rc == CIVIC_DECLINED) {
            continue;                   /* reported; there may be more */
        }

        if (rc != CIVIC_OK) {
            return rc;
        }

        if (csv->ncells == csv->ncolumns) {
            return CIVIC_OK;
        }

        civic_csv_report(csv, "%zu cells in this row; the header has %zu "
                         "columns", csv->ncells, csv->ncolumns);
    }
}


/* OK, DONE, DECLINED (reported, the next line can be read) or ERROR */

static int
civic_csv_row(civic_csv_t *csv)
{
    int          rc;
    civic_str_t  cell;

    while (csv->rest.len
           && (csv->rest.data[0] == '#' || csv->rest.data[0] == '\n'
               || csv->rest.data[0] == '\r'))
    {
        civic_csv_skip_line(csv);
    }

    if (csv->rest.len == 0) {
        return CIVIC_DONE;
    }

    csv->line = csv->next;
    csv->ncells = 0;

    do {
        if (csv->ncells == CIVIC_CSV_COLUMNS) {
            civic_csv_report(csv, "more than %d cells; is a quote missing?",
                             CIVIC_CSV_COLUMNS);
            civic_csv_skip_line(csv);
            return CIVIC_DECLINED;
        }

        if (csv->sep == ',' && csv->rest.len && csv->rest.data[0] == '"') {
            rc = civic_csv_quoted(csv, &cell);

            if (rc != CIVIC_OK) {
                return rc;
            }

        } else {
            civic_csv_plain(csv, &cell);
        }

        csv->cell[csv->ncells++] = civic_csv_trim(cell);

    } while (civic_csv_end_of_cell(csv) == CIVIC_AGAIN);

    return CIVIC_OK;
}


static void
civic_csv_skip_line(civic_csv_t *csv)
{
    const char  *end;

    end = memchr(csv->rest.data, '\n', csv->rest.len);
    end = (end == NULL) ? csv->rest.data + csv->rest.len : end + 1;

    csv->rest.len -= (size_t) (end - csv->rest.data);
    csv->rest.data = end;
    csv->next++;
}


static void
civic_csv_plain(civic_csv_t *csv, civic_str_t *cell)
{
    size_t  n;

    for (n = 0; n < csv->rest.len; n++) {
        if (csv->rest.data[n] == csv->sep || csv->rest.data[n] == '\n') {
            break;
        }
    }

    *cell = civic_strn(csv->rest.data, n);

    csv->rest.data += n;
    csv->rest.len -= n;
}


static int
civic_csv_quoted(civic_csv_t *csv, civic_str_t *cell)
{
    int          doubled;
    size_t       n;
    unsigned     lines;
    civic_str_t  in;

    in = civic_strn(csv->rest.data + 1, csv->rest.len - 1);
    doubled = 0;
    lines = 0;

    for (n = 0; n < in.len; n++) {
        if (in.data[n] == '\n') {
            lines++;

        } else if (in.data[n] == '"') {
            if (n + 1 == in.len || in.data[n + 1] != '"') {
                break;
            }

            doubled = 1;
            n++;
        }
    }

    if (n >= in.len) {
        civic_csv_report(csv, "a quote that is not closed; close it, or "
                         "write \"\" for a quote inside quotes");
        civic_csv_skip_line(csv);
        return CIVIC_DECLINED;
    }

    csv->next += lines;
    csv->rest = civic_strn(in.data + n + 1, in.len - n - 1);

    if (csv->rest.len && csv->rest.data[0] == '\r') {
        csv->rest.data++;
        csv->rest.len--;
    }

    if (csv->rest.len && csv->rest.data[0] != csv->sep
        && csv->rest.data[0] != '\n')
    {
        civic_csv_report(csv, "text after a closing quote; write \"\" for "
                         "a quote inside quotes");
        civic_csv_skip_line(csv);
        return CIVIC_DECLINED;
    }

    *cell = civic_strn(in.data, n);

    if (doubled) {
        *cell = civic_csv_undouble(csv, *cell);
    }

    return cell->data == NULL ? CIVIC_ERROR : CIVIC_OK;
}


static civic_str_t
civic_csv_undouble(civic_csv_t *csv, civic_str_t s)
{
    char         *out;
    size_t        i, n;
    civic_str_t   none = civic_null_str;

    out = civic_arena_alloc(csv->arena, s.len + 1);
    if (out == NULL) {
        return none;
    }

    n = 0;

    for (i = 0; i < s.len; i++) {
        out[n++] = s.data[i];
        i += (s.data[i] == '"');        /* its double follows: see above */
    }

    return civic_strn(out, n);
}


/* AGAIN when another cell follows in this row */

static int
civic_csv_end_of_cell(civic_csv_t *csv)
{
    char  c;

    if (csv->rest.len == 0) {
        csv->next++;
        return CIVIC_OK;
    }

    c = csv->rest.data[0];
    csv->rest.data++;
    csv->rest.len--;

    if (c == csv->sep) {
        return CIVIC_AGAIN;
    }

    csv->next++;

    return CIVIC_OK;
}


static civic_str_t
civic_csv_trim(civic_str_t s)
{
    while (s.len && memchr(" \t\r\n", s.data[0], 4) != NULL) {
        s.data++;
        s.len--;
    }

    while (s.len && memchr(" \t\r\n", s.data[s.len - 1], 4) != NULL) {
        s.len--;
    }

    return s;
}


static int
civic_csv_column(const civic_csv_t *csv, civic_str_t name)
{
    size_t  i;

    for (i = 0; i < csv->ncolumns; i++) {
        if (civic_str_eq(csv->column[i], name)) {
            return (int) i;
        }
    }

    return -1;
}


civic_str_t
civic_csv_cell(const civic_csv_t *csv, const char *column)
{
    int          i;
    civic_str_t  none = civic_string("");

    i = civic_csv_column(csv, civic_str(column));

    return i < 0 ? none : csv->cell[i];
}


civic_str_t
civic_csv_need(civic_csv_t *csv, const char *column)
{
    civic_str_t  cell;

    cell = civic_csv_cell(csv, column);

    if (cell.len == 0) {
        civic_csv_report(csv, "%s is empty; it must be filled", column);
    }

    return cell;
}


int
civic_csv_number(civic_csv_t *csv, const char *column, unsigned min,
    unsigned max, unsigned *n)
{
    size_t       i;
    uint64_t     v;
    civic_str_t  cell;

    cell = civic_csv_cell(csv, column);
    v = 0;

    for (i = 0; i < cell.len && i < 10; i++) {
        if (cell.data[i] < '0' || cell.data[i] > '9') {
            break;
        }

        v = v * 10 + (uint64_t) (cell.data[i] - '0');
    }

    if (cell.len == 0 || i < cell.len || v < min || v > max) {
        civic_csv_report(csv, "%s is \"%.*s\"; it must be a number from %u "
                         "to %u", column, (int) cell.len, cell.data, min, max);
        return CIVIC_DECLINED;
    }

    *n = (unsigned) v;

    return CIVIC_OK;
}


int
civic_csv_piece(civic_str_t *list, char sep, civic_str_t *piece)
{
    size_t       n;
    const char  *end;

    while (list->len) {
        end = memchr(list->data, sep, list->len);
        n = (end == NULL) ? list->len : (size_t) (end - list->data);

        *piece = civic_csv_trim(civic_strn(list->data, n));

        n += (end != NULL);
        list->data += n;
        list->len -= n;

        if (piece->len) {
            return CIVIC_OK;
        }
    }

    return CIVIC_DONE;
}
