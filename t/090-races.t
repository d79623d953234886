# Copyright (C) ngx_civic_module contributors
#
# Why: faults of the past that only two at once, a late one or a strange peer
# could show.  It fails when merge_citizens() does not wait for who is just
# advancing the other person, when identify() leaves a number that became
# known to two nodes as an SQL error, when take_event() sends a worker round
# and round on a citizen that is gone or looks an outcome's person up by an
# old number, when settle_outbox() takes a row out of somebody's hands
# ("claims"), when claim_outbox() counts tries as doubts, when a worker
# that is refused draws serials (civic_sql_check), or when a peer's
# Retry-After is believed (ngx_civic_put_off).

use Test::Nginx::Socket;
use Civic::Test::Env qw(slurp);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Me = '910000000011';
our $Path = '/v25.0/200000000000001/messages';

our $Take = "SELECT result, citizen FROM take_event('200000000000001', '%s',
    'text', 0, %d, '%s', '%s', %d, '\\x01', %s)";

our $Claim = q(claim_outbox('{9,9,9,9,9}', 60000));
our $Settle = "SELECT settle_outbox(1, '%s', %d, 0, 0, 0, %d, '', '', 0, false,
                                    false, false, true)";

stand_by();
run_tests();

__DATA__

=== TEST 1: what is made while two people become one is not left behind
--- pg_exec eval
"INSERT INTO citizen (user_id, phone) VALUES ('IN.1', NULL), (NULL, '$::Me');
 INSERT INTO conversation VALUES (1, 1), (2, 1)"
--- perl
my $ops = q('{"out": [{"kind": "send", "body": {}}],
    "file": {"ticket": "10000001", "service": "SL_OFF", "department": "D",
             "ward": 1, "lang": "en"}}');
my $hold = hold(sprintf $::Take, 'wamid.1', 2, '', $::Me, 1, $ops);
my $merge = start(sprintf $::Take, 'wamid.2', 0, 'IN.1', $::Me, 1, 'NULL');
commit($hold);
is(said($merge), 'done|1', 'the second one waits, and is no error');
is(rows('SELECT DISTINCT citizen_id FROM complaint'), 1, 'his complaint');
is(rows('SELECT DISTINCT citizen_id FROM outbox'), 1, 'his message');



=== TEST 2: a number that becomes known to two nodes at once is no error
--- pg_exec
INSERT INTO citizen (user_id) VALUES ('IN.1');
--- perl
my $hold = hold(sprintf $::Take, 'wamid.1', 0, '', $::Me, 0, 'NULL');
my $other = start(sprintf $::Take, 'wamid.2', 0, 'IN.1', $::Me, 0, 'NULL');
commit($hold);
is(said($other), 'done|1', 'the other one');
is(rows('SELECT citizen_id, user_id, phone FROM citizen'), "1|IN.1|$::Me",
   'one person');

$hold = hold(sprintf $::Take, 'wamid.3', 0, '', '910000000012', 0, 'NULL');
$other = start(sprintf $::Take, 'wamid.4', 0, 'IN.2', '910000000012', 1,
                       'NULL');
commit($hold);
like(said($other), qr/^done/, 'both new');
is(rows("SELECT user_id, phone FROM citizen WHERE user_id = 'IN.2'"),
   'IN.2|910000000012', 'linked at once');



=== TEST 3: a citizen that is gone is told as such
--- pg_exec eval: "INSERT INTO citizen (phone) VALUES ('$::Me')"
--- perl
is(rows(sprintf $::Take, 'wamid.1', 77, '', $::Me, 3, 'NULL'), 'stale|0',
   'gone');
is(rows(sprintf $::Take, 'wamid.1', 0, '', $::Me, 0, 'NULL'), 'done|1',
   'looked up');



=== TEST 4: an outcome is of the person whose row it is
--- pg_exec
INSERT INTO citizen (user_id, phone) VALUES ('IN.1', NULL),
    ('IN.2', '910000000011');
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    VALUES (1, 'ask', 2, 'taken', now(), '{}');
--- perl
my $outcome = "SELECT result, citizen FROM take_event('', '', '', %d, 0,
    'IN.1', '910000000011', 0, '\\x01', NULL)";
