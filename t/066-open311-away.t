# Copyright (C) ngx_civic_module contributors
#
# Why: 311 has no idempotency key, so a second registration costs a crew and a
# lost one a citizen.  It fails when a complaint is lost while 311 is away,
# busy or misconfigured, when one that may be registered is posted again
# before it was looked for (three times, silence is no absence), when two
# workers post one, or when its number does not follow.

use Test::Nginx::Socket;
use Civic::Test::Peer;
use Civic::Test::Talk qw(PUT_OFF);
use Civic::Test::Webhook;
use JSON::PP ();

plan 'no_plan';


# Words and pin of each of these people, in one body.

sub complaint {
    return post(map { (text($_, 'street light not working'),
                       pin($_, '22.7533', '75.8937')) } @_);
}


# A 311 that remembers what was posted and lists it, whatever it answered;
# runs in the peer's own process.

my $posted;

sub remember {
    my (%answer) = @_;

    return { method => 'POST', path => '/requests\.json', times => 1,
             reply => sub { $posted = $_[0]{body}; return { %answer } } };
}

sub list {
    my (%answer) = @_;

    return { method => 'GET', path => '/requests\.json\?.*', reply => sub {
        my ($ref) = $posted =~ /Ref%3A%20WA-(\d+)/;
        my @of_others = map { { service_request_id => "311-$_",
            description => "street light not working\nRef: WA-1000000$_",
            service_code => 'SL_OFF', status => 'open' } } 1 .. 3;

        return { action => 200, %answer, body => JSON::PP::encode_json([
            @of_others, { service_request_id => '311-77', status => 'open',
            service_code => 'SL_OFF', service_notice => 'Found again',
            description => "street light not working\r\n\r\nRef: WA-$ref" }]) };
    } };
}

run_tests();

__DATA__

=== TEST 1: a refused key is one error, keeps the complaint, and is not shown
--- civic: civic_311_wait 200ms;
--- log_level: info
--- signed
--- mock_http2
POST /requests.json => 403 times=1 [{"code":403,"description":"api_key"}]
--- request eval: ::complaint('910000000011')
--- pg_wait
SELECT state = 'due' FROM outbox WHERE kind = 'register'
--- perl
my ($file) = Civic::Test::Env::slurp("$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf")
             =~ /civic_311_key_file\s+(\S+);/;
Civic::Test::Env::spew($file, "another_key\n");
--- signal: HUP
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'register'
--- pg_query: SELECT state, request_id LIKE '311-%' FROM complaint
--- pg_result: registered|t
--- grep_error_log eval: qr/\[error\].*?civic: (.*)/
--- grep_error_log_out eval: qr/\A[^\n]*311 refuses us \(403\)[^\n]*\n\z/
--- error_log
311 refuses us
complaint 1: the key was refused, attempt 1
--- no_error_log
311_key
street light
Test Citizen
9100000000



=== TEST 2: too many requests: as late as 311 wants, and nobody else meanwhile
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2
POST /requests.json => 429 times=1 Retry-After:90 slow
--- request eval: ::complaint('910000000011')
--- pg_wait
SELECT state = 'due' AND due BETWEEN now() + interval '80 s'
                             AND now() + interval '90 s'
  FROM outbox WHERE kind = 'register'
--- then_request eval: ::complaint('910000000012')
--- pg_wait
SELECT count(*) = 2 FROM outbox WHERE kind = 'register' AND state = 'due'
--- mock_requests2
POST /requests.json



=== TEST 3: an answer that comes late is told with the next message
--- civic: civic_311_wait 300ms;
--- signed
--- mock_http2
POST /requests.json => 200 delay=1 [{"service_request_id":"311-7"}]
--- request eval: ::complaint('910000000011')
--- wait_mock: 2
--- pg_wait: SELECT request_id = '311-7' FROM complaint
--- then_request eval: post(text('910000000011', 'thanks'))
--- wait_mock: 3
--- then_request eval: post(text('910000000011', 'thanks'))
--- wait_mock: 4
--- perl
my ($place, $saved, $thanks, $again) = map { words($_) } sent();
my $ticket = ticket((sent())[1]);
like($saved, qr/saved with us/, 'saved');
unlike($saved, qr/311-7/, 'without a number of 311');
like($thanks, qr/\*$ticket\* now has its 311 number: \*311-7\*/, 'told');
unlike($again, qr/311-7/, 'once');



