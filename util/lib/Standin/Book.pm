# Copyright (C) ngx_civic_module contributors
#
# The 311 system's book: requests, the tokens of those not yet numbered, and
# the updates of each.  In memory and bounded.  It trusts its caller: what may
# be written is judged by Standin::Open311.
#
# Emits "requests" whenever something has changed.

package Standin::Book;

use Mojo::Base 'Mojo::EventEmitter', -signatures;

use Mojo::IOLoop;
use Mojo::JSON qw(false true);
use POSIX qw(strftime);

use constant {
    MAX_REQUESTS => 10000,
    INDIA        => 5 * 3600 + 1800,
};

# status of an update => does it close the request (undef: keeps)
our %CLOSES = (
    (map { $_ => 0 } qw(open reopen for_triage investigating planned
                        action_scheduled in_progress internal_referral)),
    (map { $_ => 1 } qw(fixed closed no_further_action duplicate
                        not_councils_responsibility cancelled)),
    unchanged => undef,
);

has services      => undef;
has token_seconds => 5;
has requests      => sub { [] };
has by_id         => sub { {} };
has by_token      => sub { {} };
has updates       => sub { [] };
has update_by_ref => sub { {} };

# ids do not repeat after a restart
has next_id     => sub { time % 10_000_000 };
has next_update => sub { time % 10_000_000 };


sub datetime ($epoch) {
    return strftime('%Y-%m-%dT%H:%M:%S+05:30', gmtime $epoch + INDIA);
}


# %facts: what the caller sent, under the standard's names.
sub file ($self, $service, %facts) {
    my $now   = time;
    my $hours = $service->{sla_hours};

    my $request = {
        %facts,
        id                => $self->_new_id,
        type              => $service->{type},
        service_code      => $service->{service_code},
        service_name      => $service->{service_name},
        agency            => $service->{agency},
        status            => 'open',
        status_notes      => undef,
        detailed_status   => 'open',
        service_notice    => "आपकी शिकायत दर्ज हो गई है। $hours घंटे में"
                             . " निराकरण अपेक्षित है। / Registered; expected"
                             . " within $hours hours.",
        requested         => $now,
        updated           => $now,
        expected          => $now + $hours * 3600,
        notes             => [],
        numbered          => $service->{type} eq 'realtime',
    };

    push @{$self->requests}, $request;
    $self->by_id->{$request->{id}} = $request;
    $self->_number_later($request) if $service->{type} eq 'batch';
    $self->_forget if @{$self->requests} > MAX_REQUESTS;

    $self->emit(requests => $request);
    return $request;
}


sub _new_id ($self) {
    my $id = sprintf '311-%s-%07d', strftime('%Y', gmtime time + INDIA),
                     $self->next_id;
    $self->next_id($self->next_id + 1);
    return $id;
}


# A batch service gives a token first and the number some time after.
sub _number_later ($self, $request) {
    $request->{token} = 'T-' . join '', map { int rand 10 } 1 .. 10;
    $self->by_token->{$request->{token}} = $request;

    Mojo::IOLoop->timer($self->token_seconds => sub {
        $request->{numbered} = 1;
        $self->emit(requests => $request);
    });
}


sub _forget ($self) {
    my $gone = shift @{$self->requests};
    delete $self->by_id->{$gone->{id}};
    delete $self->by_token->{$gone->{token} // ''};
}


# A request others may see: it has its number.
sub find ($self, $id) {
    my $request = $self->by_id->{$id} // return undef;
    return $request->{numbered} ? $request : undef;
}


sub find_token ($self, $token) {
    return $self->by_token->{$token};
}


# One update; the same reference of the sender is the same update.
sub update ($self, $request, $status, $description, %more) {
    my $ref  = $more{ref};
    my $key  = defined $ref ? "$request->{id} $ref" : undef;
    my $seen = defined $key ? $self->update_by_ref->{$key} : undef;
    return $seen if $seen;

    my $update = {
        update_id          => '' . $self->next_update,
        service_request_id => $request->{id},
        status             => $status,
        description        => $description,
        media_url          => $more{media_url} // '',
        updated            => time,
    };

    $self->next_update($self->next_update + 1);
    push @{$self->updates}, $update;
    $self->update_by_ref->{$key} = $update if defined $key;
    $self->_apply($request, $update);
    $self->_forget_updates if @{$self->updates} > MAX_REQUESTS;

    $self->emit(requests => $request);
    return $update;
}


sub _forget_updates ($self) {
    my $gone = shift @{$self->updates};
    my $refs = $self->update_by_ref;
    my ($key) = grep { $refs->{$_} == $gone } keys %$refs;
    delete $refs->{$key} if defined $key;
}


sub _apply ($self, $request, $update) {
    my $closes = $CLOSES{$update->{status}};

    if (defined $closes) {
        $request->{status}          = $closes ? 'closed' : 'open';
        $request->{detailed_status} = $update->{status};
    }

    $request->{status_notes} = $update->{description}
        if length $update->{description};
    $request->{updated} = $update->{updated};

    push @{$request->{notes}}, {
        datetime    => datetime($update->{updated}),
        type        => $update->{status},
        description => $update->{description},
    };
    shift @{$request->{notes}} if @{$request->{notes}} > 50;
}


# As GeoReport shows it; who asked is not shown.
sub public ($self, $request) {
    my $attributes = $request->{attributes};

    return {
        service_request_id => $request->{id},
        (map { $_ => $request->{$_} }
            qw(status status_notes service_name service_code description
               service_notice address_id media_url)),
        (map { $_ => defined $request->{$_} ? 0 + $request->{$_} : undef }
            qw(lat long)),
        agency_responsible => $request->{agency},
        requested_datetime => datetime($request->{requested}),
        updated_datetime   => datetime($request->{updated}),
        expected_datetime  => datetime($request->{expected}),
        address            => $request->{address_string},
        zipcode            => undef,
        attributes         => [map { {code => $_, value => $attributes->{$_}} }
                               sort keys %$attributes],
        extended_attributes => {
            detailed_status => $request->{detailed_status},
            defined $attributes->{client_ref}
                ? (client_ref => $attributes->{client_ref}) : (),
        },
        notes => $request->{notes},
    };
}


# Everything, for the control API alone.
sub full ($self, $request) {
    return {
        %{$self->public($request)},
        (map { $_ => $request->{$_} }
            qw(type token first_name last_name phone email account_id
               device_id)),
        numbered  => $request->{numbered} ? true : false,
        attribute => $request->{attributes},
    };
}


sub public_update ($self, $update) {
    my %public = %$update;
    $public{updated_datetime} = datetime(delete $public{updated});
    return \%public;
}


1;
