# Copyright (C) ngx_civic_module contributors
#
# Why: the webhook is the one door that stands open to the world.  Only Meta
# gets in, known by the signature over the very bytes received, however these
# arrive; whoever else knocks is told nothing and changes nothing.  It fails
# when the signature is checked after parsing, over other bytes, or not at
# all (ngx_civic_signature_check() in ngx_civic_webhook_body()); when one of
# the shapes of a body is lost (ngx_civic_webhook_gather()); when a limit or a
# status changes; or when the challenge goes out without the token.

use Test::Nginx::Socket;

use Civic::Test::Env qw(poll_until server_port);
use Civic::Test::Sign qw(APP_SECRET sign signature);
use Civic::Test::Webhook;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);

use constant MIB4 => 4 * 1024 * 1024;

log_level('info');

# The contract's vectors: body, digest under the tests' secret.

our @vectors = (
    ['{"object":"whatsapp_business_account","entry":[]}',
     '6cad82c1c813e1215c7d94903f354146557a8827684b306d2a98297c25ef0275'],
    ['{"object": "whatsapp_business_account", "entry": []}',
     'df79e2139c4b3a3be63a12ad393622baa729968d61f8c7985b72f345723a2fef'],
    ['{"t":"\u092a\u093e\u0928\u0940"}',
     '8838084746feec6b5c0905cf37e2a479c35974dfc543b1829401eb52d8e37100'],
    ['{"t":"पानी"}',
     '33b4d5b0a761dc62c4c80bdcdc222e01c4e8f4f2fc704cdb02e133094a1cc9d3'],
);


# Meta's question, with these parameters changed; undef leaves one out.

sub verification {
    my (%change) = @_;

    my %arg = (mode => 'subscribe', challenge => '1158201444',
               verify_token => 'indore_test_verify_token', %change);

    return 'GET /webhook?' . join '&', map { "hub.$_=$arg{$_}" }
                             grep { defined $arg{$_} } sort keys %arg;
}


# A request as bytes, with a good signature; headers as the test gives them.

sub raw {
    my ($body, $sent, @headers) = @_;

    return join "\r\n", 'POST /webhook HTTP/1.1', 'Host: localhost',
                'Connection: close', sign($body), @headers, '', $sent;
}


sub chunked {
    my ($size, $body) = @_;

    my $out = join '', map { sprintf "%x\r\n%s\r\n", length, $_ }
              unpack "(a$size)*", $body;

    return raw($body, "${out}0\r\n\r\n", 'Transfer-Encoding: chunked');
}


# A body of a size exactly, with this in it: spaces after it are JSON too.

sub padded {
    my ($size, @items) = @_;

    my $body = webhook(@items);

    return substr($body, 0, -1) . ' ' x ($size - length $body) . '}';
}


sub connection {
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                 PeerPort => server_port())
        // die "no connection: $!\n";
}


sub counter {
    my ($name) = @_;

    my $sock = connection();
    print $sock "GET /status HTTP/1.0\r\n\r\n";
    my $text = join '', readline $sock;

    return $text =~ /^civic_\Q$name\E (\d+)$/m ? $1 : die "no $name\n$text";
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
 verification(mode => 'unsubscribe'), verification(mode => 'subscribed'),
 'GET /webhook', 'GET /webhook?', 'GET /webhook?hub.challenge=1158201444']
--- error_code: 403
--- response_body_unlike: 1158201444
--- no_error_log
1158201444



=== TEST 6: the contract's vectors are known by their signatures
--- civic
--- request eval
map { "POST /webhook\n$_->[0]" } @vectors
--- more_headers eval
[map { "X-Hub-Signature-256: sha256=$_->[1]" } @vectors]
--- error_code: 200
--- response_body_like: ^$
--- perl
is(counter('webhooks_total'), 4, 'all were read');
is(counter('webhooks_refused_total'), 0, 'none was refused');



=== TEST 7: a vector's signature is not another vector's
--- civic
--- request eval
map { "POST /webhook\n$_->[0]" } @vectors
--- more_headers eval
[map { "X-Hub-Signature-256: sha256=$vectors[$_ - 1][1]" } 0 .. 3]
--- error_code: 403
--- perl
is(counter('webhooks_total'), 0, 'none was read');
is(counter('webhooks_refused_total'), 4, 'all were refused');



