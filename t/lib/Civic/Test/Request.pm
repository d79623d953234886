package Civic::Test::Request;

# Copyright (C) ngx_civic_module contributors
#
# Turns the request sections of a block into bytes: one list of packets for
# each connection.  It knows nothing of sockets and refuses a request whose
# first line is not "METHOD [uri [version]]".

use strict;
use warnings;

use Civic::Test::Sign qw(signature);


# Connections of one request section: { packets => [{ value, delay_before }],
# methods => [one for each response expected] }.  `first` counts the requests
# of the block before this section; more_headers is indexed by it.

sub connections {
    my ($block, $section, $first) = @_;

    my $name = $section->{name};
    my $value = $block->value($section);

    return _raw($value) if $name eq 'raw_request';
    return _pipelined($block, $value, $first) if $name eq 'pipelined_requests';

    if (!ref $value) {
        while ($value =~ s/^\s*\#[^\n]+\s+|^\s+//gs) { }
    }

    my @requests = ref $value ? @$value : ($value);
    my $i = $first;

    return map { _build($block, $_, $i++, 'close') } @requests;
}


sub _raw {
    my ($value) = @_;

    my @packets = map { ref $_ ? $_ : { value => $_ } }
                  ref $value ? @$value : ($value);
    my ($method) = $packets[0]{value} =~ /^(\S*)/;

    return { packets => \@packets, methods => [$method] };
}


sub _pipelined {
    my ($block, $requests, $first) = @_;

    my $conn = { packets => [{ value => '' }], methods => [] };

    for my $i (0 .. $#$requests) {
        my $one = _build($block, $requests->[$i], $first + $i,
                         $i == $#$requests ? 'close' : 'keep-alive');

        $conn->{packets}[0]{value} .= $_->{value} for @{ $one->{packets} };
        push @{ $conn->{methods} }, @{ $one->{methods} };
    }

    return $conn;
}


# The request line and the headers travel with the first packet; packets after
# it carry body.

sub _build {
    my ($block, $request, $i, $connection) = @_;

    my @packets = map { ref $_ ? { %$_ } : { value => $_ } }
                  ref $request ? @$request : ($request);
    my ($line, $body) = $packets[0]{value} =~ /\A([^\n]*)\n?(.*)\z/s;
    my ($method, $uri, $version) = split ' ', $line;

    die "'$line' is not METHOD [uri [version]]\n" if !defined $method;

    my ($more, $chunked, %given) = _headers($block, $i);

    $packets[0]{value} = $body;

    if (!$chunked && !$given{'content-length'}) {
        $packets[0]{value} =~ s/\A\s+//;
        $packets[-1]{value} =~ s/\s+\z//;
    }

    my $whole = join '', map { $_->{value} } @packets;
    my $head = join ' ', $method, $uri // '/', $version // 'HTTP/1.1';

    $head .= "\r\n";
    $head .= "Host: localhost\r\n" if !$given{host};
    $head .= "Connection: $connection\r\n" if !$given{connection};
    $head .= $more;
    $head .= 'X-Hub-Signature-256: ' . signature($whole, _secret($block))
             . "\r\n" if $block->has('signed');
    $head .= 'Content-Length: ' . length($whole) . "\r\n"
        if $whole ne '' && !$chunked && !$given{'content-length'};

    $packets[0]{value} = "$head\r\n$packets[0]{value}";

    return { packets => \@packets, methods => [$method] };
}


sub _secret {
    my ($block) = @_;

    my $secret = $block->get('signed');
    $secret =~ s/\s+\z//;

    return $secret ne '' ? $secret : undef;
}


sub _headers {
    my ($block, $i) = @_;

    my $text = $block->get('more_headers') // '';

    if (ref $text) {
        die "--- more_headers lacks an entry for request $i\n"
            if !defined $text->[$i];
        $text = $text->[$i];
    }

    my ($out, $chunked, %given) = ('', 0);

    for my $line (split /\n+/, $text) {
        next if $line =~ /^\s*#/;

        my ($key, $value) = split /:\s*/, $line, 2;
        $value //= '';
        $value =~ s/\r\z//;
        $given{lc $key} = 1;
        $chunked = 1 if lc $key eq 'transfer-encoding'
                        && $value eq 'chunked';
        $out .= "$key: $value\r\n";
    }

    return ($out, $chunked, %given);
}


1;
