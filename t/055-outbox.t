# Copyright (C) ngx_civic_module contributors
#
# Why: what was committed is performed, by the worker that committed it or by
# any other when that one is dead, hung or leaving; a message by one of them
# at a time and in its order, a registration never twice.  It fails when a
# claim gives one row to two, or waits for a row that another has (FOR UPDATE
# SKIP LOCKED in claim_outbox), when a worker performs a row it has had in
# hand too long (start_by in ngx_civic_outbox_add), when an exiting one keeps
# its rows (ngx_civic_job_hand_back), when a claimed registration is not looked
# up first (ngx_civic_open311_perform), or when a burst is left to the sweep
# (what moves up in settle_outbox).

use Test::Nginx::Socket;
use Civic::Test::Env qw(slowness slurp);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];
our $Me = '910000000011';
our $Path = '/v25.0/200000000000001/messages';

# The worker that has a row in hand is dead: its lease is over.

our $Over = 'UPDATE outbox SET due = now() WHERE open';

# n messages that are due, each to somebody else, or all to one.

our $Rows = q{
    CREATE FUNCTION put(n int, people int) RETURNS void LANGUAGE sql AS $$
        INSERT INTO citizen (user_id)
        SELECT 'IN.' || i FROM generate_series(1, people) i;
        INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen;
        INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
        SELECT 1 + i % people, 'send', 0,
               CASE WHEN i < people THEN 'due' ELSE 'behind' END, now(),
               jsonb_build_object(
                   'messaging_product', 'whatsapp', 'type', 'text',
                   'text', jsonb_build_object('body', 'message ' || i))
          FROM generate_series(0, n - 1) i;
    $$;
};


# The ids of the rows whose messages came, in the order they came.

sub ids {
    return map { $_->{biz_opaque_callback_data} } sent();
}


sub ascending {
    return [sort { $a <=> $b } @_];
}

run_tests();

__DATA__

=== TEST 1: a dead worker's message is sent by another, unless its status came
--- civic
--- mock_http eval: "POST $::Path ~ interactive => hang times=2"
--- perl
my @people = ($::Me, '910000000012');
is(say(line(), post(text($_, 'street light not working'))), 200, 'accepted')
    for @people;
--- wait_mock: 2
--- signal: KILL-WORKER
--- perl
my ($gone) = to($::Me);
is(say(line(), post(status('wamid.GONE', 'sent', $::Me,
       biz_opaque_callback_data => $gone->{biz_opaque_callback_data}))), 200,
   'a status');