=== TEST 8: whoever cannot sign changes nothing and is told nothing
--- civic
--- request eval
our $body = webhook(text('910000000011', 'kachra gadi nahi aayi'));
map { "POST /webhook\n$body" } 1 .. 14
--- more_headers eval
my ($good) = signature($body) =~ /=(.*)/;
my $other = $good =~ tr/0-9a-f/1-9a-f0/r;
my $first = sprintf('%x', hex(substr $good, 0, 1) ^ 8) . substr $good, 1;
my $last = substr($good, 0, 63) . sprintf '%x', hex(substr $good, 63) ^ 1;
[map { defined ? "X-Hub-Signature-256: $_" : 'X-Nothing: x' }
     undef, '', 'sha256=', $good, "sha1=$good", "SHA256=$good",
     "sha256=$other", "sha256=$first", "sha256=$last",
     'sha256=' . substr($good, 0, 63), "sha256=${good}0",
     'sha256=' . substr($good, 0, 63) . 'g', "sha256= $good",
     signature($body, 'indore_test_app_secre')]
--- error_code: 403
--- response_body_unlike: civic|signature|sha256
--- perl
is(counter('webhooks_total'), 0, 'none was read');
is(counter('webhooks_refused_total'), 14, 'all were counted');
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT count(*) FROM citizen),
       (SELECT count(*) FROM outbox)
--- pg_result
0|0|0
--- mock_requests



=== TEST 9: only Meta's newer header counts, and the first of two
--- civic
--- request eval
our $body = webhook(text('910000000011', 'hello'));
("POST /webhook\n$body") x 3
--- more_headers eval
['X-Hub-Signature: ' . signature($body),
 "X-Hub-Signature-256: sha256=0\n" . sign($body), sign($body)]
--- error_code eval
[403, 403, 200]



=== TEST 10: header name and digest may be in capitals
--- civic
--- request eval
our $body = webhook(text('910000000011', 'hello'));
"POST /webhook\n$body"
--- more_headers eval
'X-HUB-SIGNATURE-256: sha256=' . uc((split /=/, signature($body))[1])
--- error_code: 200



=== TEST 11: old and new secret both hold during a rotation
--- civic
civic_app_secret_file rotation;
--- user_files eval
[['../conf/rotation', "the_old_secret\r\n\n" . APP_SECRET . "\nthe_third"]]
--- request eval
our @bodies = map { webhook(text('910000000011', "hello $_")) } 1 .. 5;
map { "POST /webhook\n$_" } @bodies
--- more_headers eval
[sign($bodies[0], 'the_old_secret'), sign($bodies[1]),
 sign($bodies[2], 'the_third'), sign($bodies[3], ''),
 sign($bodies[4], "the_old_secret\r")]
--- error_code eval
[200, 200, 200, 403, 403]
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
3



=== TEST 12: escaped and raw UTF-8 are signed as sent, and mean the same
--- civic
--- request eval
our @bodies = map { webhook(text("91000000001$_",
                                 'कचरा गाड़ी नहीं आई 🚛')) } 1 .. 2;
utf8::decode($bodies[1]);
$bodies[1] =~ s{([^\x00-\x7f])}{
    ord $1 < 0x10000 ? sprintf '\u%04x', ord $1
    : sprintf '\u%04x\u%04x', 0xd800 + (ord($1) - 0x10000 >> 10),
              0xdc00 + (ord($1) - 0x10000 & 0x3ff)}gex;
$bodies[1] =~ s{/}{\\/}g;
utf8::encode($bodies[1]);
map { "POST /webhook\n$_" } @bodies
--- signed
--- error_code: 200
--- pg_query
SELECT count(*), count(DISTINCT words), min(words) FROM draft
--- pg_result
2|1|कचरा गाड़ी नहीं आई 🚛



=== TEST 13: a body in memory, in a file, in both, in pieces, in chunks
--- civic
--- config
    location = /small {
        client_body_buffer_size 1k;
        civic_webhook;
    }
    location = /file {
        client_body_in_file_only clean;
        civic_webhook;
    }
--- request eval
our @long = map { 'x' x 9000 . " $_" } 0 .. 3;
sub to { return post(text('910000000011', $_[1])) =~ s{/webhook}{/$_[0]}r }
[to('webhook', $long[0]), to('small', $long[1]), to('file', $long[2]),
 [map { { value => $_, delay_before => 0.01 } }
  unpack '(a3000)*', to('small', $long[3])]]
--- raw_request eval
chunked(100_000, webhook(text('910000000011', 'in one chunk')))
--- raw_request eval
chunked(7, webhook(text('910000000011', 'in many')))
--- raw_request eval
chunked(1000, webhook(text('910000000011', 'z' x 300_000)))
--- raw_request eval
[map { { value => $_, delay_before => 0.005 } }
 unpack '(a61)*', chunked(13, webhook(text('910000000011', 'in pieces')))]
--- signed
--- error_code: 200
--- error_log: a client request body is buffered to a temporary file
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
8



=== TEST 14: an empty body is nobody's webhook
--- civic
--- raw_request eval: raw('', '', 'Content-Length: 0')
--- raw_request eval: raw('', '')
--- raw_request eval: chunked(1, '')
--- request
POST /webhook
--- error_code eval
[400, 400, 400, 403]
--- perl
is(counter('webhooks_broken_total'), 3, 'those with a signature');



