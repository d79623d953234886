# Copyright (C) ngx_civic_module contributors
#
# Why: WhatsApp names a person by a user id, a number, or both, and takes
# either away when it likes; numbers are given to the next person.  Whoever
# writes must find his own complaints and nobody else's.  It fails when
# identify() or move_citizen() in conf/sql links, moves or parts people
# differently, when a worker trusts its zone although the identity changed
# (ngx_civic_turn()), or when a reply goes to the wrong address
# (core/wire/civic_wa_out.c).

use Test::Nginx::Socket;

use Civic::Test::Webhook;
use JSON::PP ();

log_level('info');

use constant {
    PHONE       => '910000000011',
    OTHER_PHONE => '910000000012',
    ID          => 'IN.100000000000000011',
    OTHER_ID    => 'IN.100000000000000012',
};

# A person with a complaint, as earlier messages have left them.

sub had {
    my ($user_id, $phone, $ticket) = @_;

    my ($u, $p) = map { defined ? "'$_'" : 'NULL' } $user_id, $phone;

    return "WITH c AS (INSERT INTO citizen (user_id, phone) VALUES ($u, $p)"
           . ' RETURNING citizen_id)'
           . ' INSERT INTO complaint (ticket, citizen_id, service, department,'
           . ' words, address, lang)'
           . " SELECT '$ticket', citizen_id, 'SWM_VEHICLE', 'SWM', 'kachra',"
           . " 'Rajwada', 'hi' FROM c;\n";
}


# A webhook from somebody known so: user id, number, or both.

