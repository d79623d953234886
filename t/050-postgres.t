# Copyright (C) ngx_civic_module contributors
#
# Why: 200 means committed, and nothing else does.  Postgres may be absent,
# slow, frozen, full, of another schema, or refuse one message: the answer is
# 503 in time, nothing is lost or done twice, and all goes on by itself.  It
# fails when a result is believed before its commit (ngx_civic_pg_end_group),
# when a refused message takes its neighbours along (ngx_civic_pg_take_apart),
# when a deadline or the queue's bound is gone (ngx_civic_pg_submit,
# ngx_civic_pg_deadline), when a lost connection is not made anew, when what
# waits does not hold up an exiting worker or dies with its client's
# connection, or when bytes Postgres cannot store are sent to it.

use Test::Nginx::Socket;
use Civic::Test::Env qw(project_root slowness slurp);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;
use Time::HiRes qw(time);

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];
our $Me = '910000000011';
our @People = map { sprintf '9100000000%02d', $_ } 20 .. 59;
our $Short = 'civic_postgres "$TEST_NGINX_PG" timeout=500ms;';

# A message whose id says so stands still in take_event() while somebody
# holds lock 7.

our $Slow = q{
    CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7);
        RETURN NEW;
    END $$;
    CREATE TRIGGER slow BEFORE INSERT ON message_in FOR EACH ROW
        WHEN (NEW.wamid LIKE 'wamid.SLOW%') EXECUTE FUNCTION stand_still();
};

our $Waits = "SELECT count(*) = 1 FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted";


# take_event() ends with this SQLSTATE for a message whose id says so, the
# first n times.

sub fails {
    my ($state, $n) = @_;

    return "CREATE SEQUENCE failures;
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \$\$
        BEGIN
            IF nextval('failures') <= $n THEN
                RAISE EXCEPTION 'no' USING ERRCODE = '$state';
            END IF;
            RETURN NEW;
        END \$\$;
        CREATE TRIGGER fails BEFORE INSERT ON message_in FOR EACH ROW
            WHEN (NEW.wamid LIKE 'wamid.BAD%') EXECUTE FUNCTION fail();";
}


# The nth person says hello.

sub hello {
    my ($n, %more) = @_;

    return post(text($People[$n], 'Hi', %more));
}


sub status_of {
    return hear($_[0])->{code};
}

run_tests();

__DATA__

=== TEST 1: without Postgres the answer is 503 in time, and later 200
--- civic eval: $::Short
--- perl: until_true(sub { metric('worker_postgres_ready') == 1 })
--- pg_stop
--- restart
--- perl
my $start = time;
my $body = post(text($::Me, 'street light not working'));
is(say(line(), $body), 503, 'not accepted');
cmp_ok(time - $start, '<', 1.5 * slowness(), 'in time');
is(metric('webhooks_deferred_total'), 1, 'counted');
$main::body = $body;
--- pg_start
--- perl
until_true(sub { metric('worker_postgres_ready') == 1 });
is(say(line(), $main::body), 200, 'accepted when it is there');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1
--- error_log
civic: Postgres is not usable: connection lost
civic: Postgres is not usable: connection to server
civic: Postgres is usable



=== TEST 2: stopped in mid-conversation, which goes on
--- civic eval: $::Short
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- pg_stop: immediate
--- perl
our $pin = post(pin($::Me, @$::Pin));
my $start = time;
is(say(line(), $pin), 503, 'not accepted') for 1, 2;
cmp_ok(time - $start, '<', 2 * slowness(), 'in time, both');
--- pg_start
--- perl
until_true(sub { metric('worker_postgres_ready') == 1 });
is(say(line(), $main::pin), 200, 'accepted');
--- wait_mock: 2
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable



=== TEST 3: backends that were terminated are replaced, and nobody notices
--- civic
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- pg_kill
--- wait_log: connection lost
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable: connection lost



