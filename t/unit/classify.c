
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * How well the model understands what it has not seen: cross-validation over
 * sentences.tsv in five folds, near-twins always in the same one, and a test
 * file it never learns from.  It fails when understanding gets worse than
 * what was promised.  util/classify is this program, compiled for speed.
 *
 *   classify                           the tests
 *   classify --cross-validate [--all]  tells the figures; --all each mistake
 *   classify --measure FILE            the same for a table of text and code
 *   classify --bench                   time and memory
 *   classify --lines                   lines of standard input
 */


#include <time.h>

#include "classify_fold.h"
#include "core/city/civic_classify.h"


#define TEST_TOP1   TEST_PERCENT(86)
#define TEST_EXACT  TEST_PERCENT(84)
#define TEST_TOP3   TEST_PERCENT(96)
#define TEST_NONE   TEST_PERCENT(88)

#define TEST_PERCENT(n)  ((n) / 100.0)


#define TEST_STEPS  10              /* from 50 % up, 5 % each */


typedef struct {
    unsigned    n;
    unsigned    top1;               /* none is one answer, of any kind */
    unsigned    exact;              /* and its kind is right, too */
    unsigned    top3;
    unsigned    none_right;         /* none told as none */
    unsigned    none_missed;
    unsigned    none_wrong;         /* a complaint told as none */
    unsigned    zone[3];            /* as the dialogue would act */
    unsigned    zone_right[3];
    unsigned    sure[TEST_STEPS];   /* a service, this likely or more */
    unsigned    sure_right[TEST_STEPS];
    unsigned    kind[TEST_STEPS];   /* a kind of none */
    unsigned    kind_right[TEST_STEPS];
} test_figures_t;


static void test_lines(const civic_city_t *city);
static int test_measure(civic_city_files_t *files, const char *path);
static void test_bench(const civic_city_files_t *files, test_rows_t *rows);
static void test_cross(civic_city_files_t *files, test_rows_t *rows,
    int all, test_figures_t *f);
static void test_row(const civic_city_t *city, const test_row_t *row,
    int all, test_figures_t *f);
static int test_is(const civic_rank_t *rank, civic_str_t code);
static unsigned test_zone(const civic_meaning_t *m, civic_str_t code,
    int *right);
static void test_tell(const test_figures_t *f);
static double test_f1(const test_figures_t *f);
static void test_print(const civic_rank_t *rank, char end);
static double test_now(void);


int
main(int argc, char **argv)
{
    int                  rc;
    civic_city_t         city;
    test_rows_t          rows;
    test_arena_t         t = { 0 };
    test_figures_t       f = { 0 };
    civic_city_files_t   files;

    rc = 0;
    (void) test_arena(&t);
    test_indore_files(&files);

    if (argc > 1 && strcmp(argv[1], "--lines") == 0) {
        if (test_load(&city, &files, &t) != CIVIC_OK) {
            fputs(test_faults, stderr);
            return 1;
        }

        test_lines(&city);
        civic_city_destroy(&city);

    } else if (argc > 2 && strcmp(argv[1], "--measure") == 0) {
        rc = test_measure(&files, argv[2]);

    } else {
        test_rows_read(&rows, files.sentences.bytes, &files);

        if (argc > 1 && strcmp(argv[1], "--bench") == 0) {
            test_bench(&files, &rows);

        } else {
            test_cross(&files, &rows, argc > 2, &f);
            test_tell(&f);

            if (argc == 1) {
                ok(f.top1 >= TEST_TOP1 * f.n, "the first is right");
                ok(f.exact >= TEST_EXACT * f.n, "and of the right kind");
                ok(f.top3 >= TEST_TOP3 * f.n, "the right one is among three");
                ok(test_f1(&f) >= TEST_NONE, "what is no complaint is told");
                rc = done();
            }
        }

        test_rows_free(&rows);
    }

    test_indore_free(&files);
    test_arena_free(&t);

    return rc;
}


/* code and confidence of the best three, as util/classify says. */

