
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The one table from 311's words to a citizen's state.
 */


#include "core/case/civic_status.h"


#define CIVIC_STATUS_MAX  32        /* bytes; no known word is as long */


/* A state of 311 and what it means with and without notes of the office. */

typedef struct {
    const char    *status;
    civic_case_e   bare;
    civic_case_e   noted;
} civic_status_word_t;


static const char  *civic_case_names[CIVIC_CASE_MAX] = {
    "saved", "registered", "progress", "referred", "resolved", "closed",
    "duplicate", "not_ours", "withdrawn", "reopened", "held"
};


/* GeoReport v2, mySociety's extension and what running servers say. */

static const civic_status_word_t  civic_status_words[] = {
    { "open",               CIVIC_CASE_REGISTERED, CIVIC_CASE_PROGRESS  },
    { "acknowledged",       CIVIC_CASE_REGISTERED, CIVIC_CASE_PROGRESS  },
    { "investigating",      CIVIC_CASE_PROGRESS,   CIVIC_CASE_PROGRESS  },
    { "planned",            CIVIC_CASE_PROGRESS,   CIVIC_CASE_PROGRESS  },
    { "action_scheduled",   CIVIC_CASE_PROGRESS,   CIVIC_CASE_PROGRESS  },
    { "in_progress",        CIVIC_CASE_PROGRESS,   CIVIC_CASE_PROGRESS  },
    { "for_triage",         CIVIC_CASE_REGISTERED, CIVIC_CASE_REGISTERED },
    { "referred",           CIVIC_CASE_REFERRED,   CIVIC_CASE_REFERRED  },
    { "internal_referral",  CIVIC_CASE_REFERRED,   CIVIC_CASE_REFERRED  },
    { "reopen",             CIVIC_CASE_REOPENED,   CIVIC_CASE_REOPENED  },
    { "reopened",           CIVIC_CASE_REOPENED,   CIVIC_CASE_REOPENED  },
    { "fixed",              CIVIC_CASE_RESOLVED,   CIVIC_CASE_RESOLVED  },
    { "resolved",           CIVIC_CASE_RESOLVED,   CIVIC_CASE_RESOLVED  },
    { "duplicate",          CIVIC_CASE_DUPLICATE,  CIVIC_CASE_DUPLICATE },
    { "not_councils_responsibility",
                            CIVIC_CASE_NOT_OURS,   CIVIC_CASE_NOT_OURS  },
    { "not_responsible",    CIVIC_CASE_NOT_OURS,   CIVIC_CASE_NOT_OURS  },
    { "withdrawn",          CIVIC_CASE_WITHDRAWN,  CIVIC_CASE_WITHDRAWN },
    { "cancelled",          CIVIC_CASE_WITHDRAWN,  CIVIC_CASE_WITHDRAWN },

    /* closed is not solved: only a word that says so is */

    { "no_further_action",  CIVIC_CASE_CLOSED,     CIVIC_CASE_CLOSED    },
    { "unable_to_fix",      CIVIC_CASE_CLOSED,     CIVIC_CASE_CLOSED    },
    { "closed",             CIVIC_CASE_CLOSED,     CIVIC_CASE_CLOSED    }
};


const char *
civic_case_name(civic_case_e state)
{
    return (unsigned) state < CIVIC_CASE_MAX ? civic_case_names[state]
                                             : civic_case_names[0];
}


int
civic_case_of_name(civic_str_t name, civic_case_e *state)
{
    size_t  i;

    for (i = 0; i < CIVIC_CASE_MAX; i++) {
        if (civic_str_is(name, civic_case_names[i])) {
            *state = i;
            return CIVIC_OK;
        }
    }

    return CIVIC_DECLINED;
}


int
civic_case_is_closed(civic_case_e state)
{
    switch (state) {

    case CIVIC_CASE_RESOLVED:
    case CIVIC_CASE_CLOSED:
    case CIVIC_CASE_DUPLICATE:
    case CIVIC_CASE_NOT_OURS:
    case CIVIC_CASE_WITHDRAWN:
        return 1;

    default:
        return 0;
    }
}


civic_case_e
civic_case_after(civic_case_e before, civic_str_t status, int has_notes)
{
    char                        word[CIVIC_STATUS_MAX];
    size_t                      i;
    civic_case_e                after;
    const civic_status_word_t  *w;

    if (status.len >= sizeof(word)) {
        return before;
    }

    for (i = 0; i < status.len; i++) {
        word[i] = status.data[i];

        if (word[i] >= 'A' && word[i] <= 'Z') {
            word[i] |= 0x20;

        } else if (word[i] == ' ' || word[i] == '-') {
            word[i] = '_';
        }
    }

    for (i = 0; i < sizeof(civic_status_words) / sizeof(*w); i++) {
        w = &civic_status_words[i];

        if (civic_str_is(civic_strn(word, status.len), w->status)) {
            after = has_notes ? w->noted : w->bare;

            /* open again after it was closed */

            return civic_case_is_closed(before) && !civic_case_is_closed(after)
                   ? CIVIC_CASE_REOPENED : after;
        }
    }

    return before;
}
