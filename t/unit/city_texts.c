
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * texts.csv is refused when any text could overflow in any language, and a
 * text that passed never does, whatever the values.  Fails when a limit is
 * counted in bytes, a placeholder slips through, or a value breaks out.
 */


#include "core/base/civic_utf8.h"
#include "core/city/civic_texts.h"
#include "city_test.h"


typedef struct {
    const char  *title;
    const char  *row;           /* of texts.csv, line 2 */
    const char  *faults;
} check_t;


#define X20     "12345678901234567890"
#define H10     "\u0915\u093f\u0915\u093f\u0915\u093f\u0915\u093f\u0915\u093f"


static const check_t  checks[] = {
    { "a button of 20", "k,button," X20 "," H10 H10 "," X20, "" },
    { "a button of 21 in Hindi", "k,button," X20 "," H10 H10 "x," X20,
      "texts.csv:2: hi may become 21 units long with its longest values; a "
      "button has at most 20\n" },
    { "a button with a value", "k,button,{ticket},{ticket}," X20 "{ticket}",
      "texts.csv:2: hi_latn may become 30 units long with its longest "
      "values; a button has at most 20\n" },
    { "a row of 24", "k,row," X20 "1234,a,a", "" },
    { "a row of 25", "k,row," X20 "12345,a,a",
      "texts.csv:2: en may become 25 units long with its longest values; a "
      "row has at most 24\n" },
    { "a note of 73", "k,row_note," X20 X20 X20 "1234567890123,a,a",
      "texts.csv:2: en may become 73 units long with its longest values; a "
      "row_note has at most 72\n" },
    { "a section, a list button, a header and a footer",
      "a,section,a,a,a\nb,list_button,b,b,b\nc,header,c,c,c\nd,footer,d,d,d",
      "" },
    { "a word of 61", "k,header," X20 X20 X20 "1,a,a",
      "texts.csv:2: en may become 61 units long with its longest values; a "
      "header has at most 60\n" },
    { "a body too long by its values",
      "k,body,{notes}{notes}{words},{notes}{notes}{words},"
      "{notes}{notes}{words}",
      "texts.csv:2: en may become 1200 units long with its longest values; "
      "a body has at most 1024\n"
      "texts.csv:2: hi may become 1200 units long with its longest values; "
      "a body has at most 1024\n"
      "texts.csv:2: hi_latn may become 1200 units long with its longest "
      "values; a body has at most 1024\n" },
    { "line breaks in a body", "k,body,\"a\nb\",\"a\nb\",\"a\nb\"", "" },
    { "a line break in a button", "k,button,\"a\nb\",a,a",
      "texts.csv:2: en has a line break; a button is one line\n" },
    { "a line break in a template", "k,template,a,\"a\nb\",a",
      "texts.csv:2: hi has a line break; a template is one line\n" },
    { "an unknown kind", "k,title,a,a,a",
      "texts.csv:2: kind \"title\" is not known; text, body, button, row, "
      "row_note, section, list_button, header, footer, template and word "
      "are\n" },
    { "a missing language", "k,text,a,,a",
      "texts.csv:2: hi is empty; it must be filled\n" },
    { "an unknown placeholder", "k,text,{tiket},{tiket},{tiket}",
      "texts.csv:2: en has {tiket}, which is no placeholder we know\n"
      "texts.csv:2: hi has {tiket}, which is no placeholder we know\n"
      "texts.csv:2: hi_latn has {tiket}, which is no placeholder we know\n"
    },
    { "other placeholders", "k,text,{ticket} {ward},{ward} {ticket},{ticket}",
      "texts.csv:2: hi_latn has other placeholders than en; they must be "
      "the same\n" },
    { "another placeholder", "k,text,{ticket},{ward},{ticket} {ticket}",
      "texts.csv:2: hi has other placeholders than en; they must be the "
      "same\n" },
    { "an open brace", "k,text,a {ticket,a,a",
      "texts.csv:2: en has a brace that is not part of a {placeholder}\n" },
    { "a closing brace", "k,text,a,a } b,a",
      "texts.csv:2: hi has a brace that is not part of a {placeholder}\n" },
    { "a brace with nothing", "k,text,a,a,{}",
      "texts.csv:2: hi_latn has a brace that is not part of a {placeholder}"
      "\n" },
    { "a key twice", "k,text,a,a,a\nj,text,a,a,a\nk,body,b,b,b",
      "texts.csv:4: text \"k\" is there twice; each key once\n" },
    { NULL, NULL, NULL }
};


static void test_check(const check_t *c, test_arena_t *t);
static void test_fill(test_arena_t *t);
static void test_longest(test_arena_t *t);


int
main(void)
{
    test_arena_t    t = { 0 };
    const check_t  *c;

    for (c = checks; c->title != NULL; c++) {
        test_check(c, &t);
    }

    is_int(civic_text_limit(CIVIC_TEXT_TEXT), 4096, "limit of a text");
    is_int(civic_text_limit(CIVIC_TEXT_BUTTON), 20, "limit of a button");
    is_int(civic_text_limit(CIVIC_TEXT_TEMPLATE), 1024,
           "limit of a template parameter");

    test_fill(&t);
    test_longest(&t);

    test_arena_free(&t);

    return done();
}


