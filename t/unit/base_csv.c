
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Tables as clerks and spreadsheets write them.  Fails when a cell comes out
 * other than written, or when a fault is told with the wrong line or not at
 * all: the line is what the clerk looks for.
 */


#include "core/base/civic_csv.h"
#include "wire_test.h"


typedef struct {
    const char  *title;
    char         sep;
    const char  *table;
    const char  *cells;         /* rows end in "/", cells in "|" */
    const char  *faults;
} table_t;


static const table_t  tables[] = {
    { "a plain table", ',', "a,b\n1,2\n3,4\n", "1|2|/3|4|/", "" },
    { "no line feed at the end", ',', "a,b\n1,2", "1|2|/", "" },
    { "a byte order mark and CRLF", ',', "\xef\xbb\xbf" "a,b\r\n1,2\r\n",
      "1|2|/", "" },
    { "comments and empty lines", ',', "# one\n\na,b\n# two\n1,2\n\n#\n3,4",
      "1|2|/3|4|/", "" },
    { "spaces around cells", ',', " a , b \n 1\t,  2 \n", "1|2|/", "" },
    { "empty cells", ',', "a,b\n,\n1,\n", "||/1||/", "" },
    { "quotes", ',', "a,b\n\"1,1\",\"2 \"\"two\"\"\"\n", "1,1|2 \"two\"|/",
      "" },
    { "a line break in quotes", ',', "a,b\n\"1\n1\",2\n3\n",
      "1\n1|2|/", "t.csv:4: 1 cells in this row; the header has 2 columns\n" },
    { "quotes before CRLF", ',', "a,b\r\n1,\"2\"\r\n", "1|2|/", "" },
    { "a hash inside a row", ',', "a,b\n1,#2\n", "1|#2|/", "" },
    { "other columns and order", ',', "b,c,a\n2,x,1\n", "1|2|/", "" },
    { "tabs", '\t', "a\tb\n1, \"one\"\t2\n", "1, \"one\"|2|/", "" },
    { "only a header", ',', "a,b\n", "", "" },
    { "nothing", ',', "", NULL,
      "t.csv:1: no header row; the first line names the columns: a b\n" },
    { "only comments", ',', "# a,b\n", NULL,
      "t.csv:1: no header row; the first line names the columns: a b\n" },
    { "a column is missing", ',', "# x\na,c\n1,2\n", NULL,
      "t.csv:2: no column \"b\"; wanted: a b\n" },
    { "a column twice", ',', "a,b,a\n1,2,3\n", NULL,
      "t.csv:1: column \"a\" is there twice; each name once\n" },
    { "not UTF-8", ',', "a,b\n1,2\n\xe9,4\n", NULL,
      "t.csv:3: bytes that are not UTF-8; save the file as UTF-8\n" },
    { "too many and too few cells", ',', "a,b\n1\n2,3,4\n5,6\n", "5|6|/",
      "t.csv:2: 1 cells in this row; the header has 2 columns\n"
      "t.csv:3: 3 cells in this row; the header has 2 columns\n" },
    { "an open quote", ',', "a,b\n1,\"2\n3,4\n", "3|4|/",
      "t.csv:2: a quote that is not closed; close it, or write \"\" for a "
      "quote inside quotes\n" },
    { "text after a quote", ',', "a,b\n\"1\"x,2\n3,4\n", "3|4|/",
      "t.csv:2: text after a closing quote; write \"\" for a quote inside "
      "quotes\n" },
    { "far too many cells", ',',
      "a,b\n,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n1,2\n", "1|2|/",
      "t.csv:2: more than 32 cells; is a quote missing?\n" },
    { NULL, 0, NULL, NULL, NULL }
};


static char    faults[2048];


static void test_fault(void *data, const char *line);
static void test_read(civic_csv_t *csv, char *cells, size_t size);
static void test_numbers(test_arena_t *t);
static void test_pieces(void);
static void test_noise(test_arena_t *t);


int
main(void)
{
    int             rc;
    char            cells[256];
    civic_str_t     s;
    civic_csv_t     csv;
    test_arena_t    t = { 0 };
    civic_faults_t  f = { test_fault, NULL, 0 };
    const table_t  *table;

    for (table = tables; table->title != NULL; table++) {
        faults[0] = '\0';
        s = test_exact(table->table, strlen(table->table));

        rc = civic_csv_open(&csv, civic_str("t.csv"), s, table->sep, "a b",
                            test_arena(&t), &f);

        is_int(rc, table->cells ? CIVIC_OK : CIVIC_DECLINED, "opens: %s",
               table->title);

        if (rc == CIVIC_OK) {
            test_read(&csv, cells, sizeof(cells));
            is_str(cells, table->cells, "cells: %s", table->title);
        }

        is_str(faults, table->faults, "faults: %s", table->title);

        test_file_free(s);
    }

    test_numbers(&t);
    test_pieces();
    test_noise(&t);

    rc = civic_csv_open(&csv, civic_str("t.csv"),
                        civic_str("a,b\n1,\"\"\"2\"\"\"\n"), ',', "a b",
                        test_arena(&t), &f);
    t.left = 0;

    ok(rc == CIVIC_OK && civic_csv_next(&csv) == CIVIC_ERROR,
       "exhausted memory is an error, not a fault of the table");

    test_arena_free(&t);

    return done();
}


