
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The table of keys.  How many letters may be wrong depends on how many there
 * are in the part of a name that is its own: in "Raj Nagar" that is "Raj",
 * and Ram Nagar is elsewhere.  Digits are never wrong.
 */


#include <stdlib.h>

#include "core/city/civic_place_index.h"


#define CIVIC_BASE          0x01000193u     /* odd, of the rolling hash */
#define CIVIC_NEAR_MIN      6       /* letters: one may be wrong */
#define CIVIC_NEAR_TWO      9       /* letters: two may be wrong */
#define CIVIC_NEAR_JOINED   8       /* the same for names of several words */
#define CIVIC_NEAR_JOINED2  12
#define CIVIC_NEAR_LAST     5       /* letters of "nagar": one may be wrong */
#define CIVIC_LAST_SHARED   8       /* names that end alike: "nagar" */
#define CIVIC_NAMES_MAX     65000   /* their number is 16 bits */


typedef struct {
    const civic_places_t  *places;
    const char            *key;
    size_t                 len;
    const civic_name_t    *name;
    unsigned               wrong;
    unsigned               two:1;   /* another spot is as near */
} civic_near_t;


static void civic_place_ends(civic_name_t **order, size_t n);
static int civic_place_by_end(const void *one, const void *two);
static int civic_place_slots(civic_load_t *l, civic_places_t *places);
static void civic_place_same(civic_name_t *first, civic_name_t *name);
static void civic_place_put(civic_places_t *places, uint32_t hash,
    size_t name);
static uint32_t civic_place_hash(const char *key, size_t len);
static void civic_place_hashes(const char *key, size_t len, uint32_t *hash);
static size_t civic_place_head(const char *key);
static uint32_t civic_place_mix(uint32_t hash);
static void civic_place_try(civic_near_t *near, uint32_t hash);
static int civic_place_wrong(const civic_name_t *name, const char *key,
    size_t len);
static int civic_place_digits(const civic_name_t *name, const char *key,
    size_t len);
static unsigned civic_place_allowed(size_t letters, int joined);
static unsigned civic_place_distance(const char *a, size_t na, const char *b,
    size_t nb);


int
civic_place_index(civic_load_t *l, civic_places_t *places,
    civic_name_t *names, size_t n)
{
    size_t         i;
    civic_name_t  **order;

    places->names = names;

    order = civic_arena_alloc(l->arena, (n + 1) * sizeof(civic_name_t *));
    if (order == NULL) {
        return CIVIC_ERROR;
    }

    for (i = 0; i < n; i++) {
        order[i] = &names[i];
    }

    civic_place_ends(order, n);

    places->nnames = n < CIVIC_NAMES_MAX ? n : CIVIC_NAMES_MAX;

    return civic_place_slots(l, places);
}


/* Many names end in "nagar" or "road": their own part is what is before. */

static void
civic_place_ends(civic_name_t **order, size_t n)
{
    size_t  i, to;

    qsort(order, n, sizeof(civic_name_t *), civic_place_by_end);

    for (i = 0; i < n; i = to) {
        for (to = i + 1; to < n; to++) {
            if (civic_place_by_end(&order[i], &order[to]) != 0) {
                break;
            }
        }

        for (size_t j = i; j < to; j++) {
            order[j]->head = order[j]->len;

            if (to - i >= CIVIC_LAST_SHARED) {
                order[j]->head -= order[j]->last;
            }
        }
    }
}


static int
civic_place_by_end(const void *one, const void *two)
{
    const civic_name_t  *a = *(civic_name_t *const *) one;
    const civic_name_t  *b = *(civic_name_t *const *) two;

    if (a->last != b->last) {
        return a->last < b->last ? -1 : 1;
    }

    return memcmp(a->key + a->len - a->last, b->key + b->len - b->last,
                  a->last);
}


static int
civic_place_slots(civic_load_t *l, civic_places_t *places)
{
    size_t         i, j, slots;
    uint32_t       hash[CIVIC_KEY_MAX + 1];
    civic_name_t  *name, *first;

    for (slots = 16, i = 0; i < places->nnames; i++) {
        slots += 2 * (places->names[i].len + 1u);
    }

    for (places->mask = 15; places->mask < slots; /* void */ ) {
        places->mask = places->mask * 2 + 1;
    }

    places->slots = civic_arena_alloc(l->arena, (places->mask + 1u)
                                                * sizeof(civic_slot_t));
    if (places->slots == NULL) {
        return CIVIC_ERROR;
    }

    for (i = 0; i < places->nnames; i++) {
        name = &places->names[i];
        first = (civic_name_t *) civic_place_exact(places, name->key,
                                                   name->len);
        if (first != NULL) {
            civic_place_same(first, name);
            continue;
        }

        civic_place_hashes(name->key, name->len, hash);
        civic_place_put(places, hash[name->len], i);

        for (j = 0; j < name->len && name->len >= CIVIC_NEAR_MIN; j++) {
            civic_place_put(places, hash[j], i);
        }
    }

    for (i = 0; i < places->nnames; i++) {
        if (places->names[i].words > places->words) {
            places->words = places->names[i].words;
        }

        if (places->names[i].len >= CIVIC_HEAD_MIN) {
            j = civic_place_head(places->names[i].key);
            places->heads[j / 8] |= (uint8_t) (1u << j % 8);
        }
    }

    return CIVIC_OK;
}


