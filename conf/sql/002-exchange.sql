-- The calls of core/wire/civic_sql.c.  Each is one round trip.  A duplicate,
-- a stale version or a missing row is a returned value, never an error: an
-- error would throw away the whole group of calls that share a commit.
--
-- The enable_ settings: a plan made while a table was new and small is kept
-- for months, and must not read all of it when it is large.  What is called
-- often is plpgsql, which keeps its plans: LANGUAGE sql makes a new one for
-- every call, which costs four times what a status needs.


-- Gives everything of one citizen to another and removes the first: both
-- were the same person all the time.
CREATE FUNCTION merge_citizens(p_from bigint, p_into bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- whoever is just advancing the other one commits first: what that makes
    -- would be left behind, its messages without a citizen

    PERFORM FROM conversation WHERE citizen_id IN (p_from, p_into)
      ORDER BY citizen_id FOR UPDATE;

    UPDATE complaint SET citizen_id = p_into WHERE citizen_id = p_from;
    UPDATE outbox SET citizen_id = p_into
     WHERE citizen_id = p_from AND state IN ('taken', 'unknown', 'due');
    UPDATE outbox SET citizen_id = p_into
     WHERE citizen_id = p_from AND state = 'behind';
    UPDATE draft SET citizen_id = p_into
     WHERE citizen_id = p_from
       AND NOT EXISTS (SELECT 1 FROM draft WHERE citizen_id = p_into);
    UPDATE media SET citizen_id = p_into WHERE citizen_id = p_from;
    UPDATE merged SET into_id = p_into WHERE into_id = p_from;
    INSERT INTO merged VALUES (p_from, p_into);
    DELETE FROM citizen WHERE citizen_id = p_from;
END $$;


-- The number has a new owner.  Whoever still knows it as this person's, in
-- whatever worker's zone, is told by the version.
CREATE FUNCTION give_up_phone(p_id bigint) RETURNS void
LANGUAGE sql AS $$
    UPDATE citizen SET phone = NULL WHERE citizen_id = p_id;
    UPDATE conversation SET version = version + 1 WHERE citizen_id = p_id;
$$;


-- Whose message is this?  BSUID decides; a phone number links when both are
-- seen and never passes one person's complaints to the next owner of a
-- recycled number.
CREATE FUNCTION identify(p_user_id text, p_phone text, p_parent text,
    p_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_user   citizen;
    v_phone  citizen;
    v_id     bigint;
BEGIN
    IF p_user_id <> '' THEN
        SELECT * INTO v_user FROM citizen WHERE user_id = p_user_id;
    END IF;

    IF p_phone <> '' THEN
        SELECT * INTO v_phone FROM citizen WHERE phone = p_phone;

        IF v_phone.user_id <> p_user_id AND p_user_id <> '' THEN
            PERFORM give_up_phone(v_phone.citizen_id);
            v_phone := NULL;
        END IF;
    END IF;

    IF v_user.citizen_id IS NOT NULL AND v_phone.citizen_id IS NOT NULL
       AND v_user.citizen_id <> v_phone.citizen_id
    THEN
        PERFORM merge_citizens(v_phone.citizen_id, v_user.citizen_id);
    END IF;

    v_id := coalesce(v_user.citizen_id, v_phone.citizen_id);

    IF v_id IS NULL THEN
        INSERT INTO citizen (user_id, phone, parent_id, name)
        VALUES (nullif(p_user_id, ''), nullif(p_phone, ''),
                nullif(p_parent, ''), nullif(p_name, ''))
        ON CONFLICT DO NOTHING
        RETURNING citizen_id INTO v_id;

        IF v_id IS NULL THEN        -- another node was faster: look again
            v_id := identify(p_user_id, p_phone, p_parent, p_name);
        END IF;

        RETURN v_id;
    END IF;

    BEGIN
        UPDATE citizen
           SET user_id = coalesce(nullif(p_user_id, ''), user_id),
               phone = coalesce(nullif(p_phone, ''), phone),
               parent_id = coalesce(nullif(p_parent, ''), parent_id),
               name = coalesce(nullif(p_name, ''), name)
         WHERE citizen_id = v_id
           AND (user_id, phone, parent_id, name) IS DISTINCT FROM
               (coalesce(nullif(p_user_id, ''), user_id),
                coalesce(nullif(p_phone, ''), phone),
                coalesce(nullif(p_parent, ''), parent_id),
                coalesce(nullif(p_name, ''), name));
    EXCEPTION
        WHEN unique_violation THEN  -- so it was
            v_id := identify(p_user_id, p_phone, p_parent, p_name);
    END;

    RETURN v_id;
END $$;


-- A number or user id changed: the person stays the same.  Who wrote under
-- the new identity before we were told is that person too; somebody else who
-- had the number before keeps what is his.
CREATE FUNCTION move_citizen(p_id bigint, p_user_id text, p_phone text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_other  citizen;
BEGIN
    FOR v_other IN
        SELECT * FROM citizen
         WHERE (user_id = nullif(p_user_id, '') OR phone = nullif(p_phone, ''))
           AND citizen_id <> p_id
    LOOP
        IF v_other.user_id <> coalesce(p_user_id, '') THEN
            PERFORM give_up_phone(v_other.citizen_id);
        ELSE
            PERFORM merge_citizens(v_other.citizen_id, p_id);
        END IF;
    END LOOP;

    UPDATE citizen
       SET user_id = coalesce(nullif(p_user_id, ''), user_id),
           phone = coalesce(nullif(p_phone, ''), phone)
     WHERE citizen_id = p_id;

    -- and whoever still knows him by what he had is told

    UPDATE conversation SET version = version + 1 WHERE citizen_id = p_id;
END $$;


-- A complaint as the dialogue and the calls to 311 need it.
CREATE FUNCTION complaint_json(c complaint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'complaint_id', c.complaint_id, 'ticket', c.ticket,
        'service', c.service, 'department', c.department, 'ward', c.ward,
        'lat', c.lat, 'lng', c.lng, 'words', c.words, 'urgent', c.urgent, 'address', c.address,
        'state', c.state,
        'request_id', coalesce(c.request_id, ''),
        'token', coalesce(c.token, ''), 'notes', c.notes,
        'filed', extract(epoch FROM c.filed)::bigint,
        'changed', extract(epoch FROM c.changed)::bigint,
        'expected', coalesce(extract(epoch FROM c.expected)::bigint, 0),
        'name', coalesce((SELECT name FROM citizen p
                           WHERE p.citizen_id = c.citizen_id), ''))
$$;


CREATE FUNCTION change_draft(p_citizen bigint, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_address  text := p->>'address';
BEGIN
    IF p ? 'clear' THEN
        DELETE FROM draft WHERE citizen_id = p_citizen;
        DELETE FROM media
         WHERE citizen_id = p_citizen AND complaint_id IS NULL;
    END IF;

    IF p - 'clear' = '{}' THEN
        RETURN;
    END IF;

    IF p ? 'same_place' THEN
        v_address := coalesce((SELECT c.address FROM complaint c
                                WHERE c.citizen_id = p_citizen
                                ORDER BY c.filed DESC LIMIT 1), '');
    END IF;

    -- 8000 characters of words: more than 311 can take
    INSERT INTO draft AS d (citizen_id, words, address)
    VALUES (p_citizen, left(coalesce(p->>'words', ''), 8000),
            coalesce(v_address, p->>'address_more', ''))
    ON CONFLICT (citizen_id) DO UPDATE
       SET words = left(CASE WHEN NOT p ? 'words' THEN d.words
                             WHEN d.words = '' THEN p->>'words'
                             ELSE d.words || E'\n' || (p->>'words') END, 8000),
           address = coalesce(v_address,
                              concat_ws(', ', nullif(d.address, ''),
                                        p->>'address_more')),
           changed = now();
END $$;


-- A file comes with a message: of the complaint "ticket" names, or of the
-- draft.  NULL: it is one too many and is not fetched; 20 of one complaint
-- are more than any crew looks at.
CREATE FUNCTION note_media(p_citizen bigint, p_wamid text, p jsonb)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_complaint  bigint;
    v_many       boolean;
    v_id         bigint;
BEGIN
    IF p ? 'ticket' THEN
        SELECT complaint_id INTO v_complaint FROM complaint
         WHERE ticket = p->>'ticket' AND citizen_id = p_citizen;
    END IF;

    v_many := (SELECT count(*) >= 20 FROM media
                WHERE citizen_id = p_citizen
                  AND complaint_id IS NOT DISTINCT FROM v_complaint);

    INSERT INTO media (citizen_id, complaint_id, wamid, wa_id, kind, mime,
                       digest, state, reason)
    VALUES (p_citizen, v_complaint, p_wamid, p->>'id', p->>'kind',
            coalesce(p->>'mime', ''), coalesce(p->>'digest', ''),
            CASE WHEN v_many THEN 'refused' ELSE 'wanted' END,
            CASE WHEN v_many THEN 'many' END)
    RETURNING media_id INTO v_id;

    RETURN CASE WHEN NOT v_many THEN v_id END;
END $$;


-- The links of a complaint that are on disk, and what was heard of its voice
-- notes, as far as neither is on its way to 311: ten files at most, whose
-- links are 2,300 bytes and fit a description of 4,000 beside some words.
CREATE FUNCTION pass_media(p_complaint bigint) RETURNS jsonb
LANGUAGE sql AS $$
    WITH news AS (
        SELECT media_id, kind, type,
               CASE WHEN NOT passed THEN sha256 END AS sha256,
               CASE WHEN NOT told THEN heard END AS heard
          FROM media
         WHERE complaint_id = p_complaint AND state = 'kept'
           AND (NOT passed OR (heard IS NOT NULL AND NOT told))
         ORDER BY kind <> 'photo', media_id LIMIT 10
    ), passed AS (
        UPDATE media m SET passed = true, told = m.heard IS NOT NULL
          FROM news n WHERE m.media_id = n.media_id
        RETURNING n.*
    )
    SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                        'kind', kind, 'sha256', sha256, 'type', type,
                        'heard', heard))
                              ORDER BY kind <> 'photo', media_id), '[]')
      FROM passed
