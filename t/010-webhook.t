# Copyright (C) ngx_civic_module contributors
#
# Why: the webhook is the one door that stands open to the world.  It fails
# when the challenge goes out without the token (ngx_civic_webhook_verify()),
# when a status changes that Meta acts upon, when what we do not know is not
# answered 200 or not counted, or when a sender who goes away takes the
# message with him (the read_event_handler in ngx_civic_webhook_accept(), the
# posted requests in ngx_civic_webhook_one_less()).  Signatures and the shapes
# of a body are the matter of 011-signature.t.

use Test::Nginx::Socket;

use Civic::Test::Env qw(server_port);
use Civic::Test::Talk qw(metric until_true);
use Civic::Test::Webhook;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);

log_level('info');


# Meta's question, with these parameters changed; undef leaves one out.

sub verification {
    my (%change) = @_;

    my %arg = (mode => 'subscribe', challenge => '1158201444',
               verify_token => 'indore_test_verify_token', %change);

    return 'GET /webhook?' . join '&', map { "hub.$_=$arg{$_}" }
                             grep { defined $arg{$_} } sort keys %arg;
}


sub connection {
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                 PeerPort => server_port())
        // die "no connection: $!\n";
}


# Goes away as a crashed peer does, with a reset.

sub reset_connection {
    my ($sock) = @_;

    setsockopt $sock, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    close $sock;
}

run_tests();

__DATA__

=== TEST 1: the challenge goes back byte for byte, as text
--- civic
--- request eval: verification()
--- response_headers
Content-Type: text/plain
Content-Length: 10
--- response_body chomp
1158201444



=== TEST 2: percent signs and plus in the challenge are decoded, once
--- civic
--- request eval
verification(challenge => '%D8%A7%3Cscript%3E%26+%2B%2525')
--- response_headers
Content-Type: text/plain
--- response_body eval
"\xd8\xa7<script>& +%25"



=== TEST 3: the parameters may stand in any order, beside others
--- civic
--- request
GET /webhook?x=1&hub.verify_token=indore_test_verify_token&hub.challenge=a%20b&y&hub.mode=subscribe
--- response_body chomp
a b



=== TEST 4: the token may be encoded as well
--- civic
--- request eval
verification(verify_token => 'indore%5Ftest%5Fverify%5Ftoken')
--- response_body chomp
1158201444



=== TEST 5: no challenge goes out without the token
--- civic
--- request eval
[verification(verify_token => 'wrong'),
 verification(verify_token => 'indore_test_verify_toke'),
 verification(verify_token => 'indore_test_verify_token_'),
 verification(verify_token => 'INDORE_TEST_VERIFY_TOKEN'),
 verification(verify_token => 'indore_test_verify_token%00'),
 verification(verify_token => ''), verification(verify_token => undef),
 verification(challenge => undef), verification(mode => undef),
 verification(mode => ''), verification(mode => 'sub'),
 verification(mode => 'unsubscribe'), verification(mode => 'subscribed'),
 'GET /webhook', 'GET /webhook?', 'GET /webhook?hub.challenge=1158201444']
--- error_code: 403
--- response_body_unlike: 1158201444
--- no_error_log
1158201444



=== TEST 6: other methods
--- civic
--- request eval
map { "$_ /webhook" } qw(PUT DELETE HEAD OPTIONS PATCH)
--- error_code: 405



=== TEST 7: signed by Meta, but no webhook
--- civic
--- request eval
my $good = webhook(text('910000000011', 'hello'));
map { "POST /webhook\n$_" }
    substr($good, 0, -1), "$good,", "$good$good", "[$good]", 'null', '"x"',
    '{', 'hello', '[' x 100_000, '{"object":' x 70 . '1' . '}' x 70,
    "\x00$good", $good =~ s/hello/hel\x01lo/r
--- signed
--- error_code eval
[(400) x 11, 200]
--- perl
is(metric('webhooks_broken_total'), 11, 'counted');
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
1



=== TEST 8: what we do not know is answered 200, counted and left alone
--- civic
--- request eval
my $messages = post(text('910000000011', 'hello'));
($messages =~ s/whatsapp_business_account/page/r,
 $messages =~ s/"field":"messages"/"field":"groups_v9"/r,
 post(status('wamid.X', 'warped', '910000000011')),
 post({ %{ text('910000000011', 'x') }, id => undef }),
 post(text('', 'x')),
 $messages =~ s/"entry":/"entries":/r, $messages =~ s/"changes":/"change":/r,
 $messages =~ s/"messages":\[.*?\],"messag/"messages":"none","messag/r)
