
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What an answer of the Cloud API means for the message it answers.  One
 * table says it for every code Meta publishes.
 *
 * The Graph API has no idempotency key, so "may it be sent again?" turns on
 * who answered.  An error object of Graph is a refusal: nothing was sent, and
 * its code says what to do.  A 5xx without one comes from something between
 * us and Graph that may have passed the request on before it failed (502,
 * 503 and 504 of a proxy, a page of HTML): the message may be on a telephone
 * already, so it is DOUBT, settled by biz_opaque_callback_data in a status
 * webhook.  A 408, 425 or 429 without one says itself that the request was
 * not worked on: BUSY.  Any other answer that is not Graph's means that we
 * are not talking to Graph, which no repetition mends: ALERT.
 */


#include "core/wire/civic_json.h"
#include "core/wire/civic_wa_out.h"


#define CIVIC_WA_ANSWER_MAX    65536    /* bytes; real ones are below 2000 */
#define CIVIC_WA_ANSWER_DEPTH  16


static int civic_wa_accepted(civic_json_t *j, civic_wa_answer_t *answer);
static civic_wa_answer_e civic_wa_refused(unsigned status, const cJSON *error,
    civic_wa_answer_t *answer);
static int civic_wa_look_up(civic_wa_answer_t *answer);
static civic_wa_answer_e civic_wa_foreign(unsigned status);


/*
 * "base" is the first wait in seconds, doubling from there; "tries" is how
 * often the message is tried again before it is given up.  0: CIVIC_WA_BASE
 * and CIVIC_WA_TRIES.
 */

typedef struct {
    int                first;
    int                last;
    civic_wa_answer_e  kind;
    unsigned           base;
    unsigned           tries;
} civic_wa_code_t;


#define CIVIC_WA_BASE   2
#define CIVIC_WA_TRIES  20
#define FEW             5


/*
 * "L" of the contract (later, after something changed): WINDOW for a closed
 * window, NEVER where the cause is what the message is (131049), otherwise
 * RETRY, whose backoff is the wait.  "N, A" is NEVER: one bad template must
 * not hold up every other message.  BUSY is where every other message would
 * be told the same.
 */

static const civic_wa_code_t  civic_wa_codes[] = {
    {      0,      0, CIVIC_WA_ALERT,    0, 0 },/* token */
    {      1,      1, CIVIC_WA_RETRY,    0, FEW },/* unknown */
    {      2,      2, CIVIC_WA_BUSY,     0, 0 },/* down */
    {      3,      3, CIVIC_WA_ALERT,    0, 0 },/* capability */
    {      4,      4, CIVIC_WA_BUSY,    60, 0 },/* app rate */
    {     10,     10, CIVIC_WA_ALERT,    0, 0 },/* permission */
    {     33,     33, CIVIC_WA_ALERT,    0, 0 },/* phone number id */
    {    100,    100, CIVIC_WA_NEVER,    0, 0 },/* parameter */
    {    190,    190, CIVIC_WA_ALERT,    0, 0 },/* token expired */
    {    200,    299, CIVIC_WA_ALERT,    0, 0 },/* permissions */
    {    368,    368, CIVIC_WA_ALERT,    0, 0 },/* policy */
    {  80007,  80007, CIVIC_WA_BUSY,    60, 0 },/* account rate */
    { 130403, 130403, CIVIC_WA_NEVER,    0, 0 },/* we blocked him */
    { 130429, 130429, CIVIC_WA_BUSY,     0, 0 },/* throughput */
    { 130472, 130472, CIVIC_WA_NEVER,    0, 0 },/* experiment */
    { 130497, 130497, CIVIC_WA_NEVER,    0, 0 },/* country */
    { 131000, 131000, CIVIC_WA_RETRY,    0, FEW },/* unknown */
    { 131005, 131005, CIVIC_WA_ALERT,    0, 0 },/* access */
    { 131008, 131009, CIVIC_WA_NEVER,    0, 0 },/* parameters */
    { 131016, 131016, CIVIC_WA_BUSY,     0, 0 },/* unavailable */
    { 131021, 131021, CIVIC_WA_NEVER,    0, 0 },/* to ourselves */
    { 131026, 131026, CIVIC_WA_NEVER,    0, 0 },/* undeliverable */
    { 131030, 131030, CIVIC_WA_NEVER,    0, 0 },/* allow-list */
    { 131031, 131031, CIVIC_WA_ALERT,    0, 0 },/* locked */
    { 131037, 131037, CIVIC_WA_ALERT,    0, 0 },/* display name */
    { 131042, 131042, CIVIC_WA_ALERT,    0, 0 },/* payment */
    { 131045, 131045, CIVIC_WA_ALERT,    0, 0 },/* registration */
    { 131047, 131047, CIVIC_WA_WINDOW,   0, 0 },/* window closed */
    { 131048, 131048, CIVIC_WA_ALERT,    0, 0 },/* spam */
    { 131049, 131052, CIVIC_WA_NEVER,    0, 0 },/* withheld, stopped, type */
    { 131053, 131053, CIVIC_WA_RETRY,    0, 2 },/* media by link */
    { 131055, 131055, CIVIC_WA_NEVER,    0, 0 },/* method */
    { 131056, 131056, CIVIC_WA_PAIR,     0, 0 },/* pair rate */
    { 131057, 131057, CIVIC_WA_BUSY,    60, 0 },/* maintenance */
    { 131060, 131062, CIVIC_WA_NEVER,    0, 0 },/* template, user id */
    { 131063, 131064, CIVIC_WA_ALERT,    0, 0 },/* templates disabled */
    { 132000, 132001, CIVIC_WA_NEVER,    0, 0 },/* parameters, missing */
    { 132005, 132012, CIVIC_WA_NEVER,    0, 0 },/* length, policy, format */
    { 132015, 132015, CIVIC_WA_RETRY,  600, 0 },/* paused */
    { 132016, 132018, CIVIC_WA_NEVER,    0, 0 },/* disabled, parameter */
    { 132068, 132069, CIVIC_WA_RETRY,  600, 0 },/* Flow blocked, slowed */
    { 133004, 133004, CIVIC_WA_BUSY,     0, 0 },/* server unavailable */
    { 133016, 133016, CIVIC_WA_RETRY,  600, 0 },/* register attempts */
    { 133000, 133015, CIVIC_WA_ALERT,    0, 0 },/* registration, PIN */
    { 134011, 134011, CIVIC_WA_ALERT,    0, 0 },/* payment terms */
    { 135000, 135000, CIVIC_WA_NEVER,    0, 0 },/* parameter */
    { 137000, 137000, CIVIC_WA_NEVER,    0, 0 },/* identity hash */
    {     -1,     -1, CIVIC_WA_NEVER,    0, 0 }
};


