
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Whatever is said exists in every language and fits its shape on the
 * telephone, with all that may stand around it.
 */


#include <stdio.h>

#include "core/base/civic_utf8.h"
#include "core/case/civic_status.h"
#include "core/city/civic_words.h"
#include "core/dialogue/civic_check.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_BODY_MAX      1024    /* units of an interactive message */
#define CIVIC_FILL_MAX      512     /* the longest placeholder, and more */


static void civic_check_says(civic_check_t *c);
static size_t civic_check_dangers(civic_check_t *c);
static void civic_check_thumbs(civic_check_t *c);
static void civic_check_body(civic_check_t *c, const char *key);
static void civic_check_menus(civic_check_t *c);
static void civic_check_commands(civic_check_t *c);
static void civic_check_words(civic_check_t *c);
static const civic_text_t *civic_check_text(civic_check_t *c,
    const char *key, civic_text_kind_e kind);
static size_t civic_check_longest(civic_check_t *c, const char *key);


/* texts that no row names */

static const char  *civic_check_texts[] = {
    "notice", "line_department", "line_ward", "line_place", "line_photos",
    "line_request", "line_notice", "line_expected", "line_filed",
    "line_known", "date", "template_lang",
    "time_night", "time_morning", "time_noon", "time_evening", "time_late",
    "month_1", "month_2", "month_3", "month_4", "month_5", "month_6",
    "month_7", "month_8", "month_9", "month_10", "month_11", "month_12",
    "officer_kind", "officer_place", "officer_words", "place_words",
    "here_words", "talk_words", "short_places", "case_words", "same_places",
    "officer_gone", "officer_files", "officer_danger", "officer_heard",
    "line_urgent", "thumbs_up", "thumbs_down", "last_places", "not_words",
    "wrong_places"
};


void
civic_check_said(civic_check_t *c)
{
    civic_check_says(c);
    civic_check_thumbs(c);
    civic_check_menus(c);
    civic_check_commands(c);
    civic_check_words(c);
}


static void
civic_check_says(civic_check_t *c)
{
    size_t              i, j, number, held, danger, notice;
    civic_str_t         key;
    const civic_say_t  *say;

    danger = civic_check_dangers(c);
    notice = civic_check_longest(c, "notice");
    number = civic_check_longest(c, "owed_number");
    held = civic_check_longest(c, "owed_held");

    c->debt = (held > number ? held : number)
              + civic_check_longest(c, "update_saved")
              + (danger > notice ? danger : notice) + 6;

    for (i = 0; i < c->flow->nsays; i++) {
        say = &c->flow->says[i];
        civic_check_body(c, say->key);

        for (j = 0; j < CIVIC_SAY_MAX && say->button[j] != NULL; j++) {
            key = civic_render_button_key(say->button[j], c->arena);

            if (key.data != NULL) {
                (void) civic_check_text(c, key.data, CIVIC_TEXT_BUTTON);
            }
        }
    }
}


/* What to do in danger, and units of the longest. */

static size_t
civic_check_dangers(civic_check_t *c)
{
    size_t       i, n, len, longest;
    civic_str_t  key[2];

    static const char  *form[2] = { "danger_%.*s", "officer_danger_%.*s" };

    for (longest = 0, i = 0; i < c->city->ndangers; i++) {
        for (n = 0; n < 2; n++) {
            key[n] = civic_arena_printf(c->arena, form[n],
                                        (int) c->city->danger[i].kind.len,
                                        c->city->danger[i].kind.data);
            if (key[n].data != NULL) {
                (void) civic_check_text(c, key[n].data, CIVIC_TEXT_WORD);
            }
        }

        len = key[0].data != NULL ? civic_check_longest(c, key[0].data) : 0;
        longest = len > longest ? len : longest;
    }

    return longest;
}


/* A thumb under a message that is never said. */

static void
civic_check_thumbs(civic_check_t *c)
{
    size_t  i;

    for (i = 0; i < c->flow->nthumbs; i++) {
        if (civic_flow_say(c->flow, c->flow->thumbs[i].key) == NULL) {
            civic_check_fault(c, "thumb has no message",
                              c->flow->thumbs[i].key, i);
        }
    }
}


static void
civic_check_body(civic_check_t *c, const char *key)
{
    size_t  len;

    if (civic_check_text(c, key, CIVIC_TEXT_BODY) == NULL) {
        return;
    }

    len = civic_check_longest(c, key) + c->debt;

    if (len > CIVIC_BODY_MAX) {
        civic_fault(c->faults, civic_str("texts.csv"), 0,
                    "\"%s\" may become %zu units long with the notice and "
                    "what is owed around it; %d fit", key, len,
                    CIVIC_BODY_MAX);
    }
}


