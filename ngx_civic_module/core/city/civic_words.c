
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The word index itself: interning, and the tree of phrases.  Finding them
 * is civic_words_find.c; it neither scores nor decides: see civic_classify.c.
 */


#include "core/base/civic_csv.h"
#include "core/base/civic_fold.h"
#include "core/base/civic_utf8.h"
#include "core/city/civic_words_tree.h"


#define CIVIC_SAME_MAX    4         /* steps from a variant to its word */


static civic_word_t *civic_words_lookup(const civic_words_t *words,
    civic_str_t text, size_t *bucket);
static civic_word_t *civic_words_intern(civic_words_t *words,
    civic_str_t text);
static int civic_words_intern_all(civic_words_t *words, civic_str_t phrase);
static int civic_words_paths(civic_words_t *words, civic_str_t phrase,
    civic_rule_t *rule, civic_part_t ***path);
static civic_part_t **civic_words_path(civic_words_t *words,
    const civic_tokens_t *tokens);
static civic_node_t *civic_words_child(civic_words_t *words,
    civic_node_t **list, const civic_word_t *word);
static civic_part_t *civic_words_taken(civic_part_t *part,
    const civic_rule_t *rule);
static void civic_words_split(const civic_words_t *words, civic_str_t folded,
    civic_tokens_t *tokens);
static void civic_words_take(const civic_words_t *words, civic_str_t folded,
    civic_tokens_t *tokens, int fillers);
static civic_word_t *civic_words_stands(civic_word_t *word);
static void civic_words_count(civic_tokens_t *tokens, civic_str_t text,
    const civic_word_t *word);
static int civic_words_is_number(civic_str_t text);


civic_words_t *
civic_words_create(const civic_arena_t *a)
{
    civic_words_t  *words;

    words = civic_arena_alloc(a, sizeof(civic_words_t));

    if (words != NULL) {
        words->arena = a;
    }

    return words;
}


static civic_word_t *
civic_words_lookup(const civic_words_t *words, civic_str_t text,
    size_t *bucket)
{
    size_t         i;
    uint32_t       hash;
    civic_word_t  *word;

    hash = 2166136261u;                 /* FNV-1a */

    for (i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char) text.data[i]) * 16777619u;
    }

    *bucket = (hash ^ (hash >> 16)) % CIVIC_BUCKETS;

    for (word = words->bucket[*bucket]; word != NULL; word = word->next) {
        if (word->text.len == text.len
            && memcmp(word->text.data, text.data, text.len) == 0)
        {
            break;
        }
    }

    return word;
}


static civic_word_t *
civic_words_intern(civic_words_t *words, civic_str_t text)
{
    size_t         bucket;
    civic_word_t  *word;

    word = civic_words_lookup(words, text, &bucket);
    if (word != NULL) {
        return word;
    }

    word = civic_arena_alloc(words->arena, sizeof(civic_word_t));
    if (word == NULL) {
        return NULL;
    }

    word->text = text;
    word->letters = (uint16_t) civic_utf8_chars(text);
    word->next = words->bucket[bucket];
    words->bucket[bucket] = word;

    return word;
}


/* "phrase" is folded and lives as long as the index */

