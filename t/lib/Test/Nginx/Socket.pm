package Test::Nginx::Socket;

# Copyright (C) ngx_civic_module contributors
#
# A small runner for the Test::Nginx::Socket file format; t/lib/README.md
# tells what it understands.  Files that use none of its extensions run under
# openresty's runner unchanged.  It refuses what openresty's lets pass: lines
# of [error] and above nobody expected, a worker that died, sockets left open,
# a sanitizer's report.

use strict;
use warnings;

use List::Util ();
use Test::More ();

use Civic::Test::Block;
use Civic::Test::Env;
use Civic::Test::Runner;
use Civic::Test::Sign ();

our @EXPORT = qw(run_tests blocks repeat_each plan add_block_preprocessor
                 no_long_string no_shuffle no_root_location log_level timeout
                 workers worker_connections master_on master_off
                 env_to_nginx server_root html_dir server_port bail_out sign);

my @more = qw(ok is isnt like unlike is_deeply pass fail diag note skip
              done_testing cmp_ok);

my %option = (
    repeat_each        => 1,
    workers            => 1,
    worker_connections => 128,
    log_level          => $ENV{TEST_NGINX_LOG_LEVEL} || 'debug',
    timeout            => $ENV{TEST_NGINX_TIMEOUT} || 10,
    master             => 0,
    env                => [],
    no_shuffle         => $ENV{TEST_NGINX_NO_SHUFFLE},
    no_root_location   => 0,
);

my ($owner, $blocks, @preprocessors) = ($$);


sub import {
    my ($class, @plan) = @_;

    my $caller = caller;

    strict->import;
    warnings->import;

    no strict 'refs';
    *{"${caller}::$_"} = \&{$_} for @EXPORT;
    *{"${caller}::$_"} = \&{"Test::More::$_"} for @more;
    *{"${caller}::is_string"} = \&Test::More::is;

    plan(@plan) if @plan;
}


sub plan {
    my (@plan) = @_;

    Test::More::plan(@plan == 1 ? ($plan[0]) : @plan);
}


sub blocks {
    if (!defined $blocks) {
        no warnings 'once';
        local $/;
        $blocks = [Civic::Test::Block->parse(scalar(<main::DATA>) // '')];
    }

    return @$blocks;
}


sub repeat_each {
    $option{repeat_each} = $_[0] if @_;
    return $option{repeat_each};
}


sub workers            { $option{workers} = $_[0] }
sub worker_connections { $option{worker_connections} = $_[0] }
sub log_level          { $option{log_level} = $_[0] }
sub master_on          { $option{master} = 1 }
sub master_off         { $option{master} = 0 }
sub no_shuffle         { $option{no_shuffle} = 1 }
sub no_root_location   { $option{no_root_location} = 1 }
sub env_to_nginx       { push @{ $option{env} }, @_ }
sub server_port        { return Civic::Test::Env::server_port() }
sub server_root        { return Civic::Test::Runner::_root() }
sub html_dir           { return server_root() . '/html' }
sub bail_out           { Test::More::BAIL_OUT(@_) }
sub sign               { return Civic::Test::Sign::sign(@_) }


# Differences are shown in full here anyway.

sub no_long_string {
}


sub timeout {
    $option{timeout} = $_[0] if @_;
    return $option{timeout};
}


sub add_block_preprocessor(&) {
    push @preprocessors, $_[0];
}


sub run_tests {
    my $last;
    my %config;

    binmode Test::More->builder->$_, ':raw'
        for qw(output failure_output todo_output);

    # a block without a config has that of the block before it in the file

    for my $block (blocks()) {
        $_->($block) for @preprocessors;
        $config{$block} = $last;
        $last = $block if $block->has('config') && !$block->has('civic');
    }

    my @order = $option{no_shuffle} ? blocks() : List::Util::shuffle(blocks());

    for my $block (@order) {
        Civic::Test::Runner::run($block, %option,
                                 config_of => $config{$block});
    }

    Test::More::done_testing() if !Test::More->builder->has_plan;
}


# Whoever is interrupted still stops what it has started.

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);


END {
    if ($$ == $owner) {
        my $status = $?;
        Civic::Test::Runner::end();
        $? = $status;
    }
}


1;
