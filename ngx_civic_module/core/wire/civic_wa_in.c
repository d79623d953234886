
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The envelope of a webhook: entries, changes, values, and in them messages
 * and statuses, in the order they stand.  What is not known is counted and
 * skipped; only a body that is no JSON object, or no webhook by its size, is
 * refused as a whole.
 */


#include "core/wire/civic_wa_in.h"
#include "core/wire/civic_wa_kinds.h"
#include "core/wire/civic_wa_who.h"


#define CIVIC_WA_CALLBACK_MAX  512      /* characters (contract) */
#define CIVIC_WA_GROUP_MAX     255
#define CIVIC_WA_NUMBER_MAX    64
#define CIVIC_WA_TIME_MAX      4102444800       /* the year 2100: beyond it
                                                   stand milliseconds */


typedef struct {
    civic_json_t          json;
    civic_wa_batch_t     *batch;
    civic_wa_message_t  **message;      /* where the next one is linked */
    civic_wa_status_t   **status;
    civic_str_t           number_id;    /* of the value at hand */
} civic_wa_in_t;


static void civic_wa_entries(civic_wa_in_t *in);
static void civic_wa_change(civic_wa_in_t *in, const cJSON *change);
static void civic_wa_value(civic_wa_in_t *in, const cJSON *value);
static void civic_wa_read_message(civic_wa_in_t *in, const cJSON *item,
    civic_wa_cards_t *cards);
static int civic_wa_is_forwarded(const cJSON *message);
static void civic_wa_read_status(civic_wa_in_t *in, const cJSON *item);


static const struct {
    const char         *name;
    civic_wa_status_e   status;
} civic_wa_statuses[] = {
    { "sent",      CIVIC_WA_SENT },
    { "delivered", CIVIC_WA_DELIVERED },
    { "read",      CIVIC_WA_READ },
    { "played",    CIVIC_WA_PLAYED },
    { "failed",    CIVIC_WA_FAILED },
    { NULL,        CIVIC_WA_FAILED }
};


/*
 * Fields about the account and its templates: an operator's business.  The
 * fields that repeat messages for somebody else (standby, history, echoes of
 * what staff wrote) are not among them and count as unknown.
 */

static const char  *civic_wa_account_fields[] = {
    "account_update", "account_review_update", "account_alerts",
    "business_capability_update", "message_template_status_update",
    "message_template_quality_update", "message_template_components_update",
    "template_category_update", "phone_number_quality_update",
    "phone_number_name_update", "security", "business_username_updates",
    "flows", "user_preferences", NULL
};


int
civic_wa_parse(civic_str_t body, const civic_arena_t *a,
    civic_wa_batch_t *batch)
{
    int            rc;
    civic_wa_in_t  in;

    memset(batch, 0, sizeof(civic_wa_batch_t));
    memset(&in, 0, sizeof(civic_wa_in_t));

    in.batch = batch;
    in.message = &batch->messages;
    in.status = &batch->statuses;

    rc = civic_json_parse(&in.json, body, CIVIC_WA_DEPTH_MAX, a);

    if (rc == CIVIC_OK && !cJSON_IsObject(in.json.root)) {
        rc = CIVIC_DECLINED;
    }

    if (rc == CIVIC_OK) {
        civic_wa_entries(&in);

        if (batch->nmessages + batch->nstatuses > CIVIC_WA_UPDATES_MAX) {
            rc = CIVIC_DECLINED;
        }

        if (in.json.exhausted) {
            rc = CIVIC_ERROR;
        }
    }

    civic_json_free(&in.json);

    if (rc != CIVIC_OK) {
        memset(batch, 0, sizeof(civic_wa_batch_t));
    }

    return rc;
}


static void
civic_wa_entries(civic_wa_in_t *in)
{
    civic_str_t   object;
    const cJSON  *entry, *change;

    object = civic_json_view(in->json.root, "object");

    if (!civic_str_is(object, "whatsapp_business_account")) {
        in->batch->nunknown++;
        return;
    }

    cJSON_ArrayForEach(entry, civic_json_array(in->json.root, "entry")) {
        cJSON_ArrayForEach(change, civic_json_array(entry, "changes")) {
            civic_wa_change(in, change);
        }
    }
}


static void
civic_wa_change(civic_wa_in_t *in, const cJSON *change)
{
    const char   **name;
    civic_str_t    field;
    const cJSON   *value;

    field = civic_json_view(change, "field");
    value = civic_json_object(change, "value");

    if (value != NULL && civic_str_is(field, "messages")) {
        civic_wa_value(in, value);
        return;
    }

    for (name = civic_wa_account_fields; *name != NULL; name++) {
        if (civic_str_is(field, *name)) {
            in->batch->naccount++;
            return;
        }
    }

    in->batch->nunknown++;
}


