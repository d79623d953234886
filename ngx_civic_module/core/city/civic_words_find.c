
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Finding the phrases that stand in a text: from each word of it a walk down
 * the tree.
 */


#include "core/city/civic_words_tree.h"


civic_node_t *
civic_words_step(civic_node_t *list, const civic_word_t *word)
{
    while (list != NULL && list->word != word) {
        list = list->sibling;
    }

    return list;
}


int
civic_words_find(const civic_words_t *words, const civic_tokens_t *tokens,
    const civic_arena_t *a, civic_found_pt found, void *data)
{
    size_t               from, to;
    unsigned char       *seen;      /* a bit for each part of each rule */
    civic_node_t        *node;
    const civic_part_t  *part;
    const civic_rule_t  *rule;

    seen = civic_arena_alloc(a, words->nrules + 1);
    if (seen == NULL) {
        return CIVIC_ERROR;
    }

    for (from = 0; from < tokens->n; from++) {
        node = tokens->word[from] ? tokens->word[from]->starts : NULL;

        for (to = from + 1; node != NULL; to++) {
            for (part = node->parts; part != NULL; part = part->next) {
                rule = part->rule;

                if (seen[rule->id] & (1u << part->part)) {
                    continue;
                }

                seen[rule->id] |= (unsigned char) (1u << part->part);

                if (seen[rule->id] + 1u == 1u << rule->nparts) {
                    found(data, rule, from, to);
                }
            }

            if (to == tokens->n || tokens->word[to] == NULL) {
                break;
            }

            node = civic_words_step(node->children, tokens->word[to]);
        }
    }

    return CIVIC_OK;
}
