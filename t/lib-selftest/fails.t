# Copyright (C) ngx_civic_module contributors
#
# Why: a runner that passes everything looks like one that works.  Each block
# here is wrong in one way, runs in a process of its own and must fail for
# that very reason; the same block put right must pass.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $n = 0;

# Postgres has a user of its own when we are root

chmod 0755, $dir;


# Runs blocks as a test file; gives its exit code and all it said.  What is
# to fail need not be waited for as long as what may yet come.

sub run_file {
    my ($prologue, $blocks, $patience) = @_;

    my $path = "$dir/" . ++$n . '.t';

    open my $out, '>', $path or die "$path: $!";
    print $out "use Test::Nginx::Socket;\n$prologue\nrun_tests();\n",
               "__DATA__\n\n$blocks";
    close $out;

    local $ENV{TMPDIR} = $dir;
    local $ENV{TEST_NGINX_LOAD_MODULES} = '';
    local $ENV{TEST_NGINX_PATIENCE} = $patience // 1;
    my $said = `$^X -I$FindBin::Bin/../lib $path 2>&1`;

    return ($? >> 8, $said);
}


sub fails {
    my ($title, $why, $blocks, $prologue) = @_;

    my ($code, $said) = run_file($prologue // '', $blocks, 0.1);

    ok($code != 0, "fails: $title") or diag($said);
    like($said, $why, "says why: $title");
}


sub passes {
    my ($title, $blocks, $prologue) = @_;

    my ($code, $said) = run_file($prologue // '', $blocks);

    is($code, 0, "passes: $title") or diag($said);
}


my $right = <<'END';
=== one
--- config
    location = /t { return 200 "hello\n"; }
    location = /gone { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- request
GET /t
END

passes('nothing wrong', "$right--- response_body\nhello\n");

fails('another status', qr/expected: '404'/, "$right--- error_code: 404\n");
fails('another body', qr/expected: 'bye/, "$right--- response_body\nbye\n");
fails('a body unlike the pattern', qr/doesn't match/,
      "$right--- response_body_like: ^bye\n");
fails('a header that differs', qr/expected: 'text\/html'/,
      "$right--- response_headers\nContent-Type: text/html\n");
fails('a header that must be absent', qr/header Content-Type not present/,
      "$right--- response_headers\n!Content-Type\n");
fails('a log line that is missing', qr/pattern "never logged" matches/,
      "$right--- error_log\nnever logged\n");
fails('a log line that is forbidden', qr/pattern "GET \/t" does not match/,
      "$right--- no_error_log\nGET /t\n");
fails('an array that is too short', qr/error_code has 1 entries, too few/,
      "$right--- then_request\nGET /t\n--- error_code eval: [200]\n");
fails('a misspelt section', qr/unknown section response_bdoy/,
      "$right--- response_bdoy: x\n");
fails('a name nobody defined', qr/TEST_NGINX_NO_SUCH is not defined/,
      "$right--- user_files\n>>> x\n\$TEST_NGINX_NO_SUCH\n");
fails('a wrong plan', qr/planned 5 tests but ran 1/, $right,
      'plan tests => 5;');
fails('an eval that dies', qr/eval: broken/,
      "$right--- more_headers eval: die \"broken\\n\"\n");

my $refused = $right =~ s{GET /t}{GET /gone}r . "--- error_code: 502\n";

fails('an [error] nobody expected', qr/nothing unexpected.*\[error\]/s,
      $refused);
passes('the same [error], expected',
       "$refused--- error_log\nConnection refused\n");
fails('an [error] of another kind than expected', qr/nothing unexpected/,
      "$refused--- error_log\nGET /gone HTTP/1.1\n--- error_log\n[notice]\n");

fails('nginx that does not start', qr/nginx does not start:.*unknown dir/s,
      $right =~ s/location = \/t/no_such/r);
fails('nginx that starts and should not', qr/die as expected/,
      "$right--- must_die\n");

my $slow = <<'END';
=== one
--- config
    location = /t { proxy_pass http://127.0.0.1:$TEST_NGINX_MOCK_PORT; }
--- request
GET /t
END

fails('an answer that comes too late', qr/timed out after/,
      "$slow--- mock_http\nGET /t => 200 delay=1 x\n--- timeout: 0.2\n");
fails('nginx that does not stop', qr/did not stop on SIGQUIT/,
      $slow =~ s/location = .t \{/$& proxy_ignore_client_abort on;/r
      . "--- mock_http\nGET /t => hang\n--- timeout: 0.2\n"
      . "--- ignore_response\n--- workers: 1\n");
fails('a request to a peer that never came', qr/request 1 never came/,
      "$slow--- mock_http\nGET /t => 200 x\n"
      . "--- mock_requests\nGET /t\nGET /u\n");
fails('one request to a peer too many', qr/one too many: GET \/t/,
      "$slow--- mock_http\nGET /t => 200 x\n--- mock_requests\n");
fails('a request to a peer of another kind', qr/want GET \/u/,
      "$slow--- mock_http\nGET /t => 200 x\n--- mock_requests\nGET /u\n");
fails('a body a peer should not have got', qr/must match: not secret/,
      $slow =~ s{GET /t\n\z}{POST /t\nsecret\n}r
      . "--- mock_http\nPOST /t => 200 x\n"
      . "--- mock_requests_like\nPOST /t\n  not secret\n");
fails('a request no rule knows', qr/no rule for GET \/t/,
      "$slow--- mock_http\nGET /u => 200 x\n--- error_code: 404\n");

fails('other rows', qr/expected: '2\n/,
      "$right--- pg_query\nSELECT 1\n--- pg_result\n2\n");
fails('SQL that is wrong', qr/psql: ERROR/, "$right--- pg_exec\nnonsense\n");
fails('a condition that never comes true', qr/pg_wait: still f/,
      "$right--- pg_wait\nSELECT false\n");

# a worker that dies by itself, not by our hand

fails('a worker that was killed', qr/exited on signal 11/, $right . <<'END');
--- signal: HUP
--- perl
my ($master) = `cat $ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid` =~ /(\d+)/;
kill 'SEGV', split ' ', `cat /proc/$master/task/$master/children`;
--- wait_log
exited on signal
END

# reports are looked for by name, whoever wrote them

for my $file (qw(sanitizer-address.17 sanitizer-undefined.17 valgrind.17)) {
    fails("a report in $file", qr/nothing unexpected.*overflow/s,
          $right . <<"END");
--- perl
Civic::Test::Env::spew("\$ENV{TEST_NGINX_SERVROOT}/logs/$file", "overflow\\n");
END
}

done_testing();
