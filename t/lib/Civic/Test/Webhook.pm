package Civic::Test::Webhook;

# Copyright (C) ngx_civic_module contributors
#
# Bodies of webhooks as Meta sends them, for --- request eval.  Each function
# gives JSON, bytes in UTF-8; what a test cares about it names, the rest is
# usual.  Text goes in as UTF-8 bytes, as it stands in the test file.
#
#     --- request eval: post(text('910000000011', 'pani nahi aaya'))

use strict;
use warnings;

use Encode ();
use Exporter 'import';
use JSON::PP ();

use Civic::Test::Env qw(project_root slurp);
use Civic::Test::Sign qw(sign);

our @EXPORT = qw(post raw hello fixture webhook message text button row pin
                 place complains photo status);

my $serial = 0;


# A request line and a body around any number of messages and statuses.

sub post {
    return "POST /webhook\n" . webhook(@_);
}


# A request as bytes, with a good signature of the body, whatever is sent in
# its place; headers as the test gives them.

sub raw {
    my ($body, $sent, @headers) = @_;

    return join "\r\n", 'POST /webhook HTTP/1.1', 'Host: localhost',
                'Connection: close', sign($body), @headers, '', $sent;
}


# The nth person says hello.

sub hello {
    my ($n, %more) = @_;

    return post(text(sprintf('9100000000%02d', 20 + $n), 'Hi', %more));
}


# One of t/fixtures/whatsapp.

sub fixture {
    my ($name) = @_;

    return "POST /webhook\n"
           . slurp(project_root() . "/t/fixtures/whatsapp/$name.json");
}


sub webhook {
    my (@items) = @_;

    my @statuses = grep { exists $_->{status} } @items;
    my @messages = grep { !exists $_->{status} } @items;
    my %from = map { ($_->{from} => 1) } @messages;

    my %value = (
        messaging_product => 'whatsapp',
        metadata => { display_phone_number => '910000000001',
                      phone_number_id => '200000000000001' },
    );

    if (@messages) {
        $value{messages} = \@messages;
        $value{contacts} = [map { { wa_id => $_,
                                    profile => { name => 'Test Citizen' } } }
                            sort keys %from];
    }

    $value{statuses} = \@statuses if @statuses;

    my $json = JSON::PP->new->utf8->canonical;

    return $json->encode({
        object => 'whatsapp_business_account',
        entry => [{ id => '300000000000001', changes => [
            { field => 'messages', value => \%value } ] }],
    });
}


# message(from, type, content, field => value, ...): any kind there is.
# Unless given, the id is one no other message of this run has.

sub message {
    my ($from, $type, $content, %more) = @_;

    return { from => $from, id => "wamid.TEST.$$." . ++$serial,
             timestamp => '' . time, type => $type, $type => $content,
             %more };
}


sub text {
    my ($from, $words, %more) = @_;

    return message($from, 'text', { body => _characters($words) }, %more);
}


sub button {
    my ($from, $id, $title, %more) = @_;

    return message($from, 'interactive',
                   { type => 'button_reply', button_reply =>
                     { id => $id, title => _characters($title) } }, %more);
}


sub row {
    my ($from, $id, $title, %more) = @_;

    return message($from, 'interactive',
                   { type => 'list_reply', list_reply =>
                     { id => $id, title => _characters($title) } }, %more);
}


sub pin {
    my ($from, $latitude, $longitude, %more) = @_;

    return message($from, 'location', { latitude => 0 + $latitude,
                                        longitude => 0 + $longitude }, %more);
}


# A pin in a ward, where any will do.

sub place {
    my ($from, %more) = @_;

    return pin($from, '22.7533', '75.8937', %more);
}


# The two messages that file a complaint.

sub complains {
    my ($from) = @_;

    return (text($from, 'street light not working'), place($from));
}


sub photo {
    my ($from, $media_id, %more) = @_;

    return message($from, 'image', { id => $media_id, sha256 => 'x',
                                     mime_type => 'image/jpeg' }, %more);
}


# What became of a message we sent: sent, delivered, read, failed.

sub status {
    my ($wamid, $status, $to, %more) = @_;

    return { id => $wamid, status => $status, recipient_id => $to,
             timestamp => '' . time, %more };
}


sub _characters {
    my ($bytes) = @_;

    return Encode::decode('UTF-8', $bytes, Encode::FB_CROAK);
}


1;
