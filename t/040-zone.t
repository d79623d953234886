# Copyright (C) ngx_civic_module contributors
#
# Why: the zone is a cache that workers share and may lose at any moment.  A
# conversation goes on over a reload, a dead worker, a hung worker, a restart
# and a zone too small for it; what Postgres has is never overwritten by what
# a worker remembers.  It fails when the zone is not taken over at a reload
# (ngx_civic_zone_init), when a lease outlives its deadline or does not keep
# others away (ngx_civic_conv_lease), when a worker that lost its lease still
# publishes (ngx_civic_conv_release), when a record is not published, or when
# take_event() forgets to compare versions.

use Test::Nginx::Socket;
use Civic::Test::Env qw(slowness slurp spew);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];
our $Me = '910000000011';


# So many milliseconds for Postgres, of a machine without instruments.

sub impatient {
    return sprintf 'civic_postgres "$TEST_NGINX_PG" timeout=%dms;',
                   $_[0] * slowness();
}


# One webhook with a message of each of these people to a number that is not
# ours: they are noted, and each takes a place in the zone.

sub crowd {
    my $post = post(map { text('', 'note', id => "wamid.IN.$_",
                               from_user_id => "IN.$_") } @_);

    return $post =~ s/"200000000000001"/"200000000000009"/r;
}

run_tests();

__DATA__

=== TEST 1: a conversation goes on after a reload, from the zone
--- civic
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- signal: HUP
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- perl
main::is(main::metric('exchange_stale_total'), 0, 'nothing was refilled');
main::is(main::metric('conversations_made_total'), 1, 'one conversation');
main::is(main::metric('webhooks_total'), 2, 'counters go on');
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered



=== TEST 2: a conversation goes on after a worker was killed
--- civic
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- signal: KILL-WORKER
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- perl
main::is(main::metric('exchange_stale_total'), 0, 'from the zone');
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
exited on signal 9



=== TEST 3: a worker that dies with a lease holds its person up for a deadline
--- civic eval: main::impatient(3000) . "\ncivic_whatsapp_unknown 100ms;"
--- pg_exec eval: SLOW
--- perl
our $hold = hold('SELECT pg_advisory_xact_lock(7)');
our $line = line();
ask($line, post(text($::Me, 'street light not working', id => 'wamid.SLOW')));
--- pg_wait eval: WAITS
--- signal: KILL-WORKER
--- perl
undef $main::hold;
my $next = line();
is(say($next, post(text($::Me, 'street light not working',
                        id => 'wamid.SLOW'))), 200, 'delivered again');
cmp_ok(metric('exchange_waits_total'), '>', 0, 'the lease was waited for');
is(rows('SELECT count(*) FROM message_in'), 1, 'it acts once');
rows('UPDATE outbox SET due = now()');
--- wait_mock: 1
--- perl
is(say(line(), post(pin($::Me, @$::Pin))), 200, 'and goes on');
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
exited on signal 9



=== TEST 4: after a restart the zone is filled again from Postgres
--- civic
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- restart
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- perl
is(metric('exchange_stale_total'), 1, 'the record came from Postgres');
is(metric('webhooks_total'), 1, 'the zone was lost');
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered



=== TEST 5: two workers advance one conversation in turn
--- civic
--- workers: 2
--- perl
my ($one, $two) = map { line($_) } workers();
my @steps = (
    [$one, text($::Me, 'Hi')],
    [$two, button($::Me, 'cmd:new', 'New complaint')],
    [$one, row($::Me, 'menu:lighting', 'Street lights')],
    [$two, row($::Me, 'svc:SL_OFF', 'Light off')],
    [$one, pin($::Me, @$::Pin)],
);
for my $i (0 .. $#steps) {
    my ($line, $message) = @{ $steps[$i] };
    is(say($line, post($message)), 200, "step $i");
    until_true(sub { sent() == $i + 1 });
}
is(metric('exchange_stale_total'), 0, 'each knew what the other did');
is(metric('conversations_made_total'), 1, 'in one zone');
cmp_ok(metric("worker_postgres_calls{outcome=\"done\"}", $_), '>', 0, 'both')
    for $one, $two;
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered



