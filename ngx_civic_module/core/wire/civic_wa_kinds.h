
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What one inbound message is: its type and the object named after it become
 * an event.  For civic_wa_in.c only.
 */


#ifndef _CIVIC_WA_KINDS_H_INCLUDED_
#define _CIVIC_WA_KINDS_H_INCLUDED_


#include "core/wire/civic_json.h"
#include "core/wire/civic_wa_in.h"


#define CIVIC_TAP_MAX    1024   /* bytes of a button or row id (256 chars) */
#define CIVIC_MEDIA_MAX  255    /* bytes of a media id */
#define CIVIC_MIME_MAX   127


/*
 * Fills event.kind, raw_kind and what the kind carries; who and moved of a
 * changed number.  CIVIC_OK; CIVIC_DECLINED: an unknown kind, which is an
 * event all the same (somebody is waiting for an answer); CIVIC_DONE: the
 * platform's own notice that nobody wrote, not a message.
 */
int civic_wa_kind(civic_json_t *j, const cJSON *message,
    civic_wa_message_t *m);


#endif /* _CIVIC_WA_KINDS_H_INCLUDED_ */
