
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What one exchange wants done, as the JSON take_event() reads, and the rows
 * it made, read back.  A draft, a filing and 311's answer change rows of
 * their own; every other effect becomes a row of the outbox.
 */


#include "core/wire/civic_json.h"
#include "core/wire/civic_sql.h"
#include "core/wire/civic_wa_out.h"


static void civic_sql_who(civic_json_t *j, const civic_sql_ops_t *ops);
static void civic_sql_change(civic_json_t *j, const civic_sql_case_t *c);
static void civic_sql_kept(civic_json_t *j, const civic_sql_kept_t *kept);
static void civic_sql_heard(civic_json_t *j, const civic_sql_heard_t *heard);
static int civic_sql_effects(civic_json_t *j, civic_sql_ops_t *ops);
static void civic_sql_draft(civic_json_t *j, const char *name,
    civic_str_t text);
static void civic_sql_media(civic_json_t *j, const civic_effect_t *fx,
    const civic_event_t *ev);
static void civic_sql_file(civic_json_t *j, const civic_effect_t *fx,
    civic_lang_e lang);
static int civic_sql_out(const civic_effect_t *fx, const civic_turn_t *t,
    const civic_arena_t *a, civic_out_t *out);
static civic_str_t civic_sql_body(const char *name, civic_str_t text,
    int64_t n, const civic_arena_t *a);
static void civic_sql_rows(civic_json_t *j, const civic_sql_ops_t *ops);
static uint32_t civic_sql_later(const civic_sql_ops_t *ops, civic_out_e kind);
static void civic_sql_put(civic_json_t *j, cJSON *o, const char *name,
    civic_str_t value);


static const char *const  civic_sql_langs[CIVIC_LANG_MAX] = {
    "en", "hi", "hi_latn"
};


int
civic_sql_ops(civic_sql_ops_t *ops, const civic_arena_t *a, civic_str_t *json)
{
    civic_json_t  j;

    civic_json_begin(&j, a);

    if (j.exhausted) {
        return CIVIC_ERROR;
    }

    civic_sql_who(&j, ops);
    civic_sql_change(&j, ops->change);
    civic_sql_kept(&j, ops->kept);
    civic_sql_heard(&j, ops->heard);

    civic_sql_put(&j, j.root, "quotes", ops->quotes);

    if (ops->dead) {
        civic_json_put(&j, j.root, "dead", civic_str(ops->dead));
    }

    if (civic_sql_effects(&j, ops) != CIVIC_OK) {
        civic_json_free(&j);
        return CIVIC_ERROR;
    }

    civic_sql_rows(&j, ops);

    if (j.root->child == NULL && !j.exhausted) {
        civic_json_free(&j);
        return CIVIC_DECLINED;
    }

    *json = civic_json_print(&j);

    return json->data ? CIVIC_OK : CIVIC_ERROR;
}


static void
civic_sql_who(civic_json_t *j, const civic_sql_ops_t *ops)
{
    cJSON  *who, *moved;

    if (ops->name.len == 0 && ops->parent.len == 0 && ops->moved == NULL) {
        return;
    }

    who = civic_json_put_object(j, j->root, "who");
    civic_sql_put(j, who, "name", ops->name);
    civic_sql_put(j, who, "parent", ops->parent);

    if (ops->moved) {
        moved = civic_json_put_object(j, who, "moved");
        civic_sql_put(j, moved, "user_id", ops->moved->user_id);
        civic_sql_put(j, moved, "phone", ops->moved->phone);
    }
}


static void
civic_sql_change(civic_json_t *j, const civic_sql_case_t *c)
{
    cJSON  *o;

    if (c == NULL) {
        return;
    }

    o = civic_json_put_object(j, j->root, "case");

    civic_json_put_int(j, o, "complaint_id", c->complaint_id);
    civic_sql_put(j, o, "request_id", c->request_id);
    civic_sql_put(j, o, "token", c->token);
    civic_sql_put(j, o, "notice", c->notice);
    civic_sql_put(j, o, "notes", c->notes);

    if (c->state) {
        civic_json_put(j, o, "state", civic_str(c->state));
    }

    if (c->expected) {
        civic_json_put_int(j, o, "expected", c->expected);
    }
}


static void
civic_sql_kept(civic_json_t *j, const civic_sql_kept_t *kept)
{
    cJSON  *o;

    if (kept == NULL) {
        return;
    }

    o = civic_json_put_object(j, j->root, "kept");

    civic_json_put_int(j, o, "media_id", kept->media_id);

    if (kept->reason) {
        civic_json_put(j, o, "reason", civic_str(kept->reason));
        return;
    }

    civic_json_put(j, o, "sha256", civic_str(kept->sha256));
    civic_json_put(j, o, "type", civic_str(kept->type));
    civic_json_put_int(j, o, "size", kept->size);
}


