
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Actions on complaints that are filed: finding, asking 311, correcting.
 */


#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_actions.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_guards.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_CORRECTION_MAX  1000      /* characters an officer is told */


static int civic_find(civic_talk_t *k, civic_str_t ticket,
    civic_state_e wait);
static int civic_correct_pin(civic_talk_t *k, double lat, double lng,
    unsigned no);
static int civic_correct(civic_talk_t *k, const char *key, civic_str_t text);


civic_action(find_mine)
{
    civic_str_t  all = civic_null_str;

    return civic_find(k, all, CIVIC_ST_FINDING);
}


civic_action(find_case)
{
    return civic_find(k, k->arg, CIVIC_ST_FINDING);
}


civic_action(find_quoted)
{
    return civic_find(k, k->event->cases[0].ticket, CIVIC_ST_FINDING);
}


/* Of whom we remember none, all are looked for. */

civic_action(find_current)
{
    return civic_find(k, civic_str(k->conv->ticket), CIVIC_ST_FINDING);
}


civic_action(recall_case)
{
    return civic_find(k, civic_str(k->conv->ticket), CIVIC_ST_RECALLING);
}


static int
civic_find(civic_talk_t *k, civic_str_t ticket, civic_state_e wait)
{
    civic_effect_t  *fx;

    fx = civic_talk_effect(k, CIVIC_FX_FIND);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->ticket = ticket;

    return civic_wait_begin(k, wait);
}


civic_action(end_find)
{
    if (k->conv->awaits == CIVIC_ST_FINDING
        || k->conv->awaits == CIVIC_ST_RECALLING)
    {
        k->conv->awaits = CIVIC_ST_SETTLED;
    }

    return CIVIC_OK;
}


civic_action(take_case)
{
    civic_conv_t        *conv = k->conv;
    const civic_case_t  *c = &k->event->cases[0];

    if (!civic_str_is(c->ticket, conv->ticket)
        && civic_wait_settle(k) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    conv->complaint_id = c->complaint_id;
    conv->told = k->at;
    conv->flags &= ~CIVIC_CONV_ASKED_GONE;

    /* an id too long for the record is still shown from the case itself */

    (void) civic_str_put(conv->ticket, sizeof(conv->ticket), c->ticket);
    (void) civic_str_put(conv->request_id, sizeof(conv->request_id),
                         c->request_id);

    return CIVIC_OK;
}


civic_action(ask_311)
{
    civic_effect_t  *fx;

    fx = civic_talk_effect(k, CIVIC_FX_ASK_311);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->complaint_id = k->event->cases[0].complaint_id;
    fx->request_id = k->event->cases[0].request_id;
    fx->ticket = k->event->cases[0].ticket;

    return civic_wait_begin(k, CIVIC_ST_ASKING);
}


civic_action(take_request_id)
{
    /* too long an id is told now and found again in Postgres */

    (void) civic_str_put(k->conv->request_id, sizeof(k->conv->request_id),
                         k->event->request_id);

    if (k->event->complaint_id) {
        k->conv->complaint_id = k->event->complaint_id;
    }

    return CIVIC_OK;
}


civic_action(owe_number)
{
    if (k->conv->request_id[0] != '\0') {
        k->conv->flags |= CIVIC_CONV_OWES_NUMBER;
    }

    return CIVIC_OK;
}


civic_action(owe_held)
{
    k->conv->flags |= CIVIC_CONV_OWES_HELD;

    return CIVIC_OK;
}


civic_action(correct_kind)
{
    return civic_correct(k, "officer_kind",
                         civic_city_officer_kind(k->city, k->arg, k->arena));
}


civic_action(correct_place)
{
    return civic_correct_pin(k, k->event->lat, k->event->lng, k->ward->no);
}


/* "not X, Y": the last place that is named is meant. */

civic_action(correct_named)
{
    civic_str_t    text, point, ward;
    civic_place_t  last;

    text = k->text;

    if (civic_place_find(k->city, civic_cue_after_not(k), k->arena, &last)
        != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    if (last.kind != CIVIC_PLACE_KNOWN) {
        last = k->place;
    }

    ward = civic_facts_ward(k, last.ward != NULL ? last.ward->no : 0);
    point = last.has_point
            ? civic_arena_printf(k->arena, "%.6f, %.6f", last.lat, last.lng)
            : civic_str("");

    if (ward.data == NULL || point.data == NULL) {
        return CIVIC_ERROR;
    }

    text = civic_arena_printf(k->arena, "%.*s (%.*s%s%.*s)", (int) text.len,
                              text.data, (int) point.len, point.data,
                              point.len && ward.len ? ", " : "",
                              (int) ward.len, ward.data);

    return civic_correct(k, "officer_place",
                         civic_utf8_cut(text, CIVIC_CORRECTION_MAX));
}


civic_action(correct_here)
{
    civic_conv_t  *conv = k->conv;

    return civic_correct_pin(k, conv->lat / 1e6, conv->lng / 1e6,
                             conv->ward);
}


static int
civic_correct_pin(civic_talk_t *k, double lat, double lng, unsigned no)
{
    civic_str_t  text, ward;

    ward = civic_facts_ward(k, no);

    text = civic_arena_printf(k->arena, "%.6f, %.6f (%.*s)", lat, lng,
                              (int) ward.len, ward.data);

    return civic_correct(k, "officer_place", text);
}


civic_action(correct_words)
{
    civic_str_t  urgent, text;

    text = civic_utf8_cut(k->text, CIVIC_CORRECTION_MAX);

    if (k->meaning.danger != NULL) {
        civic_talk_warn(k);
        urgent = civic_facts_danger(k, k->meaning.danger->kind);

        text = civic_arena_printf(k->arena, "%.*s: %.*s", (int) urgent.len,
                                  urgent.data ? urgent.data : "",
                                  (int) text.len, text.data);
    }

    return civic_correct(k, "officer_words", text);
}


civic_action(doubt_case)
{
    k->conv->flags |= CIVIC_CONV_ASKED_GONE;

    return CIVIC_OK;
}


civic_action(withdraw)
{
    return civic_correct(k, "officer_gone", civic_str(""));
}


/* 311 gets it when it is here: no answer of 311 is awaited. */

civic_action(add_media)
{
    civic_effect_t  *fx;

    fx = civic_talk_effect(k, CIVIC_FX_MEDIA);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->ticket = civic_str(k->conv->ticket);

    k->conv->told = k->at;

    /* the receipt tells how many, until another draft is open */

    if (!civic_has_draft(k) && k->conv->photos < UINT8_MAX) {
        k->conv->photos++;
    }

    return CIVIC_OK;
}


/* Officers read every language in one line, so their texts are all alike. */

static int
civic_correct(civic_talk_t *k, const char *key, civic_str_t text)
{
    civic_str_t      intro;
    civic_effect_t  *fx;

    fx = civic_talk_effect(k, CIVIC_FX_UPDATE);
    intro = civic_render_text(k, key, CIVIC_LANG_EN, NULL, 0);

    if (fx == NULL || intro.data == NULL || text.data == NULL) {
        return CIVIC_ERROR;
    }

    fx->text = civic_arena_printf(k->arena, "%.*s %.*s", (int) intro.len,
                                  intro.data, (int) text.len, text.data);
    fx->complaint_id = k->conv->complaint_id;
    fx->ticket = civic_str(k->conv->ticket);
    k->conv->told = k->at;

    if (fx->text.data == NULL) {
        return CIVIC_ERROR;
    }

    return civic_wait_begin(k, CIVIC_ST_UPDATING);
}
