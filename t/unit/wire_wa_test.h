
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the wire_wa_in*.c tests share: all fixtures of WhatsApp by name, and
 * the promises of civic_wa_in.h as a check that holds for any input.
 */


#ifndef _CIVIC_WIRE_WA_TEST_H_INCLUDED_
#define _CIVIC_WIRE_WA_TEST_H_INCLUDED_


#include <dirent.h>

#include "core/wire/civic_wa_in.h"
#include "wire_test.h"


#define TEST_FIXTURES  "t/fixtures/whatsapp"


typedef struct {
    const char   *name;
    civic_str_t   body;
} fixture_t;


static fixture_t  fixtures[256];
static size_t     nfixtures;


static inline int
by_name(const void *a, const void *b)
{
    return strcmp(((const fixture_t *) a)->name,
                  ((const fixture_t *) b)->name);
}


static inline void
read_fixtures(void)
{
    DIR            *dir;
    char            path[512];
    const char     *top;
    struct dirent  *e;

    top = getenv("CIVIC_TOP");
    (void) snprintf(path, sizeof(path), "%s/" TEST_FIXTURES, top ? top : ".");

    dir = opendir(path);
    if (dir == NULL) {
        printf("Bail out! no %s\n", path);
        exit(2);
    }

    while ((e = readdir(dir)) != NULL) {
        if (strstr(e->d_name, ".json") != NULL && nfixtures < 256) {
            fixtures[nfixtures].name = strdup(e->d_name);
            fixtures[nfixtures++].body = test_file(TEST_FIXTURES, e->d_name);
        }
    }

    closedir(dir);

    qsort(fixtures, nfixtures, sizeof(fixture_t), by_name);
}


static inline void
free_fixtures(void)
{
    size_t  i;

    for (i = 0; i < nfixtures; i++) {
        free((void *) fixtures[i].name);
        test_file_free(fixtures[i].body);
    }
}


/* The promises of civic_wa_in.h, for any input. */

static inline int
check_message(const civic_wa_message_t *m)
{
    const civic_event_t  *ev = &m->event;

    return ev->kind > CIVIC_EV_NONE && ev->kind < CIVIC_EV_OURS
           && m->raw_kind != NULL
           && ev->wamid.len > 0 && test_is_clean(ev->wamid, CIVIC_WAMID_MAX)
           && (m->who.phone.len || m->who.user_id.len)
           && test_is_clean(m->who.phone, CIVIC_PHONE_MAX)
           && test_is_clean(m->who.user_id, CIVIC_USER_ID_MAX)
           && test_is_clean(m->who.parent_id, CIVIC_USER_ID_MAX)
           && test_is_clean(m->moved.phone, CIVIC_PHONE_MAX)
           && test_is_clean(m->moved.user_id, CIVIC_USER_ID_MAX)
           && test_is_clean(m->name, CIVIC_NAME_MAX)
           && test_is_clean(ev->text, CIVIC_TEXT_MAX)
           && test_is_clean(ev->id, 1024)
           && test_is_clean(ev->media, 255)
           && test_is_clean(ev->mime, 127)
           && ev->sent >= 0
           && (!ev->has_pin || (ev->lat >= -90 && ev->lat <= 90
                                && ev->lng >= -180 && ev->lng <= 180))
           && (ev->kind != CIVIC_EV_PHOTO || ev->media.len)
           && (ev->kind != CIVIC_EV_TAP || ev->id.len);
}


static inline int
check(const civic_wa_batch_t *batch)
{
    unsigned                   n;
    const civic_wa_status_t   *s;
    const civic_wa_message_t  *m;

    n = 0;

    for (m = batch->messages; m != NULL; m = m->next) {
        if (!check_message(m)) {
            return 0;
        }

        n++;
    }

    if (n != batch->nmessages) {
        return 0;
    }

    n = 0;

    for (s = batch->statuses; s != NULL; s = s->next) {
        if (s->wamid.len == 0 || !test_is_clean(s->wamid, CIVIC_WAMID_MAX)
            || !test_is_clean(s->callback, 512) || s->at < 0 || s->error < 0)
        {
            return 0;
        }

        n++;
    }

    return n == batch->nstatuses;
}


#endif /* _CIVIC_WIRE_WA_TEST_H_INCLUDED_ */
