# Copyright (C) ngx_civic_module contributors
#
# The city's 311 system as a peer of util/chaos.  Standin::Open311 judges and
# answers by the standard, Standin::Book keeps the requests; here is written
# down what was registered under which reference of ours.  A POST without a
# reference on the last line of its description is refused.

package chaos::City;

use Mojo::Base 'chaos::Peer', -signatures;

use Standin::Book;
use Standin::Open311;
use Standin::Services;

has [qw(api_key jurisdiction services)];
has open311 => sub ($self) {
    my $services = Standin::Services->load($self->services);

    Standin::Open311->new(
        book => Standin::Book->new(services => $services),
        services => $services, api_key => $self->api_key,
        jurisdiction => $self->jurisdiction);
};


sub answer ($self, $req) {
    my ($rest) = $req->url->path->to_string =~ m{^/open311/v2/(.+)$};
    my $post = $req->method eq 'POST' && ($rest // '') eq 'requests.json';
    my $ref = $post ? _ref($req) : '';

    return _refuse(400, 'there is no reference of ours')
        if $post && !defined $ref;

    my ($status, $body) = $self->open311->answer($req, $rest // '');

    if ($status >= 400) {

        # asking for what is not there is no fault
        return ($status, $body) if !$post;
        return ($status, $body, { what => 'refused', id => $ref,
                                  why => "$status $body->[0]{description}" });
    }

    return ($status, $body) if !$post;
    return ($status, $body, { what => 'request', accepted => 1, id => $ref,
                              request => $body->[0]{service_request_id} });
}


sub _refuse ($status, $why) {
    return ($status, [{ code => $status, description => $why }],
            { what => 'refused', why => $why });
}


sub _ref ($req) {
    my $description = $req->body_params->param('description') // '';
    return $description =~ /^Ref: WA-(\S+)\s*\z/m ? $1 : undef;
}


sub refusal ($self) {
    return (500, [{ code => 500, description => 'Something went wrong' }]);
}


1;
