# Copyright (C) ngx_civic_module contributors
#
# Why: tests of durability trust that the database they see is theirs alone,
# that rows are compared exactly, and that a stopped, killed or frozen server
# is really stopped, killed or frozen.  It fails when any of that is pretence.

use Test::Nginx::Socket;
use Civic::Test::Talk;

# the runner is tested without the module

$ENV{TEST_NGINX_LOAD_MODULES} = '';

plan tests => 17;

# the block's database, asked from a process of its own

sub psql {
    my ($sql, $seconds) = @_;

    my $out = `timeout @{[$seconds // 5]} psql -qXAt -c "$sql" \\
               "$ENV{TEST_NGINX_PG}" 2>&1`;

    return $? ? "failed: $out" : $out;
}

run_tests();

__DATA__

=== TEST 1: rows before, rows after
--- config
    location = /t { return 204; }
--- pg_exec
CREATE TABLE thing (n int, name text);
INSERT INTO thing VALUES (1, 'one'), (2, NULL);
--- request
GET /t
--- error_code: 204
--- pg_do
INSERT INTO thing VALUES (3, 'three|bars')
--- pg_wait
SELECT count(*) = 3 FROM thing
--- pg_query
SELECT * FROM thing ORDER BY n
--- pg_result
1|one
2|
3|three|bars



=== TEST 2: the database of the block before is gone
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204
--- pg_query
SELECT count(*) FROM information_schema.tables WHERE table_name = 'thing'
--- pg_result
0



=== TEST 3: no rows
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204
--- pg_query
SELECT 1 WHERE false
--- pg_result



=== TEST 4: stopped and started again, the rows are still there
--- config
    location = /t { return 204; }
--- pg_exec
CREATE TABLE thing (n int); INSERT INTO thing VALUES (7);
--- request
GET /t
--- error_code: 204
--- pg_stop: immediate
--- perl
main::like(main::psql('SELECT 1'), qr/^failed: .*(?:No such file|refused)/s,
           'nobody answers');
--- pg_start
--- perl
main::is(main::psql('SELECT n FROM thing'), "7\n", 'and again');
--- pg_query
SELECT n FROM thing
--- pg_result
7



=== TEST 5: backends are killed
--- config
    location = /t { return 204; }
--- pg_exec
SELECT 1
--- perl
open $main::session, '-|', "psql -qXAt -c 'SELECT pg_sleep(60)' "
                           . "'$ENV{TEST_NGINX_PG}' 2>&1" or die;
--- pg_wait
SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'
--- pg_kill
--- perl
main::like(join('', readline $main::session), qr/terminating connection/,
           'the session was killed');
--- request
GET /t
--- error_code: 204



=== TEST 6: backends freeze and thaw
--- config
    location = /t { return 204; }
--- pg_exec
CREATE TABLE thing (n int)
--- perl
open $main::session, '|-', "psql -qX '$ENV{TEST_NGINX_PG}'" or die;
$main::session->autoflush(1);
print $main::session "INSERT INTO thing VALUES (1);\n";
--- pg_wait
SELECT count(*) = 1 FROM thing
--- pg_freeze
--- perl
print $main::session "INSERT INTO thing VALUES (2);\n";
main::is(main::psql('SELECT count(*) FROM thing'), "1\n", 'frozen');
--- pg_thaw
--- pg_wait
SELECT count(*) = 2 FROM thing
--- perl
close $main::session;
--- request
GET /t
--- error_code: 204



=== TEST 7: who waits in another database is not taken for one of ours
--- config
    location = /t { return 204; }
--- pg_exec
SELECT 1
--- perl
my $other = $ENV{TEST_NGINX_PG} =~ s/dbname=\S+/dbname=postgres/r;
my ($hold, $there);
{
    local $ENV{TEST_NGINX_PG} = $other;
    $hold = hold('SELECT pg_advisory_xact_lock(4711)');
    open $there, '-|', 'psql', '-qXAt', '-c',
                       'SELECT pg_advisory_xact_lock(4711)', $other or die;
    until_true(WAITS);
}
is(rows(WAITS), 'f', 'nobody here');
is(waiting(), 0, 'and nothing to kill');
undef $hold;
close $there;
--- request
GET /t
--- error_code: 204
