# Copyright (C) ngx_civic_module contributors
#
# Why: WhatsApp takes so many messages a second from a number, so many to one
# person, and an upstream so many calls at a time; whoever sends faster is
# refused, and in the end shut out.  It fails when a person's bucket in the
# zone is not asked (ngx_civic_pair_take in ngx_civic_outbox_send), when its
# refusals do not add up (ngx_civic_pair_refuse), when notices go before
# answers (the two queues of ngx_civic_outbox_pump and the lanes of
# claim_outbox), or when more calls run than were allowed (graph.max).

use Test::Nginx::Socket;
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Path = 'POST /v25.0/200000000000001/messages';

# When the messages came, in seconds, by whom they were to.

sub times {
    my ($phone) = @_;

    return map { $_->{time} }
           grep { $_->{body} =~ /"to":"\+$phone"/ } seen(1);
}

run_tests();

__DATA__

=== TEST 1: a person is sent a burst, then one message at a time; others go on
--- civic: civic_whatsapp_rate 1000 pair=1s burst=3;
--- perl
my $line = line();
is(say($line, post(map { text('910000000011', 'help') } 1 .. 5)), 200, 'five');
is(say($line, post(text('910000000012', 'help'))), 200, 'somebody else');
until_true(sub { sent() == 6 });
my @times = ::times('910000000011');
cmp_ok($times[3] - $times[0], '>=', 0.9, 'the fourth waits for its second');
cmp_ok($times[4] - $times[3], '>=', 0.9, 'the fifth for the next');
my ($other) = ::times('910000000012');
cmp_ok($other, '<', $times[3], 'somebody else does not');
--- error_code: 200



=== TEST 2: a wait that is longer than a moment is spent in Postgres
--- civic: civic_whatsapp_rate 1000 pair=60s burst=1;
--- perl
is(say(line(), post(map { text('910000000011', 'help') } 1 .. 2)), 200, 'two');
until_true("SELECT count(*) = 1 FROM outbox WHERE state = 'due'
             AND due > now() + interval '50 s'");
is(sent(), 1, 'one has left');
is(metric('worker_outbox_jobs{peer="whatsapp"}'), 0, 'nobody has the other in hand');
--- error_code: 200



=== TEST 3: WhatsApp's own refusal counts up for the person: 4^X seconds
--- civic
--- pg_exec eval: PUT_OFF
--- mock_http eval: "$::Path ~ \"to\" => 400 times=3 {\"error\":{\"code\":131056}}"
--- perl
is(say(line(), post(text('910000000011', 'help'))), 200, 'asked');
for my $seconds (1, 4, 16) {
    until_true("SELECT bool_or(round(seconds) = $seconds) FROM put_off");
    rows('UPDATE outbox SET due = now()');
}
until_true("SELECT state = 'done' FROM outbox");
--- error_log: code 131056



=== TEST 4: answers leave before notices that have waited longer
--- civic: civic_whatsapp_rate 1;
--- pg_exec
INSERT INTO citizen (user_id) SELECT 'IN.' || i FROM generate_series(1, 4) i;
INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen;
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
SELECT i, 'send', (i <= 2)::int, 'due', now() - (9 - i) * interval '1 s',
       '{"type": "text", "text": {"body": "hello"}}' FROM generate_series(1, 4) i
--- perl
until_true(sub { sent() == 4 });
is_deeply([map { $_->{biz_opaque_callback_data} } sent()], [3, 4, 1, 2],
          'in this order');



=== TEST 5: an answer passes the notices a worker has in hand
--- civic: civic_whatsapp_rate 1;
--- pg_exec
INSERT INTO citizen (user_id) SELECT 'IN.' || i FROM generate_series(1, 6) i;
INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen;
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
SELECT i, 'send', 1, 'due', now(),
       '{"type": "text", "text": {"body": "hello"}}' FROM generate_series(1, 6) i
--- wait_mock: 1
--- perl
until_true("SELECT count(*) = 5 FROM outbox WHERE state = 'taken'");
is(say(line(), post(text('910000000011', 'help'))), 200, 'a question');
until_true(sub { sent() == 7 });
my ($place) = grep { (sent())[$_]{to} eq '+910000000011' } 0 .. 6;
cmp_ok($place, '<=', 2, 'is answered before them');
--- error_code: 200



=== TEST 6: what nobody waits for is a notice
--- civic: civic_311_wait 100ms;
--- mock_http2
POST /requests.json => 200 times=1 [{"token":"T1"}]
GET /tokens/T1.json(?:\?.*)? => 200 [{"service_request_id":"311-9","token":"T1"}]
--- perl
my $line = line();
is(say($line, post(text('910000000011', 'street light not working'))), 200, 'a');
is(say($line, post(pin('910000000011', '22.7533', '75.8937'))), 200, 'complaint');
until_true("SELECT count(*) = 1 FROM outbox WHERE kind = 'token'");
is(say($line, post(text('910000000011', 'new complaint'))), 200, 'another');
is(say($line, post(text('910000000011', 'garbage not collected'))), 200, 'one');
is(say($line, post(pin('910000000011', '22.7533', '75.8937'))), 200, 'follows');
rows("UPDATE outbox SET due = now() WHERE kind = 'token'");
until_true("SELECT count(*) = 1 FROM outbox WHERE lane = 1 AND state = 'done'");
is(rows("SELECT count(*) FROM outbox WHERE kind = 'send' AND lane = 0"), 5,
   'an answer to each message');
--- error_code: 200



=== TEST 7: no more calls at a time than the location allows
--- civic: civic_whatsapp_pass /_graph/v25.0 calls=1;
--- mock_http eval
"$::Path ~ \"to\" => 200 delay=0.2 {\"messages\":[{\"id\":\"wamid.TEST{n}\"}]}"
--- perl
is(say(line(), post(map { text($_, 'help') } 910000000011 .. 910000000013)),
   200, 'three people');
until_true(sub { sent() == 3 });
my @times = sort { $a <=> $b } map { ::times($_) } 910000000011 .. 910000000013;
cmp_ok($times[1] - $times[0], '>=', 0.2, 'one');
cmp_ok($times[2] - $times[1], '>=', 0.2, 'after the other');



=== TEST 8: a refusal for pace that comes as a status counts up as well
--- civic
--- perl
my $line = line();
is(say($line, post(text('910000000011', 'help'))), 200, 'asked');
until_true("SELECT state = 'done' FROM outbox");
for my $seconds (1, 4) {
    is(say($line, post(status(rows('SELECT wamid FROM outbox'), 'failed',
                              '910000000011',
                              errors => [{ code => 131056 }]))), 200, 'refused');
    is(rows('SELECT round(extract(epoch FROM due - clock_timestamp()) / 2)
               FROM outbox'), $seconds == 1 ? 0 : 2, "$seconds s");
    rows('UPDATE outbox SET due = now()');
    until_true("SELECT state = 'done' FROM outbox");
}
--- error_log: code 131056
