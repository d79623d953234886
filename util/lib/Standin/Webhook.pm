# Copyright (C) ngx_civic_module contributors
#
# Sends webhooks as Meta does: escaped as Meta escapes, signed over the raw
# bytes, sent again with growing pauses until the answer is 200.  It does not
# know what it carries.

package Standin::Webhook;

use Mojo::Base -base, -signatures;

use Digest::SHA qw(hmac_sha256_hex);
use Mojo::IOLoop;
use Mojo::JSON qw(to_json);
use Mojo::Promise;
use Mojo::UserAgent;

use constant {
    MAX_PENDING => 5000,
    MAX_TRIES   => 12,
    MAX_PAUSE   => 64,
    ACCOUNT     => '100000000000001',
};

has [qw(url secret display_phone_number phone_number_id)];
has pending => 0;
has dropped => 0;
has ua => sub {
    Mojo::UserAgent->new(connect_timeout => 5, request_timeout => 20,
                         inactivity_timeout => 20, max_connections => 32);
};


# The bytes of one update: non-ASCII as lowercase \u escapes, "/" as "\/".
sub bytes ($self, %update) {
    my $text = to_json({
        object => 'whatsapp_business_account',
        entry  => [{
            id      => ACCOUNT,
            changes => [{
                field => 'messages',
                value => {
                    messaging_product => 'whatsapp',
                    metadata          => {
                        display_phone_number => $self->display_phone_number,
                        phone_number_id      => $self->phone_number_id,
                    },
                    %update,
                },
            }],
        }],
    });

    $text =~ s{(?<!\\)/}{\\/}g;
    $text =~ s{([^\x00-\x7f])}{_escape(ord $1)}ge;

    return $text;
}


sub _escape ($code) {
    return sprintf '\\u%04x', $code if $code < 0x10000;

    $code -= 0x10000;
    return sprintf '\\u%04x\\u%04x', 0xd800 + ($code >> 10),
                   0xdc00 + ($code & 0x3ff);
}


sub signature ($self, $bytes) {
    return 'sha256=' . hmac_sha256_hex($bytes, $self->secret);
}


# Resolves with the HTTP status of the first try, 0 when there was no answer.
# $delivered is called once, at whichever try the answer is 200.
sub send_p ($self, $bytes, $delivered = sub {}) {
    if ($self->pending >= MAX_PENDING) {
        $self->dropped($self->dropped + 1);
        return Mojo::Promise->resolve(0);
    }

    $self->pending($self->pending + 1);
    return $self->_try_p($bytes, $delivered, 1);
}


sub _try_p ($self, $bytes, $delivered, $try) {
    my %headers = (
        'Content-Type'        => 'application/json',
        'User-Agent'          => 'facebookexternalua',
        'X-Hub-Signature-256' => $self->signature($bytes),
    );

    return $self->ua->post_p($self->url => \%headers => $bytes)->then(
        sub ($tx) { $tx->res->code // 0 },
        sub ($error) { 0 },
    )->then(sub ($status) {
        if ($status == 200 || $try >= MAX_TRIES) {
            $self->pending($self->pending - 1);
            $delivered->() if $status == 200;
            return $status;
        }

        # at once the first time, then 1, 2, 4 ... seconds apart
        my $pause = $try == 1 ? 0 : 2 ** ($try - 2);
        $pause = MAX_PAUSE if $pause > MAX_PAUSE;

        Mojo::IOLoop->timer($pause => sub {
            $self->_try_p($bytes, $delivered, $try + 1);
        });

        return $status;
    });
}


1;
