
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The guards of the tables, each a question of one line or a few.
 */


#include "core/base/civic_utf8.h"
#include "core/dialogue/civic_cue.h"
#include "core/dialogue/civic_guards.h"


#define CIVIC_PLACE_MIN    4        /* characters of a typed place */
#define CIVIC_TELLING_MIN  10       /* characters of a sentence */
#define CIVIC_STORY_WORDS  3        /* besides the place: more than a place */


civic_guard(has_draft)
{
    return (k->conv->flags & CIVIC_CONV_DRAFT) != 0;
}


civic_guard(has_service)
{
    return civic_has_draft(k)
           && civic_city_service(k->city, civic_str(k->conv->service))
              != NULL;
}


civic_guard(has_guesses)
{
    return civic_has_draft(k) && k->conv->choice[0][0] != '\0';
}


civic_guard(has_words)
{
    return civic_has_draft(k) && (k->conv->flags & CIVIC_CONV_HAS_WORDS);
}


civic_guard(has_photo)
{
    return civic_has_draft(k) && (k->conv->files & CIVIC_FILE_PHOTO);
}


civic_guard(has_voice)
{
    return civic_has_draft(k) && (k->conv->files & CIVIC_FILE_VOICE);
}


civic_guard(has_file)
{
    return civic_has_draft(k) && k->conv->files != 0;
}


civic_guard(has_file_here)
{
    return civic_has_file(k) && civic_has_place(k);
}


/* The kinds name the problem by themselves; "other" says nothing. */

civic_guard(has_told)
{
    return civic_has_words(k) || strcmp(k->conv->service, "OTHER") != 0;
}


civic_guard(has_place)
{
    return civic_has_draft(k)
           && (k->conv->flags & (CIVIC_CONV_HAS_PIN
                                 | CIVIC_CONV_HAS_ADDRESS));
}


civic_guard(has_hint)
{
    return civic_has_draft(k) && (k->conv->flags & CIVIC_CONV_HAS_HINT);
}


civic_guard(has_guesses_here)
{
    return civic_has_guesses(k) && civic_has_place(k);
}


civic_guard(is_pin_doubted)
{
    return civic_has_place(k) && (k->conv->flags & CIVIC_CONV_DOUBTS_PIN)
           && civic_has_case(k);
}


/* Nothing was said since: the pin is all there is of the draft. */

civic_guard(is_pin_alone)
{
    return civic_is_pin_doubted(k) && !civic_has_words(k)
           && k->conv->files == 0 && k->conv->service[0] == '\0';
}


civic_guard(is_urgent)
{
    const civic_service_t  *service;

    service = civic_city_service(k->city, civic_str(k->conv->service));

    return service != NULL && service->urgent && k->conv->danger[0] == '\0';
}


civic_guard(is_left)
{
    return k->conv->state == CIVIC_ST_RESUME
           || (civic_has_draft(k)
               && k->at - k->conv->drafted > CIVIC_DRAFT_AGE);
}


civic_guard(has_case)
{
    return k->conv->ticket[0] != '\0';
}


civic_guard(was_gone_asked)
{
    return k->asked_gone && civic_has_case(k);
}


civic_guard(is_current_case)
{
    return civic_str_is(k->arg, k->conv->ticket);
}


civic_guard(is_other_case)
{
    return k->arg.len != 0 && !civic_is_current_case(k);
}


/* The rest of an album whose other parts were a complaint already. */

civic_guard(is_straggler)
{
    return civic_has_case(k) && k->at - k->conv->told <= CIVIC_BREATH;
}


civic_guard(is_recent_case)
{
    return civic_has_case(k) && k->at - k->conv->told <= CIVIC_RECENT;
}


civic_guard(is_media)
{
    return k->event->media.len != 0
           && (k->event->kind == CIVIC_EV_PHOTO
               || k->event->kind == CIVIC_EV_VOICE
               || k->event->kind == CIVIC_EV_VIDEO
               || k->event->kind == CIVIC_EV_FILE);
}


civic_guard(is_wordless)
{
    return k->text.len == 0;
}


civic_guard(is_words)
{
    return k->meaning.command.len == 0 && civic_cue_has_letter(k->fold);
}


/* Words that want no command done. */

civic_guard(is_remark)
{
    return civic_is_words(k) && !civic_cue_is("cmd:", k->cue);
}


/* Clearly something else than the draft is about. */

civic_guard(is_other_kind)
{
    return civic_has_service(k) && k->meaning.nguess
           && !civic_str_is(k->meaning.guess[0]->code, k->conv->service);
}


civic_guard(is_telling)
{
    return civic_is_words(k)
           && memchr(k->fold.data, ' ', k->fold.len) != NULL
           && civic_utf8_chars(k->fold) >= CIVIC_TELLING_MIN;
}


civic_guard(is_more_words)
{
    return civic_is_words(k)
           && k->meaning.sure == CIVIC_SURE_YES
           && civic_is_no_place(k);
}


civic_guard(is_place)
{
    return civic_is_words(k)
           && (civic_utf8_chars(k->fold) >= CIVIC_PLACE_MIN
               || civic_cue_has_phrase(k, "short_places", 1))
           && !civic_cue_has_phrase(k, "here_words", 1)
           && (!civic_cue_has_phrase(k, "talk_words", 0)
               || civic_cue_has_phrase(k, "place_words", 0));
}


/* It says that it is one; or it was asked for twice, and is what we get. */

civic_guard(is_place_told)
{
    return k->place.kind != CIVIC_PLACE_NONE || k->conv->tries
           || civic_cue_has_phrase(k, "place_words", 0)
           || civic_cue_has_phrase(k, "short_places", 1);
}


