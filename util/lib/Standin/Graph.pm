# Copyright (C) ngx_civic_module contributors
#
# The messages endpoint of the Graph API: who may call, who can be reached,
# what is answered, and the status webhooks that follow.  The shape of a body
# is judged by Standin::Message; sockets are no business of this file.

package Standin::Graph;

use Mojo::Base -base, -signatures;

use Mojo::IOLoop;
use Mojo::JSON qw(decode_json true false);
use Mojo::Util qw(secure_compare);
use Time::HiRes qw(time);

use Standin::Chat;
use Standin::Error;
use Standin::Message;
use Standin::Shown;

use constant {
    PAIR_SECONDS   => 6,
    STATUS_SECONDS => 0.12,
};

has [qw(chat hook media token phone_number_id display_phone_number)];
has [qw(statuses templates unreachable)];
has only_known => 0;
has pair_burst => 45;


sub is_bearer ($self, $req) {
    my ($bearer) = ($req->headers->authorization // '') =~ /^Bearer (.+)$/;
    return defined $bearer && secure_compare($bearer, $self->token);
}


# (HTTP status, body); $failed: accept, then report this error code.
sub answer ($self, $req, $rest, $failed = undef) {
    return Standin::Error::answer(190, 'Invalid OAuth access token - Cannot'
                                       . ' parse access token')
        unless $self->is_bearer($req);

    if ($req->method eq 'GET' && $rest =~ /^(\d+)$/) {
        return (200, $self->media->described($1)) if $self->media->find($1);

        return Standin::Error::answer(100, 'Unsupported get request. Object'
            . " with ID '$1' does not exist, cannot be loaded due to missing"
            . ' permissions, or does not support this operation');
    }

    my ($id) = $rest =~ m{^(\d+)/messages$};
    return Standin::Error::answer(2500, "Unknown path components: /$rest")
        if !defined $id || $req->method ne 'POST';

    if ($id ne $self->phone_number_id) {
        return Standin::Error::answer(33, "Unsupported post request. Object"
            . " with ID '$id' does not exist, cannot be loaded due to missing"
            . ' permissions, or does not support this operation');
    }

    return $self->_message($req, $failed);
}


sub _message ($self, $req, $failed) {
    my $type = $req->headers->content_type // '';
    return Standin::Error::answer(100, 'Content-Type must be'
                                       . ' application/json.')
        unless $type =~ m{^application/json\b}i;

    my $body = eval { decode_json($req->body) };
    return Standin::Error::answer(100, 'The body is not a JSON object.')
        unless ref $body eq 'HASH';

    my $fault = Standin::Message::refuse($body);
    return Standin::Error::answer(@$fault) if $fault;

    return $self->_read($body) if exists $body->{status};

    (my $person, $fault) = $self->_recipient($body);
    $fault //= $self->_quoted($body) // $self->_template($body)
        // $self->_window($person, $body) // $self->_pair_rate($person);
    return Standin::Error::answer(@$fault) if $fault;

    return $self->_accept($person, $body, $failed);
}


# A message id this stand-in has not seen may have been posted to the webhook
# by someone else; with only_known that is refused.
sub _is_inbound ($self, $wamid) {
    my ($person, $bubble) = $self->chat->find($wamid);

    return $bubble->{direction} eq 'in' if $bubble;
    return !$self->only_known && $wamid =~ /^wamid\.\S+$/;
}


sub _read ($self, $body) {
    return Standin::Error::answer(131009, 'Parameter message_id is not a'
                                          . ' message received by this number')
        unless $self->_is_inbound($body->{message_id});

    $self->chat->read_up_to($body->{message_id}, $body->{typing_indicator});

    return (200, {success => true});
}


# (person, fault): "to" wins over "recipient".
sub _recipient ($self, $body) {
    my ($to, $user_id) = @$body{qw(to recipient)};

    if (defined $to) {
        return (undef, [131009, 'Parameter to must be a phone number with +'
                                . ' and country code'])
            unless $to =~ /^\+([1-9]\d{6,14})$/;

        my $phone = $1;
        return (undef, [131021, 'Recipient phone number and sender phone'
                                . ' number are the same'])
            if $phone eq $self->display_phone_number;

        return (undef, [131026, 'Message Undeliverable.'])
            if grep { $_ eq $phone } @{$self->unreachable};

        return $self->chat->person($phone);
    }

    return (undef, [131008, "Parameter 'to' is mandatory."])
        unless defined $user_id;

    my $person = $self->chat->by_user_id($user_id);
    return $person if $person;

    # never seen: the user id stands where a number would
    return (undef, [131026, 'Message Undeliverable.']) if $self->only_known;
    return $self->chat->person($user_id, user_id => $user_id);
}


sub _quoted ($self, $body) {
    my $wamid = ($body->{context} // {})->{message_id}
             // ($body->{reaction} // {})->{message_id} // return undef;

    return undef if $self->chat->find($wamid) || $self->_is_inbound($wamid);
    return [131009, "Message $wamid is not known"];
}


sub _template ($self, $body) {
    my $template = $body->{template} or return undef;

    my $name = "$template->{name}:$template->{language}{code}";
    return [132001, "template name ($template->{name}) does not exist in"
                    . " $template->{language}{code}"]
        unless exists $self->templates->{$name};

    my $count = $self->templates->{$name} // return undef;
    my @components = @{$template->{components} // []};

    # with so many in its body; header and buttons have none
    for my $type ('body', qw(header button)) {
        my $want = $type eq 'body' ? $count : 0;
        my $have = map { @{$_->{parameters} // []} }
                   grep { $_->{type} eq $type } @components;

        return [132000, "$type: number of localizable_params ($have) does not"
                        . ' match the expected number of params'
                        . " ($want)"] if $have != $want;
    }

    return undef;
}


sub _window ($self, $person, $body) {
    return undef if $body->{template};

    my $open = $self->chat->is_window_open($person) // !$self->only_known;
    return undef if $open;

    return [131047, 'Message failed to send because more than 24 hours have'
                    . ' passed since the customer last replied to this'
                    . ' number.'];
}


# One message per PAIR_SECONDS, with a burst that may be borrowed.
sub _pair_rate ($self, $person) {
    my $burst = $self->pair_burst or return undef;

    my $ready = $person->{pair_ready} // 0;
    $ready = time if $ready < time;

    return [131056, 'Message failed to send because there were too many'
                    . ' messages sent from this phone number to the same phone'
                    . ' number in a short period of time.']
        if $ready - time > ($burst - 1) * PAIR_SECONDS;

    $person->{pair_ready} = $ready + PAIR_SECONDS;
    return undef;
}


sub _accept ($self, $person, $body, $failed) {
    my $wamid = Standin::Chat::new_wamid($person->{phone}, 1);

    $self->chat->add($person, {
        %{Standin::Shown::bubble($body)}, wamid => $wamid, direction => 'out',
    });

    $self->_report($person, $body, $wamid, $failed);

    my $contact = defined $body->{to}
        ? {input => $body->{to}, wa_id => $person->{phone}}
        : {input => $body->{recipient}, user_id => $person->{user_id}};
    my %status = $body->{template} ? (message_status => 'accepted') : ();

    return (200, {
        messaging_product => 'whatsapp',
        contacts          => [$contact],
        messages          => [{id => $wamid, %status}],
    });
}


# Each status in a webhook of its own, a little later than the one before.
sub _report ($self, $person, $body, $wamid, $failed) {
    my $delay = 0;

    for my $status ($failed ? 'failed' : @{$self->statuses}) {
        Mojo::IOLoop->timer($delay += STATUS_SECONDS, sub {
            my $bytes = $self->hook->bytes(
                $self->_status($person, $body, $wamid, $status, $failed));

            $self->chat->raise_status($wamid, $status);
            $self->hook->send_p($bytes);
        });
    }
}


sub _status ($self, $person, $body, $wamid, $status, $failed) {
    my %item = (id => $wamid, status => $status, timestamp => '' . int time);
    my $to   = defined $body->{to};

    $item{recipient_id} = $person->{phone} if $to;
    $item{recipient_user_id} = $person->{user_id} unless $failed && $to;
    $item{biz_opaque_callback_data} = $body->{biz_opaque_callback_data}
        if defined $body->{biz_opaque_callback_data};

    if ($failed) {
        $item{errors} = [Standin::Error::in_webhook($failed)];
        return (statuses => [\%item]);
    }

    if ($status ne 'read') {
        $item{pricing} = {
            billable      => $body->{template} ? true : false,
            pricing_model => 'PMP',
            type          => $body->{template} ? 'regular'
                                               : 'free_customer_service',
            category      => $body->{template} ? 'utility' : 'service',
        };
    }

    my %contact = (profile => {name => $person->{name}},
                   user_id => $person->{user_id});
    $contact{wa_id} = $person->{phone} if $to;

    return (contacts => [\%contact], statuses => [\%item]);
}


1;