static int
civic_words_intern_all(civic_words_t *words, civic_str_t phrase)
{
    civic_str_t  text;

    while (civic_csv_piece(&phrase, ' ', &text) == CIVIC_OK) {
        if (civic_words_intern(words, text) == NULL) {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


int
civic_words_same(civic_words_t *words, civic_str_t from, civic_str_t to)
{
    civic_word_t  *word, *same;

    from = civic_fold(from, words->arena);
    to = civic_fold(to, words->arena);

    if (from.data == NULL || to.data == NULL) {
        return CIVIC_ERROR;
    }

    if (from.len == 0 || memchr(from.data, ' ', from.len) != NULL
        || (to.len && memchr(to.data, ' ', to.len) != NULL))
    {
        return CIVIC_DECLINED;
    }

    word = civic_words_intern(words, from);
    same = to.len ? civic_words_intern(words, to) : NULL;

    if (word == NULL || (to.len && same == NULL)) {
        return CIVIC_ERROR;
    }

    if (to.len == 0) {
        word->filler = 1;

    } else if (same != word && same->same != word) {
        word->same = same;
    }

    return CIVIC_OK;
}


int
civic_words_lang(civic_words_t *words, civic_str_t text, unsigned lang,
    int told)
{
    civic_str_t    folded, piece;
    civic_word_t  *word;

    folded = civic_fold(text, words->arena);
    if (folded.data == NULL) {
        return CIVIC_ERROR;
    }

    while (civic_csv_piece(&folded, ' ', &piece) == CIVIC_OK) {
        if (piece.data[0] < 'a' || piece.data[0] > 'z') {
            continue;                   /* emoji and numbers tell nothing */
        }

        word = civic_words_intern(words, piece);
        if (word == NULL) {
            return CIVIC_ERROR;
        }

        if (told) {
            word->lang = lang & 3;
            word->told = 1;

        } else if (!word->told) {
            word->lang |= lang & 3;
        }
    }

    return CIVIC_OK;
}


int
civic_words_target(civic_words_t *words, civic_str_t name)
{
    size_t  i;

    for (i = 0; i < words->nnames; i++) {
        if (civic_str_eq(words->name[i], name)) {
            return (int) i;
        }
    }

    if (i == CIVIC_NAMES_MAX) {
        return -1;
    }

    words->name[i] = name;
    words->nnames++;

    return (int) i;
}


civic_str_t
civic_words_name(const civic_words_t *words, unsigned target)
{
    return words->name[target];
}


int
civic_words_has(const civic_words_t *words, civic_str_t name)
{
    size_t  i;

    for (i = 0; i < words->nnames; i++) {
        if (civic_str_eq(words->name[i], name)) {
            return 1;
        }
    }

    return 0;
}


int
civic_words_add(civic_words_t *words, civic_topic_e topic, unsigned target,
    civic_str_t phrase)
{
    int             rc;
    unsigned        i;
    civic_part_t   *part, **path[CIVIC_PARTS_MAX];
    civic_rule_t   *rule;

    rule = civic_arena_alloc(words->arena, sizeof(civic_rule_t));
    if (rule == NULL) {
        return CIVIC_ERROR;
    }

    rule->topic = topic;
    rule->target = target;

    rc = civic_words_paths(words, phrase, rule, path);
    if (rc != CIVIC_OK) {
        return rc;
    }

    /* the same keyword in two columns is one */

    part = civic_words_taken(*path[0], rule);

    if (part != NULL) {
        return part->rule->target == target ? CIVIC_OK : CIVIC_DONE;
    }

    for (i = 0; i < rule->nparts; i++) {
        part = civic_arena_alloc(words->arena, sizeof(civic_part_t));
        if (part == NULL) {
            return CIVIC_ERROR;
        }

        part->rule = rule;
        part->part = i;
        part->next = *path[i];
        *path[i] = part;
    }

    rule->id = words->nrules++;

    return CIVIC_OK;
}


/* Where each part of a keyword ends in the tree; counts parts and letters. */

static int
civic_words_paths(civic_words_t *words, civic_str_t phrase,
    civic_rule_t *rule, civic_part_t ***path)
{
    size_t           i;
    civic_str_t      piece, folded;
    civic_tokens_t   tokens;

    while (civic_csv_piece(&phrase, '+', &piece) == CIVIC_OK) {
        if (rule->nparts == CIVIC_PARTS_MAX) {
            return CIVIC_DECLINED;
        }

        folded = civic_fold(piece, words->arena);

        if (folded.data == NULL
            || civic_words_intern_all(words, folded) != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }

        civic_words_split(words, folded, &tokens);

        if (tokens.n == 0) {
            return CIVIC_DECLINED;
        }

        path[rule->nparts] = civic_words_path(words, &tokens);

        if (path[rule->nparts++] == NULL) {
            return CIVIC_ERROR;
        }

        for (i = 0; i < tokens.n; i++) {
            rule->weight += tokens.word[i]->letters;
        }
    }

    return rule->nparts ? CIVIC_OK : CIVIC_DECLINED;
}


static civic_part_t **
civic_words_path(civic_words_t *words, const civic_tokens_t *tokens)
{
    size_t          i;
    civic_node_t   *node, **list;

    list = &tokens->word[0]->starts;
    node = NULL;

    for (i = 0; i < tokens->n; i++) {
        node = civic_words_child(words, list, tokens->word[i]);
        if (node == NULL) {
            return NULL;
        }

        list = &node->children;
    }

    return &node->parts;
}


static civic_node_t *
civic_words_child(civic_words_t *words, civic_node_t **list,
    const civic_word_t *word)
{
    civic_node_t  *node;

    node = civic_words_step(*list, word);
    if (node != NULL) {
        return node;
    }

    node = civic_arena_alloc(words->arena, sizeof(civic_node_t));
    if (node == NULL) {
        return NULL;
    }

    node->word = word;
    node->sibling = *list;
    *list = node;

    return node;
}


/* Who else has a keyword of one part; only commands mind other targets. */

static civic_part_t *
civic_words_taken(civic_part_t *part, const civic_rule_t *rule)
{
    for ( /* void */ ; part != NULL; part = part->next) {
        if (rule->nparts == 1 && part->rule->nparts == 1
            && part->rule->topic == rule->topic
            && (part->rule->target == rule->target
                || rule->topic == CIVIC_TOPIC_COMMAND))
        {
            return part;
        }
    }

    return NULL;
}


int
civic_words_tokens(const civic_words_t *words, civic_str_t text,
    const civic_arena_t *a, civic_tokens_t *tokens)
{
    civic_str_t  folded;

    folded = civic_fold(text, a);
    if (folded.data == NULL) {
        return CIVIC_ERROR;
    }

    civic_words_split(words, folded, tokens);
    tokens->folded = folded;

    return CIVIC_OK;
}


static void
civic_words_split(const civic_words_t *words, civic_str_t folded,
    civic_tokens_t *tokens)
{
    civic_words_take(words, folded, tokens, 0);

    if (tokens->n == 0) {
        civic_words_take(words, folded, tokens, 1);
    }
}


static void
civic_words_take(const civic_words_t *words, civic_str_t folded,
    civic_tokens_t *tokens, int fillers)
{
    size_t         bucket;
    civic_str_t    text;
    civic_word_t  *word;

    /* the words themselves count up to "n" and are not cleared */

    tokens->n = 0;
    tokens->latin = 0;
    tokens->devanagari = 0;
    tokens->english = 0;
    tokens->hindi = 0;

    while (tokens->n < CIVIC_TOKENS_MAX
           && civic_csv_piece(&folded, ' ', &text) == CIVIC_OK)
    {
        word = civic_words_lookup(words, text, &bucket);

        civic_words_count(tokens, text, word);

        word = civic_words_stands(word);

        if (word != NULL && word->filler && !fillers) {
            continue;
        }

        if (word != NULL && tokens->n && tokens->word[tokens->n - 1] == word) {
            continue;
        }

        tokens->word[tokens->n] = word;
        tokens->number[tokens->n++] = civic_words_is_number(text);
    }
}


/* What a word stands for; rows may build a chain, by mistake even a ring. */

static civic_word_t *
civic_words_stands(civic_word_t *word)
{
    int  i;

    for (i = 0; i < CIVIC_SAME_MAX && word != NULL && !word->filler; i++) {
        word = word->same ? word->same : word;
    }

    return word;
}


int
civic_words_canon(const civic_words_t *words, civic_str_t *word)
{
    size_t               bucket;
    const civic_word_t  *found;

    found = civic_words_stands(civic_words_lookup(words, *word, &bucket));

    if (found == NULL) {
        return 0;
    }

    *word = found->text;

    return found->filler;
}


static void
civic_words_count(civic_tokens_t *tokens, civic_str_t text,
    const civic_word_t *word)
{
    unsigned       letters;
    unsigned char  c;

    letters = (unsigned) civic_utf8_chars(text);
    c = (unsigned char) text.data[0];

    if (c >= 'a' && c <= 'z') {
        tokens->latin += letters;

    } else if (c == 0xe0 && (unsigned char) text.data[1] >= 0xa4
               && (unsigned char) text.data[1] <= 0xa5)
    {
        tokens->devanagari += letters;
    }

    if (word != NULL) {
        tokens->english += (word->lang == CIVIC_WORD_EN);
        tokens->hindi += (word->lang == CIVIC_WORD_HI_LATN);
    }
}


static int
civic_words_is_number(civic_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] >= '0' && text.data[i] <= '9') {
            return 1;
        }
    }

    return 0;
}
