
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A text key becomes a message: filled in the citizen's language, in its
 * shape, with what is owed before it and the privacy notice behind it the
 * first time.  It decides nothing.
 */


#ifndef _CIVIC_RENDER_H_INCLUDED_
#define _CIVIC_RENDER_H_INCLUDED_


#include "core/dialogue/civic_talk.h"


/* Adds the effect.  CIVIC_ERROR: no such text, out of memory or room. */
int civic_render(civic_talk_t *k, const char *key);

/* What is owed, as a message of its own; nothing when nothing is. */
int civic_render_owed(civic_talk_t *k);

/* A text in a language; "" if there is none; data NULL without memory. */
civic_str_t civic_render_text(const civic_talk_t *k, const char *key,
    civic_lang_e lang, const civic_value_t *values, size_t n);

/* "23 Nov" or "23 Nov, 9:05 am" in the citizen's language, in Indian time. */
civic_str_t civic_render_date(const civic_talk_t *k, int64_t at,
    int with_time);

/* The text key of a button: "cmd:new" and "change:" to button_<...>. */
civic_str_t civic_render_button_key(const char *id, const civic_arena_t *a);


/* civic_lists.c: buttons and rows of a message, from its shape */

int civic_list_fill(civic_talk_t *k, const civic_say_t *say,
    civic_message_t *m);

/* Distinct menus in the order of the file; returns how many, "max" kept. */
size_t civic_list_menus(const civic_city_t *city, civic_str_t *menus,
    size_t max);


/* civic_facts.c: the lines of a receipt or a card */

civic_str_t civic_facts_receipt(const civic_talk_t *k);
civic_str_t civic_facts_card(const civic_talk_t *k, const civic_case_t *c);

/* Why the draft cannot wait, for officers; "" it can. */
civic_str_t civic_facts_urgent(const civic_talk_t *k);

/* The same of one kind of danger. */
civic_str_t civic_facts_danger(const civic_talk_t *k, civic_str_t kind);

/* A state's words: key "prefix" + name of the state. */
civic_str_t civic_facts_state(const civic_talk_t *k, const char *prefix,
    civic_str_t state);

/* "31, Vishwanath"; "" when unknown. */
civic_str_t civic_facts_ward(const civic_talk_t *k, unsigned no);


#endif /* _CIVIC_RENDER_H_INCLUDED_ */