is(rows(sprintf $outcome, 1), 'done|1', 'under the number he had');
is(rows('SELECT user_id, phone FROM citizen WHERE citizen_id = 2'),
   'IN.2|910000000011', 'which stays with its new owner');
is(rows(sprintf $outcome, 99), 'seen|0', 'no row, no outcome');



=== TEST 5: who remembers a person by the old number is told when he moves
--- pg_exec eval
"INSERT INTO citizen (phone) VALUES ('$::Me');
 INSERT INTO conversation VALUES (1, 4)"
--- perl
rows(sprintf $::Take, 'wamid.1', 1, '', $::Me, 4,
     q('{"who": {"moved": {"phone": "910000000012"}}}'));
is(rows(sprintf $::Take, 'wamid.2', 1, '', $::Me, 5, 'NULL'), 'stale|1',
   'the record he knew is old');
is(rows(sprintf $::Take, 'wamid.2', 0, '', $::Me, 0, 'NULL'), 'done|2',
   'whoever has the number now is somebody else');



=== TEST 6: a row that another one has claimed is not taken from it
--- pg_exec
INSERT INTO citizen (user_id) VALUES ('IN.1');
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    VALUES (1, 'register', 2, 'taken', now() - interval '1 s', '{}');
--- perl
my $now = 'SELECT state, claims, due > now() FROM outbox';
is(rows("SELECT claims, doubts FROM $::Claim"), '1|1', 'claimed');
rows(sprintf $::Settle, 'due', 0, 0);
is(rows($now), 'taken|1|t', 'the one before comes late');
rows(sprintf $::Settle, 'due', 1, 9000);
is(rows($now), 'due|1|t', 'this one does not');
rows(sprintf $::Settle, 'done', 0, 0);
is(rows('SELECT state FROM outbox'), 'done', 'what is done is done');



=== TEST 7: tries that surely failed are no doubts
--- pg_exec
INSERT INTO citizen (user_id) VALUES ('IN.1');
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    VALUES (1, 'register', 2, 'due', now(), '{}');
--- perl
my $claim = "SELECT claims, doubts FROM $::Claim";
my $over = 'UPDATE outbox SET due = now()';
is(rows($claim), '1|0', 'first');
rows(sprintf $::Settle, 'due', 1, 0);
rows($over);
is(rows($claim), '2|0', 'surely not performed');
rows($over);
is(rows($claim), '3|1', 'never heard of again');
rows($over);
is(rows($claim), '4|2', 'twice');



=== TEST 8: a worker that is refused uses up no tracking numbers
--- civic
civic_postgres "$TEST_NGINX_PG" connections=2 timeout=500ms;
--- pg_exec
INSERT INTO schema_version VALUES (100, now(), '100-later.sql');
--- signed
--- request eval: post(text($::Me, 'help'))
--- error_code: 503
--- perl
until_true(sub {
    my $log = slurp("$ENV{TEST_NGINX_SERVROOT}/logs/error.log");
    return 6 <= (() = $log =~ /judging -> closed/g);
});
--- pg_query: SELECT is_called FROM ticket_serial
--- pg_result: f
--- error_log
civic: Postgres is not usable: schema version is



=== TEST 9: no Retry-After puts a message off for ever, or others with it
--- civic
--- mock_http eval
"POST $::Path ~ \\+$::Me\" => 429 Retry-After:99999999999 slow"
--- signed
--- request eval: post(text($::Me, 'help'), text('910000000012', 'help'))
--- pg_wait
SELECT count(*) = 1 FROM outbox WHERE state = 'due'
   AND due BETWEEN now() + interval '59 min' AND now() + interval '61 min'
--- pg_query: SELECT count(*) FROM outbox WHERE state = 'done'
--- pg_result: 1
--- error_log
civic: message
