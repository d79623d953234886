
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Webhooks of the Cloud API.  Every fixture is read and compared field by
 * field with t/unit/data/wire_wa_in.txt, and all in one body.  Fails when a
 * field is lost, invented or joined to the wrong person, and when a message
 * that is broken inside is not answered.
 */


#define _POSIX_C_SOURCE 200809L

#include <cjson/cJSON.h>

#include "wire_wa_test.h"


#define TEST_LINE  65536


static void test_expected(void);
static void test_identity(void);
static void test_broken(void);
static void test_batch(void);

static test_arena_t  pool;


int
main(void)
{
    read_fixtures();

    test_expected();
    test_identity();
    test_broken();
    test_batch();

    free_fixtures();

    return done();
}


static const char *
kind_name(civic_event_e kind)
{
    static const char  *names[] = {
        "NONE", "TEXT", "TAP", "PIN", "PHOTO", "VOICE", "VIDEO", "FILE",
        "STICKER", "CONTACT", "REACTION", "EDIT", "REVOKE", "FORM", "ORDER",
        "WELCOME", "UNUSABLE", "MOVED"
    };

    return kind <= CIVIC_EV_MOVED ? names[kind] : "?";
}


/* " name=value" with line breaks as \n, nothing when it is empty. */

static char *
put(char *p, const char *name, civic_str_t s)
{
    size_t  i;

    if (s.len == 0) {
        return p;
    }

    p += sprintf(p, " %s=", name);

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '\n') {
            *p++ = '\\';
            *p++ = 'n';

        } else {
            *p++ = s.data[i];
        }
    }

    *p = '\0';

    return p;
}


static void
print_message(char *p, const civic_wa_message_t *m)
{
    const civic_event_t  *ev = &m->event;

    p += sprintf(p, "m %s raw=%s", kind_name(ev->kind), m->raw_kind);
    p = put(p, "number", m->number_id);
    p = put(p, "phone", m->who.phone);
    p = put(p, "user", m->who.user_id);
    p = put(p, "parent", m->who.parent_id);
    p = put(p, "name", m->name);
    p += sprintf(p, " sent=%lld", (long long) ev->sent);
    p = put(p, "group", m->group_id);

    if (ev->forwarded) {
        p += sprintf(p, " fwd=1");
    }

    if (ev->has_pin) {
        p += sprintf(p, " pin=%.6f,%.6f", ev->lat, ev->lng);
    }

    p = put(p, "media", ev->media);
    p = put(p, "mime", ev->mime);
    p = put(p, "id", ev->id);
    p = put(p, "to_phone", m->moved.phone);
    p = put(p, "to_user", m->moved.user_id);
    p = put(p, "to_parent", m->moved.parent_id);
    (void) put(p, "text", ev->text);
}


static void
print_status(char *p, const civic_wa_status_t *s)
{
    static const char  *names[] = {
        "FAILED", "SENT", "DELIVERED", "READ", "PLAYED"
    };

    p += sprintf(p, "s %s at=%lld", names[s->status], (long long) s->at);

    if (s->error) {
        p += sprintf(p, " error=%d", s->error);
    }

    (void) put(p, "callback", s->callback);
}


static void
print_counts(char *p, const char *name, const civic_wa_batch_t *b)
{
    (void) sprintf(p, "%s messages=%u statuses=%u unknown=%u errors=%u "
                   "account=%u", name, b->nmessages, b->nstatuses,
                   b->nunknown, b->nerrors, b->naccount);
}


