# Copyright (C) ngx_civic_module contributors
#
# Why: whoever edits the configuration must be told every mistake by
# "nginx -t", by directive, value, file and line, and never find out from a
# citizen.  It fails when a check in ngx_civic_conf.c, ngx_civic_conf_pass.c
# or ngx_civic_pg_conf.c goes away, or when only the first of several things
# that are missing is told.  The city's own files are the matter of 000-city.t.

use Test::Nginx::Socket;

use HTTP::Tiny;

use Civic::Test::Env qw(server_port slurp spew);
use Civic::Test::Media;
use Civic::Test::Nginx;

log_level('info');
no_root_location();


# "nginx -t" on this block's configuration: what it says, and its exit code.

sub check {
    my ($name) = @_;

    $name //= 'nginx.conf';

    my $root = $ENV{TEST_NGINX_SERVROOT};
    my $binary = Civic::Test::Nginx::binary();
    local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';    # -t frees nothing
    my $said = `'$binary' -t -p '$root/' -c '$root/conf/$name' 2>&1`;

    return ($said, $? >> 8);
}


# The location that "nginx -t" blames for files of each of these hosts, and the
# one that nginx itself takes for them; each location here answers its name.

sub blamed {
    my (@hosts) = @_;

    my $conf = slurp("$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf");

    $conf =~ s{^\s*civic_media_pass .*$}{civic_media_pass /_m;
               civic_media_hosts @hosts;}m;
    spew("$ENV{TEST_NGINX_SERVROOT}/conf/other.conf", $conf);

    my ($said) = check('other.conf');
    my %blamed = $said =~ m{calls "/_m/([^/]+)/\S+ \w+ location "(.*?)" is}g;

    $blamed{$_} = 'none' for $said =~ m{"/_m/([^/]+)/\S+ which has no}g;

    return map { "$_ $blamed{$_}" } @hosts;
}


sub taken {
    return map {
        my $answer = HTTP::Tiny->new->get('http://127.0.0.1:' . server_port()
            . "/_m/$_/whatsapp_business/attachments/");

        $answer->{status} == 200 ? "$_ $answer->{content}" : "$_ none";
    } @_;
}


run_tests();

__DATA__

=== TEST 1: loads with all directives and serves both locations
--- civic
civic_phone_number_id 200000000000001 200000000000002;
civic_postgres "$TEST_NGINX_PG" connections=2 depth=3 batch=10 queue=100 timeout=1500ms;
civic_311_phone off;
civic_311_refresh 1h;
civic_311_wait 500ms;
--- request eval
['GET /status', 'HEAD /status',
 'GET /webhook?hub.mode=subscribe&hub.challenge=1158201444'
 . '&hub.verify_token=indore_test_verify_token']
--- error_code eval
[200, 200, 200]
--- response_body_like eval
[qr/^civic_webhooks_total 0$/m, qr/^$/, qr/^1158201444$/]



=== TEST 2: is loaded and does nothing without its directives
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204
--- no_error_log
civic:



=== TEST 3: nginx -t is content, and asks neither Postgres nor the peers
--- civic
civic_postgres "host=/nowhere dbname=none";
--- mock_http: refuse
--- mock_http2: refuse
--- perl
my ($said, $code) = main::check();
main::is($code, 0, 'exit code');
main::like($said, qr/test is successful/, 'says so');
--- request
GET /status
--- error_log
civic: Postgres is not usable
connect() failed



=== TEST 4: the variable is empty without a token
--- http_config
    civic_zone civic 1m;
--- config
    location = /t { return 200 "[$civic_whatsapp_token]"; }
--- request
GET /t
--- response_body: []



=== TEST 5: the variable holds the first word of the token's file
--- http_config
    civic_access_token_file token;
--- user_files
>>> ../conf/token
EAAtoken_of_a_test  
a second line
--- config
    location = /t { return 200 "[$civic_whatsapp_token]"; }
--- request
GET /t
--- response_body: [EAAtoken_of_a_test]



=== TEST 6: civic_zone twice
--- http_config
    civic_zone civic 1m;
    civic_zone other 1m;
--- config
    location = /t { return 204; }
--- must_die
--- error_log eval
qr/"civic_zone" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 7: civic_zone too small
--- http_config
    civic_zone civic 256k;
--- must_die
--- error_log eval
qr/"civic_zone" needs a size of at least 512k, not "256k" in \S+nginx.conf:\d+/



=== TEST 8: civic_zone without a size that is one
--- http_config
    civic_zone civic lots;
--- must_die
--- error_log eval
qr/"civic_zone" needs .* not "lots" in \S+nginx.conf:\d+/



=== TEST 9: the smallest zone is large enough
--- http_config
    civic_zone civic 512k;
--- config
    location = /status { civic_status; }
--- request
GET /status
--- response_body_like: civic_webhooks_total 0



=== TEST 10: two zones of one name and different sizes
--- http_config
    civic_zone civic 1m;
    limit_req_zone $binary_remote_addr zone=civic:1m rate=1r/s;
--- must_die
--- error_log eval
qr/"civic" is already .* in \S+nginx.conf:\d+/



=== TEST 11: civic_status without a zone to show
--- config
    location = /status { civic_status; }
--- must_die
--- error_log
"civic_status" needs "civic_zone" in http{}



=== TEST 12: civic_postgres twice
--- http_config
    civic_postgres "host=/run/a";
    civic_postgres "host=/run/b";
--- config
    location = /t { return 204; }
--- must_die
--- error_log eval
qr/"civic_postgres" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 13: civic_postgres with a host to look up
--- http_config
    civic_postgres "host=db.indore.example dbname=civic";
--- must_die
--- error_log eval
qr/"civic_postgres" directive "host" is a name.* would block the worker.*"hostaddr".* in \S+nginx.conf:\d+/



=== TEST 14: civic_postgres with a host to look up behind an address
--- http_config
    civic_postgres "host=127.0.0.1,localhost dbname=civic";
--- must_die
--- error_log eval
qr/"civic_postgres" directive "host" is a name.* in \S+nginx.conf:\d+/



=== TEST 15: civic_postgres in the form of a URI is no way around that
--- http_config
    civic_postgres "postgresql://civic@db.indore.example/civic";
--- must_die
--- error_log eval
qr/"civic_postgres" directive "host" is a name.* in \S+nginx.conf:\d+/



=== TEST 16: a name is welcome when its address stands beside it
--- http_config
    civic_postgres "host=db.indore.example hostaddr=127.0.0.1 dbname=civic";
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204



=== TEST 17: addresses and socket folders are no names
--- http_config
    civic_postgres "host=127.0.0.1,::1,/run/postgresql dbname=civic";
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204



=== TEST 18: civic_postgres with a service file
--- http_config
    civic_postgres "service=civic";
--- must_die
--- error_log eval
qr/"civic_postgres" directive "service" is not supported.* in \S+nginx.conf:\d+/



=== TEST 19: civic_postgres with a parameter libpq does not know
--- http_config
    civic_postgres "hots=127.0.0.1";
--- must_die
--- error_log eval
qr/"civic_postgres" directive .*"hots".* in \S+nginx.conf:\d+/



=== TEST 20: a password in a broken conninfo is not shown
--- http_config
    civic_postgres "host=127.0.0.1 password=secret_of_a_test nonsense";
--- must_die
--- error_log eval
qr/"civic_postgres" directive .* in \S+nginx.conf:\d+/
--- no_error_log
secret_of_a_test



=== TEST 21: civic_postgres connections=0
--- http_config
    civic_postgres "host=127.0.0.1" connections=0;
--- must_die
--- error_log eval
qr/"connections=0" of "civic_postgres" is none of .* in \S+nginx.conf:\d+/



=== TEST 22: civic_postgres with a parameter we do not know
--- http_config
    civic_postgres "host=127.0.0.1" depht=2;
--- must_die
--- error_log eval
qr/"depht=2" of "civic_postgres" is none of .* in \S+nginx.conf:\d+/



=== TEST 23: civic_postgres timeout=soon
--- http_config
    civic_postgres "host=127.0.0.1" timeout=soon;
--- must_die
--- error_log eval
qr/"timeout=soon" of "civic_postgres" is no time of 100ms or more in \S+nginx.conf:\d+/



=== TEST 24: civic_postgres with a timeout nobody can keep
--- http_config
    civic_postgres "host=127.0.0.1" timeout=99ms;
--- must_die
--- error_log eval
qr/"timeout=99ms" of "civic_postgres" is no time of 100ms or more in \S+nginx.conf:\d+/



=== TEST 25: civic_phone_number_id with a plus
--- http_config
    civic_phone_number_id 200000000000001 +910000000001;
--- must_die
--- error_log eval
qr/"\+910000000001" of "civic_phone_number_id" is no phone number id.* in \S+nginx.conf:\d+/



=== TEST 26: civic_phone_number_id with nothing
--- http_config
    civic_phone_number_id "";
--- must_die
--- error_log eval
qr/"" of "civic_phone_number_id" is no phone number id.* in \S+nginx.conf:\d+/



=== TEST 27: civic_phone_number_id twice
--- http_config
    civic_phone_number_id 200000000000001;
    civic_phone_number_id 200000000000002;
--- must_die
--- error_log eval
qr/"civic_phone_number_id" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 28: a secret's file that is not there
--- http_config
    civic_app_secret_file none/app_secret;
--- must_die
--- error_log eval
qr{cannot open "\S+/none/app_secret".* in \S+nginx.conf:\d+}



=== TEST 29: an empty file of secrets
--- http_config
    civic_app_secret_file empty;
--- user_files
>>> ../conf/empty
--- must_die
--- error_log eval
qr/"civic_app_secret_file" directive names a file without a line in \S+nginx.conf:\d+/



=== TEST 30: a secret's file that is a folder
--- http_config
    civic_app_secret_file ../html;
--- must_die
--- error_log eval
qr{cannot read "\S+/html".* in \S+nginx.conf:\d+}



=== TEST 31: a secret's file that is far too large
--- http_config
    civic_app_secret_file large;
--- user_files eval
[['../conf/large', 'secret_of_a_test' x 600]]
--- must_die
--- error_log eval
qr{cannot read "\S+/large", or it is larger than \d+ bytes in \S+nginx.conf:\d+}
--- no_error_log
secret_of_a_test



=== TEST 32: an empty file of the verify token
--- http_config
    civic_verify_token_file empty;
--- user_files
>>> ../conf/empty

--- must_die
--- error_log eval
qr/"civic_verify_token_file" directive names a file that begins with no word in \S+nginx.conf:\d+/



=== TEST 33: each file once
--- http_config
    civic_app_secret_file one;
    civic_app_secret_file one;
--- user_files
>>> ../conf/one
one
--- must_die
--- error_log eval
qr/"civic_app_secret_file" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 34: each token once
--- http_config
    civic_access_token_file one;
    civic_access_token_file one;
--- user_files
>>> ../conf/one
one
--- must_die
--- error_log eval
qr/"civic_access_token_file" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 35: a peer given as an address instead of a location
--- http_config
    civic_311_pass http://311.indore.example/;
--- must_die
--- error_log eval
qr{"civic_311_pass" wants .* not "http://311.indore.example/" in \S+nginx.conf:\d+}



=== TEST 36: a peer given twice
--- http_config
    civic_whatsapp_pass /_graph;
    civic_whatsapp_pass /_other;
--- must_die
--- error_log eval
qr/"civic_whatsapp_pass" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 37: a jurisdiction twice
--- http_config
    civic_311_jurisdiction indore.example;
    civic_311_jurisdiction bhopal.example;
--- must_die
--- error_log eval
qr/"civic_311_jurisdiction" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 38: neither on nor off
--- http_config
    civic_311_phone maybe;
--- must_die
--- error_log eval
qr/invalid value "maybe" in "civic_311_phone" directive.* in \S+nginx.conf:\d+/



=== TEST 39: a wait that is no time
--- http_config
    civic_311_wait long;
--- must_die
--- error_log eval
qr/"long" of "civic_311_wait" is no time of 0ms or more in \S+nginx.conf:\d+/



=== TEST 40: a refresh that would ask 311 without a pause
--- http_config
    civic_311_refresh 0;
--- must_die
--- error_log eval
qr/"0" of "civic_311_refresh" is no time of 1000ms or more in \S+nginx.conf:\d+/



=== TEST 41: a time given twice
--- http_config
    civic_311_wait 1s;
    civic_311_wait 2s;
--- must_die
--- error_log eval
qr/"civic_311_wait" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 42: a directive of http{} in a location
--- config
    location = /t { civic_zone civic 1m; }
--- must_die
--- error_log eval
qr/"civic_zone" directive is not allowed here in \S+nginx.conf:\d+/



=== TEST 43: civic_webhook outside of a location
--- http_config
    civic_webhook;
--- must_die
--- error_log eval
qr/"civic_webhook" directive is not allowed here in \S+nginx.conf:\d+/



=== TEST 44: two server{} blocks with civic_webhook
--- civic
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        location = /webhook { civic_webhook; }
    }
--- must_die
--- error_log eval
qr/"civic_webhook" directive is in another server\{\} already in \S+nginx.conf:\d+/



=== TEST 45: two locations of one server{} with civic_webhook
--- civic
--- config
    location = /again { civic_webhook; }
--- request eval
['GET /again?hub.mode=subscribe&hub.challenge=x'
 . '&hub.verify_token=indore_test_verify_token', 'GET /again']
--- error_code eval
[200, 403]



=== TEST 46: civic_zone is missing
--- civic
! civic_zone
--- must_die
--- error_log
"civic_webhook" needs "civic_zone" in http{}



=== TEST 47: civic_postgres is missing
--- civic
! civic_postgres
--- must_die
--- error_log
"civic_webhook" needs "civic_postgres" in http{}



=== TEST 48: civic_city is missing
--- civic
! civic_city
--- must_die
--- error_log
"civic_webhook" needs "civic_city" in http{}



=== TEST 49: all that is missing is told at once
--- config
    location = /webhook { civic_webhook; }
--- must_die
--- error_log
"civic_webhook" needs "civic_zone" in http{}
"civic_webhook" needs "civic_postgres" in http{}
"civic_webhook" needs "civic_city" in http{}
"civic_webhook" needs "civic_phone_number_id" in http{}
"civic_webhook" needs "civic_app_secret_file" in http{}
"civic_webhook" needs "civic_verify_token_file" in http{}
"civic_webhook" needs "civic_whatsapp_pass" in http{}
"civic_webhook" needs "civic_311_pass" in http{}
"civic_webhook" needs "civic_311_key_file" in http{}



=== TEST 50: what may be missing is not missed
--- civic
! civic_access_token_file
! civic_311_jurisdiction
--- request
GET /status
--- error_code: 200



=== TEST 51: a peer whose location is not there
--- civic: civic_311_pass /_other calls=2;
--- must_die
--- error_log eval
qr{\[emerg\] .*"civic_311_pass" calls "/_other/services.json", which has no location in the server\{\} of "civic_webhook" in \S+nginx.conf:\d+$}m



=== TEST 52: a peer whose calls end in a location for everything else
--- civic: civic_whatsapp_pass /_other;
--- config
location / { return 404; }
--- must_die
--- error_log eval
qr{\[emerg\] .*"civic_whatsapp_pass" calls "/_other/200000000000001/messages", whose location "/" is not "internal" in \S+nginx.conf:\d+$}m



=== TEST 53: a location with the city's key that the world could call
--- civic: civic_311_pass /_open;
--- config
location /_open/ { proxy_pass http://open311/; }
--- must_die
--- error_log eval
qr{\[emerg\] .*"civic_311_pass" calls "/_open/services.json", whose location "/_open/" is not "internal" in \S+nginx.conf:\d+$}m



=== TEST 54: every call of a peer has a location
--- civic: civic_311_pass /_part;
--- config
location = /_part/services.json { internal; proxy_pass http://open311; }
location = /_part/requests.json { internal; proxy_pass http://open311; }
location /_part/requests/ { internal; proxy_pass http://open311; }
location = /_part/servicerequestupdates.json { internal; return 404; }
--- must_die
--- error_log
"civic_311_pass" calls "/_part/tokens/1.json", which has no location



=== TEST 55: WhatsApp is asked for files when they are kept, and only then
--- civic: civic_whatsapp_pass /_short;
--- config
location = /_short/200000000000001/messages { internal; return 404; }
--- perl
my ($said) = main::check();
main::like($said, qr/test is successful/, 'no file is asked for');
--- request
GET /status
--- error_code: 200



=== TEST 56: the same with files
--- civic eval: MEDIA . 'civic_whatsapp_pass /_short;'
--- config eval
PLACES . 'location = /_short/200000000000001/messages { internal; return 404; }'
--- must_die
--- error_log
"civic_whatsapp_pass" calls "/_short/1", which has no location



=== TEST 57: each host of files has its location
--- civic eval
MEDIA . 'civic_media_hosts a.example lookaside.fbsbx.com b.example;'
--- config eval: PLACES . 'location /_media/b.example/ { return 404; }'
--- must_die
--- error_log eval
[qr{"civic_media_pass" calls "/_media/a.example/\S*", which has no location .* in \S+nginx.conf:\d+$}m,
 qr{"civic_media_pass" calls "/_media/b.example/\S*", whose location "/_media/b.example/" is not "internal" in \S+nginx.conf:\d+$}m]



=== TEST 58: all peers that are not reached are told, each once
--- civic eval
MEDIA . 'civic_speech_pass /_speech;
civic_whatsapp_pass /_other;
civic_311_pass /_other;'
--- config eval: PLACES . 'location /_speech/ { proxy_pass http://graph/; }'
--- must_die
--- grep_error_log eval: qr/"civic_\w+" calls "[^"]+", \w+ \w+( "[^"]+" \w+)? \w+/
--- grep_error_log_out
"civic_whatsapp_pass" calls "/_other/200000000000001/messages", which has no
"civic_311_pass" calls "/_other/services.json", which has no
"civic_speech_pass" calls "/_speech", whose location "/_speech/" only redirects
--- error_log
[emerg]



=== TEST 59: no location is missed where there is no webhook to call any
--- http_config
    civic_whatsapp_pass /_graph;
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204



=== TEST 60: regular expressions and locations within a location are good, too
--- civic
civic_whatsapp_pass /_a;
civic_311_pass /_b;
--- config
location ~ ^/_a/(\d+)/messages$ { internal; proxy_pass http://graph; }
location /_b/ {
    internal;
    location ~ \.json$ { proxy_pass http://open311; }
}
--- mock_http2
GET /_b/services\.json.* => 200 quiet []
--- request
GET /status
--- error_code: 200



=== TEST 61: the location is the one that nginx takes
--- civic eval: MEDIA
--- config eval
PLACES
    . join('', map { "location $_ { return 200 '@{[(split)[-1]]}'; }\n" }
        '/_m/a', '= /_m/a', '/_m/ab', '/_m/abc/', '= /_m/a.b/whatsapp',
        '= /_m/b.c/whatsapp_business/attachments/', '/_m/b.c/', '/_m/bb',
        '/_m/c.d/whatsapp_business/attachments/', '= /_m/c', '/_m/c.',
        '/_m/d.e/whatsapp_business/attachments/x', '/_m/e', '/_m/z.y/',
        '^~ /_m/r', '/_m/r.s/w', '~ \.png/', '~* ^/_m/[A-F]+[0-9]')
    . 'location /_m/n { location /_m/n.a { return 200 /_m/n.a; }
                        location ~ /n.*\.c { return 200 "/n.*\.c"; }
                        return 200 /_m/n; }'
--- request
GET /status
--- perl
my @hosts = qw(a.b aa.b ab.b abc.d abc.de abd.d b.b b.c b.d bb.c c.d c.e cc.d
               d.e e.f e.png e1.png g.png q.r m.m n.a n.b n.c n.bb.c n.png r.s
               r.t r.png r1.png z.y zz.y);

main::is(join("\n", main::blamed(@hosts)), join("\n", main::taken(@hosts)),
         'all of them');
--- error_log: is not found
