-- Tables of the complaint desk.  Forward only: never edited after release.
-- Time is UTC.  Every row a citizen owns carries citizen_id, so the rows of
-- one person can live on one shard.

CREATE TABLE citizen (
    citizen_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     text UNIQUE,            -- BSUID, may be absent
    parent_id   text,
    phone       text UNIQUE,            -- digits without '+', may be absent
    name        text,
    created     timestamptz NOT NULL DEFAULT now(),
    CHECK (user_id IS NOT NULL OR phone IS NOT NULL)
);

-- Who turned out to be somebody else.  Messages that are through keep the
-- person they were made for: there is no index to find them by.
CREATE TABLE merged (
    citizen_id  bigint PRIMARY KEY,
    into_id     bigint NOT NULL REFERENCES citizen ON DELETE CASCADE
);

CREATE INDEX merged_into ON merged (into_id);

CREATE FUNCTION citizen_now(p_id bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT into_id FROM merged WHERE citizen_id = p_id), p_id)
$$;

-- The snapshot of core/dialogue/civic_conv.h.  version counts the exchanges;
-- an exchange that ran on another version is told so and runs again.
CREATE TABLE conversation (
    citizen_id  bigint PRIMARY KEY REFERENCES citizen ON DELETE CASCADE,
    version     integer NOT NULL DEFAULT 0,
    record      bytea
) WITH (fillfactor = 70);

-- One row per WhatsApp message that ever reached us: the proof of "once".
CREATE TABLE message_in (
    wamid       text NOT NULL,
    number_id   text NOT NULL,
    kind        text NOT NULL,
    received    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (wamid, number_id)
);

