
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The world around the pure dialogue, in memory: citizens with their records
 * and drafts, the complaints Postgres would hold, waits that fall due.  What
 * happens is handed to whoever listens (chat_play.h); nothing is decided
 * here.  It refuses to be kind: every turn is run twice and must do the same
 * twice, every record must survive being a snapshot.
 */


#ifndef _CIVIC_CHAT_WORLD_H_INCLUDED_
#define _CIVIC_CHAT_WORLD_H_INCLUDED_


#include "chat_file.h"
#include "core/base/civic_utf8.h"
#include "core/case/civic_status.h"
#include "core/dialogue/civic_flow.h"


#define CHAT_PEOPLE_MAX   8
#define CHAT_CASES_MAX    64
#define CHAT_EVENTS_MAX   64
#define CHAT_SHOWN_MAX    64
#define CHAT_ROWS_MAX     256
#define CHAT_WAIT         3000      /* ms the receipt waits for 311 */
#define CHAT_SETTLE       3000      /* ms more may come in one breath */
#define CHAT_VOICE        8000      /* ms a voice note is waited for */


typedef struct {
    char                 phone[16];
    char                 name[64];
    civic_conv_t         conv;
    char                 words[8192];       /* the draft's row */
    char                 address[2048];
    unsigned             photos;
    uint8_t              voice;             /* draft of the last voice note */
    civic_message_t     *shown[CHAT_SHOWN_MAX];     /* newest last */
    size_t               nshown;
} chat_person_t;


typedef struct {
    chat_person_t       *person;
    civic_event_t        event;
    int64_t              due;               /* ms; 0: at once */
} chat_event_t;


typedef struct {
    const civic_flow_t  *flow;
    const civic_city_t  *city;
    chat_pool_t          pool;
    int64_t              now;               /* ms since 1970 */
    uint64_t             serial;
    unsigned             wamid;
    unsigned char        offered[256];

    chat_person_t        people[CHAT_PEOPLE_MAX];
    size_t               npeople;
    civic_case_t         cases[CHAT_CASES_MAX];
    chat_person_t       *owner[CHAT_CASES_MAX];
    size_t               ncases;
    chat_event_t         waits[CHAT_EVENTS_MAX];    /* fall due */
    size_t               nwaits;
    chat_event_t         answers[CHAT_EVENTS_MAX];  /* to be delivered */
    size_t               nanswers;
    int                  held;              /* Postgres keeps answers back */
    int                  hears;             /* there is a speech service */

    unsigned             fired[CHAT_ROWS_MAX];
    unsigned             asked[CHAT_ROWS_MAX];
    unsigned             turns;
    unsigned             said;                  /* messages of citizens */
    unsigned             turns_said;            /* in so many turns */
    unsigned             open;                  /* one is not answered yet */
    unsigned             told;                  /* and ours */
    unsigned             filed;                 /* complaints */
    const char          *broken;            /* a promise that was broken */
} chat_world_t;


/* What happened, told as it happens; 0 ends the transcript. */

static int chat_heard(void *play, chat_person_t *person,
    const civic_effect_t *fx);


static const unsigned char  chat_key[16] = "the city's key..";


static void
chat_world_init(chat_world_t *w, const civic_flow_t *flow,
    const civic_city_t *city)
{
    memset(w, 0, sizeof(chat_world_t));

    w->flow = flow;
    w->city = city;
    w->now = 1795401000000LL;

    chat_pool_init(&w->pool);
    memset(w->offered, 1, sizeof(w->offered));
}


static civic_str_t
chat_copy(chat_world_t *w, const char *s)
{
    return civic_arena_copy(&w->pool.arena, civic_str(s));
}


static chat_person_t *
chat_person(chat_world_t *w, const char *phone, const char *name,
    civic_lang_e lang)
{
    size_t          i;
    chat_person_t  *p;

    for (i = 0; i < w->npeople; i++) {
        p = &w->people[i];

        if (strcmp(p->phone, phone) == 0 || strcmp(p->name, name) == 0) {
            return p;
        }
    }

    if (w->npeople == CHAT_PEOPLE_MAX || *phone == '\0') {
        return NULL;
    }

    p = &w->people[w->npeople++];
    snprintf(p->phone, sizeof(p->phone), "%s", phone);
    snprintf(p->name, sizeof(p->name), "%s", *name ? name : phone);
    civic_conv_init(&p->conv, lang);

    return p;
}


static int
chat_case_of(const chat_world_t *w, civic_str_t ticket)
{
    size_t  i;

    for (i = 0; i < w->ncases; i++) {
        if (civic_str_eq(w->cases[i].ticket, ticket)) {
            return i;
        }
    }

    return -1;
}


