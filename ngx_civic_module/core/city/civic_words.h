
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The index of everything we know by its words: services, misroutes,
 * commands, wards.  Words are folded and interned; phrases are paths in a
 * tree of words; what a phrase stands for hangs at its end.  Finding costs a
 * hash look-up for each word of the text and a step for each word matched.
 */


#ifndef _CIVIC_WORDS_H_INCLUDED_
#define _CIVIC_WORDS_H_INCLUDED_


#include "core/city/civic_city.h"


#define CIVIC_TOKENS_MAX  400       /* of a text; a page of a book has less */
#define CIVIC_PARTS_MAX   4         /* of a keyword "a+b" */
#define CIVIC_NAMES_MAX   64        /* of commands and misroutes */


typedef enum {
    CIVIC_TOPIC_SERVICE = 0,
    CIVIC_TOPIC_MISROUTE,
    CIVIC_TOPIC_FIRST,              /* a misroute before everything else */
    CIVIC_TOPIC_DANGER,             /* ours, and urgent */
    CIVIC_TOPIC_COMMAND,
    CIVIC_TOPIC_WARD
} civic_topic_e;


typedef struct civic_node_s  civic_node_t;
typedef struct civic_word_s  civic_word_t;


struct civic_word_s {
    civic_word_t         *next;         /* in its bucket */
    civic_word_t         *same;         /* what it stands for, or NULL */
    civic_str_t           text;         /* folded */
    civic_node_t         *starts;       /* phrases that begin with it */
    unsigned              letters:16;
    unsigned              filler:1;     /* passed over within phrases */
    unsigned              lang:2;       /* CIVIC_WORD_* */
    unsigned              told:1;       /* lang is from a LANG: row */
};


#define CIVIC_WORD_EN       1
#define CIVIC_WORD_HI_LATN  2


/* One thing a phrase, or several together, stand for. */

typedef struct {
    civic_topic_e         topic;
    unsigned              id;           /* serial */
    unsigned              target;       /* index of service, ward or name */
    unsigned              nparts;
    unsigned              weight;       /* letters that must be there */
} civic_rule_t;


typedef struct {
    civic_word_t         *word[CIVIC_TOKENS_MAX];       /* NULL: not known */
    unsigned char         number[CIVIC_TOKENS_MAX];     /* has a digit */
    size_t                n;
    civic_str_t           folded;       /* the text they are of */
    unsigned              latin;        /* letters of each script */
    unsigned              devanagari;
    unsigned              english;      /* words only of this language */
    unsigned              hindi;        /* the same, in Latin letters */
} civic_tokens_t;


/*
 * Called for every rule found complete, once for each; its last part stands
 * in tokens [from, to).
 */
typedef void (*civic_found_pt)(void *data, const civic_rule_t *rule,
    size_t from, size_t to);


/*
 * The words of a text, without fillers unless there is nothing else, and
 * without repetitions.  CIVIC_ERROR when out of memory.
 */
int civic_words_tokens(const civic_words_t *words, civic_str_t text,
    const civic_arena_t *a, civic_tokens_t *tokens);

int civic_words_find(const civic_words_t *words,
    const civic_tokens_t *tokens, const civic_arena_t *a,
    civic_found_pt found, void *data);

/*
 * Puts what "word", which is folded, is the same as in its place; tells
 * whether it is a filler.
 */
int civic_words_canon(const civic_words_t *words, civic_str_t *word);

/* The name of a command or misroute. */
civic_str_t civic_words_name(const civic_words_t *words, unsigned target);

/* Whether any word stands for a command or misroute of this name. */
int civic_words_has(const civic_words_t *words, civic_str_t name);


/* While a city is loaded */

civic_words_t *civic_words_create(const civic_arena_t *a);

/*
 * "" for "to" makes "from" a filler.  CIVIC_DECLINED when either is not a
 * single word.
 */
int civic_words_same(civic_words_t *words, civic_str_t from, civic_str_t to);

/* The Latin words of "text" tell that a text is in "lang". */
int civic_words_lang(civic_words_t *words, civic_str_t text, unsigned lang,
    int told);

/* The number of a name, which is added when it is new; -1: too many. */
int civic_words_target(civic_words_t *words, civic_str_t name);

/*
 * Adds "phrase" or "phrase+phrase".  CIVIC_DECLINED when a part of it has no
 * letter or there are too many parts; CIVIC_DONE when it stands for another
 * command already.
 */
int civic_words_add(civic_words_t *words, civic_topic_e topic,
    unsigned target, civic_str_t phrase);


#endif /* _CIVIC_WORDS_H_INCLUDED_ */