static void
civic_wa_value(civic_wa_in_t *in, const cJSON *value)
{
    const cJSON       *messages, *statuses, *errors, *item;
    civic_wa_cards_t   cards;

    messages = civic_json_array(value, "messages");
    statuses = civic_json_array(value, "statuses");
    errors = civic_json_array(value, "errors");

    if (messages == NULL && statuses == NULL && errors == NULL) {
        in->batch->nunknown++;
        return;
    }

    in->batch->nerrors += (unsigned) cJSON_GetArraySize(errors);

    in->number_id = civic_json_id(&in->json,
                                  civic_json_object(value, "metadata"),
                                  "phone_number_id", CIVIC_WA_NUMBER_MAX);

    if (messages != NULL) {
        civic_wa_cards_read(&in->json, &cards, value);

        cJSON_ArrayForEach(item, messages) {
            civic_wa_read_message(in, item, &cards);
        }
    }

    cJSON_ArrayForEach(item, statuses) {
        civic_wa_read_status(in, item);
    }
}


/*
 * Without an id a message cannot be told from its repetition, without a
 * sender it cannot be answered: both are counted and skipped.
 */

static void
civic_wa_read_message(civic_wa_in_t *in, const cJSON *item,
    civic_wa_cards_t *cards)
{
    int                  rc;
    civic_str_t          wamid;
    civic_json_t        *j;
    civic_wa_message_t  *m;

    j = &in->json;

    wamid = civic_json_id(j, item, "id", CIVIC_WAMID_MAX);

    if (wamid.len == 0 || in->batch->nmessages > CIVIC_WA_UPDATES_MAX) {
        in->batch->nunknown++;
        return;
    }

    m = civic_arena_alloc(j->arena, sizeof(civic_wa_message_t));
    if (m == NULL) {
        j->exhausted = 1;
        return;
    }

    m->number_id = in->number_id;
    m->group_id = civic_json_id(j, item, "group_id", CIVIC_WA_GROUP_MAX);
    m->event.wamid = wamid;
    m->event.sent = civic_json_int(item, "timestamp", CIVIC_WA_TIME_MAX);
    m->event.forwarded = civic_wa_is_forwarded(item);
    m->event.quotes = civic_json_id(j, civic_json_object(item, "context"),
                                    "id", CIVIC_WAMID_MAX);

    civic_wa_who_read(j, &m->who, item, "from", "from_user_id",
                      "from_parent_user_id");

    rc = civic_wa_kind(j, item, m);

    if (rc == CIVIC_DONE) {
        in->batch->naccount++;
        return;
    }

    if (rc == CIVIC_DECLINED) {
        in->batch->nunknown++;
    }

    civic_wa_cards_join(cards, m);

    if (m->who.phone.len == 0 && m->who.user_id.len == 0) {
        in->batch->nunknown++;
        return;
    }

    *in->message = m;
    in->message = &m->next;
    in->batch->nmessages++;
}


static int
civic_wa_is_forwarded(const cJSON *message)
{
    const cJSON  *context;

    context = civic_json_object(message, "context");

    return civic_json_true(context, "forwarded")
           || civic_json_true(context, "frequently_forwarded");
}


static void
civic_wa_read_status(civic_wa_in_t *in, const cJSON *item)
{
    size_t              i;
    civic_str_t         name, wamid;
    const cJSON        *error;
    civic_json_t       *j;
    civic_wa_status_t  *s;

    j = &in->json;

    name = civic_json_view(item, "status");

    for (i = 0; civic_wa_statuses[i].name != NULL; i++) {
        if (civic_str_is(name, civic_wa_statuses[i].name)) {
            break;
        }
    }

    wamid = civic_json_id(j, item, "id", CIVIC_WAMID_MAX);

    if (civic_wa_statuses[i].name == NULL || wamid.len == 0
        || in->batch->nstatuses > CIVIC_WA_UPDATES_MAX)
    {
        in->batch->nunknown++;
        return;
    }

    s = civic_arena_alloc(j->arena, sizeof(civic_wa_status_t));
    if (s == NULL) {
        j->exhausted = 1;
        return;
    }

    error = cJSON_GetArrayItem(civic_json_array(item, "errors"), 0);

    s->number_id = in->number_id;
    s->wamid = wamid;
    s->status = civic_wa_statuses[i].status;
    s->at = civic_json_int(item, "timestamp", CIVIC_WA_TIME_MAX);
    s->error = (int) civic_json_int(error, "code", INT32_MAX);
    s->callback = civic_json_id(j, item, "biz_opaque_callback_data",
                                CIVIC_WA_CALLBACK_MAX);

    *in->status = s;
    in->status = &s->next;
    in->batch->nstatuses++;
}
