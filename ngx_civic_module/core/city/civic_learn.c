
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Reads sentences.tsv and has the model learn from it.  The second column is
 * a service code or NONE:kind.  It keeps nothing of a sentence but numbers.
 */


#include "core/base/civic_utf8.h"
#include "core/city/civic_load.h"
#include "core/city/civic_model.h"


/*
 * With fewer sentences keywords know better: 160 for each service is what
 * Indore has, and with a quarter of those keywords were still ahead.
 */
#define CIVIC_LEARN_MIN      500

#define CIVIC_LEARN_BYTES    2000   /* of a sentence */

/* What reading the longest sentence takes, twice over. */
#define CIVIC_LEARN_SCRATCH  (1024 * 1024)


typedef struct {
    civic_arena_t     arena;
    char             *start;
    size_t            used;
} civic_scratch_t;


static int civic_learn_row(civic_load_t *l, civic_scratch_t *scratch,
    civic_example_t *example);
static int civic_learn_class(civic_load_t *l, civic_str_t code);
static int civic_learn_add(civic_load_t *l, const civic_class_t *class);
static void *civic_learn_alloc(void *pool, size_t size);


int
civic_learn_load(civic_load_t *l, const civic_file_t *file)
{
    int               rc;
    size_t            n;
    civic_city_t     *city = l->city;
    civic_scratch_t   scratch;
    civic_example_t  *examples;

    if (file->bytes.len == 0) {
        return CIVIC_OK;
    }

    examples = civic_load_rows(l, file, sizeof(civic_example_t));
    city->classes = civic_arena_alloc(l->arena, CIVIC_CLASSES_MAX
                                                * sizeof(civic_class_t));
    scratch.start = civic_arena_alloc(l->arena, CIVIC_LEARN_SCRATCH);
    scratch.arena.alloc = civic_learn_alloc;
    scratch.arena.pool = &scratch;

    if (examples == NULL || city->classes == NULL || scratch.start == NULL) {
        return CIVIC_ERROR;
    }

    rc = civic_load_open(l, file, '\t', "text code");
    n = 0;

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        rc = civic_learn_row(l, &scratch, &examples[n]);

        if (rc == CIVIC_OK) {
            n++;

        } else if (rc == CIVIC_DECLINED) {
            rc = CIVIC_OK;
        }
    }

    if (rc == CIVIC_ERROR) {
        return CIVIC_ERROR;
    }

    if (l->faults->count || n < CIVIC_LEARN_MIN) {
        return CIVIC_OK;
    }

    city->model = civic_model_learn(examples, n, city->nclasses, l->arena);

    return city->model ? CIVIC_OK : CIVIC_ERROR;
}


static int
civic_learn_row(civic_load_t *l, civic_scratch_t *scratch,
    civic_example_t *example)
{
    int               class;
    civic_str_t       text, code;
    civic_features_t  f;

    text = civic_csv_need(&l->csv, "text");
    code = civic_csv_need(&l->csv, "code");
    class = code.len ? civic_learn_class(l, code) : -1;

    if (text.len > CIVIC_LEARN_BYTES) {
        civic_load_fault(l, "%zu bytes are too long for a sentence; at most "
                         "%d fit", text.len, CIVIC_LEARN_BYTES);
        return CIVIC_DECLINED;
    }

    /* a city with faults will not be used; the rest is read to find more */

    if (text.len == 0 || class < 0 || l->faults->count) {
        return CIVIC_DECLINED;
    }

    scratch->used = 0;

    if (civic_classify_features(l->city, text, &scratch->arena, &f)
        != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    example->class = (unsigned) class;
    example->n = f.n;
    example->code = civic_arena_alloc(l->arena, f.n * sizeof(uint32_t));

    if (example->code == NULL) {
        return CIVIC_ERROR;
    }

    memcpy(example->code, f.code, f.n * sizeof(uint32_t));

    return CIVIC_OK;
}


static int
civic_learn_class(civic_load_t *l, civic_str_t code)
{
    size_t         i;
    civic_class_t  class = { 0 };

    static const civic_str_t  none = civic_string("NONE:");

    if (code.len > none.len && memcmp(code.data, none.data, none.len) == 0) {
        class.kind = civic_strn(code.data + none.len, code.len - none.len);

    } else {
        class.service = civic_city_service(l->city, code);

        if (class.service == NULL) {
            civic_load_fault(l, "no service \"%.*s\"; a service code or "
                             "NONE:kind is wanted", (int) code.len,
                             code.data);
            return -1;
        }
    }

    for (i = 0; i < l->city->nclasses; i++) {
        if (l->city->classes[i].service == class.service
            && civic_str_eq(l->city->classes[i].kind, class.kind))
        {
            return (int) i;
        }
    }

    return civic_learn_add(l, &class);
}


static int
civic_learn_add(civic_load_t *l, const civic_class_t *class)
{
    if (l->city->nclasses == CIVIC_CLASSES_MAX) {
        civic_load_fault(l, "one service or kind too many; at most %d can "
                         "be told apart", CIVIC_CLASSES_MAX);
        return -1;
    }

    l->city->classes[l->city->nclasses] = *class;

    return (int) l->city->nclasses++;
}


/* For one sentence; what does not fit is out of memory. */

static void *
civic_learn_alloc(void *pool, size_t size)
{
    char             *p;
    civic_scratch_t  *scratch = pool;

    size = (size + 7) & ~(size_t) 7;

    if (size > CIVIC_LEARN_SCRATCH - scratch->used) {
        return NULL;
    }

    p = scratch->start + scratch->used;
    scratch->used += size;

    return memset(p, 0, size);
}