/* A ward named after a place is the place's, if nothing better is known. */

static void
civic_place_same(civic_name_t *first, civic_name_t *name)
{
    civic_name_t  *n;

    for (n = first; n != NULL; n = n->same) {
        if (name->words > n->words) {
            n->words = name->words;
        }

        if (name->least < n->least) {
            n->least = name->least;
        }

        if (n->spot == name->spot) {
            return;
        }

        if (!n->spot->has_point && !n->spot->outside && !name->spot->wide
            && n->spot->ward == NULL)
        {
            n->spot->ward = name->spot->ward;
        }
    }

    name->same = first->same;
    first->same = name;
}


static void
civic_place_put(civic_places_t *places, uint32_t hash, size_t name)
{
    uint32_t  i;

    for (i = hash & places->mask; places->slots[i].name; /* void */ ) {
        if (places->slots[i].name == name + 1
            && places->slots[i].tag == hash >> 16)
        {
            return;                 /* one of two equal letters left out */
        }

        i = (i + 1) & places->mask;
    }

    places->slots[i].name = (uint16_t) (name + 1);
    places->slots[i].tag = (uint16_t) (hash >> 16);
}


/* hash[i] is of the key without letter i, hash[len] of the whole. */

static void
civic_place_hashes(const char *key, size_t len, uint32_t *hash)
{
    size_t    i;
    uint32_t  before, power, after;

    for (before = 0, i = 0; i < len; i++) {
        hash[i] = before;           /* of the letters before i */
        before = before * CIVIC_BASE + (unsigned char) key[i];
    }

    hash[len] = civic_place_mix(before);

    for (power = 1, after = 0, i = len; i-- > 0; /* void */ ) {
        hash[i] = civic_place_mix(hash[i] * power + after);
        after += (unsigned char) key[i] * power;
        power *= CIVIC_BASE;
    }
}


static uint32_t
civic_place_mix(uint32_t hash)
{
    hash = (hash ^ (hash >> 15)) * 0x2c1b3c6du;

    return hash ^ (hash >> 13);
}


static size_t
civic_place_head(const char *key)
{
    return civic_place_mix(civic_place_hash(key, CIVIC_HEAD))
           % CIVIC_HEADS_MAX;
}


/* The last letters of a key are not those of a longer run. */

int
civic_place_begins(const civic_places_t *places, const char *key, size_t len)
{
    size_t  i;

    if (len < CIVIC_HEAD_MIN) {
        return 1;
    }

    i = civic_place_head(key);

    return places->heads[i / 8] >> i % 8 & 1;
}


const civic_name_t *
civic_place_exact(const civic_places_t *places, const char *key, size_t len)
{
    uint32_t             i, hash;
    const civic_name_t  *name;

    hash = civic_place_mix(civic_place_hash(key, len));

    for (i = hash & places->mask; places->slots[i].name;
         i = (i + 1) & places->mask)
    {
        name = &places->names[places->slots[i].name - 1];

        if (places->slots[i].tag == hash >> 16 && name->len == len
            && memcmp(name->key, key, len) == 0)
        {
            return name;
        }
    }

    return NULL;
}


const civic_name_t *
civic_place_near(const civic_places_t *places, const char *key, size_t len,
    unsigned *wrong)
{
    size_t        i;
    uint32_t      hash[CIVIC_KEY_MAX + 1];
    civic_near_t  near = { places, key, len, NULL, ~0u, 0 };

    if (len < CIVIC_NEAR_MIN) {
        return NULL;
    }

    civic_place_hashes(key, len, hash);

    for (i = 0; i <= len; i++) {
        civic_place_try(&near, hash[i]);
    }

    *wrong = near.wrong;

    return near.two ? NULL : near.name;
}


static void
civic_place_try(civic_near_t *near, uint32_t hash)
{
    int                    wrong;
    uint32_t               i;
    const civic_name_t    *name;
    const civic_places_t  *places = near->places;

    for (i = hash & places->mask; places->slots[i].name;
         i = (i + 1) & places->mask)
    {
        if (places->slots[i].tag != hash >> 16) {
            continue;
        }

        name = &places->names[places->slots[i].name - 1];
        wrong = civic_place_wrong(name, near->key, near->len);

        if (wrong < 0 || (unsigned) wrong > near->wrong) {
            continue;
        }

        near->two = (unsigned) wrong == near->wrong
                    && (near->two || name->spot != near->name->spot);
        near->wrong = (unsigned) wrong;
        near->name = name;
    }
}


/* How many letters are wrong; -1 when that is too many for this name. */