=== TEST 4: while 311 is away complaints wait, and are registered by themselves
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2: refuse
--- request eval: ::complaint('910000000011', '910000000012', '910000000013')
--- wait_mock: 6
--- pg_wait
SELECT count(*) = 3 FROM outbox WHERE kind = 'register' AND state = 'due'
   AND due < now() + interval '10 s'
--- mock_start: 2
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'register'
--- pg_wait
SELECT count(DISTINCT request_id) = 3 FROM complaint WHERE state = 'registered'
--- perl
is(posts(), 3, 'once each');
--- error_log: connect() failed (111: Connection refused)



=== TEST 5: a registration that was lost is looked up, not made again
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2 eval
[::remember(action => 'drop'), ::list()]
--- request eval: ::complaint('910000000011')
--- wait_mock: 2
--- pg_wait
SELECT state = 'unknown' AND due > now() + interval '30 s'
  FROM outbox WHERE kind = 'register'
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'register'
--- pg_wait: SELECT request_id = '311-77' FROM complaint
--- perl
my ($post, $look) = calls();
my %args = %{ $look->{args} };
my ($day, $start) = (delete $args{start_date}) =~ /^(\d{4}-\d\d-\d\d)T/;
is_deeply([sort keys %args],
          [qw(end_date jurisdiction_id service_code status)], 'looked for');
is($args{service_code}, 'SL_OFF', 'this service');
is($args{status}, 'open,closed', 'whatever became of it');
is(posts(), 1, 'posted once');
is(calls(), 2, 'looked up once');
--- pg_query: SELECT state, notice FROM complaint
--- pg_result: registered|Found again
--- error_log: upstream prematurely closed connection



=== TEST 6: a registration in hand of a worker that dies is looked up
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2 eval
[::remember(action => 'hang'), ::list()]
--- request eval: ::complaint('910000000011')
--- wait_mock2: 1
--- signal: KILL-WORKER
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'register'
--- pg_wait: SELECT request_id = '311-77' FROM complaint
--- perl
is(posts(), 1, 'posted once');
--- error_log: exited on signal 9



=== TEST 7: absence is believed after some looks, then it is posted again
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2
POST /requests.json => 200 times=1 truncate [{"service_request_id":"311-1"}]
GET /requests.json.* => 500 times=1 oops
GET /requests.json.* => 404 times=1 @t/fixtures/open311/deviations/requests-empty-404.json
GET /requests.json.* => 200
  [{"service_request_id":"311-5","service_code":"SL_OFF","status":"open",
  "description":"street light not working","lat":22.7533,"long":75.8937}]
POST /requests.json => 200 [{"service_request_id":"311-2"}]
--- request eval: ::complaint('910000000011')
--- pg_wait
SELECT due > now() + interval '50 s' FROM outbox WHERE kind = 'register'
--- pg_do: UPDATE outbox SET due = now(), claims = 50 WHERE kind = 'register'
--- pg_wait
SELECT due > now() + interval '50 s' AND claims = 51
  FROM outbox WHERE kind = 'register'
--- pg_do: UPDATE outbox SET due = now(), claims = 0 WHERE kind = 'register'
--- pg_wait
SELECT due > now() + interval '50 s' AND claims = 1
  FROM outbox WHERE kind = 'register'
--- pg_do: UPDATE outbox SET due = now(), claims = 2 WHERE kind = 'register'
--- pg_wait
SELECT due > now() + interval '30 s' AND claims = 3
  FROM outbox WHERE kind = 'register'
--- pg_do: UPDATE outbox SET due = now(), claims = 4 WHERE kind = 'register'
--- pg_query: SELECT request_id FROM complaint WHERE request_id IS NOT NULL
--- pg_result: 311-2
--- error_log: upstream prematurely closed connection
--- mock_requests2_like
POST /requests\.json
GET /requests\.json\?.*
GET /requests\.json\?.*
GET /requests\.json\?.*
GET /requests\.json\?.*
POST /requests\.json



=== TEST 8: two workers and one row make one registration
--- civic: civic_311_wait 200ms;
--- workers: 2
--- pg_exec eval: PUT_OFF
--- signed
--- mock_http2
POST /requests.json => 429 times=1 slow
POST /requests.json => 200 delay=2.5 [{"service_request_id":"311-2"}]
--- request eval: ::complaint('910000000011')
--- pg_wait: SELECT state = 'due' FROM outbox WHERE kind = 'register'
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'register'
--- pg_query: SELECT state, request_id FROM complaint
--- pg_result: registered|311-2
--- mock_requests2
POST /requests.json
POST /requests.json
