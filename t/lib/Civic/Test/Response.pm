package Civic::Test::Response;

# Copyright (C) ngx_civic_module contributors
#
# Takes responses apart: status, headers in order, body with the chunks put
# together.  parse() says undef while bytes are still missing, and dies on
# bytes that are no HTTP at all.

use strict;
use warnings;


# parse(bytes, method, at_end) -> (response, rest), or nothing yet.
# Interim 1xx responses are passed over.

sub parse {
    my ($class, $bytes, $method, $at_end) = @_;

    while (1) {
        return if $bytes !~ /\A(.*?\r\n)\r\n/s;

        my $raw = $1;
        my $rest = substr $bytes, length($raw) + 2;
        my $self = $class->_head($raw);

        if ($self->{code} >= 100 && $self->{code} < 200) {
            $bytes = $rest;
            next;
        }

        return $self->_take_body($rest, $method, $at_end);
    }
}


sub _head {
    my ($class, $raw) = @_;

    my ($line, @lines) = split /\r\n/, $raw;
    my ($code) = $line =~ m{^HTTP/\d\.\d (\d{3})(?: |$)}
        or die "not an HTTP status line: $line\n";
    my @headers = map { [split /:\s*/, $_, 2] } @lines;

    return bless { code => $code, raw_headers => $raw, headers => \@headers,
                   body => '' }, $class;
}


sub _take_body {
    my ($self, $rest, $method, $at_end) = @_;

    if ($method eq 'HEAD' || $self->{code} == 204 || $self->{code} == 304) {
        return ($self, $rest);
    }

    if (lc($self->header('Transfer-Encoding') // '') eq 'chunked') {
        return $self->_take_chunks($rest);
    }

    my $length = $self->header('Content-Length');

    if (!defined $length) {
        return if !$at_end;
        $self->{body} = $rest;
        return ($self, '');
    }

    if (length $rest < $length) {
        return if !$at_end;
        $self->{short} = $length - length $rest;
    }

    $self->{body} = substr $rest, 0, $length;

    return ($self, substr $rest, length $self->{body});
}


sub _take_chunks {
    my ($self, $rest) = @_;

    my $body = '';

    while ($rest =~ /\A([0-9a-fA-F]+)[^\r]*\r\n/) {
        my ($size, $start) = (hex $1, $+[0]);

        if ($size == 0) {
            return if $rest !~ /\A0+[^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/;
            $self->{body} = $body;
            return ($self, substr $rest, $+[0]);
        }

        return if length $rest < $start + $size + 2;

        $body .= substr $rest, $start, $size;
        $rest = substr $rest, $start + $size + 2;
    }

    die "invalid chunk: " . substr($rest, 0, 40) . "\n"
        if $rest =~ /\n/ || length $rest > 16;

    return;
}


# All values of a header, joined as HTTP allows; undef if it is absent.

sub header {
    my ($self, $name) = @_;

    my @values = map { $_->[1] // '' } grep { lc $_->[0] eq lc $name }
                 @{ $self->{headers} };

    return @values ? join(', ', @values) : undef;
}


1;