static int
civic_place_wrong(const civic_name_t *name, const char *key, size_t len)
{
    size_t       head = name->head, last;
    unsigned     n;
    const char  *end;

    if (name->key[0] != key[0] || !civic_place_digits(name, key, len)) {
        return -1;
    }

    last = name->len - head;
    end = name->key + head;

    if (last == 0) {
        n = civic_place_distance(name->key, name->len, key, len);

        return n <= civic_place_allowed(name->len < len ? name->len : len,
                                        name->words > 1)
               ? (int) n : -1;
    }

    if (len > last && memcmp(key + len - last, end, last) == 0) {
        n = civic_place_distance(name->key, head, key, len - last);

        return n <= civic_place_allowed(head + 1, 0) ? (int) n : -1;
    }

    /* the own part is right, "nagar" is not */

    if (len > head && last >= CIVIC_NEAR_LAST
        && memcmp(key, name->key, head) == 0)
    {
        n = civic_place_distance(end, last, key + head, len - head);

        return n <= 1 ? (int) n : -1;
    }

    return -1;
}


static int
civic_place_digits(const civic_name_t *name, const char *key, size_t len)
{
    size_t  i, j;

    for (i = 0, j = 0; /* void */ ; i++, j++) {
        while (i < name->len && (name->key[i] < '0' || name->key[i] > '9')) {
            i++;
        }

        while (j < len && (key[j] < '0' || key[j] > '9')) {
            j++;
        }

        if (i == name->len || j == len) {
            return i == name->len && j == len;
        }

        if (name->key[i] != key[j]) {
            return 0;
        }
    }
}


static unsigned
civic_place_allowed(size_t letters, int joined)
{
    if (joined) {
        return (letters >= CIVIC_NEAR_JOINED)
               + (letters >= CIVIC_NEAR_JOINED2);
    }

    return (letters >= CIVIC_NEAR_MIN) + (letters >= CIVIC_NEAR_TWO);
}


/* Letters too many, missing, changed, or two in the wrong order. */

static unsigned
civic_place_distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t    i, j;
    unsigned  n, *now, *row[3], rows[3][CIVIC_KEY_MAX + 1];

    for (i = 0; i < 3; i++) {
        row[i] = rows[i];
    }

    for (j = 0; j <= nb; j++) {
        row[0][j] = (unsigned) j;
    }

    for (i = 1; i <= na; i++) {
        now = row[2];
        row[2] = row[1];
        row[1] = row[0];
        row[0] = now;
        row[0][0] = (unsigned) i;

        for (j = 1; j <= nb; j++) {
            n = row[1][j - 1] + (a[i - 1] != b[j - 1]);
            n = row[1][j] + 1 < n ? row[1][j] + 1 : n;
            n = row[0][j - 1] + 1 < n ? row[0][j - 1] + 1 : n;

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && row[2][j - 2] + 1 < n)
            {
                n = row[2][j - 2] + 1;
            }

            row[0][j] = n;
        }
    }

    return row[0][nb];
}


int
civic_place_sign(civic_load_t *l, civic_places_t *places, civic_str_t words,
    unsigned sign)
{
    char           latin[CIVIC_KEY_WORD_MAX], sound[CIVIC_KEY_MAX];
    size_t         n, i;
    const char    *key;
    civic_str_t    word, copy;
    civic_sign_t  *slot;

    while ((n = civic_key_word(&words, &word, latin)) > 0) {
        key = latin;

        if (sign != CIVIC_SIGN_NEVER) {
            n = civic_key_sound(latin, n, sound, sizeof(sound));
            key = sound;
        }

        i = civic_place_mix(civic_place_hash(key, n)) % CIVIC_SIGNS_MAX;

        for ( ;; ) {
            slot = &places->signs[i];

            if (slot->key == NULL
                || (slot->len == n && memcmp(slot->key, key, n) == 0))
            {
                break;
            }

            i = (i + 1) % CIVIC_SIGNS_MAX;
        }

        if (slot->key == NULL) {
            if (places->nsigns == CIVIC_SIGNS_MAX / 2) {
                return CIVIC_DECLINED;
            }

            copy = civic_arena_copy(l->arena, civic_strn(key, n));
            if (copy.data == NULL) {
                return CIVIC_ERROR;
            }

            slot->key = copy.data;
            slot->len = (uint8_t) n;
            places->nsigns++;
        }

        slot->signs |= (uint8_t) sign;
    }

    return CIVIC_OK;
}


unsigned
civic_place_signs(const civic_places_t *places, const char *key, size_t len)
{
    size_t               i;
    const civic_sign_t  *slot;

    i = civic_place_mix(civic_place_hash(key, len)) % CIVIC_SIGNS_MAX;

    for (slot = &places->signs[i]; slot->key != NULL;
         slot = &places->signs[i])
    {
        if (slot->len == len && memcmp(slot->key, key, len) == 0) {
            return slot->signs;
        }

        i = (i + 1) % CIVIC_SIGNS_MAX;
    }

    return 0;
}


static uint32_t
civic_place_hash(const char *key, size_t len)
{
    size_t    i;
    uint32_t  hash;

    for (hash = 0, i = 0; i < len; i++) {
        hash = hash * CIVIC_BASE + (unsigned char) key[i];
    }

    return hash;
}
