# Copyright (C) ngx_civic_module contributors
#
# Open311 GeoReport v2, JSON only, with the updates extension: judges each
# call strictly by the standard and answers from the book.  It keeps nothing
# itself.

package Standin::Open311;

use Mojo::Base -base, -signatures;

use Mojo::Date;
use Mojo::Util qw(decode secure_compare url_unescape);

use Standin::Book;

use constant {
    MAX_DESCRIPTION => 4000,
    MAX_SPAN        => 90 * 86400,
    MAX_PAGE        => 500,
    MAX_LIST        => 1000,
};

has [qw(book services api_key jurisdiction)];

my @ROUTES = (
    [GET  => qr{^services\.json$}              => \&_services],
    [GET  => qr{^services/([^/]+)\.json$}      => \&_definition],
    [POST => qr{^requests\.json$}              => \&_create],
    [GET  => qr{^tokens/([^/]+)\.json$}        => \&_token],
    [GET  => qr{^requests\.json$}              => \&_list],
    [GET  => qr{^requests/([^/]+)\.json$}      => \&_one],
    [POST => qr{^servicerequestupdates\.json$} => \&_post_update],
    [GET  => qr{^servicerequestupdates\.json$} => \&_list_updates],
);

my @PERSON = qw(first_name last_name phone email account_id device_id);
my %CREATE = map { $_ => 1 } @PERSON,
    qw(api_key jurisdiction_id service_code lat long address_string address_id
       description media_url);
my %UPDATE = map { $_ => 1 } @PERSON,
    qw(api_key jurisdiction_id service_request_id service_code update_id status
       updated_datetime description title media_url);


# (HTTP status, body)
sub answer ($self, $req, $rest) {
    for my $route (@ROUTES) {
        my ($method, $path, $do) = @$route;
        next if $method ne $req->method;

        my ($id) = $rest =~ $path or next;
        my $fields = $self->_fields($req);
        return _errors(400, 'The parameters are not valid UTF-8')
            unless $fields;

        my $fault = $self->_access($method, $fields);
        return _errors(@$fault) if $fault;

        return $self->$do($fields, $id);
    }

    return _errors(404, "/$rest was not found");
}


sub _errors ($status, @descriptions) {
    return ($status,
            [map { {code => $status, description => $_} } @descriptions]);
}


# Field => text, or a list of texts when it came more than once; an empty
# field means the same as none, except where servers are known to refuse it.
sub _fields ($self, $req) {
    my $params = $req->method eq 'POST' ? $req->body_params
                                        : $req->query_params;
    my $raw = $req->method eq 'POST' && !@{$req->uploads}
        ? $req->body : $req->url->query->to_string;

    return undef unless defined decode('UTF-8', url_unescape($raw));

    my %fields = %{$params->to_hash};
    for my $key (keys %fields) {
        next if $key eq 'jurisdiction_id' || ref $fields{$key};
        delete $fields{$key} if $fields{$key} eq '';
    }

    return \%fields;
}


sub _access ($self, $method, $fields) {
    my $place = $fields->{jurisdiction_id};
    my $ours  = $self->jurisdiction;

    if (defined $place && $place eq '' || defined $ours && !defined $place) {
        return [400, 'jurisdiction_id was not provided'];
    }

    if (defined $ours && $place ne $ours) {
        return [404, "jurisdiction_id $place was not found"];
    }

    if ($method eq 'POST'
        && !secure_compare($fields->{api_key} // '', $self->api_key))
    {
        return [403, 'Missing or invalid api_key'];
    }

    return undef;
}


sub _services ($self, $fields, $id) {
    return (200, $self->services->public);
}


sub _definition ($self, $fields, $code) {
    return _errors(404, "service_code $code was not found")
        unless $self->services->find($code);

    return (200, $self->services->definition($code));
}


sub _create ($self, $fields, $id) {
    my $code = $fields->{service_code}
        // return _errors(400, 'service_code was not provided');
    my $service = $self->services->find($code)
        // return _errors(404, "service_code $code was not found");

    my %attributes = _attributes($fields);
    my @faults = (_unknown($fields, \%CREATE), _place_faults($fields),
                  _text_faults($fields),
                  $self->_attribute_faults($code, \%attributes));

    return _errors(400, 'Error in input for POST_Service_Request', @faults)
        if @faults;

    my $request = $self->book->file(
        $service,
        attributes => \%attributes,
        (map { $_ => $fields->{$_} }
            @PERSON, qw(lat long address_string address_id description
                        media_url)),
    );

    my %item = (service_notice => $request->{service_notice},
                account_id     => undef);

    if ($request->{token}) {
        $item{token} = $request->{token};
    } elsif ($request->{numbered}) {
        $item{service_request_id} = $request->{id};
    }

    return (200, [\%item]);
}


# attribute[code]=x and attribute[code][]=x (any number) => code => value
sub _attributes ($fields) {
    my %attributes;

    for my $key (keys %$fields) {
        my ($code, $many) = $key =~ /^attribute\[([^\]]+)\](\[\])?$/ or next;
        my $value = $fields->{$key};

        $attributes{$code} = $many && !ref $value ? [$value] : $value;
    }

    return %attributes;
}


sub _unknown ($fields, $known) {
    return map { "$_ is not a known parameter" }
           grep { !$known->{$_} && !/^attribute\[[^\]]+\](?:\[\])?$/ }
           sort keys %$fields;
}


