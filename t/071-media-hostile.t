# Copyright (C) ngx_civic_module contributors
#
# Why: an id, a URL and bytes are what somebody else made up, and they lead
# into the city's own network and onto its officers' screens.  It fails when a
# fetch reaches any machine but Meta's, when a file is kept that is too large,
# empty or not what it says, when one that cannot be had costs the complaint
# or is asked for without end, and when a citizen is not told.

use Test::Nginx::Socket;
use Civic::Test::Env;
use Civic::Test::Media;
use Civic::Test::Peer;
use Civic::Test::Talk qw(blocks_have metric rows until_true);
use Civic::Test::Webhook;

plan 'no_plan';

blocks_have(civic => MEDIA, config => PLACES, signed => '',
            mock_http => graph());

our $Me = '910000000011';
our $Path = '/lookaside/whatsapp_business/attachments/\?.*';

# A photo with words that file a complaint, and its pin.

our $Complaint = post(captioned($Me, 'photo'), place($Me));

# Locations that an answer names, but for itself.

our @Else = ('/_311/requests.json', '/_graph/v25.0/' . id_of('png'), '@else');

# The fetch is over.

our $Over = q{SELECT state = 'done' FROM outbox WHERE kind = 'fetch'};


# In the end the file is refused for that, after so many calls for its bytes;
# nothing of it is left; the complaint is at 311, and the citizen is told.

sub refused {
    my ($reason, $calls) = @_;

    until_true($Over);
    is(rows('SELECT state, reason FROM media'), "refused|$reason", 'refused');
    is(metric('media_refused_total'), 1, 'and counted');
    is(scalar stored(), 0, 'nothing is kept');
    is(scalar half_stored(), 0, 'nor half of it');
    is(scalar(grep { $_->{path} =~ /lookaside/ } seen(1)), $calls,
       "asked for $calls times") if defined $calls;

    until_true(q{SELECT state = 'registered' FROM complaint});
    is(scalar posts(), 1, 'the complaint is at 311');
    ok(!exists $_->{form}{media_url}, 'without a link') for posts();

    until_true(q{SELECT count(*) = 3 FROM outbox WHERE kind = 'send'
                 AND state = 'done'});
    is(scalar(grep { words($_) =~ /could not be loaded/ }
              to($Me)), 1, 'and the citizen is told, once');
}

run_tests();

__DATA__

=== TEST 1: a URL to a machine that is not Meta's is not asked for
--- mock_http eval: graph(describes(url => 'https://files.example/x.jpg'))
--- request eval: $::Complaint
--- perl: refused('address', 0)



=== TEST 2: nor one to this machine, however it is written
--- mock_http eval
my $port = $ENV{TEST_NGINX_PORT} // 80;
my @urls = ("http://127.0.0.1:$port/status", 'https://127.0.0.1/status',
            'https://[::1]/', 'https://localhost/', 'https://2130706433/',
            'https://lookaside.fbsbx.com@127.0.0.1/',
            'https://lookaside.fbsbx.com:8080/x',
            'https://lookaside.fbsbx.com.files.example/x',
            'https://lookaside.fbsbx.com/../../_311/requests.json',
            'https://lookaside.fbsbx.com/%2e%2e/%2e%2e/_311/requests.json',
            'http://lookaside.fbsbx.com/x', 'file:///etc/passwd');
my $next = 0;
graph({ method => 'GET', path => '/v25.0/\d+', reply => sub {
    { status => 200, body => '{"url":"' . $urls[$next++ % @urls] . '"}' } } });
--- request eval: post(map { sends("9100000000$_", 'photo') } 11 .. 22)
--- pg_wait: SELECT count(*) = 12 FROM media WHERE reason = 'address'
--- perl
is(scalar(grep { $_->{path} !~ m{^/v25\.0/} } seen(1)), 0, 'no call at all');
is(metric('media_refused_total'), 12, 'all refused');