static void
chat_answer(chat_world_t *w, chat_person_t *person, const civic_event_t *ev)
{
    if (w->nanswers < CHAT_EVENTS_MAX) {
        w->answers[w->nanswers].person = person;
        w->answers[w->nanswers].event = *ev;
        w->nanswers++;
    }
}


/* Postgres: complaints of this person, newest first. */

static void
chat_find(chat_world_t *w, chat_person_t *person, civic_str_t ticket)
{
    size_t         i;
    civic_event_t  ev;

    memset(&ev, 0, sizeof(civic_event_t));
    ev.kind = CIVIC_EV_FOUND;
    ev.ticket = civic_arena_copy(&w->pool.arena, ticket);
    ev.cases = civic_arena_alloc(&w->pool.arena, 10 * sizeof(civic_case_t));

    for (i = w->ncases; i-- > 0 && ev.ncases < 10; /* void */ ) {
        if (w->owner[i] == person
            && (ticket.len == 0 || civic_str_eq(w->cases[i].ticket, ticket)))
        {
            ev.cases[ev.ncases] = w->cases[i];
            ev.cases[ev.ncases++].fresh = 0;
        }
    }

    chat_answer(w, person, &ev);
}


static void
chat_file(chat_world_t *w, chat_person_t *person, const civic_effect_t *fx)
{
    civic_case_t  *c = &w->cases[w->ncases];

    if (w->ncases == CHAT_CASES_MAX || fx->service == NULL) {
        w->broken = "filed without a service";
        return;
    }

    w->owner[w->ncases++] = person;

    c->complaint_id = w->ncases;
    c->ticket = civic_arena_copy(&w->pool.arena, fx->ticket);
    c->service = fx->service->code;
    c->state = civic_str("saved");
    c->ward = fx->ward;
    c->place = chat_copy(w, person->address);
    c->filed = w->now / 1000;
    c->changed = c->filed;
}


static void
chat_draft_gone(chat_person_t *person)
{
    person->words[0] = '\0';
    person->address[0] = '\0';
    person->photos = 0;
}


static void
chat_address(chat_world_t *w, chat_person_t *person, const civic_effect_t *fx)
{
    size_t       i, len;
    civic_str_t  text = fx->text;

    len = fx->more ? strlen(person->address) : 0;

    for (i = 0; fx->last && i < w->ncases; i++) {
        text = w->owner[i] == person ? w->cases[i].place : text;
    }

    snprintf(person->address + len, sizeof(person->address) - len,
             "%s%.*s", len ? ", " : "", (int) text.len,
             text.data ? text.data : "");
}


/* The rows of an exchange's transaction; the draft's go with the filing. */

static void
chat_commit(chat_world_t *w, chat_person_t *person, const civic_effect_t *fx)
{
    size_t  len;

    switch (fx->kind) {

    case CIVIC_FX_DRAFT_WORDS:
        len = strlen(person->words);
        snprintf(person->words + len, sizeof(person->words) - len, "%s%.*s",
                 len ? "\n" : "", (int) fx->text.len, fx->text.data);
        break;

    case CIVIC_FX_DRAFT_ADDRESS:
        chat_address(w, person, fx);
        break;

    case CIVIC_FX_MEDIA:
        person->photos += fx->ticket.len == 0;

        if (fx->draft || fx->ticket.len) {
            person->voice = fx->draft;
        }

        break;

    case CIVIC_FX_DRAFT_CLEAR:
        chat_draft_gone(person);
        break;

    case CIVIC_FX_FILE:
        chat_file(w, person, fx);
        break;

    default:
        break;
    }
}


static int
chat_perform(chat_world_t *w, void *play, chat_person_t *person,
    civic_turn_t *t)
{
    int            c;
    char           serial[16];
    size_t         i;
    chat_event_t  *wait;

    for (i = 0; i < t->neffects; i++) {
        chat_commit(w, person, &t->effects[i]);
    }

    /* the glue learns the number of a complaint from its commit */

    c = chat_case_of(w, civic_str(person->conv.ticket));
    if (c >= 0) {
        person->conv.complaint_id = w->cases[c].complaint_id;
    }

    for (i = 0; i < t->neffects; i++) {
        if (!chat_heard(play, person, &t->effects[i])) {
            return 0;
        }

        switch (t->effects[i].kind) {

        case CIVIC_FX_FIND:
            chat_find(w, person, t->effects[i].ticket);
            break;

        case CIVIC_FX_FILE:
            chat_draft_gone(person);
            w->filed++;
            break;

        case CIVIC_FX_SEND:
            w->told++;
            w->turns_said += w->open;
            w->open = 0;
            break;

        case CIVIC_FX_WAIT:
            wait = &w->waits[w->nwaits++ % CHAT_EVENTS_MAX];
            memset(wait, 0, sizeof(chat_event_t));
            wait->person = person;
            wait->due = w->now + t->effects[i].delay;
            wait->event.kind = CIVIC_EV_DUE;
            snprintf(serial, sizeof(serial), "%u", t->effects[i].wait);
            wait->event.id = chat_copy(w, serial);
            break;

        default:
            break;
        }
    }

    return 1;
}


