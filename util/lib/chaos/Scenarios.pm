# Copyright (C) ngx_civic_module contributors
#
# The scenarios, as one table.  A row reads: its name; what is played
# (chaos::Faults) and of which kind; for so many seconds on and off; what the
# load or the site does differently; which outcomes only the peer knows, so
# that a message may be sent once more for each of them; and all of it in
# words.
#
#   answers   WhatsApp took a message without a proper answer
#   dead      the worker that waited for the answer is no more

package chaos::Scenarios;

use strict;
use warnings;

my @TABLE = (

    ['calm', 'none', '', 0, 1, {}, '',
     'nothing goes wrong'],

    ['worker-kill', 'kill', '', 0, 1, {}, 'dead',
     'a worker is killed (kill -9) every second'],
    ['reload', 'reload', '', 0, 1, {}, '',
     'nginx is told to reload every second'],

    ['pg-restart', 'stop', '', 0.8, 2.2, {}, '',
     'Postgres is stopped at once (immediate) and started again'],
    ['pg-freeze', 'freeze', '', 2.5, 2, {}, '',
     'Postgres hangs (SIGSTOP) for longer than a webhook may wait'],
    ['pg-terminate', 'terminate', '', 0, 0.7, {}, '',
     'all connections are terminated, again and again'],
    ['pg-full', 'full', '', 1.5, 1.5, {}, '',
     'whoever writes is told that the disk is full (53100, by a trigger)'],

    ['graph-refuse', 'graph', 'refuse', 2.5, 1.5, {}, 'answers',
     'WhatsApp closes its connections and does not listen'],
    ['graph-hang', 'graph', 'hang', 2.5, 1.5, {}, 'answers',
     'WhatsApp does not answer'],
    ['graph-drip', 'graph', 'drip', 2.5, 1.5, {}, 'answers',
     'WhatsApp answers one byte at a time'],
    ['graph-drop', 'graph', 'drop', 2.5, 1.5, {}, 'answers',
     'WhatsApp closes the connection instead of an answer'],
    ['graph-5xx', 'graph', '5xx', 2.5, 1.5, {}, 'answers',
     'WhatsApp, or what is before it, has an error'],
    ['graph-html', 'graph', 'html', 2.5, 1.5, {}, 'answers',
     'WhatsApp answers with a page, 200 or 502'],
    ['graph-oversize', 'graph', 'oversize', 2.5, 1.5, {}, 'answers',
     'WhatsApp answers with more than is read'],
    ['graph-wrong', 'graph', 'wrong', 2.5, 1.5, {}, 'answers',
     'WhatsApp answers with JSON that says nothing'],

    ['311-refuse', 'city', 'refuse', 2.5, 1.5, {}, '',
     '311 closes its connections and does not listen'],
    ['311-hang', 'city', 'hang', 2.5, 1.5, {}, '',
     '311 does not answer'],
    ['311-drip', 'city', 'drip', 2.5, 1.5, {}, '',
     '311 answers one byte at a time'],
    ['311-drop', 'city', 'drop', 2.5, 1.5, {}, '',
     '311 closes the connection instead of an answer'],
    ['311-5xx', 'city', '5xx', 2.5, 1.5, {}, '',
     '311, or what is before it, has an error'],
    ['311-html', 'city', 'html', 2.5, 1.5, {}, '',
     '311 answers with a page, 200 or 502'],
    ['311-oversize', 'city', 'oversize', 2.5, 1.5, {}, '',
     '311 answers with more than is read'],
    ['311-wrong', 'city', 'wrong', 2.5, 1.5, {}, '',
     '311 answers with JSON that says nothing'],

    ['twice', 'none', '', 0, 1, { twice => 1 }, '',
     'every webhook comes twice at once, and once more 2 s later'],
    ['reordered', 'none', '', 0, 1, { reordered => 1 }, '',
     'statuses come in every order, and before the answer to the send'],

    ['clock-nginx', 'clock', 'nginx', 0, 1.5, {}, '',
     'the time of day of nginx steps by minutes, forth and back'],
    ['clock-postgres', 'clock', 'postgres', 0, 1.5, {}, '',
     'the time of day of Postgres steps by minutes, forth and back'],

    ['small-zone', 'crowd', '', 0, 1,
     { zone => '512k', crowd => 500, pause => 2.5 }, '',
     'a crowd pushes every conversation out of the zone between two messages'],

    ['two-nodes', 'none', '', 0, 1, { nodes => 2 }, '',
     'two nginx on one Postgres; webhooks of one person go to both in turns'],

    ['storm', 'storm', '', 1.5, 2, { nodes => 2, twice => 1 },
     'answers dead',
     'two nodes, both peers drop calls, kills, reloads, lost connections,'
     . ' and every webhook thrice'],
);


sub all {
    return map { {
        name => $_->[0], play => $_->[1], with => $_->[2], on => $_->[3],
        off => $_->[4], differently => $_->[5], about => $_->[7],
        unknowable => { map { $_ => 1 } split ' ', $_->[6] },
    } } @TABLE;
}


# Those of these names, in the order of the table; dies for a name that is
# none.

sub named {
    my (@names) = @_;

    my %known = map { $_->{name} => $_ } all();

    for my $name (@names) {
        die "there is no scenario $name\n" if !$known{$name};
    }

    my %wanted = map { $_ => 1 } @names;

    return grep { !@names || $wanted{ $_->{name} } } all();
}


1;
