
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * texts.csv: loaded, checked against WhatsApp's limits in every language
 * with the longest values, and filled.  A text that could overflow is a
 * fault of the file, found before a citizen finds it.
 */


#include <stdlib.h>

#include "core/base/civic_utf8.h"
#include "core/city/civic_load.h"
#include "core/city/civic_texts.h"


#define CIVIC_TEXT_NAMES_MAX  16        /* placeholders of one text */


typedef struct {
    const char         *name;
    size_t              max;            /* UTF-16 units */
    int                 lines;          /* may have line breaks */
} civic_text_rule_t;


typedef struct {
    size_t              n;
    civic_str_t         name[CIVIC_TEXT_NAMES_MAX];     /* sorted */
} civic_text_names_t;


static int civic_texts_row(civic_load_t *l, civic_text_t *t);
static void civic_texts_check(civic_load_t *l, const civic_text_t *t,
    const char *column, civic_str_t s, civic_text_names_t *names);
static void civic_texts_name(civic_load_t *l, const char *column,
    civic_str_t name, civic_text_names_t *names);
static void civic_texts_compare(civic_load_t *l, const char *column,
    const civic_text_names_t *a, const civic_text_names_t *b);
static int civic_texts_order(const void *one, const void *two);
static int civic_texts_key_order(civic_str_t a, civic_str_t b);
static int civic_text_piece(civic_str_t *s, civic_str_t *plain,
    civic_str_t *name);
static civic_str_t civic_text_value(const civic_value_t *values, size_t n,
    civic_str_t name, const civic_arena_t *a);


/* in the order of civic_text_kind_e */

static const civic_text_rule_t  civic_text_rules[] = {
    { "text",        4096, 1 },
    { "body",        1024, 1 },
    { "button",      20,   0 },
    { "row",         24,   0 },
    { "row_note",    72,   0 },
    { "section",     24,   0 },
    { "list_button", 20,   0 },
    { "header",      60,   0 },
    { "footer",      60,   0 },
    { "template",    1024, 0 },
    { "word",        300,  1 },     /* as the longest placeholder it fills */
    { NULL, 0, 0 }
};


static const char  *civic_text_columns[CIVIC_LANG_MAX] = {
    "en", "hi", "hi_latn"
};


const civic_placeholder_t  civic_placeholders[] = {
    { "ticket",      10  },
    { "request_id",  40  },
    { "service",     60  },
    { "service_row", 24  },
    { "department",  60  },
    { "ward",        40  },
    { "ward_no",     3   },
    { "zone",        60  },
    { "place",       80  },
    { "address",     120 },
    { "name",        40  },
    { "words",       200 },     /* what the citizen wrote, for a card */
    { "notes",       500 },     /* 311's words about a complaint */
    { "notice",      300 },     /* 311's words at registration */
    { "state",       24  },     /* in a row's note */
    { "status",      80  },     /* as a sentence */
    { "lines",       420 },     /* facts of a card, one a line */
    { "date",        32  },
    { "filed",       30  },
    { "changed",     30  },
    { "expected",    30  },
    { "due",         30  },
    { "time",        10  },
    { "day",         2   },
    { "month",       12  },
    { "year",        4   },
    { "hour",        2   },
    { "minute",      2   },
    { "half",        12  },     /* AM or PM, and what Hindi says for it */
    { "hours",       4   },
    { "count",       3   },
    { "language",    20  },
    { "menu",        24  },
    { "phone",       20  },
    { "link",        120 },
    { NULL, 0 }
};


