# Copyright (C) ngx_civic_module contributors
#
# Why: the functions of conf/sql decide what is committed, whose it is, and
# who performs it; nginx only asks.  Each is called here as it would be, with
# the cases that are rare in traffic.  It fails when take_event() acts twice
# or on an old record, when people are mixed up or torn apart, when a status
# goes backwards, when a row that is settled comes back, or when two claims
# get the same row or a person's second message before the first.

use Test::Nginx::Socket;
use Civic::Test::Talk;

plan 'no_plan';

# take_event() for a text, in fewer words; result, version, record.

our $Says = q{
    CREATE FUNCTION says(wamid text, user_id text, phone text, version int,
        ops jsonb DEFAULT NULL, record bytea DEFAULT '\x01',
        OUT result text, OUT citizen bigint, OUT now_version int,
        OUT now_record bytea, OUT outs jsonb)
    LANGUAGE sql AS $$
        SELECT * FROM take_event('200000000000001', wamid, 'text', 0, 0,
                                 user_id, phone, version, record, ops)
    $$;
};

# Three people, and outbox rows as the tests need them.

our $People = q{
    INSERT INTO citizen (user_id, phone) VALUES ('IN.1', '910000000011'),
        ('IN.2', '910000000012'), (NULL, '910000000013');

    CREATE FUNCTION put(who bigint, kind text, state text, due interval,
        wamid text DEFAULT NULL) RETURNS bigint
    LANGUAGE sql AS $$
        INSERT INTO outbox (citizen_id, kind, lane, state, due, payload, wamid)
        VALUES (who, kind, CASE kind WHEN 'send' THEN 0 WHEN 'wait' THEN 3
                           WHEN 'find' THEN 3 ELSE 2 END,
                state, now() + due, '{}', wamid)
        RETURNING outbox_id
    $$;

    CREATE FUNCTION conversations() RETURNS void LANGUAGE sql AS $$
        INSERT INTO conversation (citizen_id, version)
        SELECT citizen_id, 0 FROM citizen
    $$;
};

# settle(id, 'state', column => value, ...); what moves up comes back.

our @Settle = qw(id state claims attempts waits doubts delay wamid error status
                 tried
                 template failed next);

sub settle { return rows(settling(@_)) }

sub settling {
    my ($id, $state, %more) = @_;

    my %row = (id => $id, state => "'$state'", claims => -1, attempts => 0,
               waits => 0, doubts => 0, delay => 0, wamid => "''", error => "''", status => 0,
               tried => 'false', template => 'false', failed => 'false',
               next => 'true', %more);

    return 'SELECT outbox_id FROM settle_outbox('
           . join(', ', @row{@Settle}) . ')';
}

our $Claim = q(claim_outbox('{%1$d,%1$d,%1$d,%1$d,%1$d}', 60000));

our $Complaint = q{
    INSERT INTO complaint (ticket, citizen_id, service, department, words,
                           address, lang)
    VALUES };

stand_by();
run_tests();

__DATA__

=== TEST 1: a message acts once, on the present record only
--- pg_exec eval: $::Says
--- perl
my $show = 'SELECT result, now_version, now_record FROM says';
is(rows("$show('wamid.1', '', '910000000011', 0)"), 'done|1|', 'first');
is(rows("$show('wamid.2', '', '910000000011', 0)"), 'stale|1|\x01',
   'an old version is shown the present record');
is(rows('SELECT count(*) FROM message_in'), 1, 'and nothing happened');
is(rows("$show('wamid.2', '', '910000000011', 1, NULL, '\\x02')"), 'done|2|',
   'on the present one');
is(rows("SELECT result FROM says('wamid.1', '', '910000000011', 2)"), 'seen',
   'delivered again');
is(rows("SELECT result FROM says('wamid.1', '', '910000000011', 0)"), 'seen',
   'whatever version the caller has');
is(rows('SELECT version, record FROM conversation'), '2|\x02', 'as it was');
is(rows("SELECT result FROM take_event('200000000000002', 'wamid.1', 'text',
         0, 0, '', '910000000011', 2, '\\x03', NULL)"), 'done',
   'to another number it is another message');
is(rows("SELECT result FROM take_event('200000000000001', 'wamid.1', 'text',
         0, 1, '', '910000000011', 3, '\\x04', NULL)"), 'seen',
   'and seen it is for those who know the person, too');



