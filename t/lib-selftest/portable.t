# Copyright (C) ngx_civic_module contributors
#
# Why: this file uses no extension, so it runs under openresty's runner too,
# and the two must agree on every rule in it, the count of tests included.
# It fails when a section changes its meaning or is counted differently.

use Test::Nginx::Socket;

# the runner is tested without the module

$ENV{TEST_NGINX_LOAD_MODULES} = '';

no_shuffle();
$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();
repeat_each(2);

plan tests => repeat_each() * 30;

our $Body = "made by Perl\n";

run_tests();

__DATA__

=== TEST 1: a body, exactly
--- config
    location = /t {
        return 200 "hello\n";
    }
--- request
GET /t
--- response_body
hello
--- response_headers
Content-Type: text/plain
!X-Absent
--- no_error_log
[error]
[alert]



=== TEST 2: the configuration of the block before, comments before a request
--- request
# a remark
GET /t HTTP/1.0
--- response_body_like: ^hel+o$
--- no_error_log
[error]



=== TEST 3: several requests, expectations for each, logs after each
--- config
    location = /a {
        return 201 "a";
    }

    location = /b {
        return 404 "b:$http_x_which";
    }
--- request eval
["GET /a", "GET /b"]
--- more_headers eval
["X-Which: first", "X-Which: second"]
--- error_code eval
[201, 404]
--- response_body eval
["a", "b:second"]
--- no_error_log
[alert]



=== TEST 4: a body is trimmed and measured, filters work
--- config
    location = /t {
        client_body_in_single_buffer on;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;

        location / {
            add_header X-Length $http_content_length;
            return 200 "made by Perl\n";
        }
    }
--- request
POST /t
  some body

--- response_headers_like
X-Length: \d
--- response_body eval
$::Body



=== TEST 5: pipelined requests
--- config
    location /t {
        return 200 "$uri\n";
    }
--- pipelined_requests eval
["GET /t/1", "GET /t/2"]
--- response_body eval
["/t/1\n", "/t/2\n"]



=== TEST 6: raw bytes
--- config
    location /t {
        return 204;
    }
--- raw_request eval
["GET /t HTTP/1.1\r\nHost: local", "host\r\nConnection: close\r\n\r\n"]
--- error_code: 204
--- raw_response_headers_like: 204 No Content
--- response_body_unlike: .



=== TEST 7: files, and a line of the error log
--- config
    location /files/ {
        root $TEST_NGINX_HTML_DIR;
    }
--- user_files
>>> files/one.txt
first
>>> files/two.txt
second
--- request
GET /files/two.txt
--- response_body
second
--- error_log
GET /files/two.txt
--- log_level: debug



=== TEST 8: nginx must refuse a configuration
--- config
    no_such_directive on;
--- must_die
--- error_log
unknown directive "no_such_directive"
