# Copyright (C) ngx_civic_module contributors
#
# Why: what 311 is sent is what the crew will read, and what it answers is
# what a citizen is told.  It fails when a service is offered that 311 does
# not have, when a field is missing or changed on its way, when an answer of a
# running server is read wrongly, and when a citizen is told more than is
# true.

use Test::Nginx::Socket;
use Civic::Test::Env;
use Civic::Test::Webhook;
use Civic::Test::Peer;
use Civic::Test::Talk qw(line rows say until_true);

plan 'no_plan';

our $Known = '{"service_code":"SWM_VEHICLE"},{"service_code":"SWM_DUMP"},';
our @People = map { sprintf '9100000000%02d', $_ } 11 .. 40;


# A complaint of each of the first n people.

sub complaints {
    my ($n) = @_;

    return post(map { complains($_) } @People[0 .. $n - 1]);
}


# A rule for each: how his registration is answered.

sub answers {
    my (@answers) = @_;

    my $i = 0;

    return join '', map { "POST /requests.json ~ phone=$People[$i++] => $_\n" }
                    @answers;
}


sub deviations {
    return map { s{(\S+)$}{\@t/fixtures/open311/deviations/$1}r } @_;
}


run_tests();

__DATA__

=== TEST 1: only what 311 offers is offered, and the list is read again
--- civic: civic_311_refresh 1s;
--- signed
--- mock_http2 eval
my $more = "$ENV{TEST_NGINX_SERVROOT}/logs/more";
my $list = sub {
    return { status => 200, quiet => 1, body => "[$::Known" . (-f $more
        ? '{"service_code":"SL_OFF"},{"service_code":"SL_POLE",'
          . '"keywords":"inactive"},{"service_code":"X1"},{"service_code":"X2"}]'
        : '{"service_code":"X1"}]') };
};
[{ method => 'GET', path => '/services.json\?jurisdiction_id=indore.example',
   reply => $list }]
--- wait_log: civic: 311 offers 1 services that categories.csv does not have
--- request eval: post(row('910000000011', 'svc:SL_OFF', 'Light off'))
--- wait_mock: 1
--- then_request eval: post(row('910000000011', 'svc:SWM_DUMP', 'Garbage'))
--- wait_mock: 2
--- perl: Civic::Test::Env::spew("$ENV{TEST_NGINX_SERVROOT}/logs/more", '')
--- wait_log: civic: 311 offers 2 services that categories.csv does not have
--- then_request eval: post(row('910000000012', 'svc:SL_OFF', 'Light off'))
--- wait_mock: 3
--- then_request eval: post(row('910000000013', 'svc:SL_POLE', 'Pole'))
--- wait_mock: 4
--- perl
my ($gone, $offered, $now, $inactive) = sent();
like(words($gone), qr/विकल्प अभी सूची में नहीं/, 'not on the list');
is_deeply([grep { /^menu:/ } choices($gone)], ['menu:sanitation'],
          'and in no menu');
is($offered->{interactive}{type}, 'location_request_message', 'on the list');
is($now->{interactive}{type}, 'location_request_message', 'on it by now');
like(words($inactive), qr/विकल्प अभी सूची में नहीं/, 'inactive');



=== TEST 2: while 311 is away the city's own file is what is offered
--- civic
--- signed
--- mock_http2: refuse
--- wait_log: civic: no service list from 311
--- request eval: post(row('910000000011', 'svc:SL_OFF', 'Light off'))
--- wait_mock: 1
--- perl
is((sent())[0]{interactive}{type}, 'location_request_message', 'offered');
--- error_log
connect() failed (111: Connection refused)



=== TEST 3: a list that cannot be read does not empty the one known
--- civic: civic_311_refresh 1s;
--- signed
--- mock_http2 eval
"GET /services.json.* => 200 times=1 [$::Known {\"service_code\":\"X1\"}]\n"
. "GET /services.json.* => 200 quiet <html>maintenance</html>"
--- wait_log: civic: 311 offers 1 services that categories.csv does not have
--- wait_log: civic: no service list from 311
--- request eval
[post(row('910000000011', 'svc:SWM_DUMP', 'Garbage')),
 post(row('910000000012', 'svc:SL_OFF', 'Light off'))]
--- wait_mock: 2
--- perl
is((to('910000000011'))[0]{interactive}{type}, 'location_request_message',
   'still offered');
like(words((to('910000000012'))[0]), qr/विकल्प अभी सूची में नहीं/, 'still not');



