# Copyright (C) ngx_civic_module contributors
#
# Why: the scripted server stands for Meta and for 311 at their worst; if it
# were kinder than its script, tests of failure would pass without failing
# anything.  It fails when an action or an option of a rule has no effect.

use Test::Nginx::Socket;

# the runner is tested without the module

$ENV{TEST_NGINX_LOAD_MODULES} = '';

plan tests => 48;

our $Proxy = '
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Token secret;
        proxy_read_timeout 1s;
        proxy_next_upstream off;
        proxy_pass http://peer;
    }';

our $Peer = '
    upstream peer {
        server 127.0.0.1:$TEST_NGINX_MOCK_PORT max_fails=0;
        keepalive 4;
    }';

no_root_location();

run_tests();

__DATA__

=== TEST 1: rules in order, used up, and by body
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http
# the first one only once
POST /a ~ "kind":"x" => 201 times=1 X-Made:up {"n":{n}}
POST /a => 200 chunked {"later":{n}}
GET /b\?.* => 503
  two
  lines
--- request eval
["POST /a\n{\"kind\":\"x\"}", "POST /a\n{\"kind\":\"x\"}", "GET /b?q=1"]
--- error_code eval: [201, 200, 503]
--- response_headers eval
["X-Made: up", "!X-Made", "Content-Type: text/plain"]
--- response_body eval
["{\"n\":1}", "{\"later\":2}", "two\nlines\n"]
--- mock_requests
POST /a {"kind":"x"}
POST /a
GET /b?q=1



=== TEST 2: what the peer was sent: headers and body, yes and no
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http
* .* => 200 ok
--- request
POST /send/1
{"to":"910000000011"}
--- mock_requests_like
POST /send/\d
  "to":"9100000000\d\d"
  not "from"
  header x-token: secret



=== TEST 3: drop, reset, hang, half a body
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http
GET /drop => drop
GET /rst => rst
GET /hang => hang
GET /half => 200 truncate 0123456789
--- request eval
["GET /drop", "GET /rst", "GET /hang", "GET /half"]
--- error_code eval: [502, 502, 504, 200]
--- ignore_response
--- error_log
upstream prematurely closed connection while reading response header
recv() failed (104: Connection reset by peer)
upstream timed out (110: Connection timed out)
upstream prematurely closed connection while reading upstream



=== TEST 4: slowly, and a lot
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http
GET /drip => 200 drip=0.03 0123456789
GET /big => 200 size=100000
--- request eval
["GET /drip", "GET /big"]
--- response_body eval
["0123456789", "x" x 100000]



=== TEST 5: one connection kept alive, closed when told
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http eval
[{ path => '/a', reply => sub { return { body => "connection $_[0]{conn}" } } },
 "GET /close => 200 close bye"]
--- request eval
["GET /a", "GET /a", "GET /close", "GET /a"]
--- response_body_like eval
["^connection", "^connection", "^bye", "^connection"]
--- grep_error_log eval
qr/get keepalive peer: using connection/
--- grep_error_log_out
get keepalive peer: using connection
get keepalive peer: using connection



=== TEST 6: nobody listens
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http: refuse
--- request
GET /
--- error_code: 502
--- error_log
connect() failed (111: Connection refused)
--- mock_requests



=== TEST 7: two peers, one with TLS that is verified
--- config
    location / {
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate $TEST_NGINX_MOCK_CERT;
        proxy_ssl_name localhost;
        proxy_pass https://127.0.0.1:$TEST_NGINX_MOCK2_PORT;
    }
--- mock_tls: 2
--- mock_http2
GET /t => 200 quiet safe
GET /u => 200 sound
--- request eval
["GET /t", "GET /u"]
--- response_body eval: ["safe", "sound"]
--- mock_requests2
GET /u



=== TEST 8: a peer that goes and comes back
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http
GET / => 200 number {n}
--- request
GET /
--- mock_stop: 1
--- then_request
GET /
--- mock_start: 1
--- then_request
GET /
--- error_code eval: [200, 502, 200]
--- response_body_like eval: ["number 1", "502 Bad", "number 2"]
--- error_log
111: Connection refused



=== TEST 9: an answer that waits for other requests
--- http_config eval: $::Peer
--- config eval: $::Proxy
--- mock_http
GET /first => 200 after=2 ok
GET /never => 200 after=4 ok
GET /other => 200 ok
--- together
--- request eval
["GET /first", "GET /never", "GET /other"]
--- error_code eval: [200, 504, 200]
--- error_log
upstream timed out (110: Connection timed out)