static void
test_fault(void *data, const char *line)
{
    (void) data;

    strncat(faults, line, sizeof(faults) - strlen(faults) - 2);
    strcat(faults, "\n");
}


static void
test_read(civic_csv_t *csv, char *cells, size_t size)
{
    int          n;
    civic_str_t  a, b;

    n = 0;
    cells[0] = '\0';

    while (civic_csv_next(csv) == CIVIC_OK) {
        a = civic_csv_cell(csv, "a");
        b = civic_csv_cell(csv, "b");

        n += snprintf(cells + n, size - (size_t) n, "%.*s|%.*s|/",
                      (int) a.len, a.data, (int) b.len, b.data);
    }
}


static void
test_numbers(test_arena_t *t)
{
    int             rc;
    unsigned        n;
    civic_csv_t     csv;
    civic_faults_t  f = { test_fault, NULL, 0 };

    faults[0] = '\0';

    rc = civic_csv_open(&csv, civic_str("t.csv"),
                        civic_str("a,b\n1,x\n99,\n100,1.5\n"
                                  "42949672970,-1\n007,+1\n"),
                        ',', "a b", test_arena(t), &f);

    ok(rc == CIVIC_OK && civic_csv_next(&csv) == CIVIC_OK, "first row");
    ok(civic_csv_number(&csv, "a", 1, 99, &n) == CIVIC_OK && n == 1,
       "the least number");
    is_int(civic_csv_number(&csv, "b", 1, 99, &n), CIVIC_DECLINED, "x");

    ok(civic_csv_next(&csv) == CIVIC_OK, "second row");
    ok(civic_csv_number(&csv, "a", 1, 99, &n) == CIVIC_OK && n == 99,
       "the greatest number");
    is_int(civic_csv_number(&csv, "b", 1, 99, &n), CIVIC_DECLINED, "nothing");
    is_int(civic_csv_need(&csv, "b").len, 0, "an empty cell that is needed");

    ok(civic_csv_next(&csv) == CIVIC_OK, "third row");
    is_int(civic_csv_number(&csv, "a", 1, 99, &n), CIVIC_DECLINED, "100");
    is_int(civic_csv_number(&csv, "b", 1, 99, &n), CIVIC_DECLINED, "1.5");

    ok(civic_csv_next(&csv) == CIVIC_OK, "fourth row");
    is_int(civic_csv_number(&csv, "a", 1, 99, &n), CIVIC_DECLINED, "2^32*10");
    is_int(civic_csv_number(&csv, "b", 1, 99, &n), CIVIC_DECLINED, "-1");

    ok(civic_csv_next(&csv) == CIVIC_OK, "fifth row");
    ok(civic_csv_number(&csv, "a", 1, 99, &n) == CIVIC_OK && n == 7, "007");

    is_int(f.count, 7, "each of them is counted");
    is_str(faults,
           "t.csv:2: b is \"x\"; it must be a number from 1 to 99\n"
           "t.csv:3: b is \"\"; it must be a number from 1 to 99\n"
           "t.csv:3: b is empty; it must be filled\n"
           "t.csv:4: a is \"100\"; it must be a number from 1 to 99\n"
           "t.csv:4: b is \"1.5\"; it must be a number from 1 to 99\n"
           "t.csv:5: a is \"42949672970\"; it must be a number from 1 to "
           "99\n"
           "t.csv:5: b is \"-1\"; it must be a number from 1 to 99\n",
           "each of them is told");
}


static void
test_pieces(void)
{
    civic_str_t  list, piece;

    list = civic_str(" one ;; two three;");

    ok(civic_csv_piece(&list, ';', &piece) == CIVIC_OK
       && civic_str_is(piece, "one"), "a piece is trimmed");
    ok(civic_csv_piece(&list, ';', &piece) == CIVIC_OK
       && civic_str_is(piece, "two three"), "an empty piece is passed over");
    is_int(civic_csv_piece(&list, ';', &piece), CIVIC_DONE, "then none");
}


/* Any bytes: it ends, and every cell lies within the table. */

static void
test_noise(test_arena_t *t)
{
    char            bytes[96];
    size_t          n;
    uint32_t        seed;
    unsigned        i, rows;
    civic_str_t     s;
    civic_csv_t     csv;
    civic_faults_t  f = { test_fault, NULL, 0 };

    static const char  alphabet[] = "\"\"\",,,\n\n\r#a \t\xc3";

    seed = 4180;
    rows = 0;

    for (i = 0; i < 20000; i++) {
        memcpy(bytes, "a,b\n", 4);

        for (n = 4; n < sizeof(bytes); n++) {
            bytes[n] = alphabet[test_random(&seed) % (sizeof(alphabet) - 2)];
        }

        faults[0] = '\0';
        s = test_exact(bytes, 4 + test_random(&seed) % (sizeof(bytes) - 4));

        if (civic_csv_open(&csv, civic_str("t"), s, ',', "a b", test_arena(t),
                           &f)
            == CIVIC_OK)
        {
            while (civic_csv_next(&csv) == CIVIC_OK) {
                rows += test_is_clean(civic_csv_cell(&csv, "a"), s.len)
                        && test_is_clean(civic_csv_cell(&csv, "b"), s.len);
            }
        }

        test_file_free(s);
    }

    ok(rows > 1000, "noise yields %u rows and no overrun", rows);
}