/* The same input gives the same output, byte for byte. */

static void
chat_again(chat_world_t *w, const civic_turn_t *first, civic_conv_t *before)
{
    int           rc, asked;
    civic_turn_t  t = *first;

    t.conv = before;
    rc = civic_flow_turn(w->flow, &t, &asked);

    if ((rc == CIVIC_OK) != (first->row >= 0) || t.row != first->row
        || t.neffects != first->neffects
        || memcmp(before, first->conv, sizeof(civic_conv_t)) != 0)
    {
        w->broken = "a turn run again does something else";
    }
}


static void
chat_prove(chat_world_t *w, const civic_turn_t *t, int rc)
{
    civic_conv_t  copy;

    if (civic_conv_load(&copy, t->conv, sizeof(civic_conv_t)) != CIVIC_OK) {
        w->broken = "the record is no snapshot";
    }

    if (rc == CIVIC_ERROR) {
        w->broken = "a turn failed";
    }

    if (rc == CIVIC_OK && t->event->wamid.len
        && (t->neffects == 0 || t->effects[0].kind != CIVIC_FX_READ))
    {
        w->broken = "an answered message is not marked as read";
    }
}


static int
chat_turn(chat_world_t *w, void *play, chat_person_t *person,
    const civic_event_t *ev)
{
    int           rc, asked;
    char          ticket[CIVIC_TICKET_MAX];
    civic_conv_t  before;
    civic_turn_t  t;

    memset(&t, 0, sizeof(civic_turn_t));
    before = person->conv;
    (void) civic_ticket_make(w->serial, chat_key, ticket);

    t.city = w->city;
    t.arena = &w->pool.arena;
    t.event = ev;
    t.now = w->now / 1000;
    t.name = civic_str(person->name);
    t.spare_ticket = civic_str(ticket);
    t.wait_311 = CHAT_WAIT;
    t.settle = CHAT_SETTLE;
    t.hears = w->hears;
    t.wait_voice = w->hears ? CHAT_VOICE : 0;
    t.offered = w->offered;
    t.conv = &person->conv;

    rc = civic_flow_turn(w->flow, &t, &asked);
    w->turns++;

    if (ev->kind < CIVIC_EV_OURS) {
        w->said++;
        w->open = 1;
    }

    chat_prove(w, &t, rc);
    chat_again(w, &t, &before);

    if (rc != CIVIC_OK || w->broken != NULL) {
        return w->broken == NULL;
    }

    w->fired[t.row]++;
    w->serial += t.used_ticket;

    if (asked >= 0) {
        w->asked[asked]++;
    }

    return chat_perform(w, play, person, &t);
}


/* Delivers what was answered, and what that leads to, until all is quiet. */

static int
chat_settle(chat_world_t *w, void *play)
{
    chat_event_t  e;

    while (w->nanswers && !w->held) {
        e = w->answers[0];
        w->nanswers--;
        memmove(w->answers, w->answers + 1,
                w->nanswers * sizeof(chat_event_t));

        if (!chat_turn(w, play, e.person, &e.event)) {
            return 0;
        }
    }

    return 1;
}


static int
chat_advance(chat_world_t *w, void *play, int64_t to)
{
    size_t         i;
    chat_event_t  *first, e;

    for ( ;; ) {
        first = NULL;

        for (i = 0; i < CHAT_EVENTS_MAX && i < w->nwaits; i++) {
            if (w->waits[i].due && w->waits[i].due <= to
                && (first == NULL || w->waits[i].due < first->due))
            {
                first = &w->waits[i];
            }
        }

        if (first == NULL) {
            w->now = to;
            return 1;
        }

        e = *first;
        first->due = 0;
        w->now = e.due;

        if (!chat_turn(w, play, e.person, &e.event) || !chat_settle(w, play))
        {
            return 0;
        }
    }
}


#endif /* _CIVIC_CHAT_WORLD_H_INCLUDED_ */
