package Civic::Test::Expect;

# Copyright (C) ngx_civic_module contributors
#
# Compares one response with what its block expects of it: status, headers,
# body.  Counts one test for each expectation, as openresty's runner does.

use strict;
use warnings;

use JSON::PP ();
use Test::More ();

use Civic::Test::Env qw(expand);


# The expectation for response number i: an array has one for each response,
# anything else holds for all.

sub _indexed {
    my ($block, $section, $i) = @_;

    my $value = $block->get($section);
    return $value if ref $value ne 'ARRAY';

    die "--- $section has @{[scalar @$value]} entries, too few\n"
        if $i >= @$value;

    return $value->[$i];
}


sub check {
    my ($name, $block, $i, $response, $error) = @_;

    if (defined $error) {
        Test::More::diag("$name - response $i: $error");
    }

    _check_code($name, $block, $i, $response);
    _check_raw_headers($name, $block, $i, $response);
    _check_headers($name, $block, $i, $response);
    _check_body($name, $block, $i, $response);
}


sub _check_code {
    my ($name, $block, $i, $response) = @_;

    my $code = defined $response ? $response->{code} : '';
    my $like = _indexed($block, 'error_code_like', $i);

    if (defined $like) {
        return Test::More::like($code, qr/$like/sm, "$name - status code ok");
    }

    Test::More::is($code, _indexed($block, 'error_code', $i) // 200,
                   "$name - status code ok");
}


sub _check_raw_headers {
    my ($name, $block, $i, $response) = @_;

    my $raw = defined $response ? $response->{raw_headers} : '';
    my $like = _indexed($block, 'raw_response_headers_like', $i);
    my $unlike = _indexed($block, 'raw_response_headers_unlike', $i);

    Test::More::like($raw, qr/$like/s, "$name - raw headers like")
        if defined $like;
    Test::More::unlike($raw, qr/$unlike/s, "$name - raw headers unlike")
        if defined $unlike;
}


sub _check_headers {
    my ($name, $block, $i, $response) = @_;

    my $exact = _indexed($block, 'response_headers', $i);
    my $wanted = $exact // _indexed($block, 'response_headers_like', $i)
                 // return;

    for my $line (split /\n+/, $wanted) {
        next if $line !~ /\S/;

        if ($line =~ /^\s*!\s*(\S+)/) {
            Test::More::ok(!defined $response
                           || !defined $response->header($1),
                           "$name - header $1 not present");
            next;
        }

        my ($key, $value) = $line =~ /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/
            or die "not a header: $line\n";
        my $got = (defined $response ? $response->header($key) : undef) // '';

        if (defined $exact) {
            Test::More::is($got, expand($value), "$name - header $key ok");

        } else {
            Test::More::like($got, qr/^$value$/, "$name - header $key like");
        }
    }
}


sub _check_body {
    my ($name, $block, $i, $response) = @_;

    my $body = defined $response ? $response->{body} : undef;
    my $exact = expand(_indexed($block, 'response_body', $i));

    if (defined $exact) {
        $body = _sorted($body) if $block->has('response_body_json_sort');

        return ref $exact
               ? Test::More::like($body, $exact, "$name - body like")
               : Test::More::is($body, $exact, "$name - body as expected");
    }

    my $like = expand(_indexed($block, 'response_body_like', $i));
    my $unlike = expand(_indexed($block, 'response_body_unlike', $i));

    if (defined $like) {
        Test::More::like($body, qr/$like/s, "$name - body like");

    } elsif (defined $unlike) {
        Test::More::unlike($body // '', qr/$unlike/s, "$name - body unlike");
    }
}


sub _sorted {
    my ($body) = @_;

    my $json = JSON::PP->new->canonical->loose->allow_nonref;
    my $object = eval { $json->decode($body // '') };

    return defined $object ? $json->encode($object) . "\n" : $body;
}


1;
