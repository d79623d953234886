# Copyright (C) ngx_civic_module contributors
#
# Why: logs and counters are read by many, kept for long and copied freely;
# nothing that tells about a person and no secret may get into them, least of
# all when something fails and everybody logs what was at hand.  It fails when
# any line above debug level, or /status, gets hold of words, a name, a
# number, a place, a media id, a token or a key: when a statement's error text
# is logged beside its SQLSTATE (ngx_civic_pg_group.c), a personal value or the
# key stands in a uri (civic_open311_send.c), a peer's answer is logged
# (ngx_civic_graph.c, ngx_civic_open311.c), or the reference log_format logs
# the query of the verification.

use Test::Nginx::Socket;

use Civic::Test::Env qw(project_root slurp);
use Civic::Test::Talk qw(status_page);
use Civic::Test::Webhook;
use JSON::PP ();

log_level('info');

our @person = ('910000000011', 'IN.100000000000000011', 'पूजा चौहान');
our @others = ('91000000005', 'IN.5');
our @told = ('kachra gadi nahi aayi', 'सुबह से बदबू', '22.7533', '75.8937',
             '22753300', '75893700', 'bahut gandagi', 'MEDIA4711',
             'Chhappan Dukan', 'Rajwada chowk');
our @secrets = ('indore_test_app_secret', 'indore_test_verify_token',
                'indore_test_access_token', 'indore_test_311_key');


# Any of these, as it stands or as a log would escape it.

sub any_of {
    my (@strings) = @_;

    my @forms = map { ($_, s/([^\x20-\x7e])/sprintf '\x%02X', ord $1/ger) }
                @strings;
    my $any = join '|', map { quotemeta } @forms;

    return qr/$any/;
}


our $private = any_of(@person, @others, @told, @secrets);


# A webhook of the person: everything WhatsApp knows about her.

sub hers {
    my ($make, @content) = @_;

    my $json = JSON::PP->new->utf8->canonical;
    my $body = $json->decode(webhook($make->($person[0], @content)));
    my $value = $body->{entry}[0]{changes}[0]{value};
    my $name = $person[2];

    utf8::decode($name);
    $value->{messages}[0]{from_user_id} = $person[1];
    $value->{contacts} = [{ wa_id => $person[0], user_id => $person[1],
                            profile => { name => $name } }];

    return "POST /webhook\n" . $json->encode($body);
}


# Complaint, photo and place; and how it goes.

sub complaint {
    return (hers(\&text, 'kachra gadi nahi aayi, सुबह से बदबू'),
            hers(\&message, 'image', { id => 'MEDIA4711',
                                       mime_type => 'image/jpeg',
                                       caption => 'bahut gandagi' }),
            hers(\&message, 'location', { latitude => 22.7533,
                                          longitude => 75.8937,
                                          name => 'Chhappan Dukan' }));
}


# The log_format of the reference configuration.

sub reference_format {
    my ($format) = slurp(project_root() . '/conf/nginx.conf')
                   =~ /^\s*(log_format civic .*?;)/ms
        or die "no log_format in conf/nginx.conf\n";

    return $format;
}


# Whatever a block does, these hold for it.

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value($_, $private)
        for qw(no_error_log no_access_log no_shutdown_error_log);
});

run_tests();

__DATA__

=== TEST 1: a complaint from the first word to the last status
--- civic
--- mock_http2
POST /requests.json => 201 [{"service_request_id":"311-4711"}]
GET /requests/311-4711.json\?.* => 200
  [{"service_request_id":"311-4711","status":"open","address":"Rajwada chowk",
  "description":"kachra gadi nahi aayi","lat":22.7533,"long":75.8937,
  "status_notes":"Chhappan Dukan"}]
--- signed
--- request eval: [complaint()]
--- wait_mock2: 1
--- pg_wait
SELECT bool_and(request_id = '311-4711') FROM complaint
--- then_request eval
[hers(\&text, 'my complaints'), hers(\&text, 'my data')]
--- wait_mock2: 2
--- perl
unlike(status_page(), $private, '/status');
--- mock_requests2_like
POST /requests\.json
  22\.7533
  910000000011
  indore_test_311_key
  kachra
GET /requests/311-4711.json\?.*



=== TEST 2: WhatsApp fails in every way, and repeats what it was told
--- civic
--- mock_http
POST .*/messages ~ "status" => 200 quiet {"success":true}
POST .*/messages => 500 times=1
  {"error":{"code":131000,"message":"(#131000) 910000000011 पूजा चौहान",
  "error_data":{"details":"kachra gadi nahi aayi indore_test_access_token"}}}
POST .*/messages => 400 times=1
  {"error":{"code":131026,"message":"910000000011"}}
POST .*/messages => 200 times=1 <html>910000000011 पूजा चौहान</html>
POST .*/messages => 200 times=1 size=100000
POST .*/messages => rst times=1
POST .*/messages => drop times=1
POST .*/messages => 200 truncate times=1 {"messages":[{"id":"910000000011"}]}
--- signed
--- request eval
map { my $n = $_;
      my $request = hers(\&text, 'kachra gadi nahi aayi');
      $request =~ s/9100000000\K11/5$n/gr =~ s/\.1\d+11\b/.5$n/gr } 1 .. 7
