
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
#include "core/dialogue/civic_render.h"


#define CIVIC_ADDRESS_MAX  500      /* characters: a place, not a story */


static int civic_note_words(civic_talk_t *k);
static int civic_note_named(civic_talk_t *k);
static int civic_note_place(civic_talk_t *k, civic_str_t text);
static void civic_note_point(civic_talk_t *k);


civic_action(note_all)
{
    civic_draft_open(k);

    if (civic_note_words(k) != CIVIC_OK || civic_note_media(k) != CIVIC_OK
        || civic_note_named(k) != CIVIC_OK)
    {
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

    return civic_note_words(k) == CIVIC_OK ? civic_note_named(k)
                                           : CIVIC_ERROR;
}


static int
civic_note_words(civic_talk_t *k)
{
    civic_effect_t  *fx;

    if (!civic_is_words(k)) {
        return CIVIC_OK;
    }

    civic_talk_danger(k);

    if (k->heard) {
        return CIVIC_OK;        /* they stay with the file */
    }

    fx = civic_talk_effect(k, CIVIC_FX_DRAFT_WORDS);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->text = k->text;
    k->conv->flags |= CIVIC_CONV_HAS_WORDS;

    return CIVIC_OK;
}


/* The words are a place, and tell of no problem. */

civic_action(note_spot)
{
    civic_draft_open(k);

    return civic_note_named(k);
}


/* What words about a problem tell of the place; a place told before stays. */

static int
civic_note_named(civic_talk_t *k)
{
    if (!civic_has_place(k) && k->place.kind == CIVIC_PLACE_NONE
        && civic_has_last_place(k) && civic_is_last_place_named(k))
    {
        return civic_note_last_place(k);
    }

    if (civic_has_place(k) || k->place.kind == CIVIC_PLACE_NONE
        || k->place.kind == CIVIC_PLACE_OUTSIDE)
    {
        return CIVIC_OK;
    }

    if (k->place.kind != CIVIC_PLACE_KNOWN) {
        return civic_has_hint(k) ? CIVIC_OK : civic_note_hint(k);
    }

    return civic_note_place(k, k->place.text);
}


civic_action(note_media)
{
    civic_effect_t  *fx;

    if (!civic_is_media(k)) {
        return CIVIC_OK;
    }

    fx = civic_talk_effect(k, CIVIC_FX_MEDIA);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    if (k->event->kind == CIVIC_EV_VOICE && k->turn->hears) {
        fx->draft = k->conv->draft;
        k->conv->hearing += k->conv->hearing < UINT8_MAX;
    }

    if (k->conv->photos < UINT8_MAX) {
        k->conv->photos++;
    }

    k->conv->files |= k->event->kind == CIVIC_EV_PHOTO ? CIVIC_FILE_PHOTO
                      : k->event->kind == CIVIC_EV_VOICE ? CIVIC_FILE_VOICE
                      : CIVIC_FILE_OTHER;

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


civic_action(doubt_pin)
{
    if (k->conv->flags & CIVIC_CONV_HAS_PIN) {
        k->conv->flags |= CIVIC_CONV_DOUBTS_PIN;
    }

    return CIVIC_OK;
}


civic_action(note_address)
{
    return civic_note_place(k, k->text);
}


/* The citizen's own words go to 311, whatever we know of the place. */

static int
civic_note_place(civic_talk_t *k, civic_str_t text)
{
    civic_effect_t  *fx;

    fx = civic_talk_effect(k, CIVIC_FX_DRAFT_ADDRESS);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->text = civic_utf8_cut(text, CIVIC_ADDRESS_MAX);
    fx->more = civic_has_hint(k);
    civic_talk_danger(k);

    if (!(k->conv->flags & CIVIC_CONV_HAS_PIN)) {
        civic_note_point(k);
    }

    k->conv->flags |= CIVIC_CONV_HAS_ADDRESS;
    k->conv->flags &= ~CIVIC_CONV_HAS_HINT;

    return CIVIC_OK;
}


/* The ward of a hint stays when what follows names none. */

static void
civic_note_point(civic_talk_t *k)
{
    if (k->place.kind == CIVIC_PLACE_KNOWN && k->place.has_point) {
        k->conv->flags |= CIVIC_CONV_HAS_PIN;
        k->conv->lat = civic_talk_micro(k->place.lat);
        k->conv->lng = civic_talk_micro(k->place.lng);
    }

    if (k->place.ward != NULL) {
        k->conv->ward = k->place.ward->no;
    }
}


civic_action(note_hint)
{
    if (civic_note_place(k, k->place.text) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    k->conv->flags &= ~CIVIC_CONV_HAS_ADDRESS;
    k->conv->flags |= CIVIC_CONV_HAS_HINT;

    return CIVIC_OK;
}


civic_action(take_hint)
{
    k->conv->flags &= ~CIVIC_CONV_HAS_HINT;
    k->conv->flags |= CIVIC_CONV_HAS_ADDRESS;

    return CIVIC_OK;
}


civic_action(note_last_place)
{
    civic_conv_t    *conv = k->conv;
    civic_effect_t  *fx;

    fx = civic_talk_effect(k, CIVIC_FX_DRAFT_ADDRESS);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->last = 1;

    conv->flags &= ~CIVIC_CONV_HAS_HINT;
    conv->flags |= CIVIC_CONV_HAS_ADDRESS;

    if (conv->flags & CIVIC_CONV_LAST_PIN) {
        conv->flags |= CIVIC_CONV_HAS_PIN;
    }

    conv->lat = conv->last_lat;
    conv->lng = conv->last_lng;
    conv->ward = conv->last_ward;

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


/* Two matters: the draft's, and what was said now. */

civic_action(doubt_kind)
{
    char  first[CIVIC_SERVICE_CODE_MAX + 1];

    memcpy(first, k->conv->service, sizeof(first));
    memset(k->conv->service, 0, sizeof(k->conv->service));

    k->meaning.nguess = 1;
    (void) civic_keep_guesses(k);                       /* cannot fail */

    memcpy(k->conv->choice[1], first, sizeof(first));

    return CIVIC_OK;
}


civic_action(choose_service)
{
    civic_draft_open(k);
    memset(k->conv->menu, 0, sizeof(k->conv->menu));
    memset(k->conv->choice, 0, sizeof(k->conv->choice));

    return civic_str_put(k->conv->service, sizeof(k->conv->service), k->arg);
}


civic_action(await_place)
{
    k->awaits_place = 1;

    return CIVIC_OK;
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

    if (!civic_has_place(k) && !civic_has_hint(k)) {
        return CIVIC_OK;
    }

    k->conv->flags &= ~(CIVIC_CONV_HAS_PIN | CIVIC_CONV_HAS_ADDRESS
                        | CIVIC_CONV_HAS_HINT);
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
    fx->urgent = civic_facts_urgent(k);
    fx->ward = conv->ward;
    fx->has_pin = (conv->flags & CIVIC_CONV_HAS_PIN) != 0;
    fx->lat = conv->lat;
    fx->lng = conv->lng;

    conv->last_kind = civic_talk_kind(conv->service);
    conv->last_ward = conv->ward;
    conv->last_lat = conv->lat;
    conv->last_lng = conv->lng;
    conv->flags |= CIVIC_CONV_HAS_LAST;
    conv->flags &= ~CIVIC_CONV_LAST_PIN;
    conv->flags |= fx->has_pin ? CIVIC_CONV_LAST_PIN : 0;

    if (fx->urgent.data == NULL) {
        return CIVIC_ERROR;
    }

    k->turn->used_ticket = 1;
    conv->told = k->at;
    conv->flags &= ~(CIVIC_CONV_DRAFT | CIVIC_CONV_ASKED_GONE);
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


civic_action(gather)
{
    if (!civic_is_greeted(k)) {
        (void) civic_end_greeting(k);           /* too long ago */
    }

    return civic_wait_begin(k, CIVIC_ST_GATHERING);
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


civic_action(end_hearing)
{
    if (!civic_is_of_draft(k) || k->conv->hearing == 0
        || --k->conv->hearing || !civic_is_gathering(k))
    {
        return CIVIC_OK;
    }

    return civic_wait_begin(k, CIVIC_ST_GATHERING);
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
