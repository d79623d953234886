
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Logistic regression over hashed features, each class against all others.
 * Its weights begin at what counting says (how much oftener than usual a
 * class has a feature, as naive Bayes would) and are corrected by stochastic
 * gradient descent with one adaptive step for each feature (Adagrad), in an
 * order that is always the same.  While it learns it leaves out a share of
 * each message's features, so that rare words learn to do without the common
 * ones.
 *
 * Memory is bounded: CIVIC_MODEL_BYTES of weights and half a megabyte to
 * find them, and while it learns one number for each feature and message.
 */


#include <math.h>

#include "core/city/civic_model.h"


/*
 * Chosen by cross-validation over sentences.tsv (util/classify): half or
 * twice of any of these was no better by more than half a percent.
 */
#define CIVIC_MODEL_ROUNDS   4          /* through all messages */
#define CIVIC_MODEL_RATE     0.7f
#define CIVIC_MODEL_LAST     0.25f      /* the last round's, which settles */
#define CIVIC_MODEL_LENGTH   2.5f       /* of a message's vector */
#define CIVIC_MODEL_DROP     1288490188u    /* of 2^32: 30 % left out */
#define CIVIC_MODEL_START    0.01f      /* of the squares summed up */
#define CIVIC_MODEL_RARE     2.0f       /* a class is not, unless told so */
#define CIVIC_MODEL_COUNTED  0.3f       /* of what counting says */
#define CIVIC_MODEL_DOUBT    1.0f       /* messages of the usual mixture */

#define CIVIC_MODEL_SEED     20261126u

/* A feature of one or two messages teaches next to nothing about others. */
#define CIVIC_MODEL_SEEN     3

/* A message this well known, by the square of its errors, is passed over. */
#define CIVIC_MODEL_KNOWN    5e-3f

/* Errors of one class below this are left as they are. */
#define CIVIC_MODEL_SMALL    0.02f

#define CIVIC_MODEL_BYTES    (12 * 1024 * 1024)
#define CIVIC_MODEL_ROWS     65535      /* numbered by 16 bits */
#define CIVIC_MODEL_LANES    4
#define CIVIC_MODEL_GROUPS   (CIVIC_CLASSES_MAX / CIVIC_MODEL_LANES)

#define CIVIC_MODEL_MASK     (CIVIC_FEATURE_BUCKETS - 1)


/* four classes at a time, whatever the compiler's optimisation */

typedef float  civic_lanes_t __attribute__((vector_size(16)));


struct civic_model_s {
    size_t          nclasses;
    size_t          ngroups;            /* of four classes */
    size_t          nrows;
    uint16_t       *row;                /* by bucket; 0: never seen */
    civic_lanes_t  *weight;             /* ngroups for each row */
};


typedef struct {
    civic_model_t  *model;
    float          *squares;            /* of each row's steps */
    uint32_t       *order;
    uint32_t        random;
    float           rate;
} civic_learner_t;


/* What a feature of each kind counts, beside a word. */

static const float  civic_model_kinds[CIVIC_FEATURE_KINDS] = {
    1.0f,                               /* word */
    1.0f,                               /* skeleton */
    1.0f,                               /* pair */
    1.0f,                               /* skip */
    0.7f,                               /* three letters */
    1.0f,                               /* a topic and a word */
    1.5f,                               /* keyword */
    0.5f,                               /* length */
    2.5f,                               /* topic */
    1.0f,                               /* two topics */
    1.0f                                /* the first, the last topic */
};


static civic_model_t *civic_model_rows(civic_example_t *examples, size_t n,
    size_t nclasses, const civic_arena_t *a);
static int civic_model_count(civic_model_t *model,
    const civic_example_t *examples, size_t n, const civic_arena_t *a);
static void civic_model_weigh(float *weight, const float *usual, size_t n);
static size_t civic_model_keep(const civic_model_t *model,
    const uint32_t *from, size_t n, uint32_t *code);
static void civic_model_round(civic_learner_t *l,
    const civic_example_t *examples, size_t n);
static void civic_model_step(civic_learner_t *l, const civic_example_t *ex);
static size_t civic_model_wrong(const civic_lanes_t *error, size_t n,
    unsigned char *group);
static uint32_t civic_model_random(civic_learner_t *l);
static float civic_model_scale(const uint32_t *code, size_t n);
static float civic_model_value(uint32_t code);
static void civic_model_sum(const civic_model_t *model, const uint32_t *code,
    size_t n, float scale, civic_lanes_t *sum);
static void civic_model_likely(float *p, size_t n);