-- The words of a complaint that is still being told.
CREATE TABLE draft (
    citizen_id  bigint PRIMARY KEY REFERENCES citizen ON DELETE CASCADE,
    words       text NOT NULL DEFAULT '',
    address     text NOT NULL DEFAULT '',
    changed     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE complaint (
    complaint_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket        text NOT NULL UNIQUE,
    citizen_id    bigint NOT NULL REFERENCES citizen,
    service       text NOT NULL,
    department    text NOT NULL,
    ward          smallint NOT NULL DEFAULT 0,      -- 0 unknown
    lat           integer,                          -- micro-degrees, WGS84
    lng           integer,
    words         text NOT NULL,
    urgent        text NOT NULL DEFAULT '',         -- why it cannot wait
    address       text NOT NULL,
    lang          text NOT NULL,
    state         text NOT NULL DEFAULT 'saved',    -- names of civic_case_e
    request_id    text,                             -- 311's number
    token         text,                             -- 311's token, until then
    notice        text NOT NULL DEFAULT '',
    notes         text NOT NULL DEFAULT '',
    filed         timestamptz NOT NULL DEFAULT now(),
    changed       timestamptz NOT NULL DEFAULT now(),
    expected      timestamptz
) WITH (fillfactor = 80);

CREATE INDEX complaint_of_citizen ON complaint (citizen_id, filed DESC);
CREATE INDEX complaint_request ON complaint (request_id)
    WHERE request_id IS NOT NULL;

-- Photos, voice notes, videos and documents.  A row is made in the statement
-- that takes the message in, and belongs to the complaint that is being told
-- until there is one: whatever becomes of the file, what was said stands.
--   wanted   a row of the outbox ("fetch") brings it, or nobody does: there is
--            no place for files
--   kept     the file is on disk under the SHA-256 of its bytes, which several
--            rows may share; "type" is what the bytes are, not what was told
--   refused  it will not come, and "reason" why
-- "passed": its link went to 311 with the registration, or a row of the outbox
-- ("attach") takes it there; "told": so did what was heard of a voice note.
CREATE TABLE media (
    media_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    citizen_id    bigint NOT NULL REFERENCES citizen ON DELETE CASCADE,
    complaint_id  bigint REFERENCES complaint,      -- NULL: of the draft
    wamid         text NOT NULL,
    wa_id         text NOT NULL,                    -- at WhatsApp, for 7 days
    kind          text NOT NULL CHECK (kind IN ('photo', 'voice', 'video',
                      'document')),
    mime          text NOT NULL,                    -- as told
    digest        text NOT NULL,                    -- SHA-256 as told, base64
    state         text NOT NULL CHECK (state IN ('wanted', 'kept',
                      'refused')),
    reason        text,
    sha256        text,                             -- hex
    type          text,                             -- jpg, ogg, ...
    size          bigint,                           -- bytes
    passed        boolean NOT NULL DEFAULT false,
    heard         text,                             -- what it says
    told          boolean NOT NULL DEFAULT false,
    made          timestamptz NOT NULL DEFAULT now(),
    changed       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX media_of_citizen ON media (citizen_id);
CREATE INDEX media_of_complaint ON media (complaint_id)
    WHERE complaint_id IS NOT NULL;

-- What happened to a complaint, append-only.
CREATE TABLE event (
    event_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id  bigint NOT NULL REFERENCES complaint,
    at            timestamptz NOT NULL DEFAULT now(),
    who           text NOT NULL,                    -- citizen, 311, desk
    what          text NOT NULL,
    note          text NOT NULL DEFAULT ''
);

CREATE INDEX event_of_complaint ON event (complaint_id, event_id);

-- Everything that must still happen.
--   behind   a message that stands behind an unfinished one of the same
--            person: it moves up when that one is through
--   taken    in somebody's hands until "due".  The worker that committed a
--            row performs it at once; if that worker dies, any other takes
--            the row when the time has come
--   unknown  may have been performed, nobody knows.  A status webhook or a
--            look-up at 311 settles it; at "due" it is tried once more
--   due      surely not performed; the next try is at "due"
--   done     performed (for a message: accepted by WhatsApp)
--   dead     will not be tried again; util/outbox lists and replays these
-- What happens to the queue of a person happens under the lock of its
-- conversation's row.
CREATE TABLE outbox (
    outbox_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    citizen_id  bigint NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('send', 'register', 'token',
                    'ask', 'find', 'update', 'wait', 'fetch', 'attach',
                    'hear')),
    -- who performs it, and before what: 0 answers and 1 notices to people,
    -- 2 calls to 311, 3 the desk itself, 4 files from WhatsApp, and to the
    -- speech service
    lane        smallint NOT NULL CHECK (lane BETWEEN 0 AND 4),
    state       text NOT NULL CHECK (state IN ('behind', 'taken', 'unknown',
                    'due', 'done', 'dead')),
    due         timestamptz NOT NULL,
    claims      integer NOT NULL DEFAULT 0,     -- tells holders apart
    attempts    smallint NOT NULL DEFAULT 0,    -- tries of its own that failed
    waits       smallint NOT NULL DEFAULT 0,    -- tries a peer was not up to
    doubts      smallint NOT NULL DEFAULT 0,    -- unknown so often in a row
    tried       timestamptz NOT NULL DEFAULT now(), -- last performed, perhaps
    template    boolean NOT NULL DEFAULT false, -- the 24-hour window is over
    error       text,                           -- code of the peer, or a word
    complaint_id bigint,
    say         text,                   -- of a message: the key of its text
    payload     jsonb NOT NULL,
    wamid       text,                   -- of a message WhatsApp accepted
    status      smallint NOT NULL DEFAULT 0,    -- best of civic_wa_status_e
    made        timestamptz NOT NULL DEFAULT now(),
    open        boolean GENERATED ALWAYS AS
                    (state IN ('taken', 'unknown', 'due')) STORED
) WITH (fillfactor = 70);

-- Each index can serve one kind of query only.  Plans are made once, often
-- while a table is empty and every index looks alike; the wrong one would be
-- read from end to end for months.
CREATE INDEX outbox_due ON outbox (lane, due) WHERE open;
CREATE INDEX outbox_head ON outbox USING hash (citizen_id)
    WHERE state IN ('taken', 'unknown', 'due');
CREATE INDEX outbox_behind ON outbox (citizen_id, outbox_id)
    WHERE state = 'behind';
CREATE INDEX outbox_dead ON outbox (outbox_id) WHERE state = 'dead';
-- not unique: one id given twice by a peer must not refuse a whole batch
CREATE INDEX outbox_wamid ON outbox (wamid) WHERE wamid IS NOT NULL;

-- Tracking numbers: workers draw serials in blocks of 64 and put them
-- through a permutation under this city's key (core/case/civic_ticket.h).
CREATE SEQUENCE ticket_serial AS bigint MINVALUE 0 START 0 INCREMENT 64;

CREATE TABLE city_key (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    ticket_key  bytea NOT NULL CHECK (length(ticket_key) = 16)
);

INSERT INTO city_key (ticket_key) VALUES (uuid_send(gen_random_uuid()));

-- A fresh connection asks for nothing that is not in this file, so that the
-- version of an older schema can be told (civic_sql_check).

-- How long a row stays with the worker that made or claimed it.  It begins
-- a call in the first half only, and the longest proxy timeouts of the
-- operator's locations are over before the second half is.
CREATE FUNCTION lease() RETURNS interval
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '60 seconds' $$;