=== TEST 4: one worker asks for all
--- civic: civic_311_refresh 1s;
--- workers: 2
--- mock_http2 eval
"GET /services.json.* => 200 [$::Known {\"service_code\":\"X1\"}]\n"
--- wait_mock2: 4
--- perl
my @at = map { $_->{time} } calls('/services.json');
cmp_ok($at[3] - $at[0], '>', 2, 'three periods, not two with two each');



=== TEST 5: every field of a registration, and not one more
--- civic
--- signed
--- request eval: post(complains('910000000011'))
--- wait_mock: 2
--- perl
my ($post) = posts();
my ($receipt) = grep { $_->{interactive}{type} eq 'list' } sent();
is_deeply($post->{form}, {
    api_key => 'indore_test_311_key', jurisdiction_id => 'indore.example',
    service_code => 'SL_OFF', lat => '22.753300', long => '75.893700',
    first_name => 'Test Citizen', phone => '910000000011',
    description => "street light not working\nRef: WA-" . ticket($receipt) },
    'the form');
is_deeply($post->{args}, {}, 'no key in an address that is logged');
is($post->{headers}{'content-type'},
   'application/x-www-form-urlencoded; charset=utf-8', 'its type');
is($post->{headers}{'content-length'}, length $post->{body}, 'its length');
ok(!exists $post->{headers}{authorization}, 'and no token of WhatsApp');



=== TEST 6: phone and name stay here when the city wants it, and no jurisdiction
--- civic
civic_311_phone off;
! civic_311_jurisdiction
--- signed
--- mock_http2
POST /requests.json => 200 [{"service_request_id":"311-7"}]
GET /requests/311-7.json => 200 [{"service_request_id":"311-7","status":"open"}]
POST /servicerequestupdates.json => 200 [{"update_id":"1"}]
--- request eval: post(complains('910000000011'))
--- wait_mock: 2
--- then_request eval: post(text('910000000011', 'status'))
--- wait_mock: 3
--- then_request eval: post(text('910000000011', 'change'))
--- wait_mock: 4
--- then_request eval: post(text('910000000011', 'the pole leans as well'))
--- wait_mock: 5
--- perl
is_deeply([sort keys %{ (posts())[0]{form} }],
          [qw(api_key description lat long service_code)], 'the form');
is((grep { exists $_->{form}{phone} || exists $_->{args}{jurisdiction_id}
           || exists $_->{form}{jurisdiction_id} } calls()), 0, 'nowhere');
is(calls(), 3, 'in no call');



=== TEST 7: text arrives unchanged, in every script and with every sign
--- civic
--- signed
--- request eval
our $Said = "स्ट्रीट लाइट बंद है 😡 100% a&b=c+d;e#f?g \"h\" 'i' <j>\n"
            . "दूसरी पंक्ति: हाँ, नहीं क्ष्म";
our $Place = "राजवाड़ा के पास & मेन रोड + 50% = गली #2";
post(text('910000000011', $Said))
--- wait_mock: 1
--- then_request eval: post(text('910000000011', $::Place))
--- wait_mock: 2
--- perl
my $form = (posts())[0]{form};
my ($said) = $form->{description} =~ /\A(.*)\nRef: WA-\d{8}\z/s;
is($said, $::Said, 'the words');
is($form->{address_string}, $::Place, 'the place');



=== TEST 8: answers as running servers give them
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2 eval
::answers(::deviations('201 post-201-nested-object.json',
    '201 post-201-wrapped-array.json', '200 post-single-object.json',
    '200 post-numeric-id.json', '200 post-big-numeric-id.json',
    '200 post-id-and-token.json', '200 post-full-request-echo.json',
    '200 Content-Type:text/html post-text-html-type.json'))
--- request eval: ::complaints(8)
--- pg_wait: SELECT count(*) = 8 FROM complaint WHERE state = 'registered'
--- pg_query
SELECT request_id FROM complaint JOIN citizen USING (citizen_id) ORDER BY phone
--- pg_result
6f0c2d0e-3f2b-4a53-9b0e-6d7b3c1f9a10
311-2026-0048213
311-2026-0048213
293944
90071992547409931
311-2026-0048213
311-2026-0048213
311-2026-0048213