int
civic_wa_answer(unsigned status, unsigned sent, civic_str_t body,
    const civic_arena_t *a, civic_wa_answer_t *answer)
{
    int            rc;
    const cJSON   *error;
    civic_json_t   j;

    memset(answer, 0, sizeof(civic_wa_answer_t));

    answer->base = CIVIC_WA_BASE;
    answer->tries = CIVIC_WA_TRIES;

    if (status == 0) {
        answer->kind = sent ? CIVIC_WA_DOUBT : CIVIC_WA_BUSY;
        return CIVIC_OK;
    }

    answer->kind = civic_wa_foreign(status);

    if (body.len > CIVIC_WA_ANSWER_MAX) {
        return CIVIC_OK;
    }

    rc = civic_json_parse(&j, body, CIVIC_WA_ANSWER_DEPTH, a);

    if (rc == CIVIC_OK) {
        error = civic_json_object(j.root, "error");

        if (error != NULL) {
            answer->kind = civic_wa_refused(status, error, answer);

        } else if (status >= 200 && status < 300
                   && civic_wa_accepted(&j, answer))
        {
            answer->kind = CIVIC_WA_OK;
        }

        if (j.exhausted) {
            rc = CIVIC_ERROR;
        }
    }

    civic_json_free(&j);

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


/* {"messages":[{"id":...}]}; mark-as-read has {"success":true}. */

static int
civic_wa_accepted(civic_json_t *j, civic_wa_answer_t *answer)
{
    const cJSON  *message;

    message = cJSON_GetArrayItem(civic_json_array(j->root, "messages"), 0);

    answer->wamid = civic_json_id(j, message, "id", CIVIC_WAMID_MAX);

    return answer->wamid.len || civic_json_true(j->root, "success");
}


static civic_wa_answer_e
civic_wa_refused(unsigned status, const cJSON *error,
    civic_wa_answer_t *answer)
{
    answer->code = (int) civic_json_int(error, "code", INT32_MAX);

    if ((answer->code || civic_str_is(civic_json_view(error, "code"), "0"))
        && civic_wa_look_up(answer) == CIVIC_OK)
    {
        return answer->kind;
    }

    /* a code not published yet: its HTTP status is all there is */

    if (status >= 500 || status == 429
        || civic_json_true(error, "is_transient"))
    {
        return CIVIC_WA_RETRY;
    }

    if (status == 401 || status == 403) {
        return CIVIC_WA_ALERT;
    }

    return CIVIC_WA_NEVER;
}


static int
civic_wa_look_up(civic_wa_answer_t *answer)
{
    const civic_wa_code_t  *c;

    for (c = civic_wa_codes; c->first >= 0; c++) {

        if (answer->code >= c->first && answer->code <= c->last) {
            answer->kind = c->kind;
            answer->base = c->base ? c->base : answer->base;
            answer->tries = c->tries ? c->tries : answer->tries;

            return CIVIC_OK;
        }
    }

    return CIVIC_DECLINED;
}


/* A code that is not published, or none: what it was will not go. */

void
civic_wa_failed(int code, civic_wa_answer_t *answer)
{
    memset(answer, 0, sizeof(civic_wa_answer_t));

    answer->kind = CIVIC_WA_NEVER;
    answer->code = code;
    answer->base = CIVIC_WA_BASE;
    answer->tries = CIVIC_WA_TRIES;

    if (code) {
        (void) civic_wa_look_up(answer);
    }
}


static civic_wa_answer_e
civic_wa_foreign(unsigned status)
{
    if (status >= 500 || status < 300) {
        return CIVIC_WA_DOUBT;
    }

    if (status == 408 || status == 425 || status == 429) {
        return CIVIC_WA_BUSY;
    }

    return CIVIC_WA_ALERT;
}