civic_model_t *
civic_model_learn(civic_example_t *examples, size_t n, size_t nclasses,
    const civic_arena_t *a)
{
    size_t           i;
    civic_learner_t  l;

    l.model = civic_model_rows(examples, n, nclasses, a);
    if (l.model == NULL) {
        return NULL;
    }

    l.squares = civic_arena_alloc(a, (CIVIC_MODEL_ROWS + 1) * sizeof(float));
    l.order = civic_arena_alloc(a, n * sizeof(uint32_t));
    l.random = CIVIC_MODEL_SEED;

    if (l.squares == NULL || l.order == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        l.order[i] = (uint32_t) i;
        examples[i].n = civic_model_keep(l.model, examples[i].code,
                                         examples[i].n, examples[i].code);
    }

    if (civic_model_count(l.model, examples, n, a) != CIVIC_OK) {
        return NULL;
    }

    for (i = 0; i < CIVIC_MODEL_ROUNDS; i++) {
        l.rate = i + 1 < CIVIC_MODEL_ROUNDS ? CIVIC_MODEL_RATE
                                            : CIVIC_MODEL_LAST;
        civic_model_round(&l, examples, n);
    }

    return l.model;
}


/* Gives a row of weights to each bucket that enough messages have. */

static civic_model_t *
civic_model_rows(civic_example_t *examples, size_t n, size_t nclasses,
    const civic_arena_t *a)
{
    size_t          i, j, nrows, max;
    uint16_t       *row;
    civic_model_t  *model;

    model = civic_arena_alloc(a, sizeof(civic_model_t));
    row = civic_arena_alloc(a, CIVIC_FEATURE_BUCKETS * sizeof(uint16_t));

    if (model == NULL || row == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        for (j = 0; j < examples[i].n; j++) {
            uint16_t *seen = &row[examples[i].code[j] & CIVIC_MODEL_MASK];

            *seen += (*seen < CIVIC_MODEL_SEEN);
        }
    }

    model->nclasses = nclasses;
    model->ngroups = (nclasses + CIVIC_MODEL_LANES - 1) / CIVIC_MODEL_LANES;
    model->row = row;

    max = CIVIC_MODEL_BYTES / (model->ngroups * sizeof(civic_lanes_t));
    max = max < CIVIC_MODEL_ROWS ? max : CIVIC_MODEL_ROWS;
    nrows = 1;

    for (i = 0; i < CIVIC_FEATURE_BUCKETS; i++) {
        row[i] = (row[i] == CIVIC_MODEL_SEEN && nrows < max)
                 ? (uint16_t) nrows++ : 0;
    }

    model->nrows = nrows;
    model->weight = civic_arena_alloc(a, nrows * model->ngroups
                                         * sizeof(civic_lanes_t) + 16);
    if (model->weight == NULL) {
        return NULL;
    }

    /* an arena aligns to 8 bytes */

    model->weight = (civic_lanes_t *)
                    (((uintptr_t) model->weight + 15) & ~(uintptr_t) 15);

    return model;
}


/* Features that have weights, by their rows. */

static size_t
civic_model_keep(const civic_model_t *model, const uint32_t *from, size_t n,
    uint32_t *code)
{
    size_t    i, kept;
    uint32_t  row;

    for (i = 0, kept = 0; i < n; i++) {
        row = model->row[from[i] & CIVIC_MODEL_MASK];

        if (row) {
            __builtin_prefetch(model->weight + row * model->ngroups);
            __builtin_prefetch(model->weight + (row + 1) * model->ngroups - 1);
            code[kept++] = (from[i] & ~CIVIC_MODEL_MASK) | row;
        }
    }

    return kept;
}


/* How often each class has each feature becomes the first weights. */

static int
civic_model_count(civic_model_t *model, const civic_example_t *examples,
    size_t n, const civic_arena_t *a)
{
    float           *usual, *weight;
    size_t           i, j, row, width;

    width = model->ngroups * CIVIC_MODEL_LANES;
    weight = (float *) model->weight;
    usual = civic_arena_alloc(a, width * sizeof(float));

    if (usual == NULL) {
        return CIVIC_ERROR;
    }

    for (i = 0; i < n; i++) {
        usual[examples[i].class] += 1.0f / (float) n;

        for (j = 0; j < examples[i].n; j++) {
            row = examples[i].code[j] & CIVIC_MODEL_MASK;
            weight[row * width + examples[i].class] += 1.0f;
        }
    }

    for (row = 1; row < model->nrows; row++) {
        civic_model_weigh(weight + row * width, usual, model->nclasses);
    }

    return CIVIC_OK;
}


/* From counts to logarithms of how much oftener than usual. */

static void
civic_model_weigh(float *weight, const float *usual, size_t n)
{
    float   all, doubt, mean;
    size_t  i;

    all = 0.0f;
    mean = 0.0f;

    for (i = 0; i < n; i++) {
        all += weight[i];
    }

    for (i = 0; i < n; i++) {
        doubt = CIVIC_MODEL_DOUBT * usual[i] * (float) n;
        weight[i] = CIVIC_MODEL_COUNTED
                    * logf((weight[i] + doubt) / (all * usual[i] + doubt));
        mean += weight[i] / (float) n;
    }

    for (i = 0; i < n; i++) {
        weight[i] -= mean;
    }
}