rows($::Over);
until_true("SELECT state = 'unknown' FROM outbox
             ORDER BY outbox_id DESC LIMIT 1");
is(sent(), 2, 'the other one is waited for once more');
rows($::Over);
--- wait_mock: 3
--- perl
my @twice = map { $_->{biz_opaque_callback_data} } to('910000000012');
is(@twice, 2, 'one was sent again');
is($twice[0], $twice[1], 'as the same message');
is(to($::Me), 1, 'the other was not');
--- pg_query: SELECT state, wamid FROM outbox ORDER BY outbox_id LIMIT 1
--- pg_result: done|wamid.GONE
--- error_log
exited on signal 9



=== TEST 2: a registration of a dead worker is looked up before it is made
--- civic
--- mock_http2 eval
my $log = "$ENV{TEST_NGINX_SERVROOT}/logs/mock2.log";
my $found = sub {
    my ($ticket) = Civic::Test::Env::slurp($log) =~ /WA-(\d+)/;
    return { status => 200, body => qq([{"service_request_id":"311-77",
        "service_code":"SL_OFF","status":"open",
        "description":"dark street\\nRef: WA-$ticket"}]) };
};
[{ method => 'POST', path => '/requests.json', action => 'hang', times => 1 },
 { method => 'GET', path => '/requests.json\?.*', reply => $found }]
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock2: 1
--- signal: KILL-WORKER
--- pg_do eval: $::Over
--- pg_wait: SELECT state = 'registered' FROM complaint
--- mock_requests2_like
POST /requests.json
GET /requests.json\?.*service_code=SL_OFF.*
--- pg_query: SELECT request_id FROM complaint
--- pg_result: 311-77
--- error_log
exited on signal 9



=== TEST 3: two workers share what is due and perform nothing twice
--- civic
civic_whatsapp_rate 1000;
--- workers: 2
--- pg_exec eval: $::Rows . 'SELECT put(100, 100)'
--- perl
my $hold = hold('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
until_true('SELECT count(*) = 2 FROM ' . LOCKS_HERE
           . " WHERE relation = 'outbox'::regclass");
undef $hold;
until_true("SELECT count(*) = 100 FROM outbox WHERE state = 'done'");
is_deeply(ascending(ids()), [1 .. 100], 'each once');
is(metric('outbox_claimed_total'), 100, 'nothing was claimed twice');
--- pg_query: SELECT count(DISTINCT wamid), max(claims) FROM outbox
--- pg_result: 100|1



=== TEST 4: a claim does not wait for a row that somebody else has in hand
--- civic
--- pg_exec eval
$::Rows . q{SELECT put(5, 5);
    UPDATE outbox SET due = now() + interval '1 hour'}
--- perl
my $hold = hold('SELECT FROM outbox WHERE outbox_id = 1 FOR KEY SHARE');
rows('UPDATE outbox SET due = now()');
until_true("SELECT count(*) = 4 FROM outbox WHERE state = 'done'");
is_deeply(ascending(ids()), [2 .. 5], 'the others are sent meanwhile');
undef $hold;
until_true("SELECT count(*) = 5 FROM outbox WHERE state = 'done'");
is((ids())[4], 1, 'and that one when it is free');
--- error_code: 200



=== TEST 5: claimed messages of one person leave in order, whatever fails
--- civic
--- mock_http eval
"POST $::Path ~ message.2 => 400 times=1 {\"error\":{\"code\":130429}}"
--- workers: 2
--- pg_exec eval: PUT_OFF . $::Rows . 'SELECT put(5, 1)'
--- perl
until_true("SELECT count(*) = 2 FROM outbox WHERE state = 'done'");
until_true("SELECT error = '130429' AND state = 'due' FROM outbox
             WHERE outbox_id = 3");
is_deeply([ids()], [1, 2, 3], 'the third was refused for now');
rows('UPDATE outbox SET due = now() WHERE outbox_id = 3');
until_true("SELECT count(*) = 5 FROM outbox WHERE state = 'done'");
is_deeply([ids()], [1, 2, 3, 3, 4, 5], 'and nobody overtook it');
--- error_log
civic: message 3 was not accepted



=== TEST 6: answers to a burst follow each other without a pause
--- civic
--- perl
my $line = line();
is(say($line, post(map { text($::Me, 'help') } 1 .. 12)), 200, 'a burst');
until_true(sub { sent() == 12 });
is_deeply([ids()], ascending(ids()), 'in order');
--- error_code: 200



=== TEST 7: a worker that was hung performs nothing somebody else may have
--- civic: civic_whatsapp_unknown 100ms;
--- workers: 2
--- config eval: HANGS
--- init: Civic::Test::Talk::make_pipe()
--- pg_exec eval: SLOW . lease(2)
--- perl
my ($hung) = workers();
my $line = line($hung);
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
ask($line, post(text($::Me, 'help', id => 'wamid.SLOW')));
until_true(WAITS);
my $hang = hung($hung);
undef $hold;
until_true("SELECT state = 'done' FROM outbox");
is(sent(), 1, 'another worker has sent it');
undef $hang;
is(hear($line)->{code}, 200, 'the hung one comes back');
is(say($line, post(text('910000000012', 'help'))), 200, 'and works');
until_true(sub { to('910000000012') == 1 });
is(to($::Me), 1, 'but does not send it again');
cmp_ok(metric('outbox_left_total'), '>=', 1, 'it was left');
--- error_code: 200



=== TEST 8: a worker that leaves hands on what it has not begun
--- civic: civic_whatsapp_rate 1;
--- perl
our $people = 2 + 2 * slowness();         # a second each: HUP is faster
is(say(line(), post(map { text(910000000020 + $_, 'help') } 1 .. $people)),
   200, 'some people');
--- wait_mock: 1
--- signal: HUP
--- perl
until_true(sub { sent() == $main::people });
is_deeply(ascending(ids()), [1 .. $main::people], 'all are answered, once');
cmp_ok(metric('outbox_left_total'), '>=', 1, 'by the next worker');
until_true("SELECT count(*) = $main::people FROM outbox WHERE state = 'done'");
--- error_code: 200



=== TEST 9: what was committed and not begun survives its worker
--- civic: civic_whatsapp_unknown 100ms;
--- config eval: HANGS
--- init: Civic::Test::Talk::make_pipe()
--- pg_exec eval: SLOW
--- perl
my ($worker) = workers();
our $line = line();
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
ask($line, post(text($::Me, 'help', id => 'wamid.SLOW')));
until_true(WAITS);
our $hang = hung($worker);
undef $hold;
until_true("SELECT state = 'taken' FROM outbox");
is(sent(), 0, 'committed, not begun');
--- signal: KILL-WORKER
--- pg_do eval: $::Over
--- wait_mock: 1
--- perl
is(say(line(), post(text($::Me, 'help', id => 'wamid.SLOW'))), 200,
   'Meta was not answered and delivers again');
is(metric('messages_duplicate_total'), 1, 'to no effect');
undef $main::hang;
--- pg_query: SELECT state, claims FROM outbox
--- pg_result: done|1
--- error_log
exited on signal 9
