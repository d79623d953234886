-- The outbox: who takes a row, and what became of it.  Rules as in
-- 002-exchange.sql.


-- A row's person, locked with that person's queue of messages, before the row
-- and its complaint, as everywhere but in record_statuses().  Who waits here
-- may wait for the end of this very person: then the row is somebody else's,
-- and so is the queue.
CREATE FUNCTION lock_queue(p_id bigint, OUT citizen_id bigint, OUT kind text,
    OUT complaint_id bigint)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_before  bigint;
BEGIN
    LOOP
        SELECT citizen_now(o.citizen_id), o.kind, o.complaint_id
          INTO citizen_id, kind, complaint_id
          FROM outbox o WHERE o.outbox_id = p_id;

        EXIT WHEN lock_queue.citizen_id IS NULL
                  OR lock_queue.citizen_id = v_before;

        v_before := lock_queue.citizen_id;

        PERFORM FROM conversation c WHERE c.citizen_id = v_before FOR UPDATE;

        EXIT WHEN FOUND;
    END LOOP;
END $$;


-- What became of a row, as the worker says that had it in hand, or as a
-- status webhook says of a message.  When a message is through, the next one
-- of that person moves up; it is returned, and the caller's to perform, if
-- p_next says so.
--   p_state     done, dead, due, unknown
--   p_claims    as the row was claimed with, -1: said by a status.  Who lost a
--               row to another claim may still say that it is done or dead,
--               but not when it is due: the other one has it in hand
--   p_attempts  tries it is given up for when they are many, from now on
--   p_waits     tries it only waits longer for, from now on
--   p_doubts    unknown so often in a row, from now on
--   p_delay     ms until the next try
--   p_wamid     WhatsApp's id of the message, '' none.  An unfinished row
--               that has this id already was told to have failed under it,
--               and nothing that is said later of that try counts
--   p_status    civic_wa_status_e, 0 none
--   p_tried     it was performed just now, as far as anybody knows
--   p_template  the window is over: the next try is a template
--   p_failed    WhatsApp had accepted it and now says that it failed
CREATE FUNCTION settle_outbox(p_id bigint, p_state text, p_claims integer,
    p_attempts integer, p_waits integer, p_doubts integer, p_delay integer,
    p_wamid text, p_error text, p_status integer, p_tried boolean,
    p_template boolean, p_failed boolean, p_next boolean)
RETURNS TABLE (outbox_id bigint, lane smallint, claims integer,
    attempts smallint, waits smallint, doubts smallint, template boolean,
    record bytea, payload jsonb)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_citizen    bigint;
    v_kind       text;
    v_complaint  bigint;
    v_head       boolean;
BEGIN
    SELECT q.citizen_id, q.kind, q.complaint_id
      INTO v_citizen, v_kind, v_complaint FROM lock_queue(p_id) q;

    IF p_failed AND p_state <> 'dead' THEN
        v_head := EXISTS (
            SELECT 1 FROM outbox o
             WHERE o.citizen_id = v_citizen AND o.kind = 'send'
               AND o.outbox_id <> p_id
               AND o.state IN ('taken', 'unknown', 'due'));
    END IF;

    UPDATE outbox o
       SET citizen_id = v_citizen,
           state = CASE WHEN v_head THEN 'behind' ELSE p_state END,
           due = clock_timestamp() + p_delay * interval '1 millisecond',
           attempts = greatest(o.attempts, least(p_attempts, 1000)),
           waits = greatest(o.waits, least(p_waits, 1000)),
           -- its holder, if it has one, knows nothing of that failure
           claims = o.claims + p_failed::integer,
           doubts = least(p_doubts, 1000),
           tried = CASE WHEN p_tried THEN clock_timestamp() ELSE o.tried END,
           template = o.template OR p_template,
           wamid = coalesce(nullif(p_wamid, ''), o.wamid),
           status = CASE WHEN p_failed THEN 0
                         ELSE greatest(o.status, p_status) END,
           error = coalesce(nullif(p_error, ''), o.error)
     WHERE o.outbox_id = p_id
       AND CASE WHEN o.state IN ('taken', 'unknown', 'due')
                THEN (p_wamid = '' OR o.wamid IS DISTINCT FROM p_wamid)
                     AND (p_state IN ('done', 'dead') OR p_failed
                          OR o.claims = p_claims)
                ELSE p_failed AND o.state = 'done' AND o.status <= 1
                     AND o.error IS DISTINCT FROM 'dropped'
                     AND coalesce(o.wamid, p_wamid) = p_wamid END;

    -- another status of the same message was faster: this one may be better

    IF NOT FOUND AND p_status > 0 AND NOT p_failed THEN
        UPDATE outbox o
           SET status = p_status, wamid = p_wamid
         WHERE o.outbox_id = p_id AND o.state IN ('done', 'dead')
           AND o.status < p_status AND coalesce(o.wamid, p_wamid) = p_wamid;
        RETURN;
    END IF;

    IF NOT FOUND OR v_kind <> 'send' THEN
        RETURN;
    END IF;

    IF p_state = 'dead' AND v_complaint IS NOT NULL THEN
        INSERT INTO event (complaint_id, who, what, note)
        VALUES (v_complaint, 'whatsapp', 'undelivered', p_error);
    END IF;

    IF p_state NOT IN ('done', 'dead') OR EXISTS (
           SELECT 1 FROM outbox o
            WHERE o.citizen_id = v_citizen AND o.kind = 'send'
              AND o.state IN ('taken', 'unknown', 'due'))
    THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH next AS (
        UPDATE outbox o
           SET state = CASE WHEN p_next THEN 'taken' ELSE 'due' END,
               due = clock_timestamp()
                     + CASE WHEN p_next THEN lease() ELSE interval '0' END,
               tried = clock_timestamp()
         WHERE o.outbox_id = (
                   SELECT b.outbox_id FROM outbox b
                    WHERE b.citizen_id = v_citizen AND b.state = 'behind'
                    ORDER BY b.outbox_id LIMIT 1)
        RETURNING o.outbox_id, o.lane, o.claims, o.attempts, o.waits,
                  o.doubts, o.template, o.payload
    )
    SELECT n.outbox_id, n.lane, n.claims, n.attempts, n.waits, n.doubts,
           n.template, c.record, n.payload
      FROM next n, conversation c
     WHERE p_next AND c.citizen_id = v_citizen;