--- signed
--- error_code: 200
--- perl
is(metric('webhooks_total'), 8, 'all were read');
is(metric('webhook_unknown_total'), 6, 'what was skipped is counted');
is(metric('messages_total'), 0, 'nothing was acted upon');
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT count(*) FROM citizen)
--- pg_result
0|0
--- mock_requests



=== TEST 9: a kind we do not know is counted, and its sender gets an answer
--- civic
--- request eval
post(message('910000000011', 'hologram', { id => '1' }))
--- signed
--- perl
is(metric('webhook_unknown_total'), 1, 'counted');
is(metric('messages_total'), 1, 'and acted upon');
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "to":"\+910000000011"
--- pg_query
SELECT kind, count(*) FROM message_in GROUP BY 1
--- pg_result
other|1



=== TEST 10: events of the account and errors out of band are counted
--- civic
--- request eval
my $change = sub { '{"object":"whatsapp_business_account","entry":[{"id":"1",'
                   . '"changes":[{"field":"' . $_[0] . '","value":' . $_[1]
                   . '}]}]}' };
map { "POST /webhook\n$_" }
    $change->('account_update', '{"event":"ACCOUNT_DELETED"}'),
    $change->('security', '{"event":"PIN_CHANGED"}'),
    $change->('messages', '{"errors":[{"code":130429},{"code":131000}]}')
--- signed
--- perl
is(metric('webhook_account_total'), 2, 'account');
is(metric('webhook_errors_total'), 2, 'errors');
is(metric('webhook_unknown_total'), 0, 'nothing unknown');



=== TEST 11: HTTP/1.0
--- civic
--- request eval
[verification() . ' HTTP/1.0',
 post(text('910000000011', 'hello')) =~ s{/webhook}{/webhook HTTP/1.0}r]
--- signed
--- error_code: 200
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
1



=== TEST 12: webhooks one behind the other on one connection
--- civic
--- pipelined_requests eval
[(map { post(text("91000000001$_", 'hello')) } 1 .. 5),
 verification(),
 (map { post(text("91000000001$_", 'hello again')) } 1 .. 5)]
--- signed
--- error_code: 200
--- response_body_like eval
[('^$') x 5, '^1158201444$', ('^$') x 5]
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
10



=== TEST 13: a refused webhook on a connection does not spoil the next ones
--- civic
--- pipelined_requests eval
our @bodies = map { webhook(text("91000000001$_", 'hello')) } 1 .. 3;
map { "POST /webhook\n$_" } @bodies, '{'
--- more_headers eval
[sign($bodies[0]), sign('nothing'), sign($bodies[2]), sign('{')]
--- error_code eval
[200, 403, 200, 400]
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
2



=== TEST 14: the sender is reset before the answer; the message is acted upon
--- civic
--- pg_freeze
--- perl
our $body = webhook(text('910000000011', 'kachra gadi nahi aayi'));
my $sock = connection();
print $sock raw($body, $body, 'Content-Length: ' . length $body);
$sock->flush;
until_true(sub { metric('webhooks_total') == 1 });
reset_connection($sock);
--- pg_thaw
--- pg_wait
SELECT count(*) = 1 FROM message_in
--- wait_mock: 1
--- raw_request eval
raw($body, $body, 'Content-Length: ' . length $body)
--- error_code: 200
--- perl
is(metric('messages_total'), 1, 'acted upon');
is(metric('messages_duplicate_total'), 1, 'and not again');
--- mock_requests
POST /v25.0/200000000000001/messages



=== TEST 15: the sender closes properly before the answer
--- civic
--- pg_freeze
--- perl
our $body = webhook(map { text("91000000001$_", 'hello') } 1 .. 5);
my $sock = connection();
print $sock raw($body, $body, 'Content-Length: ' . length $body);
$sock->flush;
shutdown $sock, 1;
until_true(sub { metric('webhooks_total') == 1 });
close $sock;
--- pg_thaw
--- pg_wait
SELECT count(*) = 5 FROM message_in
--- wait_mock: 5
--- request
GET /status
--- response_body_like: civic_messages_total 5



=== TEST 16: the sender is lost in the middle of a body; nothing happens
--- civic
--- perl
my $body = webhook(text('910000000011', 'kachra gadi nahi aayi'));
my $sock = connection();
print $sock raw($body, substr($body, 0, 100),
                'Content-Length: ' . length $body);
$sock->flush;
reset_connection($sock);
--- wait_log
POST /webhook
--- request
GET /status
--- response_body_like: civic_webhooks_total 0
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
0



=== TEST 17: both locations of a server{} take webhooks, once each message
--- civic
--- config
    location = /other { civic_webhook; }
--- request eval
our $hello = post(text('910000000011', 'hello'));
[$hello, $hello =~ s{/webhook}{/other}r]
--- signed
--- error_code: 200
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
1
