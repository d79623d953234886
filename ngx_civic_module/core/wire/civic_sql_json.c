
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The JSON parameters and columns of the statements.  Both ends are ours,
 * so a shape that is not expected means the schema is another one and is an
 * error, not something to guess about.
 */


#include <stdio.h>

#include <cjson/cJSON.h>

#include "core/wire/civic_sql.h"
#include "core/wire/civic_wa_out.h"


static int civic_sql_who(cJSON *root, const civic_sql_ops_t *ops);
static int civic_sql_change(cJSON *root, const civic_sql_case_t *c);
static int civic_sql_effects(cJSON *root, civic_sql_ops_t *ops,
    const civic_arena_t *a);
static int civic_sql_draft(cJSON *root, const char *name, civic_str_t text);
static int civic_sql_file(cJSON *root, const civic_effect_t *fx,
    civic_lang_e lang);
static int civic_sql_out(civic_sql_ops_t *ops, const civic_effect_t *fx,
    const civic_turn_t *t, const civic_arena_t *a);
static int civic_sql_rows(cJSON *root, const civic_sql_ops_t *ops);
static int civic_sql_add(cJSON *o, const char *name, civic_str_t value);
static civic_str_t civic_sql_print(cJSON *root, const civic_arena_t *a);
static civic_str_t civic_sql_member(const cJSON *o, const char *name,
    const civic_arena_t *a);
static int64_t civic_sql_number(const cJSON *o, const char *name);
static void civic_sql_case(const cJSON *o, const civic_arena_t *a,
    civic_case_t *c);


int
civic_sql_ops(civic_sql_ops_t *ops, const civic_arena_t *a, civic_str_t *json)
{
    int     rc;
    cJSON  *root;

    root = cJSON_CreateObject();
    if (root == NULL) {
        return CIVIC_ERROR;
    }

    rc = CIVIC_ERROR;

    if (civic_sql_who(root, ops) != CIVIC_OK
        || civic_sql_change(root, ops->change) != CIVIC_OK
        || civic_sql_effects(root, ops, a) != CIVIC_OK
        || civic_sql_rows(root, ops) != CIVIC_OK)
    {
        goto done;
    }

    if (root->child == NULL) {
        rc = CIVIC_DECLINED;
        goto done;
    }

    *json = civic_sql_print(root, a);
    rc = json->data ? CIVIC_OK : CIVIC_ERROR;

done:

    cJSON_Delete(root);
    return rc;
}