--- wait_mock: 7
--- perl
unlike(status_page(), $private, '/status');
--- error_log eval
[qr/civic: message \d+ was not accepted/, qr/upstream/,
 qr/too big subrequest response/]



=== TEST 3: 311 fails in every way, and repeats what it was told
--- civic
--- mock_http2
POST /requests.json => 400 times=1
  [{"code":400,"description":"required: पूजा चौहान 22.7533 MEDIA4711"}]
POST /requests.json => 200 times=1 <html>910000000011 Chhappan Dukan</html>
POST /requests.json => rst times=1
POST /requests.json => 200 times=1 size=100000
POST /requests.json => 403 times=1 delay=1
  [{"code":403,"description":"api_key indore_test_311_key 910000000011"}]
GET /requests\.json\?.* => 500 quiet 910000000011 indore_test_311_key
--- signed
--- request eval
map { my $n = $_;
      map { s/9100000000\K11/5$n/gr =~ s/\.1\d+11\b/.5$n/gr } complaint() }
    1 .. 5
--- wait_mock2: 5
--- pg_wait
SELECT count(*) = 5 FROM complaint
--- perl
unlike(status_page(), $private, '/status');
--- error_log eval
[qr/civic: 311 did not take complaint/, qr/civic: 311 refused complaint/,
 qr/civic: 311 refuses us/,
 qr/upstream/, qr/too big subrequest response/]



=== TEST 4: nobody listens
--- civic
--- mock_http: refuse
--- mock_http2: refuse
--- signed
--- request eval: [complaint()]
--- error_log eval
[qr{connect\(\) failed .*civic call: "/_graph/}, qr{civic call: "/_311/}]
--- perl
unlike(status_page(), $private, '/status');



=== TEST 5: Postgres refuses and quotes the row
--- civic
--- pg_exec
CREATE FUNCTION quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% % %', NEW, (SELECT array_agg(c) FROM citizen c),
      current_query(); END $$;
CREATE TRIGGER quote BEFORE INSERT ON draft FOR EACH ROW
EXECUTE FUNCTION quote();
--- signed
--- request eval: [complaint()]
--- error_code_like: ^(?:200|503)$
--- error_log eval
qr/civic: statement "take_event" was (?:refused|put off), SQLSTATE P0001/
--- perl
unlike(status_page(), $private, '/status');



=== TEST 6: a constraint is broken, and its message holds the row
--- civic
--- pg_exec
ALTER TABLE draft ADD CHECK (words !~ 'kachra');
--- signed
--- request eval: hers(\&text, 'kachra gadi nahi aayi')
--- error_code: 200
--- error_log eval
qr/civic: statement "take_event" was refused, SQLSTATE 23514/
--- perl
unlike(status_page(), $private, '/status');



=== TEST 7: Postgres puts off and quotes the row
--- civic
--- pg_exec
CREATE FUNCTION quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', NEW USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER quote BEFORE INSERT ON draft FOR EACH ROW
EXECUTE FUNCTION quote();
--- signed
--- request eval: hers(\&text, 'kachra gadi nahi aayi')
--- error_code: 503
--- error_log
civic: statement "take_event" was put off, SQLSTATE 53100
--- perl
unlike(status_page(), $private, '/status');



=== TEST 8: what is turned away at the door
--- civic
--- http_config eval: reference_format()
--- config
    access_log $TEST_NGINX_SERVROOT/logs/access.log civic;
--- request eval
my ($text) = complaint();
($text, $text =~ s/\{/[/r, "$text}", 'PUT /webhook',
 'GET /webhook?hub.mode=subscribe&hub.challenge=910000000011'
 . '&hub.verify_token=indore_test_verify_token',
 'GET /webhook?hub.mode=subscribe&hub.challenge=910000000011'
 . '&hub.verify_token=indore_test_verify_token_')
--- more_headers eval
['X-Hub-Signature-256: sha256=' . '0' x 64,
 (map { /\n(.*)/s ? sign($1) : () } map { my ($t) = complaint(); $t }
  1 .. 2), ('X-None: x') x 3]
--- error_code_like: ^(?:403|400|405|200)$
--- access_log eval
qr{GET /webhook 200}
--- perl
unlike(status_page(), $private, '/status');



=== TEST 9: a body spilled to a file, and one too large
--- civic
--- config
    location = /small {
        client_body_buffer_size 1k;
        client_max_body_size 8k;
        civic_webhook;
    }
--- signed
--- request eval
map { hers(\&text, 'kachra gadi nahi aayi ' x $_)
      =~ s{/webhook}{/small}r } 200, 400
--- error_code eval
[200, 413]
--- error_log eval
[qr/buffered to a temporary file/, qr/\[error\].*too large body/]
