# Copyright (C) ngx_civic_module contributors
#
# Judges a scenario: the ledger against itself, then against Postgres, then
# the logs.  Every fault found is told with the ids it is about; what is not
# told here is clean.

package chaos::Verdict;

use strict;
use warnings;

use chaos::Citizen;

use constant {
    SHOWN     => 5,             # ids of one kind of fault
    UNDER_WAY => 1.5,           # seconds a call may be, nginx.conf.in
};

our @COLUMNS = qw(sent acknowledged acted registered replies lost doubled
                  redone unordered unanswered dead);


# %with: scenario, site, ledger, count

sub new {
    my ($class, %with) = @_;

    return bless { %with, count => {}, wrong => [] }, $class;
}


# {count => {column => number}, wrong => [lines]}

sub judge {
    my ($self) = @_;

    $self->{in} = { map { $_ => 1 } $self->_column(
        'SELECT wamid FROM message_in') };
    $self->{out} = { map { my ($id, @is) = split /\|/; ($id => \@is) }
                     $self->_column('SELECT outbox_id, status, wamid'
                                    . " FROM outbox WHERE kind = 'send'") };

    $self->_webhooks;
    $self->_replies;
    $self->_registrations;
    $self->_balance;
    $self->_refused;
    $self->_logs($_) for @{ $self->{site}{nodes} };

    return { count => $self->{count}, wrong => $self->{wrong} };
}


sub _column {
    my ($self, $sql) = @_;

    return split /\n/, $self->{site}->sql($sql);
}


sub _wrong {
    my ($self, $what, @ids) = @_;

    my $shown = join ', ', sort @ids > SHOWN ? @ids[0 .. SHOWN - 1] : @ids;

    push @{ $self->{wrong} }, @ids ? scalar(@ids) . " $what: $shown"
                                     . (@ids > SHOWN ? ', ...' : '') : $what;
}


# Lost: acknowledged, but nothing came of it.

sub _webhooks {
    my ($self) = @_;

    my $all = $self->{ledger}{webhooks};
    my @messages = map { $self->{ledger}->acknowledged($_) }
                   qw(message crowd);
    my @statuses = $self->{ledger}->acknowledged('status');
    my %rank = (sent => 1, delivered => 2, read => 3);

    my @lost = map { $_->{id} } grep { !$self->{in}{ $_->{id} } } @messages;
    my @forgotten = map { $_->{id} }
        grep { $self->_best($_) < $rank{ $_->{status} } } @statuses;
    my $acknowledged = @messages + @statuses;

    $self->{count}{sent} = keys %$all;
    $self->{count}{acknowledged} = $acknowledged;
    $self->{count}{acted} = $acknowledged - @lost - @forgotten;
    $self->{count}{lost} = @lost + @forgotten;

    $self->_wrong('acknowledged messages were lost', @lost) if @lost;
    $self->_wrong('acknowledged statuses were lost', @forgotten)
        if @forgotten;

    my @never = grep { !$all->{$_}{acknowledged} } keys %$all;
    $self->_wrong('webhooks were never acknowledged', @never) if @never;
}


# The best status kept of the message this one is about: of a message that
# was accepted twice one wamid is kept.