static void
test_expected(void)
{
    char                 *line, *got;
    FILE                 *f;
    size_t                i;
    civic_str_t           text;
    civic_wa_batch_t      batch;
    civic_wa_status_t    *s;
    civic_wa_message_t   *m;

    text = test_file("t/unit/data", "wire_wa_in.txt");
    f = fmemopen((void *) text.data, text.len, "r");

    line = malloc(TEST_LINE);
    got = malloc(TEST_LINE);

    m = NULL;
    s = NULL;
    i = 0;

    while (fgets(line, TEST_LINE, f) != NULL) {

        line[strcspn(line, "\n")] = '\0';

        if (line[0] == '#') {
            continue;
        }

        if (strncmp(line, "m ", 2) == 0 && m != NULL) {
            print_message(got, m);
            is_str(got, line, "a message of %s", fixtures[i - 1].name);
            m = m->next;
            continue;
        }

        if (strncmp(line, "s ", 2) == 0 && s != NULL) {
            print_status(got, s);
            is_str(got, line, "a status of %s", fixtures[i - 1].name);
            s = s->next;
            continue;
        }

        if (i == nfixtures) {
            ok(0, "no fixture for %s", line);
            break;
        }

        ok(m == NULL, "no more messages");

        is_int(civic_wa_parse(fixtures[i].body, test_arena(&pool), &batch),
               CIVIC_OK, "%s is read", fixtures[i].name);
        ok(check(&batch), "%s is sound", fixtures[i].name);

        print_counts(got, fixtures[i].name, &batch);
        is_str(got, line, "counts");

        m = batch.messages;
        s = batch.statuses;
        i++;
    }

    is_int(i, nfixtures, "every fixture has its expectation");

    test_arena_free(&pool);
    fclose(f);
    test_file_free(text);
    free(line);
    free(got);
}


/* One message around what is given; "%s" of the envelope, then parsed. */

