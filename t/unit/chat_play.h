
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Plays a transcript: speaks its left column into the world, compares what
 * happens with what is indented, and can tell it aloud as a chat.  The first
 * difference ends it, with the line where it stands.
 */


#ifndef _CIVIC_CHAT_PLAY_H_INCLUDED_
#define _CIVIC_CHAT_PLAY_H_INCLUDED_


#include <stdarg.h>

#include "chat_world.h"
#include "core/base/civic_time.h"


typedef struct {
    chat_world_t         world;
    const chat_file_t   *file;
    civic_lang_e         lang;
    size_t               at;            /* next line */
    char                 var[26][24];   /* {A} to {Z} */
    chat_person_t       *me;            /* who spoke last */
    FILE                *aloud;         /* NULL: silent */
    char                 wrong[2048];   /* "": all is well */
} chat_play_t;


#include "chat_expect.h"


/* What a citizen sends besides words; "id" kinds are handled apart. */

static const struct {
    const char     *word;
    civic_event_e   kind;
} chat_kinds[] = {
    { "photo",       CIVIC_EV_PHOTO    },
    { "video",       CIVIC_EV_VIDEO    },
    { "file",        CIVIC_EV_FILE     },
    { "voice",       CIVIC_EV_VOICE    },
    { "sticker",     CIVIC_EV_STICKER  },
    { "contact",     CIVIC_EV_CONTACT  },
    { "order",       CIVIC_EV_ORDER    },
    { "form",        CIVIC_EV_FORM     },
    { "unsupported", CIVIC_EV_UNUSABLE },
    { "edit",        CIVIC_EV_EDIT     },
    { "revoke",      CIVIC_EV_REVOKE   },
    { "react",       CIVIC_EV_REACTION },
    { "welcome",     CIVIC_EV_WELCOME  },
    { NULL, 0 }
};


/* The id of the newest button or row with this label or id. */

static civic_str_t
chat_shown_id(chat_play_t *play, const char *label)
{
    size_t                 i, j;
    civic_str_t            none = civic_null_str;
    const civic_message_t *m;

    for (i = play->me->nshown; i-- > 0; /* void */ ) {
        m = play->me->shown[i];

        for (j = 0; j < m->nchoices; j++) {
            if (civic_str_is(m->choice[j].title, label)
                || civic_str_is(m->choice[j].id, label))
            {
                return m->choice[j].id;
            }
        }
    }

    return none;
}


/* The newest message with this key, any if it is empty, is quoted. */

static int
chat_quote(chat_play_t *play, const char *key, size_t len, civic_event_t *ev)
{
    int                     c;
    size_t                  i;
    const civic_message_t  *m;

    for (i = play->me->nshown; i-- > 0; /* void */ ) {
        m = play->me->shown[i];

        if (len && !civic_str_eq(m->key, civic_strn(key, len))) {
            continue;
        }

        c = m->ticket.len ? chat_case_of(&play->world, m->ticket) : -1;

        ev->quotes = civic_str("wamid.quoted");
        ev->quoted = m->key;

        if (c >= 0) {
            ev->cases = &play->world.cases[c];
            ev->ncases = 1;
        }

        return 1;
    }

    return chat_wrong(play, play->at - 1, "no \"%.*s\" to answer to",
                      (int) len, key);
}


