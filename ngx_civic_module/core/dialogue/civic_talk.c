
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Room for effects, and the beginning and end of drafts and waits: what
 * several actions share.
 */


#include "core/dialogue/civic_render.h"


#define CIVIC_CONV_OF_DRAFT                                                   \
    (CIVIC_CONV_HAS_WORDS | CIVIC_CONV_HAS_PIN | CIVIC_CONV_HAS_ADDRESS       \
     | CIVIC_CONV_HAS_HINT | CIVIC_CONV_DOUBTS_PIN)


civic_effect_t *
civic_talk_effect(civic_talk_t *k, civic_effect_e kind)
{
    civic_effect_t  *fx;

    if (k->turn->neffects == CIVIC_EFFECTS_MAX) {
        return NULL;
    }

    fx = &k->turn->effects[k->turn->neffects++];

    memset(fx, 0, sizeof(civic_effect_t));
    fx->kind = kind;

    return fx;
}


civic_str_t
civic_talk_ticket(const civic_talk_t *k)
{
    if (!k->message) {
        if (k->event->ticket.len) {
            return k->event->ticket;
        }

        if (k->event->ncases) {
            return k->event->cases[0].ticket;
        }
    }

    return civic_str(k->conv->ticket);
}


int32_t
civic_talk_micro(double degrees)
{
    return (int32_t) (degrees * 1e6 + (degrees < 0 ? -0.5 : 0.5));
}


uint32_t
civic_talk_kind(const char *code)
{
    uint32_t  hash;

    for (hash = 2166136261u; *code; code++) {           /* FNV-1a */
        hash = (hash ^ (unsigned char) *code) * 16777619u;
    }

    return hash;
}


void
civic_draft_open(civic_talk_t *k)
{
    civic_conv_t  *conv = k->conv;

    if (conv->flags & CIVIC_CONV_DRAFT) {
        return;
    }

    /* the receipt is told from the fields that are cleared here */

    if (conv->awaits == CIVIC_ST_REGISTERING) {
        civic_wait_leave(conv);
    }

    conv->flags &= ~CIVIC_CONV_OF_DRAFT;
    conv->flags |= CIVIC_CONV_DRAFT;
    conv->drafted = k->at;
    conv->draft = conv->draft < UINT8_MAX ? conv->draft + 1 : 1;
    conv->hearing = 0;
    conv->photos = 0;
    conv->files = 0;
    conv->ward = 0;
    conv->lat = 0;
    conv->lng = 0;
    memset(conv->danger, 0, sizeof(conv->danger));
    memset(conv->service, 0, sizeof(conv->service));
    memset(conv->choice, 0, sizeof(conv->choice));
}


void
civic_talk_danger(civic_talk_t *k)
{
    civic_conv_t  *conv = k->conv;

    if (k->meaning.danger == NULL
        || civic_str_is(k->meaning.danger->kind, conv->danger))
    {
        return;
    }

    memset(conv->danger, 0, sizeof(conv->danger));

    (void) civic_str_put(conv->danger, sizeof(conv->danger),
                         k->meaning.danger->kind);      /* fits: city */
    civic_talk_warn(k);
}


void
civic_talk_warn(civic_talk_t *k)
{
    if (k->meaning.danger != NULL) {
        k->conv->owes = k->meaning.danger - k->city->danger + 1;
    }
}


void
civic_wait_leave(civic_conv_t *conv)
{
    if (conv->awaits == CIVIC_ST_REGISTERING) {
        conv->flags |= CIVIC_CONV_OWES_SAVED;

    } else if (conv->awaits == CIVIC_ST_UPDATING) {
        conv->flags |= CIVIC_CONV_OWES_UPDATE;
    }

    conv->awaits = CIVIC_ST_SETTLED;
}


int
civic_wait_begin(civic_talk_t *k, civic_state_e what)
{
    civic_effect_t  *fx;

    civic_wait_leave(k->conv);

    k->conv->awaits = what;
    k->conv->wait++;

    if (what == CIVIC_ST_FINDING || what == CIVIC_ST_RECALLING) {
        return CIVIC_OK;
    }

    if (what == CIVIC_ST_GATHERING && civic_wait_patience(k) == 0) {
        return CIVIC_OK;                        /* see civic_talk_breathe() */
    }

    fx = civic_talk_effect(k, CIVIC_FX_WAIT);
    if (fx == NULL) {
        return CIVIC_ERROR;
    }

    fx->delay = what == CIVIC_ST_GATHERING ? civic_wait_patience(k)
                                           : k->turn->wait_311;
    fx->wait = k->conv->wait;

    return CIVIC_OK;
}


uint32_t
civic_wait_patience(const civic_talk_t *k)
{
    uint32_t  ms;

    ms = k->conv->hearing ? k->turn->wait_voice : 0;

    if (k->awaits_place && k->turn->settle && ms < CIVIC_PIN_WAIT) {
        ms = CIVIC_PIN_WAIT;
    }

    return ms > k->turn->settle ? ms : k->turn->settle;
}


int
civic_wait_settle(civic_talk_t *k)
{
    civic_wait_leave(k->conv);

    return civic_render_owed(k);
}
