# Copyright (C) ngx_civic_module contributors
#
# Why: Meta also delivers what is none of our business: groups, numbers of
# somebody else's desk, the test button of its dashboard.  That is noted, so
# that an operator can see it came, and has no other effect.  It fails when
# ngx_civic_webhook_is_ours() takes it for ours, when ngx_civic_turn() makes a
# citizen of whoever wrote it, or when a message id is known without the
# number it came to (ngx_civic_exchange_start()).

use Test::Nginx::Socket;

use Civic::Test::Webhook;

log_level('info');

run_tests();

__DATA__

=== TEST 1: a message in a group is noted, not answered, and names nobody
--- civic
--- request eval: fixture('text_group')
--- signed
--- mock_requests
--- pg_query
SELECT kind, (SELECT count(*) FROM citizen), (SELECT count(*) FROM outbox)
  FROM message_in
--- pg_result
text|0|0
--- then_request
GET /status
--- response_body_like eval
['', 'civic_messages_not_ours_total 1']



=== TEST 2: a message to a number that is not ours changes no person
--- civic
--- signed
--- request eval
my $hello = post(text('910000000011', 'hello'));
$hello =~ s/"from":/"from_user_id":"IN.1","from":/r
--- wait_mock: 1
--- then_request eval
my $hello = post(text('910000000011', 'hello'));
$hello =~ s/200000000000001/200000000000009/r
       =~ s/"from":/"from_user_id":"IN.2","from":/r
--- mock_requests
POST /v25.0/200000000000001/messages
--- pg_query
SELECT user_id, phone, (SELECT count(*) FROM message_in) FROM citizen
--- pg_result
IN.1|910000000011|2



=== TEST 3: a message id belongs to the number it came to
--- civic
--- request eval
our $ours = post(text('910000000011', 'hello'));
[$ours =~ s/200000000000001/200000000000009/r, $ours, $ours]
--- signed
--- mock_requests
POST /v25.0/200000000000001/messages
--- pg_query
SELECT number_id, count(*) FROM message_in GROUP BY 1 ORDER BY 1
--- pg_result
200000000000001|1
200000000000009|1



=== TEST 4: the test button of Meta's dashboard is noted and not answered
--- civic
--- request eval
our $test = fixture('dashboard_test_messages');
[$test, $test]
--- signed
--- mock_requests
--- pg_query
SELECT wamid, number_id, (SELECT count(*) FROM citizen) FROM message_in
--- pg_result
ABGGFlA5Fpa|123456123|0