static int
chat_message(chat_play_t *play, const char *text, civic_event_t *ev)
{
    char          said[CHAT_WORD_MAX];
    size_t        i, n, len;
    chat_word_t  *w;

    if (strncmp(text, "reply-to ", 9) == 0) {
        text += 9;
        len = strcspn(text, ":");

        if (!chat_quote(play, text, len, ev)) {
            return 0;
        }

        text += len + (text[len] == ':');
        text += strspn(text, " ");
    }

    chat_fill(play, text, said, sizeof(said));
    w = civic_arena_alloc(&play->world.pool.arena,
                          CHAT_WORDS_MAX * sizeof(chat_word_t));
    n = chat_words(said, w);

    if (n && !w[0].quote && (strcmp(w[0].text, "tap") == 0
                             || strcmp(w[0].text, "pick") == 0))
    {
        ev->kind = CIVIC_EV_TAP;
        ev->id = chat_shown_id(play, n > 1 ? w[1].text : "");

        return ev->id.len ? 1 : chat_wrong(play, play->at - 1, "nothing to "
                                           "tap like \"%s\"",
                                           n > 1 ? w[1].text : "");
    }

    if (n == 2 && !w[0].quote && strcmp(w[0].text, "forge") == 0) {
        ev->kind = CIVIC_EV_TAP;
        ev->id = chat_copy(&play->world, w[1].text);
        return 1;
    }

    if (n == 2 && !w[0].quote && strcmp(w[0].text, "quick-reply") == 0) {
        ev->kind = CIVIC_EV_TAP;
        ev->id = chat_copy(&play->world, w[1].text);
        ev->text = ev->id;
        return 1;
    }

    if (n >= 3 && !w[0].quote && strcmp(w[0].text, "pin") == 0) {
        ev->kind = CIVIC_EV_PIN;
        ev->lat = strtod(w[1].text, NULL);
        ev->lng = strtod(w[2].text, NULL);
        ev->has_pin = 1;
        ev->text = chat_copy(&play->world, n > 3 ? w[3].text : "");
        return 1;
    }

    for (i = 0; n && !w[0].quote && chat_kinds[i].word != NULL; i++) {
        len = strlen(chat_kinds[i].word);

        if (strcmp(w[0].text, chat_kinds[i].word) == 0) {
            ev->kind = chat_kinds[i].kind;
            ev->text = chat_copy(&play->world,
                                 said + len + strspn(said + len, " "));
            ev->media = civic_str("media-1");

            return ev->kind != CIVIC_EV_REACTION
                   || ev->quotes.len || chat_quote(play, "", 0, ev);
        }
    }

    ev->kind = CIVIC_EV_TEXT;
    ev->text = chat_copy(&play->world, n == 1 && w[0].quote ? w[0].text
                                                            : said);
    return 1;
}


/* 'citizen 9100... "Name"', 'citizen' or a name known already */

static chat_person_t *
chat_who(chat_play_t *play, const char *head)
{
    size_t       n, i;
    const char  *phone, *name;
    chat_word_t  w[CHAT_WORDS_MAX];

    n = chat_words(head, w);
    i = n && strcmp(w[0].text, "citizen") == 0 ? 1 : 0;

    if (i == n) {
        return play->me;
    }

    phone = w[i].text[0] >= '0' && w[i].text[0] <= '9' ? w[i].text : "";
    name = *phone ? n > i + 1 ? w[i + 1].text : "" : w[i].text;

    return chat_person(&play->world, phone, name, play->lang);
}


static int chat_breathe(chat_play_t *play);


static int
chat_citizen(chat_play_t *play, const char *text)
{
    char            head[128], wamid[32];
    size_t          len;
    civic_event_t   ev;

    len = strcspn(text, ":");
    snprintf(head, sizeof(head), "%.*s", (int) len, text);
    text += len + (text[len] == ':');
    text += strspn(text, " ");

    play->me = chat_who(play, head);
    if (play->me == NULL) {
        return chat_wrong(play, play->at - 1, "nobody is called \"%s\"",
                          head);
    }

    memset(&ev, 0, sizeof(civic_event_t));
    snprintf(wamid, sizeof(wamid), "wamid.%u", ++play->world.wamid);
    ev.wamid = chat_copy(&play->world, wamid);
    ev.sent = play->world.now / 1000;

    if (!chat_message(play, text, &ev)) {
        return 0;
    }

    if (play->aloud != NULL) {
        fprintf(play->aloud, "\n%s: %s\n", play->me->name, text);
    }

    return chat_turn(&play->world, play, play->me, &ev)
           && chat_settle(&play->world, play)
           && chat_breathe(play);
}


/*
 * An answer stands next, so this was all that was said in one breath: the
 * settle time is over.
 */

static int
chat_breathe(chat_play_t *play)
{
    size_t       i;
    const char  *text;

    for (i = play->at, text = NULL; i < play->file->nlines && text == NULL;
         i++)
    {
        text = chat_line_in(&play->file->line[i], play->lang);
    }

    if (text == NULL || !play->file->line[i - 1].indented
        || play->me->conv.awaits != CIVIC_ST_GATHERING)
    {
        return 1;
    }

    return chat_advance(&play->world, play, play->world.now
                                            + (play->me->conv.hearing
                                               ? CHAT_VOICE : CHAT_SETTLE));
}


/* What became of the last file of the one who spoke last. */

static int
chat_file_is(chat_play_t *play, civic_event_e kind, const char *text)
{
    civic_event_t  ev;

    memset(&ev, 0, sizeof(civic_event_t));
    ev.kind = kind;
    ev.draft = play->me->voice;
    ev.text = chat_copy(&play->world, text);

    return chat_turn(&play->world, play, play->me, &ev)
           && chat_settle(&play->world, play)
           && chat_breathe(play);
}


/* What 311 does without being asked just now. */

