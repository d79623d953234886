
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * From the rules found in a text to what it means.  A service scores its
 * longest keyword and a little for each other one, and these scores are
 * features of the model; without a model they decide alone.  A command must
 * be the whole text; the language is what the letters and the words say.
 */


#include "core/base/civic_utf8.h"
#include "core/city/civic_classify.h"
#include "core/city/civic_scores.h"


#define CIVIC_COMMAND_TOKENS  32    /* a longer text is no command */
#define CIVIC_SENTENCE_MIN    4     /* bytes: less is no last sentence */
#define CIVIC_DANDA           "\xe0\xa5\xa4"


typedef struct {
    unsigned                weight;     /* of the name found, 0: none */
    unsigned                ward;       /* its index */
    size_t                  to;         /* where it ends */
    int                     two;        /* there is another ward's name */
} civic_named_t;


static int civic_classify_polite(const civic_city_t *city, civic_str_t text,
    civic_lang_e now, const civic_arena_t *a, civic_meaning_t *m);
static size_t civic_classify_sentence(civic_str_t text, int from_end);
static int civic_classify_text(const civic_city_t *city, civic_str_t text,
    civic_lang_e now, const civic_arena_t *a, civic_meaning_t *m);
static void civic_classify_danger(const civic_city_t *city,
    const civic_scores_t *scores, civic_meaning_t *m);
static void civic_classify_found(void *data, const civic_rule_t *rule,
    size_t from, size_t to);
static civic_str_t civic_classify_command(const civic_city_t *city,
    const civic_tokens_t *tokens, const civic_scores_t *scores);
static civic_lang_e civic_classify_lang(const civic_tokens_t *tokens,
    civic_lang_e now);
static unsigned civic_classify_guess(const civic_city_t *city,
    const civic_scores_t *scores, civic_meaning_t *m);
static void civic_classify_named(void *data, const civic_rule_t *rule,
    size_t from, size_t to);