static void
civic_sql_heard(civic_json_t *j, const civic_sql_heard_t *heard)
{
    cJSON  *o;

    if (heard == NULL) {
        return;
    }

    o = civic_json_put_object(j, j->root, "heard");

    civic_json_put_int(j, o, "media_id", heard->media_id);
    civic_json_put(j, o, "text", heard->text);
}


static int
civic_sql_effects(civic_json_t *j, civic_sql_ops_t *ops)
{
    size_t                 i, n, extra;
    civic_out_t            out[CIVIC_EFFECTS_MAX + 1];
    const civic_turn_t    *t;
    const civic_effect_t  *fx;

    t = ops->turn;

    if (t == NULL) {
        return CIVIC_OK;
    }

    n = 0;
    extra = ops->nout;

    for (i = 0; i < t->neffects; i++) {
        fx = &t->effects[i];

        if (n + extra > CIVIC_EFFECTS_MAX) {
            return CIVIC_ERROR;
        }

        switch (fx->kind) {

        case CIVIC_FX_DRAFT_WORDS:
            civic_sql_draft(j, "words", fx->text);
            break;

        case CIVIC_FX_DRAFT_ADDRESS:
            civic_sql_draft(j, fx->last ? "same_place"
                               : fx->more ? "address_more" : "address",
                            fx->text);
            break;

        case CIVIC_FX_DRAFT_CLEAR:
            civic_sql_draft(j, "clear", civic_str("1"));
            break;

        case CIVIC_FX_READ:
            break;

        case CIVIC_FX_MEDIA:
            civic_sql_media(j, fx, t->event);

            if (!ops->fetch) {
                break;
            }

            memset(&out[n], 0, sizeof(civic_out_t));
            out[n++].kind = CIVIC_OUT_FETCH;
            break;

        case CIVIC_FX_FILE:
            civic_sql_file(j, fx, t->conv->lang);

            /* fall through */

        default:
            if (civic_sql_out(fx, t, j->arena, &out[n++]) != CIVIC_OK)
            {
                return CIVIC_ERROR;
            }
        }
    }

    memcpy(&out[n], ops->out, extra * sizeof(civic_out_t));
    ops->nout = n + extra;
    memcpy(ops->out, out, ops->nout * sizeof(civic_out_t));

    return CIVIC_OK;
}


/* An empty address is a change too: the citizen took the old one back. */

static void
civic_sql_draft(civic_json_t *j, const char *name, civic_str_t text)
{
    cJSON  *draft;

    draft = cJSON_GetObjectItemCaseSensitive(j->root, "draft");

    if (draft == NULL) {
        draft = civic_json_put_object(j, j->root, "draft");
    }

    civic_json_put(j, draft, name, text.len ? text : civic_str(""));
}


static void
civic_sql_media(civic_json_t *j, const civic_effect_t *fx,
    const civic_event_t *ev)
{
    cJSON               *o;
    civic_media_kind_e   kind;

    kind = ev->kind == CIVIC_EV_PHOTO ? CIVIC_MEDIA_PHOTO
           : ev->kind == CIVIC_EV_VOICE ? CIVIC_MEDIA_VOICE
           : ev->kind == CIVIC_EV_VIDEO ? CIVIC_MEDIA_VIDEO
           : CIVIC_MEDIA_DOCUMENT;

    o = civic_json_put_object(j, j->root, "media");

    civic_json_put(j, o, "id", ev->media);
    civic_json_put(j, o, "kind", civic_str(civic_media_kind_name(kind)));
    civic_sql_put(j, o, "mime", ev->mime);
    civic_sql_put(j, o, "digest", ev->digest);
    civic_sql_put(j, o, "ticket", fx->ticket);

    if (fx->draft) {
        civic_json_put_int(j, o, "draft", fx->draft);
    }
}


static void
civic_sql_file(civic_json_t *j, const civic_effect_t *fx, civic_lang_e lang)
{
    cJSON  *file;

    file = civic_json_put_object(j, j->root, "file");

    civic_json_put(j, file, "ticket", fx->ticket);
    civic_json_put(j, file, "service", fx->service->code);
    civic_json_put(j, file, "department", fx->service->department->code);
    civic_json_put(j, file, "lang", civic_str(civic_sql_langs[lang]));
    civic_sql_put(j, file, "urgent", fx->urgent);
    civic_json_put_int(j, file, "ward", fx->ward);

    if (fx->has_pin) {
        civic_json_put_int(j, file, "lat", fx->lat);
        civic_json_put_int(j, file, "lng", fx->lng);
    }
}


