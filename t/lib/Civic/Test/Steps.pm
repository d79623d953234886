package Civic::Test::Steps;

# Copyright (C) ngx_civic_module contributors
#
# What happens while nginx runs, in the order the sections stand in the block:
# requests, signals, a database that goes and comes back.  Every step returns
# when its effect can be seen.  It refuses conditions that do not come true.

use strict;
use warnings;

use Test::More ();

use Civic::Test::Client;
use Civic::Test::Env qw(expand poll_until server_port slowness);
use Civic::Test::Expect;
use Civic::Test::Log;
use Civic::Test::Postgres;
use Civic::Test::Request;

# name => what it does; the value is the section's

my %steps = (
    signal     => \&_signal,
    restart    => \&_restart,
    pg_stop    => sub { $_[0]{cluster}->stop(_trim($_[1]) || 'fast') },
    pg_start   => sub { $_[0]{cluster}->start },
    pg_kill    => sub { $_[0]{cluster}->kill_backends($_[0]{database}) },
    pg_freeze  => sub { _freeze($_[0], 'STOP') },
    pg_thaw    => sub { _freeze($_[0], 'CONT') },
    pg_wait    => \&_pg_wait,
    pg_do      => sub { $_[0]{cluster}->query($_[0]{database},
                                              expand($_[1])) },
    mock_stop  => sub { $_[0]{mocks}[_trim($_[1]) || 1]->stop },
    mock_start => sub { $_[0]{mocks}[_trim($_[1]) || 1]->start },
    wait_mock  => sub { _wait_mock($_[0], 1, $_[1]) },
    wait_mock2 => sub { _wait_mock($_[0], 2, $_[1]) },
    wait_log   => \&_wait_log,
    perl       => sub { my ($ok) = Civic::Test::Block::_evaluate($_[1]);
                        die $@ if $@; },
);

my %requests = map { $_ => 1 } qw(request raw_request pipelined_requests
                                  then_request);


sub is_step {
    my ($name) = @_;

    return exists $steps{$name} || $requests{$name};
}


# Whether a section is one openresty's runner does not know.

sub _is_own {
    my ($name) = @_;

    return exists $steps{$name}
           || $name =~ /^(?:then_request|together|signed|civic|(?:mock|pg)_)/;
}


# Runs the block once over.

sub run {
    my ($run, $title) = @_;

    my $block = $run->{block};
    my $plain = !grep { _is_own($_->{name}) } $block->sections;

    $run->{responses} = 0;
    $run->{events} = [];

    for my $section ($block->sections) {
        my $name = $section->{name};

        if ($requests{$name}) {
            _requests($run, $title, $section, $plain);

        } elsif ($steps{$name}) {
            $steps{$name}->($run, $block->value($section), $title);
        }
    }

    _pause($block);
    $run->{log}->check($title, $block);
}


sub _pause {
    my ($block) = @_;

    my $seconds = $block->get('wait') // return;

    select undef, undef, undef, $seconds;
}


sub _requests {
    my ($run, $title, $section, $plain) = @_;

    my $block = $run->{block};
    my @conns = Civic::Test::Request::connections($block, $section,
                                                  $run->{responses});
    my @rounds = $block->has('together') ? [@conns] : map { [$_] } @conns;

    while (my $round = shift @rounds) {
        _exchange($run, $round);

        for my $conn (@$round) {
            my $last = !@rounds && $conn == $round->[-1];
            _check($run, $title, $conn, $plain, $last);
        }
    }
}


sub _exchange {
    my ($run, $conns) = @_;

    my $timeout = $run->{block}->get('timeout') // $run->{timeout};
    $timeout = $1 / 1000 if $timeout =~ /^\s*(\d+)\s*ms/;
    $timeout =~ s/\s*s?\s*\z//;

    Civic::Test::Client::exchange($conns, server_port(),
                                  $timeout * slowness(), $run->{events});
    $run->{events} = [];
}


# After each request of a block without extensions openresty's runner looks at
# the logs, and counts that; so must we, or plans would differ.

sub _check {
    my ($run, $title, $conn, $plain, $is_last) = @_;

    my $block = $run->{block};
    my @methods = @{ $conn->{methods} };

    for my $j (0 .. $#methods) {
        my $i = $run->{responses}++;

        if (!$block->has('ignore_response')) {
            Civic::Test::Expect::check($title, $block, $i,
                                       $conn->{responses}[$j],
                                       $conn->{error});
        }

        next if !$plain || ($is_last && $j == $#methods);

        _pause($block);
        $run->{log}->check($title, $block);
    }
}


# "HUP", or "HUP at 0.2": then it is sent while the next request is under way

sub _signal {
    my ($run, $value) = @_;

    my ($name, $at) = $value =~ /^\s*([\w-]+)(?:\s+at\s+([\d.]+)\s*s?)?\s*$/
        or die "--- signal: $value?\n";
    my $nginx = $run->{nginx};

    return $nginx->signal($name) if !defined $at;

    push @{ $run->{events} },
         [$at, sub { kill $name, $nginx->{pid} }];
}


# Graceful stop and a new start: nothing survives in memory.

sub _restart {
    my ($run, $signal) = @_;

    my $fault = $run->{nginx}->stop(_trim($signal) || 'QUIT');

    die "$fault\n" if defined $fault;
    $run->{nginx}->start or die "nginx does not start again\n";
}


sub _freeze {
    my ($run, $signal) = @_;

    my @pids = $signal eq 'STOP' ? () : @{ $run->{frozen} // [] };

    if ($signal eq 'STOP') {
        @pids = $run->{cluster}->backends($run->{database});
        $run->{frozen} = \@pids;
    }

    kill $signal, @pids;
}


# SQL, polled until it answers t

sub _pg_wait {
    my ($run, $sql) = @_;

    my $got;

    poll_until(8, sub {
        $got = $run->{cluster}->query($run->{database}, expand($sql));
        return $got eq "t\n";
    }) or die "pg_wait: still $got";
}


sub _wait_mock {
    my ($run, $number, $count) = @_;

    my $mock = $run->{mocks}[$number] // die "there is no mock $number\n";

    $mock->await($count)
        or die "mock_http$number has seen " . scalar($mock->requests)
               . " requests, not $count\n";
}


sub _wait_log {
    my ($run, $value) = @_;

    for my $pattern (Civic::Test::Log::patterns($value)) {
        poll_until(8, sub {
            scalar grep { Civic::Test::Log::matches($_, $pattern) }
                   $run->{log}->lines
        }) or die "wait_log: \"$pattern\" did not appear\n";
    }
}


sub _trim {
    my ($value) = @_;

    return ($value // '') =~ s/^\s+|\s+\z//gr;
}


1;
