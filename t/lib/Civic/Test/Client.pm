package Civic::Test::Client;

# Copyright (C) ngx_civic_module contributors
#
# Sends packets over any number of connections at once and collects the
# responses of each.  One loop, one deadline.  It never decides whether a
# response is right; a response that did not come is reported as an error.

use strict;
use warnings;

use Errno qw(EAGAIN EINPROGRESS EINTR);
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

use Civic::Test::Response;


# exchange(connections, port, timeout, [[seconds, code], ...])
# adds to each connection: responses => [...], left => bytes, error => text.
# The codes run at their time while the exchange is under way.

sub exchange {
    my ($conns, $port, $timeout, $events) = @_;

    my $start = time();
    my @events = sort { $a->[0] <=> $b->[0] } @{ $events // [] };

    _open($_, $port, $start) for @$conns;

    while (my @open = grep { $_->{sock} } @$conns) {
        my $now = time();

        while (@events && $now >= $start + $events[0][0]) {
            (shift @events)->[1]->();
        }

        if ($now > $start + $timeout) {
            _close($_, "timed out after ${timeout}s") for @open;
            last;
        }

        _wait(\@open, _next_time($start, \@events, \@open) - $now);
    }

    $_->[1]->() for @events;
}


sub _open {
    my ($conn, $port, $start) = @_;

    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $port, Timeout => 12);

    @$conn{qw(buffer responses out due)} = ('', [], '', $start);

    if (!defined $sock) {
        $conn->{error} = "cannot connect to port $port: $!";
        return;
    }

    $sock->blocking(0);
    $conn->{sock} = $sock;
    $conn->{queue} = [@{ $conn->{packets} }];
    _take_packet($conn);
}


sub _take_packet {
    my ($conn) = @_;

    my $packet = shift @{ $conn->{queue} };
    return if !defined $packet;

    $conn->{out} = $packet->{value};
    $conn->{due} = time() + ($packet->{delay_before} // 0);
}


sub _next_time {
    my ($start, $events, $open) = @_;

    my @times = (time() + 0.1);

    push @times, $start + $events->[0][0] if @$events;
    push @times, map { $_->{due} } grep { length $_->{out} } @$open;

    return (sort { $a <=> $b } @times)[0];
}


sub _wait {
    my ($open, $seconds) = @_;

    my $now = time();
    my @writers = grep { length $_->{out} && $_->{due} <= $now } @$open;
    my %by_fd = map { fileno($_->{sock}) => $_ } @$open;
    my $read = IO::Select->new(map { $_->{sock} } @$open);
    my $write = IO::Select->new(map { $_->{sock} } @writers);
    my ($readable, $writable) = IO::Select->select($read, $write, undef,
                                            $seconds < 0 ? 0 : $seconds);

    for my $sock (@{ $writable // [] }) {
        _send($by_fd{fileno $sock});
    }

    for my $sock (@{ $readable // [] }) {
        _receive($by_fd{fileno $sock}) if defined fileno $sock;
    }
}


sub _send {
    my ($conn) = @_;

    my $n = do { local $SIG{PIPE} = 'IGNORE';
                 syswrite $conn->{sock}, $conn->{out} };

    if (!defined $n) {
        return if $! == EAGAIN || $! == EINTR;

        # the answer may be there although the server stopped listening

        @$conn{qw(out queue)} = ('', []);
        return;
    }

    substr $conn->{out}, 0, $n, '';
    _take_packet($conn) if $conn->{out} eq '';
}


sub _receive {
    my ($conn) = @_;

    my $n = sysread $conn->{sock}, $conn->{buffer}, 65536,
                    length $conn->{buffer};

    if (!defined $n) {
        return if $! == EAGAIN || $! == EINTR;
        return _close($conn, "receive: $!");
    }

    if (!eval { _collect($conn, $n == 0); 1 }) {
        return _close($conn, $@ =~ s/\n\z//r);
    }

    if ($n == 0) {
        return _close($conn, @{ $conn->{responses} }
                             < @{ $conn->{methods} }
                             ? 'closed before the response was complete'
                             : undef);
    }

    _close($conn) if _is_done($conn);
}


sub _collect {
    my ($conn, $at_end) = @_;

    while (@{ $conn->{responses} } < @{ $conn->{methods} }) {
        my $method = $conn->{methods}[@{ $conn->{responses} }];
        my ($response, $rest) = Civic::Test::Response->parse($conn->{buffer},
                                                             $method, $at_end);
        last if !defined $response;

        push @{ $conn->{responses} }, $response;
        $conn->{buffer} = $rest;
    }
}


# After the last response a server that said "close" must close.

sub _is_done {
    my ($conn) = @_;

    return 0 if @{ $conn->{responses} } < @{ $conn->{methods} };

    my $last = $conn->{responses}[-1];

    return lc($last->header('Connection') // '') ne 'close';
}


sub _close {
    my ($conn, $error) = @_;

    $conn->{left} = $conn->{buffer};
    $conn->{error} = $error if defined $error;
    close delete $conn->{sock};
}


1;
