# Copyright (C) ngx_civic_module contributors
#
# The pictures and voice notes citizens have sent, in memory and bounded.
# It keeps bytes as they came and converts nothing.

package Standin::Media;

use Mojo::Base -base, -signatures;

use Digest::SHA qw(sha256 sha256_hex);
use Mojo::File qw(curfile);
use Mojo::Util qw(b64_encode);

use constant MAX_ITEMS => 200;

# sent when the citizen names no file of his own
my $SAMPLES = curfile->dirname->child('public', 'sample');
my %SAMPLE  = (
    photo   => ['photo.jpg', 'image/jpeg'],
    voice   => ['voice.ogg', 'audio/ogg; codecs=opus'],
    sticker => ['sticker.webp', 'image/webp'],
);

# Meta's: a URL is good for so long
use constant URL_SECONDS => 300;

has items => sub { {} };
has secret => sub { join '', map { chr 97 + int rand 26 } 1 .. 20 };

# where Meta keeps files; whoever plays it sends its requests here
has lookaside => 'https://lookaside.fbsbx.com';
has order => sub { [] };


sub sample ($self, $kind) {
    my ($file, $type) = @{$SAMPLE{$kind}};
    return $self->keep($SAMPLES->child($file)->slurp, $type);
}


sub keep ($self, $bytes, $type) {
    my $id = join '', 1 + int rand 9, map { int rand 10 } 1 .. 14;

    $self->items->{$id} = {bytes => $bytes, type => $type};
    push @{$self->order}, $id;
    delete $self->items->{shift @{$self->order}}
        if @{$self->order} > MAX_ITEMS;

    return $id;
}


sub find ($self, $id) {
    return $self->items->{$id};
}


sub _hash ($self, $id, $until) {
    return substr sha256_hex(join ' ', $self->secret, $id, $until), 0, 24;
}


# A URL as Meta gives it, good for a while.
sub _url ($self, $id) {
    my $until = time + URL_SECONDS;

    return $self->lookaside . "/whatsapp_business/attachments/?mid=$id"
           . "&ext=$until&hash=" . $self->_hash($id, $until);
}


# (HTTP status, item): whether such a URL is good, for whoever asks.
sub at_url ($self, $req, $is_bearer) {
    my %arg = %{$req->params->to_hash};
    my $id  = $arg{mid} // '';

    return 401 unless $is_bearer;
    return 400 unless length($req->headers->user_agent // '');

    my $item = $self->items->{$id} or return 404;

    return 404 if ($arg{ext} // '') !~ /^\d+$/ || $arg{ext} < time
                  || ($arg{hash} // '') ne $self->_hash($id, $arg{ext});

    return (200, $item);
}


# As a webhook describes it: the digest is base64 there.
sub in_webhook ($self, $id) {
    my $item = $self->items->{$id};

    return {
        id        => $id,
        mime_type => $item->{type},
        sha256    => b64_encode(sha256($item->{bytes}), ''),
        url       => $self->_url($id),
    };
}


# As GET /{media id} describes it: the digest is hex there.
sub described ($self, $id) {
    my $item = $self->items->{$id};

    return {
        messaging_product => 'whatsapp',
        id                => $id,
        url               => $self->_url($id),
        mime_type         => $item->{type},
        sha256            => sha256_hex($item->{bytes}),
        file_size         => '' . length $item->{bytes},
    };
}


1;
