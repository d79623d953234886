
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The buttons and rows of a message, from its shape.  Ids tell everything by
 * themselves, so that a button tapped days later still means what it says.
 */


#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_BUTTON_MAX  20        /* UTF-16 units of a title */


static int civic_list_buttons(civic_talk_t *k, const civic_say_t *say,
    civic_message_t *m);
static int civic_list_all_menus(civic_talk_t *k, civic_message_t *m);
static size_t civic_list_menu(const civic_talk_t *k, civic_str_t menu,
    const civic_service_t **only);
static int civic_list_usual(civic_talk_t *k, civic_message_t *m);
static int civic_list_services(civic_talk_t *k, civic_message_t *m);
static int civic_list_other(civic_talk_t *k, civic_message_t *m);
static int civic_list_choices(civic_talk_t *k, civic_message_t *m);
static int civic_list_cases(civic_talk_t *k, civic_message_t *m);
static int civic_list_kind(civic_talk_t *k, civic_message_t *m,
    const char *button);
static int civic_list_add(civic_talk_t *k, civic_message_t *m,
    const char *prefix, civic_str_t arg, civic_str_t title);


int
civic_list_fill(civic_talk_t *k, const civic_say_t *say, civic_message_t *m)
{
    switch (say->shape) {

    case CIVIC_SHAPE_BUTTONS:
        return civic_list_buttons(k, say, m);

    case CIVIC_SHAPE_PIN:
        m->kind = CIVIC_MSG_ASK_PIN;
        return CIVIC_OK;

    case CIVIC_SHAPE_MENUS:
        return civic_list_all_menus(k, m);

    case CIVIC_SHAPE_USUAL:
        return civic_list_usual(k, m);

    case CIVIC_SHAPE_SERVICES:
        return civic_list_services(k, m);

    case CIVIC_SHAPE_CHOICES:
        return civic_list_choices(k, m);

    default: /* CIVIC_SHAPE_CASES */
        return civic_list_cases(k, m);
    }
}


static int
civic_list_buttons(civic_talk_t *k, const civic_say_t *say,
    civic_message_t *m)
{
    size_t       i, len;
    civic_str_t  key, title, arg;

    for (i = 0; i < CIVIC_SAY_MAX && say->button[i] != NULL; i++) {
        key = civic_render_button_key(say->button[i], k->arena);
        if (key.data == NULL) {
            return CIVIC_ERROR;
        }

        len = strlen(say->button[i]);
        arg = say->button[i][len - 1] == ':' ? civic_talk_ticket(k)
                                             : civic_str("");
        title = civic_render_text(k, key.data, k->conv->lang, NULL, 0);

        if (civic_list_add(k, m, say->button[i], arg, title) != CIVIC_OK) {
            return CIVIC_ERROR;
        }
    }

    if (i > CIVIC_BUTTONS_MAX) {
        return civic_list_kind(k, m, "list_change");
    }

    m->kind = i ? CIVIC_MSG_BUTTONS : CIVIC_MSG_TEXT;

    return CIVIC_OK;
}


static int
civic_list_all_menus(civic_talk_t *k, civic_message_t *m)
{
    int                     rc;
    size_t                  i, n;
    civic_str_t             menu[CIVIC_ROWS_MAX], key, title;
    const civic_service_t  *only;

    n = civic_list_menus(k->city, menu, CIVIC_ROWS_MAX);

    for (i = 0; i < n && i < CIVIC_ROWS_MAX; i++) {
        key = civic_arena_printf(k->arena, "menu_%.*s", (int) menu[i].len,
                                 menu[i].data);
        if (key.data == NULL) {
            return CIVIC_ERROR;
        }

        title = civic_render_text(k, key.data, k->conv->lang, NULL, 0);

        switch (civic_list_menu(k, menu[i], &only)) {

        case 0:
            continue;

        case 1:
            rc = civic_list_add(k, m, "svc:", only->code, title);
            break;

        default:
            rc = civic_list_add(k, m, "menu:", menu[i], title);
        }

        if (rc != CIVIC_OK) {
            return CIVIC_ERROR;
        }
    }

    return civic_list_kind(k, m, "list_menu");
}


size_t
civic_list_menus(const civic_city_t *city, civic_str_t *menus, size_t max)
{
    size_t  i, j, n;

    for (n = 0, i = 0; i < city->nservices; i++) {

        for (j = 0; j < i; j++) {
            if (civic_str_eq(city->services[i].menu, city->services[j].menu))
            {
                break;
            }
        }

        if (j == i) {
            if (n < max) {
                menus[n] = city->services[i].menu;
            }

            n++;
        }
    }

    return n;
}


/* How many services of a menu are offered, and the last of them. */

static size_t
civic_list_menu(const civic_talk_t *k, civic_str_t menu,
    const civic_service_t **only)
{
    size_t                  i, n;
    const civic_service_t  *service;

    for (n = 0, i = 0; i < k->city->nservices; i++) {
        service = &k->city->services[i];

        if (civic_str_eq(service->menu, menu)
            && civic_cue_offered(k->turn, service))
        {
            *only = service;
            n++;
        }
    }

    return n;
}


