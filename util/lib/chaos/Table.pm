# Copyright (C) ngx_civic_module contributors
#
# The results as a table for a terminal: one line for each scenario, columns
# that stand below each other, and below the line what was wrong.  Only
# prints.

package chaos::Table;

use strict;
use warnings;

use chaos::Scenarios;
use chaos::Verdict;

my $NAME = '%-15s';
my %WIDTH = map { $_ => length($_) < 6 ? 6 : length } @chaos::Verdict::COLUMNS;


sub head {
    return _row('scenario', 'struck', map({ $_ => $_ }
                @chaos::Verdict::COLUMNS), 'seconds', '');
}


sub line {
    my ($result) = @_;

    my $count = $result->{count};
    my @wrong = @{ $result->{wrong} };

    return _row($result->{name}, $result->{struck} // '-',
                map({ $_ => $count->{$_} // '-' } @chaos::Verdict::COLUMNS),
                sprintf('%.0f', $result->{seconds}),
                @wrong ? 'NOT CLEAN' : 'clean')
           . join('', map { "    $_\n" } map { split /\n/ } @wrong)
           . (@wrong ? "    kept: $result->{dir}\n" : '');
}


sub _row {
    my ($name, $struck, @rest) = @_;

    my ($seconds, $verdict) = splice @rest, -2;
    my %value = @rest;

    return sprintf("$NAME %6s", $name, $struck)
           . join('', map { sprintf " %$WIDTH{$_}s", $value{$_} }
                      @chaos::Verdict::COLUMNS)
           . sprintf(" %7s  %s", $seconds, $verdict) =~ s/\s*\z/\n/r;
}


sub scenarios {
    return join '', map { sprintf "$NAME  %s\n", $_->{name}, $_->{about} }
                    chaos::Scenarios::all();
}


1;