END $$;


-- Statuses of messages we sent, all that a worker has at hand in one call:
-- sent < delivered < read < played, never downgraded, in any order, known by
-- our outbox id before the answer to the send was seen.
--   p: [{"id": outbox id or 0, "wamid", "status": civic_wa_status_e,
--        "error": code, "at": Unix time}], the last two of failures
-- Returns those that move a queue, for settle_outbox() under the lock of
-- their person: of messages that are not finished yet, and failures.  Of
-- these nothing is written here.
CREATE FUNCTION record_statuses(p jsonb)
RETURNS TABLE (outbox_id bigint, user_id text, phone text, wamid text,
    status smallint, error integer, at bigint, failed boolean,
    attempts smallint, waits smallint, template boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH said AS (
        SELECT coalesce(nullif(x.id, 0), o.outbox_id) AS outbox_id, x.wamid,
               max(x.status) AS status, max(x.error) AS error,
               max(x.at) AS at,
               bool_or(x.status = 0) AND max(x.status) <= 1 AS failed
          FROM jsonb_to_recordset(p) AS x(id bigint, wamid text,
                                          status smallint, error integer,
                                          at bigint)
          LEFT JOIN outbox o ON x.id = 0 AND o.wamid = x.wamid
         GROUP BY 1, 2
    ), known AS (
        SELECT s.*, o.citizen_id, o.wamid AS had, o.status AS was,
               o.attempts, o.waits, o.template,
               o.error IS NOT DISTINCT FROM 'dropped' AS dropped,
               o.state IN ('taken', 'unknown', 'due') AS unfinished
          FROM said s JOIN outbox o USING (outbox_id)
         WHERE o.kind = 'send'
    ), mine AS (
        SELECT o.outbox_id, k.wamid, k.status
          FROM known k JOIN outbox o USING (outbox_id)
         WHERE o.state IN ('done', 'dead') AND k.status > o.status
           AND coalesce(o.wamid, k.wamid) = k.wamid
         ORDER BY o.outbox_id
           FOR UPDATE OF o
    ), changed AS (
        -- a message given up for want of news has arrived all the same
        UPDATE outbox o
           SET status = m.status, wamid = m.wamid,
               state = CASE WHEN m.status >= 2 OR o.error = 'unknown'
                            THEN 'done' ELSE o.state END
          FROM mine m
         WHERE o.outbox_id = m.outbox_id
    )
    SELECT k.outbox_id, coalesce(c.user_id, ''), coalesce(c.phone, ''),
           k.wamid, k.status, coalesce(k.error, 0), coalesce(k.at, 0),
           k.failed, k.attempts, k.waits, k.template
      FROM known k JOIN citizen c ON c.citizen_id = citizen_now(k.citizen_id)
     WHERE CASE WHEN k.unfinished THEN k.had IS DISTINCT FROM k.wamid
                ELSE k.failed AND k.was <= 1 AND NOT k.dropped
                     AND coalesce(k.had, k.wamid) = k.wamid END;
END $$;


-- Takes due rows for the caller, for one lease, of each lane as many as p_rows
-- says.  "doubts" says how often in a row their outcome was unknown.  A
-- message found in the hands of somebody who did not finish it is nobody's
-- yet: it has p_unknown ms to be settled by a status, and its worker, if it
-- lives and only a clock has jumped, to say what became of it.  It is returned
-- without a kind: a full lane says that there is more.
CREATE FUNCTION claim_outbox(p_rows integer[], p_unknown integer)
RETURNS TABLE (outbox_id bigint, kind text, lane smallint, claims integer,
    attempts smallint, waits smallint, doubts smallint, tried timestamptz,
    template boolean, user_id text, phone text, record bytea, payload jsonb)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    FOR v_lane IN 0 .. 4 LOOP
        CONTINUE WHEN p_rows[v_lane + 1] = 0;

        RETURN QUERY
        WITH ready AS (
            SELECT o.outbox_id, o.state,
                   o.state = 'taken' AND o.kind = 'send' AS orphan
              FROM outbox o
             WHERE o.open AND o.lane = v_lane
               AND o.due <= statement_timestamp()
             ORDER BY o.due
             LIMIT p_rows[v_lane + 1]
               FOR UPDATE OF o SKIP LOCKED
        ), taken AS (
            UPDATE outbox o
               SET state = CASE WHEN r.orphan THEN 'unknown'
                                ELSE 'taken' END,
                   due = clock_timestamp()
                         + CASE WHEN r.orphan
                                THEN p_unknown * interval '1 millisecond'
                                ELSE lease() END,
                   -- an orphan's holder, if it lives, may still say so
                   claims = o.claims + (NOT r.orphan)::integer,
                   doubts = least(o.doubts
                                  + (r.state = 'taken')::integer, 1000),
                   tried = CASE r.state WHEN 'due' THEN clock_timestamp()
                                        ELSE o.tried END
              FROM ready r
             WHERE o.outbox_id = r.outbox_id
            RETURNING r.orphan, o.*
        )
        SELECT t.outbox_id, CASE WHEN t.orphan THEN '' ELSE t.kind END,
               t.lane, t.claims, t.attempts, t.waits, t.doubts, t.tried,
               t.template, coalesce(c.user_id, ''), coalesce(c.phone, ''),
               v.record, t.payload
          FROM taken t JOIN citizen c USING (citizen_id)
          LEFT JOIN conversation v USING (citizen_id)
         ORDER BY t.outbox_id;
    END LOOP;
END $$;


-- For util/outbox: what is dead is tried again, a message in its turn, and
-- what was held for the desk is posted to 311: an operator has looked whether
-- 311 has it already.  False: it is not dead.
CREATE FUNCTION replay_outbox(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_citizen    bigint;
    v_kind       text;
    v_complaint  bigint;
BEGIN
    SELECT citizen_id, kind, complaint_id INTO v_citizen, v_kind, v_complaint
      FROM lock_queue(p_id);

    UPDATE outbox
       SET citizen_id = v_citizen, due = now(), claims = claims + 1,
           attempts = 0, waits = 0, doubts = 0, status = 0,
           state = CASE WHEN kind = 'send' AND EXISTS (
                            SELECT 1 FROM outbox o
                             WHERE o.citizen_id = v_citizen
                               AND o.kind = 'send'
                               AND o.state IN ('taken', 'unknown', 'due'))
                        THEN 'behind' ELSE 'due' END
     WHERE outbox_id = p_id AND state = 'dead';

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    IF v_complaint IS NOT NULL THEN
        UPDATE complaint SET state = 'saved', changed = now()
         WHERE complaint_id = v_complaint AND state = 'held'
           AND v_kind = 'register';

        INSERT INTO event (complaint_id, who, what, note)
        VALUES (v_complaint, 'desk', 'replayed', v_kind);
    END IF;

    RETURN true;
END $$;


-- For util/outbox: an operator has dealt with it.  False: it is not dead.
CREATE FUNCTION drop_outbox(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_kind       text;
    v_complaint  bigint;
BEGIN
    UPDATE outbox SET state = 'done', error = 'dropped'
     WHERE outbox_id = p_id AND state = 'dead'
    RETURNING kind, complaint_id INTO v_kind, v_complaint;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    IF v_complaint IS NOT NULL THEN
        INSERT INTO event (complaint_id, who, what, note)
        VALUES (v_complaint, 'desk', 'dropped', v_kind);
    END IF;

    RETURN true;
END $$;
