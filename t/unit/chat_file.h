
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A transcript of t/chat as lines: read, chosen for a language, taken apart
 * into words.  It knows the shape of a line, not what it means.
 *
 *   # comment
 *   languages hi en          played once in each; else once, in Hindi
 *   ours 2                   at most 2 messages of ours for each complaint
 *   @en citizen: ...         only when it is played in English
 *   at 2026-11-23 09:05 IST  moves the clock
 *   after 10 min             s, min, h, d; waits that end meanwhile fall due
 *   citizen 9100... "Name": what is sent; later "citizen:" or "Name:"
 *   311: offers|registered|...   left: what 311 does unasked
 *   postgres: holds|answers  left: look-ups are kept back, and let go
 *   file: not kept           left: what was sent last could not be had
 *   speech: on               left: voice notes are heard, if they are
 *   heard: words             left: what the last one says
 *   voice: not heard         left: nobody knows what it says
 *       bot: key "words" [button] SERVICE {T} ward=31 - "not these words"
 *       311: POST requests service_code=SL_OFF -> 311-7 notice "..."
 *       311: GET requests/311-7 -> closed notes "..."
 *       311: POST updates "words" -> ok
 *       (nothing)
 *
 * Lines of a citizen with nothing indented between them are said in one
 * breath.  Indented lines are what must follow, in order, and nothing more.
 * {T} is caught where it stands first and must match later.
 */


#ifndef _CIVIC_CHAT_FILE_H_INCLUDED_
#define _CIVIC_CHAT_FILE_H_INCLUDED_


#include "chat_city.h"


#define CHAT_LINES_MAX  800
#define CHAT_WORDS_MAX  24
#define CHAT_WORD_MAX   1024


typedef struct {
    char       *text;           /* without indentation, may be "" */
    int         no;
    int         indented;
} chat_line_t;


typedef struct {
    char         path[256];
    char        *bytes;
    chat_line_t  line[CHAT_LINES_MAX];
    size_t       nlines;
    unsigned     languages;     /* bits of civic_lang_e; 0: one, Hindi */
    unsigned     ours;          /* for each complaint at most, 0: any */
} chat_file_t;


/* A word of a line, with what kind of quotes it stood in: 0, '"' or '['. */

typedef struct {
    char         text[CHAT_WORD_MAX];
    char         quote;
} chat_word_t;


static const char  *chat_languages[CIVIC_LANG_MAX] = {
    "en", "hi", "hi_latn"
};


static int
chat_language(const char *name, size_t len)
{
    int  i;

    for (i = 0; i < CIVIC_LANG_MAX; i++) {
        if (strlen(chat_languages[i]) == len
            && memcmp(chat_languages[i], name, len) == 0)
        {
            return i;
        }
    }

    return -1;
}


/* 0 when the file cannot be read or has a line nobody could mean. */

static int
chat_file_read(chat_file_t *file, const char *path)
{
    int     no, lang;
    char   *p, *next, *word;
    size_t  len;

    memset(file, 0, sizeof(chat_file_t));
    snprintf(file->path, sizeof(file->path), "%s", path);

    file->bytes = chat_read_bytes(path, &len);
    if (file->bytes == NULL) {
        return 0;
    }

    for (no = 1, p = file->bytes; *p; p = next, no++) {
        len = strcspn(p, "\n");
        next = p + len + (p[len] == '\n');
        p[len] = '\0';

        if (strncmp(p, "languages ", 10) == 0) {

            for (word = strtok(p + 10, " "); word != NULL;
                 word = strtok(NULL, " "))
            {
                lang = chat_language(word, strlen(word));
                if (lang < 0) {
                    return 0;
                }

                file->languages |= 1u << lang;
            }

            continue;
        }

        if (strncmp(p, "ours ", 5) == 0) {
            file->ours = strtoul(p + 5, NULL, 10);
            continue;
        }

        len = strspn(p, " \t");

        if (p[len] == '#' || p[len] == '\0') {
            continue;
        }

        if (file->nlines == CHAT_LINES_MAX) {
            return 0;
        }

        file->line[file->nlines].text = p + len;
        file->line[file->nlines].no = no;
        file->line[file->nlines].indented = len != 0;
        file->nlines++;
    }

    return 1;
}


/* The text of a line in a language; NULL when the line is not for it. */

static const char *
chat_line_in(const chat_line_t *line, civic_lang_e lang)
{
    int          other;
    size_t       len;
    const char  *p;

    p = line->text;

    if (*p != '@') {
        return p;
    }

    len = strcspn(p + 1, " ");
    other = chat_language(p + 1, len);

    return other == (int) lang ? p + 1 + len + strspn(p + 1 + len, " ")
                               : NULL;
}


/* Words, "quoted words" and [buttons] of a line. */

static size_t
chat_words(const char *p, chat_word_t *words)
{
    char    end;
    size_t  n, len;

    for (n = 0; n < CHAT_WORDS_MAX; n++) {
        p += strspn(p, " \t");

        if (*p == '\0') {
            break;
        }

        words[n].quote = *p == '"' || *p == '[' ? *p : 0;
        end = *p == '[' ? ']' : '"';

        if (words[n].quote) {
            p++;
            len = strchr(p, end) != NULL ? (size_t) (strchr(p, end) - p)
                                         : strlen(p);

        } else {
            len = strcspn(p, " \t");
        }

        if (len >= CHAT_WORD_MAX) {
            len = CHAT_WORD_MAX - 1;
        }

        memcpy(words[n].text, p, len);
        words[n].text[len] = '\0';

        p += len;
        p += words[n].quote && *p == end;
    }

    return n;
}


#endif /* _CIVIC_CHAT_FILE_H_INCLUDED_ */
