# Copyright (C) ngx_civic_module contributors
#
# Why: the extensions other tests lean on must do what they say: requests and
# signals in the order of the file, workers that are really new, requests that
# are really at once.  It fails when a step returns before its effect.

use Test::Nginx::Socket;

# the runner is tested without the module

$ENV{TEST_NGINX_LOAD_MODULES} = '';

plan tests => 53;

# the process that answers, without any code of ours in nginx

our $Pid = 'location = /pid { return 200 "$pid\n"; }
            location = /t { return 200 "$request_body$http_x_n\n"; }';

run_tests();

__DATA__

=== TEST 1: then_request comes after, and its expectations follow on
--- config eval: $::Pid
--- request
GET /t
--- then_request
GET /absent
--- then_request eval
["GET /t", "GET /t"]
--- error_code eval
[200, 404, 200, 200]
--- more_headers eval
["X-N: 0", "X-N: 1", "X-N: 2", "X-N: 3"]
--- response_body_like eval
["^0", "404 Not Found", "^2", "^3"]
--- error_log
absent" failed (2: No such file or directory)



=== TEST 2: after HUP a new worker answers
--- config eval: $::Pid
--- request
GET /pid
--- signal: HUP
--- then_request
GET /pid
--- response_body_like: ^\d+$
--- error_log
signal 1 (SIGHUP) received
gracefully shutting down



=== TEST 3: a killed worker is replaced, and its end is not held against nginx
--- config eval: $::Pid
--- request
GET /pid
--- signal: KILL-WORKER
--- then_request
GET /pid
--- response_body_like: ^\d+$
--- error_log
exited on signal 9



=== TEST 4: both of two workers are killed
--- config eval: $::Pid
--- workers: 2
--- request
GET /pid
--- signal: KILL-WORKERS
--- then_request
GET /pid
--- response_body_like: ^\d+$
--- grep_error_log eval
qr/exited on signal 9/
--- grep_error_log_out
exited on signal 9
exited on signal 9



=== TEST 5: a new binary takes over
--- config eval: $::Pid
--- request
GET /pid
--- signal: USR2
--- then_request
GET /pid
--- response_body_like: ^\d+$
--- error_log
changing binary
exit



=== TEST 6: restart
--- config eval: $::Pid
--- request
GET /pid
--- restart
--- then_request
GET /pid
--- response_body_like: ^\d+$



=== TEST 7: a signal while a request is under way
--- config
    location = /slow {
        proxy_pass http://127.0.0.1:$TEST_NGINX_MOCK_PORT;
    }
--- mock_http
GET /slow => 200 delay=0.3 done
--- signal: HUP at 0.1
--- request
GET /slow
--- response_body: done
--- error_log
signal 1 (SIGHUP) received



=== TEST 8: requests together
--- config
    location = /t {
        proxy_pass http://127.0.0.1:$TEST_NGINX_MOCK_PORT;
    }
--- mock_http
GET /t => 200 after=3 done
--- together
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body: done
--- mock_requests
GET /t
GET /t
GET /t



=== TEST 9: signed bodies
--- config
    location = /t {
        return 200 "$http_x_hub_signature_256\n";
    }
--- signed
--- request
POST /t
{"object":"whatsapp_business_account","entry":[]}
--- then_request
POST /t
{"object": "whatsapp_business_account", "entry": []}
--- response_body eval
["sha256=6cad82c1c813e1215c7d94903f354146557a8827684b306d2a98297c25ef0275\n",
 "sha256=df79e2139c4b3a3be63a12ad393622baa729968d61f8c7985b72f345723a2fef\n"]



=== TEST 10: an expected error line, and a request in packets with a delay
--- config
    location = /t {
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
--- request eval
[["POST /t\nab", { value => "cd", delay_before => 0.05 }], "GET /t"]
--- error_code eval: [502, 502]
--- error_log
connect() failed (111: Connection refused)
