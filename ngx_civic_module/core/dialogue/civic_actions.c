
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Actions on the draft and on the talk itself.  Those on complaints already
 * filed are in civic_actions_case.c.
 */


#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_actions.h"
#include "core/dialogue/civic_guards.h"
#include "core/dialogue/civic_cue.h"


#define CIVIC_ADDRESS_MAX  500      /* characters: a place, not a story */


static int civic_note_words(civic_talk_t *k);


civic_action(note_all)
{
    civic_draft_open(k);

    if (civic_note_words(k) != CIVIC_OK || civic_note_media(k) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    if (k->event->kind == CIVIC_EV_PIN && k->ward != NULL) {
        return civic_note_pin(k);
    }

    return CIVIC_OK;
}


civic_action(note_telling)
{
    if (!civic_is_telling(k)) {
        return CIVIC_OK;
    }

    civic_draft_open(k);

    return civic_note_words(k);
}


static int
civic_note_words(civic_talk_t *k)
{
    civic_effect_t  *fx;

    if (!civic_is_words(k)) {
        return CIVIC_OK;
    }

    fx = civic_talk_effect(k, CIVIC_FX_DRAFT_WORDS);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->text = k->text;
    k->conv->flags |= CIVIC_CONV_HAS_WORDS;

    return CIVIC_OK;
}


civic_action(note_media)
{
    if (!civic_is_media(k)) {
        return CIVIC_OK;
    }

    if (civic_talk_effect(k, CIVIC_FX_MEDIA) == NULL) {
        return CIVIC_ERROR;
    }

    if (k->conv->photos < UINT8_MAX) {
        k->conv->photos++;
    }

    return CIVIC_OK;
}


civic_action(note_pin)
{
    civic_draft_open(k);

    k->conv->flags |= CIVIC_CONV_HAS_PIN;
    k->conv->lat = civic_talk_micro(k->event->lat);
    k->conv->lng = civic_talk_micro(k->event->lng);
    k->conv->ward = k->ward != NULL ? k->ward->no : 0;

    /* what the map calls the place */

    return k->text.len ? civic_note_address(k) : CIVIC_OK;
}


civic_action(note_address)
{
    civic_effect_t      *fx;
    const civic_ward_t  *ward;

    fx = civic_talk_effect(k, CIVIC_FX_DRAFT_ADDRESS);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->text = civic_utf8_cut(k->text, CIVIC_ADDRESS_MAX);
    k->conv->flags |= CIVIC_CONV_HAS_ADDRESS;

    if (!(k->conv->flags & CIVIC_CONV_HAS_PIN)) {
        ward = civic_city_ward_named(k->city, k->text, k->arena);
        k->conv->ward = ward != NULL ? ward->no : 0;
    }

    return CIVIC_OK;
}


civic_action(take_guess)
{
    memset(k->conv->menu, 0, sizeof(k->conv->menu));
    memset(k->conv->choice, 0, sizeof(k->conv->choice));

    return civic_str_put(k->conv->service, sizeof(k->conv->service),
                         k->meaning.guess[0]->code);
}


civic_action(keep_guesses)
{
    size_t  i;

    memset(k->conv->menu, 0, sizeof(k->conv->menu));
    memset(k->conv->choice, 0, sizeof(k->conv->choice));

    for (i = 0; i < k->meaning.nguess && i < CIVIC_CONV_CHOICES; i++) {
        (void) civic_str_put(k->conv->choice[i], sizeof(k->conv->choice[i]),
                             k->meaning.guess[i]->code);    /* fits: city */
    }

    return CIVIC_OK;
}


civic_action(choose_service)
{
    civic_draft_open(k);
    memset(k->conv->menu, 0, sizeof(k->conv->menu));
    memset(k->conv->choice, 0, sizeof(k->conv->choice));

    return civic_str_put(k->conv->service, sizeof(k->conv->service), k->arg);
}


civic_action(open_menu)
{
    return civic_str_put(k->conv->menu, sizeof(k->conv->menu), k->arg);
}


civic_action(forget_service)
{
    memset(k->conv->menu, 0, sizeof(k->conv->menu));

    if (civic_has_draft(k)) {
        memset(k->conv->service, 0, sizeof(k->conv->service));
        memset(k->conv->choice, 0, sizeof(k->conv->choice));
    }

    return CIVIC_OK;
}


civic_action(forget_place)
{
    civic_effect_t  *fx;

    if (!civic_has_place(k)) {
        return CIVIC_OK;
    }

    k->conv->flags &= ~(CIVIC_CONV_HAS_PIN | CIVIC_CONV_HAS_ADDRESS);
    k->conv->ward = 0;

    fx = civic_talk_effect(k, CIVIC_FX_DRAFT_ADDRESS);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->text = civic_str("");

    return CIVIC_OK;
}


civic_action(throw_draft)
{
    memset(k->conv->menu, 0, sizeof(k->conv->menu));

    if (!civic_has_draft(k)) {
        return CIVIC_OK;
    }

    k->conv->flags &= ~CIVIC_CONV_DRAFT;

    return civic_talk_effect(k, CIVIC_FX_DRAFT_CLEAR) != NULL ? CIVIC_OK
                                                              : CIVIC_ERROR;
}


civic_action(file_draft)
{
    civic_conv_t    *conv = k->conv;
    civic_effect_t  *fx;

    if (civic_wait_settle(k) != CIVIC_OK
        || civic_str_put(conv->ticket, sizeof(conv->ticket),
                         k->turn->spare_ticket)
           != CIVIC_OK
        || (fx = civic_talk_effect(k, CIVIC_FX_FILE)) == NULL)
    {
        return CIVIC_ERROR;
    }

    fx->ticket = k->turn->spare_ticket;
    fx->service = civic_city_service(k->city, civic_str(conv->service));
    fx->ward = conv->ward;
    fx->has_pin = (conv->flags & CIVIC_CONV_HAS_PIN) != 0;
    fx->lat = conv->lat;
    fx->lng = conv->lng;

    k->turn->used_ticket = 1;
    conv->flags &= ~CIVIC_CONV_DRAFT;
    conv->complaint_id = 0;
    memset(conv->request_id, 0, sizeof(conv->request_id));

    return civic_wait_begin(k, CIVIC_ST_REGISTERING);
}


civic_action(count_try)
{
    k->tried = 1;

    /* at the end of the count the answers still take turns */

    k->conv->tries += k->conv->tries < UINT8_MAX ? 1 : -1;

    return CIVIC_OK;
}


civic_action(greet)
{
    k->conv->flags |= CIVIC_CONV_GREETED;

    return CIVIC_OK;
}


civic_action(end_greeting)
{
    k->conv->flags &= ~CIVIC_CONV_GREETED;

    return CIVIC_OK;
}


civic_action(set_language)
{
    size_t              i;
    static const char  *names[CIVIC_LANG_MAX] = {
        "lang_en", "lang_hi", "lang_hi_latn"
    };

    for (i = 0; i < CIVIC_LANG_MAX; i++) {
        if (civic_str_is(k->arg, names[i])) {
            k->conv->lang = i;
            k->conv->flags |= CIVIC_CONV_LANG_CHOSEN;
        }
    }

    return CIVIC_OK;
}
