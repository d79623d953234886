# Copyright (C) ngx_civic_module contributors
#
# WhatsApp's Graph API as a peer of util/chaos: takes only what Meta would
# take (Standin::Message judges), and only with a reference of ours in
# biz_opaque_callback_data.  What it has accepted it tells the load, which
# sends the statuses.  It never forgets and never takes back an acceptance.

package chaos::Graph;

use Mojo::Base 'chaos::Peer', -signatures;

use Mojo::JSON qw(decode_json encode_json true);

use Standin::Message;

has [qw(token phone_number_id load)];
has accepted => 0;


sub answer ($self, $req) {
    my $path = '/v25.0/' . $self->phone_number_id . '/messages';

    return $self->_refuse(404, "no such path: " . $req->url->path)
        if $req->method ne 'POST' || $req->url->path->to_string ne $path;

    return $self->_refuse(401, 'no bearer')
        if ($req->headers->authorization // '') ne 'Bearer ' . $self->token;

    return $self->_refuse(400, 'not application/json')
        if ($req->headers->content_type // '') !~ m{^application/json\b};

    my $body = eval { decode_json($req->body) };
    return $self->_refuse(400, 'no JSON object') if ref $body ne 'HASH';

    my $fault = Standin::Message::refuse($body);
    return $self->_refuse(400, "$fault->[0] $fault->[1]") if $fault;

    return (200, { success => true }) if exists $body->{status};

    return $self->_accept($body);
}


sub _refuse ($self, $status, $why) {
    return ($status, { error => { message => $why, code => 100,
                                  type => 'OAuthException' } },
            { what => 'refused', why => $why });
}


sub _accept ($self, $body) {
    my $id = $body->{biz_opaque_callback_data} // '';

    return $self->_refuse(400, 'biz_opaque_callback_data is no outbox id')
        if $id !~ /^[1-9]\d{0,18}$/;
    return $self->_refuse(400, 'there is no number in "to"')
        if ($body->{to} // '') !~ /^\+(\d+)$/;

    my $phone = $1;
    my $wamid = 'wamid.OUT' . $self->accepted($self->accepted + 1)->accepted;

    $self->load->write(encode_json({ wamid => $wamid, id => $id,
                                     phone => $phone }) . "\n");

    return (200,
        { messaging_product => 'whatsapp',
          contacts => [{ input => $body->{to}, wa_id => $phone }],
          messages => [{ id => $wamid }] },
        { what => 'message', accepted => 1, id => $id, phone => $phone,
          wamid => $wamid, shape => _shape($body) });
}


# What kind of message it is, by what can be tapped.
sub _shape ($body) {
    my $action = ($body->{interactive} // {})->{action} // {};

    return join ' ', $body->{interactive}{type} // '', map { $_->{reply}{id} }
                     @{ $action->{buttons} // [] } if $body->{interactive};
    return $body->{type} // 'text';
}


sub refusal ($self) {
    return (500, { error => { message => 'Something went wrong',
                              code => 131000, type => 'OAuthException' } });
}


1;
