# Copyright (C) ngx_civic_module contributors
#
# Why: a message to WhatsApp has no idempotency key, so everything hangs on
# what is believed of a failure: what may be sent again, what must wait for a
# status, what is over.  It fails when a refused message is lost or repeated
# for ever, when a doubtful one is sent twice while its status may come, when
# a person's messages overtake each other, or when the token is shown.

use Test::Nginx::Socket;
use Civic::Test::Env;
use Civic::Test::Peer;
use Civic::Test::Talk qw(PUT_OFF);
use Civic::Test::Webhook;

plan 'no_plan';

# A peer that is silent is given up sooner here.

our $Short = 'location /_short/ {
    internal;
    proxy_pass http://graph/;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_read_timeout ' . int(1000 * Civic::Test::Env::slowness()) . 'ms;
    subrequest_output_buffer_size 64k;
}';

our $Path = 'POST /v25.0/200000000000001/messages';
our @People = map { sprintf '9100000000%02d', $_ } 11 .. 30;


# One question of each of the first n people.

sub all_ask {
    my ($n) = @_;

    return post(map { text($_, 'नमस्ते') } @People[0 .. $n - 1]);
}


# A rule for each: how the first message to him is answered.

sub answers {
    my (@answers) = @_;

    my $i = 0;

    return join '', map { "$Path ~ \\+$People[$i++]\" => $_\n" } @answers;
}


# The outbox id of the message to him.

sub outbox_id {
    my ($phone) = @_;

    return (to($phone))[0]{biz_opaque_callback_data};
}

run_tests();

__DATA__

=== TEST 1: a phone number is written with +, a user id alone as recipient
--- civic
--- signed
--- request eval
[post(text('910000000011', 'नमस्ते')),
 "POST /webhook\n" . Civic::Test::Env::slurp(Civic::Test::Env::project_root()
                     . '/t/fixtures/whatsapp/bsuid_text.json')]
--- wait_mock: 2
--- perl
my ($hidden) = grep { exists $_->{recipient} } sent();
my ($known) = grep { exists $_->{to} } sent();
is($known->{to}, '+910000000011', 'to');
ok(!exists $known->{recipient}, 'and no recipient');
is($hidden->{recipient}, 'IN.100000000000000017', 'recipient');
ok(!exists $hidden->{to}, 'and no to');
--- mock_requests_like
POST /v25\.0/200000000000001/messages
  header content-type: application/json
  header authorization: Bearer indore_test_access_token
POST /v25\.0/200000000000001/messages
  header authorization: Bearer indore_test_access_token



=== TEST 2: the token is read from its file again on reload, and never logged
--- civic
--- log_level: info
--- signed
--- request eval: post(text('910000000011', 'नमस्ते'))
--- wait_mock: 1
--- perl
Civic::Test::Env::spew("$ENV{TEST_NGINX_SERVROOT}/conf/access_token",
                       "indore_next_access_token\n");
--- signal: HUP
--- then_request eval: post(text('910000000012', 'नमस्ते'))
--- mock_requests_like
POST /v25\.0/200000000000001/messages
  header authorization: Bearer indore_test_access_token
POST /v25\.0/200000000000001/messages
  header authorization: Bearer indore_next_access_token
--- no_error_log
access_token



=== TEST 3: the second message to a person waits for the answer to the first
--- civic
--- signed
--- mock_http eval
"$::Path ~ location_request => 200 after=2"
. ' {"messages":[{"id":"wamid.TEST{n}"}]}'
--- request eval
[post(text('910000000011', 'street light not working')),
 post(text('910000000011', 'help')), post(text('910000000012', 'नमस्ते'))]
--- wait_mock: 3
--- perl
is((to('910000000011'))[0]{interactive}{type}, 'location_request_message',
   'in order');
is((sent())[2]{to}, '+910000000011',
   'the second message waits for the answer, others do not');



=== TEST 4: order holds over two workers
--- civic
--- workers: 2
--- signed
--- mock_http eval
"$::Path ~ location_request => 200 delay=0.3"
. ' {"messages":[{"id":"wamid.TEST{n}"}]}'
--- request eval
[post(text('910000000011', 'street light not working')),
 map { post(text('910000000011', $_)) } qw(language thanks help)]
