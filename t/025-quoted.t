# Copyright (C) ngx_civic_module contributors
#
# Why: who quotes a message of ours speaks of the complaint that message was
# about, and a thumb under it answers what it asked.  It fails when a message
# is kept without its key or its complaint (say and ticket in civic_sql_rows),
# when the turn is not run again with what is quoted
# (ngx_civic_exchange_quoted), and when somebody else's message tells of his
# complaint (the citizen in quoted_message).

use Test::Nginx::Socket;
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Me = '910000000011';
our $Other = '910000000012';


# Two complaints of mine, registered: the wamids of their receipts.

sub receipts {
    my ($line) = @_;

    for my $n (1, 2) {
        complaint($line, $Me);
        until_said($n, 'receipt', 'wamid IS NOT NULL');
    }

    return split /\n/, rows("SELECT wamid FROM outbox WHERE say = 'receipt'
                              ORDER BY outbox_id");
}


# Waits for so many messages of ours that say this, and of which this is true.

sub until_said {
    my ($n, $say, $are) = @_;

    until_true("SELECT count(*) = $n FROM outbox WHERE say = '$say' AND "
               . ($are // 'true'));
}


# A message's "context", as Meta has it.

sub quoting {
    return (context => { from => '910000000001', id => $_[0] });
}


sub thumb {
    my ($from, $emoji, $wamid) = @_;

    return message($from, 'reaction', { message_id => $wamid,
                                        emoji => $emoji });
}


our $Words = "SELECT string_agg(complaint_id || ' ' || note, ';'
                                ORDER BY event_id)
                FROM event WHERE what = 'corrected'";

# Somebody looks for what is quoted and has to wait.

our $Looking = "FROM pg_stat_activity
                WHERE datname = current_database()
                  AND wait_event_type = 'Lock' AND query LIKE '%take_event%'
                  AND pid <> pg_backend_pid()";

run_tests();

__DATA__

=== TEST 1: words that quote a receipt are told to 311 of that complaint
--- civic
--- mock_http2
POST /servicerequestupdates.json => 200 [{"update_id":"1"}]
--- perl
my $line = line();
my ($first) = receipts($line);
is(say($line, post(text($::Me, 'three poles', quoting($first)))), 200,
   'of the first');
until_said(1, 'update_done', "state = 'done'");
like(rows($::Words), qr/^1 .*: three poles$/, 'is noted there');
my ($update) = updates();
is($update->{form}{service_request_id},
   rows('SELECT request_id FROM complaint WHERE complaint_id = 1'),
   'and told to 311');



=== TEST 2: a thumb down under a receipt asks what is wrong with it
--- civic
--- perl
my $line = line();
my ($first, $second) = receipts($line);
is(say($line, post(thumb($::Me, "\x{1f44d}", $second))), 200, 'a thumb up');
is(say($line, post(thumb($::Me, "\x{1f44e}\x{1f3fd}", $second))), 200,
   'a brown thumb down');
until_said(1, 'change_what', 'complaint_id = 2');
is(rows('SELECT count(*) FROM outbox WHERE outbox_id > (
             SELECT outbox_id FROM outbox WHERE wamid = ' . "'$second')"), 1,
   'and the thumb up costs no message');



=== TEST 3: what somebody else was told is nobody's business
--- civic
--- perl
my $line = line();
my ($first, $second) = receipts($line);
is(say($line, post(text($::Other, 'street light not working',
                        quoting($first)))), 200, 'quoted by another');
until_said(3, 'ask_place');
is(say($line, post(thumb($::Other, "\x{1f44e}", $second))), 200, 'and so');
is(rows($::Words), '', 'nothing is added to it');
is(rows("SELECT count(*) FROM outbox WHERE say = 'change_what'"), 0,
   'nor asked about it');



=== TEST 4: what was never ours is as if it had not been quoted
--- civic
--- perl
my $line = line();
my @ids = ('wamid.UNKNOWN', 'x' x 300, "wamid.\x{939}", '', 7, undef, []);
my $n = 0;
is(say($line, post(text('9100000000' . (20 + $n++), 'street light not working',
                        quoting($_)))), 200, 'is answered') for @ids;
until_said($n, 'ask_place');



=== TEST 5: a connection lost before it is known costs nothing
--- civic
--- mock_http2
POST /servicerequestupdates.json => 200 [{"update_id":"1"}]
--- perl
my $line = line();
my ($first) = receipts($line);
my $hold = hold('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
my $words = post(text($::Me, 'three poles', quoting($first),
                      id => 'wamid.AGAIN'));
ask($line, $words);
until_true("SELECT count(*) >= 1 $::Looking");
rows("SELECT pg_terminate_backend(pid) $::Looking");
isnt(status_of($line), 200, 'it is not acknowledged');
undef $hold;
until_true(sub { say(line(), $words) == 200 });
like(rows($::Words), qr/^1 .*: three poles$/, 'and comes again');
--- error_log
civic: Postgres is not usable: connection lost



=== TEST 6: a pin that was asked for quotes the question, and is the place
--- civic
--- perl
my $line = line();
is(say($line, post(text($::Me, 'street light not working'))), 200, 'words');
until_said(1, 'ask_place', 'wamid IS NOT NULL');
is(say($line, post(place($::Me, quoting(
       rows("SELECT wamid FROM outbox WHERE say = 'ask_place'"))))), 200,
   'a pin');
until_said(1, 'receipt');
