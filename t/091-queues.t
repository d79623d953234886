# Copyright (C) ngx_civic_module contributors
#
# Why: a message that stands in a queue nobody moves is lost as surely as one
# that was thrown away, and shows nowhere.  It fails when a queue that two
# persons bring together has no head (settle_outbox after merge_citizens),
# when a finished message of somebody who was merged cannot fail or be
# replayed any more, when the next message is committed while the one before
# ends and neither sees the other, when a row waits in hand for longer than
# its lease behind others that go first (ngx_civic_outbox_pump), when a
# template that failed for the window goes again for ever
# (ngx_civic_statuses_failed), when a registration made anew is believed
# absent sooner than the first one, when a call that was under way opens a
# gate that the peer asked to keep shut, or when rows that come at once are all
# kept in hand (the bound in ngx_civic_outbox_add).

use Test::Nginx::Socket;
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Me = '910000000011';
our $Path = 'POST /v25.0/200000000000001/messages';

our $Two = q{
    INSERT INTO citizen (user_id, phone) VALUES ('IN.1', NULL),
        (NULL, '910000000011');
    INSERT INTO conversation VALUES (1, 1), (2, 1);
};

our $Settle = "SELECT outbox_id FROM settle_outbox(%d, '%s', 0, 0, 0, 0, 0, '%s',
    '', 0, false, false, false, true)";

our $Send = "INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    VALUES (%d, 'send', 0, '%s', now() + interval '1 min', '{}')";

stand_by();
run_tests();

__DATA__

=== TEST 1: who ends a message sees the next one that is being committed
--- pg_exec eval: $::Two . sprintf $::Send, 2, 'taken'
--- perl
my $take = sprintf q{SELECT take_event('200000000000001', 'wamid.1', 'text',
    0, 2, '', '%s', 1, '\x01', '{"out": [{"kind": "send", "body": {}}]}')}, $::Me;
my $hold = hold($take);
my $settle = start(sprintf $::Settle, 1, 'done', 'wamid.A');
commit($hold);
is(said($settle), '2', 'it moves up');



=== TEST 2: and the next one is committed at once if it has ended
--- pg_exec eval: $::Two . sprintf $::Send, 2, 'taken'
--- perl
my $take = sprintf q{SELECT take_event('200000000000001', 'wamid.1', 'text',
    0, 2, '', '%s', 1, '\x01', '{"out": [{"kind": "send", "body": {}}]}')}, $::Me;
my $hold = hold(sprintf $::Settle, 1, 'done', 'wamid.A');
my $next = start($take);
commit($hold);
said($next);
is(rows('SELECT state FROM outbox WHERE outbox_id = 2'), 'taken', 'not behind');



=== TEST 3: a queue has a head whoever its person becomes meanwhile
--- pg_exec eval
$::Two . join ';', sprintf($::Send, 2, 'taken'), sprintf($::Send, 2, 'behind')
--- perl
my $hold = hold('SELECT merge_citizens(2, 1)');
my $settle = start(sprintf $::Settle, 1, 'done', 'wamid.A');
commit($hold);
is(said($settle), '2', 'the next one moves up');
is(rows("SELECT count(*) FROM outbox WHERE state = 'behind'"), 0,
   'nobody stands behind nobody');