static int
chat_311(chat_play_t *play, const char *text)
{
    int             c;
    char            filled[CHAT_WORD_MAX];
    size_t          n;
    chat_word_t     w[CHAT_WORDS_MAX];
    civic_event_t   ev;
    chat_world_t   *world = &play->world;
    const civic_service_t  *service;

    chat_fill(play, text, filled, sizeof(filled));
    n = chat_words(filled, w);

    if (n == 3 && strcmp(w[0].text, "offers") == 0) {
        service = civic_city_service(world->city, civic_str(w[2].text));

        if (service != NULL) {
            world->offered[service - world->city->services]
                = strcmp(w[1].text, "not") != 0;
            return 1;
        }
    }

    memset(&ev, 0, sizeof(civic_event_t));
    c = n > 1 ? chat_case_of(world, civic_str(w[1].text)) : -1;

    if (c < 0 || !chat_outcome(play, c, w, n, &ev)) {
        return chat_wrong(play, play->at - 1, "311 cannot do that");
    }

    chat_answer(world, world->owner[c], &ev);

    return chat_settle(world, play);
}


static int
chat_clock(chat_play_t *play, const char *text)
{
    size_t       n;
    int64_t      to, count;
    chat_word_t  w[CHAT_WORDS_MAX];
    char         when[64];

    n = chat_words(text, w);
    to = 0;

    if (n >= 3 && strcmp(w[0].text, "at") == 0) {
        snprintf(when, sizeof(when), "%.20s %.20s", w[1].text, w[2].text);
        to = civic_time_parse(civic_str(when), CIVIC_ZONE_IST) * 1000;

    } else if (n == 3) {
        count = strtol(w[1].text, NULL, 10) * 1000;
        to = play->world.now
             + count * (w[2].text[0] == 's' ? 1 : w[2].text[0] == 'm' ? 60
                        : w[2].text[0] == 'h' ? 3600 : 86400);
    }

    if (to == 0) {
        return chat_wrong(play, play->at - 1, "no such time");
    }

    if (play->aloud != NULL) {
        fprintf(play->aloud, "\n    -- %s --\n", text);
    }

    if (play->world.turns == 0) {
        play->world.now = to;
        return 1;
    }

    return chat_advance(&play->world, play, to);
}


static int
chat_step(chat_play_t *play, const char *text)
{
    if (strncmp(text, "at ", 3) == 0 || strncmp(text, "after ", 6) == 0) {
        return chat_clock(play, text);
    }

    if (strncmp(text, "311: ", 5) == 0) {
        return chat_311(play, text + 5);
    }

    if (strncmp(text, "postgres: ", 10) == 0) {
        play->world.held = strcmp(text + 10, "holds") == 0;
        return chat_settle(&play->world, play);
    }

    if (strcmp(text, "speech: on") == 0) {
        play->world.hears = 1;
        return 1;
    }

    if (strcmp(text, "file: not kept") == 0) {
        return chat_file_is(play, CIVIC_EV_NOT_KEPT, "");
    }

    if (strcmp(text, "voice: not heard") == 0) {
        return chat_file_is(play, CIVIC_EV_NOT_HEARD, "");
    }

    if (strncmp(text, "heard: ", 7) == 0) {
        return chat_file_is(play, CIVIC_EV_HEARD, text + 7);
    }

    return chat_citizen(play, text);
}


/* 1 when the transcript held; else play->wrong tells where it did not. */

static int
chat_run(chat_play_t *play)
{
    int           good;
    const char   *text;
    chat_line_t   line;

    for (good = 1; good && play->at < play->file->nlines; /* void */ ) {
        line = play->file->line[play->at++];
        text = chat_line_in(&line, play->lang);

        if (text == NULL) {
            continue;
        }

        if (line.indented) {
            good = strcmp(text, "(nothing)") == 0
                   ? 1 : chat_wrong(play, play->at - 1, "did not happen: %s",
                                    text);
            continue;
        }

        good = chat_step(play, text);
    }

    if (play->file->ours
        && play->world.told > play->file->ours * play->world.filed)
    {
        (void) chat_wrong(play, play->at - 1, "%u messages of ours for %u "
                          "complaints", play->world.told, play->world.filed);
    }

    if (play->world.broken != NULL && play->wrong[0] == '\0') {
        (void) chat_wrong(play, play->at ? play->at - 1 : 0, "%s",
                          play->world.broken);     /* it always says no */
    }

    return play->wrong[0] == '\0';
}


static void
chat_play_init(chat_play_t *play, const chat_file_t *file,
    civic_lang_e lang, const civic_flow_t *flow, const civic_city_t *city)
{
    memset(play, 0, sizeof(chat_play_t));

    play->file = file;
    play->lang = lang;
    chat_world_init(&play->world, flow, city);
}


#endif /* _CIVIC_CHAT_PLAY_H_INCLUDED_ */
