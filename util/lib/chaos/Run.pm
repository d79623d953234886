# Copyright (C) ngx_civic_module contributors
#
# Plays scenarios one after another, or some side by side, each lane with a
# Postgres and ports of its own, and hands every result to the caller as it
# comes.  However it ends, every process it started ends.

package chaos::Run;

use strict;
use warnings;

use File::Path qw(remove_tree);
use File::Temp ();
use JSON::PP ();

use Civic::Test::Postgres;

use chaos::Child;
use chaos::Play;
use chaos::Scenarios;

use constant GO => 40;          # seconds a lane may take to end all it has


# What is run when nobody says how much.

my %FULL  = (webhooks => 20_000, rate => 250, workers => 2, jobs => 1);
my %QUICK = (webhooks => 400, rate => 60, workers => 2, jobs => 3);


sub size {
    my (%option) = @_;

    my %size = $option{quick} ? %QUICK : %FULL;

    return { map { $_ => $option{$_} // $size{$_} } keys %size };
}


# %with: scenarios, webhooks, rate, workers, jobs, keep, on_result


sub run {
    my (%with) = @_;

    my @left = @{ $with{scenarios} };
    my $dir = File::Temp::tempdir('civic-chaos-XXXXXX', TMPDIR => 1);
    my @lanes;

    chmod 0755, $dir;
    local @SIG{qw(INT TERM HUP)} = (sub { die "stopped\n" }) x 3;

    my $kept = $with{keep};
    my $ok = eval {
        for my $n (1 .. $with{jobs}) {
            my $scenario = shift @left or last;
            my $lane = chaos::Child->start("lane $n", "$dir/lane$n.log",
                sub { _lane($_[0], %with, dir => $dir) });

            push @lanes, $lane;
            _give($lane, $scenario);
        }

        while (my @busy = grep { $_->{busy} } @lanes) {
            my $lane = chaos::Child::first_of(@busy) // next;
            my $result = $lane->hear(1);

            $lane->{busy} = 0;
            $kept = 1 if @{ $result->{wrong} };
            $result->{dir} = "$dir/$result->{name}";
            $with{on_result}->($result);
            _give($lane, shift @left) if @left;
        }

        1;
    };
    my $why = $@;

    local @SIG{qw(INT TERM HUP)} = ('IGNORE') x 3;
    $_->stop(GO) for @lanes;

    remove_tree($dir) if !$kept && ($ok || $why eq "stopped\n");
    die $why if !$ok;
}


sub _give {
    my ($lane, $scenario) = @_;

    $lane->{busy} = 1;
    $lane->tell($scenario->{name});
}


# In a process of its own: scenarios as they are named, until none is.

sub _lane {
    my ($line, %with) = @_;

    my $json = JSON::PP->new->utf8->allow_nonref;
    my $cluster = Civic::Test::Postgres::start_new();

    # whatever is under way is ended as if it had failed

    my $asked = 0;
    local @SIG{qw(INT TERM HUP)} = (sub { $asked = 1; die "stopped\n" }) x 3;

    eval {
        while (!$asked && defined(my $name = readline $line)) {
            my ($scenario) = chaos::Scenarios::named($json->decode($name));
            my $result = chaos::Play::play(%with, scenario => $scenario,
                cluster => $cluster, dir => "$with{dir}/$scenario->{name}");

            print { $line } $json->encode($result), "\n";
            remove_tree("$with{dir}/$scenario->{name}")
                if !@{ $result->{wrong} } && !$with{keep};
        }
    };
    print STDERR $@ if $@;

    $cluster->end;
}


1;
