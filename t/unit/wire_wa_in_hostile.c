
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Webhooks cut short, damaged, blown up to 4 MiB, and read while memory
 * ends.  Fails when any of them is read past its end, comes out half, or
 * breaks a promise of civic_wa_in.h; with sanitizers also when a tree is
 * leaked.
 */


#define _POSIX_C_SOURCE 200809L

#include <time.h>

#include "wire_wa_test.h"


static void test_cut_short(void);
static void test_damaged(void);
static void test_blown_up(void);
static void test_exhausted(void);
static void test_speed(void);


static test_arena_t  pool;


int
main(void)
{
    read_fixtures();

    test_cut_short();
    test_damaged();
    test_blown_up();
    test_exhausted();
    test_speed();

    free_fixtures();

    return done();
}


static void
test_cut_short(void)
{
    int               rc;
    size_t            i, n, step, cuts, wrong;
    civic_str_t       s;
    civic_wa_batch_t  b;

    for (i = 0; i < nfixtures; i++) {

        cuts = 0;
        wrong = 0;
        step = fixtures[i].body.len > 20000 ? 1001 : 7;

        for (n = 0; n < fixtures[i].body.len - 1; n += step) {

            s = test_exact(fixtures[i].body.data, n);
            rc = civic_wa_parse(s, test_arena(&pool), &b);

            if (rc != CIVIC_DECLINED || b.messages || b.statuses) {
                wrong++;
            }

            test_arena_free(&pool);
            test_file_free(s);
            cuts++;
        }

        is_int(wrong, 0, "%s cut short in %zu places", fixtures[i].name,
               cuts);
    }
}


static void
test_damaged(void)
{
    int               rc;
    char             *bytes;
    size_t            i, k, n, read, wrong;
    uint32_t          seed;
    civic_str_t       s;
    civic_wa_batch_t  b;

    seed = 20261123;
    read = 0;

    for (i = 0; i < nfixtures; i++) {

        wrong = 0;

        for (n = 0; n < 100; n++) {

            s = test_exact(fixtures[i].body.data, fixtures[i].body.len);
            bytes = (char *) s.data;

            for (k = 0; k <= n % 4; k++) {
                bytes[test_random(&seed) % s.len] ^=
                                        (char) (1 << test_random(&seed) % 8);
            }

            rc = civic_wa_parse(s, test_arena(&pool), &b);

            if (rc == CIVIC_OK) {
                read++;
            }

            if ((rc != CIVIC_OK && rc != CIVIC_DECLINED)
                || (rc == CIVIC_OK && !check(&b)))
            {
                wrong++;
            }

            test_arena_free(&pool);
            test_file_free(s);
        }

        is_int(wrong, 0, "%s with flipped bits", fixtures[i].name);
    }

    ok(read > nfixtures * 20, "%zu damaged bodies were still read", read);
}


/* "head", then "item" as often as fits into 4 MiB, then "tail". */

static int
blow_up(const char *head, const char *item, const char *tail,
    civic_wa_batch_t *b)
{
    int      rc;
    char    *body, *p;
    size_t   size, len;

    size = 4 << 20;
    len = strlen(item);
    body = malloc(size);

    p = body + sprintf(body, "{\"object\":\"whatsapp_business_account\","
                       "\"entry\":[{\"changes\":[{\"field\":\"messages\","
                       "\"value\":{%s", head);

    while (p + len + strlen(tail) + 16 < body + size) {
        memcpy(p, item, len);
        p += len;
    }

    p += sprintf(p, "%s}}]}]}", tail);

    rc = civic_wa_parse(civic_strn(body, (size_t) (p - body)),
                        test_arena(&pool), b);

    free(body);

    return rc;
}


static void
test_blown_up(void)
{
    clock_t           t;
    civic_wa_batch_t  b;

    t = clock();

    is_int(blow_up("\"messages\":[{\"id\":\"w\",\"from\":\"910000000011\","
                   "\"type\":\"text\",\"text\":{\"body\":\"", "\\u0928\\n",
                   "\"}}]", &b), CIVIC_OK, "4 MiB of one text");
    ok(check(&b) && b.nmessages == 1
       && b.messages->event.text.len > CIVIC_TEXT_MAX - 8,
       "it is cut to its bound");
    test_arena_free(&pool);

    is_int(blow_up("\"messages\":[{}", ",{\"id\":\"w\",\"from\":\"91000000\"}",
                   "]", &b), CIVIC_DECLINED, "4 MiB of messages");
    ok(b.messages == NULL && b.nmessages == 0, "nothing comes of it");
    test_arena_free(&pool);

    is_int(blow_up("\"statuses\":[{}", ",{\"id\":\"w\",\"status\":\"read\"}",
                   "]", &b), CIVIC_DECLINED, "4 MiB of statuses");
    test_arena_free(&pool);

    is_int(blow_up("\"x\":[{}", ",[]", "]", &b), CIVIC_DECLINED,
           "4 MiB of empty arrays");
    test_arena_free(&pool);

    is_int(blow_up("\"x\":\"\"", ",\"k\":\"aaaaaaaaaaaaaaaaaaaaaaaaa\"", "",
                   &b), CIVIC_OK, "4 MiB of members");
    test_arena_free(&pool);

    is_int(blow_up("\"messages\":[{\"id\":\"w\",\"from\":\"91000000\"}],"
                   "\"contacts\":[{}", ",{\"wa_id\":\"91000001\",\"p\":"
                   "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}", "]", &b),
           CIVIC_OK, "4 MiB of contacts");
    is_int(b.nmessages, 1, "and a message of somebody else");
    test_arena_free(&pool);

    is_int(blow_up("\"x\":", "[", "1", &b), CIVIC_DECLINED,
           "4 MiB of brackets");
    test_arena_free(&pool);

    printf("# 4 MiB bodies: %.2f s for seven\n",
           (double) (clock() - t) / CLOCKS_PER_SEC);
}


static void
test_exhausted(void)
{
    int               rc;
    long              n;
    size_t            i, wrong;
    civic_wa_batch_t  b;

    wrong = 0;

    for (i = 0; i < nfixtures; i++) {

        for (n = 0, rc = CIVIC_ERROR; rc != CIVIC_OK && n < 5000; n++) {

            (void) test_arena(&pool);
            pool.left = n;

            rc = civic_wa_parse(fixtures[i].body, &pool.arena, &b);

            if (rc == CIVIC_ERROR && (b.messages || b.statuses)) {
                wrong++;
            }

            if (rc != CIVIC_ERROR && rc != CIVIC_OK) {
                wrong++;
            }

            test_arena_free(&pool);
        }

        wrong += (rc != CIVIC_OK);
    }

    is_int(wrong, 0, "memory may end anywhere: an error and no half batch");
}


static void
test_speed(void)
{
    int               n;
    size_t            i;
    struct timespec   t0, t1;
    civic_wa_batch_t  b;

    for (i = 0; i < nfixtures; i++) {
        if (strcmp(fixtures[i].name, "text.json") == 0) {
            break;
        }
    }

    clock_gettime(CLOCK_MONOTONIC, &t0);

    for (n = 0; n < 2000; n++) {
        (void) civic_wa_parse(fixtures[i].body, test_arena(&pool), &b);
        test_arena_free(&pool);
    }

    clock_gettime(CLOCK_MONOTONIC, &t1);

    printf("# %zu bytes of %s: %.2f us\n", fixtures[i].body.len,
           fixtures[i].name, ((double) (t1.tv_sec - t0.tv_sec) * 1e6
           + (double) (t1.tv_nsec - t0.tv_nsec) / 1e3) / 2000);
}
