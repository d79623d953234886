# Copyright (C) ngx_civic_module contributors
#
# Why: a call that was lost may have been heard.  Sent again blindly a citizen
# is told twice and a crew comes twice; never sent again nobody is told.  It
# fails when a message of unknown outcome is sent again before its time or for
# ever (ngx_civic_graph_end, NGX_CIVIC_SEND_DOUBTS), when a status that comes
# ever so late does not settle it (record_statuses), when a failure after the acceptance is not
# acted upon (ngx_civic_statuses_failed), or when a registration that cannot
# be looked up is not what the operator wants (ngx_civic_open311_unasked).

use Test::Nginx::Socket;
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Path = 'POST /v25.0/200000000000001/messages';
our $Me = '910000000011';

run_tests();

__DATA__

=== TEST 1: each unknown outcome is followed by one more try, six in all
--- civic: civic_whatsapp_unknown 20ms;
--- mock_http eval: "$::Path ~ \"to\" => drop"
--- perl
my $line = line();
is(say($line, post(text($::Me, 'help'))), 200, 'asked');
until_true("SELECT state = 'dead' AND error = 'unknown' FROM outbox");
my @sent = sent();
is(@sent, 6, 'six times in all');
is($sent[0]{biz_opaque_callback_data}, $sent[5]{biz_opaque_callback_data},
   'with one mark');
is(say($line, post(status('wamid.LATE', 'delivered', $::Me,
       biz_opaque_callback_data => $sent[0]{biz_opaque_callback_data}))), 200,
   'a status after all');
is(rows('SELECT state, status, wamid FROM outbox'), 'done|2|wamid.LATE',
   'it had arrived');
--- error_log
upstream prematurely closed connection
civic: message 1 stays unknown, it is not sent again



=== TEST 2: a dead message does not hold up the next one
--- civic: civic_whatsapp_unknown 20ms;
--- mock_http eval
"$::Path ~ \"to\" => drop times=6
$::Path => 200 {\"messages\":[{\"id\":\"wamid.TEST{n}\"}]}"
--- perl
is(say(line(), post(map { text($::Me, 'help') } 1 .. 2)), 200, 'two');
until_true("SELECT string_agg(state, ' ' ORDER BY outbox_id) = 'dead done'
              FROM outbox");
is(sent(), 7, 'which left by itself');
--- error_log
upstream prematurely closed connection
stays unknown



=== TEST 3: a message that failed for a while goes again, for ever it does not
--- civic
--- perl
my $line = line();
is(say($line, post(map { text($_, 'help') } $::Me, '910000000012')), 200, 'two');
until_true("SELECT count(*) = 2 FROM outbox WHERE state = 'done'");
my %wamid = map { split /\|/ } split /\n/, rows('SELECT phone, wamid FROM outbox
                                                 JOIN citizen USING (citizen_id)');
is(say($line, post(status($wamid{$::Me}, 'sent', $::Me),
    status($wamid{$::Me}, 'failed', $::Me, errors => [{ code => 131000 }]),
    status($wamid{910000000012}, 'failed', '910000000012',
           errors => [{ code => 131026 }]))), 200, 'failed');
is(rows("SELECT state, error FROM outbox WHERE wamid = '$wamid{910000000012}'"),
   'dead|131026', 'no WhatsApp there');
until_true(sub { to($::Me) == 2 });
until_true("SELECT state = 'done' FROM outbox WHERE error = '131000'");
is(metric('messages_failed_total'), 2, 'counted');
--- error_log
failed after it was accepted: code 131000
failed after it was accepted: code 131026



=== TEST 4: what a citizen was to be told of a complaint, and was not, is noted
--- civic
--- perl
my $line = line();
::complaint($line, $::Me);
until_true("SELECT count(*) = 2 FROM outbox WHERE kind = 'send'
             AND state = 'done'");
my $receipt = rows("SELECT wamid FROM outbox WHERE kind = 'send'
                     ORDER BY outbox_id DESC LIMIT 1");
is(say($line, post(status($receipt, 'failed', $::Me,
                          errors => [{ code => 131026 }]))), 200, 'failed');
is(rows("SELECT who, note FROM event WHERE what = 'undelivered'"),
   'whatsapp|131026', 'in the history of the complaint');
--- error_log: failed after it was accepted: code 131026



=== TEST 5: a registration that cannot be looked up is held for the desk
--- civic: civic_311_unknown hold wait=100ms;
--- mock_http2
POST /requests.json => drop
GET /requests.json\?.* => 405 [{"code":405,"description":"no list"}]
--- perl
::complaint(line(), $::Me);
until_true("SELECT state = 'held' FROM complaint");
is(posts(), 1, 'posted once');
is(rows("SELECT state, error FROM outbox WHERE kind = 'register'"),
   'dead|unknown', 'an operator finds it');
--- error_log
upstream prematurely closed connection
whether 311 has complaint 1 is unknown and cannot be asked



=== TEST 6: or posted again, if the operator would rather have it twice
--- civic: civic_311_unknown retry wait=100ms;
--- mock_http2
POST /requests.json => drop times=1
POST /requests.json => 200 [{"service_request_id":"311-2"}]
GET /requests.json\?.* => 405 [{"code":405,"description":"no list"}]
--- perl
::complaint(line(), $::Me);
until_true("SELECT request_id = '311-2' FROM complaint");
is(posts(), 2, 'posted again');
is(calls('/requests\.json') - posts(), 3, 'after three questions');
--- error_log: upstream prematurely closed connection



=== TEST 7: dead letters are listed, replayed and dropped by util/outbox
--- civic
--- mock_http eval
"$::Path ~ \"to\" => 400 times=2 {\"error\":{\"code\":131026}}
$::Path => 200 {\"messages\":[{\"id\":\"wamid.TEST{n}\"}]}"
--- mock_http2
POST /requests.json => 400 times=1 [{"code":400,"description":"lat missing"}]
POST /requests.json => 200 [{"service_request_id":"311-2"}]
--- perl
my $line = line();
is(say($line, post(map { text($_, 'help') } 910000000012, 910000000013)), 200,
   'two nobody reaches');
until_true("SELECT count(*) = 2 FROM outbox WHERE state = 'dead'");
::complaint($line, $::Me);
until_true("SELECT state = 'held' FROM complaint");
my $run = sub { my $said = qx(util/outbox "$ENV{TEST_NGINX_PG}" @_ 2>&1);
                return ($? >> 8) . "|$said" };
my $list = $run->('list');
like($list, qr/^0\|.*\b1 \| send +\| 131026.*\b2 \| send +\| 131026/s, 'listed');
like($list, qr/register \| refused +\| +1 \| \d{8}/, 'with the tracking number');
unlike($list, qr/9100000000|street|Here/, 'and nothing of a citizen');
like($run->('list --kind register'), qr/^0\|(?!.*send)/s, 'by kind');
is($run->('drop 2'), "0|dropped 1\n", 'dropped');
like($run->('drop 2'), qr/^1\|dropped 0\n.*the others are not dead/s, 'once');
like($run->('replay 99'), qr/^1\|/, 'of nothing');
like($run->('replay'), qr/^2\|usage/, 'of what?');
is($run->('replay --all'), "0|to be tried again: 2\n", 'replayed');
until_true("SELECT state = 'registered' FROM complaint");
until_true(sub { to('910000000012') == 2 });
is(to('910000000013'), 1, 'what was dropped is not sent');
--- error_log
code 131026
311 refused complaint 1