sub _best {
    my ($self, $webhook) = @_;

    my ($status, $wamid) = @{ $self->{out}{ $webhook->{outbox} } // [0, ''] };

    return length($wamid // '') && index($webhook->{id}, "$wamid.") ? 3
                                                                    : $status;
}


# Every message has one reply.  Where the scenario makes outcomes unknowable,
# one more acceptance of a message may be for each that the peer left without
# a proper answer, unless a status had told the outcome by then.

sub _replies {
    my ($self) = @_;

    my $messages = $self->{ledger}{messages};
    my $order = $self->{ledger}->orders;
    my (%said, %taken, @doubled, @unordered, @unanswered);

    # what was not acknowledged may be answered, what was must be

    $said{ $_->{phone} }++ for $self->{ledger}->sent('message');
    $taken{ $_->{phone} }++ for $self->{ledger}->acknowledged('message');
    @{ $self->{count} }{qw(replies redone)} = (scalar keys %$messages, 0);

    for my $id (sort { $a <=> $b } keys %$messages) {
        my @accepted = @{ $messages->{$id} };
        my $unknown = 0;

        for my $i (1 .. $#accepted) {
            $unknown += $self->_is_unknown($id, @accepted[$i - 1, $i]);
        }

        $self->{count}{redone} += $unknown;
        push @doubled, $id for 1 .. $#accepted - $unknown;
    }

    for my $phone (sort keys %said) {
        my @ids = @{ $order->{$phone} // [] };

        push @unanswered, _who($phone) for @ids + 1 .. $taken{$phone} // 0;
        push @doubled, @ids[$said{$phone} .. $#ids];
        push @unordered, map { $ids[$_] }
                         grep { $ids[$_] < $ids[$_ - 1] } 1 .. $#ids;
    }

    @{ $self->{count} }{qw(doubled unordered unanswered)}
        = (scalar @doubled, scalar @unordered, scalar @unanswered);

    $self->_wrong('replies were doubled, outbox ids', @doubled) if @doubled;
    $self->_wrong('replies came out of order, outbox ids', @unordered)
        if @unordered;
    $self->_wrong('messages were not answered, of citizens', @unanswered)
        if @unanswered;
}


sub _is_unknown {
    my ($self, $id, $before, $after) = @_;

    my $told = $self->{ledger}{told}{$id};

    return 0 if !%{ $self->{scenario}{unknowable} } || !$before->{unknown};
    return 0 if defined $told && $told < $after->{at} - UNDER_WAY;
    return 1;
}


# A citizen without the number.

sub _who {
    my ($phone) = @_;

    return 'number ' . (substr($phone, -5) + 0);
}


# One complaint for each citizen who was through, and one request for each.

sub _registrations {
    my ($self) = @_;

    my $requests = $self->{ledger}{requests};
    my @twice = grep { @{ $requests->{$_} } > 1 } sort keys %$requests;
    my @not = grep { !$requests->{$_} }
              $self->_column('SELECT ticket FROM complaint');
    my @many = $self->_column('SELECT citizen_id FROM complaint'
                              . ' GROUP BY 1 HAVING count(*) > 1');
    my @unknown = $self->_column('SELECT ticket FROM complaint'
                                 . ' WHERE request_id IS NULL');

    $self->{count}{registered} = keys %$requests;
    $self->{count}{doubled} += @{ $requests->{$_} } - 1 for @twice;

    $self->_wrong('complaints were registered more than once, tickets',
                  @twice) if @twice;
    $self->_wrong('complaints were not registered, tickets', @not) if @not;
    $self->_wrong('complaints do not know their number, tickets', @unknown)
        if @unknown;
    $self->_wrong('citizens have more than one complaint, citizen_id', @many)
        if @many;

    my $through = $self->{count}{registered};
    $self->_wrong("$through complaints of $self->{site}{count} citizens")
        if $through != $self->{site}{count};
}


# accepted = done + dead, and nobody is dead who was not refused.

sub _balance {
    my ($self) = @_;

    my @open = $self->_column('SELECT outbox_id FROM outbox'
                              . " WHERE state NOT IN ('done', 'dead')");
    my @dead = $self->_column('SELECT outbox_id || \' (\' || kind || \', \''
                              . ' || coalesce(error, \'\') || \')\''
                              . " FROM outbox WHERE state = 'dead'");

    $self->{count}{dead} = @dead;

    $self->_wrong('outbox rows are still open', @open) if @open;
    $self->_wrong('outbox rows are dead', @dead) if @dead;
}


sub _refused {
    my ($self) = @_;

    my @refused = @{ $self->{ledger}{refused} };

    $self->_wrong('calls were refused by a peer',
                  map { ($_->{id} // '') . " $_->{why}" } @refused)
        if @refused;
}


sub _logs {
    my ($self, $node) = @_;

    my $killed = $node->{killed} // {};
    my $words = join '|', map { quotemeta } chaos::Citizen::NAME,
                                            @chaos::Citizen::WORDS;
    my $personal = qr/910000[12]\d{5}|IN\.CHAOS|22\.7[45]\d|75\.88\d|$words/;

    for my $line ($node->log_lines('error.log')) {
        next if $line =~ /worker process (\d+) exited on signal 9\b/
                && $killed->{$1};
        next if $line =~ /shared memory zone "desk" was locked by (\d+)/
                && $killed->{$1};

        $self->_wrong("error.log: $line")
            if $line =~ /\[(?:alert|crit|emerg)\]/
               || $line =~ /exited (?:on|with code [1-9])/;
    }

    for my $line ($node->log_lines('error.log', 'access.log', 'output.log')) {
        $self->_wrong("personal in a log: $line") if $line =~ $personal;
    }
}


1;