=== TEST 4: a backend terminated under a message makes it 503, acted once later
--- civic
--- pg_exec eval: $::Slow
--- perl
my $body = post(text($::Me, 'street light not working', id => 'wamid.SLOW'));
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my $line = line();
ask($line, $body);
until_true($::Waits);
rows("SELECT pg_terminate_backend(pid) FROM pg_locks
       WHERE locktype = 'advisory' AND NOT granted");
is(status_of($line), 503, 'nobody knows what became of it');
undef $hold;
is(say($line, $body), 200, 'delivered again');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1
--- error_log
civic: Postgres is not usable: connection lost



=== TEST 5: frozen, then thawed
--- civic eval: $::Short
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- pg_freeze
--- perl
my $start = time;
my @lines = map { line() } 1 .. 3;
my @bodies = map { hello($_) } 0 .. 2;
ask($lines[$_], $bodies[$_]) for 0 .. 2;
is(status_of($_), 503, 'not accepted') for @lines;
cmp_ok(time - $start, '<', 1.5 * slowness(), 'in time');
--- pg_thaw
--- perl
until_true(sub { metric('worker_postgres_ready') == 1 });
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable: no answer in time



=== TEST 6: messages of one person behind one that failed fail with it, in time
--- civic eval: $::Short
--- pg_exec eval: $::Slow
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my $start = time;
my @lines = map { line() } 1 .. 6;
my @bodies = map { post(text($::Me, 'help', id => "wamid.SLOW$_")) } 1 .. 6;
ask($lines[$_], $bodies[$_]) for 0 .. 5;
is(status_of($_), 503, 'not accepted') for @lines;
cmp_ok(time - $start, '<', 1.5 * slowness(), 'in time, all of them');
undef $hold;
is(say($lines[$_], $bodies[$_]), 200, 'delivered again') for 0 .. 5;
--- wait_mock: 6
--- pg_query: SELECT count(*), max(version) FROM message_in, conversation
--- pg_result: 6|6



=== TEST 7: an older schema is named once, and used when it was migrated
--- civic eval: $::Short
--- pg_exec eval
'DROP SCHEMA public CASCADE; CREATE SCHEMA public;
CREATE TABLE schema_version (version int PRIMARY KEY,
    applied timestamptz NOT NULL, name text NOT NULL);
' . slurp(project_root() . '/conf/sql/001-schema.sql') . "
INSERT INTO schema_version VALUES (1, now(), '001-schema.sql')"
--- perl
my $body = hello(0);
is(say(line(), $body), 503, 'not accepted') for 1, 2;
my $said = qx('@{[project_root()]}/util/migrate' '$ENV{TEST_NGINX_PG}' 2>&1);
is($?, 0, "migrated: $said");
until_true(sub { metric('worker_postgres_ready') == 1 });
is(say(line(), $body), 200, 'accepted');
--- wait_mock: 1
--- grep_error_log eval
qr/schema version is .*/
--- grep_error_log_out
schema version is 1, this module needs 2: run util/migrate
--- error_log
civic: Postgres is not usable: schema version is



=== TEST 8: a newer schema is not used
--- civic eval: $::Short
--- pg_exec
INSERT INTO schema_version VALUES (100, now(), '100-later.sql');
--- request eval: hello(0)
--- signed
--- error_code: 503
--- grep_error_log eval
qr/schema version is .*/
--- grep_error_log_out
schema version is 100, this module needs 2: install the module that belongs to it
--- error_log
civic: Postgres is not usable: schema version is



=== TEST 9: a database without a schema is not used
--- civic eval: $::Short
--- pg_exec
DROP SCHEMA public CASCADE; CREATE SCHEMA public;
--- request eval: hello(0)
--- signed
--- error_code: 503
--- error_log
civic: Postgres is not usable: no schema found, run util/migrate



=== TEST 10: what does not fit the queue is refused at once
--- civic: civic_postgres "$TEST_NGINX_PG" connections=1 depth=1 batch=1 queue=4;
--- pg_exec eval: $::Slow
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my @lines = map { line() } 1 .. 12;
ask($lines[0], hello(0, id => 'wamid.SLOW'));
until_true($::Waits);
my $start = time;
ask($lines[$_], hello($_)) for 1 .. 11;
my @refused;
until_true(sub {
    push @refused, grep { @{ $_->{methods} } && heard($_) } @lines;
    return @refused >= 7;
});
cmp_ok(time - $start, '<', slowness(), 'at once');
undef $hold;
my @codes = map { status_of($_) } grep { @{ $_->{methods} } } @lines;
my $good = grep { $_ == 200 } @codes;
cmp_ok($good, '>=', 4, 'one was sent, four have waited, or a claim for one');
is(metric('webhooks_deferred_total'), 12 - $good, 'the others were told so');
is(rows('SELECT count(*) FROM message_in'), $good, 'and nothing in between');
--- error_code: 200



=== TEST 11: who waits together is committed together
--- civic: civic_postgres "$TEST_NGINX_PG" connections=1 depth=1;
--- pg_exec eval: $::Slow
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my @lines = map { line() } 0 .. 20;
ask($lines[0], hello(0, id => 'wamid.SLOW'));
until_true($::Waits);
ask($lines[$_], hello($_)) for 1 .. 20;
until_true(sub { metric('webhooks_total') == 21 });
undef $hold;
is(status_of($_), 200, 'accepted') for @lines;
is(rows('SELECT count(DISTINCT xmin::text) FROM message_in'), 2,
   '21 messages, 2 transactions');
until_true(sub { sent() == 21 });
--- error_code: 200



=== TEST 12: a message Postgres refuses takes nobody along
--- civic: civic_postgres "$TEST_NGINX_PG" connections=1 depth=1;
--- pg_exec eval: $::Slow . main::fails('P0001', 100)
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my @lines = map { line() } 0 .. 6;
ask($lines[0], hello(0, id => 'wamid.SLOW'));
until_true($::Waits);
my $bad = hello(3, id => 'wamid.BAD');
ask($lines[$_], $_ == 3 ? $bad : hello($_)) for 1 .. 6;
until_true(sub { metric('webhooks_total') == 7 });
undef $hold;
is(status_of($lines[$_]), $_ == 3 ? 503 : 200, "message $_") for 0 .. 6;
is(rows('SELECT count(*) FROM message_in'), 6, 'each good one once');
until_true(sub { sent() == 6 });
rows('DROP TRIGGER fails ON message_in');
is(say($lines[3], $bad), 200, 'when it is good again');
until_true(sub { sent() == 7 });
--- pg_query: SELECT count(*), sum(version) FROM conversation
--- pg_result: 7|7
--- error_log
civic: statement "take_event" was refused, SQLSTATE P0001



=== TEST 13: no answer before the commit
--- civic
--- pg_exec
CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7);
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON message_in
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION stand_still();
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my $line = line();
ask($line, post(text($::Me, 'street light not working')));
until_true($::Waits);
is(rows('SELECT count(*) FROM message_in'), 0, 'not committed');
is(say(line(), 'GET /status'), 200, 'the worker is not held up');
ok(!defined heard($line), 'nor answered');
is(sent(), 0, 'nor performed');
undef $hold;
is(status_of($line), 200, 'now it is');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1