static void
test_lines(const civic_city_t *city)
{
    char              line[65536];
    size_t            i;
    test_arena_t      t = { 0 };
    civic_meaning_t   m;

    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';

        if (civic_classify(city, civic_str(line), CIVIC_LANG_HI,
                           test_arena(&t), &m)
            != CIVIC_OK)
        {
            exit(1);
        }

        for (i = 0; i < m.nrank; i++) {
            test_print(&m.rank[i], i + 1 < m.nrank ? '\t' : '\n');
        }

        fflush(stdout);
    }

    test_arena_free(&t);
}


static void
test_print(const civic_rank_t *rank, char end)
{
    civic_str_t  code;

    code = rank->class->service ? rank->class->service->code
                                : rank->class->kind;

    printf("%s%.*s\t%.3f%c", rank->class->service ? "" : "NONE:",
           (int) code.len, code.data, rank->likely, end);
}


static int
test_measure(civic_city_files_t *files, const char *path)
{
    size_t          i;
    test_rows_t     rows;
    civic_str_t     bytes;
    civic_city_t    city;
    test_arena_t    t = { 0 };
    test_figures_t  f = { 0 };

    (void) test_arena(&t);
    bytes = test_file("", path);
    test_rows_read(&rows, bytes, NULL);

    if (test_load(&city, files, &t) != CIVIC_OK) {
        fputs(test_faults, stderr);
        return 1;
    }

    for (i = 0; i < rows.n; i++) {
        test_row(&city, &rows.row[i], 1, &f);
    }

    test_tell(&f);

    civic_city_destroy(&city);
    test_arena_free(&t);
    test_rows_free(&rows);
    test_file_free(bytes);

    return 0;
}


/* Each fold is told from what the four others teach. */

static void
test_cross(civic_city_files_t *files, test_rows_t *rows, int all,
    test_figures_t *f)
{
    size_t        i, fold;
    civic_str_t   whole;
    civic_city_t  city;
    test_arena_t  t = { 0 };

    whole = files->sentences.bytes;

    for (fold = 0; fold < TEST_FOLDS; fold++) {
        (void) test_arena(&t);
        files->sentences.bytes = test_rows_but(rows, fold);

        if (test_load(&city, files, &t) != CIVIC_OK) {
            fputs(test_faults, stderr);
            exit(1);
        }

        for (i = 0; i < rows->n; i++) {
            if (rows->row[i].fold == fold) {
                test_row(&city, &rows->row[i], all, f);
            }
        }

        civic_city_destroy(&city);
        free((void *) files->sentences.bytes.data);
    }

    files->sentences.bytes = whole;
    test_arena_free(&t);
}


static void
test_row(const civic_city_t *city, const test_row_t *row, int all,
    test_figures_t *f)
{
    int              right, none, told, three;
    size_t           i;
    unsigned         zone;
    test_arena_t     t = { 0 };
    civic_meaning_t  m;

    if (civic_classify(city, row->text, CIVIC_LANG_HI, test_arena(&t), &m)
        != CIVIC_OK || m.nrank == 0)
    {
        exit(1);
    }

    right = test_is(&m.rank[0], row->code);
    none = (row->code.len > 5 && memcmp(row->code.data, "NONE:", 5) == 0);
    told = (m.rank[0].class->service == NULL);

    for (i = 0, three = 0; i < m.nrank; i++) {
        three |= test_is(&m.rank[i], row->code);
    }

    f->n++;
    f->top1 += (unsigned) (right || (none && told));
    f->exact += (unsigned) right;
    f->top3 += (unsigned) three;
    f->none_right += (unsigned) (none && told);
    f->none_missed += (unsigned) (none && !told);
    f->none_wrong += (unsigned) (!none && told);

    if (all && !right) {
        printf("%.*s\t", (int) row->code.len, row->code.data);
        test_print(&m.rank[0], '\t');
        printf("%.*s\n", (int) row->text.len, row->text.data);
    }

    for (i = 0; i < TEST_STEPS; i++) {
        if (m.rank[0].likely * 100 >= 50 + 5 * i) {
            f->sure[i] += (unsigned) !told;
            f->sure_right[i] += (unsigned) (!told && right);
            f->kind[i] += (unsigned) told;
            f->kind_right[i] += (unsigned) (told && none);
        }
    }

    zone = test_zone(&m, row->code, &right);
    f->zone[zone]++;
    f->zone_right[zone] += (unsigned) right;

    test_arena_free(&t);
}