sub from {
    my ($user_id, $phone, $make, @content) = @_;

    my %card = (profile => { name => 'Test Citizen' });

    $card{wa_id} = $phone if defined $phone;
    $card{user_id} = $user_id if defined $user_id;

    return sent($phone, $make->($phone // '', @content), $user_id, [\%card]);
}


# The request itself: what WhatsApp does not tell is absent, not empty.

sub sent {
    my ($phone, $message, $user_id, $cards) = @_;

    my $json = JSON::PP->new->utf8->canonical;
    my $body = $json->decode(webhook($message));
    my $value = $body->{entry}[0]{changes}[0]{value};

    delete $value->{messages}[0]{from} if !defined $phone;
    $value->{messages}[0]{from_user_id} = $user_id if defined $user_id;
    delete $value->{contacts};
    $value->{contacts} = $cards if defined $cards;

    return "POST /webhook\n" . $json->encode($body);
}


sub says {
    my ($user_id, $phone, $words) = @_;

    return from($user_id, $phone, \&text, $words);
}


sub mine {
    return says(@_, 'my complaints');
}


# WhatsApp's notice that a person has another number or user id now.

sub moved {
    my ($from, $type, %system) = @_;

    return sent($from, message($from // '', 'system',
                               { type => $type, %system }));
}

run_tests();

__DATA__

=== TEST 1: a number only: known and answered by it
--- civic
--- request eval: says(undef, PHONE, 'hello')
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "to":"\+910000000011"
  not "recipient":
--- pg_query
SELECT user_id IS NULL, phone FROM citizen
--- pg_result
t|910000000011



=== TEST 2: a user id only: known and answered by it
--- civic
--- request eval: says(ID, undef, 'hello')
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "recipient":"IN\.100000000000000011"
  not "to":
--- pg_query
SELECT user_id, phone IS NULL FROM citizen
--- pg_result
IN.100000000000000011|t



=== TEST 3: both: one person, answered by the number
--- civic
--- request eval: says(ID, PHONE, 'hello')
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "to":"\+910000000011"
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000011|910000000011



=== TEST 4: a user id where a number should stand is a user id
--- civic
--- request eval: fixture('bsuid_in_from_and_wa_id')
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "recipient":"IN\.100000000000000017"
--- pg_query
SELECT user_id, phone IS NULL FROM citizen
--- pg_result
IN.100000000000000017|t



=== TEST 5: first the number, then the user id: the conversation goes on
--- civic
--- mock_http2
POST /requests.json => 201 [{"service_request_id":"311-7"}]
--- request eval
[says(undef, PHONE, 'kachra gadi nahi aayi'), from(ID, PHONE, \&photo, '1'),
 from(ID, undef, \&pin, 22.7533, 75.8937)]
--- signed
--- mock_requests2_like
POST /requests\.json
  service_code=SWM_VEHICLE
--- pg_query
SELECT c.user_id, c.phone, count(*) FROM citizen c
  JOIN complaint USING (citizen_id) GROUP BY 1, 2
--- pg_result
IN.100000000000000011|910000000011|1



=== TEST 6: first the user id, then the number: the conversation goes on
--- civic
--- mock_http2
POST /requests.json => 201 [{"service_request_id":"311-7"}]
--- request eval
[says(ID, undef, 'kachra gadi nahi aayi'), from(ID, PHONE, \&photo, '1'),
 from(undef, PHONE, \&pin, 22.7533, 75.8937)]
--- signed
--- mock_requests2_like
POST /requests\.json
  service_code=SWM_VEHICLE
--- pg_query
SELECT c.user_id, c.phone, count(*) FROM citizen c
  JOIN complaint USING (citizen_id) GROUP BY 1, 2
--- pg_result
IN.100000000000000011|910000000011|1



=== TEST 7: two who turn out to be one share all that either had
--- civic
--- pg_exec eval
had(undef, PHONE, '10000008') . had(ID, undef, '20000007')
--- signed
--- request eval: mine(undef, PHONE)
--- wait_mock: 1
--- then_request eval: mine(ID, undef)
--- wait_mock: 2
--- then_request eval: mine(ID, PHONE)
--- wait_mock: 3
--- then_request eval: mine(undef, PHONE)
--- wait_mock: 4
--- then_request eval: mine(ID, undef)
--- wait_mock: 5
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
  not 20000007
POST /v25.0/200000000000001/messages
  20000007
  not 10000008
POST /v25.0/200000000000001/messages
  20000007
  10000008
POST /v25.0/200000000000001/messages
  20000007
  10000008
POST /v25.0/200000000000001/messages
  20000007
  10000008
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000011|910000000011



=== TEST 8: a person who adopts a username stays the same person
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- request eval: [mine(ID, PHONE), mine(ID, undef)]
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
POST /v25.0/200000000000001/messages
  10000008
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000011|910000000011



=== TEST 9: a number is given to somebody else: the next one sees nothing
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- signed
--- request eval: mine(ID, PHONE)
--- wait_mock: 1
--- then_request eval: mine(OTHER_ID, PHONE)
--- wait_mock: 2
--- then_request eval: mine(undef, PHONE)
--- wait_mock: 3
--- then_request eval: mine(ID, undef)
--- wait_mock: 4
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
POST /v25.0/200000000000001/messages
  not 10000008
POST /v25.0/200000000000001/messages
  not 10000008
POST /v25.0/200000000000001/messages
  "recipient":"IN\.100000000000000011"
  10000008
--- pg_query
SELECT user_id, phone FROM citizen ORDER BY user_id
--- pg_result
IN.100000000000000011|
IN.100000000000000012|910000000011



=== TEST 10: whoever was known by the number alone is forgotten with it
--- civic
--- request eval
[says(undef, PHONE, 'hello'), says(ID, PHONE, 'kachra gadi nahi aayi'),
 mine(undef, PHONE), says(OTHER_ID, PHONE, 'hello'), mine(undef, PHONE),
 from(undef, PHONE, \&pin, 22.7533, 75.8937)]
--- signed
--- pg_query
SELECT c.user_id, d.words FROM citizen c
  LEFT JOIN draft d USING (citizen_id) ORDER BY 1
--- pg_result
IN.100000000000000011|kachra gadi nahi aayi
IN.100000000000000012|



=== TEST 11: the same holds between workers
--- civic
--- workers: 2
--- pg_exec eval: had(ID, PHONE, '10000008')
--- request eval
[(map { mine(ID, PHONE) } 1 .. 4), (map { mine(OTHER_ID, PHONE) } 1 .. 2),
 (map { mine(undef, PHONE) } 1 .. 6)]
--- signed
--- wait_mock: 12
--- pg_query
SELECT c.user_id, count(*), bool_or(o.payload::text ~ '10000008'),
       bool_and(o.payload::text ~ '10000008')
  FROM outbox o JOIN citizen c USING (citizen_id)
 WHERE o.kind = 'send' GROUP BY 1 ORDER BY 1
--- pg_result
IN.100000000000000011|4|t|t
IN.100000000000000012|8|f|f



=== TEST 12: another person's number in a tracking number's query helps nobody
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- request eval
[says(OTHER_ID, OTHER_PHONE, 'status 10000008'),
 from(OTHER_ID, OTHER_PHONE, \&button, 'case:10000008', 'Status'),
 from(OTHER_ID, OTHER_PHONE, \&button, 'change:10000008', 'Correct it')]
--- signed
--- wait_mock: 3
--- pg_query
SELECT bool_or(payload::text ~ 'Rajwada|kachra') FROM outbox
--- pg_result
f



=== TEST 13: a changed number: old complaints, new address
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- signed
--- request eval: mine(ID, PHONE)
--- wait_mock: 1
--- then_request eval
moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE,
      user_id => OTHER_ID, previous_user_id => ID)
--- then_request eval: mine(OTHER_ID, OTHER_PHONE)
--- wait_mock: 2
--- then_request eval: mine(undef, OTHER_PHONE)
--- wait_mock: 3
--- mock_requests_like
POST /v25.0/200000000000001/messages
  "to":"\+910000000011"
  10000008
POST /v25.0/200000000000001/messages
  "to":"\+910000000012"
  10000008
POST /v25.0/200000000000001/messages
  "to":"\+910000000012"
  10000008
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000012|910000000012



=== TEST 14: the same in the older form, which knows no user ids
--- civic
--- pg_exec eval: had(undef, PHONE, '10000008')
--- signed
--- request eval: mine(undef, PHONE)
--- wait_mock: 1
--- then_request eval
moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE)
--- then_request eval: mine(undef, OTHER_PHONE)
--- wait_mock: 2
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
POST /v25.0/200000000000001/messages
  "to":"\+910000000012"
  10000008