sub _place_faults ($fields) {
    my ($lat, $long) = @$fields{qw(lat long)};

    if (!defined $lat && !defined $long) {
        return () if grep { defined $fields->{$_} }
                     qw(address_string address_id);
        return 'lat and long, address_string or address_id must be given';
    }

    return 'lat and long must be given together'
        unless defined $lat && defined $long;

    return map { "$_->[0] is not a decimal degree" }
           grep { ref $_->[1] || $_->[1] !~ /^-?\d{1,3}\.\d{1,10}$/
                  || abs $_->[1] > $_->[2] }
           ['lat', $lat, 90], ['long', $long, 180];
}


sub _text_faults ($fields) {
    my @faults;

    push @faults, 'description is longer than ' . MAX_DESCRIPTION
        if length($fields->{description} // '') > MAX_DESCRIPTION;

    push @faults, 'media_url is not a URL'
        if ($fields->{media_url} // 'http://x') !~ m{^https?://\S+$};

    push @faults, map { "$_ was given more than once" }
                  grep { ref $fields->{$_} && !/^attribute\[.*\]\[\]$/ }
                  sort keys %$fields;

    return @faults;
}


sub _attribute_faults ($self, $code, $attributes) {
    my @faults;

    for my $ask (@{$self->services->definition($code)->{attributes}}) {
        next unless $ask->{variable};

        my $given = $attributes->{$ask->{code}};
        if (!defined $given) {
            push @faults, "attribute[$ask->{code}] is required"
                if $ask->{required};
            next;
        }

        my %key = map { $_->{key} => 1 } @{$ask->{values} // []} or next;
        push @faults, map { "attribute[$ask->{code}] has no value $_" }
                      grep { !$key{$_} } ref $given ? @$given : $given;
    }

    return @faults;
}


sub _token ($self, $fields, $token) {
    my $request = $self->book->find_token($token)
        // return _errors(404, "token $token was not found");

    return (200, [{
        token              => $token,
        service_request_id => $request->{numbered} ? $request->{id} : undef,
    }]);
}


sub _one ($self, $fields, $id) {
    my $request = $self->book->find($id)
        // return _errors(404, "service_request_id $id was not found");

    return (200, [$self->book->public($request)]);
}


sub _list ($self, $fields, $id) {
    if (defined(my $ids = $fields->{service_request_id})) {
        return (200, [map { $self->book->public($_) }
                      grep { $_ } map { $self->book->find($_) }
                      split /,/, $ids]);
    }

    my ($from, $to) = _span($fields);
    return _errors(400, 'start_date and end_date must be ISO 8601 with an'
                        . ' offset, at most 90 days apart') unless $from;

    my ($page, $size) = @$fields{qw(page page_size)};
    return _errors(400, 'page and page_size must be numbers from 1')
        if grep { defined && !/^[1-9]\d{0,5}$/ } $page, $size;

    my %code   = map { $_ => 1 } split /,/, $fields->{service_code} // '';
    my %status = map { $_ => 1 } split /,/, $fields->{status} // 'open,closed';

    my @found = grep { $_->{numbered}
                       && $_->{requested} >= $from && $_->{requested} <= $to
                       && (!%code || $code{$_->{service_code}})
                       && $status{$_->{status}} }
                reverse @{$self->book->requests};

    $size = !defined $page && !defined $size ? MAX_LIST
          : ($size // 50) > MAX_PAGE         ? MAX_PAGE : $size // 50;

    my $skip = $size * (($page // 1) - 1);
    my $last = $skip + $size - 1;
    $last = $#found if $last > $#found;

    return (200, [map { $self->book->public($_) } @found[$skip .. $last]]);
}


# (from, to) in seconds; nothing when a date cannot be read.
sub _span ($fields) {
    my ($start, $end) = map { defined $_ ? _epoch($_) // return () : undef }
                        @$fields{qw(start_date end_date)};

    my $to   = $end   // (defined $start ? $start + MAX_SPAN : time);
    my $from = $start // $to - MAX_SPAN;

    return $to >= $from && $to - $from <= MAX_SPAN ? ($from, $to) : ();
}


sub _epoch ($text) {
    return undef unless $text =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?
                                  (?:Z|[+-]\d\d:\d\d)$/x;
    return Mojo::Date->new($text)->epoch;
}


sub _post_update ($self, $fields, $id) {
    my @faults = _unknown($fields, \%UPDATE);

    push @faults, map { "$_ is required" } grep { !defined $fields->{$_} }
        qw(service_request_id update_id status updated_datetime description);
    push @faults, _text_faults($fields);

    push @faults, "found value isn't a datetime: updated_datetime"
        unless defined _epoch($fields->{updated_datetime} // '');

    my $status = $fields->{status} // '';
    push @faults, "status $status is not known"
        if $status ne uc $status || !exists $Standin::Book::CLOSES{lc $status};

    return _errors(400, 'Error in input for POST_Service_Request_Update',
                   @faults) if @faults;

    my $request = $self->book->find($fields->{service_request_id})
        // return _errors(404, "service_request_id"
            . " $fields->{service_request_id} was not found");

    my $update = $self->book->update($request, lc $status,
        $fields->{description}, ref => $fields->{update_id},
        media_url => $fields->{media_url});

    return (200, [{update_id => $update->{update_id}}]);
}


sub _list_updates ($self, $fields, $id) {
    return _errors(400, 'start_date and end_date go together')
        if defined $fields->{start_date} xor defined $fields->{end_date};

    my ($from, $to) = _span($fields);
    return _errors(400, 'start_date and end_date must be ISO 8601 with an'
                        . ' offset, at most 90 days apart') unless $from;

    return (200, [map { $self->book->public_update($_) }
                  grep { $_->{updated} >= $from && $_->{updated} <= $to }
                  @{$self->book->updates}]);
}


1;
