# Copyright (C) ngx_civic_module contributors
#
# One scenario from beginning to end: everything up, the load begins, the
# fault comes and goes, the backlog drains without help, the verdict.  Every
# wait is for an event and has an end.

package chaos::Play;

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use Civic::Test::Env qw(module_path slurp);
use Civic::Test::Nginx;

use chaos::Faults;
use chaos::Ledger;
use chaos::Site;
use chaos::Verdict;

use constant {
    LOOK  => 0.05,              # between two looks at what is going on
    STILL => 60,                # nothing goes on: it will not drain any more
    COPIES => 2,                # three copies of each: come more slowly
    BUSY  => 2,                 # seconds the load may be late by itself
    LIMIT => 150,               # and three times what the load takes
    EACH  => 20,                # webhooks of a citizen, 5 messages and 15
                                # statuses
};

# %with: scenario, dir, cluster, webhooks, rate, workers, more
# {name, count, wrong, struck, seconds}

sub play {
    my (%with) = @_;

    my $scenario = $with{scenario};
    my $begin = time;
    my %result = (name => $scenario->{name}, count => {}, wrong => []);
    my $site = _site(%with);

    eval { %result = (%result, %{ _run($scenario, $site) }); 1 }
        or push @{ $result{wrong} }, $@ =~ s/\n\z//r;
    eval { $site->down; 1 }
        or push @{ $result{wrong} }, $@ =~ s/\n\z//r;

    $result{seconds} = time - $begin;

    return \%result;
}


sub _site {
    my (%with) = @_;

    my $differently = $with{scenario}{differently};
    my $citizens = int(($with{webhooks} + EACH - 1) / EACH);

    return chaos::Site->new(
        dir => $with{dir}, cluster => $with{cluster}, nodes => 1,
        zone => '8m', workers => $with{workers}, more => [_more()],
        clock_of => $with{scenario}{play} eq 'clock'
                    ? $with{scenario}{with} : '',
        count => $citizens, twice => 0, reordered => 0,
        pause => 0.2, crowd => 0,
        span => $with{webhooks} / $with{rate}
                * ($differently->{twice} ? COPIES : 1), %$differently);
}


# The module's own waits, as short as those of nginx.conf.in.

my @WAITS = (
    'civic_whatsapp_rate 5000;',
    'civic_whatsapp_unknown 8s;',
    'civic_311_unknown retry wait=2s;',
);

sub _more {
    my ($module) = module_path();
    my $known = slurp($module // Civic::Test::Nginx::binary());

    return map { /rate/ && $known =~ /burst=/ ? s/;/ pair=1ms burst=1000;/r
                                              : $_ }
           grep { /^(\w+)/ && index($known, $1) >= 0 } @WAITS;
}


sub _run {
    my ($scenario, $site) = @_;

    my $faults;
    my $ok = eval {
        $site->up;
        $faults = chaos::Faults->new(site => $site,
            map { $_ => $scenario->{$_} } qw(play with on off));
        _load($site, $faults);
        1;
    };
    my @wrong = $ok ? () : $@ =~ s/\n\z//r;

    if ($faults && !$ok) {
        eval { $faults->end };
    }

    die "$wrong[0]\n" if !$site->{load} || "@wrong" eq 'stopped';

    my $late = eval { $site->{load}->ask({})->{late} } // 'very';

    $site->{evicted} = $site->counter('conversations_evicted');
    my $struck = $faults->struck;

    push @wrong, $site->stop_nodes;

    my $verdict = chaos::Verdict->new(
        scenario => $scenario, site => $site,
        ledger => chaos::Ledger->read($site->{dir}))->judge;

    push @wrong, 'the fault did not strike' if defined $struck && !$struck;
    push @wrong, @{ $verdict->{wrong} };
    push @wrong, "the load itself was late, by $late s: this machine is busy"
        if @wrong && ($late eq 'very' || $late > BUSY);

    return { count => $verdict->{count}, struck => $struck,
             wrong => \@wrong };
}


# Until every citizen is through, every webhook acknowledged, every row done.

sub _load {
    my ($site, $faults) = @_;

    my $load = $site->{load};
    my $until = time + LIMIT + 3 * $site->{span};
    my ($seen, $moved) = ('', time);
    my $is_over = 0;

    $load->ask({ start => 1 });
    $faults->start;

    while (1) {
        my $state = $load->ask({});

        if (!$is_over) {
            $faults->tick;
            next if $state->{come} < $site->{count};

            $faults->end;
            $is_over = 1;
        }

        return if $state->{finished} && _is_drained($site)
                  && $load->ask({})->{finished};

        my $now = join ' ', map { $state->{$_} } qw(done acknowledged
                                                    accepted);
        ($seen, $moved) = ($now, time) if $now ne $seen;

        die "it does not come to an end: $state->{done} of"
            . " $site->{count} citizens are through, $state->{pending}"
            . " webhooks wait\n" if time > $moved + STILL || time > $until;

    } continue {
        sleep(LOOK);
    }
}


sub _is_drained {
    my ($site) = @_;

    return $site->sql('SELECT NOT EXISTS (SELECT 1 FROM outbox'
                      . " WHERE state NOT IN ('done', 'dead'))") eq 't';
}


1;