static void
civic_model_round(civic_learner_t *l, const civic_example_t *examples,
    size_t n)
{
    size_t    i, j;
    uint32_t  swap;

    for (i = n; i > 1; i--) {
        j = (size_t) (((uint64_t) civic_model_random(l) * i) >> 32);
        swap = l->order[i - 1];
        l->order[i - 1] = l->order[j];
        l->order[j] = swap;
    }

    for (i = 0; i < n; i++) {
        civic_model_step(l, &examples[l->order[i]]);
    }
}


static void
civic_model_step(civic_learner_t *l, const civic_example_t *ex)
{
    float           scale, value, error, step;
    size_t          i, g, n, row, ngroups;
    uint32_t        code[CIVIC_FEATURES_MAX];
    unsigned char   group[CIVIC_MODEL_GROUPS];
    civic_lanes_t   sum[CIVIC_MODEL_GROUPS], *weight;
    civic_model_t  *model = l->model;
    float           p[CIVIC_CLASSES_MAX] = { 0 };

    for (i = 0, n = 0; i < ex->n; i++) {
        if (civic_model_random(l) >= CIVIC_MODEL_DROP) {
            code[n++] = ex->code[i];
        }
    }

    scale = civic_model_scale(code, n);
    civic_model_sum(model, code, n, scale, sum);

    memcpy(p, sum, model->nclasses * sizeof(float));
    error = 0.0f;

    for (i = 0; i < model->nclasses; i++) {
        p[i] = 1.0f / (1.0f + expf(CIVIC_MODEL_RARE - p[i]))
               - (float) (i == ex->class);
        error += p[i] * p[i];
    }

    if (error < CIVIC_MODEL_KNOWN) {
        return;
    }

    memcpy(sum, p, model->ngroups * sizeof(civic_lanes_t));
    ngroups = civic_model_wrong(sum, model->ngroups, group);

    for (i = 0; i < n; i++) {
        row = code[i] & CIVIC_MODEL_MASK;
        value = civic_model_value(code[i]) * scale;

        l->squares[row] += value * value * error;
        step = l->rate * value
               / sqrtf(l->squares[row] + CIVIC_MODEL_START);

        weight = model->weight + row * model->ngroups;

        for (g = 0; g < ngroups; g++) {
            weight[group[g]] -= sum[group[g]] * step;
        }
    }
}


/* Which groups have an error worth a step: few, once most is learned. */

static size_t
civic_model_wrong(const civic_lanes_t *error, size_t n, unsigned char *group)
{
    size_t  g, i, wrong;

    for (g = 0, wrong = 0; g < n; g++) {
        for (i = 0; i < CIVIC_MODEL_LANES; i++) {
            if (fabsf(error[g][i]) > CIVIC_MODEL_SMALL) {
                group[wrong++] = (unsigned char) g;
                break;
            }
        }
    }

    return wrong;
}


/* Numerical Recipes' generator: any will do that is the same everywhere. */

static uint32_t
civic_model_random(civic_learner_t *l)
{
    l->random = l->random * 1664525u + 1013904223u;

    return l->random;
}


/* Makes messages of all lengths equally long vectors. */

static float
civic_model_scale(const uint32_t *code, size_t n)
{
    float   value, sum;
    size_t  i;

    sum = 0.0f;

    for (i = 0; i < n; i++) {
        value = civic_model_value(code[i]);
        sum += value * value;
    }

    return n ? CIVIC_MODEL_LENGTH / sqrtf(sum) : 0.0f;
}


static float
civic_model_value(uint32_t code)
{
    return civic_model_kinds[code >> CIVIC_FEATURE_BITS];
}


static void
civic_model_sum(const civic_model_t *model, const uint32_t *code, size_t n,
    float scale, civic_lanes_t *sum)
{
    float                 value;
    size_t                i, g;
    const civic_lanes_t  *weight;

    memset(sum, 0, model->ngroups * sizeof(civic_lanes_t));

    for (i = 0; i < n; i++) {
        weight = model->weight
                 + (code[i] & CIVIC_MODEL_MASK) * model->ngroups;
        value = civic_model_value(code[i]) * scale;

        for (g = 0; g < model->ngroups; g++) {
            sum[g] += weight[g] * value;
        }
    }
}


/* Softmax. */

static void
civic_model_likely(float *p, size_t n)
{
    float   most, sum;
    size_t  i;

    most = p[0];
    sum = 0.0f;

    for (i = 1; i < n; i++) {
        most = p[i] > most ? p[i] : most;
    }

    for (i = 0; i < n; i++) {
        p[i] = expf(p[i] - most);
        sum += p[i];
    }

    for (i = 0; i < n; i++) {
        p[i] /= sum;
    }
}


void
civic_model_score(const civic_model_t *model, const civic_features_t *f,
    float *p)
{
    size_t         n;
    uint32_t       code[CIVIC_FEATURES_MAX];
    civic_lanes_t  sum[CIVIC_MODEL_GROUPS];

    n = civic_model_keep(model, f->code, f->n, code);
    civic_model_sum(model, code, n, civic_model_scale(code, n), sum);

    memcpy(p, sum, model->nclasses * sizeof(float));
    civic_model_likely(p, model->nclasses);
}