=== TEST 15: other methods
--- civic
--- request eval
map { "$_ /webhook" } qw(PUT DELETE HEAD OPTIONS PATCH)
--- error_code: 405



=== TEST 16: signed by Meta, but no webhook
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
is(counter('webhooks_broken_total'), 11, 'counted');
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
1



=== TEST 17: 4 MiB are taken, one byte more is not
--- civic
--- timeout: 10
--- config
    location = /large {
        client_max_body_size 8m;
        client_body_buffer_size 8m;
        civic_webhook;
    }
--- request eval
map { my ($uri, $size, $words) = @$_;
      "POST $uri\n" . padded($size, text('910000000011', $words)) }
    ['/webhook', MIB4, 'spilled'], ['/webhook', MIB4 + 1, 'too large'],
    ['/large', MIB4, 'in memory'], ['/large', MIB4 + 1, 'too large']
--- signed
--- error_code eval
[200, 413, 200, 413]
--- error_log eval
[qr/a client request body is buffered to a temporary file/,
 qr/\[error\].*client intended to send too large body: 4194305 bytes/]
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
2



=== TEST 18: the limit holds for chunks as well
--- civic
--- timeout: 10
--- config
    location = /large {
        client_max_body_size 8m;
        civic_webhook;
    }
--- raw_request eval
chunked(65536, padded(MIB4, text('910000000011', 'fits')))
--- raw_request eval
chunked(65536, padded(MIB4 + 1, text('910000000011', 'too large')))
    =~ s{/webhook}{/large}r
--- raw_request eval
chunked(65536, padded(MIB4 + 65536, text('910000000011', 'too large')))
--- error_code eval
[200, 413, 413]
--- error_log eval
[qr/a client request body is buffered to a temporary file/,
 qr/\[error\].*client intended to send too large chunked body/]
--- pg_query
SELECT count(*) FROM message_in
--- pg_result
1



=== TEST 19: what we do not know is answered 200, counted and left alone
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
is(counter('webhooks_total'), 8, 'all were read');
is(counter('webhook_unknown_total'), 6, 'what was skipped is counted');
is(counter('messages_total'), 0, 'nothing was acted upon');
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT count(*) FROM citizen)
--- pg_result
0|0
--- mock_requests



=== TEST 20: a kind we do not know is counted, and its sender gets an answer
--- civic
--- request eval
post(message('910000000011', 'hologram', { id => '1' }))
--- signed
--- perl
is(counter('webhook_unknown_total'), 1, 'counted');
is(counter('messages_total'), 1, 'and acted upon');
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "to":"\+910000000011"
--- pg_query
SELECT kind, count(*) FROM message_in GROUP BY 1
--- pg_result
other|1



=== TEST 21: events of the account and errors out of band are counted
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
is(counter('webhook_account_total'), 2, 'account');
is(counter('webhook_errors_total'), 2, 'errors');
is(counter('webhook_unknown_total'), 0, 'nothing unknown');



=== TEST 22: HTTP/1.0
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



=== TEST 23: webhooks one behind the other on one connection
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



=== TEST 24: a refused webhook on a connection does not spoil the next ones
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



=== TEST 25: the sender is reset before the answer; the message is acted upon
--- civic
--- pg_freeze
--- perl
our $body = webhook(text('910000000011', 'kachra gadi nahi aayi'));
my $sock = connection();
print $sock raw($body, $body, 'Content-Length: ' . length $body);
$sock->flush;
poll_until(3, sub { counter('webhooks_total') == 1 }) or die 'not read';
reset_connection($sock);
--- pg_thaw
--- pg_wait
SELECT count(*) = 1 FROM message_in
--- wait_mock: 1
--- raw_request eval
raw($body, $body, 'Content-Length: ' . length $body)
--- error_code: 200
--- perl
is(counter('messages_total'), 1, 'acted upon');
is(counter('messages_duplicate_total'), 1, 'and not again');
--- mock_requests
POST /v25.0/200000000000001/messages



=== TEST 26: the sender closes properly before the answer
--- civic
--- pg_freeze
--- perl
our $body = webhook(map { text("91000000001$_", 'hello') } 1 .. 5);
my $sock = connection();
print $sock raw($body, $body, 'Content-Length: ' . length $body);
$sock->flush;
shutdown $sock, 1;
poll_until(3, sub { counter('webhooks_total') == 1 }) or die 'not read';
close $sock;
--- pg_thaw
--- pg_wait
SELECT count(*) = 5 FROM message_in
--- wait_mock: 5
--- request
GET /status
--- response_body_like: civic_messages_total 5



=== TEST 27: the sender is lost in the middle of a body; nothing happens
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



=== TEST 28: both locations of a server{} take webhooks, once each message
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
