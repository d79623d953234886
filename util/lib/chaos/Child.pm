# Copyright (C) ngx_civic_module contributors
#
# A process of its own for a peer or the load, with a line to its parent:
# the parent asks in one line of JSON, the child answers in one.  A child
# whose parent is gone ends.  Nothing is kept here, and nothing is waited for
# without an end.

package chaos::Child;

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use JSON::PP ();
use POSIX qw(WNOHANG);
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM);
use Time::HiRes qw(time sleep);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# our ends of all lines: a child that kept one would keep a sibling alive
my %lines;


sub pair {
    socketpair(my $one, my $other, AF_UNIX, SOCK_STREAM, PF_UNSPEC)
        or die "socketpair: $!\n";
    $_->autoflush for $one, $other;

    return ($one, $other);
}


# $work->($line) runs in the child and should not come back before the end.

sub start {
    my ($class, $name, $log, $work) = @_;

    my ($ours, $theirs) = pair();
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        close $_ for $ours, values %lines;
        %lines = ();
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP CHLD);
        $SIG{PIPE} = 'IGNORE';
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $log;
        open STDERR, '>&', \*STDOUT;
        STDERR->autoflush;
        eval { $work->($theirs); 1 } or print STDERR "$name: $@";
        POSIX::_exit($@ ? 1 : 0);
    }

    close $theirs;
    $lines{$pid} = $ours;

    return bless { name => $name, pid => $pid, line => $ours, log => $log,
                   heard => '' }, $class;
}


# One question, one answer; dies when there is none in time.

sub ask {
    my ($self, $question, $seconds) = @_;

    $self->tell($question);

    return $self->hear($seconds // 20);
}


sub tell {
    my ($self, $what) = @_;

    print { $self->{line} } $json->encode($what), "\n";
}


sub hear {
    my ($self, $seconds) = @_;

    my $until = time + $seconds;

    while (index($self->{heard}, "\n") < 0) {
        my $ready = IO::Select->new($self->{line})->can_read($until - time);
        my $n = $ready && sysread $self->{line}, $self->{heard}, 65536,
                                  length $self->{heard};

        die "$self->{name} does not answer:\n" . $self->tail if !$n;
    }

    my ($line, $rest) = split /\n/, $self->{heard}, 2;
    $self->{heard} = $rest;

    return $json->decode($line);
}


# Waits for the first of them that says something, or ends.

sub first_of {
    my (@children) = @_;

    my %of = map { fileno($_->{line}) => $_ } @children;
    my ($line) = IO::Select->new(map { $_->{line} } @children)->can_read;

    return $line ? $of{ fileno $line } : undef;
}


sub tail {
    my ($self) = @_;

    open my $in, '<', $self->{log} or return '';
    my @lines = <$in>;
    splice @lines, 0, -10 if @lines > 10;

    return join '', map { "    $_" } @lines;
}


# Asked to go; who has not gone after so many seconds is killed.

sub stop {
    my ($self, $seconds) = @_;

    my $pid = delete $self->{pid} // return;
    my $until = time + ($seconds // 5);

    kill 'TERM', $pid;
    close $self->{line};
    delete $lines{$pid};

    while (time < $until) {
        return if waitpid($pid, WNOHANG) != 0;
        sleep(0.02);
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;
}


1;