=== TEST 14: a commit that fails is no commit
--- civic
--- pg_exec
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no' USING ERRCODE = 'P0001';
END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON message_in
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
--- perl
my $body = hello(0);
my $line = line();
is(say($line, $body), 503, 'not accepted');
is(sent(), 0, 'nor performed');
rows('DROP TRIGGER slow ON message_in');
is(say($line, $body), 200, 'delivered again');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1
--- error_log
civic: statement "take_event" was refused, SQLSTATE P0001



=== TEST 15: a full disk is no refusal: later it may be taken
--- civic
--- pg_exec eval: main::fails('53100', 100)
--- perl
my $body = hello(0, id => 'wamid.BAD');
my $line = line();
is(say($line, $body), 503, 'not accepted');
rows('DROP TRIGGER fails ON message_in');
is(say($line, $body), 200, 'delivered again');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1
--- error_log
civic: statement "take_event" was put off, SQLSTATE 53100



=== TEST 16: a message that loses a fight for a lock is tried again
--- civic
--- pg_exec eval: main::fails('40P01', 2)
--- request eval: hello(0, id => 'wamid.BAD')
--- signed
--- wait_mock: 1
--- pg_query: SELECT count(*), (SELECT last_value FROM failures) FROM message_in
--- pg_result: 1|3
--- no_error_log
SQLSTATE



