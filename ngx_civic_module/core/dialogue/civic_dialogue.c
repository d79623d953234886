
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The engine: finds the first row that fits, does what it says, says what it
 * says, goes where it says.  It knows no state and no text by itself; what
 * it adds is told here in full: a message is marked as read, a language is
 * taken from how the citizen writes, written coordinates are a pin, what was
 * heard of a voice note is its words, a correction left for an hour is over,
 * a question waits for what else is said in the same breath, but not behind
 * the answer to another.
 */


#include "core/dialogue/civic_actions.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_guards.h"
#include "core/dialogue/civic_point.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_CHANGE_AGE  3600      /* later words are a new matter */


static void civic_talk_begin(civic_talk_t *k, const civic_flow_t *flow,
    civic_turn_t *t);
static int civic_talk_hear(civic_talk_t *k);
static void civic_talk_point(civic_talk_t *k);
static void civic_talk_voice(civic_talk_t *k);
static void civic_talk_age(civic_talk_t *k);
static const civic_row_t *civic_talk_find(const civic_talk_t *k);
static int civic_talk_fits(const civic_talk_t *k, const civic_row_t *row);
static int civic_talk_fire(civic_talk_t *k, const civic_row_t *row,
    int *asked);
static int civic_talk_overtaken(civic_talk_t *k, const civic_conv_t *was,
    int *asked);
static int civic_talk_breathe(civic_talk_t *k, int *asked);
static void civic_talk_typing(const civic_talk_t *k);
static void civic_talk_said(civic_talk_t *k);
static const civic_need_t *civic_talk_need(const civic_talk_t *k);
static int civic_talk_next(civic_talk_t *k, int *asked);
static int civic_talk_ask(civic_talk_t *k, const civic_need_t *need);
static uint8_t civic_talk_rest(const civic_talk_t *k);


static const char  *civic_state_names[CIVIC_ST_MAX] = {
    "IDLE", "WHAT", "CHOOSE", "WORDS", "PLACE", "RESUME", "CHANGE",
    "SETTLED", "REGISTERING", "FINDING", "ASKING", "RECALLING", "UPDATING",
    "GATHERING"
};

static const char  *civic_event_names[CIVIC_EV_MAX] = {
    "none", "text", "tap", "pin", "photo", "voice", "video", "file",
    "sticker", "contact", "reaction", "edit", "revoke", "form", "order",
    "welcome", "unusable", "moved", "registered", "token", "accepted",
    "refused", "unknown", "updated", "not_updated", "found", "status",
    "no_status", "due", "kept", "not_kept", "heard", "not_heard"
};


int
civic_dialogue_turn(civic_turn_t *t)
{
    return civic_flow_turn(&civic_flow_citizen, t, NULL);
}


int
civic_flow_turn(const civic_flow_t *flow, civic_turn_t *t, int *asked)
{
    int                 rc, none;
    civic_conv_t        saved;
    civic_talk_t        k;
    const civic_row_t  *row;

    saved = *t->conv;
    asked = asked != NULL ? asked : &none;
    *asked = -1;

    civic_talk_begin(&k, flow, t);

    rc = k.message ? civic_talk_hear(&k) : CIVIC_OK;

    if (rc == CIVIC_OK) {
        row = civic_talk_find(&k);

        if (row != NULL) {
            t->row = row - flow->rows;
            t->unasked = !k.message && saved.awaits == CIVIC_ST_SETTLED;
            rc = civic_talk_fire(&k, row, asked);

            if (rc == CIVIC_OK) {
                rc = civic_talk_overtaken(&k, &saved, asked);
            }

            if (rc == CIVIC_OK) {
                rc = civic_talk_breathe(&k, asked);
            }

            civic_talk_typing(&k);
            civic_talk_said(&k);

        } else {
            rc = CIVIC_DECLINED;
        }
    }

    if (rc != CIVIC_OK) {
        *t->conv = saved;
        t->neffects = 0;
        t->used_ticket = 0;
    }

    return rc;
}


