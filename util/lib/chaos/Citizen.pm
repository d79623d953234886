# Copyright (C) ngx_civic_module contributors
#
# What one citizen of util/chaos says, as webhooks of Meta.  Every message of
# the script brings exactly one reply, in whatever order those of one group
# arrive, and all of it exactly one complaint:
#
#   1. words that name a service surely       where is it?
#   2. "help" and "thanks", at once           help; you are welcome
#   3. a pin                                  the receipt
#   4. "status"                               how far it is
#
# The next group is said when all of the one before is answered.
#
# A crowd does nothing but look on: each of it sends one thumb up, which is
# kept but not answered.

package chaos::Citizen;

use Mojo::Base -base, -signatures;

use constant {
    NAME => 'Meera Testwali',
    EAST => 75.88,              # inside the city, with room around
    NORTH => 22.74,
};

our @WORDS = (
    'garbage vehicle has not come',
    'kachra gadi 3 din se nahi aayi',
    'street light not working',
    'the gutter in front of my shop is blocked',
    'sewage is flowing on the street',
    'a cow has died near the temple please remove',
    'our street has not been swept in days',
    'someone stole the manhole lid',
    'we have not received water for three days',
    'there is a garbage heap outside the school wall',
    'they burn plastic behind the factory every night',
    'neighbour dumped bricks and cement on the lane',
    'pani ki pipe line foot gai he pani bah raha',
);

has [qw(number said)];
has replies => sub { {} };
has [qw(turn looks_on)] => 0;


# Numbers that cannot ring, one for each citizen.
sub phone ($self) {
    return sprintf '91000%02d%05d', $self->looks_on ? 2 : 1, $self->number;
}


sub user_id ($self) {
    return 'IN.CHAOS' . $self->phone;
}


sub groups ($self) {
    my $n = $self->number;

    return ([_text($WORDS[$n % @WORDS])],
            [_text('help'), _text('thanks')],
            [{ type => 'location', location => {
                latitude => NORTH + ($n % 90) / 10_000,
                longitude => EAST + ($n % 70) / 10_000 } }],
            [_text('status')]);
}


# Another group may be said: all that was said is answered.
sub is_answered ($self) {
    return keys %{ $self->replies } >= $self->said;
}


sub _text ($body) {
    return { type => 'text', text => { body => $body } };
}


sub thumb ($self) {
    return { type => 'reaction', reaction => {
        message_id => 'wamid.OUT1', emoji => "\x{1F44D}" } };
}


sub contact ($self) {
    return { profile => { name => NAME }, wa_id => $self->phone,
             user_id => $self->user_id };
}


sub message ($self, $message, $wamid) {
    return { from => $self->phone, from_user_id => $self->user_id,
             id => $wamid, timestamp => '' . time, %$message };
}


1;