civic_guard(is_placed)
{
    return k->place.kind == CIVIC_PLACE_KNOWN && !civic_has_place(k);
}


civic_guard(is_place_alone)
{
    return k->place.kind == CIVIC_PLACE_KNOWN
           && k->place.rest < CIVIC_STORY_WORDS;
}


/* And not one word more. */

civic_guard(is_place_only)
{
    return civic_is_placed(k) && k->place.rest == 0;
}


/* A place in place of one we do not know, or of one that it is not. */

civic_guard(is_better_place)
{
    return civic_is_place_alone(k)
           && (!(k->conv->flags & CIVIC_CONV_LAST_PIN)
               || civic_cue_has_phrase(k, "not_words", 0));
}


/* "wrong place, it is at Palasia" */

civic_guard(is_place_corrected)
{
    return k->place.kind == CIVIC_PLACE_KNOWN
           && k->meaning.sure != CIVIC_SURE_YES
           && civic_cue_has_phrase(k, "wrong_places", 0);
}


civic_guard(is_same_again)
{
    const civic_conv_t  *conv = k->conv;

    return k->message && civic_is_recent_case(k) && civic_is_words(k)
           && conv->files == 0
           && conv->last_kind == civic_talk_kind(conv->service)
           && (conv->flags & CIVIC_CONV_HAS_PIN)
           && (conv->flags & CIVIC_CONV_LAST_PIN)
           && conv->lat == conv->last_lat && conv->lng == conv->last_lng;
}


civic_guard(is_named)
{
    return k->place.kind == CIVIC_PLACE_KNOWN
           && k->place.rest >= CIVIC_STORY_WORDS;
}


civic_guard(is_wide)
{
    return k->place.kind == CIVIC_PLACE_WIDE && !k->place.near
           && k->place.rest < CIVIC_STORY_WORDS && !civic_has_hint(k);
}


civic_guard(is_elsewhere)
{
    return k->place.kind == CIVIC_PLACE_OUTSIDE && !civic_has_place(k);
}


civic_guard(is_same_place)
{
    return civic_cue_has_phrase(k, "same_places", 1);
}


civic_guard(is_last_place_named)
{
    return civic_cue_has_phrase(k, "last_places", 0);
}


civic_guard(has_last_place)
{
    return (k->conv->flags & CIVIC_CONV_HAS_LAST) != 0;
}


civic_guard(is_gathering)
{
    return k->conv->awaits == CIVIC_ST_GATHERING;
}


civic_guard(is_of_draft)
{
    return civic_has_draft(k) && k->event->draft != 0
           && k->event->draft == k->conv->draft;
}


civic_guard(is_aside)
{
    return k->heard
           && (!civic_is_of_draft(k) || k->conv->state == CIVIC_ST_IDLE
               || k->conv->state == CIVIC_ST_RESUME
               || k->conv->state == CIVIC_ST_CHANGE);
}


civic_guard(is_late)
{
    return k->heard && !civic_is_gathering(k);
}


civic_guard(is_no_place)
{
    return !civic_cue_has_phrase(k, "place_words", 0)
           && k->place.kind < CIVIC_PLACE_WIDE;
}


civic_guard(is_inside)
{
    return k->ward != NULL;
}


civic_guard(is_outside)
{
    return k->ward == NULL;
}


civic_guard(is_offered)
{
    const civic_service_t  *service;

    service = civic_city_service(k->city, k->arg);

    return service != NULL && civic_cue_offered(k->turn, service);
}


/*
 * The list under a file without words says that the place is to follow.  It
 * is not waited for where there is more to ask, or danger to be told of.
 */

civic_guard(was_place_asked)
{
    const civic_service_t  *service;

    service = civic_city_service(k->city, k->arg);

    return civic_has_file(k) && !civic_has_words(k) && !civic_has_place(k)
           && k->conv->menu[0] == '\0' && service != NULL && !service->urgent
           && !civic_str_is(k->arg, "OTHER");
}


civic_guard(is_menu)
{
    size_t  i;

    for (i = 0; i < k->city->nservices; i++) {
        if (civic_str_eq(k->city->services[i].menu, k->arg)) {
            return k->arg.len < CIVIC_MENU_MAX;
        }
    }

    return 0;
}


civic_guard(is_second_try)
{
    return k->conv->tries % CIVIC_TRIES == CIVIC_TRIES - 1;
}


civic_guard(is_lost)
{
    return k->conv->tries >= CIVIC_TRIES && !civic_is_second_try(k);
}


civic_guard(is_greeted)
{
    return (k->conv->flags & CIVIC_CONV_GREETED)
           && k->at - k->conv->seen <= CIVIC_GREETED;
}


civic_guard(is_about_case)
{
    return k->message && k->event->ncases == 1;
}


civic_guard(is_current)
{
    return k->conv->ticket[0] != '\0'
           && civic_str_is(civic_talk_ticket(k), k->conv->ticket);
}


civic_guard(is_another)
{
    return !civic_is_current(k);
}


civic_guard(is_due)
{
    size_t    i;
    uint64_t  serial;

    if (k->event->id.len == 0 || k->event->id.len > 10) {
        return 0;
    }

    for (serial = 0, i = 0; i < k->event->id.len; i++) {
        if (k->event->id.data[i] < '0' || k->event->id.data[i] > '9') {
            return 0;
        }

        serial = serial * 10 + (k->event->id.data[i] - '0');
    }

    return serial == k->conv->wait;
}


civic_guard(is_none_found)
{
    return k->event->ncases == 0;
}


civic_guard(is_one_found)
{
    return k->event->ncases == 1;
}


civic_guard(was_one_asked)
{
    return k->event->ticket.len != 0;
}


civic_guard(is_known_to_311)
{
    return k->event->cases[0].request_id.len != 0;
}
