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
use Civic::Test::Talk qw(blocks_have lease metric rows until_true);
use Civic::Test::Webhook;

plan 'no_plan';

blocks_have(civic => MEDIA, config => PLACES, signed => '',
            mock_http => graph());

our $Me = '910000000011';
our $Other = '910000000012';

# What files a complaint with a photo, in two requests.

our $Photo = post(captioned($Me, 'photo'));
our $Place = post(place($Me));

our $New_key = 'another_key_of_links_0123456789abcdef';


# These are in the file of keys.

sub write_keys {
    Civic::Test::Env::spew("$ENV{TEST_NGINX_SERVROOT}/conf/media_key",
                           join '', map { "$_\n" } @_);
}


# Who files a complaint and then adds a photo to it, a request each.

sub adds_photo {
    my ($from) = @_;

    return map { post($_) } complains($from), text($from, 'change'),
                            sends($from, 'photo');
}

run_tests();

__DATA__

=== TEST 1: a photo that came before is in the registration, as a link that works
--- request eval: $::Photo
--- pg_wait eval: kept(1)
--- then_request eval: $::Place
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
is(scalar half_stored(), 0, 'and nothing beside it');
is(rows('SELECT kind, state, type, size, passed FROM media'),
   'photo|kept|jpg|8990|t', 'noted');
--- mock_requests2_like
POST /requests\.json



=== TEST 2: voice, video and documents are kept as what they are, with one complaint
--- request eval
[map { post(sends($::Me, $_)) } qw(voice video document page)]
--- pg_wait eval: kept(4)
--- then_request eval: [map { post($_) } complains($::Me)]
--- wait_mock2: 1
--- perl
my ($post) = posts();
my $first = $post->{form}{media_url};
my @links = ($first, $post->{form}{description} =~ /^(https:\S+)$/mg);
is(scalar @links, 4, 'one in media_url, the others where people read');
is_deeply([map { /\.(\w+)$/ } @links], [qw(ogg mp4 pdf bin)], 'all of them');
my @of = qw(voice video document page);
for my $i (0 .. 3) {
    my $r = get($links[$i]);
    is($r->{content}, bytes($of[$i]), "the $of[$i]");
    is($r->{headers}{'content-type'},
       (qw(audio/ogg video/mp4 application/pdf application/octet-stream))[$i],
       'as what it is');
    is($r->{headers}{'content-disposition'}, $i < 2 ? 'inline' : 'attachment',
       $i < 2 ? 'shown' : 'to be saved: a page of a stranger never runs');
}
like($post->{form}{description}, qr/\nRef: WA-\d+$/, 'the reference is last');
until_true(q{SELECT count(*) = 6 FROM outbox WHERE kind = 'send'
             AND state = 'done'});
is(scalar sent(), 6, 'and each was answered');
like(words((sent())[0]), qr/वॉइस मैसेज मिल गया/, 'a voice note too');



=== TEST 3: the same bytes are stored once, whoever sent them
--- request eval: post(sends($::Me, 'photo'))
--- pg_wait eval: kept(1)
--- then_request eval: post(map { sends("9100000000$_", 'photo') } 12 .. 19)
--- pg_wait eval: kept(9)
--- perl
is_deeply([stored()], [stored_at(bytes('photo'))], 'one file');
is(rows('SELECT count(DISTINCT sha256), count(DISTINCT citizen_id) FROM media'),
   '1|9', 'of nine people');
is(scalar half_stored(), 0, 'and nothing half written');



=== TEST 4: without the right link nothing is served, and it is counted
--- request eval: post(captioned($::Me, 'photo'), sends($::Other, 'page'))
--- pg_wait eval: kept(2)
--- then_request eval: post(place($::Me), complains($::Other))
--- wait_mock2: 2
--- perl
my ($link) = grep { $_ } map { $_->{form}{media_url} } posts();
is(get($link)->{status}, 200, 'the right link');
my ($base, $code, $name) = $link =~ m{^(.*)/([^/]+)/([^/]+)$};
my $other = 'A' x 22;
my $swap = $code =~ s/^(.)/$1 eq 'A' ? 'B' : 'A'/er;
my ($ext) = $name =~ /\.(\w+)$/;
my @wrong = ("$base/$name", "$base/$other/$name", "$base/$swap/$name",
             "$base/$code/" . 'a' x 64 . ".$ext", "$base/$code/" . uc $name,
             "$base/$code/" . $name =~ s/\w+$/html/r,
             "$base/$code/" . $name =~ s/\w+$/png/r, "$base/$code/",
             "$base/$code$name", "$base/x$code/$name", "$base/",
             "$base/$code/../$code/" . 'b' x 64 . ".$ext",
             "$base/" . substr($code, 0, 21) . "/$name");