--- wait_mock: 4
--- perl
my @ids = map { $_->{biz_opaque_callback_data} } sent();
is_deeply(\@ids, [sort { $a <=> $b } @ids], 'as they were committed');
--- pg_query: SELECT DISTINCT state FROM outbox
--- pg_result: done



=== TEST 5: a message that is put off is not overtaken by the next one
--- civic
--- signed
--- pg_exec eval: PUT_OFF
--- mock_http eval
::answers('500 times=1 {"error":{"code":131000}}')
--- request eval: post(text('910000000011', 'street light not working'))
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE state = 'due'
--- then_request eval: post(text('910000000011', 'help'))
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE state = 'behind'
--- pg_do: UPDATE outbox SET due = now()
--- pg_wait: SELECT count(*) = 2 FROM outbox WHERE state = 'done'
--- perl
my @ids = map { $_->{biz_opaque_callback_data} } sent();
is_deeply([@ids[0, 1]], [$ids[0], $ids[0]], 'the first one comes again');
cmp_ok($ids[2], '>', $ids[0], 'then the second one');



=== TEST 6: what WhatsApp asks us to repeat is kept, and goes later
--- civic
--- pg_exec eval: PUT_OFF
--- signed
--- mock_http eval
::answers('500 times=1 {"error":{"code":131000}}',
          '503 times=1 {"error":{"code":2,"is_transient":true}}',
          '400 times=1 {"error":{"code":130429}}',
          '400 times=1 {"error":{"code":131056}}',
          '500 times=1 {"error":{"code":999999}}')
--- request eval: ::all_ask(5)
--- pg_wait: SELECT count(*) = 5 FROM outbox WHERE state = 'due'
--- pg_wait: SELECT bool_and(seconds BETWEEN 0.5 AND 4) FROM put_off
--- pg_do: UPDATE outbox SET due = now()
--- pg_wait: SELECT count(*) = 5 FROM outbox WHERE state = 'done'
--- wait_mock: 10
--- pg_query
SELECT error, count(wamid) FROM outbox GROUP BY 1 ORDER BY 1
--- pg_result
130429|1
131000|1
131056|1
2|1
999999|1



=== TEST 7: the wait grows with every try, until a message is given up
--- civic
--- pg_exec eval: PUT_OFF
--- signed
--- mock_http eval: "$::Path ~ location_request => 500 {\"error\":{\"code\":131000}}"
--- request eval: post(text('910000000011', 'street light not working'))
--- pg_wait: SELECT state = 'due' FROM outbox
--- pg_do: UPDATE outbox SET attempts = 4, due = now()
--- pg_wait
SELECT max(seconds) > 20 FROM put_off
--- pg_do: UPDATE outbox SET attempts = 5, due = now()
--- wait_mock: 3
--- pg_query: SELECT state, error FROM outbox
--- pg_result: dead|131000
--- error_log: civic: message 1 was not accepted: HTTP 500, code 131000



