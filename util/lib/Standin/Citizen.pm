# Copyright (C) ngx_civic_module contributors
#
# What a citizen does on the phone, turned into the webhook Meta would send.
# It refuses what no citizen can do: tap a button that was never shown.

package Standin::Citizen;

use Mojo::Base -base, -signatures;

use Mojo::JSON qw(true false);
use Mojo::Promise;
use Mojo::Util qw(b64_decode);

use Standin::Chat;

has [qw(chat hook media)];

my %ACT = (
    text    => \&_text,
    tap     => \&_tap,
    pick    => \&_pick,
    pin     => \&_pin,
    react   => \&_react,
    photo   => \&_photo,
    voice   => \&_voice,
    sticker => \&_sticker,
);


# Returns a promise of {wamid, webhook_status}; dies with one line for a
# person when the act is not possible.
sub act_p ($self, $act) {
    my $phone = $act->{phone} // '';
    die "phone must be 7 to 15 digits\n" unless $phone =~ /^[1-9]\d{6,14}$/;

    my $build = $ACT{$act->{type} // ''}
        or die 'type must be one of ' . join(', ', sort keys %ACT) . "\n";

    my $person = $self->chat->person($phone, name => $act->{name},
        user_id => $act->{user_id}, hidden => $act->{hide_phone});

    my ($message, $bubble) = $self->$build($person, $act);
    my $quoted = $self->_quoted($person, $act->{quotes});

    if ($quoted) {
        $message->{context} = $self->_quote($quoted);
        $bubble->{quoted} = $quoted->{text} // '';
    }

    my $wamid = Standin::Chat::new_wamid($phone, 0);

    # a reaction is no bubble of its own
    if ($bubble) {
        $self->chat->add($person, {%$bubble, wamid => $wamid,
                                   direction => 'in', kind => $act->{type}});
        $self->chat->raise_status($wamid, 'sent');
    }

    my $bytes = $self->_webhook($person, {%$message, id => $wamid});
    my @sent  = map {
        $self->hook->send_p($bytes,
            sub { $self->chat->raise_status($wamid, 'delivered') });
    } 1 .. ($act->{twice} ? 2 : 1);

    return Mojo::Promise->all(@sent)->then(sub (@answers) {
        return {
            wamid          => $wamid,
            webhook_status => $answers[0][0],
            $act->{twice} ? (again_status => $answers[1][0]) : (),
        };
    });
}


# A hidden number is absent from the webhook, not empty.
sub _webhook ($self, $person, $message) {
    my %contact = (profile => {name => $person->{name}},
                   user_id => $person->{user_id});
    my %from    = (from_user_id => $person->{user_id});

    unless ($person->{hidden}) {
        $contact{wa_id} = $person->{phone};
        $from{from}     = $person->{phone};
    }

    return $self->hook->bytes(
        contacts => [\%contact],
        messages => [{%from, timestamp => '' . time, %$message}],
    );
}


sub _text ($self, $person, $act) {
    my $text = $act->{text} // '';
    die "text must not be empty\n" unless length $text;

    return ({type => 'text', text => {body => $text}}, {text => $text});
}


# The newest message from the city that offers this choice, and the choice.
sub _offered ($self, $person, $what, $act) {
    my $wamid = $act->{wamid};

    for my $bubble (reverse @{$person->{bubbles}}) {
        next if defined $wamid && $wamid ne $bubble->{wamid};

        for my $one (@{$bubble->{$what} // []}) {
            for my $key (qw(id title)) {
                next unless defined $act->{$key};
                return ($bubble, $one) if $one->{$key} eq $act->{$key};
            }
        }
    }

    my $wanted = $act->{id} // $act->{title} // '';
    die "no message to this citizen offers \"$wanted\"\n";
}


# The message of the city that is answered to, nothing when none is.
sub _quoted ($self, $person, $wamid) {
    return undef unless defined $wamid;

    my ($bubble) = grep { $_->{wamid} eq $wamid && $_->{direction} eq 'out' }
                   @{$person->{bubbles}};

    return $bubble // die "no such message to this citizen\n";
}


sub _react ($self, $person, $act) {
    my $emoji = $act->{emoji} // '';
    my $bubble = $self->_quoted($person, $act->{wamid} // '');

    $self->chat->set_reaction($person, $bubble, $emoji);

    # taken back: the key is not there
    return ({type => 'reaction', reaction => {
        message_id => $bubble->{wamid},
        length $emoji ? (emoji => $emoji) : (),
    }}, undef);
}


sub _quote ($self, $bubble) {
    return {from => $self->hook->display_phone_number, id => $bubble->{wamid}};
}


sub _tap ($self, $person, $act) {
    my ($bubble, $button) = $self->_offered($person, 'buttons', $act);
    my ($id, $title) = @$button{qw(id title)};

    my %message = $bubble->{kind} eq 'template'
        ? (type => 'button', button => {payload => $id, text => $title})
        : (type => 'interactive', interactive => {
               type => 'button_reply',
               button_reply => {id => $id, title => $title},
           });

    return ({%message, context => $self->_quote($bubble)},
            {text => $title, id => $id});
}


sub _pick ($self, $person, $act) {
    my ($bubble, $row) = $self->_offered($person, 'rows', $act);
    my %reply = map { $_ => $row->{$_} }
                grep { defined $row->{$_} } qw(id title description);

    return ({
        type        => 'interactive',
        interactive => {type => 'list_reply', list_reply => \%reply},
        context     => $self->_quote($bubble),
    }, {text => $row->{title}, id => $row->{id}});
}


sub _pin ($self, $person, $act) {
    my %place = map { $_ => $act->{$_} }
                grep { defined $act->{$_} } qw(name_of_place address);
    $place{name} = delete $place{name_of_place} if $place{name_of_place};

    for my $key (qw(latitude longitude)) {
        die "$key must be a number\n"
            unless ($act->{$key} // '') =~ /^-?\d+(?:\.\d+)?$/;
        $place{$key} = 0 + $act->{$key};
    }

    my ($asked) = grep { $_->{direction} eq 'out' }
                  reverse @{$person->{bubbles}};
    my %context = $asked && $asked->{kind} eq 'location_request'
        ? (context => $self->_quote($asked)) : ();

    return ({type => 'location', location => \%place, %context},
            {text => $place{name} // '', latitude => $place{latitude},
             longitude => $place{longitude}});
}


sub _photo ($self, $person, $act) {
    my $id = defined $act->{jpeg}
        ? $self->media->keep(b64_decode($act->{jpeg}), 'image/jpeg')
        : $self->media->sample('photo');

    my %caption = length($act->{caption} // '')
        ? (caption => $act->{caption}) : ();

    return ({type  => 'image',
             image => {%{$self->media->in_webhook($id)}, %caption}},
            {text => $act->{caption} // '', media => "/media-of-chat/$id"});
}


sub _voice ($self, $person, $act) {
    my $id = $self->media->sample('voice');

    return ({type  => 'audio',
             audio => {%{$self->media->in_webhook($id)},
                       voice => true}},
            {text => '', media => "/media-of-chat/$id"});
}


sub _sticker ($self, $person, $act) {
    my $id = $self->media->sample('sticker');

    return ({type    => 'sticker',
             sticker => {%{$self->media->in_webhook($id)},
                         animated => false}},
            {text => '', media => "/media-of-chat/$id"});
}


1;
