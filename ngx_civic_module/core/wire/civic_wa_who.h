
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Who somebody is on WhatsApp: a telephone number, a business-scoped user
 * id, or both.  Numbers become bare digits; nothing is guessed from a wamid
 * or from the order of an array.
 */


#ifndef _CIVIC_WA_WHO_H_INCLUDED_
#define _CIVIC_WA_WHO_H_INCLUDED_


#include "core/wire/civic_json.h"
#include "core/wire/civic_wa_in.h"


/*
 * A business sees at most 1000 updates in one webhook, so it cannot need
 * more cards than this to name their senders.  The bound keeps the join from
 * becoming quadratic.
 */
#define CIVIC_WA_CARDS_MAX  1024


typedef struct {
    civic_who_t  who;
    civic_str_t  name;
} civic_wa_card_t;


/* "contacts" of a value; they stand in no particular order. */

typedef struct {
    civic_wa_card_t  *card;
    size_t            n;
    size_t            last;     /* the one found last: mostly the next */
} civic_wa_cards_t;


/*
 * Takes what stands in "from" or "wa_id".  Some senders of webhooks put a
 * user id there; a number is accepted with '+' and separators.  Anything
 * else is nobody.  What "who" knows already stays.
 */
void civic_wa_who_add(civic_json_t *j, civic_who_t *who, civic_str_t address);

/* Takes members of an object by name; a name may be NULL. */
void civic_wa_who_read(civic_json_t *j, civic_who_t *who, const cJSON *o,
    const char *address, const char *user_id, const char *parent_id);

void civic_wa_cards_read(civic_json_t *j, civic_wa_cards_t *cards,
    const cJSON *value);

/* Adds to a message's sender what his card says; the message's word wins. */
void civic_wa_cards_join(civic_wa_cards_t *cards, civic_wa_message_t *m);


#endif /* _CIVIC_WA_WHO_H_INCLUDED_ */
