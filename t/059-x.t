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
our @People = map { sprintf '9100000000%02d', $_ } 20 .. 59;


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

=== TEST 10: an old worker answers what it has taken before it goes
--- civic: civic_postgres "$TEST_NGINX_PG" timeout=9s;
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
--- civic: civic_postgres "$TEST_NGINX_PG" timeout=9s;
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
--- civic: civic_postgres "$TEST_NGINX_PG" timeout=9s;
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



