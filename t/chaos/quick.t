#!/usr/bin/perl

# Copyright (C) ngx_civic_module contributors
#
# Why: what util/chaos proves in full is proved in short with every run of the
# tests, one test for each scenario.  It fails when anything is lost, doubled,
# out of order or left without an answer while nginx, Postgres or a peer is in
# trouble: for example when a row of the outbox is performed without having
# been taken, when an unknown outcome is sent again without being looked up,
# or when a webhook is answered 200 before its commit.

use strict;
use warnings;

use FindBin ();
use Test::More;

use lib "$FindBin::RealBin/../../util/lib", "$FindBin::RealBin/../lib";

use chaos::Run;
use chaos::Scenarios;

my @scenarios = chaos::Scenarios::all();

plan tests => scalar @scenarios;
$SIG{PIPE} = 'IGNORE';

chaos::Run::run(%{ chaos::Run::size(quick => 1) }, scenarios => \@scenarios,
    on_result => sub {
        my ($result) = @_;

        ok(!@{ $result->{wrong} }, "$result->{name}: nothing is lost, doubled,"
                                   . ' out of order or unanswered')
            or diag(join("\n", @{ $result->{wrong} },
                         "kept: $result->{dir}"));
    });