static civic_wa_message_t *
one(const char *contacts, const char *message, civic_wa_batch_t *batch)
{
    char  *body;

    body = malloc(strlen(contacts) + strlen(message) + 512);

    sprintf(body, "{\"object\":\"whatsapp_business_account\",\"entry\":["
            "{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":{"
            "\"metadata\":{\"phone_number_id\":200000000000001},"
            "\"contacts\":[%s],\"messages\":[{\"id\":\"wamid.A\","
            "\"timestamp\":1795401000,%s}]}}]}]}", contacts, message);

    is_int(civic_wa_parse(civic_str(body), test_arena(&pool), batch),
           CIVIC_OK, "parsed: %.60s", message);

    free(body);

    return batch->messages;
}


static const struct {
    const char  *from;
    const char  *phone;
    const char  *user;
} senders[] = {
    { "\"910000000011\"",       "910000000011", "" },
    { "910000000011",           "910000000011", "" },
    { "\"+91 00000-00011\"",    "910000000011", "" },
    { "\"+91 (0000) 000.011\"", "910000000011", "" },
    { "\"IN.100000000000017\"", "", "IN.100000000000017" },
    { "\"IN.ENT.2000000017\"",  "", "IN.ENT.2000000017" },
    { "\"in.100000000000017\"", "", "" },
    { "\"1234567890123456\"",   "", "" },
    { "\"1234\"",               "", "" },
    { "\"91000x000011\"",       "", "" },
    { "\"\"",                   "", "" },
    { "null",                   "", "" },
    { "{\"a\":1}",              "", "" },
    { "[\"910000000011\"]",     "", "" }
};


static void
test_identity(void)
{
    size_t               i;
    civic_wa_batch_t     b;
    civic_wa_message_t  *m;

    for (i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
        char  message[256];

        sprintf(message, "\"from\":%s,\"type\":\"text\",\"text\":{\"body\":"
                "\"x\"}", senders[i].from);

        m = one("", message, &b);

        if (senders[i].phone[0] == '\0' && senders[i].user[0] == '\0') {
            ok(m == NULL && b.nunknown == 1, "nobody is counted, skipped");
            continue;
        }

        is_mem(m->who.phone.data, m->who.phone.len, senders[i].phone, "phone");
        is_mem(m->who.user_id.data, m->who.user_id.len, senders[i].user,
               "user id");
        is_mem(m->number_id.data, m->number_id.len, "200000000000001",
               "the number it came to, bare or not");
    }

    m = one("{\"profile\":{\"name\":\"B\"},\"wa_id\":\"910000000012\","
            "\"user_id\":\"IN.12\"},{\"profile\":{\"name\":\"A\"},"
            "\"wa_id\":\"+910000000011\",\"user_id\":\"IN.11\","
            "\"parent_user_id\":\"IN.ENT.11\"}",
            "\"from\":\"910000000011\",\"type\":\"revoke\"", &b);

    is_mem(m->name.data, m->name.len, "A", "joined by number, not by index");
    is_mem(m->who.user_id.data, m->who.user_id.len, "IN.11",
           "the card brings the user id");
    is_mem(m->who.parent_id.data, m->who.parent_id.len, "IN.ENT.11",
           "and the parent");

    m = one("{\"profile\":{\"name\":\"A\"},\"wa_id\":\"910000000019\","
            "\"user_id\":\"IN.11\"}",
            "\"from\":\"910000000011\",\"from_user_id\":\"IN.11\","
            "\"type\":\"revoke\"", &b);

    is_mem(m->name.data, m->name.len, "A", "joined by user id");
    is_mem(m->who.phone.data, m->who.phone.len, "910000000011",
           "the message's own number wins");

    m = one("{\"profile\":{\"name\":\"A\"},\"wa_id\":\"910000000019\"}",
            "\"from\":\"910000000011\",\"type\":\"revoke\"", &b);

    is_int(m->name.len, 0, "another person's card stays his");

    m = one("", "\"type\":\"system\",\"from_user_id\":\"IN.5\",\"system\":{"
            "\"type\":\"user_changed_user_id\",\"user_id\":\"IN.6\"}", &b);

    is_mem(m->who.user_id.data, m->who.user_id.len, "IN.5",
           "from_user_id is the old one when nothing else is");

    m = one("", "\"type\":\"system\",\"from_user_id\":\"IN.6\",\"system\":{"
            "\"type\":\"user_changed_user_id\",\"user_id\":\"IN.6\"}", &b);

    ok(m == NULL && b.nunknown == 1, "but not when it is the new one");
}


/* Each is a message from somebody who waits for an answer. */

static const char  *unusable[] = {
    "\"type\":\"text\"",
    "\"type\":\"text\",\"text\":\"x\"",
    "\"type\":\"text\",\"text\":{\"body\":[1]}",
    "\"type\":\"image\",\"image\":{\"caption\":\"no id\"}",
    "\"type\":\"image\",\"image\":{\"id\":\"1\"},"
        "\"errors\":[{\"code\":131052}]",
    "\"type\":\"location\",\"location\":[22.7,75.8]",
    "\"type\":\"contacts\",\"contacts\":[]",
    "\"type\":\"contacts\",\"contacts\":{}",
    "\"type\":\"interactive\",\"interactive\":{}",
    "\"type\":\"interactive\",\"interactive\":{\"type\":\"new_reply\"}",
    "\"type\":\"interactive\",\"interactive\":{\"type\":\"list_reply\"}",
    "\"type\":\"interactive\",\"interactive\":{\"type\":\"list_reply\","
        "\"list_reply\":{\"title\":\"no id\"}}",
    "\"type\":\"button\",\"button\":{\"text\":\"no payload\"}",
    "\"type\":\"interactive\",\"interactive\":{\"type\":\"nfm_reply\","
        "\"nfm_reply\":{\"response_json\":\"{cut\"}}",
    "\"type\":\"edit\",\"edit\":{}",
    "\"type\":null",
    "\"type\":{\"a\":1}",
    "\"text\":{\"body\":\"no type\"}"
};


static void
test_broken(void)
{
    size_t               i;
    civic_wa_batch_t     b;
    civic_wa_message_t  *m;

    static const char  *pins[] = {
        "{}", "{\"latitude\":0,\"longitude\":0}",
        "{\"latitude\":90.1,\"longitude\":75}",
        "{\"latitude\":22,\"longitude\":-180.5}",
        "{\"latitude\":\"nan\",\"longitude\":75}",
        "{\"latitude\":1e400,\"longitude\":75}",
        "{\"latitude\":null,\"longitude\":75}",
        "{\"latitude\":[22],\"longitude\":75}"
    };

    for (i = 0; i < sizeof(unusable) / sizeof(unusable[0]); i++) {
        char  message[512];

        sprintf(message, "\"from\":\"910000000011\",%s", unusable[i]);
        m = one("", message, &b);

        ok(m != NULL && m->event.kind == CIVIC_EV_UNUSABLE && check(&b),
           "broken inside is unusable, not lost");
    }

    for (i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        char  message[512];

        sprintf(message, "\"from\":\"910000000011\",\"type\":\"location\","
                "\"location\":%s", pins[i]);
        m = one("", message, &b);

        ok(m->event.kind == CIVIC_EV_PIN && !m->event.has_pin,
           "no place on earth: %s", pins[i]);
    }

    m = one("", "\"from\":\"910000000011\",\"type\":\"location\","
            "\"location\":{\"latitude\":\"22.7\",\"longitude\":-75.5}", &b);

    ok(m->event.has_pin && m->event.lat == 22.7 && m->event.lng == -75.5,
       "numbers as text are numbers");

    m = one("", "\"id\":\"\",\"from\":\"910000000011\",\"type\":\"revoke\"",
            &b);
    ok(m != NULL, "the first of two members of a name counts");
    ok(m->event.sent == 1795401000, "a timestamp that is a number");

    is_int(civic_wa_parse(civic_str("[]"), test_arena(&pool), &b),
           CIVIC_DECLINED, "an array is no webhook");
    is_int(civic_wa_parse(civic_str("\"a\""), test_arena(&pool), &b),
           CIVIC_DECLINED, "nor is a string");
    is_int(civic_wa_parse(civic_str(""), test_arena(&pool), &b),
           CIVIC_DECLINED, "nor is nothing");
    is_int(civic_wa_parse(civic_str("{}"), test_arena(&pool), &b),
           CIVIC_OK, "an object of nobody");
    is_int(b.nunknown, 1, "is counted");

    test_arena_free(&pool);
}


/* All fixtures in one body, over and over, to at least 1000 updates. */

static void
test_batch(void)
{
    char                 *body;
    cJSON                *all, *entries, *one, *entry;
    size_t                i;
    unsigned              rounds;
    civic_wa_batch_t      b, sum;
    civic_wa_message_t   *m;
    civic_str_t           last = civic_null_str;

    memset(&sum, 0, sizeof(sum));

    all = cJSON_CreateObject();
    cJSON_AddStringToObject(all, "object", "whatsapp_business_account");
    entries = cJSON_AddArrayToObject(all, "entry");

    for (rounds = 0; sum.nmessages + sum.nstatuses < 1000; rounds++) {

        for (i = 0; i < nfixtures; i++) {

            if (strcmp(fixtures[i].name, "other_object.json") == 0) {
                continue;
            }

            (void) civic_wa_parse(fixtures[i].body, test_arena(&pool), &b);
            test_arena_free(&pool);

            sum.nmessages += b.nmessages;
            sum.nstatuses += b.nstatuses;
            sum.nunknown += b.nunknown;
            sum.nerrors += b.nerrors;
            sum.naccount += b.naccount;

            one = cJSON_Parse(fixtures[i].body.data);

            while ((entry = cJSON_DetachItemFromArray(
                                cJSON_GetObjectItem(one, "entry"), 0)))
            {
                cJSON_AddItemToArray(entries, entry);
            }

            cJSON_Delete(one);
        }
    }

    body = cJSON_PrintUnformatted(all);
    cJSON_Delete(all);

    is_int(civic_wa_parse(civic_str(body), test_arena(&pool), &b), CIVIC_OK,
           "%u updates in one body of %zu bytes",
           sum.nmessages + sum.nstatuses, strlen(body));

    is_int(b.nmessages, sum.nmessages, "every message");
    is_int(b.nstatuses, sum.nstatuses, "every status");
    is_int(b.nunknown, sum.nunknown, "unknown");
    is_int(b.nerrors, sum.nerrors, "errors");
    is_int(b.naccount, sum.naccount, "account");
    ok(check(&b), "all sound");

    for (m = b.messages; m != NULL; m = m->next) {
        last = m->event.text;
    }

    ok(last.len > 20, "the last one is whole");

    test_arena_free(&pool);
    cJSON_free(body);
}
