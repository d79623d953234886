# Copyright (C) ngx_civic_module contributors
#
# Why: only Meta gets in, known by the signature over the very bytes received,
# in whatever pieces and buffers these arrive; whoever else knocks is told
# nothing and changes nothing.  It fails when the signature is checked after
# parsing, over other bytes, or not at all (ngx_civic_webhook_body(),
# ngx_civic_signature_check()), when one of the shapes of a body is lost
# (ngx_civic_webhook_gather()), or when a limit changes.

use Test::Nginx::Socket;

use Civic::Test::Sign qw(APP_SECRET sign signature);
use Civic::Test::Talk qw(metric);
use Civic::Test::Webhook;

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


run_tests();

__DATA__

=== TEST 1: the contract's vectors are known by their signatures
--- civic
--- request eval
map { "POST /webhook\n$_->[0]" } @vectors
--- more_headers eval
[map { "X-Hub-Signature-256: sha256=$_->[1]" } @vectors]
--- error_code: 200
--- response_body_like: ^$
--- perl
is(metric('webhooks_total'), 4, 'all were read');
is(metric('webhooks_refused_total'), 0, 'none was refused');



=== TEST 2: a vector's signature is not another vector's
--- civic
--- request eval
map { "POST /webhook\n$_->[0]" } @vectors
--- more_headers eval
[map { "X-Hub-Signature-256: sha256=$vectors[$_ - 1][1]" } 0 .. 3]
--- error_code: 403
--- perl
is(metric('webhooks_total'), 0, 'none was read');
is(metric('webhooks_refused_total'), 4, 'all were refused');



=== TEST 3: whoever cannot sign changes nothing and is told nothing
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
is(metric('webhooks_total'), 0, 'none was read');
is(metric('webhooks_refused_total'), 14, 'all were counted');
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT count(*) FROM citizen),
       (SELECT count(*) FROM outbox)
--- pg_result
0|0|0
--- mock_requests



=== TEST 4: only Meta's newer header counts, and the first of two
--- civic
--- request eval
our $body = webhook(text('910000000011', 'hello'));
("POST /webhook\n$body") x 3
--- more_headers eval
['X-Hub-Signature: ' . signature($body),
 "X-Hub-Signature-256: sha256=0\n" . sign($body), sign($body)]
--- error_code eval
[403, 403, 200]



=== TEST 5: header name and digest may be in capitals
--- civic
--- request eval
our $body = webhook(text('910000000011', 'hello'));
"POST /webhook\n$body"
--- more_headers eval
'X-HUB-SIGNATURE-256: sha256=' . uc((split /=/, signature($body))[1])
--- error_code: 200



=== TEST 6: old and new secret both hold during a rotation
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



=== TEST 7: escaped and raw UTF-8 are signed as sent, and mean the same
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



=== TEST 8: a body in memory, in a file, in both, in pieces, in chunks
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



=== TEST 9: an empty body is nobody's webhook
--- civic
--- raw_request eval: raw('', '', 'Content-Length: 0')
--- raw_request eval: raw('', '')
--- raw_request eval: chunked(1, '')
--- request
POST /webhook
--- error_code eval
[400, 400, 400, 403]
--- perl
is(metric('webhooks_broken_total'), 3, 'those with a signature');



=== TEST 10: 4 MiB are taken, one byte more is not
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



=== TEST 11: the limit holds for chunks as well
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



=== TEST 12: a body that is announced too large is not waited for
--- civic
--- config
    location = /large {
        client_max_body_size 8m;
        lingering_timeout 50ms;
        civic_webhook;
    }
--- raw_request eval
raw('', '{', 'Content-Length: ' . (MIB4 + 1)) =~ s{/webhook}{/large}r
--- error_code: 413
