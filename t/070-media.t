# Copyright (C) ngx_civic_module contributors
#
# Why: a photo is often all the proof there is.  It fails when a file that
# WhatsApp has does not reach 311 and the officer, when it is kept under a
# name or type it does not have, when somebody without the link sees it, or
# when a tracking number waits for it.

use Test::Nginx::Socket;
use Civic::Test::Env;
use Civic::Test::Media;
use Civic::Test::Peer;
use Civic::Test::Talk qw(metric rows until_true);
use Civic::Test::Webhook;

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];

# For --- pg_wait: so many files are on disk and told.

our $Kept = q{SELECT count(*) = %d FROM media WHERE state = 'kept'};


# The update with files that 311 was sent.

sub updates {
    return grep { $_->{method} eq 'POST' }
           calls('/servicerequestupdates\.json');
}

our $Takes = <<'END';
GET /services\.json(?:\?.*)? => 200 quiet []
POST /requests\.json(?:\?.*)? => 201 [{"service_request_id":"311-7"}]
POST /servicerequestupdates\.json => 200 [{"update_id":"9"}]
END

run_tests();

__DATA__

=== TEST 1: a photo that came before is in the registration, as a link that works
--- civic eval: $::MEDIA = Civic::Test::Media::MEDIA
--- config eval: Civic::Test::Media::PLACES
--- signed
--- mock_http eval: graph()
--- request eval
post(sends('910000000011', 'photo', caption => 'street light not working'))
--- pg_wait eval: sprintf $::Kept, 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock2: 1
--- perl
my ($post) = posts();
my $link = $post->{form}{media_url};
like($link, qr{^https://desk\.example/media/[\w-]{22}/[0-9a-f]{64}\.jpg$},
     'one link, as the standard has it');
unlike($post->{form}{description}, qr/desk\.example/, 'and no other');

my $r = get($link);
is($r->{status}, 200, 'the link works');
is($r->{content}, bytes('photo'), 'to the very bytes');
my $h = $r->{headers};
is($h->{'content-type'}, 'image/jpeg', 'as what they are');
is($h->{'x-content-type-options'}, 'nosniff', 'not to be guessed');
is($h->{'content-disposition'}, 'inline', 'shown');
like($h->{'content-security-policy'}, qr/default-src 'none'; sandbox/,
     'loading nothing');
like($h->{'cache-control'}, qr/private/, 'for whoever asked');

my ($get) = grep { $_->{path} =~ /lookaside/ } seen(1);
is($get->{headers}{authorization}, 'Bearer indore_test_access_token',
   'with the token');
is($get->{path}, '/lookaside/whatsapp_business/attachments/'
   . '?mid=400000000000001&ext=1764&hash=AR-_x', 'path and arguments as told');
is((stored())[0], stored_at(bytes('photo')), 'under its SHA-256');
is(scalar(my @temp = glob "$ENV{TEST_NGINX_SERVROOT}/media/tmp/*"), 0,
   'and nothing beside it');
is(rows('SELECT kind, state, type, size, passed FROM media'),
   'photo|kept|jpg|8990|t', 'noted');
--- mock_requests2_like
POST /requests\.json