static void
civic_check_menus(civic_check_t *c)
{
    size_t       i, j, n, services, usual;
    civic_str_t  menu[CIVIC_ROWS_MAX], key;

    n = civic_list_menus(c->city, menu, CIVIC_ROWS_MAX);

    if (n > CIVIC_ROWS_MAX) {
        civic_check_fault(c, "categories.csv has too many menus for a list",
                          "menu", n);
        n = CIVIC_ROWS_MAX;
    }

    for (usual = 0, i = 0; i < c->city->nservices; i++) {
        usual += c->city->services[i].usual;
    }

    if (usual > CIVIC_ROWS_MAX - 1) {
        civic_check_fault(c, "categories.csv has too many usual services for "
                          "a list", "usual", usual);
    }

    for (i = 0; i < n; i++) {
        key = civic_arena_printf(c->arena, "menu_%.*s", (int) menu[i].len,
                                 menu[i].data);

        if (key.data == NULL || menu[i].len >= CIVIC_MENU_MAX) {
            civic_check_fault(c, "menu has too long a name", "menu", i);
            continue;
        }

        (void) civic_check_text(c, key.data, CIVIC_TEXT_ROW);

        for (services = 0, j = 0; j < c->city->nservices; j++) {
            services += civic_str_eq(c->city->services[j].menu, menu[i]);
        }

        if (services > CIVIC_ROWS_MAX - 1) {
            civic_check_fault(c, "menu has too many services for a list",
                              key.data, services);
        }

        if (services > 1) {
            key = civic_arena_printf(c->arena, "topic_%.*s",
                                     (int) menu[i].len, menu[i].data);

            if (key.data != NULL) {
                (void) civic_check_text(c, key.data, CIVIC_TEXT_WORD);
            }
        }
    }
}


/* A command nobody can say, or one whose name in the file is misspelt. */

static void
civic_check_commands(civic_check_t *c)
{
    size_t       i, j;
    const char  *detail;

    for (i = 0; i < c->flow->nrows; i++) {
        detail = c->flow->rows[i].detail;

        if (detail == NULL || strncmp(detail, "cmd:", 4) != 0
            || detail[4] == '\0' || detail[strlen(detail) - 1] == '_'
            || civic_words_has(c->city->words, civic_str(detail + 4)))
        {
            continue;
        }

        for (j = 0; j < i; j++) {
            if (c->flow->rows[j].detail != NULL
                && strcmp(c->flow->rows[j].detail, detail) == 0)
            {
                break;
            }
        }

        if (j == i) {
            civic_fault(c->faults, civic_str("commands.csv"), 0,
                        "command \"%s\" is missing", detail + 4);
        }
    }
}


static void
civic_check_words(civic_check_t *c)
{
    char    key[64];
    size_t  i;

    for (i = 0; i < CIVIC_CASE_MAX; i++) {
        (void) snprintf(key, sizeof(key), "status_%s", civic_case_name(i));
        (void) civic_check_text(c, key, CIVIC_TEXT_WORD);

        (void) snprintf(key, sizeof(key), "state_%s", civic_case_name(i));
        (void) civic_check_text(c, key, CIVIC_TEXT_WORD);
    }

    (void) civic_check_text(c, "row_other", CIVIC_TEXT_ROW);
    (void) civic_check_text(c, "case_note", CIVIC_TEXT_ROW_NOTE);
    (void) civic_check_text(c, "list_menu", CIVIC_TEXT_LIST_BUTTON);
    (void) civic_check_text(c, "list_cases", CIVIC_TEXT_LIST_BUTTON);

    for (i = 0; i < sizeof(civic_check_texts) / sizeof(char *); i++) {
        if (civic_city_text(c->city, civic_str(civic_check_texts[i]))
            == NULL)
        {
            civic_fault(c->faults, civic_str("texts.csv"), 0,
                        "text \"%s\" is missing", civic_check_texts[i]);
        }
    }
}


static const civic_text_t *
civic_check_text(civic_check_t *c, const char *key, civic_text_kind_e kind)
{
    const civic_text_t  *t;

    t = civic_city_text(c->city, civic_str(key));

    if (t == NULL) {
        civic_fault(c->faults, civic_str("texts.csv"), 0,
                    "text \"%s\" is missing", key);

    } else if (t->kind != kind) {
        civic_fault(c->faults, civic_str("texts.csv"), 0,
                    "text \"%s\" is of another kind than its place asks for",
                    key);
        t = NULL;
    }

    return t;
}


/* Units of a text in the longest language with the longest values. */

static size_t
civic_check_longest(civic_check_t *c, const char *key)
{
    char                 fill[CIVIC_FILL_MAX];
    size_t               i, n, len, longest;
    civic_str_t          s;
    civic_value_t        v[64];
    const civic_text_t  *t;

    t = civic_city_text(c->city, civic_str(key));
    if (t == NULL) {
        return 0;
    }

    memset(fill, 'x', sizeof(fill));

    for (n = 0; n < 64 && civic_placeholders[n].name != NULL; n++) {
        v[n].name = civic_placeholders[n].name;
        v[n].value = civic_strn(fill, civic_placeholders[n].max
                                      < sizeof(fill)
                                      ? civic_placeholders[n].max
                                      : sizeof(fill));
    }

    for (longest = 0, i = 0; i < CIVIC_LANG_MAX; i++) {
        s = civic_text_fill(t, i, v, n, c->arena);
        len = s.data != NULL ? civic_utf16_len(s) : 0;
        longest = len > longest ? len : longest;
    }

    return longest;
}
