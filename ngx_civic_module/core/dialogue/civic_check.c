
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Proves a flow against a city before the first citizen writes: every row
 * can fire, every state can be reached and left, no message ends in
 * silence, every wait has its lateness.  What is said is civic_check_says.c's.
 * It changes nothing and repairs nothing.
 */


#include "core/dialogue/civic_check.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_render.h"


#define CIVIC_BIT(n)        (1ull << (n))
#define CIVIC_TALK_STATES   (CIVIC_BIT(CIVIC_ST_TALKS) - 1)
#define CIVIC_WAIT_STATES                                                     \
    ((CIVIC_BIT(CIVIC_ST_MAX) - 1) & ~CIVIC_TALK_STATES)
#define CIVIC_MESSAGES      (CIVIC_BIT(CIVIC_EV_OURS) - 1)

/* messages that need no answer; MOVED is the glue's */

#define CIVIC_SILENT                                                          \
    (CIVIC_BIT(CIVIC_EV_NONE) | CIVIC_BIT(CIVIC_EV_REACTION)                  \
     | CIVIC_BIT(CIVIC_EV_REVOKE) | CIVIC_BIT(CIVIC_EV_MOVED))


static void civic_check_rows(civic_check_t *c);
static void civic_check_row(civic_check_t *c, size_t n);
static int civic_check_hides(const civic_row_t *a, const civic_row_t *b);
static uint32_t civic_check_in(const civic_row_t *row);
static void civic_check_states(civic_check_t *c);
static void civic_check_answers(civic_check_t *c, unsigned state);
static int civic_check_has_row(const civic_flow_t *flow, unsigned state,
    unsigned event, int any_guard);
static void civic_check_needs(civic_check_t *c);


int
civic_dialogue_check(const civic_city_t *city, const civic_arena_t *a,
    civic_fault_pt fault, void *data)
{
    civic_faults_t  faults = { fault, data, 0 };

    return civic_flow_check(&civic_flow_citizen, city, a, &faults);
}


int
civic_flow_check(const civic_flow_t *flow, const civic_city_t *city,
    const civic_arena_t *a, civic_faults_t *f)
{
    unsigned       before;
    civic_check_t  c = { flow, city, a, f, 0 };

    before = f->count;

    civic_check_rows(&c);
    civic_check_states(&c);
    civic_check_needs(&c);
    civic_check_said(&c);

    return f->count == before ? CIVIC_OK : CIVIC_ERROR;
}


static void
civic_check_rows(civic_check_t *c)
{
    size_t  i, j;

    for (i = 0; i < c->flow->nrows; i++) {
        civic_check_row(c, i);

        for (j = i + 1; j < c->flow->nrows; j++) {
            if (civic_check_hides(&c->flow->rows[i], &c->flow->rows[j])) {
                civic_check_fault(c, "row can never fire, one above it takes "
                                  "all", c->flow->rows[j].say, j);
            }
        }
    }
}


static void
civic_check_row(civic_check_t *c, size_t n)
{
    uint32_t            then;
    const civic_row_t  *row = &c->flow->rows[n];

    if ((row->on & CIVIC_MESSAGES) && (row->on & ~CIVIC_MESSAGES)) {
        civic_check_fault(c, "row mixes messages and outcomes", row->say, n);
    }

    if (civic_check_in(row) == 0) {
        civic_check_fault(c, "row is in no state", row->say, n);
    }

    then = row->then < CIVIC_ST_MAX ? CIVIC_BIT(row->then) : 0;

    if (row->on & CIVIC_MESSAGES ? then & CIVIC_WAIT_STATES
                                 : then & CIVIC_TALK_STATES
                                   || row->then == CIVIC_ST_REST)
    {
        civic_check_fault(c, "row goes on in a state of the other kind",
                          row->say, n);
    }

    if (row->say != NULL && row->then == CIVIC_ST_NEXT) {
        civic_check_fault(c, "row would say two things", row->say, n);
    }

    if (row->say != NULL && civic_flow_say(c->flow, row->say) == NULL) {
        civic_check_fault(c, "row says what has no shape", row->say, n);
    }
}


/* A row that is fired in every case in which a later one could be. */

