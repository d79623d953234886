# Copyright (C) ngx_civic_module contributors
#
# Why: Postgres may be absent, stopped, killed, frozen or of another schema.
# Until it is back every webhook is answered 503, in time, and then all goes
# on by itself: nothing is lost or done twice.  It fails when a deadline is
# gone (of the queue: ngx_civic_pg_deadline; of an answer:
# ngx_civic_pg_conn_sync; of who waits for a tracking number:
# ngx_civic_exchange_run), when those behind a failed message wait for a
# deadline each (ngx_civic_exchange_finish), when a lost connection is not made
# anew, or when a database of any schema is used (ngx_civic_worker_check).

use Test::Nginx::Socket;
use Digest::MD5 qw(md5_hex);
use Civic::Test::Env qw(project_root slowness slurp);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;
use Time::HiRes qw(time);

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];
our $Me = '910000000011';
our $Schema = () = glob project_root() . '/conf/sql/*.sql';
our $Short = sprintf 'civic_postgres "$TEST_NGINX_PG" timeout=%dms;',
             1000 * slowness();

run_tests();

__DATA__

=== TEST 1: without Postgres the answer is 503 in time, and later 200
--- civic eval: $::Short
--- perl: until_true(sub { metric('worker_postgres_ready') == 1 })
--- pg_stop
--- restart
--- perl
my $start = time;
my $body = post(text($::Me, 'street light not working'));
is(say(line(), $body), 503, 'not accepted');
cmp_ok(time - $start, '<', 3 * slowness(), 'in time');
is(metric('webhooks_deferred_total'), 1, 'counted');
$main::body = $body;
--- pg_start
--- perl
until_true(sub { metric('worker_postgres_ready') == 1 });
is(say(line(), $main::body), 200, 'accepted when it is there');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1
--- error_log
civic: Postgres is not usable: connection lost
civic: Postgres is not usable: connection to server
civic: Postgres is usable



=== TEST 2: stopped in mid-conversation, which goes on
--- civic eval: $::Short
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- pg_stop: immediate
--- perl
our $pin = post(pin($::Me, @$::Pin));
my $start = time;
is(say(line(), $pin), 503, 'not accepted') for 1, 2;
cmp_ok(time - $start, '<', 5 * slowness(), 'in time, both');
--- pg_start
--- perl
until_true(sub { metric('worker_postgres_ready') == 1 });
is(say(line(), $main::pin), 200, 'accepted');
--- wait_mock: 2
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable



=== TEST 3: backends that were terminated are replaced, and nobody notices
--- civic
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- pg_kill
--- wait_log: connection lost
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable: connection lost



=== TEST 4: a backend terminated under a message makes it 503, acted once later
--- civic
--- pg_exec eval: SLOW
--- perl
my $body = post(text($::Me, 'street light not working', id => 'wamid.SLOW'));
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my $line = line();
ask($line, $body);
until_true(WAITS);
rows("SELECT pg_terminate_backend($_)") for waiting();
is(status_of($line), 503, 'nobody knows what became of it');
undef $hold;
is(say($line, $body), 200, 'delivered again');
--- wait_mock: 1
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 1
--- error_log
civic: Postgres is not usable: connection lost



=== TEST 5: frozen, then thawed
--- civic eval: $::Short
--- signed
--- request eval: post(text($::Me, 'street light not working'))
--- wait_mock: 1
--- pg_wait: SELECT state = 'done' FROM outbox
--- pg_freeze
--- perl
my $start = time;
my @lines = map { line() } 1 .. 6;
my @bodies = map { hello($_) } 0 .. 5;
ask($lines[$_], $bodies[$_]) for 0 .. 5;
is(status_of($_), 503, 'not accepted') for @lines;
cmp_ok(time - $start, '<', 4 * slowness(), 'in time, all of them');
--- pg_thaw
--- perl
until_true(sub { metric('worker_postgres_ready') == 1 });
--- then_request eval: post(pin($::Me, @$::Pin))
--- wait_mock: 2
--- pg_query: SELECT service, state FROM complaint
--- pg_result: SL_OFF|registered
--- error_log
civic: Postgres is not usable: no answer in time