=== TEST 3: a path that no location is written for is not reached
--- civic eval: MEDIA . "civic_media_hosts a.example;\n"
--- config eval
PLACES . 'location /_media/a.example/whatsapp_business/ {
              internal;
              return 204;
          }'
--- mock_http eval: graph(describes(url => 'https://a.example/x.jpg'))
--- request eval: $::Complaint
--- pg_wait: SELECT waits = 1 FROM outbox WHERE kind = 'fetch'
--- perl
is(scalar(grep { $_->{path} !~ m{^/v25\.0/} } seen(1)), 0, 'no call');
is(rows('SELECT state FROM media'), 'wanted', 'an operator may add it');
--- error_log
civic: file
/_media/a.example/x.jpg" failed



=== TEST 4: a redirect is not followed
--- mock_http eval
graph("GET $::Path => 302 Location:http://127.0.0.1:1/status")
--- request eval: $::Complaint
--- perl: refused('redirect', 1)



=== TEST 5: an id that is a path is not asked for
--- request eval
post(message($::Me, 'image', { id => '../200000000000001/messages',
                               mime_type => 'image/jpeg',
                               caption => 'street light off' }))
--- pg_wait eval: $::Over
--- perl
is(rows('SELECT state, reason FROM media'), 'refused|id', 'refused');
is(scalar(grep { $_->{method} eq 'GET' } seen(1)), 0, 'no call');



=== TEST 6: what is said to be 100 MB is not asked for
--- mock_http eval: graph(describes(file_size => '104857600'))
--- request eval: $::Complaint
--- perl: refused('large', 0)



=== TEST 7: what is larger than it was said to be ends at the limit
--- civic eval: MEDIA . "civic_media_max 64k;\n"
--- mock_http eval: graph("GET $::Path => 200 size=20000000")
--- request eval: $::Complaint
--- perl: refused('large', 1)



=== TEST 8: the same without a length
--- civic eval: MEDIA . "civic_media_max 64k;\n"
--- mock_http eval: graph("GET $::Path => 200 chunked size=20000000")
--- request eval: $::Complaint
--- perl: refused('large', 1)



=== TEST 9: one byte more is too large, not one less
--- civic eval: MEDIA . 'civic_media_max ' . length(bytes('photo')) . ";\n"
--- mock_http eval: graph(describes(file_size => undef))
--- request eval: post(sends($::Me, 'photo'), sends('910000000012', 'video'))
--- pg_query: SELECT kind, state, reason FROM media WHERE state <> 'wanted' ORDER BY 1
--- pg_result
photo|kept|
video|refused|large



=== TEST 10: nothing at all is asked for again, and then refused
--- mock_http eval: graph(describes(file_size => undef), "GET $::Path => 200")
--- request eval: $::Complaint
--- perl: refused('empty', 3)



=== TEST 11: what is said to be empty is not asked for
--- mock_http eval: graph(describes(file_size => 0))
--- request eval: $::Complaint
--- perl: refused('empty', 0)



=== TEST 12: a page that calls itself a photo is refused
--- mock_http eval
graph(describes(file_size => undef),
      "GET $::Path => 200 Content-Type:image/jpeg <html><script>x</script>")
--- request eval: $::Complaint
--- perl: refused('type', 1)



=== TEST 13: a URL that is over is asked for anew, with its bytes
--- mock_http eval: graph("GET $::Path => 404 times=1")
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait eval: kept(1)
--- perl
is(scalar(grep { $_->{path} =~ m{/v25\.0/} && $_->{method} eq 'GET' }
          seen(1)), 2, 'the id was asked twice');
is_deeply([stored()], [stored_at(bytes('photo'))], 'and here it is');
is(metric('media_retried_total'), 1, 'counted');



=== TEST 14: a file that WhatsApp has no more is refused
--- mock_http eval
graph('GET /v25.0/\d+ => 400 {"error":{"code":100,"error_subcode":33}}')
--- request eval: $::Complaint
--- perl: refused('gone', 0)



