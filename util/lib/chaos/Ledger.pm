# Copyright (C) ngx_civic_module contributors
#
# What the load has sent and what the peers have in their books, read from
# their own records, never from ours.  It counts nothing that it was not told
# and judges nothing.

package chaos::Ledger;

use strict;
use warnings;

use JSON::PP ();

my $json = eval { require Cpanel::JSON::XS; Cpanel::JSON::XS->new->utf8 }
           // JSON::PP->new->utf8;


#   webhooks   id => {kind, phone, outbox, status, acknowledged (when),
#              attempts}
#   told       outbox id => when the first status of it was acknowledged
#   messages   outbox id => [{at, wamid, phone, shape, fault, unknown}]
#   requests   ticket => [{at, request, fault, unknown}]
#   refused    what a peer would not take

sub read {
    my ($class, $dir) = @_;

    my $self = bless { webhooks => {}, told => {}, messages => {},
                       requests => {}, refused => [] }, $class;

    $self->_load($_) for _lines("$dir/load.jsonl");
    $self->_book('messages', $_) for _lines("$dir/graph.jsonl");
    $self->_book('requests', $_) for _lines("$dir/city.jsonl");

    return $self;
}


sub _lines {
    my ($path) = @_;

    open my $in, '<', $path or return ();

    return map { $json->decode($_) } <$in>;
}


sub _load {
    my ($self, $line) = @_;

    if ($line->{what} eq 'sent') {
        $self->{webhooks}{ $line->{id} } = $line;
        return;
    }

    my $webhook = $self->{webhooks}{ $line->{id} };

    @$webhook{qw(acknowledged attempts)} = ($line->{at}, $line->{attempts});

    # told: when we had taken the first status of this message
    my $id = $webhook->{outbox} // return;
    $self->{told}{$id} //= $line->{at};
}


sub _book {
    my ($self, $book, $line) = @_;

    return push @{ $self->{refused} }, $line if $line->{what} eq 'refused';
    return push @{ $self->{$book}{ $line->{id} } }, $line if $line->{accepted};

    $self->{$book}{ $line->{id} }[-1]{unknown} = 1
        if $line->{what} eq 'unheard';
}


sub sent {
    my ($self, $kind) = @_;

    return grep { $_->{kind} eq $kind } values %{ $self->{webhooks} };
}


sub acknowledged {
    my ($self, $kind) = @_;

    return grep { $_->{acknowledged} } $self->sent($kind);
}


# Outbox ids in the order in which a person's messages were accepted first.

sub orders {
    my ($self) = @_;

    my (%first, %order);

    for my $id (keys %{ $self->{messages} }) {
        $first{$id} = $self->{messages}{$id}[0];
    }

    for my $id (sort { $first{$a}{at} <=> $first{$b}{at} } keys %first) {
        push @{ $order{ $first{$id}{phone} } }, $id;
    }

    return \%order;
}


1;