int
civic_texts_load(civic_load_t *l, const civic_file_t *file)
{
    int            rc;
    size_t         i;
    civic_text_t  *t;

    t = civic_load_rows(l, file, sizeof(civic_text_t));
    if (t == NULL) {
        return CIVIC_ERROR;
    }

    l->city->texts = t;

    rc = civic_load_open(l, file, ',', "key kind en hi hi_latn");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        if (civic_texts_row(l, t) != CIVIC_OK) {
            continue;
        }

        for (i = 0; i < l->city->ntexts; i++) {
            if (civic_str_eq(l->city->texts[i].key, t->key)) {
                civic_load_fault(l, "text \"%.*s\" is there twice; each key "
                                 "once", (int) t->key.len, t->key.data);
                break;
            }
        }

        if (i == l->city->ntexts) {
            l->city->ntexts++;
            t++;
        }
    }

    if (l->city->ntexts) {
        qsort(l->city->texts, l->city->ntexts, sizeof(civic_text_t),
              civic_texts_order);
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static int
civic_texts_row(civic_load_t *l, civic_text_t *t)
{
    size_t              i;
    civic_str_t         kind;
    civic_text_names_t  names[CIVIC_LANG_MAX];

    t->key = civic_csv_need(&l->csv, "key");
    kind = civic_csv_need(&l->csv, "kind");

    for (i = 0; civic_text_rules[i].name != NULL; i++) {
        if (civic_str_is(kind, civic_text_rules[i].name)) {
            break;
        }
    }

    if (civic_text_rules[i].name == NULL) {
        civic_load_fault(l, "kind \"%.*s\" is not known; text, body, button, "
                         "row, row_note, section, list_button, header, "
                         "footer, template and word are", (int) kind.len,
                         kind.data);
        return CIVIC_DECLINED;
    }

    t->kind = (civic_text_kind_e) i;

    for (i = 0; i < CIVIC_LANG_MAX; i++) {
        t->in[i] = civic_csv_need(&l->csv, civic_text_columns[i]);
        civic_texts_check(l, t, civic_text_columns[i], t->in[i], &names[i]);

        if (i && t->in[i].len) {
            civic_texts_compare(l, civic_text_columns[i], &names[0],
                                &names[i]);
        }
    }

    return CIVIC_OK;
}


static void
civic_texts_check(civic_load_t *l, const civic_text_t *t, const char *column,
    civic_str_t s, civic_text_names_t *names)
{
    size_t                    len;
    civic_str_t               plain, name;
    const civic_text_rule_t  *rule;

    rule = &civic_text_rules[t->kind];
    names->n = 0;
    len = 0;

    if (!rule->lines && s.len && memchr(s.data, '\n', s.len) != NULL) {
        civic_load_fault(l, "%s has a line break; a %s is one line", column,
                         rule->name);
    }

    while (civic_text_piece(&s, &plain, &name) == CIVIC_OK) {
        len += civic_utf16_len(plain) + civic_placeholder_max(name);

        if ((plain.len && memchr(plain.data, '}', plain.len) != NULL)
            || (name.data != NULL && name.len == 0))
        {
            civic_load_fault(l, "%s has a brace that is not part of a "
                             "{placeholder}", column);
            return;
        }

        if (name.len) {
            civic_texts_name(l, column, name, names);
        }
    }

    if (len > rule->max) {
        civic_load_fault(l, "%s may become %zu units long with its longest "
                         "values; a %s has at most %zu", column, len,
                         rule->name, rule->max);
    }
}


/* Keeps "names" sorted, each name once. */

static void
civic_texts_name(civic_load_t *l, const char *column, civic_str_t name,
    civic_text_names_t *names)
{
    size_t  i;

    if (civic_placeholder_max(name) == 0) {
        civic_load_fault(l, "%s has {%.*s}, which is no placeholder we know",
                         column, (int) name.len, name.data);
        return;
    }

    for (i = names->n; i > 0; i--) {
        if (civic_str_eq(names->name[i - 1], name)) {
            return;
        }
    }

    if (names->n == CIVIC_TEXT_NAMES_MAX) {
        civic_load_fault(l, "%s has more than %d placeholders", column,
                         CIVIC_TEXT_NAMES_MAX);
        return;
    }

    for (i = names->n++; i > 0; i--) {
        if (civic_texts_key_order(names->name[i - 1], name) < 0) {
            break;
        }

        names->name[i] = names->name[i - 1];
    }

    names->name[i] = name;
}


static void
civic_texts_compare(civic_load_t *l, const char *column,
    const civic_text_names_t *a, const civic_text_names_t *b)
{
    size_t  i;

    for (i = 0; a->n == b->n && i < a->n; i++) {
        if (!civic_str_eq(a->name[i], b->name[i])) {
            break;
        }
    }

    if (a->n != b->n || i < a->n) {
        civic_load_fault(l, "%s has other placeholders than %s; they must be "
                         "the same", column, civic_text_columns[0]);
    }
}


static int
civic_texts_order(const void *one, const void *two)
{
    const civic_text_t  *a = one, *b = two;

    return civic_texts_key_order(a->key, b->key);
}


static int
civic_texts_key_order(civic_str_t a, civic_str_t b)
{
    int  rc;

    rc = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    if (rc == 0 && a.len != b.len) {
        rc = a.len < b.len ? -1 : 1;
    }

    return rc;
}


const civic_text_t *
civic_city_text(const civic_city_t *city, civic_str_t key)
{
    civic_text_t  wanted = { .key = key };

    if (city->ntexts == 0 || key.len == 0) {
        return NULL;
    }

    return bsearch(&wanted, city->texts, city->ntexts, sizeof(civic_text_t),
                   civic_texts_order);
}


size_t
civic_text_limit(civic_text_kind_e kind)
{
    return civic_text_rules[kind].max;
}


size_t
civic_placeholder_max(civic_str_t name)
{
    size_t  i;

    for (i = 0; civic_placeholders[i].name != NULL; i++) {
        if (civic_str_is(name, civic_placeholders[i].name)) {
            return civic_placeholders[i].max;
        }
    }

    return 0;
}


/*
 * Cuts the next piece off: plain text, and the placeholder that ends it.
 * "name" has no data when there is none, and no length when "{" is alone.
 */

static int
civic_text_piece(civic_str_t *s, civic_str_t *plain, civic_str_t *name)
{
    const char  *open, *close, *end;

    if (s->len == 0) {
        return CIVIC_DONE;
    }

    end = s->data + s->len;
    open = memchr(s->data, '{', s->len);

    if (open == NULL) {
        *plain = *s;
        *name = civic_strn(NULL, 0);
        *s = civic_strn(end, 0);
        return CIVIC_OK;
    }

    *plain = civic_strn(s->data, (size_t) (open - s->data));

    close = memchr(open, '}', (size_t) (end - open));

    if (close == NULL) {
        *name = civic_strn(open, 0);
        *s = civic_strn(end, 0);
        return CIVIC_OK;
    }

    *name = civic_strn(open + 1, (size_t) (close - open - 1));
    *s = civic_strn(close + 1, (size_t) (end - close - 1));

    return CIVIC_OK;
}


civic_str_t
civic_text_fill(const civic_text_t *t, civic_lang_e lang,
    const civic_value_t *values, size_t nvalues, const civic_arena_t *a)
{
    char         *out;
    size_t        i, n, size;
    civic_str_t   s, plain, name, value;

    /* a UTF-16 unit takes at most three bytes of UTF-8 */

    size = civic_text_rules[t->kind].max * 3;
    value = civic_strn(NULL, 0);
    n = 0;

    out = civic_arena_alloc(a, size + 1);
    if (out == NULL) {
        return value;
    }

    s = t->in[lang];

    while (civic_text_piece(&s, &plain, &name) == CIVIC_OK) {
        if (plain.len > size - n) {
            plain.len = size - n;       /* not in a text that was checked */
        }

        memcpy(out + n, plain.data, plain.len);
        n += plain.len;

        if (name.len == 0) {
            continue;
        }

        value = civic_text_value(values, nvalues, name, a);
        if (value.data == NULL) {
            return value;
        }

        if (value.len > size - n) {
            value.len = size - n;
        }

        memcpy(out + n, value.data, value.len);
        n += value.len;
    }

    for (i = 0; !civic_text_rules[t->kind].lines && i < n; i++) {
        if (out[i] == '\n' || out[i] == '\r') {
            out[i] = ' ';
        }
    }

    return civic_utf16_ellipsis(civic_strn(out, n),
                                civic_text_rules[t->kind].max, a);
}


static civic_str_t
civic_text_value(const civic_value_t *values, size_t n, civic_str_t name,
    const civic_arena_t *a)
{
    size_t       i;
    civic_str_t  none = civic_string("");

    for (i = 0; i < n; i++) {
        if (civic_str_is(name, values[i].name) && values[i].value.len) {
            return civic_utf16_ellipsis(values[i].value,
                                        civic_placeholder_max(name), a);
        }
    }

    return none;
}