=== TEST 15: an endless drip ends with its time
--- civic eval
MEDIA . 'civic_media_timeout '
. int(500 * Civic::Test::Env::slowness()) . "ms;\n"
--- mock_http eval: graph("GET $::Path => 200 drip=0.3 size=8990")
--- request eval: $::Complaint
--- perl: refused('slow', 3)



=== TEST 16: half a file is no file: it is fetched again
--- mock_http eval
my $gives = gives();
graph({ %$gives, times => 1, truncate => 1 })
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait eval: kept(1)
--- perl
is_deeply([stored()], [stored_at(bytes('photo'))], 'all of it');
is(rows('SELECT size FROM media'), length bytes('photo'), 'in full');
--- error_log
upstream prematurely closed connection



=== TEST 17: WhatsApp away, then back: the file comes by itself
--- mock_http eval
graph('GET /v25.0/\d+ => 503 times=1', "GET $::Path => drop times=1")
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait eval: kept(1)
--- perl
is(rows(q{SELECT waits, attempts FROM outbox WHERE kind = 'fetch'}), '2|0',
   'waited for');
--- error_log
upstream prematurely closed connection



=== TEST 18: a disk that takes nothing is told once, and the file waits
--- perl
my $dir = "$ENV{TEST_NGINX_SERVROOT}/media/tmp";
Civic::Test::Env::spew($dir, 'in the way');
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait: SELECT waits = 1 FROM outbox WHERE kind = 'fetch'
--- then_request eval: post(sends('910000000012', 'photo'))
--- pg_wait: SELECT count(*) = 2 FROM outbox WHERE kind = 'fetch' AND waits > 0
--- perl: unlink "$ENV{TEST_NGINX_SERVROOT}/media/tmp"
--- pg_wait eval: kept(2)
--- grep_error_log eval: qr/civic: cannot write|civic: files can be written/
--- grep_error_log_out
civic: cannot write
civic: files can be written
--- error_log eval
qr/\[crit\] .*civic: cannot write to ".*media", files of citizens wait/



=== TEST 19: a description that makes no sense is asked for again, then refused
--- mock_http eval: graph('GET /v25.0/\d+ => 200 <html>maintenance</html>')
--- request eval: $::Complaint
--- perl: refused('unreadable', 0)



=== TEST 20: neither id, address nor bytes are in the log
--- log_level: info
--- mock_http eval: graph("GET $::Path => 404 times=2")
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait eval: kept(1)
--- no_error_log
mid=4
400000000000001
910000000011
AR-_x



=== TEST 21: an answer does not lead to another location
--- mock_http eval
graph(describes(file_size => undef),
      "GET $::Path => 200 X-Accel-Redirect:/_311/requests.json")
--- request eval: $::Complaint
--- perl
refused('empty', 3);
is(scalar(grep { $_->{method} eq 'GET' && $_->{path} =~ /requests/ } seen(2)),
   0, '311 was not asked');



=== TEST 22: nor where the operator has forgotten to say so
--- config eval
PLACES =~ s/proxy_ignore_headers[^;]*;//r
. 'location @else {
    proxy_pass http://open311;
}'
--- mock_http eval
my $next = 0;
graph({ %{ gives() }, times => scalar @::Else, reply => sub {
    { status => 200, headers => { 'X-Accel-Redirect' => $::Else[$next++] },
      body => bytes('photo') } } })
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait eval: kept(1)
--- perl
is(rows(q{SELECT waits, attempts FROM outbox WHERE kind = 'fetch'}), '3|0',
   'a call that failed, each time');
is(scalar(grep { $_->{path} !~ /services/ } seen(2)), 0, '311 was not asked');
is(scalar(grep { $_->{path} =~ /6$/ } seen(1)), 0, 'nor WhatsApp');
is_deeply([stored()], [stored_at(bytes('photo'))], 'then it was had');
--- grep_error_log eval: qr/civic: an answer leads elsewhere/
--- grep_error_log_out
civic: an answer leads elsewhere
civic: an answer leads elsewhere
civic: an answer leads elsewhere
