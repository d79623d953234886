package Civic::Test::Peer;

# Copyright (C) ngx_civic_module contributors
#
# What the two scripted peers of the running block have been sent, read as
# what it means: WhatsApp messages as JSON, calls to 311 with their arguments
# and forms.  Texts are bytes in UTF-8, as they stand in a test file.  It
# waits for nothing: wait_mock does.

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();

use Civic::Test::Env qw(slurp);

our @EXPORT = qw(seen sent marks to words choices ticket is_ticket calls
                 posts updates);


# All that a peer was sent, as it recorded it, in the order it came.

sub seen {
    my ($number) = @_;

    my $json = JSON::PP->new->ascii;
    my $record = slurp("$ENV{TEST_NGINX_SERVROOT}/logs/mock$number.log");

    return map { $json->decode($_) } ($record // '') =~ /^(.*)\n/gm;
}


# Messages WhatsApp was asked to send, in the order they came.

sub sent {
    return grep { !exists $_->{status} } _graph();
}


# Messages of citizens that were marked as read.

sub marks {
    return grep { exists $_->{status} } _graph();
}


sub _graph {
    return map { JSON::PP->new->decode($_->{body}) }
           grep { $_->{method} eq 'POST' && $_->{path} =~ m{/messages$} }
           seen(1);
}


# Those to one person.

sub to {
    my ($phone) = @_;

    return grep { ($_->{to} // '') eq "+$phone" } sent();
}


sub words {
    my ($message) = @_;

    return exists $message->{text} ? $message->{text}{body}
                                   : $message->{interactive}{body}{text};
}


# Ids of the buttons or rows of a message.

sub choices {
    my ($message) = @_;

    my $action = $message->{interactive}{action} // return;

    return map { $_->{reply}{id} } @{ $action->{buttons} }
        if exists $action->{buttons};

    return map { $_->{id} } map { @{ $_->{rows} } }
           @{ $action->{sections} // [] };
}


# The tracking number a message tells.

sub ticket {
    my ($message) = @_;

    my ($ticket) = words($message) =~ /\*(\d{8,9})\*/;

    return $ticket // die 'no tracking number in: ' . words($message) . "\n";
}


# The check digit after Damm: a digit walks through this square and is 0 in
# the end.

my @damm = map { [split //] } qw(0317598642 7092154863 4206871359 1750983426
                                 6123045978 3674209581 5869720134 8945362017
                                 9438617205 2581436790);

sub is_ticket {
    my ($ticket) = @_;

    my $walk = 0;

    $walk = $damm[$walk][$_] for split //, $ticket;

    return $ticket =~ /^[1-9]\d{7}$/ && $walk == 0;
}


# Calls to 311 that mock_requests2 would count: method, path, args and form
# by name, time.

sub calls {
    my ($path) = @_;

    my @calls;

    for my $seen (grep { !$_->{quiet} } seen(2)) {
        my ($uri, $args) = split /\?/, $seen->{path}, 2;
        next if defined $path && $uri !~ /^$path$/;

        push @calls, { %$seen, path => $uri, args => _form($args // ''),
                       form => _form($seen->{body}) };
    }

    return @calls;
}


# Registrations.

sub posts {
    return grep { $_->{method} eq 'POST' } calls('/requests\.json');
}


# What was added to them.

sub updates {
    return grep { $_->{method} eq 'POST' }
           calls('/servicerequestupdates\.json');
}


sub _form {
    my ($text) = @_;

    my %form;

    for my $pair (split /&/, $text) {
        my ($name, $value) = map { tr/+/ /r =~ s/%(..)/chr hex $1/ger }
                             split /=/, $pair, 2;

        die "$name is there twice\n" if exists $form{$name};
        $form{$name} = $value;
    }

    return \%form;
}


1;