is(get($_)->{status}, 404, $_) for @wrong;
is(get("$base/../media/etc/passwd")->{status}, 404, 'nor anything else');
is(metric('media_denied_total'), @wrong + 1, 'each counted');
is(get($link, method => 'POST')->{status}, 405, 'only to be read');

unlink stored_at(bytes($ext eq 'jpg' ? 'photo' : 'page'));
is(get($link)->{status}, 404, 'a file that an operator removed is gone');



=== TEST 5: as any file of nginx: HEAD, ranges, not modified
--- request eval: post(captioned($::Me, 'video'))
--- pg_wait eval: kept(1)
--- then_request eval: $::Place
--- wait_mock2: 1
--- perl
my $link = (posts())[0]{form}{media_url};
my $r = get($link, method => 'HEAD');
is($r->{headers}{'content-length'}, length bytes('video'), 'HEAD');
is($r->{content} // '', '', 'without the bytes');
$r = get($link, headers => { Range => 'bytes=4-11' });
is($r->{status}, 206, 'a range');
is($r->{content}, 'ftypmp42', 'is that range');
$r = get($link, headers => { 'If-None-Match' => $r->{headers}{etag} });
is($r->{status}, 304, 'not modified');



=== TEST 6: a photo that comes after the registration is added to it
--- mock_http eval
[describes(), { %{ gives() }, after => 3 }, Civic::Test::Config::GRAPH_RULES]
--- mock_http2 eval: TAKES
--- request eval: post(captioned($::Me, 'photo'), place($::Me))
--- wait_mock2: 1
--- perl
my ($post) = posts();
ok(!exists $post->{form}{media_url}, 'the number did not wait for the photo');
--- then_request eval: post(text($::Other, 'Hi'))
--- wait_mock2: 2
--- perl
my ($update) = updates();
my $form = $update->{form};
is($form->{service_request_id}, '311-7', 'of that request');
like($form->{media_url}, qr{^https://desk\.example/media/.*\.jpg$}, 'a link');
like($form->{description},
     qr/^Photos and files of the citizen .*:\n\Q$form->{media_url}\E\z/,
     'in words as well, which are not 311\'s own');
is(get($form->{media_url})->{content}, bytes('photo'), 'that works');
until_true(q{SELECT count(*) = 1 FROM outbox WHERE kind = 'attach'
              AND state = 'done'});
is(metric('media_passed_total'), 1, 'and counted');



=== TEST 7: a photo is added to what was registered, by "change"
--- mock_http2 eval: TAKES
--- request eval: post(complains($::Me))
--- pg_wait: SELECT count(*) = 1 FROM complaint WHERE request_id = '311-7'
--- then_request eval
[post(text($::Me, 'change')), post(sends($::Me, 'photo'))]
--- wait_mock2: 2
--- pg_wait: SELECT count(*) = 4 FROM outbox WHERE kind = 'send' AND state = 'done'
--- perl
is((updates())[0]{form}{service_request_id}, '311-7', 'at 311');
is(rows('SELECT count(*) FROM media m JOIN complaint c USING (complaint_id)'),
   '1', 'and here');
is(rows('SELECT count(*) FROM draft'), '0', 'not as a new complaint');
like(words((to($::Me))[-1]), qr/Added to complaint \*\d+/,
     'and the citizen is told so');



=== TEST 8: an update 311 does not take is tried again, or shown to an operator
--- mock_http2
POST /requests\.json ~ phone=910000000011 => 201 [{"service_request_id":"311-1"}]
POST /requests\.json => 201 [{"service_request_id":"311-2"}]
POST /servicerequestupdates\.json ~ 311-1 => 503 times=1 Retry-After:1 []
POST /servicerequestupdates\.json ~ 311-1 => 200 [{"update_id":"9"}]
POST /servicerequestupdates\.json => 405 []
--- request eval: [adds_photo($::Me)]
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE kind = 'attach' AND state = 'done'
--- then_request eval: [adds_photo($::Other)]
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE kind = 'attach' AND state = 'dead' AND error = '405'
--- perl
my @ids = map { $_->{form}{update_id} }
          grep { $_->{form}{service_request_id} eq '311-1' } updates();
is(scalar @ids, 2, 'tried twice');
is($ids[0], $ids[1], 'as one and the same update');



=== TEST 9: a file in the hands of a worker that dies is fetched by another
--- workers: 2
--- pg_exec eval: lease(3)
--- mock_http eval
my $gives = gives();
[describes(), { %$gives, action => 'hang', reply => undef, times => 1 },
 $gives, Civic::Test::Config::GRAPH_RULES]
--- request eval: post(sends($::Me, 'photo'))
--- wait_mock: 3
--- signal: KILL-WORKERS
--- pg_wait eval: kept(1)
--- perl
is_deeply([stored()], [stored_at(bytes('photo'))], 'it is there, once');
--- error_log
exited on signal 9



=== TEST 10: an album, a caption and a pin make one complaint with five files
--- workers: 2
--- request eval: post(text($::Me, 'street light not working'))
--- together
--- then_request eval
[map { post(sends($::Me, $_)) } qw(photo voice video document png)]
--- pg_wait eval: kept(5)
--- then_request eval: $::Place
--- wait_mock2: 1
--- pg_query
SELECT count(DISTINCT complaint_id), count(*), count(DISTINCT wamid)
  FROM media WHERE passed
--- pg_result
1|5|5



=== TEST 11: the two keys of a rotation are both good, a key taken out is not
--- request eval: $::Photo
--- pg_wait eval: kept(1)
--- then_request eval: $::Place
--- wait_mock2: 1
--- perl: write_keys($::New_key, Civic::Test::Config::MEDIA_KEY)
--- signal: HUP
--- perl
is(get((posts())[0]{form}{media_url})->{status}, 200, 'old and new');
write_keys($::New_key);
--- signal: HUP
--- perl
is(get((posts())[0]{form}{media_url})->{status}, 404, 'the old one is out');



=== TEST 12: a photo of a draft that was thrown away belongs to nobody
--- request eval
[map { post($_) } sends($::Me, 'photo'), text($::Me, 'cancel'),
                  complains($::Me)]
--- wait_mock2: 1
--- perl
ok(!exists $_->{form}{media_url}, 'nothing at 311') for posts();
is(rows('SELECT count(*) FROM media'), '0', 'nor here');
until_true(q{SELECT state = 'done' FROM outbox WHERE kind = 'fetch'});



=== TEST 13: what goes wrong with a file does not put its link into error.log
--- log_level: info
--- request eval: $::Photo
--- pg_wait eval: kept(1)
--- then_request eval: $::Place
--- wait_mock2: 1
--- perl
my ($post) = posts();
my $link = $post->{form}{media_url};
my ($code) = $link =~ m{/media/([^/]+)/};
my $path = stored_at(bytes('photo'));
unlink $path or die "$path: $!\n";
symlink $path, $path or die "$path: $!\n";
is(get($link)->{status}, 500, 'a file that cannot be opened');
is(get($link =~ s/(?=$code)/x\/..\//r)->{status}, 500, 'in other words');
is(get($link =~ s/$code/sprintf '%%%02x', ord $&/er =~ s/(?<=%..)/
       substr $code, 1/er)->{status}, 500, 'in other letters');
my $log = Civic::Test::Env::slurp(
    "$ENV{TEST_NGINX_SERVROOT}/logs/error.log");
is(scalar(my @lines = $log =~ /\[crit\].*request: "/g), 3, 'is told');
unlike($log, qr/$code|\Q${\ substr $code, 1}\E/, 'without its code');
unlink $path;
--- error_log eval
[qr{\[crit\] .*civic: cannot open "\S+/media/.*request: "GET /media/-{22}/\w},
 qr{\[crit\] .*civic: cannot open .*request: "GET /media/x/\.\./-{22}/\w},
 qr{\[crit\] .*civic: cannot open .*request: "-+", host}]



=== TEST 14: as many files as there may be all reach 311, however long a link is
--- civic eval
MEDIA =~ s{desk\.example/media/}{'desk.example/media/' . 'm' x 101}er
--- mock_http eval
[{ method => 'GET', path => '/v25.0/\d+', reply => sub {
     my ($id) = $_[0]{path} =~ /(\d+)$/;
     { status => 200, body => '{"url":"https://lookaside.fbsbx.com/'
                              . "x?mid=$id\"}" } } },
 { method => 'GET', path => '/lookaside/x\?.*', reply => sub {
     { status => 200, body => bytes('photo') . $_[0]{path} } } },
 Civic::Test::Config::GRAPH_RULES]
--- mock_http2 eval: TAKES
--- request eval
post(text($::Me, 'street light not working'),
     map { photo($::Me, "$_") } 1 .. 20)
--- pg_wait eval: kept(20)
--- then_request eval: $::Place
--- wait_mock2: 1
--- pg_wait
SELECT count(*) = 0 FROM outbox WHERE state <> 'done'
   AND kind IN ('register', 'attach')
--- perl
my ($post) = posts();
my %seen;
for my $form ($post->{form}, map { $_->{form} } updates()) {
    cmp_ok(length $form->{description}, '<=', 4000, 'not too long for 311');
    $seen{$_}++ for "$form->{media_url} $form->{description}"
                    =~ m{https://\S+m/[\w-]{22}/([0-9a-f]{64})\.jpg}g;
}
is(scalar keys %seen, 20, 'every link');
is(rows('SELECT count(*) FROM media WHERE passed'), 20, 'noted');
