package Civic::Test::Log;

# Copyright (C) ngx_civic_module contributors
#
# Judges what nginx left behind: expected and forbidden lines of error.log,
# lines nobody expected, reports of sanitizers and valgrind.  An [error] line
# is expected only if a pattern of the block's error_log matches it; a line
# of [crit], [alert] or [emerg] only if that pattern names the level too.

use strict;
use warnings;

use Test::More ();

use Civic::Test::Env qw(poll_until slurp expand);


sub new {
    my ($class, $root) = @_;

    return bless { root => $root }, $class;
}


sub lines {
    my ($self, $file) = @_;

    return (slurp("$self->{root}/logs/" . ($file // 'error.log')) // '')
           =~ /^(.*\n?)/gm;
}


sub patterns {
    my ($value) = @_;

    return () if !defined $value;
    return @$value if ref $value eq 'ARRAY';
    return $value if ref $value;

    return map { expand($_) } split /\n+/, $value;
}


sub matches {
    my ($line, $pattern) = @_;

    return ref $pattern ? $line =~ $pattern : index($line, $pattern) >= 0;
}


# One test for each pattern, as openresty's runner counts them.  A line may
# still come, unless the log is complete.

sub check {
    my ($self, $name, $block) = @_;

    for my $file (qw(error_log access_log)) {
        my $path = $file =~ s/_/./r;

        for my $pattern (grep { defined } patterns($block->get($file))) {
            my $found = poll_until($self->{complete} ? 0 : 3, sub {
                scalar grep { matches($_, $pattern) } $self->lines($path)
            });
            Test::More::ok($found, "$name - pattern \"$pattern\" "
                                   . "matches a line in $path")
                or $self->_show($path);
        }
    }

    for my $file (qw(error_log access_log)) {
        my $path = $file =~ s/_/./r;
        my @lines = $self->lines($path);

        for my $pattern (grep { defined } patterns($block->get("no_$file"))) {
            my @bad = grep { matches($_, $pattern) } @lines;
            Test::More::ok(!@bad, "$name - pattern \"$pattern\" "
                                  . "does not match a line in $path")
                or Test::More::diag(@bad);
        }
    }

    $self->_check_grep($name, $block);
}


# The tail only: what is needed to see why, without a screen of debug lines.

sub _show {
    my ($self, $path) = @_;

    my @lines = grep { !/\[debug\]/ } $self->lines($path);
    splice @lines, 0, @lines - 20 if @lines > 20;
    Test::More::diag("the end of $path:\n", @lines);
}


sub _check_grep {
    my ($self, $name, $block) = @_;

    my $pattern = $block->get('grep_error_log');
    return if !defined $pattern;

    my $expected = $block->get('grep_error_log_out')
        // die "--- grep_error_log without --- grep_error_log_out\n";

    $pattern = qr/\Q$pattern\E/ if !ref $pattern;
    my $found = join '', map { /($pattern)/ ? "$1\n" : () } $self->lines;

    return Test::More::like($found, $expected, "$name - grep_error_log_out")
        if ref $expected eq 'Regexp';

    Test::More::is($found, expand($expected), "$name - grep_error_log_out");
}


sub check_shutdown {
    my ($self, $name, $block) = @_;

    my @lines = $self->lines;

    for my $pattern (patterns($block->get('shutdown_error_log'))) {
        Test::More::ok(scalar(grep { matches($_, $pattern) } @lines),
                       "$name - pattern \"$pattern\" "
                       . "matches a line in error.log");
    }

    for my $pattern (patterns($block->get('no_shutdown_error_log'))) {
        Test::More::ok(!(grep { matches($_, $pattern) } @lines),
                       "$name - pattern \"$pattern\" "
                       . "does not match a line in error.log");
    }
}


# What nobody expected.  %$killed: workers the runner itself has killed.

sub surprises {
    my ($self, $block, $killed) = @_;

    my @expected = map { patterns($block->get($_)) }
                   qw(error_log shutdown_error_log grep_error_log);
    my $must_die = $block->has('must_die');
    my @found;

    for my $line (grep { !/\[debug\]/ } $self->lines) {
        my $fault = _fault($line, $killed) or next;

        next if $fault eq 'emerg' && $must_die;
        next if grep { _expects($_, $fault, $line) } @expected;

        push @found, $line;
    }

    return (@found, $self->reports);
}


sub _fault {
    my ($line, $killed) = @_;

    if ($line =~ /worker process (\d+) exited on signal 9\b/) {
        return '' if $killed->{$1};
    }

    return 'exit' if $line =~ /exited on signal|exited with code [1-9]/
                     || $line =~ /open socket|Assertion .*failed/;

    return $line =~ /\[(error|crit|alert|emerg)\]/ ? $1 : '';
}


sub _expects {
    my ($pattern, $fault, $line) = @_;

    return 0 if $fault eq 'exit' || !matches($line, $pattern);

    return $fault eq 'error' || "$pattern" =~ /\b$fault\b/;
}


sub reports {
    my ($self) = @_;

    my @found;

    for my $path (glob "$self->{root}/logs/{sanitizer-,valgrind.}*") {
        my $text = slurp($path) // '';
        $path =~ s{.*/}{};
        push @found, "$path:\n$text" if $text =~ /\S/;
    }

    for my $line ($self->lines('output.log')) {
        push @found, $line if $line =~ /Sanitizer|runtime error:/;
    }

    return @found;
}


1;