static int
civic_sql_who(cJSON *root, const civic_sql_ops_t *ops)
{
    cJSON  *who, *moved;

    if (ops->name.len == 0 && ops->parent.len == 0 && ops->moved == NULL) {
        return CIVIC_OK;
    }

    who = cJSON_AddObjectToObject(root, "who");

    if (who == NULL
        || civic_sql_add(who, "name", ops->name) != CIVIC_OK
        || civic_sql_add(who, "parent", ops->parent) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    if (ops->moved == NULL) {
        return CIVIC_OK;
    }

    moved = cJSON_AddObjectToObject(who, "moved");

    if (moved == NULL
        || civic_sql_add(moved, "user_id", ops->moved->user_id) != CIVIC_OK
        || civic_sql_add(moved, "phone", ops->moved->phone) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    return CIVIC_OK;
}


static int
civic_sql_change(cJSON *root, const civic_sql_case_t *c)
{
    cJSON  *o;

    if (c == NULL) {
        return CIVIC_OK;
    }

    o = cJSON_AddObjectToObject(root, "case");

    if (o == NULL
        || cJSON_AddNumberToObject(o, "complaint_id",
                                   (double) c->complaint_id) == NULL
        || (c->state && cJSON_AddStringToObject(o, "state", c->state) == NULL)
        || (c->expected && cJSON_AddNumberToObject(o, "expected",
                                           (double) c->expected) == NULL)
        || civic_sql_add(o, "request_id", c->request_id) != CIVIC_OK
        || civic_sql_add(o, "token", c->token) != CIVIC_OK
        || civic_sql_add(o, "notice", c->notice) != CIVIC_OK
        || civic_sql_add(o, "notes", c->notes) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    return CIVIC_OK;
}


static int
civic_sql_effects(cJSON *root, civic_sql_ops_t *ops, const civic_arena_t *a)
{
    int                    rc;
    size_t                 i, n;
    civic_out_t            tail[CIVIC_EFFECTS_MAX + 1];
    const civic_turn_t    *t;
    const civic_effect_t  *fx;

    t = ops->turn;

    if (t == NULL) {
        return CIVIC_OK;
    }

    n = ops->nout;
    memcpy(tail, ops->out, n * sizeof(civic_out_t));
    ops->nout = 0;

    for (i = 0; i < t->neffects; i++) {
        fx = &t->effects[i];

        switch (fx->kind) {

        case CIVIC_FX_DRAFT_WORDS:
            rc = civic_sql_draft(root, "words", fx->text);
            break;

        case CIVIC_FX_DRAFT_ADDRESS:
            rc = civic_sql_draft(root, "address", fx->text);
            break;

        case CIVIC_FX_DRAFT_PHOTO:
            rc = civic_sql_draft(root, "photo", fx->text);
            break;

        case CIVIC_FX_DRAFT_CLEAR:
            rc = civic_sql_draft(root, "clear", civic_str("1"));
            break;

        case CIVIC_FX_READ:
            rc = CIVIC_OK;
            break;

        default:
            rc = fx->kind == CIVIC_FX_FILE
                     ? civic_sql_file(root, fx, t->conv->lang) : CIVIC_OK;

            if (rc == CIVIC_OK) {
                rc = civic_sql_out(ops, fx, t, a);
            }
        }

        if (rc != CIVIC_OK) {
            return rc;
        }
    }

    if (ops->nout + n > CIVIC_EFFECTS_MAX + 1) {
        return CIVIC_ERROR;
    }

    memcpy(&ops->out[ops->nout], tail, n * sizeof(civic_out_t));
    ops->nout += n;

    return CIVIC_OK;
}


static int
civic_sql_draft(cJSON *root, const char *name, civic_str_t text)
{
    cJSON  *draft;

    draft = cJSON_GetObjectItemCaseSensitive(root, "draft");

    if (draft == NULL) {
        draft = cJSON_AddObjectToObject(root, "draft");
    }

    return draft ? civic_sql_add(draft, name, text) : CIVIC_ERROR;
}


static int
civic_sql_file(cJSON *root, const civic_effect_t *fx, civic_lang_e lang)
{
    cJSON                    *file;
    static const char *const  langs[] = { "en", "hi", "hi_latn" };

    file = cJSON_AddObjectToObject(root, "file");

    if (file == NULL
        || civic_sql_add(file, "ticket", fx->ticket) != CIVIC_OK
        || civic_sql_add(file, "service", fx->service->code) != CIVIC_OK
        || civic_sql_add(file, "department",
                         fx->service->department->code) != CIVIC_OK
        || cJSON_AddStringToObject(file, "lang", langs[lang]) == NULL
        || cJSON_AddNumberToObject(file, "ward", fx->ward) == NULL)
    {
        return CIVIC_ERROR;
    }

    if (fx->has_pin
        && (cJSON_AddNumberToObject(file, "lat", fx->lat) == NULL
            || cJSON_AddNumberToObject(file, "lng", fx->lng) == NULL))
    {
        return CIVIC_ERROR;
    }

    return CIVIC_OK;
}


static int
civic_sql_out(civic_sql_ops_t *ops, const civic_effect_t *fx,
    const civic_turn_t *t, const civic_arena_t *a)
{
    cJSON        *body;
    civic_out_t  *out;

    out = &ops->out[ops->nout++];
    memset(out, 0, sizeof(civic_out_t));

    out->ticket = fx->ticket;
    body = NULL;

    switch (fx->kind) {

    case CIVIC_FX_SEND:
        out->kind = CIVIC_OUT_SEND;
        out->ticket.len = 0;
        out->payload = civic_wa_message(fx->message, a);
        return out->payload.data ? CIVIC_OK : CIVIC_ERROR;

    case CIVIC_FX_FILE:
        out->kind = CIVIC_OUT_REGISTER;
        out->ticket.len = 0;
        return CIVIC_OK;

    case CIVIC_FX_FIND:
        out->kind = CIVIC_OUT_FIND;
        return CIVIC_OK;

    case CIVIC_FX_ASK_311:
        out->kind = CIVIC_OUT_ASK;
        break;

    case CIVIC_FX_UPDATE:
        out->kind = CIVIC_OUT_UPDATE;
        body = cJSON_CreateObject();

        if (body == NULL || civic_sql_add(body, "text", fx->text) != CIVIC_OK)
        {
            cJSON_Delete(body);
            return CIVIC_ERROR;
        }

        break;

    default: /* CIVIC_FX_WAIT */
        out->kind = CIVIC_OUT_WAIT;
        out->ticket.len = 0;
        out->delay = fx->delay;
        body = cJSON_CreateObject();

        if (body == NULL
            || cJSON_AddNumberToObject(body, "wait", fx->wait) == NULL)
        {
            cJSON_Delete(body);
            return CIVIC_ERROR;
        }
    }

    /* an effect without a number is about the conversation's complaint */

    if (out->kind != CIVIC_OUT_WAIT && out->ticket.len == 0) {
        out->ticket = civic_str(t->conv->ticket);
    }

    if (body) {
        out->payload = civic_sql_print(body, a);
        cJSON_Delete(body);
        return out->payload.data ? CIVIC_OK : CIVIC_ERROR;
    }

    return CIVIC_OK;
}


static int
civic_sql_rows(cJSON *root, const civic_sql_ops_t *ops)
{
    size_t              i;
    cJSON              *list, *o;
    const civic_out_t  *out;

    if (ops->nout == 0) {
        return CIVIC_OK;
    }

    list = cJSON_AddArrayToObject(root, "out");
    if (list == NULL) {
        return CIVIC_ERROR;
    }

    for (i = 0; i < ops->nout; i++) {
        out = &ops->out[i];

        o = cJSON_CreateObject();

        if (o == NULL || !cJSON_AddItemToArray(list, o)) {
            cJSON_Delete(o);
            return CIVIC_ERROR;
        }

        if (cJSON_AddStringToObject(o, "kind", civic_out_name(out->kind))
            == NULL
            || civic_sql_add(o, "ticket", out->ticket) != CIVIC_OK
            || (out->payload.len
                && cJSON_AddRawToObject(o, "body", out->payload.data) == NULL)
            || (out->delay
                && cJSON_AddNumberToObject(o, "delay", out->delay) == NULL))
        {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


int
civic_sql_outs(civic_str_t json, civic_sql_ops_t *ops, const civic_arena_t *a)
{
    int          rc;
    size_t       i;
    cJSON       *list, *o, *payload;

    list = cJSON_ParseWithLength(json.data, json.len);

    rc = CIVIC_ERROR;
    i = 0;

    cJSON_ArrayForEach(o, list) {
        if (i == ops->nout) {
            goto done;
        }

        ops->out[i].id = civic_sql_number(o, "id");
        ops->out[i].behind = cJSON_IsTrue(
                           cJSON_GetObjectItemCaseSensitive(o, "behind"));

        payload = cJSON_GetObjectItemCaseSensitive(o, "payload");

        if (cJSON_IsObject(payload)) {
            ops->out[i].payload = civic_sql_print(payload, a);

            if (ops->out[i].payload.data == NULL) {
                goto done;
            }
        }

        i++;
    }

    rc = i == ops->nout ? CIVIC_OK : CIVIC_ERROR;

done:

    cJSON_Delete(list);
    return rc;
}


civic_str_t
civic_sql_statuses(const civic_wa_status_t *list, const civic_arena_t *a)
{
    cJSON                    *root, *o;
    int64_t                   id;
    size_t                    i;
    civic_str_t               json = civic_null_str;
    const civic_wa_status_t  *s;

    root = cJSON_CreateArray();

    for (s = list; s && root; s = s->next) {

        /* our outbox id, unless somebody else's data came back */

        id = 0;

        for (i = 0; i < s->callback.len && s->callback.len < 19; i++) {
            if (s->callback.data[i] < '0' || s->callback.data[i] > '9') {
                id = 0;
                break;
            }

            id = id * 10 + (s->callback.data[i] - '0');
        }

        o = cJSON_CreateObject();

        if (o == NULL || !cJSON_AddItemToArray(root, o)) {
            cJSON_Delete(o);
            goto done;
        }

        if (cJSON_AddNumberToObject(o, "id", (double) id) == NULL
            || civic_sql_add(o, "wamid", s->wamid) != CIVIC_OK
            || cJSON_AddNumberToObject(o, "status", s->status) == NULL
            || cJSON_AddNumberToObject(o, "error", s->error) == NULL)
        {
            goto done;
        }
    }

    json = civic_sql_print(root, a);

done:

    cJSON_Delete(root);
    return json;
}


civic_str_t
civic_sql_settle(const civic_settle_t *list, size_t n, const civic_arena_t *a)
{
    cJSON        *root, *o;
    size_t        i;
    char          code[16];
    civic_str_t   json = civic_null_str;

    root = cJSON_CreateArray();

    for (i = 0; i < n && root; i++) {
        o = cJSON_CreateObject();

        if (o == NULL || !cJSON_AddItemToArray(root, o)) {
            cJSON_Delete(o);
            goto done;
        }

        code[0] = '\0';

        if (list[i].code) {
            (void) snprintf(code, sizeof(code), "%d", list[i].code);
        }

        if (cJSON_AddNumberToObject(o, "id", (double) list[i].id) == NULL
            || cJSON_AddStringToObject(o, "state", list[i].state) == NULL
            || cJSON_AddNumberToObject(o, "delay", list[i].delay) == NULL
            || civic_sql_add(o, "wamid", list[i].wamid) != CIVIC_OK
            || civic_sql_add(o, "error", civic_str(code)) != CIVIC_OK)
        {
            goto done;
        }
    }

    json = civic_sql_print(root, a);

done:

    cJSON_Delete(root);
    return json;
}


int
civic_sql_payload(civic_str_t json, const civic_arena_t *a, civic_payload_t *p)
{
    cJSON  *o;

    memset(p, 0, sizeof(civic_payload_t));

    o = cJSON_ParseWithLength(json.data, json.len);

    if (!cJSON_IsObject(o)) {
        cJSON_Delete(o);
        return CIVIC_DECLINED;
    }

    civic_sql_case(o, a, &p->known);

    p->words = civic_sql_member(o, "words", a);
    p->address = civic_sql_member(o, "address", a);
    p->name = civic_sql_member(o, "name", a);
    p->token = civic_sql_member(o, "token", a);
    p->text = civic_sql_member(o, "text", a);
    p->wait = (uint32_t) civic_sql_number(o, "wait");

    p->has_pin = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(o, "lat"));
    p->lat = (int32_t) civic_sql_number(o, "lat");
    p->lng = (int32_t) civic_sql_number(o, "lng");

    cJSON_Delete(o);
    return CIVIC_OK;
}


int
civic_sql_cases(civic_str_t json, const civic_arena_t *a, civic_case_t **cases,
    size_t *n)
{
    int     count;
    cJSON  *o, *list, *item;

    *n = 0;

    o = cJSON_ParseWithLength(json.data, json.len);
    list = cJSON_GetObjectItemCaseSensitive(o, "cases");

    if (!cJSON_IsArray(list)) {
        cJSON_Delete(o);
        return CIVIC_DECLINED;
    }

    count = cJSON_GetArraySize(list);

    *cases = civic_arena_alloc(a, (count + 1) * sizeof(civic_case_t));

    if (*cases == NULL) {
        cJSON_Delete(o);
        return CIVIC_ERROR;
    }

    cJSON_ArrayForEach(item, list) {
        civic_sql_case(item, a, &(*cases)[(*n)++]);
    }

    cJSON_Delete(o);
    return CIVIC_OK;
}


static void
civic_sql_case(const cJSON *o, const civic_arena_t *a, civic_case_t *c)
{
    memset(c, 0, sizeof(civic_case_t));

    c->complaint_id = civic_sql_number(o, "complaint_id");
    c->ticket = civic_sql_member(o, "ticket", a);
    c->service = civic_sql_member(o, "service", a);
    c->request_id = civic_sql_member(o, "request_id", a);
    c->state = civic_sql_member(o, "state", a);
    c->notes = civic_sql_member(o, "notes", a);
    c->place = civic_sql_member(o, "address", a);
    c->ward = (uint16_t) civic_sql_number(o, "ward");
    c->filed = civic_sql_number(o, "filed");
    c->changed = civic_sql_number(o, "changed");
    c->expected = civic_sql_number(o, "expected");
}


/* Adds a string; an empty one is left out. */

static int
civic_sql_add(cJSON *o, const char *name, civic_str_t value)
{
    int    rc;
    char  *s;

    if (value.len == 0) {
        return CIVIC_OK;
    }

    s = cJSON_malloc(value.len + 1);
    if (s == NULL) {
        return CIVIC_ERROR;
    }

    memcpy(s, value.data, value.len);
    s[value.len] = '\0';

    rc = cJSON_AddStringToObject(o, name, s) ? CIVIC_OK : CIVIC_ERROR;

    cJSON_free(s);
    return rc;
}


static civic_str_t
civic_sql_print(cJSON *root, const civic_arena_t *a)
{
    char         *s;
    civic_str_t   json = civic_null_str;

    s = cJSON_PrintUnformatted(root);

    if (s) {
        json = civic_arena_copy(a, civic_str(s));
        cJSON_free(s);
    }

    return json;
}


/* A string member; what is missing or out of memory is empty. */

static civic_str_t
civic_sql_member(const cJSON *o, const char *name, const civic_arena_t *a)
{
    civic_str_t   s = civic_null_str;
    const cJSON  *m;

    m = cJSON_GetObjectItemCaseSensitive(o, name);

    if (cJSON_IsString(m) && m->valuestring[0] != '\0') {
        s = civic_arena_copy(a, civic_str(m->valuestring));

        if (s.data == NULL) {
            s.len = 0;
        }
    }

    return s;
}


static int64_t
civic_sql_number(const cJSON *o, const char *name)
{
    const cJSON  *m;

    m = cJSON_GetObjectItemCaseSensitive(o, name);

    return cJSON_IsNumber(m) ? (int64_t) m->valuedouble : 0;
}