static void
civic_talk_begin(civic_talk_t *k, const civic_flow_t *flow, civic_turn_t *t)
{
    memset(k, 0, sizeof(civic_talk_t));

    k->turn = t;
    k->flow = flow;
    k->conv = t->conv;
    k->event = t->event;
    k->city = t->city;
    k->arena = t->arena;
    k->text = civic_str("");
    k->fold = civic_str("");
    k->cue = civic_str("");
    k->arg = civic_str("");
    k->heard = t->event->kind == CIVIC_EV_HEARD;
    k->message = t->event->kind < CIVIC_EV_OURS || k->heard;

    /* a delayed delivery is as old as it is; a clock ahead of ours is not */

    k->at = t->event->sent > 0 && t->event->sent < t->now ? t->event->sent
                                                          : t->now;

    /* what is heard was said before, and tells nothing of this moment */

    if (k->heard) {
        k->at = k->conv->seen;
    }

    t->neffects = 0;
    t->used_ticket = 0;
    t->row = -1;
}


static int
civic_talk_hear(civic_talk_t *k)
{
    const civic_event_t  *ev;

    if (!k->heard) {
        k->asked_gone = (k->conv->flags & CIVIC_CONV_ASKED_GONE)
                        && k->at - k->conv->seen <= CIVIC_CHANGE_AGE;
        k->conv->flags &= ~CIVIC_CONV_ASKED_GONE;
    }

    civic_talk_point(k);
    civic_talk_voice(k);
    ev = k->event;

    if (civic_cue_read(k) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    if (ev->kind == CIVIC_EV_PIN && ev->has_pin) {
        k->ward = civic_city_ward(k->city, ev->lat, ev->lng);
    }

    /* who speaks has chosen no script */

    if (k->fold.len && !k->heard
        && !(k->conv->state == CIVIC_ST_PLACE && civic_is_place_alone(k))
        && !(k->conv->flags & CIVIC_CONV_LANG_CHOSEN))
    {
        k->conv->lang = k->meaning.lang;
    }

    civic_talk_age(k);

    return CIVIC_OK;
}


/* Coordinates are a pin however they are sent. */

static void
civic_talk_point(civic_talk_t *k)
{
    double  lat, lng;

    if (k->event->kind != CIVIC_EV_TEXT
        || civic_point_read(k->event->text, &lat, &lng) != CIVIC_OK)
    {
        return;
    }

    k->other = *k->event;
    k->other.kind = CIVIC_EV_PIN;
    k->other.lat = lat;
    k->other.lng = lng;
    k->other.has_pin = 1;
    k->other.text = civic_str("");
    k->event = &k->other;
}


/*
 * A voice note is a photo whose caption comes later.  The words themselves
 * stay with the file, in Postgres, and go to 311 from there.
 */

static void
civic_talk_voice(civic_talk_t *k)
{
    if (!k->heard) {
        return;
    }

    if (civic_is_of_draft(k)) {
        k->conv->flags |= CIVIC_CONV_HAS_WORDS;
        k->conv->hearing -= k->conv->hearing != 0;
    }

    k->other = *k->event;
    k->other.kind = CIVIC_EV_VOICE;
    k->event = &k->other;
}


static void
civic_talk_age(civic_talk_t *k)
{
    int64_t  age;

    age = k->at - k->conv->seen;

    if (k->conv->state == CIVIC_ST_CHANGE && age > CIVIC_CHANGE_AGE) {
        k->conv->state = civic_talk_rest(k);
    }

    if (age > CIVIC_WINDOW) {
        civic_wait_leave(k->conv);
    }
}


static const civic_row_t *
civic_talk_find(const civic_talk_t *k)
{
    size_t  i;

    /* an answer about no complaint is none */

    if ((k->event->kind == CIVIC_EV_STATUS
         || k->event->kind == CIVIC_EV_NO_STATUS)
        && k->event->ncases == 0)
    {
        return NULL;
    }

    for (i = 0; i < k->flow->nrows; i++) {
        if (civic_talk_fits(k, &k->flow->rows[i])) {
            return &k->flow->rows[i];
        }
    }

    return NULL;
}


static int
civic_talk_fits(const civic_talk_t *k, const civic_row_t *row)
{
    size_t    i;
    unsigned  in;

    in = k->message ? k->conv->state : k->conv->awaits;

    if (!(row->in & (1u << in)) || !(row->on & (1ull << k->event->kind))
        || !civic_cue_is(row->detail, k->cue))
    {
        return 0;
    }

    for (i = 0; i < CIVIC_GUARDS_MAX && row->only_if[i] != NULL; i++) {
        if (!row->only_if[i](k)) {
            return 0;
        }
    }

    return 1;
}


static int
civic_talk_fire(civic_talk_t *k, const civic_row_t *row, int *asked)
{
    size_t    i;
    uint8_t  *state;

    if (k->message && k->event->wamid.len
        && civic_talk_effect(k, CIVIC_FX_READ) == NULL)
    {
        return CIVIC_ERROR;
    }

    for (i = 0; i < CIVIC_ACTIONS_MAX && row->act[i] != NULL; i++) {
        if (row->act[i](k) != CIVIC_OK) {
            return CIVIC_ERROR;
        }
    }

    if (row->say != NULL && civic_render(k, row->say) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    state = k->message ? &k->conv->state : &k->conv->awaits;

    if (row->then == CIVIC_ST_NEXT) {
        if (civic_talk_next(k, asked) != CIVIC_OK) {
            return CIVIC_ERROR;
        }

    } else if (row->then == CIVIC_ST_REST) {
        *state = civic_talk_rest(k);

    } else if (row->then != CIVIC_ST_SAME) {
        *state = row->then;
    }

    k->asked = k->message && row->say != NULL && row->then < CIVIC_ST_TALKS;

    /* who has an answer and no draft waits for nothing more; nor who is asked
       something else, nor who was told that what he said belongs elsewhere */

    if (k->message && row->say != NULL
        && (!civic_has_draft(k) || k->asked
            || (k->heard && civic_is_of_draft(k)))
        && k->conv->awaits == CIVIC_ST_GATHERING)
    {
        k->conv->awaits = CIVIC_ST_SETTLED;
    }

    if (k->message) {
        k->conv->seen = k->at > k->conv->seen ? k->at : k->conv->seen;
        k->conv->tries = k->tried ? k->conv->tries : 0;
    }

    return CIVIC_OK;
}


/*
 * A question of the draft is forgotten when something else is waited for while
 * it waits for more words, and when a filed complaint was corrected meanwhile:
 * it is asked now.
 */

static int
civic_talk_overtaken(civic_talk_t *k, const civic_conv_t *was, int *asked)
{
    const civic_need_t  *need;

    if (!k->message || k->heard || k->asked || *asked >= 0
        || !civic_has_draft(k))
    {
        return CIVIC_OK;
    }

    if ((was->awaits != CIVIC_ST_GATHERING
         || k->conv->awaits == CIVIC_ST_GATHERING)
        && (was->state != CIVIC_ST_CHANGE
            || k->conv->state == CIVIC_ST_CHANGE))
    {
        return CIVIC_OK;
    }

    need = civic_talk_need(k);
    if (need == NULL) {
        return CIVIC_OK;
    }

    k->conv->state = need->then;
    k->conv->hearing = 0;
    *asked = need - k->flow->needs;

    return civic_render(k, need->say);
}


/* Where no time is given to gather, it is over in the same turn. */

static int
civic_talk_breathe(civic_talk_t *k, int *asked)
{
    civic_event_t       due;
    const civic_row_t  *row;

    if (k->conv->awaits != CIVIC_ST_GATHERING || civic_wait_patience(k)) {
        return CIVIC_OK;
    }

    memset(&due, 0, sizeof(civic_event_t));
    due.kind = CIVIC_EV_DUE;
    due.id = civic_arena_printf(k->arena, "%u", (unsigned) k->conv->wait);

    if (due.id.data == NULL) {
        return CIVIC_ERROR;
    }

    k->event = &due;
    k->message = 0;
    k->heard = 0;
    k->cue = civic_str("");

    row = civic_talk_find(k);

    return row != NULL ? civic_talk_fire(k, row, asked) : CIVIC_OK;
}


/* "Typing" is shown for 25 s: only to whom an answer comes meanwhile. */

static void
civic_talk_typing(const civic_talk_t *k)
{
    size_t         i;
    unsigned       soon;
    civic_turn_t  *t;

    t = k->turn;
    soon = k->conv->awaits != CIVIC_ST_SETTLED && !k->awaits_place;

    for (i = t->neffects; i > 0; i--) {
        if (t->effects[i - 1].kind == CIVIC_FX_SEND) {
            soon = 1;

        } else if (t->effects[i - 1].kind == CIVIC_FX_READ) {
            t->effects[i - 1].soon = soon;
        }
    }
}


/* What we say unasked is what the next "yes" answers. */

static void
civic_talk_said(civic_talk_t *k)
{
    size_t  i;

    for (i = 0; !k->message && i < k->turn->neffects; i++) {
        if (k->turn->effects[i].kind == CIVIC_FX_SEND) {
            k->conv->flags &= ~CIVIC_CONV_ASKED_GONE;
        }
    }
}


/* The first thing a complaint must have and has not; NULL: it has all. */

static const civic_need_t *
civic_talk_need(const civic_talk_t *k)
{
    size_t               i;
    const civic_need_t  *need;

    for (i = 0; i < k->flow->nneeds; i++) {
        need = &k->flow->needs[i];

        if (!need->has(k) && (need->only_if == NULL || need->only_if(k))) {
            return need;
        }
    }

    return NULL;
}


/* It is asked for, or the complaint is filed. */

static int
civic_talk_next(civic_talk_t *k, int *asked)
{
    const civic_need_t  *need;

    need = civic_talk_need(k);
    k->conv->drafted = k->at;

    if (need != NULL) {
        *asked = need - k->flow->needs;

        return civic_talk_ask(k, need);
    }

    k->conv->state = CIVIC_ST_IDLE;

    /* who says it twice has one complaint, and 311 both messages */

    if (civic_is_same_again(k)) {
        return civic_throw_draft(k) == CIVIC_OK ? civic_correct_words(k)
                                                : CIVIC_ERROR;
    }

    return civic_file_draft(k);
}


/*
 * A tap is an answer to a question: nothing else is to come with it, unless
 * the question said so.
 */

static int
civic_talk_ask(civic_talk_t *k, const civic_need_t *need)
{
    k->conv->state = need->then;

    if (k->message && (k->event->kind != CIVIC_EV_TAP || k->awaits_place)) {
        return civic_wait_begin(k, CIVIC_ST_GATHERING);
    }

    if (k->conv->awaits == CIVIC_ST_GATHERING) {
        k->conv->awaits = CIVIC_ST_SETTLED;
    }

    k->conv->hearing = 0;

    return civic_render(k, need->say);
}


static uint8_t
civic_talk_rest(const civic_talk_t *k)
{
    const civic_need_t  *need;

    if (!civic_has_draft(k)) {
        return CIVIC_ST_IDLE;
    }

    need = civic_talk_need(k);

    return need != NULL ? need->then : CIVIC_ST_RESUME;
}


const civic_say_t *
civic_flow_say(const civic_flow_t *flow, const char *key)
{
    size_t  i;

    for (i = 0; i < flow->nsays; i++) {
        if (strcmp(flow->says[i].key, key) == 0) {
            return &flow->says[i];
        }
    }

    return NULL;
}


const char *
civic_state_name(unsigned state)
{
    return state < CIVIC_ST_MAX ? civic_state_names[state] : "?";
}


const char *
civic_event_name(civic_event_e kind)
{
    return (unsigned) kind < CIVIC_EV_MAX ? civic_event_names[kind] : "?";
}
