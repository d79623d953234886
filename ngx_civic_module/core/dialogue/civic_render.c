
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Texts become messages.  Every value a text may name is offered to it; a
 * text takes what it names.
 */


#include <stdio.h>

#include "core/base/civic_time.h"
#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_BODY_MAX  1024        /* of an interactive message */


typedef struct {
    civic_value_t  value[CIVIC_VALUES_MAX];
    size_t         n;
} civic_values_t;


static int civic_render_values(const civic_talk_t *k, civic_values_t *v);
static void civic_values_add(civic_values_t *v, const char *name,
    civic_str_t value);
static civic_str_t civic_render_body(civic_talk_t *k, const char *key,
    civic_str_t *ticket);
static civic_str_t civic_render_danger(civic_talk_t *k);
static civic_str_t civic_render_debt(civic_talk_t *k);
static civic_str_t civic_render_join(const civic_talk_t *k, civic_str_t a,
    civic_str_t b);


int
civic_render(civic_talk_t *k, const char *key)
{
    civic_effect_t     *fx;
    civic_message_t    *m;
    const civic_say_t  *say;

    say = civic_flow_say(k->flow, key);
    m = civic_arena_alloc(k->arena, sizeof(civic_message_t));
    fx = civic_talk_effect(k, CIVIC_FX_SEND);

    if (say == NULL || m == NULL || fx == NULL) {
        return CIVIC_ERROR;
    }

    m->key = civic_str(key);
    m->body = civic_render_body(k, key, &m->ticket);

    if (m->body.data == NULL || m->ticket.data == NULL
        || civic_list_fill(k, say, m) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    fx->message = m;

    return CIVIC_OK;
}


int
civic_render_owed(civic_talk_t *k)
{
    civic_str_t       debt;
    civic_effect_t   *fx;
    civic_message_t  *m;

    debt = civic_render_debt(k);
    if (debt.data == NULL) {
        return CIVIC_ERROR;
    }

    if (debt.len == 0) {
        return CIVIC_OK;
    }

    m = civic_arena_alloc(k->arena, sizeof(civic_message_t));
    fx = civic_talk_effect(k, CIVIC_FX_SEND);

    if (m == NULL || fx == NULL) {
        return CIVIC_ERROR;
    }

    m->kind = CIVIC_MSG_TEXT;
    m->key = civic_str("owed");
    m->ticket = civic_arena_copy(k->arena, civic_str(k->conv->ticket));
    m->body = debt;
    fx->message = m;

    return CIVIC_OK;
}


/*
 * What to do in danger, what is owed, the text itself, and once in a life the
 * privacy notice, which waits when there is danger.  A text that names a
 * complaint is about it.
 */

static civic_str_t
civic_render_body(civic_talk_t *k, const char *key, civic_str_t *ticket)
{
    civic_str_t     body, debt, notice;
    civic_values_t  v;
    civic_str_t     none = civic_null_str;

    if (civic_render_values(k, &v) != CIVIC_OK) {
        return none;
    }

    debt = civic_render_debt(k);
    body = civic_render_text(k, key, k->conv->lang, v.value, v.n);

    if (debt.data == NULL || body.data == NULL) {
        return none;
    }

    *ticket = civic_arena_copy(k->arena, civic_talk_ticket(k));

    if (ticket->data != NULL && !civic_str_has(body, *ticket)) {
        *ticket = civic_str("");
    }

    body = civic_render_join(k, debt, body);

    if (k->conv->owes) {
        body = civic_render_join(k, civic_render_danger(k), body);

    } else if (!(k->conv->flags & CIVIC_CONV_TOLD_NOTICE)) {
        k->conv->flags |= CIVIC_CONV_TOLD_NOTICE;

        notice = civic_render_text(k, "notice", k->conv->lang, NULL, 0);
        body = civic_render_join(k, body, notice);
    }

    return civic_utf16_ellipsis(body, CIVIC_BODY_MAX, k->arena);
}


/*
 * Before everything else: whom to call, what not to touch.  Of a kind that a
 * reload has taken away there is nothing to tell.
 */

static civic_str_t
civic_render_danger(civic_talk_t *k)
{
    size_t       n;
    civic_str_t  key;

    n = k->conv->owes - 1;
    k->conv->owes = 0;

    if (n >= k->city->ndangers) {
        return civic_str("");
    }

    key = civic_arena_printf(k->arena, "danger_%.*s",
                             (int) k->city->danger[n].kind.len,
                             k->city->danger[n].kind.data);

    return key.data != NULL
           ? civic_render_text(k, key.data, k->conv->lang, NULL, 0) : key;
}


/*
 * The debts, paid: a number that came late, or a refusal, tells that the
 * complaint was saved, too.
 */

static civic_str_t
civic_render_debt(civic_talk_t *k)
{
    civic_str_t    text;
    const char    *key;
    civic_conv_t  *conv = k->conv;
    civic_str_t    debt = civic_string("");
    civic_value_t  v[] = {
        { "ticket",     civic_str(conv->ticket)     },
        { "request_id", civic_str(conv->request_id) }
    };

    key = conv->flags & CIVIC_CONV_OWES_NUMBER ? "owed_number"
          : conv->flags & CIVIC_CONV_OWES_HELD ? "owed_held"
          : conv->flags & CIVIC_CONV_OWES_SAVED ? "owed_saved" : NULL;

    if (key != NULL) {
        debt = civic_render_text(k, key, conv->lang, v, 2);
    }

    if (debt.data != NULL && conv->flags & CIVIC_CONV_OWES_UPDATE) {
        text = civic_render_text(k, "update_saved", conv->lang, v, 2);
        debt = civic_render_join(k, debt, text);
    }

    conv->flags &= ~(CIVIC_CONV_OWES_NUMBER | CIVIC_CONV_OWES_HELD
                     | CIVIC_CONV_OWES_SAVED | CIVIC_CONV_OWES_UPDATE);

    return debt;
}


static civic_str_t
civic_render_join(const civic_talk_t *k, civic_str_t a, civic_str_t b)
{
    if (a.data == NULL || b.data == NULL) {
        return civic_strn(NULL, 0);
    }

    if (a.len == 0 || b.len == 0) {
        return a.len ? a : b;
    }

    return civic_arena_printf(k->arena, "%.*s\n\n%.*s", (int) a.len, a.data,
                              (int) b.len, b.data);
}


static int
civic_render_values(const civic_talk_t *k, civic_values_t *v)
{
    size_t                  i;
    civic_str_t             code, request_id;
    const civic_case_t     *c;
    const civic_service_t  *service;

    v->n = 0;
    c = !k->message && k->event->ncases ? &k->event->cases[0] : NULL;

    code = c != NULL ? c->service : civic_str(k->conv->service);
    service = civic_city_service(k->city, code);

    request_id = k->event->request_id.len ? k->event->request_id
                                          : civic_str(k->conv->request_id);

    civic_values_add(v, "ticket", civic_talk_ticket(k));
    civic_values_add(v, "request_id", request_id);
    civic_values_add(v, "service", service != NULL
                                   ? service->name[k->conv->lang] : code);

    if (c != NULL) {
        civic_values_add(v, "status",
                         civic_facts_state(k, "status_", c->state));
        civic_values_add(v, "lines", civic_facts_card(k, c));

    } else {
        civic_values_add(v, "lines", civic_facts_receipt(k));
    }

    for (i = 0; i < v->n; i++) {
        if (v->value[i].value.data == NULL) {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


static void
civic_values_add(civic_values_t *v, const char *name, civic_str_t value)
{
    v->value[v->n].name = name;
    v->value[v->n].value = value;
    v->n++;
}


civic_str_t
civic_render_text(const civic_talk_t *k, const char *key, civic_lang_e lang,
    const civic_value_t *values, size_t n)
{
    const civic_text_t  *t;

    t = civic_city_text(k->city, civic_str(key));
    if (t == NULL) {
        return civic_str("");
    }

    return civic_text_fill(t, lang, values, n, k->arena);
}


civic_str_t
civic_render_date(const civic_talk_t *k, int64_t at, int with_time)
{
    char           month[16];
    civic_date_t   d;
    const char    *key;
    civic_value_t  v[3];

    civic_time_date(at, CIVIC_ZONE_IST, &d);
    (void) snprintf(month, sizeof(month), "month_%d", d.month);   /* fits */

    v[0].name = "day";
    v[0].value = civic_arena_printf(k->arena, "%d", d.day);
    v[1].name = "month";
    v[1].value = civic_render_text(k, month, k->conv->lang, NULL, 0);
    v[2].name = "time";
    v[2].value = civic_arena_printf(k->arena, "%d:%02d", d.hour12, d.minute);

    if (v[0].value.data == NULL || v[1].value.data == NULL
        || v[2].value.data == NULL)
    {
        return civic_strn(NULL, 0);
    }

    /* Hindi names the part of the day where English says am and pm */

    key = !with_time ? "date"
          : d.hour < 4 ? "time_night"
          : d.hour < 12 ? "time_morning"
          : d.hour < 16 ? "time_noon"
          : d.hour < 20 ? "time_evening" : "time_late";

    return civic_render_text(k, key, k->conv->lang, v, 3);
}


civic_str_t
civic_render_button_key(const char *id, const civic_arena_t *a)
{
    size_t       i, len;
    char        *p;
    const char  *name;
    civic_str_t  key;

    name = strchr(id, ':');
    name = name == NULL || name[1] == '\0' ? id : name + 1;
    len = strcspn(name, ":");

    key = civic_arena_printf(a, "button_%.*s", (int) len, name);

    for (p = (char *) key.data, i = 0; p != NULL && i < key.len; i++) {
        if (p[i] >= 'A' && p[i] <= 'Z') {
            p[i] |= 0x20;
        }
    }

    return key;
}
