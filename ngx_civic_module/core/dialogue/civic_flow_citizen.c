
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The citizen's dialogue, as tables: what a citizen may say in which state,
 * what is done, what is said, where it goes on; then what comes back from
 * 311, Postgres and the clock.  First match wins.  There is no code here:
 * guards and actions are one-liners elsewhere, the messages' shapes are in
 * civic_says_citizen.c, wording is in texts.csv.
 *
 * A row reads: in this state, on this event, with this detail, only if, do,
 * say, then.  Details are cues (civic_cue.h): "cmd:cancel" is the command
 * typed or tapped, "svc:", "menu:", "case:" what was picked, "sure", "close"
 * and "none" how well words named a service.  What is heard of a voice note
 * comes as that note once more, with words.
 *
 * A thumb under a message of ours is a tap on what it means there
 * (civic_says_citizen.c); other reactions, withdrawn messages and outcomes
 * that came too late have no row and no answer.
 */


#include "core/dialogue/civic_actions.h"
#include "core/dialogue/civic_guards.h"
#include "core/dialogue/civic_rows.h"


#define DRAFT        (IN(WHAT) | IN(CHOOSE) | IN(WORDS) | IN(PLACE))
#define ASKED_KIND   (IN(IDLE) | IN(WHAT) | IN(CHOOSE))


