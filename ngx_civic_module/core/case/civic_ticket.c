
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A balanced Feistel network over the serial, walked until it falls into the
 * range (cycle walking), then Damm's check digit.  Guessing the next number
 * needs the key; making numbers needs no memory of those made before.
 */


#include <stdio.h>

#include "core/case/civic_ticket.h"


#define CIVIC_TICKET_SMALL   9000000ull     /* serials with 7 digits */
#define CIVIC_TICKET_LARGE   90000000ull    /* and then with 8 */
#define CIVIC_TICKET_ROUNDS  8
#define CIVIC_TICKET_SHORT   8              /* digits with the check digit */
#define CIVIC_TICKET_LONG    9


static uint64_t civic_ticket_permute(uint64_t n, uint64_t size,
    const unsigned char *key);
static uint64_t civic_ticket_mix(const unsigned char *key, uint64_t word);
static uint64_t civic_ticket_word(const unsigned char *p);
static int civic_ticket_damm(const char *digits, size_t len);
static int civic_ticket_digit(const char *p, const char *end, size_t *len);
static int civic_ticket_joins(const char *p, const char *end, size_t *len);


/* Damm's table of order 10: a quasigroup with zeros on its diagonal. */

static const unsigned char  civic_damm[10][10] = {
    { 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 },
    { 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
    { 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 },
    { 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
    { 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 },
    { 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
    { 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 },
    { 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
    { 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 },
    { 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 }
};


int
civic_ticket_make(uint64_t serial, const unsigned char key[16],
    char ticket[CIVIC_TICKET_MAX])
{
    int       len;
    uint64_t  n;

    if (serial < CIVIC_TICKET_SMALL) {
        n = CIVIC_TICKET_SMALL / 9
            + civic_ticket_permute(serial, CIVIC_TICKET_SMALL, key);

    } else if (serial < CIVIC_TICKET_SMALL + CIVIC_TICKET_LARGE) {
        n = CIVIC_TICKET_LARGE / 9
            + civic_ticket_permute(serial - CIVIC_TICKET_SMALL,
                                   CIVIC_TICKET_LARGE, key);

    } else {
        return CIVIC_DECLINED;
    }

    len = snprintf(ticket, CIVIC_TICKET_MAX, "%llu", (unsigned long long) n);

    ticket[len] = '0' + civic_ticket_damm(ticket, len);
    ticket[len + 1] = '\0';

    return CIVIC_OK;
}


/*
 * Feistel over the smallest even number of bits that holds "size"; at most
 * four times too large, so few steps bring the walk home.  It ends, because
 * the walk is on a cycle that "n" itself is on.
 */

static uint64_t
civic_ticket_permute(uint64_t n, uint64_t size, const unsigned char *key)
{
    unsigned  half, round;
    uint64_t  left, right, mask, next;

    for (half = 1; (1ull << (2 * half)) < size; half++) { /* void */ }

    mask = (1ull << half) - 1;

    do {
        left = n >> half;
        right = n & mask;

        for (round = 0; round < CIVIC_TICKET_ROUNDS; round++) {
            next = left ^ (civic_ticket_mix(key, (uint64_t) half << 56
                                                 | (uint64_t) round << 48
                                                 | right)
                           & mask);
            left = right;
            right = next;
        }

        n = left << half | right;

    } while (n >= size);

    return n;
}


/* SipHash-2-4 of one eight-byte word under the key of the city. */

#define CIVIC_ROTL(x, b)  ((x) << (b) | (x) >> (64 - (b)))

#define CIVIC_SIP(v0, v1, v2, v3)                                             \
    v0 += v1; v1 = CIVIC_ROTL(v1, 13); v1 ^= v0; v0 = CIVIC_ROTL(v0, 32);     \
    v2 += v3; v3 = CIVIC_ROTL(v3, 16); v3 ^= v2;                              \
    v0 += v3; v3 = CIVIC_ROTL(v3, 21); v3 ^= v0;                              \
    v2 += v1; v1 = CIVIC_ROTL(v1, 17); v1 ^= v2; v2 = CIVIC_ROTL(v2, 32)

static uint64_t
civic_ticket_mix(const unsigned char *key, uint64_t word)
{
    unsigned  i, j;
    uint64_t  k0, k1, v0, v1, v2, v3, block[2];

    k0 = civic_ticket_word(key);
    k1 = civic_ticket_word(key + 8);

    v0 = k0 ^ 0x736f6d6570736575ull;
    v1 = k1 ^ 0x646f72616e646f6dull;
    v2 = k0 ^ 0x6c7967656e657261ull;
    v3 = k1 ^ 0x7465646279746573ull;

    block[0] = word;
    block[1] = 8ull << 56;              /* the length, as the last block */

    for (i = 0; i < 2; i++) {
        v3 ^= block[i];

        for (j = 0; j < 2; j++) {
            CIVIC_SIP(v0, v1, v2, v3);
        }

        v0 ^= block[i];
    }

    v2 ^= 0xff;

    for (j = 0; j < 4; j++) {
        CIVIC_SIP(v0, v1, v2, v3);
    }

    return v0 ^ v1 ^ v2 ^ v3;
}


/* Little-endian on every machine: all nodes must make the same numbers. */

static uint64_t
civic_ticket_word(const unsigned char *p)
{
    unsigned  i;
    uint64_t  word;

    for (word = 0, i = 8; i-- > 0; /* void */ ) {
        word = word << 8 | p[i];
    }

    return word;
}


static int
civic_ticket_damm(const char *digits, size_t len)
{
    size_t  i;
    int     interim;

    for (interim = 0, i = 0; i < len; i++) {
        interim = civic_damm[interim][digits[i] - '0'];
    }

    return interim;
}


int
civic_ticket_check(civic_str_t digits)
{
    size_t  i;

    if ((digits.len != CIVIC_TICKET_SHORT && digits.len != CIVIC_TICKET_LONG)
        || digits.data[0] == '0')
    {
        return CIVIC_DECLINED;
    }

    for (i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return CIVIC_DECLINED;
        }
    }

    return civic_ticket_damm(digits.data, digits.len) == 0 ? CIVIC_OK
                                                           : CIVIC_DECLINED;
}


int
civic_ticket_find(civic_str_t text, char ticket[CIVIC_TICKET_MAX])
{
    int          rc, digit;
    char         run[CIVIC_TICKET_LONG + 1];
    size_t       n, len, gap;
    const char  *p, *end;

    rc = CIVIC_DECLINED;
    end = text.data + text.len;

    for (p = text.data; p < end; /* void */ ) {

        if (civic_ticket_digit(p, end, &len) < 0) {
            p++;
            continue;
        }

        for (n = 0; p < end; /* void */ ) {
            digit = civic_ticket_digit(p, end, &len);

            if (digit < 0) {
                if (!civic_ticket_joins(p, end, &gap)) {
                    break;
                }

                p += gap;
                continue;
            }

            if (n < sizeof(run)) {
                run[n] = '0' + digit;
            }

            n++;
            p += len;
        }

        /* longer runs are telephones, shorter ones houses and days */

        if (n != CIVIC_TICKET_SHORT && n != CIVIC_TICKET_LONG) {
            continue;
        }

        if (civic_ticket_check(civic_strn(run, n)) == CIVIC_OK) {
            return civic_str_put(ticket, CIVIC_TICKET_MAX,
                                 civic_strn(run, n));
        }

        rc = CIVIC_AGAIN;
    }

    return rc;
}


/* The value of the ASCII or Devanagari digit at "p", -1 if there is none. */

static int
civic_ticket_digit(const char *p, const char *end, size_t *len)
{
    if (*p >= '0' && *p <= '9') {
        *len = 1;
        return *p - '0';
    }

    if (end - p >= 3 && memcmp(p, "\xe0\xa5", 2) == 0
        && (unsigned char) p[2] >= 0xa6 && (unsigned char) p[2] <= 0xaf)
    {
        *len = 3;
        return (unsigned char) p[2] - 0xa6;
    }

    return -1;
}


/* One space or hyphen between two digits belongs to the number. */

static int
civic_ticket_joins(const char *p, const char *end, size_t *len)
{
    size_t  digit;

    *len = 1;

    return (*p == ' ' || *p == '-') && p + 1 < end
           && civic_ticket_digit(p + 1, end, &digit) >= 0;
}