=== TEST 9: answers that leave it open are a doubt, and nobody posts again
--- civic: civic_311_wait 200ms;
--- signed
--- mock_http2 eval
::answers(::deviations('200 post-empty-id-and-token.json',
    '200 truncated.txt', '400 error-empty-body.txt',
    '500 error-message-key.json'),
    '400 [{"code":400,"description":"General service error: CRM is down"}]',
    '400 [{"code":400,"description":"base is a duplicate"}]',
    '502 <html>bad gateway</html>', '200 []', 'drop',
    '200 truncate [{"service_request_id":"311-1"}]')
--- request eval: ::complaints(10)
--- pg_wait
SELECT count(*) = 10 FROM outbox WHERE kind = 'register' AND state = 'unknown'
   AND due BETWEEN now() + interval '30 s' AND now() + interval '60 s'
--- wait_mock: 20
--- perl
my @told = grep { !/Where is it/ } map { words($_) } sent();
is((grep { /saved with us.*311 has not confirmed it yet/s } @told), 10,
   'told as it is');
is((grep { /311 number: |registered with 311/ } @told), 0, 'and no more');
is(posts(), 10, 'once each');
--- pg_query: SELECT DISTINCT state FROM complaint
--- pg_result: saved
--- error_log: upstream prematurely closed connection



=== TEST 10: what 311 refuses is held, and the citizen learns it when asking
--- civic
--- signed
--- mock_http2 eval
::answers('400 @t/fixtures/open311/errors/400-many.json',
    '400 @t/fixtures/open311/errors/400-service-code-missing.json',
    '422 {"error":"too long"}', '400 {"code":400,"description":"lat is invalid"}')
--- request eval: ::complaints(4)
--- wait_mock: 8
--- pg_wait: SELECT count(*) = 4 FROM complaint WHERE state = 'held'
--- then_request eval: post(text('910000000011', 'status'))
--- wait_mock: 9
--- perl
like(words((to('910000000011'))[1]), qr/saved with us/, 'not: registered');
like(words((to('910000000011'))[2]), qr/311 has not confirmed it, a person must/,
     'held');
is(posts(), 4, 'once each');
--- error_log
civic: 311 refused complaint 1, it is held for the desk
civic: 311 refused complaint 2, it is held for the desk
civic: 311 refused complaint 3, it is held for the desk
civic: 311 refused complaint 4, it is held for the desk



=== TEST 11: a service that is gone is held, and the list is read at once
--- civic
--- signed
--- mock_http2
GET /services.json.* => 200 [{"service_code":"SL_OFF"},{"service_code":"X1"}]
POST /requests.json => 404 [{"code":404,"description":"service_code not found"}]
--- wait_log: civic: 311 offers 1 services that categories.csv does not have
--- request eval: post(complains('910000000011'))
--- mock_requests2
GET /services.json?jurisdiction_id=indore.example
POST /requests.json
GET /services.json?jurisdiction_id=indore.example
--- pg_query: SELECT state FROM complaint
--- pg_result: held
--- error_log: civic: 311 refused complaint 1, it is held for the desk



=== TEST 12: the notice of 311 is shown to the citizen, as plain text
--- civic
--- signed
--- mock_http2
POST /requests.json => 200
  [{"service_request_id":"311-7","service_notice":"The <b>crew</b> comes &amp; looks"}]
--- request eval: post(complains('910000000011'))
--- wait_mock: 2
--- perl
like(words((sent())[1]), qr/311 says: The crew comes & looks/, 'notice');
--- pg_query: SELECT notice FROM complaint
--- pg_result: The crew comes & looks



=== TEST 13: a batch service: the token is polled to a number, over a restart
--- civic: civic_311_wait 300ms;
--- signed
--- mock_http2
POST /requests.json => 200 [{"token":12345}]
GET /tokens/12345.json\?jurisdiction_id=indore.example => 404 times=1 []
GET /tokens/12345.json\?jurisdiction_id=indore.example => 200
  [{"token":"12345","service_request_id":"311-7"}]
--- request eval: post(complains('910000000011'))
--- wait_mock: 2
--- restart
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'token'
--- pg_wait: SELECT state = 'due' FROM outbox WHERE kind = 'token'
--- pg_do: UPDATE outbox SET due = now() WHERE kind = 'token'
--- pg_wait: SELECT request_id = '311-7' FROM complaint
--- then_request eval: post(text('910000000011', 'thanks'))
--- wait_mock: 3
--- perl
my ($place, $saved, $thanks) = map { words($_) } sent();
like($saved, qr/saved with us/, 'saved');
like($thanks, qr/now has its 311 number: \*311-7\*/, 'the number follows');
is(posts(), 1, 'posted once');
--- pg_query: SELECT state, token FROM complaint
--- pg_result: registered|12345