=== TEST 4: a dead message of somebody who was merged can be replayed
--- pg_exec eval: $::Two . sprintf $::Send, 2, 'dead'
--- perl
rows('SELECT merge_citizens(2, 1)');
is(rows("SELECT replay_outbox(1)"), 't', 'replayed');
is(rows("SELECT outbox_id, user_id
           FROM claim_outbox('{9,0,0,0,0}', 60000)"), '1|IN.1',
   'and taken, for who he is now');



=== TEST 5: a message of somebody who was merged can fail after it was accepted
--- pg_exec eval
"$::Two INSERT INTO outbox (citizen_id, kind, lane, state, due, payload, wamid)
    VALUES (2, 'send', 0, 'done', now(), '{}', 'wamid.A')"
--- perl
rows('SELECT merge_citizens(2, 1)');
is(rows(q{SELECT outbox_id, failed FROM record_statuses(
    '[{"id": 1, "wamid": "wamid.A", "status": 0, "error": 131000}]')}), '1|t',
   'it is told');



=== TEST 6: a template that fails for the window does not go for ever
--- civic: civic_whatsapp_template complaint_update;
--- perl
my $line = line();
is(say($line, post(text($::Me, 'help'))), 200, 'asked');
my $last = '';
for my $n (1 .. 4) {
    until_true("SELECT state IN ('done', 'dead') AND coalesce(wamid, '') <> '$last'
                    OR state = 'dead' FROM outbox");
    last if rows('SELECT state FROM outbox') eq 'dead';
    $last = rows('SELECT wamid FROM outbox');
    is(say($line, post(status($last, 'failed', $::Me,
                              errors => [{ code => 131047 }]))), 200, 'failed');
}
is(rows('SELECT state, error FROM outbox'), 'dead|131047', 'given up');
is(sent(), 2, 'once as it is, once as a template');
--- error_log: failed after it was accepted: code 131047



=== TEST 7: a registration that was made anew is looked for as often again
--- civic: civic_311_unknown hold wait=100ms;
--- mock_http2
POST /requests.json => drop times=2
POST /requests.json => 200 [{"service_request_id":"311-2"}]
GET /requests.json\?.* => 200 []
--- perl
::complaint(line(), $::Me);
until_true("SELECT request_id = '311-2' FROM complaint");
is(posts(), 3, 'posted three times');
is(calls('/requests\.json') - posts(), 6, 'after three looks each');
--- error_log
upstream prematurely closed connection



=== TEST 8: who was let through before the peer asked for patience opens nothing
--- civic: civic_whatsapp_pass /_graph/v25.0 calls=4;
--- mock_http eval
"$::Path ~ \\+$::Me\" => 429 Retry-After:90 slow
$::Path ~ \"to\" => 200 delay=1 {\"messages\":[{\"id\":\"wamid.TEST{n}\"}]}"
--- perl
my $line = line();
is(say($line, post(text('910000000012', 'help'))), 200, 'let through');
until_true(sub { sent() == 1 });
is(say($line, post(text($::Me, 'help'))), 200, 'and refused');
until_true("SELECT count(*) = 1 FROM outbox WHERE state = 'due'
             AND due BETWEEN now() + interval '80 s'
                         AND now() + interval '90 s'");
until_true("SELECT count(*) = 1 FROM outbox WHERE state = 'done'");
is(::paused('whatsapp'), 1, 'still patient');
--- error_log: civic: message



=== TEST 9: a notice that waits for answers is no message of unknown outcome
--- civic
civic_whatsapp_rate 60;
civic_whatsapp_unknown 20ms;
--- pg_exec eval
lease(8) . q{
INSERT INTO citizen (user_id) SELECT 'IN.' || i FROM generate_series(1, 3000) i;
INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen;
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
SELECT i, 'send', (i = 1)::int, 'due', now(),
       '{"type": "text", "text": {"body": "hello"}}' FROM generate_series(1, 3000) i}
--- perl
until_true("SELECT claims > 0 FROM outbox WHERE outbox_id = 1");
for (1 .. 60) {
    last if rows("SELECT state = 'done' OR doubts > 0 OR claims > 1
                    FROM outbox WHERE outbox_id = 1") eq 't';
    select undef, undef, undef, 0.5;
}
is(rows('SELECT doubts FROM outbox WHERE outbox_id = 1'), 0, 'it never left');
is(rows("SELECT count(*) FROM outbox WHERE state = 'dead'"), 0, 'nor is lost');



=== TEST 10: a Retry-After of any size keeps others waiting
--- civic
--- mock_http eval
"$::Path ~ \\+$::Me\" => 429 Retry-After:9223372036854775807 slow"
--- perl
my $line = line();
is(say($line, post(text($::Me, 'help'))), 200, 'asked');
until_true("SELECT count(*) = 1 FROM outbox WHERE state = 'due'");
is(say($line, post(text('910000000012', 'help'))), 200, 'somebody else');
is(rows('SELECT state FROM outbox WHERE outbox_id = 2'), 'due', 'waits');
--- error_log: civic: message



=== TEST 11: a status of another business number settles nothing of ours
--- civic
--- mock_http eval: "$::Path ~ \"to\" => drop"
--- perl
my $line = line();
is(say($line, post(text($::Me, 'help'))), 200, 'asked');
until_true("SELECT state = 'unknown' FROM outbox");
my $theirs = post(status('wamid.THEIRS', 'delivered', $::Me,
                         biz_opaque_callback_data => '1'))
             =~ s/200000000000001/200000000000099/r;
is(say($line, $theirs), 200, 'of somebody else');
is(rows('SELECT state, wamid FROM outbox'), 'unknown|', 'not ours');
--- error_log: upstream prematurely closed



=== TEST 12: a webhook of statuses is answered when what they move is committed
--- civic
--- mock_http eval: "$::Path ~ \"to\" => drop"
--- perl
my $line = line();
is(say($line, post(text($::Me, 'help'))), 200, 'asked');
until_true("SELECT state = 'unknown' FROM outbox");
my $hold = hold('SELECT FROM conversation FOR UPDATE');
ask($line, post(status('wamid.A', 'delivered', $::Me,
                       biz_opaque_callback_data => '1')));
until_true('SELECT count(*) = 1 FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = \'Lock\'');
is(heard($line, 0.5), undef, 'not yet');
undef $hold;
is(hear($line)->{code}, 200, 'now');
is(rows('SELECT state FROM outbox'), 'done', 'committed');
--- error_log: upstream prematurely closed



=== TEST 13: what a peer answered while Postgres was away is told afterwards
--- civic
civic_postgres "$TEST_NGINX_PG" connections=1 timeout=300ms;
--- mock_http eval
"$::Path ~ \"to\" => 200 delay=2 {\"messages\":[{\"id\":\"wamid.A\"}]}"
--- perl
is(say(line(), post(text($::Me, 'help'))), 200, 'asked');
until_true(sub { sent() == 1 });
--- pg_stop: immediate
--- perl
select undef, undef, undef, 4;
--- pg_start
--- perl
until_true("SELECT state = 'done' AND wamid = 'wamid.A' FROM outbox");
is(rows('SELECT doubts FROM outbox'), 0, 'nothing was doubted');
--- error_log: Postgres is not usable



=== TEST 14: a claim goes last in its group: it holds what others wait for
--- civic
civic_postgres "$TEST_NGINX_PG" connections=1 depth=1 timeout=9s;
--- pg_exec eval
SLOW . "INSERT INTO citizen (phone) VALUES ('910000000012'), ('910000000013');
 INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen;
 INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
     VALUES (2, 'wait', 3, 'due', now() + interval '1 h', '{\"wait\": 1}')"
--- perl
my $slow = hold('SELECT pg_advisory_xact_lock(7)');
my ($one, $two) = (line(), line());
ask($one, post(text($::Me, 'help', id => 'wamid.SLOW')));
until_true(WAITS);
rows('UPDATE outbox SET due = now()');
my $hold = hold('SELECT FROM conversation WHERE citizen_id = 1 FOR UPDATE');
ask($two, post(text('910000000012', 'help')));
select undef, undef, undef, 4;          # two sweeps
undef $slow;
until_true("SELECT count(*) = 1 FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'");
is(rows('SELECT outbox_id FROM outbox WHERE outbox_id = 1
            FOR UPDATE SKIP LOCKED'), 1, 'nothing is claimed yet');
undef $hold;
is(hear($one)->{code}, 200, 'one');
is(hear($two)->{code}, 200, 'two');
--- error_code: 200



=== TEST 15: a 311 that is slow does not hold up messages
--- civic: civic_311_pass /_slow calls=2;
--- config
location /_slow/ {
    internal;
    proxy_pass http://open311/;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_read_timeout 100s;
    subrequest_output_buffer_size 64k;
}
--- mock_http2
POST /requests.json => hang
--- pg_exec
INSERT INTO citizen (user_id) SELECT 'IN.' || i FROM generate_series(1, 900) i;
INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen;
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
SELECT i, 'register', 2, 'due', now(), jsonb_build_object('complaint_id', i,
       'ticket', 10000000 + i, 'service', 'SL_OFF', 'words', 'dark',
       'address', 'here', 'state', 'saved')
  FROM generate_series(1, 900) i
--- perl
until_true(sub { metric('worker_outbox_jobs{peer="311"}') >= 512 });
my $id = rows(q{
    INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    VALUES (900, 'send', 0, 'due', now(),
            '{"type": "text", "text": {"body": "hello"}}')
    RETURNING outbox_id});
until_true("SELECT state = 'done' FROM outbox WHERE outbox_id = $id");
cmp_ok(metric('worker_outbox_jobs{peer="311"}'), '<', 900,
       'and the others are left to other workers');
--- signal: KILL-WORKER
--- error_log: exited on signal 9



=== TEST 16: a registration in doubt that is handed back keeps its doubt
--- civic: civic_311_pass /_311 calls=1;
--- mock_http2
POST /requests.json => drop
GET /requests.json.* => 503 delay=0.5 Retry-After:90 slow
--- perl
my $line = line();
is(say($line, post(map { (text($_, 'street light not working'),
                          pin($_, '22.7533', '75.8937')) }
                       910000000011, 910000000012)), 200, 'two complaints');
until_true("SELECT count(*) = 2 FROM outbox
             WHERE kind = 'register' AND state = 'unknown'");
rows("UPDATE outbox SET due = now() WHERE kind = 'register'");
until_true("SELECT count(*) = 2 FROM outbox
             WHERE kind = 'register' AND claims = 1 AND state <> 'taken'");
is(rows("SELECT count(*) FROM outbox WHERE kind = 'register'
            AND state = 'unknown' AND doubts > 0"), 2, 'looked up before posted');
is(calls('/requests\.json.*'), 3, 'one was not asked for');
--- error_log
upstream prematurely closed connection
311 asks for patience



=== TEST 17: a replay waits for whoever moves that person's queue
--- pg_exec eval
$::Two . join ';', map { sprintf $::Send, 1, $_ } 'taken', 'dead'
--- perl
my $hold = hold(sprintf $::Settle, 1, 'done', '');
my $replay = start('SELECT replay_outbox(2)');
commit($hold);
is(said($replay), 't', 'replayed');
is(rows('SELECT state FROM outbox WHERE outbox_id = 2'), 'due',
   'it stands behind nobody');



=== TEST 18: a replay of somebody who is just merged finds the one that is left
--- pg_exec eval
$::Two . join ';', (sprintf $::Send, 1, 'dead'), (sprintf $::Send, 2, 'taken')
--- perl
my $hold = hold('SELECT merge_citizens(1, 2)');
my $replay = start('SELECT replay_outbox(1)');
commit($hold);
is(said($replay), 't', 'replayed');
is(rows('SELECT state, citizen_id FROM outbox WHERE outbox_id = 1'),
   'behind|2', 'behind the one under way');



=== TEST 19: and so do a registration that is replayed and one that is put off
--- pg_exec eval
$::Two . join ';', map { sprintf $::Send =~ s/'send'/'register'/r, 1, $_ }
    'dead', 'taken'
--- perl
my $hold = hold('SELECT merge_citizens(1, 2)');
my $replay = start('SELECT replay_outbox(1)');
my $settle = start("SELECT count(*) FROM settle_outbox(2, 'due', 0, 0, 0, 0, 0,
    '', '', 0, false, false, false, true)");
commit($hold);
is(said($replay), 't', 'replayed');
said($settle);
is(rows('SELECT count(*) FROM outbox JOIN citizen USING (citizen_id)'), 2,
   'both are for somebody who exists');



=== TEST 20: who comes later does not go first for ever
--- civic: civic_whatsapp_rate 40;
--- perl
my $line = line();
is(say($line, post(map { text($_, 'hello') } 910000000100 .. 910000000699)),
   200, 'more than a worker has in hand');
until_true(sub { metric('worker_outbox_jobs{peer="whatsapp"}') >= 500 });
my $id = rows(q{
    INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    SELECT citizen_id, 'send', 0, 'due', now() - interval '1 hour',
           '{"type": "text", "text": {"body": "hello"}}'
      FROM citizen WHERE phone = '910000000699' RETURNING outbox_id});
my $next = 910000000700;
until_true(sub {
    say($line, post(map { text($next++, 'hello') } 1 .. 8));
    return rows("SELECT claims FROM outbox WHERE outbox_id = $id");
});
--- signal: KILL-WORKER
--- error_log: exited on signal 9



=== TEST 21: the desk's own rows are taken however many it has in hand
--- civic: civic_311_wait 60s;
--- mock_http2
POST /requests.json => 503
--- perl
my $line = line();
is(say($line, post(map { (text($_, 'street light not working'),
                          pin($_, '22.7533', '75.8937')) }
                   910000000100 .. 910000000699)), 200, 'many complaints');
until_true(sub { metric('worker_outbox_jobs{peer="desk"}') >= 600 });
rows("UPDATE outbox SET due = now() WHERE outbox_id =
      (SELECT min(outbox_id) FROM outbox WHERE kind = 'wait')");
until_true("SELECT state = 'done' FROM outbox WHERE kind = 'wait'
             ORDER BY outbox_id LIMIT 1");
--- signal: KILL-WORKER
--- error_log: exited on signal 9



=== TEST 22: what comes at once beyond what a worker can hold is given back
--- civic: civic_whatsapp_pass /_slow calls=4;
--- config
location /_slow/ {
    internal;
    proxy_pass http://graph/v25.0/;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_read_timeout 100s;
    subrequest_output_buffer_size 64k;
}
--- mock_http
POST .*/messages ~ "status" *: *"read" => 200 quiet {"success":true}
POST .*/messages => hang times=4
POST .*/messages => 200 {"messages":[{"id":"wamid.TEST{n}"}]}
--- perl
is(say(line(), post(map { text($_, 'hello') } 910000000001 .. 910000001060)),
   200, 'all of it is taken in');
until_true(sub { metric('worker_outbox_jobs{peer="whatsapp"}') == 1024 });
is(rows('SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state'),
   "due|36\ntaken|1024", 'the others are left to other workers');
--- signal: KILL-WORKER
--- error_log: exited on signal 9
--- pg_wait: SELECT count(*) = 36 FROM outbox WHERE state = 'done'
--- perl
is(sent(), 4 + 36, 'which send them');
