
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * From 311's words to a complaint's state.  Fails when closed is taken for
 * solved, when an unknown word changes a state, or when something closed and
 * open again is not told as such.
 */


#include "core/case/civic_status.h"
#include "tap.h"


static const struct {
    civic_case_e   before;
    const char    *status;
    int            notes;
    civic_case_e   after;
} test_words[] = {
    { CIVIC_CASE_SAVED,      "open",              0, CIVIC_CASE_REGISTERED },
    { CIVIC_CASE_REGISTERED, "OPEN",              1, CIVIC_CASE_PROGRESS },
    { CIVIC_CASE_REGISTERED, "In Progress",       0, CIVIC_CASE_PROGRESS },
    { CIVIC_CASE_REGISTERED, "action-scheduled",  0, CIVIC_CASE_PROGRESS },
    { CIVIC_CASE_REGISTERED, "internal_referral", 0, CIVIC_CASE_REFERRED },
    { CIVIC_CASE_PROGRESS,   "closed",            1, CIVIC_CASE_CLOSED },
    { CIVIC_CASE_PROGRESS,   "closed",            0, CIVIC_CASE_CLOSED },
    { CIVIC_CASE_PROGRESS,   "fixed",             0, CIVIC_CASE_RESOLVED },
    { CIVIC_CASE_PROGRESS,   "duplicate",         0, CIVIC_CASE_DUPLICATE },
    { CIVIC_CASE_PROGRESS,   "not_councils_responsibility", 1,
                                                     CIVIC_CASE_NOT_OURS },
    { CIVIC_CASE_PROGRESS,   "cancelled",         0, CIVIC_CASE_WITHDRAWN },
    { CIVIC_CASE_CLOSED,     "open",              1, CIVIC_CASE_REOPENED },
    { CIVIC_CASE_RESOLVED,   "in_progress",       0, CIVIC_CASE_REOPENED },
    { CIVIC_CASE_PROGRESS,   "reopen",            0, CIVIC_CASE_REOPENED },
    { CIVIC_CASE_CLOSED,     "closed",            0, CIVIC_CASE_CLOSED },
    { CIVIC_CASE_PROGRESS,   "unchanged",         1, CIVIC_CASE_PROGRESS },
    { CIVIC_CASE_RESOLVED,   "unchanged",         1, CIVIC_CASE_RESOLVED },
    { CIVIC_CASE_HELD,       "",                  0, CIVIC_CASE_HELD },
    { CIVIC_CASE_REFERRED,   "a word of theirs that is far too long for us",
                                               0, CIVIC_CASE_REFERRED },
};


int
main(void)
{
    int           closed;
    size_t        i;
    civic_case_e  state;

    for (i = 0; i < sizeof(test_words) / sizeof(test_words[0]); i++) {
        is_int(civic_case_after(test_words[i].before,
                                civic_str(test_words[i].status),
                                test_words[i].notes),
               test_words[i].after, "\"%s\" after %s is %s",
               test_words[i].status, civic_case_name(test_words[i].before),
               civic_case_name(test_words[i].after));
    }

    for (closed = 0, i = 0; i < CIVIC_CASE_MAX; i++) {
        ok(civic_case_of_name(civic_str(civic_case_name(i)), &state)
           == CIVIC_OK && state == i, "%s is read back", civic_case_name(i));

        closed += civic_case_is_closed(i);
    }

    is_int(closed, 5, "five states are an end");
    is_int(civic_case_of_name(civic_str("solved"), &state), CIVIC_DECLINED,
           "no state is made up");

    return done();
}
