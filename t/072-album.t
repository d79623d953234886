# Copyright (C) ngx_civic_module contributors
#
# Why: an album is many webhooks that come at the same moment to any worker:
# photos, words and a pin of one matter are one complaint with all its files
# and one receipt.  It fails when a file that comes after the complaint is
# complete begins a draft of its own (is_straggler), or when a question does
# not wait (civic_talk_ask).

use Test::Nginx::Socket;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Rounds = 200;
our $Files = 5;

# Seven webhooks of one person, each on a connection of its own, in an order
# that is another one in each round.

sub album {
    my ($n, @lines) = @_;

    my $me = sprintf '9100001%05d', $n;
    my @said = ((map { photo($me, "m$n-$_", id => "wamid.$n.$_") }
                 1 .. $Files),
                text($me, 'street light not working', id => "wamid.$n.words"),
                pin($me, '22.7533', '75.8937', id => "wamid.$n.pin"));

    push @said, splice @said, 0, $n % @said;
    ask($lines[$_], post($said[$_])) for 0 .. $#said;

    return map { status_of($_) } @lines;
}

run_tests();


__DATA__

=== TEST 1: five photos, words and a pin at once, on two workers, 200 times
--- civic
civic_settle 60s;
civic_whatsapp_rate 5000;
--- workers: 2
--- signed
--- perl
my @lines = map { line() } 1 .. $main::Files + 2;
my @bad = grep { $_ != 200 }
          map { main::album($_, @lines) } 1 .. $main::Rounds;
is(@bad, 0, 'every webhook is acknowledged');
--- pg_wait
SELECT count(*) = 200 FROM outbox WHERE kind = 'send' AND state = 'done'
--- pg_query
SELECT count(*), count(DISTINCT citizen_id), bool_and(state = 'registered'),
       (SELECT count(*) FROM media WHERE complaint_id IS NOT NULL),
       (SELECT string_agg(DISTINCT n::text, ' ')
          FROM (SELECT count(*) AS n FROM media GROUP BY complaint_id) m),
       (SELECT count(*) FROM outbox WHERE kind = 'send'),
       (SELECT count(*) FROM outbox o JOIN complaint c USING (citizen_id)
         WHERE kind = 'send' AND payload::text LIKE '%*' || ticket || '*%'),
       (SELECT count(*) FROM draft)
  FROM complaint
--- pg_result: 200|200|t|1000|5|200|200|0