=== TEST 2: an outcome acts once
--- pg_exec eval: $::People
--- perl
my $id = rows("SELECT put(1, 'wait', 'taken', '1 min')");
my $take = "SELECT result FROM take_event('', '', '', $id, 1, '', '', %d,
                                          '\\x01', NULL)";
is(rows(sprintf $take, 0), 'done', 'first');
is(rows("SELECT state FROM outbox WHERE outbox_id = $id"), 'done', 'closed');
is(rows(sprintf $take, 1), 'seen', 'again');
is(rows('SELECT version FROM conversation'), 1, 'acted once');



=== TEST 3: without a record the conversation stays as it is
--- pg_exec eval: $::Says
--- perl
rows("SELECT says('wamid.1', '', '910000000011', 0)");
is(rows("SELECT result, now_version FROM
         says('wamid.2', '', '910000000011', 1, NULL, NULL)"), 'done|1',
   'noted');
is(rows('SELECT version, record FROM conversation'), '1|\x01', 'untouched');



=== TEST 4: number and user id are linked when both are seen
--- pg_exec
SELECT identify('', '910000000011', '', 'Kamal');
--- perl
is(rows("SELECT identify('IN.1', '910000000011', '', '')"), 1, 'both');
is(rows("SELECT identify('IN.1', '', '', '')"), 1, 'user id alone');
is(rows("SELECT identify('', '910000000011', '', '')"), 1, 'number alone');
is(rows('SELECT user_id, phone, name FROM citizen'),
   'IN.1|910000000011|Kamal', 'one person, who keeps the name');



=== TEST 5: two who turn out to be one have everything together
--- pg_exec eval
$::People . "SELECT identify('IN.9', '', '', '');
SELECT put(3, 'send', 'due', '0'), put(3, 'send', 'behind', '0'),
       put(3, 'send', 'done', '0');
INSERT INTO draft (citizen_id, words) VALUES (3, 'told by number');
$::Complaint ('10000001', 3, 'SL_OFF', 'D', '', '', 'en')"
--- perl
is(rows("SELECT identify('IN.9', '910000000013', '', '')"), 4, 'one of two');
is(rows("SELECT user_id, phone FROM citizen WHERE citizen_id >= 3"),
   'IN.9|910000000013', 'the other is gone');
is(rows('SELECT citizen_id FROM complaint'), 4, 'complaint');
is(rows('SELECT citizen_id, words FROM draft'), '4|told by number', 'draft');
is(rows("SELECT citizen_id, state FROM outbox WHERE state <> 'done'
          ORDER BY outbox_id"), "4|due\n4|behind", 'messages');



=== TEST 6: the next owner of a number gets nothing of the last one
--- pg_exec eval
$::People . "INSERT INTO conversation VALUES (1, 5, '\\x01');
$::Complaint ('10000001', 1, 'SL_OFF', 'D', '', '', 'en')"
--- perl
my $new = rows("SELECT identify('IN.77', '910000000011', '', '')");
is(rows("SELECT user_id, phone FROM citizen WHERE citizen_id = $new"),
   'IN.77|910000000011', 'somebody new');
is(rows('SELECT user_id, phone IS NULL FROM citizen WHERE citizen_id = 1'),
   'IN.1|t', 'the last one stays who he is');
is(rows('SELECT citizen_id FROM complaint'), 1, 'with what he told');
is(rows('SELECT version FROM conversation WHERE citizen_id = 1'), 6,
   'and whoever remembers him by the number is told');



=== TEST 7: whose number changes stays the same person
--- pg_exec eval
$::People . "$::Complaint ('10000001', 1, 'SL_OFF', 'D', '', '', 'en'),
    ('10000002', 3, 'SL_OFF', 'D', '', '', 'en')"
--- perl
rows("SELECT move_citizen(1, '', '910000000013')");
is(rows('SELECT user_id, phone FROM citizen WHERE citizen_id = 1'),
   'IN.1|910000000013', 'moved');
is(rows('SELECT count(*) FROM citizen WHERE citizen_id = 3'), 0,
   'who wrote from there before is the same one');
is(rows('SELECT count(*) FROM complaint WHERE citizen_id = 1'), 2,
   'with all complaints');

rows("SELECT move_citizen(1, '', '910000000012')");
is(rows('SELECT phone FROM citizen WHERE citizen_id = 1'), '910000000012',
   'moved to a number that was another one\'s');
is(rows('SELECT user_id, phone IS NULL FROM citizen WHERE citizen_id = 2'),
   'IN.2|t', 'who stays who he is');

rows("SELECT move_citizen(1, 'IN.100', '')");
is(rows('SELECT user_id, phone FROM citizen WHERE citizen_id = 1'),
   'IN.100|910000000012', 'a new user id');



=== TEST 8: effects become rows: a second message stands behind the first
--- pg_exec eval: $::Says
--- perl
my $outs = rows(q{SELECT jsonb_path_query_array(outs, '$[*].behind')
    FROM says('wamid.1', 'IN.1', '', 0, '{"out": [
        {"kind": "send", "body": {"n": 1}},
        {"kind": "wait", "body": {"wait": 1}, "delay": 3000},
        {"kind": "send", "body": {"n": 2}}]}')});
is($outs, '[false, false, true]', 'the caller performs two of them');
is(rows("SELECT kind, lane, state, round(extract(epoch FROM due - made)) AS s
           FROM outbox ORDER BY outbox_id LIMIT 2"),
   "send|0|taken|60\nwait|3|due|5", 'a lease; a delay and a moment');
is(rows('SELECT state FROM outbox ORDER BY outbox_id DESC LIMIT 1'), 'behind',
   'the other is nobody\'s');
is(rows(q{SELECT jsonb_path_query_array(outs, '$[*].behind')
    FROM says('wamid.2', 'IN.2', '', 0, '{"out": [
        {"kind": "send", "body": {}}]}')}), '[false]', 'to somebody else');



=== TEST 9: a draft grows to its limits and becomes a complaint
--- pg_exec eval: $::Says . $::People
--- perl
my $n = 0;
my $tell = sub {
    rows("SELECT says('wamid." . ++$n . "', 'IN.1', '', " . ($n - 1)
         . ", '$_[0]')");
};
$tell->('{"draft": {"words": "street light"}}');
$tell->('{"draft": {"words": "near Rajwada", "address": "Rajwada"}}');
$tell->("{\"media\": {\"id\": \"40000000000000$_\", \"kind\": \"photo\"}}")
    for 10 .. 31;
is(rows(q{SELECT replace(words, E'\n', '/'), address FROM draft}),
   'street light/near Rajwada|Rajwada', 'told');
is(rows('SELECT state, count(*) FROM media GROUP BY 1 ORDER BY 1'),
   "refused|2\nwanted|20", 'no end of files');
$tell->('{"draft": {"words": "' . 'x' x 9000 . '"}}');
is(rows('SELECT length(words) FROM draft'), 8000, 'no end of words');
$tell->('{"file": {"ticket": "10000001", "service": "SL_OFF",
          "department": "D", "ward": 7, "lang": "en"},
          "out": [{"kind": "register", "body": {}}]}');
is(rows('SELECT count(*) FROM draft'), 0, 'the draft is gone');
is(rows('SELECT ticket, c.citizen_id, ward, address, count(*), c.state
         FROM complaint c JOIN media USING (complaint_id)
         GROUP BY complaint_id'), '10000001|1|7|Rajwada|22|saved',
   'a complaint');
is(rows(q{SELECT payload->>'ticket', complaint_id FROM outbox}), '10000001|1',
   'and what registers it knows it');
is(rows('SELECT who, what FROM event'), 'citizen|filed', 'with a history');

$tell->('{"draft": {"words": "' . 'y' x 9000 . '"}}');
is(rows('SELECT length(words) FROM draft'), 8000, 'also told at once');
$tell->('{"draft": {"clear": true}}');
is(rows('SELECT count(*) FROM draft'), 0, 'cleared');

$tell->('{"draft": {"address_more": "ward 42"}}');
is(rows('SELECT address FROM draft'), 'ward 42', 'more than nothing');
$tell->('{"draft": {"address_more": "near Sharma kirana"}}');
is(rows('SELECT address FROM draft'), 'ward 42, near Sharma kirana', 'more');
$tell->('{"draft": {"same_place": ""}}');
is(rows('SELECT address FROM draft'), 'Rajwada', 'of the last complaint');
$tell->('{"draft": {"clear": true, "same_place": ""}}');
is(rows('SELECT address FROM draft'), 'Rajwada', 'told at once');



=== TEST 10: a complaint is found by who told it, by nobody else
--- pg_exec eval
$::Says . $::People
. "$::Complaint ('10000001', 1, 'SL_OFF', 'D', '', '', 'en')"
--- perl
my $find = q{SELECT jsonb_array_length(outs->0->'payload'->'cases') FROM
    says('%s', '%s', '', 0, '{"out": [{"kind": "find",
         "ticket": "10000001"}]}')};
is(rows(sprintf $find, 'wamid.1', 'IN.1'), 1, 'his own');
is(rows(sprintf $find, 'wamid.2', 'IN.2'), 0, 'not another one\'s');
is(rows(q{SELECT outs->0->'payload'->'ticket' FROM says('wamid.3', 'IN.2', '',
    1, '{"out": [{"kind": "ask", "ticket": "10000001", "body": {}}]}')}), '',
   'nor is it asked for');



=== TEST 11: a status goes forward only, in whatever order it comes
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'done', '0', 'wamid.A'),
    put(1, 'send', 'taken', '1 min'), put(2, 'send', 'done', '0', 'wamid.C'),
    put(1, 'wait', 'taken', '1 min'), put(1, 'send', 'done', '0', 'wamid.E')"
--- perl
my $record = sub {
    my $list = join ',', map {
        sprintf '{"id": %d, "wamid": "%s", "status": %d, "error": %d}', @$_
    } @_;
    return rows("SELECT outbox_id, user_id, wamid, status, error, failed
                   FROM record_statuses('[$list]')");
};
my $row = sub {
    return rows('SELECT state, status, wamid, error FROM outbox
                  WHERE outbox_id = ' . shift);
};
is($record->([0, 'wamid.A', 2, 0]), '', 'delivered');
is($record->([0, 'wamid.A', 1, 0]), '', 'sent, late');
is($row->(1), 'done|2|wamid.A|', 'is still delivered');
is($record->([0, 'wamid.A', 0, 131026]), '', 'failed, after that: no');
is($record->([0, 'wamid.A', 1, 0], [0, 'wamid.A', 3, 0]), '', 'two of one');
is($row->(1), 'done|3|wamid.A|', 'the better one counts');
is($record->([2, 'wamid.B', 1, 0]), '2|IN.1|wamid.B|1|0|f',
   'before the answer to the send: to be settled');
is($row->(2), 'taken|0||', 'under the lock of that person');
is($record->([0, 'wamid.C', 1, 0], [0, 'wamid.C', 0, 131026]),
   '3|IN.2|wamid.C|1|131026|t', 'failed after it was sent');
is($row->(3), 'done|1|wamid.C|', 'to be settled as well');
is($record->([4, 'wamid.D', 1, 0], [0, 'wamid.X', 1, 0], [99, 'wamid.Y', 1, 0],
             [5, 'wamid.F', 3, 0]), '', 'of nothing of ours');
is($row->(4), 'taken|0||', 'no message');
is($row->(5), 'done|0|wamid.E|', 'another message');



=== TEST 12: what is settled stays so, unless WhatsApp takes it back
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'taken', '1 min'),
    put(2, 'send', 'taken', '1 min'), put(3, 'send', 'done', '0', 'wamid.C')"
--- perl
my $row = sub {
    return rows('SELECT state, wamid, error, doubts FROM outbox
                  WHERE outbox_id = ' . shift);
};
::settle(1, 'due', claims => 0, delay => 60000, error => "'130429'");
is($row->(1), 'due||130429|0', 'put off');
is(rows("SELECT due - now() BETWEEN '40 s' AND '60 s' FROM outbox
          WHERE outbox_id = 1"), 't', 'by so much');
::settle(1, 'unknown', claims => 7, doubts => 1);
is($row->(1), 'due||130429|0', 'another claim has it: its word does not count');
::settle(1, 'unknown', claims => 0, doubts => 1, tried => 'true');
is($row->(1), 'unknown||130429|1', 'nobody knows');
::settle(2, 'done', wamid => "'wamid.B'");
is($row->(2), 'done|wamid.B||0', 'done');
::settle(2, 'dead');
::settle(2, 'due', wamid => "'wamid.B'");
is($row->(2), 'done|wamid.B||0', 'for good');
::settle(3, 'due', wamid => "'wamid.D'", failed => 'true');
is($row->(3), 'done|wamid.C||0', 'another message failed');
::settle(3, 'due', wamid => "'wamid.C'", failed => 'true', error => "'131000'");
is($row->(3), 'due|wamid.C|131000|0', 'failed after it was accepted');
::settle(3, 'dead', wamid => "'wamid.C'", failed => 'true');
::settle(3, 'done', wamid => "'wamid.C'");
is($row->(3), 'due|wamid.C|131000|0', 'told twice, and told late');
::settle(3, 'done', wamid => "'wamid.G'");
is($row->(3), 'done|wamid.G|131000|0', 'sent again');
::settle(3, 'done', claims => -1, wamid => "'wamid.G'", status => 3);
::settle(3, 'done', claims => -1, wamid => "'wamid.G'", status => 2);
is(rows('SELECT status FROM outbox WHERE outbox_id = 3'), 3,
   'and what is read stays read, whoever says less later');



=== TEST 13: due rows are claimed for a lease, the oldest first, by lane
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'wait', 'due', '-1 s'),
    put(1, 'ask', 'taken', '-3 s'), put(2, 'send', 'due', '-2 s'),
    put(2, 'send', 'behind', '-9 s'), put(3, 'send', 'done', '-9 s'),
    put(3, 'send', 'dead', '-9 s'), put(3, 'send', 'due', '1 min'),
    put(1, 'send', 'due', '-1 s')"
--- perl
is(rows('SELECT outbox_id, kind, claims, doubts, user_id, phone
           FROM ' . sprintf $::Claim, 1),
   "3|send|1|0|IN.2|910000000012\n2|ask|1|1|IN.1|910000000011\n"
   . '1|wait|1|0|IN.1|910000000011', 'of each lane as many as were asked for');
is(rows('SELECT outbox_id FROM ' . sprintf $::Claim, 9), 8, 'then the rest');
is(rows('SELECT outbox_id FROM ' . sprintf $::Claim, 9), '', 'then nothing');
is(rows("SELECT count(*) FROM outbox WHERE state = 'taken'
          AND due - now() BETWEEN '40 s' AND '60 s'"), 4, 'for a lease');



=== TEST 14: a message found in dead hands is nobody's until it is old enough
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'taken', '-1 s'),
    put(2, 'send', 'unknown', '-1 s'), put(3, 'register', 'taken', '-1 s')"
--- perl
is(rows('SELECT outbox_id, kind, doubts FROM ' . sprintf $::Claim, 9),
   "1||1\n2|send|0\n3|register|1",
   'one that was waited for, and what can be looked up, not the other');
is(rows("SELECT state, doubts, due - now() BETWEEN '40 s' AND '60 s'
           FROM outbox WHERE outbox_id = 1"), 'unknown|1|t', 'it waits');
::settle(1, 'done', claims => -1, wamid => "'wamid.A'", status => 2);
is(rows('SELECT state, status FROM outbox WHERE outbox_id = 1'), 'done|2',
   'for a status');



=== TEST 15: a person's messages move up one by one
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'due', '-1 s'),
    put(1, 'send', 'behind', '-5 s'), put(1, 'send', 'behind', '-9 s'),
    put(1, 'find', 'due', '-1 s'), put(2, 'send', 'taken', '1 min')"
--- perl
is(rows('SELECT outbox_id FROM ' . sprintf $::Claim, 9), "1\n4",
   'the first one, however long the others are due');
is(::settle(1, 'due', claims => 1, delay => 60000), '', 'put off');
is(rows('SELECT outbox_id FROM ' . sprintf $::Claim, 9), '',
   'it holds the others up');
is(::settle(1, 'dead'), 2, 'the next one is whoever\'s who ended it');
is(::settle(1, 'done'), '', 'once');
is(rows('SELECT state FROM outbox ORDER BY outbox_id LIMIT 3'),
   "dead\ntaken\nbehind", 'one at a time');
is(::settle(2, 'done', next => 'false'), '', 'somebody who leaves');
is(rows('SELECT outbox_id FROM ' . sprintf $::Claim, 9), 3, 'has left it');



=== TEST 16: a message that failed goes again behind the one under way
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'done', '0', 'wamid.A'),
    put(1, 'send', 'taken', '1 min'), put(1, 'send', 'behind', '0')"
--- perl
::settle(1, 'due', failed => 'true', wamid => "'wamid.A'");
is(rows('SELECT state FROM outbox ORDER BY outbox_id'),
   "behind\ntaken\nbehind", 'one at a time');
is(::settle(2, 'done'), 1, 'and before what is newer');



=== TEST 17: who adds a message and who ends one do not miss each other
--- pg_exec eval
$::Says . "SELECT says('wamid.1', 'IN.1', '', 0,
    '{\"out\": [{\"kind\": \"send\", \"body\": {}}]}')"
--- perl
my $hold = hold(q{SELECT says('wamid.2', 'IN.1', '', 1,
    '{"out": [{"kind": "send", "body": {}}]}')});
my $other = start(::settling(1, 'done'));
commit($hold);
is(said($other), '2', 'the new one has moved up');
is(rows('SELECT state FROM outbox ORDER BY outbox_id'), "done\ntaken",
   'nothing stays behind nobody');



=== TEST 18: two claims at once share the rows and do not wait
--- pg_exec eval
$::People . "SELECT put(1 + n % 3, 'wait', 'due', -n * interval '1 s')
    FROM generate_series(1, 6) n"
--- perl
my $hold = hold('SELECT count(*) FROM ' . sprintf $::Claim, 4);
is(rows("SET statement_timeout = '2s'; SELECT count(*) FROM "
        . sprintf $::Claim, 9), 2, 'what the other has not');
undef $hold;
is(rows("SELECT count(*) FROM outbox WHERE claims = 0"), 4,
   'what it did not commit is there again');



=== TEST 19: what is dead is tried again, or dropped, when an operator says so
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'dead', '0', 'wamid.A'),
    put(1, 'send', 'taken', '1 min'), put(2, 'register', 'dead', '0'),
    put(3, 'send', 'dead', '0'), put(3, 'send', 'done', '0');
$::Complaint ('10000001', 2, 'SL_OFF', 'D', '', '', 'en');
UPDATE complaint SET state = 'held';
UPDATE outbox SET complaint_id = 1, attempts = 4, waits = 3
 WHERE kind = 'register'"
--- perl
is(rows("SELECT i, replay_outbox(i) FROM unnest('{1,3,5,99}'::bigint[]) i"),
   "1|t\n3|t\n5|f\n99|f", 'two of these were dead');
is(rows('SELECT state FROM outbox ORDER BY outbox_id LIMIT 3'),
   "behind\ntaken\ndue", 'each in its turn');
is(rows('SELECT attempts, waits, claims FROM outbox WHERE outbox_id = 3'),
   '0|0|1', 'as if new, but to whoever had it once');
is(rows('SELECT state FROM complaint'), 'saved', 'no longer held');
is(rows('SELECT drop_outbox(3), drop_outbox(4)'), 'f|t', 'one is dead');
is(rows('SELECT state, error FROM outbox WHERE outbox_id = 4'),
   'done|dropped', 'dropped');
is(rows('SELECT who, what, note FROM event'), 'desk|replayed|register',
   'and the complaint has it in its history');



=== TEST 20: who had a message when it failed has it no more
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'taken', '1 min')"
--- perl
::settle(1, 'due', failed => 'true', wamid => "'wamid.A'");
::settle(1, 'unknown', claims => 0, doubts => 1, delay => 60000);
is(rows('SELECT state, doubts FROM outbox'), 'due|0', 'a failure is no doubt');



=== TEST 21: what somebody has dealt with does not come back
--- pg_exec eval
$::People . "SELECT conversations(), put(1, 'send', 'dead', '0', 'wamid.A')"
--- perl
is(rows('SELECT drop_outbox(1)'), 't', 'dropped');
is(rows(q{SELECT count(*) FROM record_statuses(
       '[{"id": 1, "wamid": "wamid.A", "status": 0, "error": 131026}]')}), 0,
   'nothing to settle');
::settle(1, 'due', failed => 'true', wamid => "'wamid.A'");
is(rows('SELECT state FROM outbox'), 'done', 'nor is it settled');
