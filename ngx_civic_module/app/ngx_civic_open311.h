
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the three parts of talking to 311 share: ngx_civic_open311.c makes
 * calls and registers, ngx_civic_open311_look.c looks lost registrations up,
 * ngx_civic_open311_ask.c asks for progress and corrects.  Nothing for
 * anybody else.
 */


#ifndef _NGX_CIVIC_OPEN311_H_INCLUDED_
#define _NGX_CIVIC_OPEN311_H_INCLUDED_


#include "app/ngx_civic_outbox.h"
#include "app/ngx_civic_peer.h"


/* Seconds east of UTC for times 311 gives without an offset (IST). */
#define NGX_CIVIC_311_ZONE     19800


/*
 * One call; NGX_BUSY: not now.  A path whose data is NULL (an id that cannot
 * be asked for) is answered as if 311 did not know it, at once: NGX_DONE.
 */
ngx_int_t ngx_civic_open311_call(ngx_civic_job_t *job, ngx_uint_t method,
    civic_str_t path, civic_str_t args, civic_str_t body,
    ngx_civic_call_pt handler);

/* The HTTP status, 0 if there was no answer. */
unsigned ngx_civic_open311_status(const ngx_civic_call_result_t *result);

/* What an answer says of 311, beyond this call. */
void ngx_civic_open311_judge_peer(ngx_civic_worker_t *w,
    const ngx_civic_call_result_t *result);

/* What a registration came to: an event, or another time. */
void ngx_civic_open311_outcome(ngx_civic_job_t *job,
    const civic_311_answer_t *answer, time_t retry_after);
void ngx_civic_open311_accept(ngx_civic_job_t *job,
    const civic_311_answer_t *answer, civic_event_e kind);

/* Looks for a registration that may have been made; NGX_BUSY: not now. */
ngx_int_t ngx_civic_open311_look(ngx_civic_job_t *job);

/* 311's answer to "how far is it?" */
void ngx_civic_open311_asked(void *data,
    const ngx_civic_call_result_t *result);

/* The links of a file for 311: the first, and the others a line each. */
ngx_int_t ngx_civic_open311_links(ngx_civic_job_t *job, civic_str_t *first,
    civic_str_t *others);

/*
 * What a citizen says: "words", then what was heard of voice notes, marked as
 * a machine's.  data NULL when out of memory.
 */
civic_str_t ngx_civic_open311_words(ngx_civic_job_t *job, civic_str_t words);

/*
 * A file that came after the registration, or what was heard of one
 * (servicerequestupdates).
 */
ngx_int_t ngx_civic_open311_attach(ngx_civic_job_t *job);

/*
 * Sends an update of the job's complaint: "u" has what is told of it, the
 * rest is filled in here.  The id is the row's: what came twice is one.
 * NGX_BUSY: out of memory, not now.
 */
ngx_int_t ngx_civic_open311_update(ngx_civic_job_t *job,
    civic_open311_update_t *u, ngx_civic_call_pt done);

/* A correction by the citizen (servicerequestupdates, an extension). */
ngx_int_t ngx_civic_open311_correct(ngx_civic_job_t *job);


#endif /* _NGX_CIVIC_OPEN311_H_INCLUDED_ */