=== TEST 8: what held a message up before is not counted against it
--- civic
--- pg_exec eval: PUT_OFF
--- signed
--- mock_http eval
"$::Path ~ location_request => 429 times=1 slow
$::Path ~ location_request => 500 {\"error\":{\"code\":131000}}"
--- request eval: post(text('910000000011', 'street light not working'))
--- pg_wait: SELECT state = 'due' FROM outbox
--- pg_do: UPDATE outbox SET claims = 50, due = now()
--- pg_wait: SELECT state = 'due' AND claims = 51 FROM outbox
--- pg_query: SELECT state, attempts, error FROM outbox
--- pg_result: due|1|131000
--- error_log: HTTP 500, code 131000



=== TEST 9: what WhatsApp will never take is dead, with its code
--- civic
--- signed
--- mock_http eval
::answers('400 {"error":{"code":131026}}', '400 {"error":{"code":131047}}',
          '400 {"error":{"code":100}}', '400 {"error":{"code":131009}}',
          '418 {"error":{"code":999999}}')
--- request eval: ::all_ask(5)
--- pg_wait: SELECT count(*) = 5 FROM outbox WHERE state = 'dead'
--- then_request eval: post(text('910000000011', 'नमस्ते'))
--- pg_query
SELECT state, error FROM outbox ORDER BY error::integer
--- pg_result
dead|100
dead|131009
dead|131026
dead|131026
dead|131047
dead|999999
--- mock_requests_like eval
"$::Path\n" x 6



=== TEST 10: a page that is not WhatsApp's stops everything and loses nothing
--- civic
--- log_level: info
--- signed
--- mock_http eval: ::answers('403 times=1 denied')
--- request eval: post(text('910000000011', 'नमस्ते'))
--- pg_wait
SELECT state = 'due' FROM outbox
--- then_request eval: post(text('910000000012', 'नमस्ते'))
--- pg_wait
SELECT count(*) = 2 FROM outbox WHERE state = 'due' AND claims = 0
--- error_log eval
[qr/\[error\].*civic: WhatsApp refuses us \(403\)/,
 qr/\[info\].*civic: message \d+ was not accepted: HTTP 403, code 0/]
--- no_error_log
access_token
9100000000
--- mock_requests_like eval: $::Path



=== TEST 11: nobody listens: the message waits and goes when somebody does
--- civic
--- signed
--- mock_http: refuse
--- request eval: post(text('910000000011', 'नमस्ते'))
--- pg_wait: SELECT state = 'due' FROM outbox
--- mock_start: 1
--- pg_do: UPDATE outbox SET due = now()
--- pg_query: SELECT state, count(wamid) FROM outbox GROUP BY 1
--- pg_result: done|1
--- error_log
connect() failed (111: Connection refused)
--- mock_requests_like
POST /v25\.0/200000000000001/messages



=== TEST 12: an answer that is lost is a doubt: not sent again until it is old
--- civic: civic_whatsapp_pass /_short/v25.0;
--- config eval: $::Short
--- signed
--- mock_http eval
::answers('hang', 'drop', 'rst', '200 truncate {"messages":[{"id":"wamid.A"}]}',
          '200 <html>hello</html>', '502 <html>bad gateway</html>',
          '200 size=70000', '200 {"messages":[]}',
          '200 X-Accel-Redirect:/_311/requests.json {"messages":[{"id":"w"}]}')
--- request eval: ::all_ask(9)
--- wait_mock: 9
--- pg_wait
SELECT count(*) = 9 FROM outbox WHERE state = 'unknown'
   AND due BETWEEN now() + interval '100 s' AND now() + interval '120 s'
--- error_log
upstream timed out
upstream prematurely closed connection
Connection reset by peer
too big subrequest response
civic: an answer leads elsewhere
--- pg_query: SELECT count(*) FROM outbox WHERE wamid IS NULL AND status = 0
--- pg_result: 9
--- mock_requests_like eval
"$::Path\n" x 9



=== TEST 13: a status with our mark settles a doubt; without one it goes again
--- civic: civic_whatsapp_pass /_short/v25.0;
--- config eval: $::Short
--- signed
--- mock_http eval
::answers('drop times=1', 'drop times=1', 'drop times=1')
--- request eval: ::all_ask(3)
--- pg_wait
SELECT count(*) = 3 FROM outbox WHERE due > now() + interval '100 s'
--- then_request eval
post(status('wamid.LATE', 'delivered', '910000000011',
            biz_opaque_callback_data => ::outbox_id('910000000011')),
     status('wamid.GONE', 'failed', '910000000012',
            biz_opaque_callback_data => ::outbox_id('910000000012'),
            errors => [{ code => 131026 }]))
--- pg_do: UPDATE outbox SET due = now()
--- wait_mock: 4
--- pg_wait: SELECT count(*) = 2 FROM outbox WHERE state = 'done'
--- perl
is(to('910000000011'), 1, 'delivered: not sent again');
is(to('910000000012'), 1, 'failed: not sent again');
is(to('910000000013'), 2, 'unknown for too long: sent again');
is((to('910000000013'))[1]{biz_opaque_callback_data},
   ::outbox_id('910000000013'), 'with the same mark');
--- pg_query
SELECT state, wamid LIKE 'wamid.TEST%', status, error FROM outbox ORDER BY 2, 1
--- pg_result
dead|f|0|131026
done|f|2|
done|t|0|
--- error_log: upstream prematurely closed connection



=== TEST 14: statuses come in any order and are never taken back
--- civic
--- signed
--- mock_http eval
::answers(map { "200 {\"messages\":[{\"id\":\"wamid.M$_\"}]}" } 1 .. 4)
--- request eval: ::all_ask(4)
--- pg_wait: SELECT count(*) = 4 FROM outbox WHERE state = 'done'
--- then_request eval
[post(status('wamid.M1', 'read', '910000000011')),
 post(status('wamid.M1', 'sent', '910000000011'),
      status('wamid.M2', 'sent', '910000000012'),
      status('wamid.M2', 'delivered', '910000000012'),
      status('wamid.M3', 'failed', '910000000013',
             errors => [{ code => 131026 }]),
      status('wamid.M4', 'delivered', '910000000014')),
 post(status('wamid.M1', 'delivered', '910000000011'),
      status('wamid.M4', 'failed', '910000000014',
             errors => [{ code => 131049 }]))]
--- pg_query
SELECT wamid, state, status, error FROM outbox ORDER BY wamid
--- pg_result
wamid.M1|done|3|
wamid.M2|done|2|
wamid.M3|dead|0|131026
wamid.M4|done|2|



=== TEST 15: a status may be faster than the answer it belongs to
--- civic
--- signed
--- mock_http eval
::answers('200 delay=0.5 {"messages":[{"id":"wamid.M"}]}')
--- request eval: post(text('910000000011', 'नमस्ते'))
--- wait_mock: 1
--- then_request eval
post(status('wamid.M', 'read', '910000000011',
            biz_opaque_callback_data => ::outbox_id('910000000011')))
--- pg_wait: SELECT state = 'done' AND wamid = 'wamid.M' FROM outbox
--- pg_wait: SELECT due < now() + interval '5 s' FROM outbox
--- pg_query: SELECT state, wamid, status FROM outbox
--- pg_result: done|wamid.M|3
--- mock_requests_like
POST /v25\.0/200000000000001/messages



=== TEST 16: a status that came before the answer was lost leaves no doubt
--- civic
--- signed
--- mock_http eval
::answers('drop delay=0.5')
--- request eval: post(text('910000000011', 'नमस्ते'))
--- wait_mock: 1
--- then_request eval
post(status('wamid.M', 'delivered', '910000000011',
            biz_opaque_callback_data => ::outbox_id('910000000011')))
--- wait_log: civic: message 1 was not accepted: no answer
--- pg_query: SELECT state, wamid, status FROM outbox
--- pg_result: done|wamid.M|2
--- error_log: upstream prematurely closed connection



=== TEST 17: statuses of messages nobody knows, or of another's mark, change nothing
--- civic
--- signed
--- mock_http eval
::answers('200 {"messages":[{"id":"wamid.M"}]}')
--- request eval: post(text('910000000011', 'नमस्ते'))
--- pg_wait: SELECT state = 'done' FROM outbox
--- then_request eval
my $id = ::outbox_id('910000000011');
[post(status('wamid.X', 'read', '910000000011'),
      status('wamid.Y', 'failed', '910000000011',
             biz_opaque_callback_data => $id, errors => [{ code => 1 }]),
      status('wamid.Z', 'failed', '910000000011',
             biz_opaque_callback_data => 'order 66; DROP TABLE outbox')),
 post(status('wamid.M', 'delivered', '910000000011'))]
--- pg_query: SELECT wamid, state, status, error FROM outbox
--- pg_result: wamid.M|done|2|



=== TEST 18: a peer that gives the same id twice does not make us repeat
--- civic
--- signed
--- mock_http eval
"$::Path ~ \"to\" => 200 {\"messages\":[{\"id\":\"wamid.SAME\"}]}"
--- request eval: ::all_ask(3)
--- wait_mock: 3
--- pg_query: SELECT state, count(*) FROM outbox GROUP BY 1
--- pg_result: done|3



=== TEST 19: Retry-After: this message as late as told, others not before it is over
--- civic
--- pg_exec eval: PUT_OFF
--- signed
--- mock_http eval: ::answers('429 times=1 Retry-After:90 slow')
--- request eval: post(text('910000000011', 'help'))
--- pg_wait: SELECT bool_and(seconds BETWEEN 89 AND 90) FROM put_off
--- then_request eval: post(text('910000000012', 'help'))
--- pg_wait
SELECT state = 'due' FROM outbox ORDER BY outbox_id DESC LIMIT 1
--- mock_requests_like eval: $::Path
--- error_log: civic: WhatsApp asks for patience
