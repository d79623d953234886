
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The right column of a transcript: each effect is compared with the next
 * indented line, and each message with WhatsApp's limits.  Also what 311
 * answers, which stands in that column behind "->".
 */


#ifndef _CIVIC_CHAT_EXPECT_H_INCLUDED_
#define _CIVIC_CHAT_EXPECT_H_INCLUDED_


static int chat_wrong(chat_play_t *play, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static int chat_has_word(chat_play_t *play, const civic_message_t *m,
    const chat_word_t *word);


/* Keeps the first difference; always 0, to be returned. */

static int
chat_wrong(chat_play_t *play, size_t line, const char *fmt, ...)
{
    size_t   n;
    va_list  args;

    if (play->wrong[0] == '\0') {
        n = snprintf(play->wrong, sizeof(play->wrong), "%s:%d (%s): ",
                     play->file->path,
                     line < play->file->nlines ? play->file->line[line].no
                                               : 0,
                     chat_languages[play->lang]);

        va_start(args, fmt);
        vsnprintf(play->wrong + n, sizeof(play->wrong) - n, fmt, args);
        va_end(args);
    }

    return 0;
}


/* {T} and the like, where they are known. */

static void
chat_fill(chat_play_t *play, const char *s, char *to, size_t size)
{
    size_t  n, len;

    for (n = 0; *s && n + 1 < size; /* void */ ) {
        if (s[0] == '{' && s[1] >= 'A' && s[1] <= 'Z' && s[2] == '}'
            && play->var[s[1] - 'A'][0])
        {
            len = snprintf(to + n, size - n, "%s", play->var[s[1] - 'A']);
            n += len;
            s += 3;
            continue;
        }

        to[n++] = *s++;
    }

    to[n < size ? n : size - 1] = '\0';
}


/* The next indented line, NULL when the next line is not one. */

static const char *
chat_expected(chat_play_t *play)
{
    const char  *text;

    for ( ; play->at < play->file->nlines; play->at++) {
        text = chat_line_in(&play->file->line[play->at], play->lang);

        if (text == NULL) {
            continue;
        }

        if (!play->file->line[play->at].indented) {
            return NULL;
        }

        play->at++;
        return text;
    }

    return NULL;
}


static int
chat_contains(civic_str_t s, const char *what)
{
    return s.len && memmem(s.data, s.len, what, strlen(what)) != NULL;
}


/* Catches {T} in a message where the variable is still free. */

static void
chat_catch(chat_play_t *play, const civic_message_t *m, const char *word)
{
    char   ticket[CIVIC_TICKET_MAX];
    char  *var;

    word = strchr(word, '{');

    if (word == NULL || word[1] < 'A' || word[1] > 'Z' || word[2] != '}') {
        return;
    }

    var = play->var[word[1] - 'A'];

    if (var[0] == '\0' && civic_ticket_find(m->body, ticket) == CIVIC_OK) {
        memcpy(var, ticket, sizeof(ticket));
    }
}


/* A word with "-" before it must not be there. */

static int
chat_says(chat_play_t *play, const civic_message_t *m, chat_word_t *w,
    size_t n, size_t *i)
{
    if (w[*i].quote == 0 && strcmp(w[*i].text, "-") == 0 && *i + 1 < n) {
        return !chat_has_word(play, m, &w[++*i]);
    }

    return chat_has_word(play, m, &w[*i]);
}


static int
chat_has_word(chat_play_t *play, const civic_message_t *m,
    const chat_word_t *word)
{
    char                    text[CHAT_WORD_MAX];
    size_t                  i;
    const char             *value;
    const civic_text_t     *t;
    const civic_service_t  *service;

    chat_catch(play, m, word->text);
    chat_fill(play, word->text, text, sizeof(text));

    if (word->quote == '[') {
        if (strcmp(text, "send location") == 0) {
            return m->kind == CIVIC_MSG_ASK_PIN;
        }

        t = civic_city_text(play->world.city, civic_str(text));

        for (i = 0; i < m->nchoices; i++) {
            if (civic_str_is(m->choice[i].title, text)
                || civic_str_is(m->choice[i].id, text)
                || chat_contains(m->choice[i].note, text)
                || (t != NULL
                    && civic_str_eq(t->in[play->me->conv.lang],
                                    m->choice[i].title)))
            {
                return 1;
            }
        }

        return 0;
    }

    service = civic_city_service(play->world.city, civic_str(text));

    if (word->quote == 0 && service != NULL) {
        return civic_str_eq(m->key, civic_str("choose"))
               || memmem(m->body.data, m->body.len,
                         service->name[play->me->conv.lang].data,
                         service->name[play->me->conv.lang].len) != NULL;
    }

    value = word->quote == 0 && strchr(text, '=') != NULL
            ? strchr(text, '=') + 1 : text;

    return chat_contains(m->body, value);
}


static int
chat_fits(const civic_message_t *m)
{
    size_t  i, j, max;

    max = m->kind == CIVIC_MSG_TEXT ? 4096 : 1024;

    if (m->body.len == 0 || civic_utf16_len(m->body) > max
        || chat_contains(m->body, "{")
        || (m->kind == CIVIC_MSG_BUTTONS && (m->nchoices < 1
                                             || m->nchoices > 3))
        || (m->kind == CIVIC_MSG_LIST
            && (m->nchoices < 1 || m->list_button.len == 0
                || civic_utf16_len(m->list_button) > 20)))
    {
        return 0;
    }

    for (i = 0; i < m->nchoices; i++) {
        max = m->kind == CIVIC_MSG_BUTTONS ? 20 : 24;

        if (m->choice[i].title.len == 0 || m->choice[i].id.len == 0
            || m->choice[i].id.len > 200
            || civic_utf16_len(m->choice[i].title) > max
            || civic_utf16_len(m->choice[i].note) > 72)
        {
            return 0;
        }

        for (j = 0; j < i; j++) {
            if (civic_str_eq(m->choice[i].id, m->choice[j].id)
                || (m->kind == CIVIC_MSG_BUTTONS
                    && civic_str_eq(m->choice[i].title,
                                    m->choice[j].title)))
            {
                return 0;
            }
        }
    }

    return 1;
}


static void
chat_tell(chat_play_t *play, const civic_message_t *m)
{
    size_t  i;

    fprintf(play->aloud, "\n    %s>\n", m->key.data);

    for (i = 0; i < m->body.len; i++) {
        fprintf(play->aloud, "%s%c", i == 0 || m->body.data[i - 1] == '\n'
                                     ? "      " : "", m->body.data[i]);
    }

    fprintf(play->aloud, "\n");

    if (m->kind == CIVIC_MSG_ASK_PIN) {
        fprintf(play->aloud, "      [send location]\n");
    }

    if (m->kind == CIVIC_MSG_LIST) {
        fprintf(play->aloud, "      [%.*s]\n", (int) m->list_button.len,
                m->list_button.data);
    }

    for (i = 0; i < m->nchoices; i++) {
        fprintf(play->aloud, "      %s %.*s%s%.*s\n",
                m->kind == CIVIC_MSG_LIST ? "  -" : "[]",
                (int) m->choice[i].title.len, m->choice[i].title.data,
                m->choice[i].note.len ? "  " : "",
                (int) m->choice[i].note.len,
                m->choice[i].note.data ? m->choice[i].note.data : "");
    }
}


static int
chat_heard_message(chat_play_t *play, chat_person_t *person,
    civic_message_t *m)
{
    size_t        i, n, line;
    const char   *text;
    chat_word_t   w[CHAT_WORDS_MAX];

    if (play->aloud != NULL) {
        chat_tell(play, m);
    }

    if (person->nshown == CHAT_SHOWN_MAX) {
        memmove(person->shown, person->shown + 1,
                (CHAT_SHOWN_MAX - 1) * sizeof(civic_message_t *));
        person->nshown--;
    }

    person->shown[person->nshown++] = m;
    play->me = person;

    line = play->at;
    text = chat_expected(play);

    if (text == NULL) {
        return chat_wrong(play, line, "nobody expected: bot: %.*s \"%.*s\"",
                          (int) m->key.len, m->key.data, (int) m->body.len,
                          m->body.data);
    }

    n = chat_words(text, w);

    if (n < 2 || strcmp(w[0].text, "bot:") != 0
        || !civic_str_is(m->key, w[1].text))
    {
        return chat_wrong(play, play->at - 1, "bot: %.*s \"%.*s\", expected "
                          "%s", (int) m->key.len, m->key.data,
                          (int) m->body.len, m->body.data, text);
    }

    for (i = 2; i < n; i++) {
        if (!chat_says(play, m, w, n, &i)) {
            return chat_wrong(play, play->at - 1, "no \"%s\" in \"%.*s\"",
                              w[i].text, (int) m->body.len, m->body.data);
        }
    }

    return chat_fits(m) ? 1 : chat_wrong(play, play->at - 1,
                                         "WhatsApp would refuse it");
}


/* Whether 311 has words of its own: "notes" that are no correction. */

static int
chat_has_notes(const chat_play_t *play, const chat_word_t *w, size_t n)
{
    return n > 1
           && civic_dialogue_notes(play->world.city, civic_str(w[1].text)).len;
}


/* What 311 says behind "->", as an event about case "c". */

static int
chat_outcome(chat_play_t *play, int c, chat_word_t *w, size_t n,
    civic_event_t *ev)
{
    int            kind;
    size_t         i;
    civic_case_t  *known = &play->world.cases[c];
    civic_case_e   state;

    for (kind = CIVIC_EV_OURS; kind < CIVIC_EV_MAX; kind++) {
        if (strcmp(civic_event_name(kind), w[0].text) == 0) {
            break;
        }
    }

    ev->kind = kind;
    ev->ticket = known->ticket;
    ev->complaint_id = known->complaint_id;
    ev->place = known->place;

    for (i = 2; i + 1 < n; i++) {
        if (strcmp(w[i].text, "notice") == 0) {
            ev->notice = chat_copy(&play->world, w[i + 1].text);

        } else if (strcmp(w[i].text, "notes") == 0) {
            known->notes = civic_dialogue_notes(play->world.city,
                               chat_copy(&play->world, w[i + 1].text));

        } else if (strcmp(w[i].text, "expected") == 0) {
            ev->expected = civic_time_parse(civic_str(w[i + 1].text),
                                            CIVIC_ZONE_IST);
            known->expected = ev->expected;

        } else if (strcmp(w[i].text, "->") == 0) {

            if (kind == CIVIC_EV_REGISTERED) {
                ev->request_id = chat_copy(&play->world, w[i + 1].text);
                known->request_id = ev->request_id;
                known->state = civic_str("registered");
                continue;
            }

            (void) civic_case_of_name(known->state, &state);  /* ours */
            state = civic_case_after(state, civic_str(w[i + 1].text),
                                     chat_has_notes(play, &w[i + 2],
                                                    n - i - 2));
            known->state = civic_str(civic_case_name(state));
            known->changed = play->world.now / 1000;
        }
    }

    if (kind == CIVIC_EV_STATUS || kind == CIVIC_EV_NO_STATUS) {
        ev->cases = civic_arena_alloc(&play->world.pool.arena,
                                      sizeof(civic_case_t));
        ev->cases[0] = *known;
        ev->cases[0].fresh = kind == CIVIC_EV_STATUS;
        ev->ncases = 1;
    }

    return kind < CIVIC_EV_MAX;
}


/* Puts the answer that stands in the file in the way of events. */

static int
chat_reply(chat_play_t *play, chat_person_t *person, int c,
    const char *outcome, const char *arrow)
{
    char           line[CHAT_WORD_MAX];
    size_t         n;
    chat_word_t    w[CHAT_WORDS_MAX];
    civic_event_t  ev;

    if (strncmp(arrow, "-> silence", 10) == 0) {
        return 1;
    }

    snprintf(line, sizeof(line), "%s x %s", outcome, arrow);
    n = chat_words(line, w);
    memset(&ev, 0, sizeof(civic_event_t));

    if (c < 0 || !chat_outcome(play, c, w, n, &ev)) {
        return chat_wrong(play, play->at - 1, "311 cannot answer that");
    }

    chat_answer(&play->world, person, &ev);

    return 1;
}


/* "words=", "lat=", ... of a POST, each as the core asked for it. */

static int
chat_param(chat_play_t *play, const chat_person_t *person,
    const civic_effect_t *fx, const char *word)
{
    char        got[9000];
    const char *eq = strchr(word, '=');

    if (eq == NULL) {
        return 1;
    }

    if (strncmp(word, "service_code=", 13) == 0) {
        snprintf(got, sizeof(got), "%.*s", (int) fx->service->code.len,
                 fx->service->code.data);

    } else if (strncmp(word, "words=", 6) == 0) {
        snprintf(got, sizeof(got), "%s", person->words);

        for (char *p = got; *p; p++) {
            *p = *p == '\n' ? '|' : *p == ' ' ? '_' : *p;
        }

    } else if (strncmp(word, "address=", 8) == 0) {
        snprintf(got, sizeof(got), "%s", person->address);

        for (char *p = got; *p; p++) {
            *p = *p == ' ' ? '_' : *p;
        }

    } else if (strncmp(word, "urgent=", 7) == 0) {
        snprintf(got, sizeof(got), "%.*s", (int) fx->urgent.len,
                 fx->urgent.data);

        for (char *p = got; *p; p++) {
            *p = *p == ' ' ? '_' : *p;
        }

    } else if (strncmp(word, "photos=", 7) == 0) {
        snprintf(got, sizeof(got), "%u", person->photos);

    } else if (strncmp(word, "ward=", 5) == 0) {
        snprintf(got, sizeof(got), "%u", fx->ward);

    } else if (strncmp(word, "lat=", 4) == 0) {
        snprintf(got, sizeof(got), "%.4f", fx->lat / 1e6);

    } else if (strncmp(word, "long=", 5) == 0) {
        snprintf(got, sizeof(got), "%.4f", fx->lng / 1e6);

    } else if (strncmp(word, "pin=", 4) == 0) {
        snprintf(got, sizeof(got), "%s", fx->has_pin ? "yes" : "no");

    } else {
        got[0] = '\0';
    }

    return strcmp(got, eq + 1) == 0
           ? 1 : chat_wrong(play, play->at - 1, "%.*s is \"%s\"",
                            (int) (eq - word), word, got);
}


static int
chat_heard_call(chat_play_t *play, chat_person_t *person,
    const civic_effect_t *fx, const char *call, const char *text)
{
    int           c;
    char          filled[CHAT_WORD_MAX];
    size_t        i, n;
    const char   *arrow;
    chat_word_t   w[CHAT_WORDS_MAX];

    chat_fill(play, text, filled, sizeof(filled));
    n = chat_words(filled, w);
    arrow = strstr(filled, "->");
    c = chat_case_of(&play->world, fx->ticket);

    if (n < 3 || strcmp(w[0].text, "311:") != 0 || arrow == NULL
        || strncmp(filled + 5, call, strlen(call)) != 0)
    {
        return chat_wrong(play, play->at - 1, "311: %s, expected %s", call,
                          text);
    }

    for (i = 3; i < n && strcmp(w[i].text, "->") != 0; i++) {

        if (fx->kind == CIVIC_FX_FILE
            && !chat_param(play, person, fx, w[i].text))
        {
            return 0;
        }

        if (fx->kind == CIVIC_FX_UPDATE && !chat_contains(fx->text,
                                                          w[i].text))
        {
            return chat_wrong(play, play->at - 1, "no \"%s\" in \"%.*s\"",
                              w[i].text, (int) fx->text.len, fx->text.data);
        }
    }

    if (fx->kind == CIVIC_FX_FILE) {
        n = strspn(arrow + 2, " ") + 2;

        for (i = CIVIC_EV_TOKEN; i <= CIVIC_EV_UNKNOWN; i++) {
            if (strcmp(arrow + n, civic_event_name(i)) == 0) {
                return chat_reply(play, person, c, arrow + n, arrow);
            }
        }

        return chat_reply(play, person, c, "registered", arrow);
    }

    if (fx->kind == CIVIC_FX_ASK_311) {
        return chat_reply(play, person, c, strcmp(arrow, "-> fails") == 0
                                           ? "no_status" : "status",
                          strcmp(arrow, "-> fails") == 0 ? "" : arrow);
    }

    return chat_reply(play, person, c, strcmp(arrow, "-> ok") == 0
                                       ? "updated" : "not_updated",
                      strcmp(arrow, "-> silence") == 0 ? arrow : "");
}


static int
chat_heard(void *data, chat_person_t *person, const civic_effect_t *fx)
{
    char          call[256];
    size_t        line;
    const char   *text;
    chat_play_t  *play = data;

    switch (fx->kind) {

    case CIVIC_FX_SEND:
        return chat_heard_message(play, person, fx->message);

    case CIVIC_FX_FILE:
        snprintf(call, sizeof(call), "POST requests ");
        break;

    case CIVIC_FX_ASK_311:
        snprintf(call, sizeof(call), "GET requests/%.*s ",
                 (int) fx->request_id.len, fx->request_id.data);
        break;

    case CIVIC_FX_UPDATE:
        snprintf(call, sizeof(call), "POST updates ");
        break;

    default:
        return 1;
    }

    line = play->at;
    text = chat_expected(play);

    if (text == NULL) {
        return chat_wrong(play, line, "nobody expected: 311: %s", call);
    }

    return chat_heard_call(play, person, fx, call, text);
}


#endif /* _CIVIC_CHAT_EXPECT_H_INCLUDED_ */
