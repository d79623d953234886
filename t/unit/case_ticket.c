
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Tracking numbers.  Fails when two serials share a number, when numbers can
 * be guessed in order, when a single wrong digit or a swap of neighbours
 * passes, or when a number is not found as people write it.
 */


#include "core/case/civic_ticket.h"
#include "tap.h"

#include <stdlib.h>


#define TEST_SERIALS  9000000     /* of seven digits */
#define TEST_SAMPLE   1000000


static void test_permutation(void);
static void test_key(void);
static void test_growth(void);
static void test_wrong_digits(void);
static void test_found(void);


static const unsigned char  test_key_a[16] = "0123456789abcdef";
static const unsigned char  test_key_b[16] = "0123456789abcdeg";


int
main(void)
{
    test_permutation();
    test_key();
    test_growth();
    test_wrong_digits();
    test_found();

    return done();
}


/* Each once, and in no order. */

static void
test_permutation(void)
{
    char            ticket[CIVIC_TICKET_MAX];
    long            n, last, twice, bad, rises, near;
    unsigned char  *seen;

    seen = calloc(1, TEST_SERIALS);
    twice = bad = rises = near = last = 0;

    for (uint64_t serial = 0; serial < TEST_SAMPLE; serial++) {
        if (civic_ticket_make(serial, test_key_a, ticket) != CIVIC_OK
            || strlen(ticket) != 8
            || (serial % 64 == 0
                && civic_ticket_check(civic_str(ticket)) != CIVIC_OK))
        {
            bad++;
            continue;
        }

        n = strtol(ticket, NULL, 10) / 10 - 1000000;
        twice += seen[n]++;
        rises += n > last;
        near += labs(n - last) <= 2;
        last = n;
    }

    free(seen);

    is_int(bad, 0, "every serial has eight good digits");
    is_int(twice, 0, "no number is made twice");
    ok(rises > TEST_SAMPLE * 0.49 && rises < TEST_SAMPLE * 0.51,
       "numbers rise as often as they fall (%ld)", rises);
    ok(near < 50, "a number says nothing about the next (%ld near)", near);
}


static void
test_key(void)
{
    int   same;
    char  a[CIVIC_TICKET_MAX], b[CIVIC_TICKET_MAX];

    same = 0;

    for (uint64_t serial = 0; serial < 10000; serial++) {
        (void) civic_ticket_make(serial, test_key_a, a);    /* in range */
        (void) civic_ticket_make(serial, test_key_b, b);
        same += strcmp(a, b) == 0;
    }

    ok(same < 10, "another key makes other numbers");

    (void) civic_ticket_make(0, test_key_a, a);
    is_str(a, "38669253", "and the same key the same, on every machine");
}


static void
test_growth(void)
{
    int   bad;
    char  ticket[CIVIC_TICKET_MAX];

    bad = 0;

    for (uint64_t serial = TEST_SERIALS; serial < TEST_SERIALS + 100000;
         serial++)
    {
        bad += civic_ticket_make(serial, test_key_a, ticket) != CIVIC_OK
               || strlen(ticket) != 9
               || civic_ticket_check(civic_str(ticket)) != CIVIC_OK;
    }

    is_int(bad, 0, "after nine million they have a digit more");
    is_int(civic_ticket_make(98999999, test_key_a, ticket), CIVIC_OK,
           "up to the ninety-nine millionth");
    is_int(civic_ticket_make(99000000, test_key_a, ticket), CIVIC_DECLINED,
           "and no further");
    is_int(civic_ticket_make(UINT64_MAX, test_key_a, ticket), CIVIC_DECLINED,
           "however far");
}


static void
test_wrong_digits(void)
{
    int      digit, passed;
    char     ticket[CIVIC_TICKET_MAX], wrong[CIVIC_TICKET_MAX], c;
    size_t   i;

    passed = 0;

    for (uint64_t serial = 0; serial < 2000; serial++) {
        (void) civic_ticket_make(serial, test_key_a, ticket);   /* in range */

        for (i = 0; i < 8; i++) {
            for (digit = '0'; digit <= '9'; digit++) {
                memcpy(wrong, ticket, sizeof(wrong));
                wrong[i] = digit;

                passed += wrong[i] != ticket[i]
                          && civic_ticket_check(civic_str(wrong)) == CIVIC_OK;
            }

            if (i == 7 || ticket[i] == ticket[i + 1]) {
                continue;
            }

            memcpy(wrong, ticket, sizeof(wrong));
            c = wrong[i];
            wrong[i] = wrong[i + 1];
            wrong[i + 1] = c;

            passed += civic_ticket_check(civic_str(wrong)) == CIVIC_OK;
        }
    }

    is_int(passed, 0, "no wrong digit and no swap of neighbours passes");

    ok(civic_ticket_check(civic_str("")) != CIVIC_OK
       && civic_ticket_check(civic_str("3866925x")) != CIVIC_OK
       && civic_ticket_check(civic_str("386692534")) != CIVIC_OK
       && civic_ticket_check(civic_str("00000000")) != CIVIC_OK,
       "nor what is no number of ours");
}


static void
test_found(void)
{
    size_t  i;
    char    ticket[CIVIC_TICKET_MAX];

    static const struct {
        const char  *text;
        int          rc;
    } texts[] = {
        { "38669253",                                   CIVIC_OK },
        { "status 3866 9253",                           CIVIC_OK },
        { "no. 386-6925-3?",                            CIVIC_OK },
        { "\xe0\xa5\xa9\xe0\xa5\xae\xe0\xa5\xac\xe0\xa5\xac"
          "\xe0\xa5\xaf\xe0\xa5\xa8\xe0\xa5\xab\xe0\xa5\xa9", CIVIC_OK },
        { "9100000000011 or 38669253",                  CIVIC_OK },
        { "38669254, 38669253",                         CIVIC_OK },
        { "38669254",                                   CIVIC_AGAIN },
        { "36869253",                                   CIVIC_AGAIN },
        { "9100000000",                                 CIVIC_DECLINED },
        { "452001",                                     CIVIC_DECLINED },
        { "3 din se, makan 12",                         CIVIC_DECLINED },
        { "38669253x38669253 ",                         CIVIC_OK },
        { "\xe0\xa5",                                   CIVIC_DECLINED },
        { "",                                           CIVIC_DECLINED }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(ticket, 0, sizeof(ticket));

        is_int(civic_ticket_find(civic_str(texts[i].text), ticket),
               texts[i].rc, "found or not in \"%s\"", texts[i].text);

        if (texts[i].rc == CIVIC_OK) {
            is_str(ticket, "38669253", "and it is the number");
        }
    }
}