static const civic_row_t  civic_rows[] = {

    /* danger goes before everything; what is heard aside is for 311 alone */

    { ANY, TELLS, "misroute:emergency", ALWAYS,
      NOTHING, "misroute_emergency", SAME },

    { ANY, TELLS, "misroute:sewer_worker", ALWAYS,
      NOTHING, "misroute_sewer_worker", SAME },

    { ANY, ON(VOICE), NULL, IF(is_aside),
      NOTHING, SILENT, SAME },

    /* what quotes a message about a complaint is about that complaint */

    { ANY, ON(TEXT), "cmd:status", IF(is_about_case),
      DO(find_quoted), SILENT, SAME },

    { ANY, ON(TEXT), "cmd:when", IF(is_about_case),
      DO(find_quoted), SILENT, SAME },

    { ANY, ON(TEXT), "cmd:cancel", IF(is_about_case),
      DO2(take_case, doubt_case), "ask_gone", REST },

    { ANY, ON(TEXT), "cmd:change", IF(is_about_case),
      DO(take_case), "change_what", CHANGE },

    { ANY, ON(TEXT), "cmd:fix_kind", IF(is_about_case),
      DO(take_case), "fix_kind", CHANGE },

    { ANY, ON(TEXT), "cmd:fix_place", IF(is_about_case),
      DO(take_case), "fix_place", CHANGE },

    { ANY, ON(TEXT), "misroute:abuse", IF(is_about_case),
      NOTHING, "calm", SAME },

    { ANY, ON(TEXT), NULL, IF2(is_about_case, is_remark),
      DO2(take_case, correct_words), SILENT, REST },

    { ANY, ON(PIN), NULL, IF2(is_about_case, is_inside),
      DO2(take_case, correct_place), SILENT, REST },

    { ANY, MEDIA, NULL, IF2(is_about_case, is_words),
      DO3(take_case, add_media, correct_words), SILENT, REST },

    { ANY, MEDIA, NULL, IF(is_about_case),
      DO2(take_case, add_media), "media_added", REST },

    /* is it to be taken back? */

    { ANY, ON(TEXT), "cmd:yes", IF(was_gone_asked),
      DO(withdraw), SILENT, REST },

    { ANY, ON(TEXT), "cmd:no", IF(was_gone_asked),
      NOTHING, "change_dropped", REST },

    /* a draft that was left: a clear new complaint takes its place */

    { DRAFT | IN(RESUME), TELLS, "sure", IF(is_left),
      DO3(throw_draft, note_all, take_guess), SILENT, NEXT },

    { DRAFT | IN(RESUME), TELLS, "close", IF(is_left),
      DO3(throw_draft, note_all, keep_guesses), SILENT, NEXT },

    { IN(RESUME), ON(TEXT), "none", IF(is_placed),
      DO(note_all), SILENT, NEXT },

    { IN(RESUME), ON(TEXT), "none", IF(is_lost),
      DO2(note_telling, count_try), "desk_what", SAME },

    { DRAFT | IN(RESUME), ON(TEXT), "none", IF(is_left),
      DO2(note_telling, count_try), "resume", RESUME },

    { DRAFT | IN(RESUME), MEDIA | ON(PIN), NULL, IF(is_left),
      DO(note_all), "resume", RESUME },

    { IN(RESUME), ANSWERS, "cmd:yes", ALWAYS,
      NOTHING, SILENT, NEXT },

    { IN(RESUME), ANSWERS, "cmd:no", ALWAYS,
      DO(throw_draft), "ask_what", WHAT },

    /* commands, typed or tapped, at any time */

    { ANY, SAYS, "cmd:new", ALWAYS,
      DO(throw_draft), "ask_what", WHAT },

    { DRAFT, SAYS, "cmd:hello", IF2(has_draft, is_gathering),
      NOTHING, SILENT, NEXT },

    { DRAFT | IN(RESUME), SAYS, "cmd:hello", IF(has_draft),
      NOTHING, "resume", RESUME },

    { ANY, SAYS, "cmd:hello", ALWAYS,
      DO(gather), SILENT, REST },

    { ANY, ON(WELCOME), NULL, ALWAYS,
      DO(greet), "hello", REST },

    { ANY, SAYS, "cmd:menu", ALWAYS,
      DO(forget_service), "ask_what", WHAT },

    { ANY, ON(REACTION), "cmd:menu", IF(is_pin_doubted),
      NOTHING, "ask_what", WHAT },

    { ANY, SAYS, "cmd:help", ALWAYS,
      NOTHING, "help", SAME },

    { ANY, SAYS, "cmd:human", ALWAYS,
      NOTHING, "desk", SAME },

    { ANY, SAYS, "cmd:thanks", ALWAYS,
      NOTHING, "thanks", SAME },

    { ANY, SAYS, "cmd:my_data", ALWAYS,
      NOTHING, "my_data", SAME },

    { ANY, SAYS, "cmd:delete_data", ALWAYS,
      DO(throw_draft), "delete_data", REST },

    { ANY, SAYS, "cmd:language", ALWAYS,
      NOTHING, "choose_language", SAME },

    { DRAFT, SAYS, "cmd:lang_", IF(has_draft),
      DO(set_language), SILENT, NEXT },

    { ANY, SAYS, "cmd:lang_", ALWAYS,
      DO(set_language), "language_set", SAME },

    /* what became of it */

    { ANY, SAYS, "cmd:mine", ALWAYS,
      DO(find_mine), SILENT, SAME },

    { IN(IDLE), SAYS, "cmd:status", IF(is_recent_case),
      DO(find_current), SILENT, SAME },

    { ANY, SAYS, "cmd:status", ALWAYS,
      DO(find_mine), SILENT, SAME },

    { IN(IDLE), SAYS, "cmd:when", ALWAYS,
      DO(find_current), SILENT, SAME },

    { ANY, SAYS, "case:", ALWAYS,
      DO(find_case), SILENT, SAME },

    { ANY, SAYS, "number?", ALWAYS,
      NOTHING, "look_again", SAME },

    /* changing the draft */

    { DRAFT | IN(RESUME), SAYS, "cmd:fix_kind", IF(has_draft),
      DO(forget_service), SILENT, NEXT },

    { DRAFT | IN(RESUME), SAYS, "cmd:fix_place", IF(has_draft),
      DO(forget_place), SILENT, NEXT },

    { DRAFT | IN(RESUME), SAYS, "cmd:change", IF(has_draft),
      NOTHING, "edit_what", SAME },

    { ANY, ON(TAP), "edit:kind", ALWAYS,
      DO(forget_service), SILENT, NEXT },

    { ANY, ON(TAP), "edit:place", ALWAYS,
      DO(forget_place), SILENT, NEXT },

    { ANY, ON(TAP), "edit:words", ALWAYS,
      NOTHING, "ask_words", WORDS },

    /* stopping */

    { DRAFT | IN(RESUME), SAYS, "cmd:cancel", IF(has_draft),
      DO(throw_draft), "cancelled", REST },

    { IN(CHANGE), SAYS, "cmd:cancel", ALWAYS,
      NOTHING, "change_dropped", REST },

    { ANY, SAYS, "cmd:cancel", IF(has_case),
      DO(doubt_case), "ask_gone", REST },

    { ANY, SAYS, "cmd:cancel", ALWAYS,
      NOTHING, "nothing_to_cancel", REST },

    { ANY, SAYS, "cmd:stop", ALWAYS,
      DO(throw_draft), "stopped", REST },

    /* correcting what was filed */

    { ANY, SAYS, "cmd:change", IF(has_case),
      NOTHING, "change_what", CHANGE },

    { ANY, SAYS, "cmd:change", ALWAYS,
      NOTHING, "nothing_to_change", SAME },

    { ANY, TAPS, "change:", IF(is_current_case),
      NOTHING, "change_what", CHANGE },

    { ANY, TAPS, "change:", ALWAYS,
      DO(find_case), SILENT, SAME },

    { ANY, TAPS, "fix:", IF(is_other_case),
      DO(find_case), SILENT, SAME },

    { ANY, ON(TAP), "fix:ask_gone", IF(has_case),
      DO(doubt_case), "ask_gone", REST },

    { ANY, TAPS, "fix:gone", IF(has_case),
      DO(withdraw), SILENT, REST },

    { ANY, SAYS, "cmd:fix_kind", IF(has_case),
      NOTHING, "fix_kind", CHANGE },

    { ANY, SAYS, "cmd:fix_place", IF(has_case),
      NOTHING, "fix_place", CHANGE },

    { ANY, TAPS, "fix:here", IF(is_pin_alone),
      DO2(correct_here, throw_draft), SILENT, REST },

    { IN(WHAT), ON(TEXT), "cmd:yes", IF(is_pin_alone),
      DO2(correct_here, throw_draft), SILENT, REST },

    { ANY, TAPS, "fix:here", IF(is_pin_doubted),
      DO(correct_here), SILENT, REST },

    { ANY, ON(TAP), "fix:photo", IF(has_case),
      NOTHING, "fix_photo", CHANGE },

    { ANY, ON(TAP), "fix:kind", IF(has_case),
      NOTHING, "fix_kind", CHANGE },

    { ANY, ON(TAP), "fix:place", IF(has_case),
      NOTHING, "fix_place", CHANGE },

    { ANY, ON(TAP), "fix:words", IF(has_case),
      NOTHING, "fix_words", CHANGE },

    { ANY, ON(TAP), "fix:", IF(has_case),
      NOTHING, "change_what", CHANGE },

    { IN(CHANGE), ON(TAP), "svc:", IF(is_offered),
      DO(correct_kind), SILENT, REST },

    { IN(CHANGE), SAYS, "menu:", IF(is_menu),
      DO(open_menu), "pick_service", SAME },

    { IN(CHANGE), ON(TEXT), "svc:", ALWAYS,
      NOTHING, "fix_kind", SAME },

    { IN(CHANGE), ON(TEXT), NULL, IF(is_place_only),
      DO(correct_named), SILENT, REST },

    { IN(CHANGE), ON(TEXT), NULL, IF(is_words),
      DO(correct_words), SILENT, REST },

    { IN(CHANGE), ON(PIN), NULL, IF(is_inside),
      DO(correct_place), SILENT, REST },

    { IN(CHANGE), MEDIA, NULL, IF(is_words),
      DO2(add_media, correct_words), SILENT, REST },

    { IN(CHANGE), MEDIA, NULL, ALWAYS,
      DO(add_media), "media_added", REST },

    /* picking from lists */

    { IN(CHOOSE), ON(TEXT), "svc:", ALWAYS,
      DO(forget_service), "ask_what", WHAT },

    { IN(WHAT), ON(TAP), "svc:", IF2(is_offered, was_place_asked),
      DO2(choose_service, await_place), SILENT, NEXT },

    { ANY & ~IN(PLACE), SAYS, "svc:", IF(is_offered),
      DO(choose_service), SILENT, NEXT },

    { IN(PLACE), ON(TAP), "svc:", IF(is_offered),
      DO(choose_service), SILENT, NEXT },

    { ANY, ON(TAP), "svc:", ALWAYS,
      DO(forget_service), "service_gone", WHAT },

    { ANY & ~IN(PLACE), SAYS, "menu:", IF(is_menu),
      DO2(forget_service, open_menu), "pick_service", WHAT },

    { IN(PLACE), ON(TAP), "menu:", IF(is_menu),
      DO2(forget_service, open_menu), "pick_service", WHAT },

    /* telling the place */

    { ANY, ON(PIN), NULL, IF2(is_outside, is_lost),
      DO(count_try), "desk_place", SAME },

    { ANY, ON(PIN), NULL, IF(is_outside),
      DO(count_try), "outside_city", SAME },

    { IN(IDLE), ON(PIN), NULL, IF(is_recent_case),
      DO2(note_pin, doubt_pin), SILENT, NEXT },

    { ANY, ON(PIN), NULL, ALWAYS,
      DO(note_pin), SILENT, NEXT },

    { IN(PLACE), TELLS, NULL, IF2(is_elsewhere, is_lost),
      DO2(note_media, count_try), "desk_place", SAME },

    { IN(PLACE), TELLS, NULL, IF(is_elsewhere),
      DO2(note_media, count_try), "outside_city", SAME },

    { IN(PLACE), TELLS, NULL, IF2(is_same_place, has_last_place),
      DO2(note_media, note_last_place), SILENT, NEXT },

    { IN(PLACE), SAYS, NULL, IF(is_same_place),
      DO(count_try), "no_last_place", SAME },

    { IN(PLACE), ANSWERS, "cmd:yes", IF(has_hint),
      DO(take_hint), SILENT, NEXT },

    { IN(PLACE), TELLS, NULL, IF2(is_gathering, is_wide),
      DO2(note_media, note_hint), SILENT, NEXT },

    { IN(PLACE), TELLS, NULL, IF(is_wide),
      DO2(note_media, note_hint), "ask_place_exact", SAME },

    { IN(PLACE), TELLS, "sure", IF2(is_named, is_other_kind),
      DO2(note_all, doubt_kind), SILENT, NEXT },

    { IN(PLACE), TELLS, "sure", IF(is_named),
      DO(note_all), SILENT, NEXT },

    { IN(PLACE), TELLS, NULL, IF2(is_gathering, is_no_place),
      DO(note_all), SILENT, NEXT },

    { IN(PLACE), TELLS, NULL, IF(is_more_words),
      DO(note_all), "ask_place_more", SAME },

    { IN(PLACE), TELLS, NULL, IF2(is_place, is_place_told),
      DO2(note_media, note_address), SILENT, NEXT },

    { IN(PLACE), SAYS, NULL, IF(is_lost),
      DO(count_try), "desk_place", SAME },

    { IN(PLACE), SAYS, NULL, IF(is_second_try),
      DO(count_try), "place_help", SAME },

    { IN(PLACE), SAYS, NULL, ALWAYS,
      DO(count_try), "place_unclear", SAME },

    /* another place for what was filed, in so many words */

    { IN(IDLE), ON(TEXT), NULL, IF2(is_place_corrected, is_recent_case),
      DO(correct_named), SILENT, REST },

    /* what belongs elsewhere */

    { ASKED_KIND, TELLS, "misroute:power", ALWAYS,
      NOTHING, "misroute_power", SAME },

    { ASKED_KIND, TELLS, "misroute:police", ALWAYS,
      NOTHING, "misroute_police", SAME },

    { ASKED_KIND, TELLS, "misroute:scheme", ALWAYS,
      NOTHING, "misroute_scheme", SAME },

    { ASKED_KIND, TELLS, "misroute:application", ALWAYS,
      NOTHING, "misroute_application", SAME },

    { ASKED_KIND, TELLS, "misroute:other_authority", ALWAYS,
      NOTHING, "misroute_other", SAME },

    { ASKED_KIND, TELLS, "misroute:abuse", ALWAYS,
      NOTHING, "calm", SAME },

    /* telling the problem */

    { IN(WORDS), TELLS, NULL, IF(is_words),
      DO(note_all), SILENT, NEXT },

    { ASKED_KIND, TELLS, "sure", IF(is_elsewhere),
      DO2(note_all, take_guess), "outside_city", PLACE },

    { ASKED_KIND, TELLS, "sure", ALWAYS,
      DO2(note_all, take_guess), SILENT, NEXT },

    { ASKED_KIND, TELLS, "close", ALWAYS,
      DO2(note_all, keep_guesses), SILENT, NEXT },

    { IN(IDLE), ON(TEXT), "none", IF2(is_better_place, is_recent_case),
      DO(correct_named), SILENT, REST },

    { IN(IDLE), ON(TEXT), "none", IF2(is_place_only, is_recent_case),
      DO2(note_spot, doubt_pin), SILENT, NEXT },

    { IN(IDLE) | IN(WHAT), ON(TEXT), "none", IF(is_place_only),
      DO(note_spot), SILENT, NEXT },

    { IN(IDLE) | IN(WHAT), ON(TEXT), "none", IF(is_placed),
      DO(note_all), SILENT, NEXT },

    { IN(IDLE), ON(TEXT), "none", IF2(is_telling, is_recent_case),
      DO(correct_words), SILENT, REST },

    { IN(IDLE), MEDIA, NULL, IF2(is_wordless, is_straggler),
      DO(add_media), SILENT, SAME },

    { IN(IDLE), MEDIA, NULL, IF2(is_wordless, is_recent_case),
      DO(add_media), "media_added", SAME },

    { ANY, ON(VOICE), NULL, IF(is_late),
      DO(note_all), SILENT, SAME },

    { ANY, MEDIA, NULL, ALWAYS,
      DO(note_all), SILENT, NEXT },

    /* what we cannot use: the step stays */

    { ANY, ON(EDIT), NULL, ALWAYS,
      NOTHING, "edit_again", SAME },

    { ANY, ON(STICKER), NULL, ALWAYS,
      NOTHING, "sticker", SAME },

    { ANY, ON(CONTACT) | ON(FORM) | ON(ORDER) | ON(UNUSABLE), NULL, ALWAYS,
      NOTHING, "cannot_use", SAME },

    /* words that did not help; never the same answer three times */

    { IN(IDLE), ON(TEXT), "cmd:yes", IF(is_recent_case),
      NOTHING, SILENT, SAME },

    { IN(IDLE), SAYS, "cmd:", ALWAYS,
      NOTHING, "anything_else", SAME },

    { IN(CHANGE), SAYS, NULL, IF(is_second_try),
      DO(count_try), "desk", SAME },

    { IN(CHANGE), SAYS, NULL, ALWAYS,
      DO(count_try), "change_what", SAME },

    { DRAFT, SAYS, NULL, IF(is_gathering),
      DO(note_telling), SILENT, NEXT },

    { ANY, SAYS, NULL, IF(is_lost),
      DO2(note_telling, count_try), "desk_what", SAME },

    { ANY, SAYS, NULL, IF(is_second_try),
      DO2(note_telling, count_try), "offer_help", SAME },

    { IN(CHOOSE) | IN(WORDS), SAYS, NULL, ALWAYS,
      DO2(note_telling, count_try), SILENT, NEXT },

    { IN(IDLE) | IN(WHAT), ON(TEXT), NULL, IF(is_telling),
      DO2(note_telling, count_try), SILENT, NEXT },

    { ANY, SAYS, NULL, ALWAYS,
      DO(count_try), "not_understood", WHAT },

    /* nothing more came in the same breath */

    { IN(GATHERING), ON(DUE), NULL, IF2(is_due, has_draft),
      NOTHING, SILENT, NEXT },

    { IN(GATHERING), ON(DUE), NULL, IF2(is_due, is_greeted),
      DO(end_greeting), "hello_again", SETTLED },

    { IN(GATHERING), ON(DUE), NULL, IF(is_due),
      DO(greet), "hello", SETTLED },

    /* 311 answers a new complaint, or does not in time */

    { IN(REGISTERING), ON(REGISTERED), NULL, IF(is_current),
      DO(take_request_id), "receipt", SETTLED },

    { IN(REGISTERING), ON(ACCEPTED), NULL, IF(is_current),
      NOTHING, "receipt_ours", SETTLED },

    { IN(REGISTERING), ON(REFUSED), NULL, IF(is_current),
      NOTHING, "receipt_held", SETTLED },

    { IN(REGISTERING), ON(TOKEN) | ON(UNKNOWN), NULL, IF(is_current),
      NOTHING, "receipt_saved", SETTLED },

    { IN(REGISTERING), ON(DUE), NULL, IF(is_due),
      NOTHING, "receipt_saved", SETTLED },

    { ANY, ON(REGISTERED), NULL, IF(is_current),
      DO2(take_request_id, owe_number), SILENT, SAME },

    { ANY, ON(REGISTERED), NULL, ALWAYS,
      NOTHING, "owed_number", SAME },

    { ANY, ON(REFUSED), NULL, IF(is_current),
      DO(owe_held), SILENT, SAME },

    { ANY, ON(REFUSED), NULL, ALWAYS,
      NOTHING, "owed_held", SAME },

    /* Postgres found complaints of this person; it needs no lateness, its
       answer comes from where the question was committed */

    { ANY, ON(FOUND), NULL, IF2(is_none_found, was_one_asked),
      DO(end_find), "not_found", SAME },

    { ANY, ON(FOUND), NULL, IF(is_none_found),
      DO(end_find), "no_complaints", SAME },

    { IN(RECALLING), ON(FOUND), NULL, ALWAYS,
      NOTHING, "status_card", SETTLED },

    { ANY, ON(FOUND), NULL, IF2(is_one_found, is_known_to_311),
      DO3(end_find, take_case, ask_311), SILENT, SAME },

    { ANY, ON(FOUND), NULL, IF(is_one_found),
      DO2(end_find, take_case), "status_card", SAME },

    { ANY, ON(FOUND), NULL, ALWAYS,
      DO(end_find), "my_complaints", SAME },

    /* 311 says how far it is, or does not in time */

    { IN(ASKING), STATUS, NULL, IF(is_current),
      NOTHING, "status_card", SETTLED },

    { IN(ASKING), ON(DUE), NULL, IF(is_due),
      DO(recall_case), SILENT, SAME },

    { IN(REGISTERING) | IN(FINDING) | IN(UPDATING), STATUS, NULL, ALWAYS,
      NOTHING, "status_card", SAME },

    { IN(SETTLED) | IN(ASKING), STATUS, NULL, IF(is_another),
      NOTHING, "status_card", SAME },

    /* 311 takes a correction, or does not, or not in time */

    { IN(UPDATING), ON(UPDATED), NULL, IF(is_current),
      NOTHING, "update_done", SETTLED },

    { IN(UPDATING), ON(DUE), NULL, IF(is_due),
      NOTHING, "update_saved", SETTLED },

    { IN(UPDATING), ON(NOT_UPDATED), NULL, IF(is_current),
      NOTHING, "update_kept", SETTLED },

    { ANY, ON(NOT_UPDATED), NULL, ALWAYS,
      NOTHING, "update_kept", SAME },

    /* a file could not be had, or a voice note not be heard: what was said
       with it stands, and what is missing is asked */

    { ANY, ON(NOT_KEPT), NULL, ALWAYS,
      DO(end_hearing), "media_not_kept", SAME },

    { ANY, ON(NOT_HEARD), NULL, IF(is_of_draft),
      DO(end_hearing), SILENT, SAME }
};


#define N(table)  (sizeof(table) / sizeof((table)[0]))

const civic_flow_t  civic_flow_citizen = {
    civic_rows,  N(civic_rows),
    civic_needs_citizen, CIVIC_NEEDS_CITIZEN,
    civic_says_citizen, CIVIC_SAYS_CITIZEN,
    civic_thumbs_citizen, CIVIC_THUMBS_CITIZEN
};