--- pg_query
SELECT user_id IS NULL, phone FROM citizen
--- pg_result
t|910000000012



=== TEST 15: we hear of the new number after its first message
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- signed
--- request eval: mine(ID, PHONE)
--- wait_mock: 1
--- then_request eval: mine(OTHER_ID, OTHER_PHONE)
--- wait_mock: 2
--- then_request eval
moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE,
      user_id => OTHER_ID, previous_user_id => ID)
--- then_request eval: mine(OTHER_ID, OTHER_PHONE)
--- wait_mock: 3
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
POST /v25.0/200000000000001/messages
  not 10000008
POST /v25.0/200000000000001/messages
  10000008
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000012|910000000012



=== TEST 16: the new number was somebody else's: his complaints stay his
--- civic
--- pg_exec eval
had(ID, PHONE, '10000008') . had(OTHER_ID, OTHER_PHONE, '20000007')
--- signed
--- request eval: mine(OTHER_ID, OTHER_PHONE)
--- wait_mock: 1
--- then_request eval
moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE,
      user_id => 'IN.3', previous_user_id => ID)
--- then_request eval: mine('IN.3', OTHER_PHONE)
--- wait_mock: 2
--- then_request eval: mine(undef, OTHER_PHONE)
--- wait_mock: 3
--- then_request eval: mine(OTHER_ID, undef)
--- wait_mock: 4
--- mock_requests_like
POST /v25.0/200000000000001/messages
  20000007
POST /v25.0/200000000000001/messages
  10000008
  not 20000007
POST /v25.0/200000000000001/messages
  10000008
  not 20000007
POST /v25.0/200000000000001/messages
  20000007
  not 10000008
--- pg_query
SELECT user_id, phone FROM citizen ORDER BY user_id
--- pg_result
IN.100000000000000012|
IN.3|910000000012



=== TEST 17: the same in the older form
--- civic
--- pg_exec eval
had(undef, PHONE, '10000008') . had(OTHER_ID, OTHER_PHONE, '20000007')
--- signed
--- request eval
moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE)
--- then_request eval: mine(undef, OTHER_PHONE)
--- wait_mock: 1
--- then_request eval: mine(OTHER_ID, undef)
--- wait_mock: 2
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
  not 20000007
POST /v25.0/200000000000001/messages
  20000007
  not 10000008



=== TEST 18: a changed user id
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- request eval
[mine(ID, undef),
 moved(undef, 'user_changed_user_id', user_id => OTHER_ID,
       previous_user_id => ID),
 mine(OTHER_ID, undef)]
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
POST /v25.0/200000000000001/messages
  10000008
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000012|910000000011



=== TEST 19: a change is told twice and acts once
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- request eval
our $moved = moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE,
                   user_id => OTHER_ID, previous_user_id => ID);
[$moved, $moved]
--- restart
--- then_request eval
[$moved, mine(OTHER_ID, OTHER_PHONE)]
--- signed
--- mock_requests_like
POST /v25.0/200000000000001/messages
  10000008
--- pg_query
SELECT user_id, phone FROM citizen
--- pg_result
IN.100000000000000012|910000000012



=== TEST 20: an old message that comes again does not bring an identity back
--- civic
--- pg_exec eval: had(ID, PHONE, '10000008')
--- signed
--- request eval
our $old = says(ID, PHONE, 'hello');
[$old, says(OTHER_ID, PHONE, 'hello')]
--- restart
--- then_request eval: $old
--- pg_query
SELECT user_id, phone FROM citizen ORDER BY user_id
--- pg_result
IN.100000000000000011|
IN.100000000000000012|910000000011



=== TEST 21: the notices of the fixtures
--- civic
--- pg_exec eval
had('IN.100000000000000012', '910000000012', '10000008')
. had('IN.100000000000000017', undef, '20000007')
--- request eval
map { fixture("system_$_") } qw(user_changed_number user_changed_user_id
                                customer_identity_changed)
--- signed
--- mock_requests
--- pg_query
SELECT user_id, phone, ticket FROM citizen
  JOIN complaint USING (citizen_id) ORDER BY ticket
--- pg_result
IN.100000000000000052|910000000052|10000008
IN.100000000000000057||20000007



=== TEST 22: a change is one even when Postgres refuses what it says with it
--- civic
--- pg_exec eval
had(undef, PHONE, '10000008') . q{
    CREATE SEQUENCE failures;
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('failures') = 1 THEN
            RAISE EXCEPTION 'no' USING ERRCODE = '23514';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER fails BEFORE INSERT ON message_in FOR EACH ROW
        WHEN (NEW.kind = 'user_changed_number') EXECUTE FUNCTION fail()}
--- signed
--- request eval: moved(PHONE, 'user_changed_number', wa_id => OTHER_PHONE)
--- pg_query
SELECT phone FROM citizen
--- pg_result
910000000012
--- error_log
civic: statement "take_event" was refused, SQLSTATE 23514
