
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A record begins, and comes back from a snapshot.  Nothing of a snapshot is
 * believed: every field is in range or the person is met anew.
 */


#include "core/dialogue/civic_conv.h"
#include "core/dialogue/civic_flow.h"


#define CIVIC_TERMINATED(field)                                               \
    (memchr(field, '\0', sizeof(field)) != NULL)


static int civic_conv_is_sane(const civic_conv_t *conv);


void
civic_conv_init(civic_conv_t *conv, civic_lang_e lang)
{
    memset(conv, 0, sizeof(civic_conv_t));

    conv->layout = CIVIC_CONV_LAYOUT;
    conv->state = CIVIC_ST_IDLE;
    conv->awaits = CIVIC_ST_SETTLED;
    conv->lang = lang;
}


int
civic_conv_load(civic_conv_t *conv, const void *bytes, size_t len)
{
    if (len == sizeof(civic_conv_t)) {
        memcpy(conv, bytes, len);

        if (civic_conv_is_sane(conv)) {
            return CIVIC_OK;
        }
    }

    civic_conv_init(conv, CIVIC_LANG_HI);

    return CIVIC_DECLINED;
}


static int
civic_conv_is_sane(const civic_conv_t *conv)
{
    size_t  i;

    if (conv->layout != CIVIC_CONV_LAYOUT
        || conv->state >= CIVIC_ST_TALKS
        || conv->awaits < CIVIC_ST_SETTLED
        || conv->awaits >= CIVIC_ST_MAX
        || conv->lang >= CIVIC_LANG_MAX
        || conv->owes > CIVIC_DANGERS_MAX
        || conv->lat < -90000000 || conv->lat > 90000000
        || conv->lng < -180000000 || conv->lng > 180000000
        || conv->last_lat < -90000000 || conv->last_lat > 90000000
        || conv->last_lng < -180000000 || conv->last_lng > 180000000
        || !CIVIC_TERMINATED(conv->ticket)
        || !CIVIC_TERMINATED(conv->request_id)
        || !CIVIC_TERMINATED(conv->service)
        || !CIVIC_TERMINATED(conv->menu)
        || !CIVIC_TERMINATED(conv->danger))
    {
        return 0;
    }

    for (i = 0; i < CIVIC_CONV_CHOICES; i++) {
        if (!CIVIC_TERMINATED(conv->choice[i])) {
            return 0;
        }
    }

    return 1;
}
