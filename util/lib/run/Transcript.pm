# Copyright (C) ngx_civic_module contributors
#
# Prints a conversation on a terminal as a telephone would show it: the city
# on the left, the citizen on the right.  Only prints; decides nothing.

package run::Transcript;

use strict;
use warnings;
use utf8;

use constant {
    BUBBLE => 48,       # columns of a bubble
    SCREEN => 76,
};


sub title {
    my ($text) = @_;

    print "\n$text\n", '-' x SCREEN, "\n";
}


sub verdict {
    my ($ok, $text) = @_;

    chomp $text;
    print '-' x SCREEN, "\n", $ok ? 'ok' : 'FAILED', ": $text\n";
}


sub note {
    my ($text) = @_;

    print "  ($text)\n";
}


sub bubble {
    my ($bubble) = @_;

    my @lines = _wrapped(_text($bubble));
    my $pad   = '  ';

    if ($bubble->{direction} eq 'in') {
        my ($width) = sort { $b <=> $a } map { _columns($_) } @lines;
        $pad = ' ' x (SCREEN - $width);
    }

    print map({ "$pad$_\n" } @lines), "\n";
}


# What the person sees, with what can be tapped in brackets.
sub _text {
    my ($bubble) = @_;

    my @parts = grep { defined && length }
                @$bubble{qw(header text footer)};

    push @parts, "[pin $bubble->{latitude} $bubble->{longitude}]"
        if defined $bubble->{latitude};
    push @parts, "[$bubble->{kind}]"
        if $bubble->{kind} =~ /^(?:photo|voice|sticker)$/;
    push @parts, '[send location]' if $bubble->{kind} eq 'location_request';
    push @parts, join ' ', map { "[$_->{title}]" } @{$bubble->{buttons}}
        if $bubble->{buttons};
    push @parts, "[$bubble->{list_button}]", map { '  > ' . _row($_) }
        @{$bubble->{rows}} if $bubble->{rows};

    return join "\n", @parts;
}


sub _row {
    my ($row) = @_;

    return $row->{title}
         . (length($row->{description} // '') ? " - $row->{description}" : '');
}


# Marks above and below a letter take no column of their own.
sub _columns {
    my ($text) = @_;

    return length($text =~ s/[\p{Mn}\p{Me}\p{Cf}]//gr);
}


sub _wrapped {
    my ($text) = @_;

    my @lines;

    for my $paragraph (split /\n/, $text) {
        my ($indent) = $paragraph =~ /^(\s*)/;
        my $line = $indent;

        for my $word (split ' ', $paragraph) {
            if ($line =~ /\S/
                && _columns($line) + 1 + _columns($word) > BUBBLE)
            {
                push @lines, $line;
                $line = $indent;
            }

            $line .= ($line =~ /\S/ ? ' ' : '') . $word;
        }

        push @lines, $line;
    }

    return @lines ? @lines : ('');
}


1;
