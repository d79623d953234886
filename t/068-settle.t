# Copyright (C) ngx_civic_module contributors
#
# Why: what a person says in one breath, in several messages, in any order and
# on any worker, becomes one draft and one answer.  It fails when a question
# does not wait (civic_talk_ask), when a later message does not begin the time
# anew (the serial in civic_wait_begin), or when the end of the time is lost
# with the worker that counted it (the row of kind "wait").

use Test::Nginx::Socket;
use Civic::Test::Webhook;
use Civic::Test::Peer;

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];
our $Me = '910000000011';
our $Quiet = q{SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE open)};

run_tests();


__DATA__

=== TEST 1: a question is asked when nothing more came
--- civic: civic_settle 200ms;
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- pg_query
SELECT kind, state FROM outbox ORDER BY outbox_id
--- pg_result
wait|done
send|done
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message



=== TEST 2: words, photo and pin at once, on two workers, have one answer
--- civic: civic_settle 60s;
--- workers: 2
--- signed
--- together
--- request eval
[post(photo($::Me, 'm1')), post(text($::Me, 'street light not working')),
 post(pin($::Me, @$::Pin))]
--- pg_wait: SELECT count(*) = 1 FROM complaint WHERE state = 'registered'
--- pg_query
SELECT service, lat, address FROM complaint
--- pg_result: SL_OFF|22753300|
--- mock_requests_like
POST /v25.0/200000000000001/messages
  \*\d{8}\*



=== TEST 3: each message begins the time anew
--- civic: civic_settle 700ms;
--- signed
--- request eval: post(text($::Me, 'the drain is blocked'))
--- pg_wait: SELECT count(*) = 1 FROM outbox
--- then_request eval: post(text($::Me, 'for four days'))
--- wait_mock: 1
--- pg_query
SELECT string_agg(kind, ' ' ORDER BY made),
       max(made) - max(made) FILTER (WHERE kind = 'wait')
       >= interval '700 milliseconds', (SELECT words FROM draft) FROM outbox
--- pg_result
wait wait send|t|the drain is blocked
for four days
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message



=== TEST 4: the question is asked by another when the worker is dead
--- civic: civic_settle 500ms;
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- signal: KILL-WORKER
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message
--- error_log
exited on signal 9



=== TEST 5: and after a restart
--- civic: civic_settle 500ms;
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- restart
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message



=== TEST 6: a greeting is answered when nothing follows it, and not before
--- civic: civic_settle 300ms;
--- signed
--- request eval: post(text($::Me, 'hello'), text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait eval: $::Quiet
--- then_request eval: post(text('910000000012', 'hello'))
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message
POST /v25.0/200000000000001/messages
  cmd:language



=== TEST 7: what is complete waits for nothing
--- civic: civic_settle 60s;
--- signed
--- request eval
post(text($::Me, 'street light not working'), pin($::Me, @$::Pin))
--- mock_requests_like
POST /v25.0/200000000000001/messages
  \*\d{8}\*



=== TEST 8: a kind tapped under a photo waits for the place it asked for, too
--- civic: civic_settle 200ms;
--- signed
--- request eval: post(photo($::Me, 'm1', id => 'wamid.PHOTO'))
--- wait_mock: 1
--- then_request eval
post(row($::Me, 'svc:SWM_DUMP', 'Kachre ka dher', id => 'wamid.ROW'))
--- pg_wait
SELECT EXISTS (SELECT 1 FROM outbox WHERE kind = 'wait' AND open
                AND due > now() + interval '15 s')
--- then_request eval: post(pin($::Me, @$::Pin, id => 'wamid.PIN'))
--- wait_mock: 2
--- perl
my ($question, $receipt, @more) = sent();
like(words($question), qr/कहाँ/, 'one question, for both');
ok(ticket($receipt), 'and the receipt');
is(@more, 0, 'and nothing between');
is_deeply({ map { $_->{message_id} => $_->{typing_indicator} ? 1 : 0 }
            marks() },
          { 'wamid.PHOTO' => 1, 'wamid.ROW' => 0, 'wamid.PIN' => 1 },
          'who is waited for does not see us typing');
is((posts())[0]{form}{description},
   "Garbage dump / litter in public place / कचरे का ढेर / खुले में कचरा"
   . " (SWM_DUMP)\nRef: WA-" . ticket($receipt),
   'officers read what was tapped where nothing was written');
--- mock_requests_like
POST /v25.0/200000000000001/messages
  svc:SWM_DUMP
POST /v25.0/200000000000001/messages
  \*\d{8}\*
