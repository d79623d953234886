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

has items => sub { {} };
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


# As a webhook describes it: the digest is base64 there.
sub in_webhook ($self, $id, $base) {
    my $item = $self->items->{$id};

    return {
        id        => $id,
        mime_type => $item->{type},
        sha256    => b64_encode(sha256($item->{bytes}), ''),
        url       => "$base/media/$id",
    };
}


# As GET /{media id} describes it: the digest is hex there.
sub described ($self, $id, $base) {
    my $item = $self->items->{$id};

    return {
        messaging_product => 'whatsapp',
        id                => $id,
        url               => "$base/media/$id",
        mime_type         => $item->{type},
        sha256            => sha256_hex($item->{bytes}),
        file_size         => '' . length $item->{bytes},
    };
}


1;
