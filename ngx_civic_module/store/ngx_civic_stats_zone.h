
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The counters, once: name, what they count, in the order they are shown.
 * A counter never holds anything about a person.
 */


#ifndef _NGX_CIVIC_STATS_ZONE_H_INCLUDED_
#define _NGX_CIVIC_STATS_ZONE_H_INCLUDED_


#define NGX_CIVIC_STATS(stat)                                                 \
    stat(WEBHOOKS, "webhooks", "Webhook requests with a valid signature")     \
    stat(REFUSED, "webhooks_refused", "Webhooks with a bad signature")        \
    stat(BROKEN, "webhooks_broken", "Signed webhooks that were not JSON")     \
    stat(DEFERRED, "webhooks_deferred", "Webhooks answered 503")              \
    stat(MESSAGES, "messages", "Citizen messages acted upon")                 \
    stat(DUPLICATES, "messages_duplicate", "Messages that came again")        \
    stat(NOT_OURS, "messages_not_ours", "Messages in groups or to numbers "   \
         "not configured")                                                    \
    stat(UNKNOWN, "webhook_unknown", "Objects, fields, kinds and statuses "   \
         "that were skipped")                                                 \
    stat(WA_ERRORS, "webhook_errors", "Out-of-band errors WhatsApp told us")  \
    stat(ACCOUNT, "webhook_account", "Account-level events")                  \
    stat(STATUSES, "statuses", "Statuses of messages we sent")                \
    stat(POISON, "webhooks_poison", "Webhooks and messages taken without "    \
         "what is in them, as Postgres refuses it")                           \
    stat(STALE, "exchange_stale", "Turns run again on a newer record")        \
    stat(LEASE_WAITS, "exchange_waits", "Exchanges that waited for another "  \
         "worker")                                                            \
    stat(EXCHANGES, "exchanges", "Exchanges committed")                       \
    stat(FAILED, "exchanges_failed", "Exchanges that did not commit")         \
    stat(CONV_NEW, "conversations_made", "Conversations put into the zone")   \
    stat(CONV_EXPIRED, "conversations_expired", "Conversations nobody used "  \
         "for long")                                                          \
    stat(CONV_EVICTED, "conversations_evicted", "Conversations pushed out "   \
         "before their time")                                                 \
    stat(CONV_FULL, "conversations_refused", "Conversations the full zone "   \
         "had no room for")                                                   \
    stat(SENT, "messages_sent", "Messages WhatsApp accepted")                 \
    stat(SEND_RETRY, "messages_retried", "Sends put off to a later time")     \
    stat(SEND_DEAD, "messages_dead", "Messages that will not be sent")        \
    stat(SEND_DOUBT, "messages_doubt", "Sends whose outcome is not known")    \
    stat(SEND_FAILED, "messages_failed", "Messages WhatsApp accepted and "    \
         "could not deliver")                                                 \
    stat(TEMPLATES, "messages_template", "Messages sent as a template, the "  \
         "24 hours being over")                                               \
    stat(PAUSES, "peer_pauses", "Times that calls to a peer were paused")     \
    stat(REGISTERED, "complaints_registered", "Complaints 311 gave a number") \
    stat(FILED, "complaints_filed", "Complaints filed")                       \
    stat(HELD, "complaints_held", "Complaints held for the desk")             \
    stat(CALL_311_FAILED, "open311_failed", "Calls to 311 that failed")       \
    stat(MEDIA_KEPT, "media_kept", "Files of citizens fetched and kept")      \
    stat(MEDIA_REFUSED, "media_refused", "Files that will not be fetched")    \
    stat(MEDIA_RETRIED, "media_retried", "Fetches put off to a later time")   \
    stat(MEDIA_PASSED, "media_passed", "Updates with files 311 has taken")    \
    stat(MEDIA_SERVED, "media_served", "Files served to who had the link")    \
    stat(MEDIA_DENIED, "media_denied", "Requests with a wrong link")          \
    stat(VOICE_HEARD, "voice_heard", "Voice notes the speech service heard")  \
    stat(VOICE_NOT_HEARD, "voice_not_heard", "Voice notes nobody could hear") \
    stat(CLAIMED, "outbox_claimed", "Outbox rows taken up again")             \
    stat(OUTBOX_FULL, "outbox_left", "Outbox rows given back for later")


#define NGX_CIVIC_STAT_ENUM(id, name, help)  NGX_CIVIC_STAT_##id,

typedef enum {
    NGX_CIVIC_STATS(NGX_CIVIC_STAT_ENUM)
    NGX_CIVIC_STAT_MAX
} ngx_civic_stat_e;


typedef struct {
    const char  *name;
    const char  *help;
} ngx_civic_stat_t;


extern const ngx_civic_stat_t  ngx_civic_stats[NGX_CIVIC_STAT_MAX];


#endif /* _NGX_CIVIC_STATS_ZONE_H_INCLUDED_ */
