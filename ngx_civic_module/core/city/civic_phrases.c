
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Puts the words of the city's files into the index: keywords of services,
 * names of wards, commands, and phrases.tsv, whose second column is a
 * service code or one of
 *
 *     NONE:kind       not ours: the text belongs to that misroute
 *     FIRST:kind      the same, whatever else the text says: lives come first
 *     URGENT:kind     a complaint to us that cannot wait
 *     SAME:word       the text is another spelling of that word
 *     SAME:           the text is a filler, passed over within phrases
 *     LANG:en         the words tell the language; also LANG:hi_latn
 *     ABOUT:topic     each word is about that; "burn*" is all that begin so
 *
 * It refuses a phrase that could never be found, so that nobody relies on it.
 */


#include "core/base/civic_fold.h"
#include "core/base/civic_roman.h"
#include "core/city/civic_about.h"
#include "core/city/civic_load.h"
#include "core/city/civic_words.h"


static int civic_phrases_same(civic_load_t *l, civic_str_t text,
    civic_str_t code);
static int civic_phrases_row(civic_load_t *l, civic_str_t text,
    civic_str_t code);
static int civic_phrases_about(civic_load_t *l, civic_str_t text,
    civic_str_t name);
static int civic_phrases_misroute(civic_load_t *l, civic_topic_e topic,
    civic_str_t text, civic_str_t kind);
static int civic_phrases_danger(civic_load_t *l, civic_str_t text,
    civic_str_t code);
static int civic_phrases_commands(civic_load_t *l, const civic_file_t *file);
static int civic_phrases_list(civic_load_t *l, civic_topic_e topic,
    unsigned target, const char *column, unsigned lang);
static int civic_phrases_add(civic_load_t *l, civic_topic_e topic,
    unsigned target, civic_str_t phrase);
static int civic_phrases_target(civic_load_t *l, civic_str_t name);
static int civic_phrases_has(civic_str_t *code, const char *prefix);
static void civic_phrases_quiet(void *data, const char *line);


