
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What single words are about: cow, gaay and bachhda are all cattle.  From
 * the ABOUT: rows of phrases.tsv, so that the model knows a word no sentence
 * had.  A word may be about several topics.
 */


#ifndef _CIVIC_ABOUT_H_INCLUDED_
#define _CIVIC_ABOUT_H_INCLUDED_


#include "core/base/civic_arena.h"


#define CIVIC_TOPICS_MAX     250
#define CIVIC_ABOUT_MAX      3      /* topics of one word */
#define CIVIC_SKELETON_MAX   12     /* consonants of a word that count */


typedef struct civic_about_s  civic_about_t;


/* FNV-1a, a byte at a time */

#define civic_hash_start  2166136261u
#define civic_hash(h, c)  (((h) ^ (uint32_t) (unsigned char) (c)) * 16777619u)


civic_about_t *civic_about_create(const civic_arena_t *a);

/* The number of a topic, new ones are added; -1: too many. */
int civic_about_topic(civic_about_t *about, civic_str_t name);

/*
 * "word" is folded; with "begins" every word that begins with it is meant.
 * CIVIC_DECLINED when there is no room for more.
 */
int civic_about_add(civic_about_t *about, civic_str_t word, int begins,
    unsigned topic);

/* Topics of a folded word: how many, and which. */
size_t civic_about_find(const civic_about_t *about, civic_str_t word,
    const unsigned char **topics);

/*
 * What is left of a folded word when vowels go: a hash, and how many
 * consonants it was made of.
 */
uint32_t civic_about_skeleton(civic_str_t word, size_t *n);


#endif /* _CIVIC_ABOUT_H_INCLUDED_ */