=== TEST 14: a blackbox service gives no number, and that is said
--- civic
--- signed
--- mock_http2
GET /services.json.* => 200 [{"service_code":"SL_OFF","type":"blackbox"},{"service_code":"X1"}]
POST /requests.json => 200 [{"service_notice":"Thank you"}]
--- wait_log: civic: 311 offers 1 services that categories.csv does not have
--- request eval: post(complains('910000000011'))
--- wait_mock: 2
--- perl
like(words((sent())[1]), qr/311 gives no number of its own.*Thank you/s, 'so');
--- pg_query: SELECT state, request_id IS NULL FROM complaint
--- pg_result: registered|t



=== TEST 15: progress as running servers tell it
--- civic
--- signed
--- mock_http2 eval
our %Told = (
    'request-single-object.json' => qr/Registered with 311/,
    'request-strings-and-nulls.json' => qr/Registered with 311/,
    'request-no-timezone.json' => qr/Registered with 311/,
    'request-fraction-and-basic-offset.json' => qr/Registered with 311/,
    'request-epoch-millis.json' => qr/Registered with 311.*25 Nov/s,
    'request-missing-fields.json' => qr/Registered with 311/,
    'request-status-upper.json' => qr/Registered with 311/,
    'request-status-extended.json' => qr/Work is in progress/,
    'request-status-unknown.json' => qr/Work is in progress/,
    'request-wrong-id-echo.json' => qr/311 did not answer just now/,
    'jsonp.txt' => qr/311 did not answer just now/,
    'request-html-in-text.json' => qr/311 has closed.*लाइट बदल दी गई/s,
);
our @Order = (sort(grep { !/html|status-ext|status-unk/ } keys %Told),
    qw(request-status-extended.json request-status-unknown.json
       request-html-in-text.json));
my $get = 'GET /requests/311-2026-0048213.json.* => 200 times=1';
join "\n",
    'POST /requests.json => 200 [{"service_request_id":"311-2026-0048213"}]',
    map { "$get \@t/fixtures/open311/deviations/$_" } @Order;
--- request eval: post(complains('910000000011'))
--- wait_mock: 2
--- perl
my $line = line();
for my $n (3 .. 14) {
    is(say($line, post(text('910000000011', 'status'))), 200, 'asked');
    until_true(sub { sent() == $n });
}
my @cards = map { words($_) } (sent())[2 .. 13];
for my $i (0 .. $#::Order) {
    like($cards[$i], $::Told{$::Order[$i]}, $::Order[$i]);
}
unlike($cards[-1], qr/<|script|alert/, 'without markup');
--- pg_query: SELECT state FROM complaint
--- pg_result: closed



=== TEST 16: an id of 311 that cannot be asked for holds up nobody
--- civic
--- signed
--- mock_http2 eval
::answers('200 [{"service_request_id":"2026/11 48213"}]',
          '200 [{"service_request_id":"A%2F?x#ह"}]')
. 'GET /requests/A%252F%3Fx%23%E0%A4%B9.json.* => 200'
. " [{\"service_request_id\":\"A%2F?x#ह\",\"status\":\"closed\"}]\n"
--- request eval: ::complaints(2)
--- wait_mock: 4
--- then_request eval: post(text('910000000011', 'status'))
--- wait_mock: 5
--- then_request eval: post(text('910000000012', 'status'))
--- wait_mock: 6
--- perl
my ($first) = map { words($_) } (to('910000000011'))[2];
my ($second) = map { words($_) } (to('910000000012'))[2];
like($first, qr/Registered with 311.*311 did not answer/s, 'what is known');
like($second, qr/311 has closed/, 'asked with every sign in its place');
--- pg_query: SELECT count(*) FROM outbox WHERE state IN ('taken', 'due')
--- pg_result: 0



=== TEST 17: why a complaint cannot wait is the first line of what 311 gets
--- civic
--- signed
--- request eval
post(text('910000000011', 'dog has bitten my son'), place('910000000011'))
--- wait_mock: 2
--- perl
my ($post) = posts();
like($post->{form}{description},
     qr/^URGENT [^\n]*dog bite[^\n]*\ndog has bitten my son\nRef: WA-\d+\z/,
     'first');
is(rows('SELECT words FROM complaint'), 'dog has bitten my son',
   'and not in the words of the citizen');
