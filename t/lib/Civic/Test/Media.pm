package Civic::Test::Media;

# Copyright (C) ngx_civic_module contributors
#
# Files of citizens in tests: the directives and locations that fetch and
# serve them, the messages that bring them, and a WhatsApp that has them.  A
# file is named by its id there: 400000000000001 is the first of @FILES.  It
# serves what a test says, good or bad; what is hostile the test says itself.

use strict;
use warnings;

use Digest::SHA qw(sha256_base64 sha256_hex);
use Exporter 'import';
use HTTP::Tiny;
use JSON::PP ();

use Civic::Test::Config;
use Civic::Test::Env qw(project_root server_port slurp);
use Civic::Test::Webhook qw(message);

our @EXPORT = qw(MEDIA PLACES SPEECH SPEAKS TAKES bytes id_of sends captioned
                 graph describes gives hears kept get stored stored_at
                 half_stored);

# For --- civic.

use constant MEDIA => '
civic_media_path     $TEST_NGINX_SERVROOT/media;
civic_media_pass     /_media;
civic_media_key_file $TEST_NGINX_SERVROOT/conf/media_key;
civic_media_url      https://desk.example/media/;
';

# For --- config.

use constant PLACES => '
location /_media/lookaside.fbsbx.com/ {
    internal;
    proxy_pass http://graph/lookaside/;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Accept-Encoding "";
    proxy_set_header User-Agent "civic";
    proxy_next_upstream off;
    proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate
                         X-Accel-Buffering X-Accel-Charset;
    proxy_set_header Authorization "Bearer $civic_whatsapp_token";
}

location /media/ {
    civic_media;
}
';

# The same for voice notes: peer 1 plays the speech service, too.  A question
# waits long, so that it is asked for a reason.

use constant SPEECH => MEDIA . '
civic_speech_pass /_speech;
civic_speech_wait 60s;
';

use constant SPEAKS => PLACES . '
location = /_speech {
    internal;
    proxy_pass http://graph/speech;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Accept-Encoding "";
    proxy_next_upstream off;
    proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate
                         X-Accel-Buffering X-Accel-Charset;
    subrequest_output_buffer_size 64k;
}
';

# For --- mock_http2: a 311 that has one number for all and takes updates.

use constant TAKES => <<'END';
POST /requests\.json => 201 [{"service_request_id":"311-7"}]
POST /servicerequestupdates\.json => 200 [{"update_id":"9"}]
END

my $sample = project_root() . '/util/lib/Standin/public/sample';

my %FILES = (
    photo    => [1, 'image/jpeg', slurp("$sample/photo.jpg")],
    voice    => [2, 'audio/ogg; codecs=opus', slurp("$sample/voice.ogg")],
    video    => [3, 'video/mp4', "\0\0\0\x18ftypmp42" . 'v' x 200_000],
    document => [4, 'application/pdf', "%PDF-1.7\n" . 'p' x 5000],
    page     => [5, 'text/html', '<html><script>alert(1)</script>'],
    png      => [6, 'image/png', "\x89PNG\r\n\x1a\n" . 'i' x 3000],
    longest  => [7, 'audio/ogg; codecs=opus', 'OggS' . 'v' x 716_796],
    longer   => [8, 'audio/ogg; codecs=opus', 'OggS' . 'v' x 716_797],
);

my %KINDS = (photo => 'image', png => 'image', voice => 'audio',
             longest => 'audio', longer => 'audio', video => 'video',
             document => 'document', page => 'document');


sub bytes { return $FILES{ $_[0] }[2] }

sub id_of { return 400000000000000 + $FILES{ $_[0] }[0] }


# A message of a person that brings a file.

sub sends {
    my ($from, $what, %more) = @_;

    my %caption = exists $more{caption} ? (caption => delete $more{caption})
                                        : ();

    return message($from, $KINDS{$what}, {
        id => '' . id_of($what), mime_type => $FILES{$what}[1],
        sha256 => sha256_base64(bytes($what)) . '=', %caption }, %more);
}


# One with words that complain, and lack a place.

sub captioned {
    my ($from, $what) = @_;

    return sends($from, $what, caption => 'street light not working');
}


# Rules of the Graph API that has all files and takes all messages; those
# given stand before them.

sub graph {
    my (@first) = @_;

    return [@first, describes(), gives(), Civic::Test::Config::GRAPH_RULES];
}


# "GET /<id>"; what is given replaces members of the answer.

sub describes {
    my (%more) = @_;

    return { method => 'GET', path => '/v25.0/\d+', reply => sub {
        my ($request) = @_;

        my ($id) = $request->{path} =~ /(\d+)$/;
        my ($file) = grep { $_->[0] == $id - 400000000000000 } values %FILES;

        return { status => 400, body => '{"error":{"code":100}}' } if !$file;

        return { status => 200, body => JSON::PP->new->canonical->encode({
            messaging_product => 'whatsapp', id => $id,
            url => 'https://lookaside.fbsbx.com/whatsapp_business'
                   . "/attachments/?mid=$id&ext=1764&hash=AR-_x",
            mime_type => $file->[1], sha256 => sha256_hex($file->[2]),
            file_size => length $file->[2], %more }) };
    } };
}


# The bytes themselves.

sub gives {
    return { method => 'GET',
             path => '/lookaside/whatsapp_business/attachments/\?.*',
             reply => sub {
        my ($request) = @_;

        my ($id) = $request->{path} =~ /mid=(\d+)/;
        my ($file) = grep { $_->[0] == $id - 400000000000000 } values %FILES;

        return { status => 200, body => $file->[2] };
    } };
}


# A speech service that hears this; what is given replaces members of the rule.

sub hears {
    my ($text, %more) = @_;

    return { method => 'POST', path => '/speech',
             body => JSON::PP->new->encode({ pipelineResponse => [{
                 taskType => 'asr', config => undef, audio => undef,
                 output => [{ source => $text }] }] }), %more };
}


# For --- pg_wait: so many files are on disk and told.

sub kept {
    my ($n) = @_;

    return "SELECT count(*) = $n FROM media WHERE state = 'kept'";
}


# A link as whoever was given it asks for it, here: the answer of HTTP::Tiny.

sub get {
    my ($url, %more) = @_;

    my $path = $url =~ s{^https://desk\.example}{}r;

    return HTTP::Tiny->new->request($more{method} // 'GET',
        'http://127.0.0.1:' . server_port() . $path,
        { headers => $more{headers} // {} });
}


# Files on disk, and the one of these bytes.

sub stored {
    return grep { -f } glob "$ENV{TEST_NGINX_SERVROOT}/media/*/*/*";
}


sub stored_at {
    my ($bytes) = @_;

    my $sha = sha256_hex($bytes);

    return "$ENV{TEST_NGINX_SERVROOT}/media/" . substr($sha, 0, 2) . '/'
           . substr($sha, 2, 2) . "/$sha";
}


# What is being written.

sub half_stored {
    my @files = glob "$ENV{TEST_NGINX_SERVROOT}/media/tmp/*";

    return @files;
}


1;