=== TEST 17: and put off when it loses for ever
--- civic
--- pg_exec eval: main::fails('40P01', 100)
--- request eval: hello(0, id => 'wamid.BAD')
--- signed
--- error_code: 503
--- pg_query: SELECT last_value BETWEEN 3 AND 4 FROM failures
--- pg_result: t
--- error_log
civic: statement "take_event" was put off, SQLSTATE 40P01



=== TEST 18: a reload under load loses no answer
--- civic
--- workers: 2
--- signed
--- together
--- signal: HUP at 0.01
--- request eval: [map { hello($_) } 0 .. 39]
--- wait_mock: 40
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT sum(version) FROM conversation)
--- pg_result: 40|40



=== TEST 19: an old worker answers what it has taken before it goes
--- civic
--- pg_exec eval: $::Slow
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our @lines = map { line() } 0 .. 3;
ask($lines[$_], hello($_, id => "wamid.SLOW$_")) for 0 .. 3;
until_true($::Waits);
--- signal: HUP
--- perl
is(say(line(), hello(9)), 200, 'a new one serves');
ok(!(grep { defined heard($_) } @main::lines), 'the old one still waits');
undef $main::hold;
is(status_of($_), 200, 'and answers') for @main::lines;
@main::lines = ();
--- wait_mock: 5
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 5



=== TEST 20: nginx that is told to quit answers first
--- civic
--- pg_exec eval: $::Slow
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our $line = line();
ask($line, hello(0, id => 'wamid.SLOW'));
until_true($::Waits);
kill QUIT => slurp("$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid") =~ /(\d+)/;
--- wait_log: gracefully shutting down
--- perl
undef $main::hold;
is(status_of($main::line), 200, 'answered');
undef $main::line;
--- pg_query: SELECT count(*), min(state), min(due) <= now() FROM outbox
--- pg_result: 1|due|t



=== TEST 21: a worker that is out of time leaves nothing half done
--- civic
--- main_config
worker_shutdown_timeout 100ms;
--- pg_exec eval: $::Slow
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our $body = hello(0, id => 'wamid.SLOW');
our @lines = map { line() } 0, 1;
ask($_, $body) for @lines;
until_true($::Waits);
our ($old) = workers();
--- signal: HUP
--- perl
until_true(sub { !eval { heard($main::lines[0], 0.05); 1 } });
undef $main::hold;
@main::lines = ();
until_true(sub { !-d "/proc/$main::old" });
is(say(line(), $main::body), 200, 'delivered again');
rows('UPDATE outbox SET due = now()');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1



=== TEST 22: 64 KB of text are taken, and cut to what 311 can use
--- civic
--- signed
--- request eval
post(text($::Me, 'street light not working ' . 'कचरा ' x 5200))
--- wait_mock: 1
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- pg_query
SELECT service, length(words) BETWEEN 1000 AND 8000, state FROM complaint
--- pg_result: SL_OFF|t|registered



=== TEST 23: bytes Postgres cannot store never reach it
--- civic
--- perl
my $n = 0;
for my $bad ("\\u0000", "\\ud800", "\\udc00\\ud800", "\xff", "\xc0\xaf",
             "\xed\xa0\x80", "\xf4\x90\x80\x80", "\\ud83d")
{
    my $phone = $::People[$n++];
    my $post = webhook(text($phone, 'street BAD light off', id => "wamid.$n"),
                       photo($phone, '40000BAD0001', id => "wamid.p$n"),
                       message($phone, 'kindBAD', { id => 1 },
                               id => "wamid.k$n"),
                       row($phone, 'menu:BAD', 'x BAD', id => "wamid.r$n"),
                       text($phone, 'BAD', id => "wamid.$n.BAD"));
    $post =~ s/Test Citizen/Test BAD/ or die;
    $post =~ s/BAD/$bad/g;
    is(say(line(), "POST /webhook\n$post"), 200, "taken: $n");
}
is(metric('messages_total') + metric('webhook_unknown_total'), 6 * $n,
   'all of them, unknown kinds twice');
until_true("SELECT count(*) = 0 FROM outbox WHERE state IN ('taken', 'due')");
--- pg_query
SELECT count(*) > 30, count(DISTINCT wamid) = count(*) FROM message_in
--- pg_result: t|t
--- no_error_log
SQLSTATE