static int
civic_check_hides(const civic_row_t *a, const civic_row_t *b)
{
    size_t  i, j;

    if ((civic_check_in(b) & ~civic_check_in(a)) || (b->on & ~a->on)) {
        return 0;
    }

    if (a->detail != NULL
        && (b->detail == NULL || !civic_cue_is(a->detail,
                                               civic_str(b->detail))))
    {
        return 0;
    }

    for (i = 0; i < CIVIC_GUARDS_MAX && a->only_if[i] != NULL; i++) {

        for (j = 0; j < CIVIC_GUARDS_MAX; j++) {
            if (a->only_if[i] == b->only_if[j]) {
                break;
            }
        }

        if (j == CIVIC_GUARDS_MAX) {
            return 0;
        }
    }

    return 1;
}


static uint32_t
civic_check_in(const civic_row_t *row)
{
    return row->in & (row->on & CIVIC_MESSAGES ? CIVIC_TALK_STATES
                                               : CIVIC_WAIT_STATES);
}


static void
civic_check_states(civic_check_t *c)
{
    size_t    i;
    uint32_t  reached, left;

    /* waits are begun by actions; the first talk state by being born */

    reached = CIVIC_BIT(CIVIC_ST_IDLE) | CIVIC_WAIT_STATES;
    left = 0;

    for (i = 0; i < c->flow->nneeds; i++) {
        reached |= CIVIC_BIT(c->flow->needs[i].then);
    }

    for (i = 0; i < c->flow->nrows; i++) {
        if (c->flow->rows[i].then < CIVIC_ST_MAX) {
            reached |= CIVIC_BIT(c->flow->rows[i].then);
            left |= civic_check_in(&c->flow->rows[i])
                    & ~CIVIC_BIT(c->flow->rows[i].then);

        } else if (c->flow->rows[i].act[0] != NULL) {
            left |= civic_check_in(&c->flow->rows[i]);
        }
    }

    for (i = 0; i < CIVIC_ST_MAX; i++) {
        if (!(reached & CIVIC_BIT(i))) {
            civic_check_fault(c, "state is never reached",
                              civic_state_name(i), i);
        }

        if (!(left & CIVIC_BIT(i))) {
            civic_check_fault(c, "state is never left", civic_state_name(i),
                              i);
        }

        civic_check_answers(c, i);
    }
}


/* Promise: no citizen message ends in silence, no wait without an end. */

static void
civic_check_answers(civic_check_t *c, unsigned state)
{
    unsigned  event;

    if (state < CIVIC_ST_TALKS) {
        for (event = 0; event < CIVIC_EV_OURS; event++) {
            if (!(CIVIC_SILENT & CIVIC_BIT(event))
                && !civic_check_has_row(c->flow, state, event, 0))
            {
                civic_check_fault(c, "state has no answer to every",
                                  civic_event_name(event), state);
            }
        }

        return;
    }

    if (!civic_check_has_row(c->flow, state, CIVIC_EV_FOUND, 0)) {
        civic_check_fault(c, "state has no answer to every", "found", state);
    }

    if ((state == CIVIC_ST_REGISTERING || state == CIVIC_ST_ASKING
         || state == CIVIC_ST_UPDATING)
        && !civic_check_has_row(c->flow, state, CIVIC_EV_DUE, 1))
    {
        civic_check_fault(c, "state waits for ever", civic_state_name(state),
                          state);
    }
}


static int
civic_check_has_row(const civic_flow_t *flow, unsigned state,
    unsigned event, int any_guard)
{
    size_t              i;
    const civic_row_t  *row;

    for (i = 0; i < flow->nrows; i++) {
        row = &flow->rows[i];

        if ((civic_check_in(row) & CIVIC_BIT(state))
            && (row->on & CIVIC_BIT(event))
            && (any_guard || (row->detail == NULL
                              && row->only_if[0] == NULL)))
        {
            return 1;
        }
    }

    return 0;
}


/* The last question for each need must hold in every case. */

static void
civic_check_needs(civic_check_t *c)
{
    size_t               i;
    const civic_need_t  *need;

    for (i = 0; i < c->flow->nneeds; i++) {
        need = &c->flow->needs[i];

        if (civic_flow_say(c->flow, need->say) == NULL) {
            civic_check_fault(c, "need asks what has no shape", need->say, i);
        }

        if (need->then >= CIVIC_ST_TALKS) {
            civic_check_fault(c, "need goes on in no state of talk",
                              need->say, i);
        }

        if (need->only_if != NULL
            && (i + 1 == c->flow->nneeds || need[1].has != need->has))
        {
            civic_check_fault(c, "need may stay unasked", need->say, i);
        }
    }
}


void
civic_check_fault(civic_check_t *c, const char *what, const char *name,
    unsigned n)
{
    civic_fault(c->faults, civic_str("civic_flow"), 0, "%s: %s (%u)", what,
                name != NULL ? name : "silent", n);
}
