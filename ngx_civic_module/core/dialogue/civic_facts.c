
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The facts under a receipt or a status card, one a line, each left out when
 * it is not known.  Times are told only when 311 has told them.
 */


#include "core/case/civic_status.h"
#include "core/dialogue/civic_render.h"


/* Grows by one line a fact; data becomes NULL when memory is exhausted. */

typedef struct {
    const civic_talk_t  *k;
    civic_str_t          text;
} civic_facts_t;


static void civic_facts_line(civic_facts_t *f, const char *key,
    const char *name, civic_str_t value);
static void civic_facts_department(civic_facts_t *f, civic_str_t service);
static void civic_facts_urgent_line(civic_facts_t *f);
static void civic_facts_time(civic_facts_t *f, const char *key, int64_t at);


civic_str_t
civic_facts_receipt(const civic_talk_t *k)
{
    civic_str_t    count = civic_null_str;
    civic_facts_t  f = { k, civic_string("") };

    if (k->conv->photos) {
        count = civic_arena_printf(k->arena, "%d", k->conv->photos);
    }

    civic_facts_department(&f, civic_str(k->conv->service));
    civic_facts_urgent_line(&f);
    civic_facts_line(&f, "line_place", "place", k->event->place);
    civic_facts_line(&f, "line_ward", "ward",
                     civic_facts_ward(k, k->conv->ward));
    civic_facts_line(&f, "line_photos", "count", count);
    civic_facts_time(&f, "line_expected", k->event->expected);
    civic_facts_line(&f, "line_notice", "notice", k->event->notice);

    return f.text;
}


civic_str_t
civic_facts_card(const civic_talk_t *k, const civic_case_t *c)
{
    civic_facts_t  f = { k, civic_string("") };

    civic_facts_line(&f, "line_request", "request_id", c->request_id);
    civic_facts_department(&f, c->service);
    civic_facts_time(&f, "line_filed", c->filed);
    civic_facts_line(&f, "line_place", "place", c->place);
    civic_facts_line(&f, "line_ward", "ward", civic_facts_ward(k, c->ward));
    civic_facts_time(&f, "line_expected", c->expected);

    /* a complaint 311 has no number for could not be asked about */

    if (!c->fresh && c->request_id.len) {
        civic_facts_time(&f, "line_known", c->changed ? c->changed
                                                      : c->filed);
    }

    civic_facts_line(&f, "line_notice", "notice", c->notes);

    return f.text;
}


civic_str_t
civic_dialogue_notes(const civic_city_t *city, civic_str_t notes)
{
    size_t               i;
    civic_str_t          intro, none = civic_null_str;
    const civic_text_t  *t;

    static const char  *keys[] = { "officer_kind", "officer_place",
                                   "officer_words", "officer_gone",
                                   "officer_files", "officer_heard" };

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        t = civic_city_text(city, civic_str(keys[i]));
        intro = t != NULL ? t->in[CIVIC_LANG_EN] : none;

        if (intro.len && notes.len >= intro.len
            && memcmp(notes.data, intro.data, intro.len) == 0)
        {
            return none;
        }
    }

    return notes;
}


static void
civic_facts_line(civic_facts_t *f, const char *key, const char *name,
    civic_str_t value)
{
    civic_str_t    line;
    civic_value_t  v = { name, value };

    if (value.len == 0 || f->text.data == NULL) {
        return;
    }

    line = civic_render_text(f->k, key, f->k->conv->lang, &v, 1);

    f->text = line.data == NULL
              ? line
              : civic_arena_printf(f->k->arena, "%.*s\n%.*s",
                                   (int) f->text.len, f->text.data,
                                   (int) line.len, line.data);
}


static void
civic_facts_urgent_line(civic_facts_t *f)
{
    civic_str_t  urgent;

    urgent = civic_facts_urgent(f->k);

    if (urgent.data == NULL) {
        f->text = urgent;
        return;
    }

    civic_facts_line(f, "line_urgent", "", urgent);
}


civic_str_t
civic_facts_urgent(const civic_talk_t *k)
{
    const civic_service_t  *service;

    if (k->conv->danger[0] != '\0') {
        return civic_facts_danger(k, civic_str(k->conv->danger));
    }

    service = civic_city_service(k->city, civic_str(k->conv->service));

    return service != NULL && service->urgent
           ? civic_render_text(k, "officer_danger", CIVIC_LANG_EN, NULL, 0)
           : civic_str("");
}


civic_str_t
civic_facts_danger(const civic_talk_t *k, civic_str_t kind)
{
    civic_str_t  key;

    key = civic_arena_printf(k->arena, "officer_danger_%.*s", (int) kind.len,
                             kind.data);

    return key.data != NULL
           ? civic_render_text(k, key.data, CIVIC_LANG_EN, NULL, 0) : key;
}


static void
civic_facts_department(civic_facts_t *f, civic_str_t service)
{
    const civic_service_t  *s;

    s = civic_city_service(f->k->city, service);

    if (s != NULL) {
        civic_facts_line(f, "line_department", "department",
                         s->department->name[f->k->conv->lang]);
    }
}


static void
civic_facts_time(civic_facts_t *f, const char *key, int64_t at)
{
    if (at) {
        civic_facts_line(f, key, "date", civic_render_date(f->k, at, 1));
    }
}


civic_str_t
civic_facts_state(const civic_talk_t *k, const char *prefix,
    civic_str_t state)
{
    civic_str_t   key;
    civic_case_e  known;

    /* a state of a newer release: with us is what is true of every one */

    if (civic_case_of_name(state, &known) != CIVIC_OK) {
        known = CIVIC_CASE_SAVED;
    }

    key = civic_arena_printf(k->arena, "%s%s", prefix,
                             civic_case_name(known));

    return key.data == NULL ? key
                            : civic_render_text(k, key.data, k->conv->lang,
                                                NULL, 0);
}


civic_str_t
civic_facts_ward(const civic_talk_t *k, unsigned no)
{
    civic_str_t          name;
    const civic_ward_t  *ward;

    ward = civic_city_ward_no(k->city, no);
    if (ward == NULL) {
        return civic_str("");
    }

    name = ward->name[k->conv->lang];

    return civic_arena_printf(k->arena, "%u, %.*s", no, (int) name.len,
                              name.data);
}