=== TEST 6: messages of one person behind one that failed fail with it, in time
--- civic eval: $::Short
--- pg_exec eval: SLOW
--- perl
my $hold = hold('SELECT pg_advisory_xact_lock(7)');
my $start = time;
my @lines = map { line() } 1 .. 6;
my @bodies = map { post(text($::Me, 'help', id => "wamid.SLOW$_")) } 1 .. 6;
ask($lines[$_], $bodies[$_]) for 0 .. 5;
is(status_of($_), 503, 'not accepted') for @lines;
cmp_ok(time - $start, '<', 4 * slowness(), 'in time, all of them');
undef $hold;
is(say($lines[$_], $bodies[$_]), 200, 'delivered again') for 0 .. 5;
--- wait_mock: 6
--- pg_query: SELECT count(*), max(version) FROM message_in, conversation
--- pg_result: 6|6



=== TEST 7: an older schema is named once, and used when it was migrated
--- civic eval: $::Short
--- pg_exec eval
'DROP SCHEMA public CASCADE; CREATE SCHEMA public;
CREATE TABLE schema_version (version int PRIMARY KEY,
    applied timestamptz NOT NULL, name text NOT NULL, md5 text);
' . slurp(project_root() . '/conf/sql/001-schema.sql') . "
INSERT INTO schema_version VALUES (1, now(), '001-schema.sql', '"
. md5_hex(slurp(project_root() . '/conf/sql/001-schema.sql')) . "')"
--- perl
my $body = hello(0);
is(say(line(), $body), 503, 'not accepted') for 1, 2;
my $said = qx('@{[project_root()]}/util/migrate' '$ENV{TEST_NGINX_PG}' 2>&1);
is($?, 0, 'migrated') or diag($said);
until_true(sub { metric('worker_postgres_ready') == 1 });
is(say(line(), $body), 200, 'accepted');
--- wait_mock: 1
--- grep_error_log eval
qr/schema version is .*/
--- grep_error_log_out eval
"schema version is 1, this module needs $::Schema: run util/migrate\n"
--- error_log
civic: Postgres is not usable: schema version is



=== TEST 8: a newer schema is not used
--- civic eval: $::Short
--- pg_exec
INSERT INTO schema_version VALUES (100, now(), '100-later.sql');
--- request eval: hello(0)
--- signed
--- error_code: 503
--- grep_error_log eval
qr/schema version is .*/
--- grep_error_log_out eval
"schema version is 100, this module needs $::Schema: "
. "install the module that belongs to it\n"
--- error_log
civic: Postgres is not usable: schema version is



=== TEST 9: a database without a schema is not used
--- civic eval: $::Short
--- pg_exec
DROP SCHEMA public CASCADE; CREATE SCHEMA public;
--- request eval: hello(0)
--- signed
--- error_code: 503
--- error_log
civic: Postgres is not usable: no schema found, run util/migrate



=== TEST 10: a schema made of other files, or that cannot hold Hindi, is refused
--- civic
--- perl
my $migrate = sub {
    my ($db, @more) = @_;
    my $said = qx('@{[project_root()]}/util/migrate' '$db' @more 2>&1);
    return ($? >> 8) . '|' . $said;
};
my $db = $ENV{TEST_NGINX_PG};
is($migrate->($db, '--check'), "0|schema $::Schema\n", 'as it is');
is($migrate->($db), "0|schema $::Schema\n", 'nothing to do');
rows("UPDATE schema_version SET md5 = md5('another') WHERE version = 2");
like($migrate->($db), qr/^1\|.*files in conf.sql were changed/, 'changed');
rows('ALTER TABLE schema_version DROP COLUMN md5');
like($migrate->($db, '--check'), qr/^1\|.*were changed/, 'or unknown');
my $latin = 'civic_latin_' . $$;
rows("CREATE DATABASE $latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'");
like($migrate->($db =~ s/dbname=\S+/dbname=$latin/r),
     qr/^1\|.*encoding must be UTF8/, 'no Hindi in there');
rows("DROP DATABASE $latin");