int
civic_words_begin(civic_load_t *l, const civic_file_t *phrases)
{
    int             rc;
    civic_str_t     code;
    civic_faults_t  quiet = { civic_phrases_quiet, NULL, 0 };

    l->city->words = civic_words_create(l->arena);
    l->city->about = civic_about_create(l->arena);

    if (l->city->words == NULL || l->city->about == NULL) {
        return CIVIC_ERROR;
    }

    /* the table's own faults are told when it is read to its end */

    l->file = phrases;

    rc = civic_csv_open(&l->csv, phrases->name, phrases->bytes, '\t',
                        "text code", l->arena, &quiet);

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        code = civic_csv_cell(&l->csv, "code");

        if (civic_phrases_same(l, civic_csv_cell(&l->csv, "text"), code)
            != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static void
civic_phrases_quiet(void *data, const char *line)
{
    (void) data;                        /* see civic_words_begin() */
    (void) line;
}


static int
civic_phrases_same(civic_load_t *l, civic_str_t text, civic_str_t code)
{
    int       rc;
    unsigned  lang;

    rc = CIVIC_OK;

    if (civic_phrases_has(&code, "SAME:")) {
        rc = civic_words_same(l->city->words, text, code);

        if (rc == CIVIC_DECLINED) {
            civic_load_fault(l, "\"%.*s\" and \"%.*s\" must be single words",
                             (int) text.len, text.data, (int) code.len,
                             code.data);
        }

    } else if (civic_phrases_has(&code, "LANG:")) {
        lang = civic_str_is(code, "en") ? CIVIC_WORD_EN
                                        : CIVIC_WORD_HI_LATN;

        if (lang == CIVIC_WORD_HI_LATN && !civic_str_is(code, "hi_latn")) {
            civic_load_fault(l, "language \"%.*s\" is not told by words; "
                             "en and hi_latn are", (int) code.len, code.data);
        }

        rc = civic_words_lang(l->city->words, text, lang, 1);
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


int
civic_words_service(civic_load_t *l, size_t index)
{
    if (civic_phrases_list(l, CIVIC_TOPIC_SERVICE, (unsigned) index,
                           "keywords_en", CIVIC_WORD_EN) == CIVIC_ERROR
        || civic_phrases_list(l, CIVIC_TOPIC_SERVICE, (unsigned) index,
                              "keywords_hi", 0) == CIVIC_ERROR)
    {
        return CIVIC_ERROR;
    }

    return civic_phrases_list(l, CIVIC_TOPIC_SERVICE, (unsigned) index,
                              "keywords_hinglish", CIVIC_WORD_HI_LATN);
}


int
civic_words_ward(civic_load_t *l, size_t index)
{
    size_t                i;
    const civic_ward_t   *ward;
    static const unsigned  langs[] = { CIVIC_LANG_EN, CIVIC_LANG_HI };

    ward = &l->city->wards[index];

    for (i = 0; i < sizeof(langs) / sizeof(langs[0]); i++) {
        if (ward->name[langs[i]].len
            && civic_phrases_add(l, CIVIC_TOPIC_WARD, (unsigned) index,
                                 ward->name[langs[i]]) != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    return civic_phrases_list(l, CIVIC_TOPIC_WARD, (unsigned) index,
                              "other_names", 0);
}


int
civic_words_end(civic_load_t *l, const civic_city_files_t *files)
{
    int          rc;
    civic_str_t  text, code;

    if (civic_phrases_commands(l, &files->commands) != CIVIC_OK) {
        return CIVIC_ERROR;
    }

    rc = civic_load_open(l, &files->phrases, '\t', "text code");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        text = civic_csv_need(&l->csv, "text");
        code = civic_csv_need(&l->csv, "code");

        if (text.len && code.len
            && civic_phrases_row(l, text, code) != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static int
civic_phrases_row(civic_load_t *l, civic_str_t text, civic_str_t code)
{
    const civic_service_t  *service;

    if (civic_phrases_has(&code, "SAME:") || civic_phrases_has(&code, "LANG:"))
    {
        return CIVIC_OK;                /* done in civic_words_begin() */
    }

    if (civic_phrases_has(&code, "ABOUT:")) {
        return civic_phrases_about(l, text, code);
    }

    if (civic_phrases_has(&code, "NONE:")) {
        return civic_phrases_misroute(l, CIVIC_TOPIC_MISROUTE, text, code);
    }

    if (civic_phrases_has(&code, "FIRST:")) {
        return civic_phrases_misroute(l, CIVIC_TOPIC_FIRST, text, code);
    }

    if (civic_phrases_has(&code, "URGENT:")) {
        return civic_phrases_danger(l, text, code);
    }

    service = civic_city_service(l->city, code);

    if (service == NULL) {
        civic_load_fault(l, "no service \"%.*s\"; a service code, NONE:kind, "
                         "FIRST:kind, URGENT:kind, SAME:word, LANG:language "
                         "or ABOUT:topic is wanted",
                         (int) code.len, code.data);
        return CIVIC_OK;
    }

    return civic_phrases_add(l, CIVIC_TOPIC_SERVICE,
                             (unsigned) (service - l->city->services), text);
}


static int
civic_phrases_about(civic_load_t *l, civic_str_t text, civic_str_t name)
{
    int          rc, topic, begins;
    civic_str_t  word, folded;

    topic = civic_about_topic(l->city->about, name);

    if (topic < 0) {
        civic_load_fault(l, "\"%.*s\" is one topic too many; at most %d",
                         (int) name.len, name.data, CIVIC_TOPICS_MAX);
        return CIVIC_OK;
    }

    while (civic_csv_piece(&text, ' ', &word) == CIVIC_OK) {
        begins = (word.data[word.len - 1] == '*');
        folded = civic_roman(civic_strn(word.data, word.len - begins),
                             l->arena);
        folded = folded.data ? civic_fold(folded, l->arena) : folded;

        if (folded.data == NULL) {
            return CIVIC_ERROR;
        }

        if (folded.len == 0 || memchr(folded.data, ' ', folded.len) != NULL) {
            civic_load_fault(l, "\"%.*s\" is no single word",
                             (int) word.len, word.data);
            continue;
        }

        if (!begins) {
            (void) civic_words_canon(l->city->words, &folded);
        }

        rc = civic_about_add(l->city->about, folded, begins,
                             (unsigned) topic);

        if (rc == CIVIC_DECLINED) {
            civic_load_fault(l, "\"%.*s\" is one word too many",
                             (int) word.len, word.data);
        }
    }

    return CIVIC_OK;
}


static int
civic_phrases_misroute(civic_load_t *l, civic_topic_e topic, civic_str_t text,
    civic_str_t kind)
{
    int  target;

    target = civic_phrases_target(l, kind);

    return target < 0 ? CIVIC_OK
                      : civic_phrases_add(l, topic, (unsigned) target, text);
}


/* "kind" or "kind:SERVICE" */

static int
civic_phrases_danger(civic_load_t *l, civic_str_t text, civic_str_t code)
{
    size_t           i;
    civic_str_t      kind = civic_null_str;
    civic_city_t    *city = l->city;
    civic_danger_t   d = { civic_null_str, NULL };

    (void) civic_csv_piece(&code, ':', &kind);

    if (code.len) {
        d.service = civic_city_service(city, code);

        if (d.service == NULL) {
            civic_load_fault(l, "no service \"%.*s\"", (int) code.len,
                             code.data);
            return CIVIC_OK;
        }
    }

    for (i = 0; i < city->ndangers; i++) {
        if (civic_str_eq(city->danger[i].kind, kind)
            && city->danger[i].service == d.service)
        {
            break;
        }
    }

    if (i == CIVIC_DANGERS_MAX || kind.len > CIVIC_DANGER_MAX
        || kind.len == 0)
    {
        civic_load_fault(l, "\"%.*s\" is no kind of danger: at most %d, each "
                         "with a name of at most %d letters", (int) kind.len,
                         kind.data, CIVIC_DANGERS_MAX, CIVIC_DANGER_MAX);
        return CIVIC_OK;
    }

    if (i == city->ndangers) {
        d.kind = civic_arena_copy(l->arena, kind);

        if (d.kind.data == NULL) {
            return CIVIC_ERROR;
        }

        city->danger[city->ndangers++] = d;
    }

    return civic_phrases_add(l, CIVIC_TOPIC_DANGER, (unsigned) i, text);
}


static int
civic_phrases_commands(civic_load_t *l, const civic_file_t *file)
{
    int          rc, target;
    civic_str_t  name;

    rc = civic_load_open(l, file, ',',
                         "command words_en words_hi words_hi_latn");

    while (rc == CIVIC_OK && (rc = civic_csv_next(&l->csv)) == CIVIC_OK) {
        name = civic_csv_need(&l->csv, "command");
        target = civic_phrases_target(l, name);

        if (target < 0) {
            continue;
        }

        if (civic_phrases_list(l, CIVIC_TOPIC_COMMAND, (unsigned) target,
                               "words_en", CIVIC_WORD_EN) == CIVIC_ERROR
            || civic_phrases_list(l, CIVIC_TOPIC_COMMAND, (unsigned) target,
                                  "words_hi", 0) == CIVIC_ERROR
            || civic_phrases_list(l, CIVIC_TOPIC_COMMAND, (unsigned) target,
                                  "words_hi_latn", CIVIC_WORD_HI_LATN)
               == CIVIC_ERROR)
        {
            return CIVIC_ERROR;
        }
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


/* A cell of words separated by ";", which may be empty. */

static int
civic_phrases_list(civic_load_t *l, civic_topic_e topic, unsigned target,
    const char *column, unsigned lang)
{
    civic_str_t  list, phrase;

    list = civic_csv_cell(&l->csv, column);

    while (civic_csv_piece(&list, ';', &phrase) == CIVIC_OK) {
        if ((lang && civic_words_lang(l->city->words, phrase, lang, 0)
                     != CIVIC_OK)
            || civic_phrases_add(l, topic, target, phrase) != CIVIC_OK)
        {
            return CIVIC_ERROR;
        }
    }

    return CIVIC_OK;
}


static int
civic_phrases_add(civic_load_t *l, civic_topic_e topic, unsigned target,
    civic_str_t phrase)
{
    int  rc;

    rc = civic_words_add(l->city->words, topic, target, phrase);

    if (rc == CIVIC_DECLINED) {
        civic_load_fault(l, "\"%.*s\" cannot be found in a message; use "
                         "words, at most %d parts joined by \"+\"",
                         (int) phrase.len, phrase.data, CIVIC_PARTS_MAX);

    } else if (rc == CIVIC_DONE) {
        civic_load_fault(l, "\"%.*s\" stands for another command already; "
                         "each once", (int) phrase.len, phrase.data);
    }

    return rc == CIVIC_ERROR ? CIVIC_ERROR : CIVIC_OK;
}


static int
civic_phrases_target(civic_load_t *l, civic_str_t name)
{
    int  target;

    target = civic_words_target(l->city->words, name);

    if (target < 0) {
        civic_load_fault(l, "\"%.*s\" is one kind or command too many",
                         (int) name.len, name.data);
    }

    return target;
}


/* Cuts the prefix off. */

static int
civic_phrases_has(civic_str_t *code, const char *prefix)
{
    size_t  n;

    n = strlen(prefix);

    if (code->len < n || memcmp(code->data, prefix, n) != 0) {
        return 0;
    }

    code->data += n;
    code->len -= n;

    return 1;
}
