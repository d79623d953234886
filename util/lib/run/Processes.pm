# Copyright (C) ngx_civic_module contributors
#
# The servers of one instance, as children of this process.  Each is written
# down with its start time, so that what a killed supervisor left behind can
# be told from a stranger with the same pid.  It refuses to signal anything
# else.

package run::Processes;

use strict;
use warnings;

use POSIX qw(:sys_wait_h);
use Time::HiRes qw(time);

# how each is asked to go; whoever does not is killed
my %GO = (
    nginx    => ['QUIT', 'TERM'],
    standin  => ['TERM'],
    postgres => ['INT', 'QUIT'],
);

use constant PATIENCE => 10;


sub new {
    my ($class, $home) = @_;

    return bless {home => $home, list => []}, $class;
}


# Start time in ticks since boot: with the pid, the name of a process.
sub _born {
    my ($pid) = @_;

    open my $stat, '<', "/proc/$pid/stat" or return '';
    my $line = <$stat> // return '';

    # after the command in parentheses: state is field 3, start time 22
    return (split ' ', substr $line, rindex($line, ')') + 1)[19] // '';
}


# Runs @command in a process group of its own, output into the file $log.
sub start {
    my ($self, $name, $log, $as_user, @command) = @_;

    my $home = $self->{home};

    open my $out, '>', $log or die "cannot write $log: $!\n";
    my $pid = fork // die "cannot fork: $!\n";

    if ($pid == 0) {
        POSIX::setpgid(0, 0);
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP CHLD);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $out;
        open STDERR, '>&', $out;
        chdir '/';
        $home->become_user if $as_user;
        exec { $command[0] } @command
            or print STDERR "cannot run $command[0]: $!\n";
        POSIX::_exit(127);
    }

    push @{$self->{list}}, {name => $name, pid => $pid, born => _born($pid),
                            log => $log};
    $self->_record;

    return $pid;
}


sub _record {
    my ($self) = @_;

    $self->{home}->spew($self->{home}->path('processes'),
        join '', map { "$_->{name} $_->{pid} $_->{born}\n" }
                 @{$self->{list}});
}


# The first child that has ended, or undef.
sub ended {
    my ($self) = @_;

    for my $one (@{$self->{list}}) {
        return $one if waitpid($one->{pid}, WNOHANG) == $one->{pid};
    }

    return undef;
}


# Until $is_true->() or the deadline; dies with the log if a child ends.
sub wait_for {
    my ($self, $what, $seconds, $is_true) = @_;

    my $until = time + $seconds;

    until ($is_true->()) {
        if (my $one = $self->ended) {
            die "$one->{name} ended:\n" . $self->tail($one->{log});
        }

        die "$what: not within $seconds seconds\n" if time > $until;
        select undef, undef, undef, 0.02;
    }
}


sub tail {
    my ($self, $log) = @_;

    my @lines = split /^/, $self->{home}->slurp($log);
    splice @lines, 0, -10 if @lines > 10;
    return join '', map { "    $_" } @lines;
}


sub stop_all {
    my ($self) = @_;

    for my $one (reverse @{$self->{list}}) {
        _stop($one);

        # workers of nginx outlive a master that was killed
        kill 'KILL', -$one->{pid};
    }

    $self->{list} = [];
    unlink $self->{home}->path('processes');
}


# Ends what a supervisor that was killed has left running.
sub stop_leftovers {
    my ($self) = @_;

    my $path = $self->{home}->path('processes');
    return unless -e $path;

    for my $line (reverse split /\n/, $self->{home}->slurp($path)) {
        my ($name, $pid, $born) = split ' ', $line;
        _stop({name => $name, pid => $pid, born => $born // ''});
    }

    unlink $path;
}


sub _stop {
    my ($one) = @_;

    for my $signal (@{$GO{$one->{name}}}, 'KILL') {
        return unless _is_alive($one);
        kill $signal, $one->{pid};

        my $until = time + PATIENCE;
        while (time < $until) {
            return unless _is_alive($one);
            select undef, undef, undef, 0.02;
        }
    }
}


sub _is_alive {
    my ($one) = @_;

    waitpid $one->{pid}, WNOHANG;
    return $one->{born} ne '' && _born($one->{pid}) eq $one->{born};
}


1;
