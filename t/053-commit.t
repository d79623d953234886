# Copyright (C) ngx_civic_module contributors
#
# Why: 200 means committed, and nothing else does; many commits are one.  It
# fails when a result is believed before its commit (ngx_civic_pg_end_group),
# when a refused message takes its neighbours along
# (ngx_civic_pg_take_apart), when the queue's bound is gone
# (ngx_civic_pg_submit), when what is refused for now is refused for good
# (ngx_civic_pg_verdict), when what waits does not hold up an exiting worker
# or dies with its client's connection (r->blocked in ngx_civic_webhook.c), or
# when bytes Postgres cannot store are sent to it.

use Test::Nginx::Socket;
use Civic::Test::Env qw(slowness slurp);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;
use Time::HiRes qw(time);

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];
our $Me = '910000000011';


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


# One connection and so on, and what waits for it is not late.

sub postgres {
    return sprintf 'civic_postgres "$TEST_NGINX_PG" %s timeout=%dms;', $_[0],
                   9000 * slowness();
}

run_tests();

__DATA__

=== TEST 1: what does not fit the queue is refused at once
--- civic eval: main::postgres('connections=1 depth=1 batch=1 queue=4')
--- pg_exec eval: SLOW
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my @lines = map { line() } 1 .. 12;
ask($lines[0], hello(0, id => 'wamid.SLOW'));
until_true(WAITS);
my $start = time;
ask($lines[$_], hello($_)) for 1 .. 11;
my @refused;
until_true(sub {
    push @refused, grep { @{ $_->{methods} } && heard($_) } @lines;
    return @refused >= 7;
});
cmp_ok(time - $start, '<', 3 * slowness(), 'at once');
undef $hold;
my @codes = map { status_of($_) } grep { @{ $_->{methods} } } @lines;
my $good = grep { $_ == 200 } @codes;
cmp_ok($good, '>=', 4, 'one was sent, four have waited, or a claim for one');
is(metric('webhooks_deferred_total'), 12 - $good, 'the others were told so');
is(rows('SELECT count(*) FROM message_in'), $good, 'and nothing in between');
--- error_code: 200



=== TEST 2: who waits together is committed together
--- civic eval: main::postgres('connections=1 depth=1')
--- pg_exec eval: SLOW
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my @lines = map { line() } 0 .. 20;
ask($lines[0], hello(0, id => 'wamid.SLOW'));
until_true(WAITS);
ask($lines[$_], hello($_)) for 1 .. 20;
until_true(sub { metric('webhooks_total') == 21 });
undef $hold;
is(status_of($_), 200, 'accepted') for @lines;
is(rows('SELECT count(DISTINCT xmin::text) FROM message_in'), 2,
   '21 messages, 2 transactions');
until_true(sub { sent() == 21 });
--- error_code: 200



=== TEST 3: a message Postgres refuses takes nobody along
--- civic eval: main::postgres('connections=1 depth=1')
--- pg_exec eval: SLOW . main::fails('P0001', 100)
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my @lines = map { line() } 0 .. 6;
ask($lines[0], hello(0, id => 'wamid.SLOW'));
until_true(WAITS);
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



=== TEST 4: no answer before the commit
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
until_true(WAITS);
is(rows('SELECT count(*) FROM message_in'), 0, 'not committed');
is(say(line(), 'GET /status'), 200, 'the worker is not held up');
ok(!defined heard($line), 'nor answered');
is(sent(), 0, 'nor performed');
undef $hold;
is(status_of($line), 200, 'now it is');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1



=== TEST 5: a commit that fails is no commit
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



=== TEST 6: a full disk is no refusal: later it may be taken
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



=== TEST 7: a message that loses a fight for a lock is tried again
--- civic
--- pg_exec eval: main::fails('40P01', 2)
--- request eval: hello(0, id => 'wamid.BAD')
--- signed
--- wait_mock: 1
--- pg_query: SELECT count(*), (SELECT last_value FROM failures) FROM message_in
--- pg_result: 1|3
--- no_error_log
SQLSTATE



=== TEST 8: and put off when it loses for ever
--- civic
--- pg_exec eval: main::fails('40P01', 100)
--- request eval: hello(0, id => 'wamid.BAD')
--- signed
--- error_code: 503
--- pg_query: SELECT last_value BETWEEN 3 AND 4 FROM failures
--- pg_result: t
--- error_log
civic: statement "take_event" was put off, SQLSTATE 40P01



=== TEST 9: a reload under load loses no answer
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



