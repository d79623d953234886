
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Inbound kinds, one row each.  A kind whose object is missing or broken, or
 * that carries errors[], is CIVIC_EV_UNUSABLE: the person gets a kind
 * answer.  Nothing is believed about files here but their id; captions,
 * titles and names are text like any other.
 */


#include "core/wire/civic_wa_kinds.h"
#include "core/wire/civic_wa_who.h"


/* Reads "o", which is an object; CIVIC_DECLINED when it is broken. */
typedef int (*civic_wa_kind_pt)(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);


typedef struct {
    const char        *type;
    civic_event_e      kind;
    civic_wa_kind_pt   read;    /* NULL: nothing inside matters */
} civic_wa_kind_t;


static int civic_wa_kind_read(civic_json_t *j, const civic_wa_kind_t *table,
    const cJSON *o, civic_wa_message_t *m);
static int civic_wa_text(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_media(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_audio(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_document(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_location(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_interactive(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_reply(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_form(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_button(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_tap(civic_json_t *j, const cJSON *o, const char *id,
    const char *text, civic_wa_message_t *m);
static int civic_wa_reaction(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_edit(civic_json_t *j, const cJSON *o,
    civic_wa_message_t *m);
static int civic_wa_system(civic_json_t *j, const cJSON *message,
    civic_wa_message_t *m);
static void civic_wa_contacts(civic_json_t *j, const cJSON *message,
    civic_wa_message_t *m);
static const char *civic_wa_unsupported(const cJSON *message);


static const civic_wa_kind_t  civic_wa_kinds[] = {
    { "text",            CIVIC_EV_TEXT,     civic_wa_text },
    { "image",           CIVIC_EV_PHOTO,    civic_wa_media },
    { "audio",           CIVIC_EV_VOICE,    civic_wa_audio },
    { "video",           CIVIC_EV_VIDEO,    civic_wa_media },
    { "document",        CIVIC_EV_FILE,     civic_wa_document },
    { "sticker",         CIVIC_EV_STICKER,  NULL },
    { "location",        CIVIC_EV_PIN,      civic_wa_location },
    { "contacts",        CIVIC_EV_CONTACT,  NULL },
    { "interactive",     CIVIC_EV_UNUSABLE, civic_wa_interactive },
    { "button",          CIVIC_EV_TAP,      civic_wa_button },
    { "reaction",        CIVIC_EV_REACTION, civic_wa_reaction },
    { "edit",            CIVIC_EV_EDIT,     civic_wa_edit },
    { "revoke",          CIVIC_EV_REVOKE,   NULL },
    { "order",           CIVIC_EV_ORDER,    NULL },
    { "request_welcome", CIVIC_EV_WELCOME,  NULL },
    { NULL,              CIVIC_EV_NONE,     NULL }
};


static const civic_wa_kind_t  civic_wa_interactives[] = {
    { "button_reply",    CIVIC_EV_TAP,      civic_wa_reply },
    { "list_reply",      CIVIC_EV_TAP,      civic_wa_reply },
    { "nfm_reply",       CIVIC_EV_FORM,     civic_wa_form },
    { NULL,              CIVIC_EV_NONE,     NULL }
};


/* What WhatsApp says it could not hand over. */

static const char  *civic_wa_unsupporteds[] = {
    "button", "edit", "errors", "gif", "group_invite", "hsm", "image",
    "interactive", "keep_in_chat", "link_preview", "list", "location",
    "media_placeholder", "order", "pin", "poll_creation", "poll_update",
    "product", "reaction", NULL
};


int
civic_wa_kind(civic_json_t *j, const cJSON *message, civic_wa_message_t *m)
{
    int           rc;
    civic_str_t   type;

    type = civic_json_view(message, "type");

    if (civic_str_is(type, "system")) {
        return civic_wa_system(j, message, m);
    }

    if (civic_str_is(type, "unsupported") || civic_str_is(type, "unknown")) {
        m->raw_kind = civic_wa_unsupported(message);
        m->event.kind = CIVIC_EV_UNUSABLE;
        return CIVIC_OK;
    }

    rc = civic_wa_kind_read(j, civic_wa_kinds, message, m);

    if (m->event.kind == CIVIC_EV_CONTACT) {
        civic_wa_contacts(j, message, m);
    }

    /* such as 131052: there is a picture, but nobody can fetch it */

    if (cJSON_GetArraySize(civic_json_array(message, "errors")) > 0) {
        m->event.kind = CIVIC_EV_UNUSABLE;
    }

    return rc;
}


/* "o" has the type and, under the same name, the object. */

static int
civic_wa_kind_read(civic_json_t *j, const civic_wa_kind_t *table,
    const cJSON *o, civic_wa_message_t *m)
{
    civic_str_t             type;
    const cJSON            *inner;
    const civic_wa_kind_t  *k;

    type = civic_json_view(o, "type");

    for (k = table; k->type != NULL; k++) {

        if (!civic_str_is(type, k->type)) {
            continue;
        }

        m->raw_kind = k->type;
        m->event.kind = k->kind;

        if (k->read == NULL) {
            return CIVIC_OK;
        }

        inner = civic_json_object(o, k->type);

        if (inner == NULL || k->read(j, inner, m) != CIVIC_OK) {
            m->event.kind = CIVIC_EV_UNUSABLE;
        }

        return CIVIC_OK;
    }

    m->raw_kind = "other";
    m->event.kind = CIVIC_EV_UNUSABLE;

    return CIVIC_DECLINED;
}


static int
civic_wa_text(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    if (!cJSON_IsString(civic_json_get(o, "body"))) {
        return CIVIC_DECLINED;
    }

    m->event.text = civic_json_text(j, o, "body", CIVIC_TEXT_MAX);

    return CIVIC_OK;
}


static int
civic_wa_media(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    m->event.media = civic_json_id(j, o, "id", CIVIC_MEDIA_MAX);
    m->event.mime = civic_json_id(j, o, "mime_type", CIVIC_MIME_MAX);
    m->event.digest = civic_json_id(j, o, "sha256", CIVIC_MIME_MAX);
    m->event.text = civic_json_text(j, o, "caption", CIVIC_TEXT_MAX);

    return m->event.media.len ? CIVIC_OK : CIVIC_DECLINED;
}


static int
civic_wa_audio(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    if (civic_json_true(o, "voice")) {
        m->raw_kind = "voice";
    }

    return civic_wa_media(j, o, m);
}


/* People send photos as files to keep them sharp. */

static int
civic_wa_document(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    if (civic_wa_media(j, o, m) != CIVIC_OK) {
        return CIVIC_DECLINED;
    }

    if (m->event.mime.len > 6 && memcmp(m->event.mime.data, "image/", 6) == 0)
    {
        m->event.kind = CIVIC_EV_PHOTO;
    }

    return CIVIC_OK;
}


/* 0/0 is what a telephone without a fix sends: a place in the sea. */

static int
civic_wa_location(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    double          lat, lng;
    civic_str_t     name, address;
    civic_event_t  *ev;

    ev = &m->event;

    if (civic_json_number(o, "latitude", &lat) == CIVIC_OK
        && civic_json_number(o, "longitude", &lng) == CIVIC_OK
        && lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180
        && (lat != 0 || lng != 0))
    {
        ev->has_pin = 1;
        ev->lat = lat;
        ev->lng = lng;
    }

    name = civic_json_text(j, o, "name", CIVIC_TEXT_MAX / 4);
    address = civic_json_text(j, o, "address", CIVIC_TEXT_MAX / 4);

    if (name.len == 0 || address.len == 0) {
        ev->text = name.len ? name : address;
        return CIVIC_OK;
    }

    ev->text = civic_arena_printf(j->arena, "%.*s, %.*s",
                                  (int) name.len, name.data,
                                  (int) address.len, address.data);
    if (ev->text.data == NULL) {
        j->exhausted = 1;
    }

    return CIVIC_OK;
}


static int
civic_wa_interactive(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    return civic_wa_kind_read(j, civic_wa_interactives, o, m);
}


static int
civic_wa_reply(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    return civic_wa_tap(j, o, "id", "title", m);
}


static int
civic_wa_button(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    return civic_wa_tap(j, o, "payload", "text", m);
}


static int
civic_wa_tap(civic_json_t *j, const cJSON *o, const char *id,
    const char *text, civic_wa_message_t *m)
{
    if (civic_json_view(o, id).len > CIVIC_TAP_MAX) {
        return CIVIC_DECLINED;
    }

    m->event.id = civic_json_text(j, o, id, CIVIC_TAP_MAX);
    m->event.text = civic_json_text(j, o, text, CIVIC_TAP_MAX);

    /* the id tells everything by itself */

    m->event.quotes = civic_str("");

    return m->event.id.len ? CIVIC_OK : CIVIC_DECLINED;
}


/* The answers of a Flow are a document inside a string. */

static int
civic_wa_form(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    int           rc;
    civic_str_t   text;
    civic_json_t  inner;

    text = civic_json_view(o, "response_json");

    if (text.len > CIVIC_TEXT_MAX) {
        return CIVIC_DECLINED;
    }

    rc = civic_json_parse(&inner, text, CIVIC_WA_DEPTH_MAX, j->arena);

    if (rc == CIVIC_ERROR) {
        j->exhausted = 1;
    }

    if (rc == CIVIC_OK && !cJSON_IsObject(inner.root)) {
        rc = CIVIC_DECLINED;
    }

    civic_json_free(&inner);

    m->event.text = civic_json_text_of(j, text, CIVIC_TEXT_MAX);

    return rc;
}


/* A reaction is taken back by a missing or an empty emoji. */

static int
civic_wa_reaction(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    m->event.text = civic_json_text(j, o, "emoji", CIVIC_TAP_MAX);
    m->event.quotes = civic_json_id(j, o, "message_id", CIVIC_WAMID_MAX);

    return CIVIC_OK;
}


static int
civic_wa_edit(civic_json_t *j, const cJSON *o, civic_wa_message_t *m)
{
    const cJSON  *message, *text;

    message = civic_json_object(o, "message");
    text = civic_json_object(message, "text");

    if (text != NULL) {
        return civic_wa_text(j, text, m);
    }

    /* otherwise the caption of whatever kind it is */

    m->event.text = civic_json_text(j,
                            civic_json_object(message,
                                    civic_json_view(message, "type").data),
                            "caption", CIVIC_TEXT_MAX);

    return message ? CIVIC_OK : CIVIC_DECLINED;
}


/*
 * "from" and the previous_* members are the old identity.  from_user_id is
 * the old one too as far as seen, but is only believed when nothing else
 * names it and it is not the new one.
 */

static int
civic_wa_system(civic_json_t *j, const cJSON *message, civic_wa_message_t *m)
{
    civic_str_t   type;
    civic_who_t   who;
    const cJSON  *o;

    o = civic_json_object(message, "system");
    type = civic_json_view(o, "type");

    if (civic_str_is(type, "user_changed_number")) {
        m->raw_kind = "user_changed_number";

    } else if (civic_str_is(type, "user_changed_user_id")) {
        m->raw_kind = "user_changed_user_id";

    } else {
        return CIVIC_DONE;
    }

    m->event.kind = CIVIC_EV_MOVED;

    civic_wa_who_read(j, &m->moved, o, "wa_id", "user_id", "parent_user_id");

    memset(&who, 0, sizeof(civic_who_t));

    civic_wa_who_read(j, &who, o, NULL, "previous_user_id",
                      "previous_parent_user_id");
    civic_wa_who_add(j, &who, civic_json_view(message, "from"));

    if (who.user_id.len == 0
        && !civic_str_eq(m->who.user_id, m->moved.user_id))
    {
        who.user_id = m->who.user_id;
    }

    m->who = who;

    return m->moved.phone.len || m->moved.user_id.len ? CIVIC_OK
                                                      : CIVIC_DONE;
}


/*
 * A card he sent because we asked for his number is his own; every other
 * card is somebody else's and stays unread.
 */

static void
civic_wa_contacts(civic_json_t *j, const cJSON *message,
    civic_wa_message_t *m)
{
    civic_who_t   who;
    const cJSON  *card, *phone;

    card = cJSON_GetArrayItem(civic_json_array(message, "contacts"), 0);

    if (card == NULL) {
        m->event.kind = CIVIC_EV_UNUSABLE;
        return;
    }

    if (!civic_str_is(civic_json_view(card, "origin"), "contact_request")) {
        return;
    }

    memset(&who, 0, sizeof(civic_who_t));

    cJSON_ArrayForEach(phone, civic_json_array(card, "phones")) {
        civic_wa_who_add(j, &who, civic_json_view(phone, "wa_id"));
        civic_wa_who_add(j, &who, civic_json_view(phone, "phone"));

        if (who.phone.len) {
            break;
        }
    }

    m->event.id = who.phone;
}


static const char *
civic_wa_unsupported(const cJSON *message)
{
    const char   **name;
    civic_str_t    type;

    type = civic_json_view(civic_json_object(message, "unsupported"), "type");

    for (name = civic_wa_unsupporteds; *name != NULL; name++) {
        if (civic_str_is(type, *name)) {
            return *name;
        }
    }

    return "unsupported";
}
