
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Every transcript of t/chat against the pure core, and proof that they hold
 * the tables: each row is fired by a transcript, and with any one row or
 * need taken away a transcript fails.  It fails when a row is changed
 * without its transcript, and when a row is added without one.
 *
 *   chat                       the tests
 *   chat --play FILE [LANG]    tells one transcript aloud
 *   chat --stats FILE ...      counts messages, each of ours costs money
 */


#define _GNU_SOURCE             /* memmem */

#include <dirent.h>

#include "chat_play.h"
#include "tap.h"


#define TEST_FILES_MAX  200


/* A transcript in a language, and what it fires. */

typedef struct {
    chat_file_t   *file;
    civic_lang_e   lang;
    unsigned char  fired[CHAT_ROWS_MAX];
    unsigned char  asked[CHAT_ROWS_MAX];
} test_chat_t;


static void test_all(const civic_city_t *city, const civic_arena_t *a);
static size_t test_files(test_chat_t *chats);
static int test_by_name(const void *one, const void *two);
static int test_play(test_chat_t *chat, const civic_flow_t *flow,
    const civic_city_t *city, FILE *aloud, char *wrong, size_t size);
static void test_rows(test_chat_t *chats, size_t n, const civic_city_t *city);
static void test_needs(test_chat_t *chats, size_t n,
    const civic_city_t *city);
static int test_is_red(test_chat_t *chats, size_t n, size_t row, int need,
    const civic_flow_t *flow, const civic_city_t *city);
static int test_stats(int n, char **paths, const civic_city_t *city);
static int test_aloud(const char *path, const char *lang,
    const civic_city_t *city);


static chat_file_t  test_file[TEST_FILES_MAX];
static test_chat_t  test_chats[TEST_FILES_MAX * CIVIC_LANG_MAX];


int
main(int argc, char **argv)
{
    int           rc;
    size_t        i;
    civic_city_t  city;
    chat_pool_t   pool;

    chat_pool_init(&pool);

    if (!chat_city_load(&city, &pool.arena)) {
        return 1;
    }

    if (argc > 2 && strcmp(argv[1], "--play") == 0) {
        rc = test_aloud(argv[2], argc > 3 ? argv[3] : NULL, &city);

    } else if (argc > 2 && strcmp(argv[1], "--stats") == 0) {
        rc = test_stats(argc - 2, argv + 2, &city);

    } else {
        test_all(&city, &pool.arena);
        rc = done();
    }

    for (i = 0; i < TEST_FILES_MAX; i++) {
        free(test_file[i].bytes);
    }

    civic_city_destroy(&city);
    chat_pool_done(&pool);

    return rc;
}


static void
test_all(const civic_city_t *city, const civic_arena_t *a)
{
    char    wrong[2048];
    size_t  i, n;

    ok(civic_dialogue_check(city, a, chat_fault, NULL) == CIVIC_OK,
       "the table holds together with the city's texts");

    n = test_files(test_chats);
    ok(n > 0, "there are transcripts");

    for (i = 0; i < n; i++) {
        if (!ok(test_play(&test_chats[i], &civic_flow_citizen, city, NULL,
                          wrong, sizeof(wrong)),
                "%s in %s", test_chats[i].file->path,
                chat_languages[test_chats[i].lang]))
        {
            printf("# %s\n", wrong);
        }
    }

    test_rows(test_chats, n, city);
    test_needs(test_chats, n, city);
}


static size_t
test_files(test_chat_t *chats)
{
    int             lang;
    char            path[300];
    DIR            *dir;
    size_t          i, n, files;
    struct dirent  *entry;

    files = 0;
    dir = opendir("t/chat");

    while (dir != NULL && files < TEST_FILES_MAX
           && (entry = readdir(dir)) != NULL)
    {
        if (strstr(entry->d_name, ".chat") == NULL) {
            continue;
        }

        snprintf(path, sizeof(path), "t/chat/%s", entry->d_name);

        if (chat_file_read(&test_file[files], path)) {
            files++;

        } else {
            ok(0, "%s can be read", path);
        }
    }

    if (dir != NULL) {
        closedir(dir);
    }

    qsort(test_file, files, sizeof(chat_file_t), test_by_name);

    for (n = 0, i = 0; i < files; i++) {
        for (lang = 0; lang < CIVIC_LANG_MAX; lang++) {
            if (test_file[i].languages
                ? test_file[i].languages >> lang & 1
                : lang == CIVIC_LANG_HI)
            {
                chats[n].file = &test_file[i];
                chats[n++].lang = lang;
            }
        }
    }

    return n;
}


static int
test_by_name(const void *one, const void *two)
{
    return strcmp(((const chat_file_t *) one)->path,
                  ((const chat_file_t *) two)->path);
}


static int
test_play(test_chat_t *chat, const civic_flow_t *flow,
    const civic_city_t *city, FILE *aloud, char *wrong, size_t size)
{
    int           good;
    size_t        i;
    chat_play_t  *play;

    play = malloc(sizeof(chat_play_t));
    if (play == NULL) {
        abort();
    }

    chat_play_init(play, chat->file, chat->lang, flow, city);
    play->aloud = aloud;

    good = chat_run(play);

    if (flow == &civic_flow_citizen) {
        for (i = 0; i < CHAT_ROWS_MAX; i++) {
            chat->fired[i] = play->world.fired[i] != 0;
            chat->asked[i] = play->world.asked[i] != 0;
        }
    }

    if (wrong != NULL) {
        snprintf(wrong, size, "%s", play->wrong);
    }

    chat_pool_done(&play->world.pool);
    free(play);

    return good;
}