=== TEST 6: ten messages of one person at once, over two workers
--- civic
--- workers: 2
--- perl
my @lines = map { line($_) } (workers()) x 5;
my @bodies = map { post(text($::Me, 'help', id => "wamid.N$_")) } 1 .. 10;
ask($lines[$_], $bodies[$_]) for 0 .. 9;
is(hear($_)->{code}, 200, 'accepted') for @lines;
is(rows('SELECT count(*) FROM message_in'), 10, 'each acted');
is(rows('SELECT version FROM conversation'), 10, 'on the record before it');
is(metric('exchange_stale_total'), 0, 'none had to run again');
until_true(sub { sent() == 10 });
my @ids = map { $_->{biz_opaque_callback_data} } sent();
is_deeply(\@ids, [sort { $a <=> $b } @ids], 'answers leave in order');
is(say($lines[$_], $bodies[9 - $_]), 200, 'delivered again') for 0 .. 9;
is(metric('messages_duplicate_total'), 10, 'known');
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT count(*) FROM outbox)
--- pg_result: 10|10



=== TEST 7: a message that was seen is answered without Postgres
--- civic
--- perl
my $line = line();
my $body = post(text($::Me, 'street light not working', id => 'wamid.ONE'));
is(say($line, $body), 200, 'acted');
until_true("SELECT state = 'done' FROM outbox");
my @still = map { frozen($_) }
            split ' ', rows("SELECT pid FROM pg_stat_activity
                              WHERE application_name = 'ngx_civic'
                                AND datname = current_database()");
is(@still, 1, 'Postgres stands still');
is(say($line, $body), 200, 'known');
is(metric('messages_duplicate_total'), 1, 'counted');
--- pg_query: SELECT version FROM conversation
--- pg_result: 1



=== TEST 8: a message the zone has forgotten is known to Postgres
--- civic
--- signed
--- request eval: post(text($::Me, 'street light off', id => 'wamid.ONE'))
--- wait_mock: 1
--- restart
--- then_request eval: post(text($::Me, 'street light off', id => 'wamid.ONE'))
--- perl
is(metric('messages_duplicate_total'), 1, 'known');
is(metric('messages_total'), 0, 'and not acted upon');
my $still = frozen(rows("SELECT pid FROM pg_stat_activity
                          WHERE application_name = 'ngx_civic'
                            AND datname = current_database()"));
is(say(line(), post(text($::Me, 'street light off', id => 'wamid.ONE'))), 200,
   'and now to the zone');
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message
--- pg_query: SELECT version FROM conversation
--- pg_result: 1



=== TEST 9: a zone too small for all loses nothing
--- civic
civic_zone civic 512k;
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- then_request eval
map { main::crowd($_ * 1000 .. $_ * 1000 + 299) } 1 .. 5
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- perl
cmp_ok(metric('conversations_evicted_total'), '>', 300, 'evicted');
is(metric('conversations_refused_total'), 0, 'nobody is left outside');
is(metric('exchange_stale_total'), 1, 'one came back');
is(metric('messages_not_ours_total'), 1500, 'the crowd');
--- pg_query
SELECT (SELECT count(*) FROM message_in), service, state FROM complaint
--- pg_result: 1502|SL_OFF|registered



=== TEST 10: a zone of another size is a new one, filled from Postgres
--- civic
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- perl
my $conf = "$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf";
my $text = slurp($conf);
$text =~ s/civic_zone civic 8m;/civic_zone civic 16m;/ or die;
spew($conf, $text);
--- signal: HUP
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- perl
is(metric('webhooks_total'), 1, 'a new zone');
is(metric('exchange_stale_total'), 1, 'the record came from Postgres');
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered



=== TEST 11: a hung worker loses its lease, and publishes nothing afterwards
--- civic eval: main::impatient(3000)
--- workers: 2
--- config eval: HANGS
--- init: Civic::Test::Talk::make_pipe()
--- pg_exec eval: SLOW
--- perl
my ($hung, $other) = workers();
my ($to_hung, $to_other) = (line($hung), line($other));

my $hold = hold('SELECT pg_advisory_xact_lock(7)');
ask($to_hung, post(text($::Me, 'street light not working',
                        id => 'wamid.SLOW')));
until_true(WAITS);
my $hang = hung($hung);
undef $hold;
until_true('SELECT count(*) = 1 FROM message_in');

is(say($to_other, post(pin($::Me, @$::Pin))), 200, 'another took over');
cmp_ok(metric('exchange_waits_total', $to_other), '>', 0,
       'when the lease was over');
is(metric('exchange_stale_total', $to_other), 1, 'on the newer record');

undef $hang;
is(hear($to_hung)->{code}, 200, 'the hung one answers late');
until_true(sub { sent() >= 2 });
is(say($to_other, post(text($::Me, 'help'))), 200, 'next');
is(metric('exchange_stale_total', $to_other), 1,
   'what the hung one remembered is not in the zone');
--- wait_mock: 3
--- pg_query
SELECT service, state, (SELECT count(*) FROM message_in) FROM complaint
--- pg_result: SL_OFF|registered|3



=== TEST 12: a statement that comes late overwrites nothing
--- civic eval: main::impatient(3000)
--- workers: 2
--- pg_exec eval: SLOW
--- perl
my ($one, $two) = map { line($_) } workers();

my $hold = hold('SELECT pg_advisory_xact_lock(7)');
ask($one, post(text('910000000012', 'Hi', id => 'wamid.SLOW1')));
until_true(WAITS);
my ($backend) = waiting();
undef $hold;
is(hear($one)->{code}, 200, 'this backend serves the one worker');
is(say($two, post(text($::Me, 'street light not working'))), 200, 'asked');
until_true("SELECT count(*) = 2 FROM outbox WHERE state = 'done'");

my $still = frozen($backend);
my $late = post(text($::Me, 'Hi', id => 'wamid.LATE'));
is(say($one, $late), 503, 'not known what becomes of it');
is(say($two, post(pin($::Me, @$::Pin))), 200, 'another worker goes on');
my $version = rows('SELECT max(version) FROM conversation');

undef $still;
until_true("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $backend");
is(rows("SELECT count(*) FROM message_in WHERE wamid = 'wamid.LATE'"), 0,
   'it did not act');
is(say($one, $late), 200, 'delivered again it does');
is(rows("SELECT count(*) FROM message_in WHERE wamid = 'wamid.LATE'"), 1,
   'once');
--- pg_query
SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable: no answer in time



=== TEST 13: a full zone of busy people turns nobody away
--- civic eval: "civic_zone civic 512k;\n" . main::impatient(20_000)
--- pg_exec eval: SLOW
--- perl
my ($one, $two) = (line(), line());
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
ask($one, crowd(1000 .. 2199) =~ s/wamid.IN.1000/wamid.SLOW/r);
until_true(WAITS);
cmp_ok(metric('conversations_refused_total'), '>', 0, 'no room for some');
ask($two, post(text($::Me, 'street light not working')));
undef $hold;
is(hear($one)->{code}, 200, 'all are noted');
is(hear($two)->{code}, 200, 'with or without a place');
--- wait_mock: 1
--- perl
is(say(line(), post(pin($::Me, @$::Pin))), 200, 'and one goes on');
--- pg_query
SELECT (SELECT count(*) FROM message_in), service, state FROM complaint
--- pg_result: 1202|SL_OFF|registered



=== TEST 14: after the zone was lost, more complaints at once than numbers in hand
--- civic eval: main::impatient(9000)
--- perl
our @crowd = map { sprintf '91000000%04d', $_ } 1 .. 200;
is(say(line(), post(map { text($_, 'street light not working') } @crowd)), 200,
   'words');
--- restart
--- perl
my $line = line();
is(say($line, post(map { pin($_, @$::Pin) } @main::crowd)), 200, 'places');
is(rows('SELECT count(DISTINCT ticket) FROM complaint'), 200, 'each has one');
is(say($line, post(text($::Me, 'help'))), 200, 'and the worker goes on');
--- error_code: 200
