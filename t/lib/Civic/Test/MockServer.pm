package Civic::Test::MockServer;

# Copyright (C) ngx_civic_module contributors
#
# The child process of a scripted HTTP server: accepts, records each request
# as a JSON line, and answers by the rules, also slowly, by halves or not at
# all.  Requests of one connection are answered in their order.  It knows
# nothing of tests.

use strict;
use warnings;

use JSON::PP ();
use Mojo::IOLoop ();
use Mojo::Message::Request ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

use constant PIECES => 8;

my $json = JSON::PP->new->ascii->canonical;


# serve(fd => ..., rules => ..., record => path, tls => [cert, key]): for ever

sub serve {
    my (%mock) = @_;

    open $mock{out}, '>>', $mock{record} or die "$mock{record}: $!\n";
    $mock{out}->autoflush(1);
    $mock{n} = $mock{first} // 0;

    # a loop of this process's own, whatever the parent had

    my $loop = $mock{loop} = Mojo::IOLoop->new;
    my @tls = $mock{tls} ? (tls => 1, tls_cert => $mock{tls}[0],
                            tls_key => $mock{tls}[1]) : ();

    $loop->server({ fd => $mock{fd}, @tls }, sub {
        my (undef, $stream, $id) = @_;
        _accept(\%mock, $stream, $id);
    });
    $loop->start;
}


sub _accept {
    my ($mock, $stream, $id) = @_;

    my $conn = { mock => $mock, stream => $stream, id => $id, waiting => [] };

    $stream->timeout(0);
    $stream->on(read => sub {
        my (undef, $bytes) = @_;
        _read($conn, $bytes) if !$conn->{closed};
    });
    $stream->on(close => sub {
        $conn->{closed} = 1;
        delete @$conn{qw(stream request)};
    });
    $stream->on(error => sub { });
}


sub _read {
    my ($conn, $bytes) = @_;

    while (length $bytes) {
        my $request = $conn->{request} //= _request();

        $request->parse($bytes);
        return if !$request->is_finished;

        $bytes = $request->content->leftovers // '';
        delete $conn->{request};

        push @{ $conn->{waiting} }, _record($conn, $request);
        _next($conn) if !$conn->{busy};
    }
}


sub _request {
    my $request = Mojo::Message::Request->new;

    $request->max_message_size(0);
    $request->content->auto_upgrade(0);

    return $request;
}


sub _record {
    my ($conn, $request) = @_;

    my $mock = $conn->{mock};
    my $headers = $request->headers;
    my $seen = {
        n       => ++$mock->{n},
        time    => time(),
        conn    => $conn->{id},
        method  => $request->method,
        path    => $request->url->to_string =~ s{^https?://[^/]*}{}r,
        headers => { map { lc $_ => $headers->header($_) }
                     @{ $headers->names } },
        body    => $request->body,
    };
    my $reply = $mock->{rules}->answer($seen);

    $mock->{counted}++ if !$reply || !$reply->{quiet};
    $seen->{unknown} = 1 if !$reply;
    $seen->{quiet} = 1 if $reply && $reply->{quiet};
    print { $mock->{out} } $json->encode($seen), "\n";

    return $reply // { action => 404, body => '', headers => {} };
}


sub _next {
    my ($conn) = @_;

    my $reply = shift @{ $conn->{waiting} };
    $conn->{busy} = defined $reply;
    return if !$reply || $conn->{closed};

    return _answer_after($conn, $reply) if $reply->{after};
    return _answer($conn, $reply) if !$reply->{delay};

    $conn->{mock}{loop}->timer($reply->{delay}, sub {
        _answer($conn, $reply);
    });
}


# Looks again and again whether so many requests have come.

sub _answer_after {
    my ($conn, $reply) = @_;

    my $mock = $conn->{mock};

    return if $conn->{closed};
    return _answer($conn, $reply)
        if ($mock->{counted} // 0) >= $reply->{after};

    $mock->{loop}->timer(0.01, sub { _answer_after($conn, $reply) });
}


sub _answer {
    my ($conn, $reply) = @_;

    return if $conn->{closed} || $reply->{action} eq 'hang';
    return $conn->{stream}->close if $reply->{action} eq 'drop';
    return _reset($conn) if $reply->{action} eq 'rst';

    my $bytes = _bytes($reply);

    if ($reply->{drip}) {
        my $size = int(length($bytes) / PIECES) + 1;
        return _drip($conn, $reply, $bytes =~ /(.{1,$size})/gs);
    }

    $conn->{stream}->write($bytes, sub { _sent($conn, $reply) });
}


sub _bytes {
    my ($reply) = @_;

    my $body = $reply->{body};
    my %headers = %{ $reply->{headers} };

    $headers{'Content-Type'} //= $body =~ /^\s*[\[\{]/ ? 'application/json'
                                                       : 'text/plain';
    $headers{Connection} //= 'close' if $reply->{close};

    if ($reply->{chunked}) {
        $headers{'Transfer-Encoding'} = 'chunked';
        $body = join '', map({ sprintf "%x\r\n%s\r\n", length $_, $_ }
                             $body =~ /(.{1,4096})/gs), "0\r\n\r\n";

    } else {
        $headers{'Content-Length'} //= length $body;
    }

    substr $body, length($body) / 2, length $body, '' if $reply->{truncate};

    return join "\r\n", "HTTP/1.1 $reply->{action} Scripted",
                map({ "$_: $headers{$_}" } sort keys %headers), '', $body;
}


sub _drip {
    my ($conn, $reply, $piece, @rest) = @_;

    return if $conn->{closed};

    $conn->{stream}->write($piece, sub {
        return _sent($conn, $reply) if !@rest;

        $conn->{mock}{loop}->timer($reply->{drip}, sub {
            _drip($conn, $reply, @rest);
        });
    });
}


sub _sent {
    my ($conn, $reply) = @_;

    return if $conn->{closed};
    return $conn->{stream}->close if $reply->{close} || $reply->{truncate};

    _next($conn);
}


sub _reset {
    my ($conn) = @_;

    my $handle = $conn->{stream}->steal_handle;

    setsockopt $handle, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    close $handle;
}


1;