int
civic_classify(const civic_city_t *city, civic_str_t text, civic_lang_e now,
    const civic_arena_t *a, civic_meaning_t *m)
{
    text = civic_utf8_clean(text, a);
    if (text.data == NULL) {
        return CIVIC_ERROR;
    }

    text = civic_utf8_cut(text, CIVIC_CLASSIFY_CHARS);

    if (civic_classify_text(city, text, now, a, m) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    return civic_str_is(m->misroute, "thanks")
           || civic_str_is(m->misroute, "greeting")
           ? civic_classify_polite(city, text, now, a, m) : CIVIC_OK;
}


/*
 * A complaint that begins with a greeting or ends with thanks, each a sentence
 * of its own, is one: what is left says clearly what it is about.
 */

static int
civic_classify_polite(const civic_city_t *city, civic_str_t text,
    civic_lang_e now, const civic_arena_t *a, civic_meaning_t *m)
{
    size_t           i, first, last;
    civic_str_t      rest[3];
    civic_lang_e     lang;
    civic_meaning_t  of;

    first = civic_classify_sentence(text, 0);
    last = civic_classify_sentence(text, 1);

    rest[0] = civic_strn(text.data, last);
    rest[1] = civic_strn(text.data + first, text.len - first);
    rest[2] = civic_strn(text.data + first, first < last ? last - first : 0);

    lang = m->lang;

    for (i = 0; i < 3; i++) {
        if (rest[i].len == 0 || rest[i].len == text.len) {
            continue;
        }

        if (civic_classify_text(city, rest[i], now, a, &of) != CIVIC_OK) {
            return CIVIC_ERROR;
        }

        if (of.sure == CIVIC_SURE_YES && of.misroute.len == 0
            && of.command.len == 0)
        {
            *m = of;
            m->lang = lang;
            break;
        }
    }

    return CIVIC_OK;
}


/*
 * Where the first sentence ends, or the last one that says something begins;
 * all of the text if it is one.
 */

static size_t
civic_classify_sentence(civic_str_t text, int from_end)
{
    size_t  i, end, n;

    for (i = 0, end = 0; i < text.len; i += n) {
        n = text.len - i >= 3
            && memcmp(text.data + i, CIVIC_DANDA, 3) == 0 ? 3 : 1;

        if (n == 1 && strchr(".!?\n", text.data[i]) == NULL) {
            continue;
        }

        if (!from_end) {
            return i + n;
        }

        if (text.len - i > CIVIC_SENTENCE_MIN) {
            end = i + n;
        }
    }

    return end ? end : text.len;
}


static int
civic_classify_text(const civic_city_t *city, civic_str_t text,
    civic_lang_e now, const civic_arena_t *a, civic_meaning_t *m)
{
    unsigned         best;
    civic_scores_t   scores;
    civic_tokens_t   tokens;

    memset(m, 0, sizeof(civic_meaning_t));

    if (civic_classify_read(city, text, a, &tokens, &scores) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    m->lang = civic_classify_lang(&tokens, now);
    m->command = civic_classify_command(city, &tokens, &scores);

    best = civic_classify_guess(city, &scores, m);

    if (scores.misroute.longest && scores.misroute.longest >= best) {
        m->misroute = civic_words_name(city->words, scores.misroute.target);
    }

    if (city->model != NULL
        && civic_classify_weigh(city, text, a, &tokens, &scores, m)
           != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    civic_classify_danger(city, &scores, m);

    if (scores.first.longest) {
        m->misroute = civic_words_name(city->words, scores.first.target);
    }

    return CIVIC_OK;
}


/* Words such as "ill" tell of danger beside dirty water, not in a hospital. */

static void
civic_classify_danger(const civic_city_t *city, const civic_scores_t *scores,
    civic_meaning_t *m)
{
    size_t                 i;
    unsigned               longest;
    const civic_danger_t  *d;

    if (m->misroute.len || m->nguess == 0) {
        return;
    }

    for (longest = 0, i = 0; i < city->ndangers; i++) {
        d = &city->danger[i];

        if (scores->danger[i] > longest
            && (d->service == NULL || d->service == m->guess[0]))
        {
            longest = scores->danger[i];
            m->danger = d;
        }
    }
}


int
civic_classify_read(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a, civic_tokens_t *tokens, civic_scores_t *scores)
{
    memset(scores, 0, sizeof(civic_scores_t));

    scores->service = civic_arena_alloc(a, city->nservices
                                           * sizeof(civic_score_t));

    if (scores->service == NULL
        || civic_words_tokens(city->words, text, a, tokens) != CIVIC_OK
        || civic_words_find(city->words, tokens, a, civic_classify_found,
                            scores) != CIVIC_OK)
    {
        return CIVIC_ERROR;
    }

    return CIVIC_OK;
}


static void
civic_classify_found(void *data, const civic_rule_t *rule, size_t from,
    size_t to)
{
    civic_score_t      *score;
    civic_scores_t     *scores = data;
    civic_elsewhere_t  *elsewhere;

    switch (rule->topic) {

    case CIVIC_TOPIC_SERVICE:
        score = &scores->service[rule->target];
        score->sum += rule->weight;

        if (rule->weight > score->longest) {
            score->longest = rule->weight;
        }

        break;

    case CIVIC_TOPIC_MISROUTE:
    case CIVIC_TOPIC_FIRST:
        score = &scores->kind[rule->target];
        score->sum += rule->weight;

        if (rule->weight > score->longest) {
            score->longest = rule->weight;
        }

        elsewhere = (rule->topic == CIVIC_TOPIC_FIRST) ? &scores->first
                                                       : &scores->misroute;

        if (rule->weight > elsewhere->longest) {
            elsewhere->longest = rule->weight;
            elsewhere->target = rule->target;
        }

        break;

    case CIVIC_TOPIC_DANGER:
        if (rule->weight > scores->danger[rule->target]) {
            scores->danger[rule->target] = rule->weight;
        }

        break;

    case CIVIC_TOPIC_COMMAND:
        for ( /* void */ ; from < to && from < CIVIC_COMMAND_TOKENS; from++) {
            scores->command[rule->target].tokens |= (uint32_t) 1 << from;
        }

        if (rule->weight > scores->command[rule->target].longest) {
            scores->command[rule->target].longest = rule->weight;
        }

        break;

    case CIVIC_TOPIC_WARD:
        break;                          /* see civic_city_ward_named() */
    }
}


/*
 * A command must be all of the text but numbers: "haan theek hai" is yes,
 * "status 4829371" is status, "status of the drain" is a complaint.
 */

static civic_str_t
civic_classify_command(const civic_city_t *city,
    const civic_tokens_t *tokens, const civic_scores_t *scores)
{
    size_t       i;
    unsigned     best;
    uint32_t     wanted;
    civic_str_t  name = civic_string("");

    if (tokens->n > CIVIC_COMMAND_TOKENS) {
        return name;
    }

    wanted = 0;
    best = 0;

    for (i = 0; i < tokens->n; i++) {
        wanted |= (uint32_t) !tokens->number[i] << i;
    }

    for (i = 0; i < CIVIC_NAMES_MAX; i++) {
        if ((wanted & ~scores->command[i].tokens) == 0
            && scores->command[i].longest > best)
        {
            best = scores->command[i].longest;
            name = civic_words_name(city->words, (unsigned) i);
        }
    }

    return name;
}


/*
 * Whoever uses Devanagari reads it, even among many Latin words.  Latin
 * letters say nothing by themselves: "Vijay Nagar" keeps the language.
 */

static civic_lang_e
civic_classify_lang(const civic_tokens_t *tokens, civic_lang_e now)
{
    if (tokens->devanagari * 2 > tokens->latin) {
        return CIVIC_LANG_HI;
    }

    if (tokens->hindi > tokens->english) {
        return CIVIC_LANG_HI_LATN;
    }

    if (tokens->english > tokens->hindi) {
        return CIVIC_LANG_EN;
    }

    return now;
}


/* Fills the guesses, best first, and returns the best score. */

static unsigned
civic_classify_guess(const civic_city_t *city, const civic_scores_t *scores,
    civic_meaning_t *m)
{
    size_t    i, j;
    unsigned  s, score[CIVIC_GUESS_MAX];

    for (i = 0; i < city->nservices; i++) {
        s = civic_classify_score(&scores->service[i]);

        if (s == 0) {
            continue;
        }

        /* the order of the file decides between equals */

        for (j = m->nguess; j > 0 && score[j - 1] < s; j--) {
            if (j < CIVIC_GUESS_MAX) {
                score[j] = score[j - 1];
                m->guess[j] = m->guess[j - 1];
            }
        }

        if (j < CIVIC_GUESS_MAX) {
            score[j] = s;
            m->guess[j] = &city->services[i];
            m->nguess += (m->nguess < CIVIC_GUESS_MAX);
        }
    }

    if (m->nguess == 0) {
        m->sure = CIVIC_SURE_NONE;
        return 0;
    }

    for (i = 1; i < m->nguess; i++) {
        if (score[i] * 100 < score[0] * CIVIC_SCORE_CLOSE) {
            break;
        }
    }

    m->nguess = i;
    m->sure = i > 1 ? CIVIC_SURE_CLOSE : CIVIC_SURE_YES;

    return score[0];
}


unsigned
civic_classify_score(const civic_score_t *score)
{
    return score->longest
           + (score->sum - score->longest) * CIVIC_SCORE_OTHERS / 100;
}


const civic_ward_t *
civic_city_ward_named(const civic_city_t *city, civic_str_t text,
    const civic_arena_t *a)
{
    civic_named_t   named = { 0 };
    civic_tokens_t  tokens;

    text = civic_utf8_clean(text, a);
    if (text.data == NULL) {
        return NULL;
    }

    text = civic_utf8_cut(text, CIVIC_CLASSIFY_CHARS);

    if (civic_words_tokens(city->words, text, a, &tokens) != CIVIC_OK
        || civic_words_find(city->words, &tokens, a, civic_classify_named,
                            &named) != CIVIC_OK)
    {
        return NULL;
    }

    if (named.weight == 0 || named.two) {
        return NULL;
    }

    return &city->wards[named.ward];
}


/*
 * A longer name counts instead of one inside it, as they come from left to
 * right.  Two names beside each other are no answer.
 */

static void
civic_classify_named(void *data, const civic_rule_t *rule, size_t from,
    size_t to)
{
    civic_named_t  *named = data;

    if (rule->topic != CIVIC_TOPIC_WARD) {
        return;
    }

    if (named->weight && from >= named->to) {
        named->two |= (rule->target != named->ward);

    } else if (rule->weight > named->weight) {
        named->weight = rule->weight;
        named->ward = rule->target;
        named->to = to;
    }
}
