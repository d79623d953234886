# Copyright (C) ngx_civic_module contributors
#
# The citizens the stand-in knows and the bubbles of their chats, in memory
# and bounded.  It decides nothing about what may be said: Standin::Graph and
# Standin::Citizen do, and write here.
#
# Emits "chat" (person) whenever a chat has changed.

package Standin::Chat;

use Mojo::Base 'Mojo::EventEmitter', -signatures;

use Mojo::Util qw(b64_encode);
use Time::HiRes qw(time);

use constant {
    MAX_PEOPLE  => 2000,
    MAX_BUBBLES => 1000,
    WINDOW      => 24 * 3600,
};

# a status never goes back; failed is final
my %RANK = (pending => 0, sent => 1, delivered => 2, read => 3, failed => 4);

has people    => sub { {} };
has by_bubble => sub { {} };


# A message id of the outer form the platform uses.
sub new_wamid ($phone, $outbound) {
    my $hex = join '', map { sprintf '%X', int rand 16 } 1 .. 18;

    my $way = $outbound ? "\x11" : "\x12";

    return 'wamid.' . b64_encode("\x1c\x18" . chr(length $phone) . $phone
                                 . "\x15\x02\x00$way\x18\x12$hex\0", '');
}


sub user_id_of ($phone) {
    return 'IN.1' . sprintf '%017d', substr $phone, -10;
}


# The person with this number, made when new; %facts are taken over.
sub person ($self, $phone, %facts) {
    my $person = $self->people->{$phone} //= {
        phone => $phone, name => $phone, user_id => user_id_of($phone),
        bubbles => [], count => 0, wrote => undef, typing => 0, hidden => 0,
    };

    $person->{$_} = $facts{$_} for grep { defined $facts{$_} } keys %facts;
    $person->{touched} = time;

    $self->_forget_people if keys %{$self->people} > MAX_PEOPLE;

    return $person;
}


sub by_user_id ($self, $user_id) {
    return (grep { $_->{user_id} eq $user_id } values %{$self->people})[0];
}


sub _forget_people ($self) {
    my $people = $self->people;
    my @oldest = sort { $people->{$a}{touched} <=> $people->{$b}{touched} }
                 keys %$people;

    for my $phone (@oldest[0 .. MAX_PEOPLE / 10]) {
        my $gone = delete $people->{$phone};
        delete @{$self->by_bubble}{map { $_->{wamid} } @{$gone->{bubbles}}};
    }
}


# direction "in" is citizen to city, "out" is city to citizen.
sub add ($self, $person, $bubble) {
    $bubble->{n}      = ++$person->{count};
    $bubble->{time}   = int time;
    $bubble->{status} //= 'pending';

    push @{$person->{bubbles}}, $bubble;
    $self->by_bubble->{$bubble->{wamid}} = [$person, $bubble];

    if (@{$person->{bubbles}} > MAX_BUBBLES) {
        my $gone = shift @{$person->{bubbles}};
        delete $self->by_bubble->{$gone->{wamid}};
    }

    if ($bubble->{direction} eq 'in') {
        $person->{wrote} = time;
    } else {
        $person->{typing} = 0;
    }

    $self->emit(chat => $person);
    return $bubble;
}


# (person, bubble) of a message id, or nothing.
sub find ($self, $wamid) {
    return @{$self->by_bubble->{$wamid} // []};
}


sub raise_status ($self, $wamid, $status) {
    my ($person, $bubble) = $self->find($wamid) or return;
    return if $RANK{$status} <= $RANK{$bubble->{status}};

    $bubble->{status} = $status;
    $self->emit(chat => $person);
}


sub set_reaction ($self, $person, $bubble, $emoji) {
    $bubble->{reaction} = $emoji;
    $self->emit(chat => $person);
}


# The city has read this message and all before it, and perhaps is typing.
sub read_up_to ($self, $wamid, $typing) {
    my ($person, $bubble) = $self->find($wamid) or return;

    for my $before (@{$person->{bubbles}}) {
        next if $before->{direction} ne 'in' || $before->{n} > $bubble->{n};
        $before->{status} = 'read';
    }

    $person->{typing} = $typing ? time + 25 : 0;
    $self->emit(chat => $person);
}


# undef when nothing is known of the person's writing.
sub is_window_open ($self, $person) {
    return undef unless defined $person->{wrote};
    return time - $person->{wrote} < WINDOW;
}


sub set_window ($self, $person, $open) {
    $person->{wrote} = $open ? time : time - WINDOW - 1;
}


sub is_typing ($self, $person) {
    return $person->{typing} > time;
}


1;