/*
 * In the sure zone a message is acted on without a question, as a complaint
 * or as none; in the close zone the right service is among the guesses.
 */

static unsigned
test_zone(const civic_meaning_t *m, civic_str_t code, int *right)
{
    size_t  i;

    *right = 0;

    if (m->misroute.len) {
        *right = (memcmp(code.data, "NONE:", 5) == 0);
        return CIVIC_SURE_YES;
    }

    for (i = 0; i < m->nguess; i++) {
        *right |= civic_str_eq(m->guess[i]->code, code);
    }

    return m->sure;
}


static int
test_is(const civic_rank_t *rank, civic_str_t code)
{
    if (rank->class->service != NULL) {
        return civic_str_eq(rank->class->service->code, code);
    }

    return code.len > 5
           && civic_str_eq(rank->class->kind,
                           civic_strn(code.data + 5, code.len - 5));
}


static void
test_tell(const test_figures_t *f)
{
    static const char  *zones[] = { "unsure", "close", "sure" };
    int                 i;

    printf("# %u sentences: top-1 %.1f %% (%.1f %% with the kind of none), "
           "top-3 %.1f %%, none F1 %.1f %%\n", f->n, 100.0 * f->top1 / f->n,
           100.0 * f->exact / f->n, 100.0 * f->top3 / f->n,
           100.0 * test_f1(f));

    for (i = 2; i >= 0; i--) {
        printf("# %-6s %5.1f %%", zones[i], 100.0 * f->zone[i] / f->n);

        if (i && f->zone[i]) {
            printf(", right %.1f %%",
                   100.0 * f->zone_right[i] / f->zone[i]);
        }

        printf("\n");
    }

    printf("# likely     a service, right    no complaint, right\n");

    for (i = 0; i < TEST_STEPS; i++) {
        printf("#  %d %% %9.1f %% %6.1f %% %13.1f %% %6.1f %%\n", 50 + 5 * i,
               100.0 * f->sure[i] / f->n,
               100.0 * f->sure_right[i] / (f->sure[i] ? f->sure[i] : 1),
               100.0 * f->kind[i] / f->n,
               100.0 * f->kind_right[i] / (f->kind[i] ? f->kind[i] : 1));
    }
}


static double
test_f1(const test_figures_t *f)
{
    unsigned  told;

    told = f->none_right * 2 + f->none_missed + f->none_wrong;

    return told ? 2.0 * f->none_right / told : 1.0;
}


static void
test_bench(const civic_city_files_t *files, test_rows_t *rows)
{
    double            from, *us;
    size_t            i;
    civic_city_t      city;
    test_arena_t      t = { 0 }, scratch = { 0 };
    civic_meaning_t   m;
    civic_city_files_t  bare = *files;

    bare.sentences.bytes.len = 0;

    for (i = 0; i < 2; i++) {
        (void) test_arena(&t);
        from = test_now();
        (void) test_load(&city, i ? files : &bare, &t);
        printf("load %s sentences %.0f ms\n", i ? "with" : "without",
               (test_now() - from) * 1e3);

        if (i == 0) {
            civic_city_destroy(&city);
        }
    }

    us = calloc(rows->n, sizeof(double));

    for (i = 0; us != NULL && i < rows->n; i++) {
        (void) test_arena(&scratch);
        from = test_now();
        (void) civic_classify(&city, rows->row[i].text, CIVIC_LANG_HI,
                              &scratch.arena, &m);
        us[i] = (test_now() - from) * 1e6;
    }

    qsort(us, rows->n, sizeof(double), test_rows_compare);
    printf("a message: p50 %.1f us, p99 %.1f us\n", us[rows->n / 2],
           us[rows->n * 99 / 100]);

    free(us);
    civic_city_destroy(&city);
    test_arena_free(&scratch);
    test_arena_free(&t);
}


static double
test_now(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);

    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}
