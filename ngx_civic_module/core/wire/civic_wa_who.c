
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Identities in webhooks; see the header.  Since 2026 either the number or
 * the user id may be absent (usernames), and since intermediaries mix the
 * two up, the shape of a value decides and not only the member's name.
 */


#include "core/wire/civic_wa_who.h"


#define CIVIC_PHONE_MIN  5      /* shorter ones are service numbers */


static int civic_wa_is_user_id(civic_str_t s);
static int civic_wa_same(civic_str_t a, civic_str_t b);


void
civic_wa_who_add(civic_json_t *j, civic_who_t *who, civic_str_t address)
{
    size_t  i, n;
    char    digits[CIVIC_PHONE_MAX];

    if (civic_wa_is_user_id(address)) {
        if (who->user_id.len == 0) {
            who->user_id = civic_json_id_of(j, address, CIVIC_USER_ID_MAX);
        }

        return;
    }

    n = 0;

    for (i = 0; i < address.len; i++) {
        if (address.data[i] >= '0' && address.data[i] <= '9') {
            if (n == CIVIC_PHONE_MAX) {
                return;
            }

            digits[n++] = address.data[i];

        } else if (strchr("+ -().", address.data[i]) == NULL) {
            return;
        }
    }

    if (n >= CIVIC_PHONE_MIN && who->phone.len == 0) {
        who->phone = civic_json_id_of(j, civic_strn(digits, n),
                                      CIVIC_PHONE_MAX);
    }
}


/* A country, a dot and up to 128 alphanumerics; "IN.ENT." for a parent. */

static int
civic_wa_is_user_id(civic_str_t s)
{
    size_t  i;
    char    c;

    if (s.len < 4 || s.len > CIVIC_USER_ID_MAX
        || s.data[0] < 'A' || s.data[0] > 'Z'
        || s.data[1] < 'A' || s.data[1] > 'Z'
        || s.data[2] != '.')
    {
        return 0;
    }

    for (i = 3; i < s.len; i++) {
        c = s.data[i];

        if ((c < '0' || c > '9')
            && ((c | 0x20) < 'a' || (c | 0x20) > 'z') && c != '.')
        {
            return 0;
        }
    }

    return 1;
}


void
civic_wa_who_read(civic_json_t *j, civic_who_t *who, const cJSON *o,
    const char *address, const char *user_id, const char *parent_id)
{
    if (user_id != NULL && who->user_id.len == 0) {
        who->user_id = civic_json_id(j, o, user_id, CIVIC_USER_ID_MAX);
    }

    if (parent_id != NULL && who->parent_id.len == 0) {
        who->parent_id = civic_json_id(j, o, parent_id, CIVIC_USER_ID_MAX);
    }

    if (address != NULL) {
        civic_wa_who_add(j, who, civic_json_view(o, address));
    }
}


void
civic_wa_cards_read(civic_json_t *j, civic_wa_cards_t *cards,
    const cJSON *value)
{
    size_t            n;
    const cJSON      *contacts, *item;
    civic_wa_card_t  *card;

    memset(cards, 0, sizeof(civic_wa_cards_t));

    contacts = civic_json_array(value, "contacts");

    n = (size_t) cJSON_GetArraySize(contacts);

    if (n > CIVIC_WA_CARDS_MAX) {
        n = CIVIC_WA_CARDS_MAX;
    }

    if (n == 0) {
        return;
    }

    cards->card = civic_arena_alloc(j->arena, n * sizeof(civic_wa_card_t));
    if (cards->card == NULL) {
        j->exhausted = 1;
        return;
    }

    cJSON_ArrayForEach(item, contacts) {

        if (cards->n == n) {
            break;
        }

        card = &cards->card[cards->n++];

        civic_wa_who_read(j, &card->who, item, "wa_id", "user_id",
                          "parent_user_id");

        card->name = civic_json_text(j, civic_json_object(item, "profile"),
                                     "name", CIVIC_NAME_MAX);
    }
}


void
civic_wa_cards_join(civic_wa_cards_t *cards, civic_wa_message_t *m)
{
    size_t            i, k;
    civic_wa_card_t  *card;

    for (i = 0; i < cards->n; i++) {

        k = (cards->last + i) % cards->n;
        card = &cards->card[k];

        if (!civic_wa_same(card->who.user_id, m->who.user_id)
            && !civic_wa_same(card->who.phone, m->who.phone))
        {
            continue;
        }

        cards->last = k;
        m->name = card->name;

        if (m->who.user_id.len == 0) {
            m->who.user_id = card->who.user_id;
        }

        if (m->who.parent_id.len == 0) {
            m->who.parent_id = card->who.parent_id;
        }

        if (m->who.phone.len == 0) {
            m->who.phone = card->who.phone;
        }

        return;
    }
}


static int
civic_wa_same(civic_str_t a, civic_str_t b)
{
    return a.len != 0 && civic_str_eq(a, b);
}