/* What most people complain about, and the way to everything else. */

static int
civic_list_usual(civic_talk_t *k, civic_message_t *m)
{
    size_t                  i;
    const civic_service_t  *service;

    for (i = 0; i < k->city->nservices && m->nchoices < CIVIC_ROWS_MAX - 1;
         i++)
    {
        service = &k->city->services[i];

        if (service->usual && civic_cue_offered(k->turn, service)
            && civic_list_add(k, m, "svc:", service->code,
                              service->row[k->conv->lang])
               != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    return civic_list_other(k, m) == CIVIC_OK
           ? civic_list_kind(k, m, "list_menu") : CIVIC_ERROR;
}


/* None of these: the menus have all. */

static int
civic_list_other(civic_talk_t *k, civic_message_t *m)
{
    civic_str_t  none = civic_null_str;

    return civic_list_add(k, m, "cmd:menu", none,
                          civic_render_text(k, "row_other", k->conv->lang,
                                            NULL, 0));
}


static int
civic_list_services(civic_talk_t *k, civic_message_t *m)
{
    size_t                  i;
    civic_str_t             menu, ticket = civic_null_str;
    const char             *other;
    const civic_service_t  *service;

    menu = civic_str(k->conv->menu);

    for (i = 0; i < k->city->nservices && m->nchoices < CIVIC_ROWS_MAX - 1;
         i++)
    {
        service = &k->city->services[i];

        if (civic_str_eq(service->menu, menu)
            && civic_cue_offered(k->turn, service)
            && civic_list_add(k, m, "svc:", service->code,
                              service->row[k->conv->lang])
               != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    other = "cmd:menu";

    if (k->conv->state == CIVIC_ST_CHANGE) {
        other = "fix:kind:";
        ticket = civic_talk_ticket(k);
    }

    if (civic_list_add(k, m, other, ticket,
                       civic_render_text(k, "row_other", k->conv->lang, NULL,
                                         0))
        != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    return civic_list_kind(k, m, "list_menu");
}


/* Two short guesses are buttons, which are quicker; else rows. */

static int
civic_list_choices(civic_talk_t *k, civic_message_t *m)
{
    size_t                  i;
    unsigned                fits;
    const civic_service_t  *service;

    fits = 1;

    for (i = 0; i < CIVIC_CONV_CHOICES; i++) {
        service = civic_city_service(k->city, civic_str(k->conv->choice[i]));
        if (service == NULL) {
            continue;
        }

        if (civic_utf16_len(service->row[k->conv->lang]) > CIVIC_BUTTON_MAX) {
            fits = 0;
        }

        if (civic_list_add(k, m, "svc:", service->code,
                           service->row[k->conv->lang])
            != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    if (civic_list_other(k, m) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    if (fits && m->nchoices <= CIVIC_BUTTONS_MAX) {
        m->kind = CIVIC_MSG_BUTTONS;
        return CIVIC_OK;
    }

    return civic_list_kind(k, m, "list_menu");
}


static int
civic_list_cases(civic_talk_t *k, civic_message_t *m)
{
    size_t                  i;
    civic_str_t             title;
    civic_value_t           v[3];
    const civic_case_t     *c;
    const civic_service_t  *service;

    for (i = 0; i < k->event->ncases && i < CIVIC_ROWS_MAX; i++) {
        c = &k->event->cases[i];
        service = civic_city_service(k->city, c->service);
        title = service != NULL ? service->row[k->conv->lang] : c->ticket;

        v[0].name = "ticket";
        v[0].value = c->ticket;
        v[1].name = "state";
        v[1].value = civic_facts_state(k, "state_", c->state);
        v[2].name = "date";
        v[2].value = civic_render_date(k, c->filed, 0);

        if (v[1].value.data == NULL || v[2].value.data == NULL
            || civic_list_add(k, m, "case:", c->ticket, title) != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }

        m->choice[i].note = civic_render_text(k, "case_note", k->conv->lang,
                                              v, 3);
        if (m->choice[i].note.data == NULL) {
            return CIVIC_ERROR;
        }
    }

    return civic_list_kind(k, m, "list_cases");
}


static int
civic_list_kind(civic_talk_t *k, civic_message_t *m, const char *button)
{
    m->kind = CIVIC_MSG_LIST;
    m->list_button = civic_render_text(k, button, k->conv->lang, NULL, 0);

    return m->list_button.len && m->nchoices ? CIVIC_OK : CIVIC_ERROR;
}


static int
civic_list_add(civic_talk_t *k, civic_message_t *m, const char *prefix,
    civic_str_t arg, civic_str_t title)
{
    civic_choice_t  *c;

    if (m->nchoices == CIVIC_ROWS_MAX || title.data == NULL) {
        return CIVIC_ERROR;
    }

    c = &m->choice[m->nchoices++];
    c->title = title;
    c->id = civic_arena_printf(k->arena, "%s%.*s", prefix, (int) arg.len,
                               arg.data ? arg.data : "");

    return c->id.data == NULL ? CIVIC_ERROR : CIVIC_OK;
}