/* A row counts as the citizen's message or ours plus its place: see -1. */

static void
test_rows(test_chat_t *chats, size_t n, const civic_city_t *city)
{
    size_t        i, j;
    civic_row_t   rows[CHAT_ROWS_MAX];
    civic_flow_t  flow;

    for (i = 0; i < civic_flow_citizen.nrows; i++) {
        for (j = 0; j < n && !chats[j].fired[i]; j++) { /* void */ }

        if (j == n) {
            ok(0, "row %zu (%s, says %s) is fired by a transcript", i,
               civic_flow_citizen.rows[i].detail
               ? civic_flow_citizen.rows[i].detail : "any",
               civic_flow_citizen.rows[i].say
               ? civic_flow_citizen.rows[i].say : "nothing");
            continue;
        }

        flow = civic_flow_citizen;
        flow.rows = rows;
        flow.nrows--;

        memcpy(rows, civic_flow_citizen.rows, i * sizeof(civic_row_t));
        memcpy(rows + i, civic_flow_citizen.rows + i + 1,
               (flow.nrows - i) * sizeof(civic_row_t));

        ok(test_is_red(chats, n, i, 0, &flow, city),
           "without row %zu (%s, says %s) a transcript fails", i,
           civic_flow_citizen.rows[i].detail
           ? civic_flow_citizen.rows[i].detail : "any",
           civic_flow_citizen.rows[i].say
           ? civic_flow_citizen.rows[i].say : "nothing");
    }
}


static void
test_needs(test_chat_t *chats, size_t n, const civic_city_t *city)
{
    size_t        i;
    civic_need_t  needs[CHAT_ROWS_MAX];
    civic_flow_t  flow;

    for (i = 0; i < civic_flow_citizen.nneeds; i++) {
        flow = civic_flow_citizen;
        flow.needs = needs;
        flow.nneeds--;

        memcpy(needs, civic_flow_citizen.needs, i * sizeof(civic_need_t));
        memcpy(needs + i, civic_flow_citizen.needs + i + 1,
               (flow.nneeds - i) * sizeof(civic_need_t));

        ok(test_is_red(chats, n, i, 1, &flow, city),
           "without need %zu (%s) a transcript fails", i,
           civic_flow_citizen.needs[i].say);
    }
}


/* Only a transcript that fires a row can miss it. */

static int
test_is_red(test_chat_t *chats, size_t n, size_t row, int need,
    const civic_flow_t *flow, const civic_city_t *city)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if ((need ? chats[i].asked[row] : chats[i].fired[row])
            && !test_play(&chats[i], flow, city, NULL, NULL, 0))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Of each transcript: what citizens sent, in how many turns (what was said in
 * one breath is one), what we sent, and complaints.
 */

static int
test_stats(int n, char **paths, const civic_city_t *city)
{
    int           i, lang, bad;
    unsigned      said, turns, told, filed;
    chat_play_t  *play;

    play = malloc(sizeof(chat_play_t));
    if (play == NULL) {
        abort();
    }

    printf("%-44s %-8s %8s %6s %6s %11s\n", "transcript", "language",
           "messages", "turns", "ours", "complaints");

    said = turns = told = filed = 0;

    for (bad = 0, i = 0; i < n; i++) {
        if (!chat_file_read(&test_file[0], paths[i])) {
            fprintf(stderr, "%s cannot be read\n", paths[i]);
            bad = 1;
            continue;
        }

        for (lang = 0; lang < CIVIC_LANG_MAX; lang++) {
            if (test_file[0].languages
                ? !(test_file[0].languages >> lang & 1)
                : lang != CIVIC_LANG_HI)
            {
                continue;
            }

            chat_play_init(play, &test_file[0], lang, &civic_flow_citizen,
                           city);
            bad |= !chat_run(play);

            printf("%-44s %-8s %8u %6u %6u %11u\n", paths[i],
                   chat_languages[lang], play->world.said,
                   play->world.turns_said, play->world.told,
                   play->world.filed);
            said += play->world.said;
            turns += play->world.turns_said;
            told += play->world.told;
            filed += play->world.filed;
            chat_pool_done(&play->world.pool);
        }

        free(test_file[0].bytes);
        test_file[0].bytes = NULL;
    }

    printf("%-53s %8u %6u %6u %11u\n", "all", said, turns, told, filed);
    free(play);

    return bad;
}


static int
test_aloud(const char *path, const char *lang, const civic_city_t *city)
{
    int          i, good;
    char         wrong[2048];
    test_chat_t  chat;

    if (!chat_file_read(&test_file[0], path)) {
        fprintf(stderr, "%s cannot be read\n", path);
        return 2;
    }

    i = lang != NULL ? chat_language(lang, strlen(lang)) : -1;

    if (i < 0) {
        for (i = CIVIC_LANG_HI; test_file[0].languages
                                && !(test_file[0].languages >> i & 1); i--)
        {
            if (i == 0) {
                i = CIVIC_LANG_HI_LATN;
                break;
            }
        }
    }

    memset(&chat, 0, sizeof(test_chat_t));
    chat.file = &test_file[0];
    chat.lang = i;

    good = test_play(&chat, &civic_flow_citizen, city, stdout, wrong,
                     sizeof(wrong));

    if (!good) {
        printf("\n%s\n", wrong);
    }

    return !good;
}