$$;


-- Takes what the registration did not have with it to 311, once there is
-- something to add it to.
CREATE FUNCTION attach_media(p_citizen bigint, p_complaint bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_case   complaint;
    v_media  jsonb;
BEGIN
    SELECT * INTO v_case FROM complaint
     WHERE complaint_id = p_complaint AND request_id IS NOT NULL;

    IF NOT FOUND THEN
        RETURN;
    END IF;

    LOOP
        v_media := pass_media(p_complaint);
        EXIT WHEN v_media = '[]';

        INSERT INTO outbox (citizen_id, kind, lane, state, due, complaint_id,
                            payload)
        VALUES (p_citizen, 'attach', 2, 'due', clock_timestamp(), p_complaint,
                complaint_json(v_case)
                || jsonb_build_object('media', v_media));
    END LOOP;
END $$;


-- What became of a file.  A draft that was thrown away has taken its row.
CREATE FUNCTION keep_media(p_citizen bigint, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_complaint  bigint;
BEGIN
    UPDATE media
       SET state = CASE WHEN p ? 'reason' THEN 'refused' ELSE 'kept' END,
           reason = p->>'reason', sha256 = p->>'sha256', type = p->>'type',
           size = (p->>'size')::bigint, changed = now()
     WHERE media_id = (p->>'media_id')::bigint AND state = 'wanted'
    RETURNING complaint_id INTO v_complaint;

    IF v_complaint IS NULL THEN
        RETURN;
    END IF;

    INSERT INTO event (complaint_id, who, what, note)
    VALUES (v_complaint, 'desk',
            CASE WHEN p ? 'reason' THEN 'media refused' ELSE 'media kept' END,
            coalesce(p->>'reason', p->>'sha256'));

    PERFORM attach_media(p_citizen, v_complaint);
END $$;


-- What a voice note says: of a complaint 311 gets it; a draft has it with it
-- when it is filed.
CREATE FUNCTION hear_media(p_citizen bigint, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_complaint  bigint;
BEGIN
    UPDATE media SET heard = p->>'text', changed = now()
     WHERE media_id = (p->>'media_id')::bigint AND heard IS NULL
    RETURNING complaint_id INTO v_complaint;

    IF v_complaint IS NOT NULL THEN
        INSERT INTO event (complaint_id, who, what)
        VALUES (v_complaint, 'desk', 'voice heard');

        PERFORM attach_media(p_citizen, v_complaint);
    END IF;
END $$;


-- The draft becomes a complaint.
CREATE FUNCTION file_complaint(p_citizen bigint, p jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_draft  draft;
    v_id     bigint;
BEGIN
    DELETE FROM draft WHERE citizen_id = p_citizen RETURNING * INTO v_draft;

    INSERT INTO complaint (ticket, citizen_id, service, department, ward,
                           lat, lng, words, urgent, address, lang)
    VALUES (p->>'ticket', p_citizen, p->>'service', p->>'department',
            (p->>'ward')::smallint, (p->>'lat')::integer,
            (p->>'lng')::integer, coalesce(v_draft.words, ''),
            coalesce(p->>'urgent', ''), coalesce(v_draft.address, ''),
            p->>'lang')
    RETURNING complaint_id INTO v_id;

    UPDATE media SET complaint_id = v_id
     WHERE citizen_id = p_citizen AND complaint_id IS NULL;

    INSERT INTO event (complaint_id, who, what)
    VALUES (v_id, 'citizen', 'filed');

    RETURN v_id;
END $$;


-- What 311 said about a complaint.
CREATE FUNCTION change_complaint(p jsonb) RETURNS void
LANGUAGE sql AS $$
    WITH before AS (
        SELECT complaint_id, state FROM complaint
         WHERE complaint_id = (p->>'complaint_id')::bigint
    ), changed AS (
        UPDATE complaint c
           SET state = coalesce(p->>'state', c.state),
               request_id = coalesce(p->>'request_id', c.request_id),
               token = coalesce(p->>'token', c.token),
               notice = coalesce(p->>'notice', c.notice),
               notes = coalesce(p->>'notes', c.notes),
               expected = coalesce(to_timestamp((p->>'expected')::bigint),
                                   c.expected),
               changed = now()
          FROM before b
         WHERE c.complaint_id = b.complaint_id
        RETURNING c.complaint_id, c.state, b.state AS was, c.notes
    )
    INSERT INTO event (complaint_id, who, what, note)
    SELECT complaint_id, '311', state, notes FROM changed WHERE state <> was
$$;


-- Payload of an outbox row that is no message, and the complaint it is about:
-- what whoever performs it must know of the complaint, as it is now.
CREATE FUNCTION rare_payload(p_citizen bigint, p_kind text, p_out jsonb,
    p_filed bigint, OUT complaint_id bigint, OUT payload jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    v_case  jsonb;
BEGIN
    IF p_out ? 'ticket' THEN
        SELECT c.complaint_id, complaint_json(c)
          INTO rare_payload.complaint_id, v_case
          FROM complaint c
         WHERE c.ticket = p_out->>'ticket' AND c.citizen_id = p_citizen;
    ELSIF p_kind = 'register' THEN
        SELECT c.complaint_id, complaint_json(c)
               || jsonb_build_object('media', pass_media(p_filed))
          INTO rare_payload.complaint_id, v_case
          FROM complaint c WHERE c.complaint_id = p_filed;
    END IF;

    IF p_kind = 'find' AND NOT p_out ? 'ticket' THEN
        payload := jsonb_build_object('cases', (
            SELECT coalesce(jsonb_agg(complaint_json(c)), '[]')
              FROM (SELECT * FROM complaint c
                     WHERE c.citizen_id = p_citizen
                     ORDER BY c.filed DESC LIMIT 10) c));
    ELSIF p_kind = 'find' THEN
        payload := jsonb_build_object('ticket', p_out->>'ticket', 'cases',
            CASE WHEN v_case IS NULL THEN '[]'
                 ELSE jsonb_build_array(v_case) END);
    ELSE
        payload := coalesce(p_out->'body', '{}') || coalesce(v_case, '{}');
    END IF;

    IF p_kind = 'update' AND complaint_id IS NOT NULL THEN
        INSERT INTO event (complaint_id, who, what, note)
        VALUES (rare_payload.complaint_id, 'citizen', 'corrected',
                p_out->'body'->>'text');
    END IF;
END $$;


-- What a message of a citizen quotes or reacts to, if the turn must know it:
-- NULL for what was not said to him, and for a question that is no complaint's
-- unless it is a reaction.
CREATE FUNCTION quoted_message(p_citizen bigint, p_kind text, p_wamid text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    v_said  outbox;
    v_case  complaint;
BEGIN
    SELECT * INTO v_said FROM outbox o
     WHERE o.wamid = p_wamid AND o.kind = 'send'
       AND citizen_now(o.citizen_id) = p_citizen
     LIMIT 1;

    SELECT * INTO v_case FROM complaint c
     WHERE c.complaint_id = v_said.complaint_id AND c.citizen_id = p_citizen;

    IF FOUND OR (v_said.say IS NOT NULL AND p_kind = 'reaction') THEN
        RETURN jsonb_build_object('say', coalesce(v_said.say, ''), 'cases',
            CASE WHEN v_case.complaint_id IS NULL THEN '[]'
                 ELSE jsonb_build_array(complaint_json(v_case)) END);
    END IF;

    RETURN NULL;
END $$;


-- One exchange: a message or an outcome, the record it led to, and all its
-- effects, committed together.
--   p_wamid      '' when the event is no message
--   p_outbox     the row whose outcome this is, 0 for a message
--   p_citizen    as known by the caller, 0: look the person up, for an
--                outcome whose row it is; a message with neither user id nor
--                phone is noted and nobody is touched
--   p_version    of the record the turn ran on
--   p_record     the new record, NULL: leave the conversation alone
--   p_ops        who, quotes, draft, media, file, case, kept, heard, dead,
--                out[]; NULL: nothing
-- result
--   done   committed; version is the new one; outs[] = rows made, in order,
--          each the caller's to perform unless it is "behind" others or
--          was to be left for later
--   seen   this message or outcome was acted upon before; nothing was done
--   quoted as stale, and outs says what the message quotes: the turn did not
--          know it
--   stale  the record had moved on: version and record are the present ones;
--          citizen is 0 if that citizen is gone
CREATE FUNCTION take_event(p_number text, p_wamid text, p_kind text,
    p_outbox bigint, p_citizen bigint, p_user_id text, p_phone text,
    p_version integer, p_record bytea, p_ops jsonb,
    OUT result text, OUT citizen bigint, OUT version integer,
    OUT record bytea, OUT outs jsonb)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_version    integer;
    v_record     bytea;
    v_complaint  bigint;
    v_media      bigint;
    v_out        jsonb;
    v_kind       text;
    v_about      bigint;
    v_payload    jsonb;
    v_id         bigint;
    v_behind     boolean;
    v_state      text;
BEGIN
    citizen := p_citizen;

    IF citizen = 0 AND p_outbox <> 0 THEN
        SELECT o.citizen_id INTO citizen FROM outbox o
         WHERE o.outbox_id = p_outbox;

        IF NOT FOUND THEN
            result := 'seen';
            citizen := 0;
            version := 0;
            RETURN;
        END IF;
    END IF;

    IF citizen = 0 AND p_user_id = '' AND p_phone = '' THEN
        INSERT INTO message_in (wamid, number_id, kind)
        VALUES (p_wamid, p_number, p_kind)
        ON CONFLICT DO NOTHING;

        result := CASE WHEN FOUND THEN 'done' ELSE 'seen' END;
        version := 0;
        RETURN;
    END IF;

    -- an old message that comes again tells nothing about who has the number
    -- today

    IF citizen = 0 AND EXISTS (SELECT 1 FROM message_in
                                WHERE wamid = p_wamid AND number_id = p_number)
    THEN
        result := 'seen';
        version := 0;
        RETURN;
    END IF;

    IF citizen = 0 THEN
        citizen := identify(p_user_id, p_phone,
                            coalesce(p_ops->'who'->>'parent', ''),
                            coalesce(p_ops->'who'->>'name', ''));
    END IF;

    SELECT c.version, c.record INTO v_version, v_record
      FROM conversation c WHERE c.citizen_id = citizen FOR UPDATE;

    IF NOT FOUND THEN
        INSERT INTO conversation (citizen_id)
        SELECT citizen_id FROM citizen p WHERE p.citizen_id = citizen
        ON CONFLICT DO NOTHING;

        SELECT c.version, c.record INTO v_version, v_record
          FROM conversation c WHERE c.citizen_id = citizen FOR UPDATE;
    END IF;

    IF v_version IS DISTINCT FROM p_version THEN
        result := 'stale';
        citizen := CASE WHEN v_version IS NULL THEN 0 ELSE citizen END;
        version := coalesce(v_version, 0);
        record := v_record;
        RETURN;
    END IF;

    IF p_ops ? 'quotes' THEN
        outs := quoted_message(citizen, p_kind, p_ops->>'quotes');

        IF outs IS NOT NULL THEN
            result := 'quoted';
            version := v_version;
            record := v_record;
            RETURN;
        END IF;
    END IF;

    IF p_wamid <> '' THEN
        INSERT INTO message_in (wamid, number_id, kind)
        VALUES (p_wamid, p_number, p_kind)
        ON CONFLICT DO NOTHING;
    ELSE
        UPDATE outbox
           SET state = CASE WHEN p_ops ? 'dead' THEN 'dead' ELSE 'done' END,
               error = coalesce(p_ops->>'dead', error)
         WHERE outbox_id = p_outbox AND state IN ('taken', 'unknown', 'due');
    END IF;

    IF NOT FOUND THEN
        result := 'seen';
        version := v_version;
        record := v_record;
        RETURN;
    END IF;

    result := 'done';
    version := v_version;

    IF p_record IS NOT NULL THEN
        version := v_version + 1;
        UPDATE conversation c
           SET version = v_version + 1, record = p_record
         WHERE c.citizen_id = citizen;
    END IF;

    IF p_ops IS NULL THEN
        RETURN;
    END IF;

    IF p_ops->'who' ? 'moved' THEN
        PERFORM move_citizen(citizen, p_ops->'who'->'moved'->>'user_id',
                             p_ops->'who'->'moved'->>'phone');
    END IF;

    IF p_ops ? 'draft' THEN
        PERFORM change_draft(citizen, p_ops->'draft');
    END IF;

    IF p_ops ? 'media' THEN
        v_media := note_media(citizen, p_wamid, p_ops->'media');
    END IF;

    IF p_ops ? 'file' THEN
        v_complaint := file_complaint(citizen, p_ops->'file');
    END IF;

    IF p_ops ? 'case' THEN
        PERFORM change_complaint(p_ops->'case');
    END IF;

    IF p_ops->'case' ? 'request_id' THEN
        PERFORM attach_media(citizen,
                             (p_ops->'case'->>'complaint_id')::bigint);
    END IF;

    IF p_ops ? 'kept' THEN
        PERFORM keep_media(citizen, p_ops->'kept');
    END IF;

    IF p_ops ? 'heard' THEN
        PERFORM hear_media(citizen, p_ops->'heard');
    END IF;

    outs := '[]';

    FOR i IN 0 .. coalesce(jsonb_array_length(p_ops->'out'), 0) - 1 LOOP
        v_out := p_ops->'out'->i;
        v_kind := v_out->>'kind';
        v_behind := false;

        IF v_kind = 'send' THEN
            v_payload := v_out->'body';
            v_behind := EXISTS (
                SELECT 1 FROM outbox o
                 WHERE o.citizen_id = citizen AND o.kind = 'send'
                   AND o.state IN ('taken', 'unknown', 'due'));
            v_about := NULL;

            IF v_out ? 'ticket' THEN
                SELECT c.complaint_id INTO v_about FROM complaint c
                 WHERE c.ticket = v_out->>'ticket' AND c.citizen_id = citizen;
            END IF;
        ELSIF v_kind = 'fetch' THEN
            v_about := v_complaint;
            v_payload := (p_ops->'media')
                         || jsonb_build_object('media_id', v_media);
        ELSE
            SELECT x.complaint_id, x.payload INTO v_about, v_payload
              FROM rare_payload(citizen, v_kind, v_out, v_complaint) x;
        END IF;

        -- What the desk does by itself may be done twice without harm: it is
        -- the maker's for a moment only.  "later": the maker has no use for
        -- the row, anybody takes it when the time has come.

        v_state := CASE WHEN v_behind THEN 'behind'
                        WHEN v_kind = 'fetch' AND v_media IS NULL THEN 'done'
                        WHEN v_kind = 'hear' AND NOT EXISTS (
                            SELECT 1 FROM media m WHERE m.media_id =
                                   (v_payload->>'media_id')::bigint)
                        THEN 'done'     -- its draft was thrown away
                        WHEN v_out ? 'later' OR v_kind IN ('wait', 'find')
                        THEN 'due' ELSE 'taken' END;

        INSERT INTO outbox (citizen_id, kind, lane, state, due, complaint_id,
                            say, payload)
        VALUES (citizen, v_kind,
                CASE WHEN v_kind IN ('wait', 'find') THEN 3
                     WHEN v_kind IN ('fetch', 'hear') THEN 4
                     WHEN v_kind <> 'send' THEN 2
                     WHEN v_out ? 'notice' THEN 1 ELSE 0 END,
                v_state,
                clock_timestamp()
                + CASE WHEN v_state = 'taken' THEN lease()
                       WHEN v_kind IN ('wait', 'find')
                       THEN interval '2 seconds' ELSE interval '0' END
                + coalesce((v_out->>'delay')::integer,
                           (v_out->>'later')::integer, 0)
                  * interval '1 millisecond',
                v_about, v_out->>'say', v_payload)
        RETURNING outbox_id INTO v_id;

        outs := outs || jsonb_build_object('id', v_id,
            'behind', v_behind OR v_state = 'done' OR v_out ? 'later',
            'payload', CASE WHEN v_kind NOT IN ('send', 'wait')
                            THEN v_payload END);
    END LOOP;
END $$;