static int
civic_sql_out(const civic_effect_t *fx, const civic_turn_t *t,
    const civic_arena_t *a, civic_out_t *out)
{
    memset(out, 0, sizeof(civic_out_t));

    switch (fx->kind) {

    case CIVIC_FX_SEND:
        out->kind = CIVIC_OUT_SEND;
        out->payload = civic_wa_message(fx->message, a);
        out->notice = t->unasked;
        out->say = fx->message->key;
        out->ticket = fx->message->ticket;

        return out->payload.data ? CIVIC_OK : CIVIC_ERROR;

    case CIVIC_FX_FILE:
        out->kind = CIVIC_OUT_REGISTER;
        return CIVIC_OK;

    case CIVIC_FX_FIND:
        out->kind = CIVIC_OUT_FIND;
        out->ticket = fx->ticket;
        return CIVIC_OK;

    case CIVIC_FX_WAIT:
        out->kind = CIVIC_OUT_WAIT;
        out->delay = fx->delay;
        out->payload = civic_sql_body("wait", civic_str(""), fx->wait, a);
        return out->payload.data ? CIVIC_OK : CIVIC_ERROR;

    default:
        break;
    }

    /* about one complaint: the conversation's, unless another is named */

    out->ticket = fx->ticket.len ? fx->ticket : civic_str(t->conv->ticket);

    if (fx->kind == CIVIC_FX_ASK_311) {
        out->kind = CIVIC_OUT_ASK;
        return CIVIC_OK;
    }

    out->kind = CIVIC_OUT_UPDATE;
    out->payload = civic_sql_body("text", fx->text, 0, a);

    return out->payload.data ? CIVIC_OK : CIVIC_ERROR;
}


/* An object of one member: a text, or a number where there is none. */

static civic_str_t
civic_sql_body(const char *name, civic_str_t text, int64_t n,
    const civic_arena_t *a)
{
    civic_str_t   none = civic_null_str;
    civic_json_t  j;

    civic_json_begin(&j, a);

    if (j.exhausted) {
        return none;
    }

    if (text.len) {
        civic_json_put(&j, j.root, name, text);

    } else {
        civic_json_put_int(&j, j.root, name, n);
    }

    return civic_json_print(&j);
}


static void
civic_sql_rows(civic_json_t *j, const civic_sql_ops_t *ops)
{
    size_t              i;
    cJSON              *list, *o;
    uint32_t            later;
    const civic_out_t  *out;

    if (ops->nout == 0) {
        return;
    }

    list = civic_json_put_array(j, j->root, "out");

    for (i = 0; i < ops->nout; i++) {
        out = &ops->out[i];

        o = civic_json_put_item(j, list);
        civic_json_put(j, o, "kind", civic_str(civic_out_name(out->kind)));
        civic_sql_put(j, o, "ticket", out->ticket);
        civic_sql_put(j, o, "say", out->say);

        if (out->payload.len) {
            civic_json_put_raw(j, o, "body", out->payload);
        }

        if (out->delay) {
            civic_json_put_int(j, o, "delay", out->delay);
        }

        if (out->notice) {
            civic_json_put_int(j, o, "notice", 1);
        }

        later = civic_sql_later(ops, out->kind);

        if (later) {
            civic_json_put_int(j, o, "later", later);
        }
    }
}


static uint32_t
civic_sql_later(const civic_sql_ops_t *ops, civic_out_e kind)
{
    switch (kind) {

    case CIVIC_OUT_SEND:
        return ops->later;

    case CIVIC_OUT_REGISTER:
        return ops->later_311;

    case CIVIC_OUT_FETCH:
    case CIVIC_OUT_HEAR:
        return ops->later_media;

    default:
        return 0;
    }
}


static void
civic_sql_put(civic_json_t *j, cJSON *o, const char *name, civic_str_t value)
{
    if (value.len) {
        civic_json_put(j, o, name, value);
    }
}


int
civic_sql_outs(civic_str_t json, civic_sql_ops_t *ops, const civic_arena_t *a)
{
    int           rc;
    char         *text;
    cJSON        *list, *o, *payload;
    size_t        i;
    civic_out_t  *out;

    /* our own JSON: payloads go on as they are, numbers stay numbers */

    list = cJSON_ParseWithLength(json.data, json.len);

    rc = CIVIC_ERROR;
    i = 0;

    cJSON_ArrayForEach(o, list) {

        if (i == ops->nout) {
            goto done;
        }

        out = &ops->out[i++];
        payload = cJSON_GetObjectItemCaseSensitive(o, "payload");
        out->behind = cJSON_IsTrue(
                          cJSON_GetObjectItemCaseSensitive(o, "behind"));
        out->id = (int64_t) cJSON_GetNumberValue(
                          cJSON_GetObjectItemCaseSensitive(o, "id"));

        if (cJSON_IsObject(payload)) {
            text = cJSON_PrintUnformatted(payload);

            if (text == NULL) {
                goto done;
            }

            out->payload = civic_arena_copy(a, civic_str(text));
            cJSON_free(text);

            if (out->payload.data == NULL) {
                goto done;
            }
        }
    }

    rc = i == ops->nout ? CIVIC_OK : CIVIC_ERROR;

done:

    cJSON_Delete(list);
    return rc;
}
