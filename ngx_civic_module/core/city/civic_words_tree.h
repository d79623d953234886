
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The word index from inside, for the two files that build and search it.
 */


#ifndef _CIVIC_WORDS_TREE_H_INCLUDED_
#define _CIVIC_WORDS_TREE_H_INCLUDED_


#include "core/city/civic_words.h"


#define CIVIC_BUCKETS  4096         /* twice the words Indore's files have */


typedef struct civic_part_s  civic_part_t;


struct civic_part_s {
    civic_part_t         *next;
    const civic_rule_t   *rule;
    unsigned              part;
};


struct civic_node_s {
    civic_node_t         *sibling;
    civic_node_t         *children;
    const civic_word_t   *word;
    civic_part_t         *parts;        /* of the phrase that ends here */
};


struct civic_words_s {
    const civic_arena_t  *arena;        /* of the load; not used after it */
    civic_word_t         *bucket[CIVIC_BUCKETS];
    civic_str_t           name[CIVIC_NAMES_MAX];
    size_t                nnames;
    unsigned              nrules;
};


civic_node_t *civic_words_step(civic_node_t *list, const civic_word_t *word);


#endif /* _CIVIC_WORDS_TREE_H_INCLUDED_ */