=== TEST 10: an old worker answers what it has taken before it goes
--- civic
--- pg_exec eval: SLOW
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our @lines = map { line() } 0 .. 3;
ask($lines[$_], hello($_, id => "wamid.SLOW$_")) for 0 .. 3;
until_true(WAITS);
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



=== TEST 11: nginx that is told to quit answers first
--- civic
--- workers: 1
--- pg_exec eval: SLOW
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our $line = line();
ask($line, hello(0, id => 'wamid.SLOW'));
until_true(WAITS);
kill QUIT => slurp("$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid") =~ /(\d+)/;
--- wait_log: gracefully shutting down
--- perl
undef $main::hold;
is(status_of($main::line), 200, 'answered');
undef $main::line;
--- pg_query: SELECT count(*), min(state), min(due) <= now() FROM outbox
--- pg_result: 1|due|t



=== TEST 12: a worker that is out of time leaves nothing half done
--- civic
--- main_config
worker_shutdown_timeout 100ms;
--- pg_exec eval: SLOW
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our $body = hello(0, id => 'wamid.SLOW');
our @lines = map { line() } 0, 1;
ask($_, $body) for @lines;
until_true(WAITS);
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



=== TEST 13: 64 KB of text are taken, and cut to what 311 can use
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



=== TEST 14: bytes Postgres cannot store never reach it
--- civic
--- perl
my $n = 0;
for my $bad ("\\u0000", "\\ud800", "\\udc00\\ud800", "\xff", "\xc0\xaf",
             "\xed\xa0\x80", "\xf4\x90\x80\x80", "\\ud83d")
{
    my $phone = '91000000002' . $n++;
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



=== TEST 15: words that Postgres refuses are not the end of a conversation
--- civic
--- pg_exec
ALTER TABLE complaint ADD CONSTRAINT words CHECK (words NOT LIKE '%glyph%');
--- perl
my $line = line();
my $bad = post(text($::Me, 'glyph street light not working'),
               pin($::Me, @$::Pin));
is(say($line, $bad), 200, 'taken');
is(rows('SELECT count(*) FROM complaint'), 0, 'nothing to register');
is(metric('webhooks_poison_total'), 1, 'counted');
until_true("SELECT count(*) = 2 FROM outbox WHERE state = 'done'");
is(say($line, post(text($::Me, 'cancel'),
                   text($::Me, 'street light not working'),
                   pin($::Me, @$::Pin))), 200, 'once more');
is(rows('SELECT count(*) FROM complaint'), 1, 'in other words');
--- error_log
civic: statement "take_event" was refused, SQLSTATE 23514
--- no_error_log
glyph



=== TEST 16: when it is not the words, the message stays with Meta
--- civic
--- pg_exec eval: main::fails('23514', 2)
--- perl
my $line = line();
my $body = hello(0, id => 'wamid.BAD');
is(say($line, $body), 503, 'refused as it is, and empty');
is(metric('webhooks_poison_total'), 0, 'nor taken without its words');
is(say($line, $body), 200, 'delivered again');
until_true(sub { sent() == 1 });
is(rows('SELECT kind FROM message_in'), 'text', 'as it was');
--- error_log
civic: statement "take_event" was refused, SQLSTATE 23514



=== TEST 17: nor is it the words when two were faster than each other
--- civic
--- pg_exec eval: main::fails('23505', 1)
--- perl
my $line = line();
my $body = hello(0, id => 'wamid.BAD');
is(say($line, $body), 503, 'refused');
is(metric('webhooks_poison_total'), 0, 'but not for its words');
is(say($line, $body), 200, 'delivered again');
until_true(sub { sent() == 1 });
--- error_log
civic: statement "take_event" was refused, SQLSTATE 23505



=== TEST 18: who waits for a tracking number is not told to come back
--- civic eval: main::postgres('')
--- pg_exec: ALTER SEQUENCE ticket_serial MAXVALUE 63
--- perl
my $line = line();
is(say($line, post(map { (text($_, 'street light not working'),
                          pin($_, @$::Pin)) } 910000000011 .. 910000000074)),
   200, '64 complaints');
ask($line, post(text($::Me, 'ok')));
ok(!defined heard($line, 0.3), 'nobody knows whether he needs one');
rows('ALTER SEQUENCE ticket_serial MAXVALUE 6400');
is(status_of($line), 200, 'now there are more');
is(metric('webhooks_deferred_total'), 0, 'nothing was put off');
--- error_log
civic: statement "reserve_tickets" was refused, SQLSTATE 2200H