static void
test_check(const check_t *c, test_arena_t *t)
{
    int                 rc;
    civic_city_t        city;
    civic_city_files_t  files = test_small;

    (void) test_arena(t);

    files.texts.bytes = civic_arena_printf(&t->arena,
                                           "key,kind,en,hi,hi_latn\n%s\n",
                                           c->row);

    rc = test_load(&city, &files, t);

    is_int(rc, c->faults[0] ? CIVIC_ERROR : CIVIC_OK, "%s: %s", c->title,
           c->faults[0] ? "refused" : "taken");
    is_str(test_faults, c->faults, "%s: told", c->title);

    civic_city_destroy(&city);
}


static void
test_fill(test_arena_t *t)
{
    long                 left;
    civic_str_t          s;
    civic_city_t         city;
    const civic_text_t  *text;
    civic_city_files_t   files = test_small;

    static const civic_value_t  values[] = {
        { "ticket", civic_string("4829371") },
        { "ward", civic_string("{ticket}\n31") }
    };

    files.texts.bytes = civic_str("key,kind,en,hi,hi_latn\n"
        "z,text,a,a,a\n"
        "card,body,\"{ticket}\nin {ward}, {ticket}.\",{ward}{ticket},"
            "{ticket}{ward}\n"
        "param,template,{ticket} {ward}!,{ticket}{ward},{ticket}{ward}\n"
        "a,text,a,a,a\n");

    (void) test_arena(t);
    is_int(test_load(&city, &files, t), CIVIC_OK, "texts to fill");

    ok(civic_city_text(&city, civic_str("nothing")) == NULL, "no such text");
    ok(civic_city_text(&city, civic_str("")) == NULL, "nor one of no name");

    text = civic_city_text(&city, civic_str("card"));

    if (!ok(text != NULL, "a text is found among others")) {
        return;
    }

    s = civic_text_fill(text, CIVIC_LANG_EN, values, 2, &t->arena);
    is_mem(s.data, s.len, "4829371\nin {ticket}\n31, 4829371.",
           "a value is put in as it is, each time, and never filled itself");

    s = civic_text_fill(text, CIVIC_LANG_HI, values, 2, &t->arena);
    is_mem(s.data, s.len, "{ticket}\n314829371", "each language its order");

    s = civic_text_fill(text, CIVIC_LANG_EN, values, 1, &t->arena);
    is_mem(s.data, s.len, "4829371\nin , 4829371.", "a value missing");

    s = civic_text_fill(text, CIVIC_LANG_EN, NULL, 0, &t->arena);
    is_mem(s.data, s.len, "\nin , .", "no value at all");

    text = civic_city_text(&city, civic_str("param"));
    s = civic_text_fill(text, CIVIC_LANG_EN, values, 2, &t->arena);
    is_mem(s.data, s.len, "4829371 {ticket} 31!",
           "no line break gets into a template");

    left = t->left;
    t->left = 0;
    s = civic_text_fill(text, CIVIC_LANG_EN, values, 2, &t->arena);
    ok(s.data == NULL, "it tells that memory is exhausted");
    t->left = left;

    civic_city_destroy(&city);
}


/* Every text of the city with values far too long, in every language. */

static void
test_longest(test_arena_t *t)
{
    size_t               i, n;
    unsigned             lang, bad;
    civic_str_t          s, value;
    civic_city_t         city;
    civic_value_t        values[64];
    civic_city_files_t   files;

    (void) test_arena(t);
    test_indore_files(&files);

    if (!ok(test_load(&city, &files, t) == CIVIC_OK, "Indore loads")) {
        printf("%s", test_faults);
        return;
    }

    value = civic_str("");

    for (i = 0; i < 100; i++) {
        value = civic_arena_printf(&t->arena, "%.*s" H10 "\U0001f600",
                                   (int) value.len, value.data);
    }

    for (n = 0; civic_placeholders[n].name != NULL && n < 64; n++) {
        values[n].name = civic_placeholders[n].name;
        values[n].value = value;

        s = civic_utf16_ellipsis(value, civic_placeholders[n].max,
                                 &t->arena);
        ok(civic_utf16_len(s) <= civic_placeholders[n].max
           && civic_utf16_len(s) + 3 >= civic_placeholders[n].max,
           "{%s} is cut to %zu", values[n].name, civic_placeholders[n].max);
    }

    bad = 0;

    for (i = 0; i < city.ntexts; i++) {
        for (lang = 0; lang < CIVIC_LANG_MAX; lang++) {
            s = civic_text_fill(&city.texts[i], lang, values, n, &t->arena);

            if (!test_is_clean(s, 3 * 4096)
                || civic_utf16_len(s)
                   > civic_text_limit(city.texts[i].kind))
            {
                printf("# %.*s\n", (int) city.texts[i].key.len,
                       city.texts[i].key.data);
                bad++;
            }
        }
    }

    is_int(bad, 0, "no text of %zu overflows with the longest values",
           city.ntexts);

    civic_city_destroy(&city);
    test_indore_free(&files);
}
