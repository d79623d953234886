package Civic::Test::Block;

# Copyright (C) ngx_civic_module contributors
#
# Reads the data part of a .t file: blocks "=== NAME", each with sections
# "--- name filters" or "--- name filters: value".  A filter runs when its
# section is first asked for, so that eval sees the block's ports and
# database.  It refuses unknown filters and a value given twice over.

use strict;
use warnings;

our $AUTOLOAD;


sub parse {
    my ($class, $text) = @_;

    $text =~ s/\r\n/\n/g;

    my (undef, @parts) = split /^===[ \t]*(.*)\n/m, "$text\n";
    my @blocks;

    while (my ($name, $body) = splice @parts, 0, 2) {
        push @blocks, $class->_block($name, $body // '');
    }

    return _chosen(@blocks);
}


# ONLY leaves this one block, SKIP leaves it out, LAST leaves out the rest.

sub _chosen {
    my (@blocks) = @_;
    my @chosen;

    for my $block (@blocks) {
        return $block if $block->has('ONLY');
    }

    for my $block (@blocks) {
        next if $block->has('SKIP');
        push @chosen, $block;
        last if $block->has('LAST');
    }

    return @chosen;
}


sub _block {
    my ($class, $name, $body) = @_;

    my ($description, @parts) = split /^---[ \t]+(\w+)[ \t]*(.*)\n/m, $body;
    my $self = bless { name => $name, description => $description,
                       sections => [] }, $class;

    $self->{name} =~ s/\s+\z//;

    while (my ($section, $rest, $value) = splice @parts, 0, 3) {
        push @{ $self->{sections} },
             $self->_section($section, $rest, $value // '');
    }

    return $self;
}


sub _section {
    my ($self, $name, $rest, $value) = @_;

    my $filters = $rest;

    if ($rest =~ /^([\w ]*?)\s*:(?:\s+(.*))?$/) {
        die "$self->{name}: --- $name has a value on its line and below it\n"
            if $value =~ /\S/;

        ($filters, $value) = ($1, $2 // '');
        $value =~ s/\s+\z//;

    } else {
        $value =~ s/\A(?:[ \t]*\n)+//;
        $value =~ s/(?<=\n)\s*\z//;
    }

    return { name => $name, filters => [split ' ', $filters],
             value => $value };
}


sub has {
    my ($self, $name) = @_;

    return scalar grep { $_->{name} eq $name } @{ $self->{sections} };
}


# Sections in the order of the file: what happens between requests is told
# by their order.

sub sections {
    my ($self) = @_;

    return @{ $self->{sections} };
}


sub get {
    my ($self, $name) = @_;

    my ($section) = reverse grep { $_->{name} eq $name }
                            @{ $self->{sections} };

    return defined $section ? $self->value($section) : undef;
}


sub value {
    my ($self, $section) = @_;

    while (defined(my $filter = shift @{ $section->{filters} })) {
        $section->{value} = $self->_filter($section, $filter);
    }

    return $section->{value};
}


sub _filter {
    my ($self, $section, $filter) = @_;

    my $value = $section->{value};

    if ($filter eq 'eval') {
        my @result = _evaluate($value);
        die "$self->{name}: --- $section->{name} eval: $@" if $@;
        return @result > 1 ? \@result : $result[0];
    }

    if ($filter eq 'chomp') {
        $value =~ s/\n\z//;
        return $value;
    }

    return substr($value, 0, -1) if $filter eq 'chop';
    return [$value =~ /^(.*\n?)/gm] if $filter eq 'lines';

    die "$self->{name}: --- $section->{name}: unknown filter $filter\n";
}


sub set_value {
    my ($self, $name, $value) = @_;

    if ($name eq 'name' || $name eq 'description') {
        $self->{$name} = $value;
        return;
    }

    @{ $self->{sections} } = grep { $_->{name} ne $name }
                             @{ $self->{sections} };
    push @{ $self->{sections} },
         { name => $name, filters => [], value => $value };
}


sub name {
    return $_[0]{name};
}


sub description {
    return $_[0]{description};
}


# Preprocessors of test files say $block->config, as with Test::Base.

sub AUTOLOAD {
    my ($self) = @_;

    my $name = $AUTOLOAD =~ s/.*:://r;
    return if $name eq 'DESTROY';

    return $self->get($name);
}


# Values are evaluated where the test file's own names are.

package main;

sub Civic::Test::Block::_evaluate {
    no strict;
    no warnings;

    return eval $_[0];
}


1;
