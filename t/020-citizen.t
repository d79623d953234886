# Copyright (C) ngx_civic_module contributors
#
# Why: the whole way of a conversation, from a signed webhook to what WhatsApp
# and 311 are sent, in the three languages.  It fails when a message leaves in
# another shape than Meta takes, when one message acts twice, when an answer
# is missing or comes in another order, when a complaint is shown to somebody
# else, or when what 311 says does not reach the citizen.

use Test::Nginx::Socket;
use Civic::Test::Webhook;
use Civic::Test::Peer;

plan 'no_plan';

our $Pin = ['22.7533', '75.8937'];

run_tests();

__DATA__

=== TEST 1: a complaint in Hindi takes two messages and ends with two numbers
--- civic
--- signed
--- request eval
post(text('910000000011', 'कचरा गाड़ी 3 दिन से नहीं आई', id => 'wamid.ASK'))
--- wait_mock: 1
--- then_request eval
post(pin('910000000011', @$::Pin, id => 'wamid.PIN'))
--- wait_mock: 2
--- pg_wait eval
my @ids = map { $_->{biz_opaque_callback_data} } sent();
"SELECT count(*) = 2 FROM outbox WHERE outbox_id IN ($ids[0], $ids[1])
 AND kind = 'send' AND state = 'done' AND wamid LIKE 'wamid.TEST%'"
--- perl
my ($place, $receipt) = sent();
my $ticket = ticket($receipt);
my ($post) = posts();

like(delete $place->{interactive}{body}{text}, qr/यह कहाँ है/, 'asks where');
like(delete $place->{biz_opaque_callback_data}, qr/^\d+$/, 'outbox id');
is_deeply($place, { messaging_product => 'whatsapp', type => 'interactive',
    recipient_type => 'individual', to => '+910000000011',
    interactive => { type => 'location_request_message', body => {},
                     action => { name => 'send_location' } } },
    'a location request and nothing else');

my $text = delete $receipt->{interactive}{body}{text};
like($text, qr/311 में दर्ज/, 'registered');
like($text, qr/शिकायत नंबर: \*$ticket\*\n311 नंबर: 311-\d+\n/, 'both numbers');
ok(is_ticket($ticket), 'the check digit is right');
delete $receipt->{biz_opaque_callback_data};
is_deeply($receipt, { messaging_product => 'whatsapp', type => 'interactive',
    recipient_type => 'individual', to => '+910000000011',
    interactive => { type => 'list', body => {}, action => {
        button => 'बदलें या जोड़ें', sections => [{ rows => [
            { id => "fix:place:$ticket", title => 'जगह बदलें' },
            { id => "fix:kind:$ticket", title => 'प्रकार बदलें' },
            { id => "fix:photo:$ticket", title => 'फ़ोटो जोड़ें' },
            { id => "fix:words:$ticket", title => 'कुछ और बताएँ' },
            { id => "fix:ask_gone:$ticket", title => 'शिकायत वापस लें' },
            { id => 'cmd:mine', title => 'मेरी शिकायतें' } ] }] } } },
    'a receipt with what may be changed and nothing else');

is_deeply([marks()], [map { { messaging_product => 'whatsapp',
    status => 'read', message_id => $_,
    typing_indicator => { type => 'text' } } } qw(wamid.ASK wamid.PIN)],
    'each message is marked as read, with a typing indicator');
like($post->{form}{description}, qr/^कचरा गाड़ी.*\nRef: WA-$ticket\z/s,
     '311 holds the same number');
--- pg_query
SELECT service, state, ward > 0, lat, lng, words, lang FROM complaint
--- pg_result
SWM_VEHICLE|registered|t|22753300|75893700|कचरा गाड़ी 3 दिन से नहीं आई|hi



=== TEST 2: Roman Hindi is answered in Roman Hindi
--- civic
--- signed
--- request eval: post(text('910000000011', 'kachra gadi 3 din se nahi aayi'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- perl
my ($place, $receipt) = map { words($_) } sent();
like($place, qr/Yeh kahan hai\?/, 'asks where');
like($receipt, qr/311 mein darj.*Shikayat number: \*\d{8}\*/s, 'registered');
--- pg_query: SELECT service, lang FROM complaint
--- pg_result: SWM_VEHICLE|hi_latn



=== TEST 3: English is answered in English
--- civic
--- signed
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- perl
my ($place, $receipt) = map { words($_) } sent();
like($place, qr/Where is it\?/, 'asks where');
like($receipt, qr/registered with 311.*Tracking number: \*\d{8}\*/s,
     'registered');
--- pg_query: SELECT service, lang FROM complaint
--- pg_result: SL_OFF|en



=== TEST 4: by lists only, without a word
--- civic
--- signed
--- request eval: post(text('910000000011', 'Hi'))
--- wait_mock: 1
--- then_request eval: post(button('910000000011', 'cmd:new', 'New complaint'))
--- wait_mock: 2
--- then_request eval: post(row('910000000011', 'menu:lighting', 'Street lights'))
--- wait_mock: 3
--- then_request eval: post(row('910000000011', 'svc:SL_OFF', 'Light off'))
--- wait_mock: 4
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 5
--- perl
my ($hello, $menus, $services, $place, $receipt) = sent();
is_deeply([choices($hello)], [qw(cmd:new cmd:mine cmd:language)], 'hello');
is($menus->{interactive}{type}, 'list', 'kinds are a list');
is_deeply([sort keys %{ $menus->{interactive}{action} }],
          ['button', 'sections'], 'with its button and sections');
ok((grep { $_ eq 'menu:lighting' } choices($menus)), 'menus');
ok((grep { $_ eq 'svc:SL_OFF' } choices($services)), 'services of the menu');
ok(!(grep { !/^svc:SL_|^cmd:|^svc:OTHER/ } choices($services)),
   'and of no other');
is($place->{interactive}{type}, 'location_request_message', 'place');
ok(is_ticket(ticket($receipt)), 'receipt');
--- pg_query: SELECT service, words FROM complaint
--- pg_result: SL_OFF|



=== TEST 5: a place that is typed is enough
--- civic
--- signed
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(text('910000000011', 'near Rajwada, main road'))
--- wait_mock: 2
--- perl
my ($post) = posts();
is($post->{form}{address_string}, 'near Rajwada, main road', 'as typed');
is($post->{form}{lat}, '22.718600', 'and where that is');
--- pg_query: SELECT address, lat, lng, ward FROM complaint
--- pg_result: near Rajwada, main road|22718600|75854600|58



=== TEST 6: a photo is noted with the complaint it came before, and its caption
--- civic
--- signed
--- request eval
post(message('910000000011', 'image', { id => '400000000000001',
    mime_type => 'image/jpeg', caption => 'garbage vehicle has not come' }))
--- wait_mock: 1
--- then_request eval: post(photo('910000000011', '400000000000002'))
--- wait_mock: 2
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 3
--- pg_query
SELECT service, words, wa_id, kind, m.state
  FROM complaint c JOIN media m USING (complaint_id) ORDER BY media_id
--- pg_result
SWM_VEHICLE|garbage vehicle has not come|400000000000001|photo|wanted
SWM_VEHICLE|garbage vehicle has not come|400000000000002|photo|wanted



=== TEST 7: one message id acts once, after a restart as well
--- civic
--- signed
--- request eval
my $body = post(text('910000000011', 'street light off', id => 'wamid.ONE'));
[$body, $body]
--- wait_mock: 1
--- restart
--- then_request eval
[post(text('910000000011', 'street light off', id => 'wamid.ONE')),
 post(text('910000000011', 'help', id => 'wamid.TWO'))]
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message
POST /v25.0/200000000000001/messages
  phone 311
--- pg_query
SELECT wamid FROM message_in ORDER BY 1
--- pg_result
wamid.ONE
wamid.TWO



=== TEST 8: one message id acts once, however concurrently
--- civic
--- workers: 2
--- signed
--- together
--- request eval
[(post(text('910000000011', 'street light off', id => 'wamid.ONE'))) x 8]
--- mock_requests_like
POST /v25.0/200000000000001/messages
  location_request_message
--- pg_query
SELECT (SELECT count(*) FROM message_in), (SELECT version FROM conversation)
--- pg_result: 1|1



=== TEST 9: a second tap repeats the same ticket, a second pin files nothing
--- civic
--- signed
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 3
--- then_request eval
my ($change) = choices((sent())[1]);
[post(button('910000000011', $change, 'Correct it')),
 post(button('910000000011', $change, 'Correct it'))]
--- wait_mock: 5
--- perl
my ($receipt, $what, $first, $second) = (sent())[1 .. 4];
like(words($what), qr/We have the place\. Is it the right place/, 'new?');
is(ticket($first), ticket($receipt), 'the same complaint');
is(words($second), words($first), 'twice the same answer');
is(posts(), 1, 'one registration');
--- pg_query: SELECT count(*) FROM complaint
--- pg_result: 1



=== TEST 10: messages of one body are answered in their order
--- civic
--- signed
--- request eval
post(text('910000000011', 'street light not working'),
     pin('910000000011', @$::Pin), text('910000000011', 'thanks'),
     text('910000000012', 'कचरा गाड़ी नहीं आई'),
     pin('910000000012', @$::Pin), text('910000000012', 'धन्यवाद'))
--- wait_mock: 6
--- perl
for my $phone ('910000000011', '910000000012') {
    my ($place, @rest) = to($phone);
    is($place->{interactive}{type}, 'location_request_message', 'place');
    is(scalar(grep { words($_) =~ /\*\d{8}\*/ } @rest), 1, 'one receipt');
    is(@rest, 2, 'and thanks');
}
--- pg_query: SELECT service FROM complaint ORDER BY 1
--- pg_result
SL_OFF
SWM_VEHICLE



=== TEST 11: progress is asked from 311, and what it says is shown and kept
--- civic
--- signed
--- mock_http2
POST /requests.json => 200 [{"service_request_id":"311-7"}]
GET /requests/311-7.json\?jurisdiction_id=indore.example => 200 times=1
  [{"service_request_id":"311-7","service_code":"SL_OFF","status":"open",
  "status_notes":"Lamp ordered","requested_datetime":"2026-11-23T09:15:04Z",
  "expected_datetime":"2026-11-25T10:00:00Z"}]
GET /requests/311-7.json\?jurisdiction_id=indore.example => 200
  [{"service_request_id":"311-7","service_code":"SL_OFF","status":"closed",
  "status_notes":"Lamp <b>replaced</b>"}]
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- then_request eval
post(text('910000000011', 'status ' . ticket((sent())[1])))
--- wait_mock: 3
--- then_request eval: post(button('910000000011', 'cmd:mine', 'My complaints'))
--- wait_mock: 4
--- perl
my ($place, $receipt, $open, $closed) = sent();
my $ticket = ticket($receipt);
is(ticket($open), $ticket, 'of this complaint');
like(words($open), qr/Work is in progress.*Lamp ordered/s, 'open with notes');
like(words($open), qr/25 Nov/, 'the day 311 has promised');
is_deeply([choices($open)], ["change:$ticket", 'cmd:mine', 'cmd:new'], 'taps');
like(words($closed), qr/311 has closed.*Lamp replaced/s, 'closed, plain text');
unlike(words($closed), qr/311 did not answer/, 'and fresh');
--- pg_query
SELECT state, notes, (SELECT count(*) FROM event e WHERE who = '311') FROM complaint
--- pg_result: closed|Lamp replaced|3



=== TEST 12: while 311 does not tell, what was known is shown as such
--- civic: civic_311_wait 300ms;
--- signed
--- mock_http2
POST /requests.json => 200 [{"service_request_id":"311-7"}]
GET /requests/311-7.json.* => 500 times=1 oops
GET /requests/311-7.json.* => 200 times=1 [{"service_request_id":"311-8","status":"closed"}]
GET /requests/311-7.json.* => 200 delay=1 [{"service_request_id":"311-7","status":"closed"}]
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- then_request eval
post(text('910000000011', 'status ' . ticket((sent())[1])))
--- wait_mock: 3
--- then_request eval: post(text('910000000011', 'status'))
--- wait_mock: 4
--- then_request eval: post(text('910000000011', 'status'))
--- wait_mock: 5
--- perl
my ($place, $receipt, @cards) = sent();
for my $why ('an error', 'another request', 'no answer in time') {
    my $card = words(shift @cards);
    like($card, qr/Registered with 311/, "$why: the state stays");
    like($card, qr/311 did not answer just now/, "$why: said as it is");
}
--- pg_wait: SELECT state = 'closed' FROM complaint
--- mock_requests2_like
POST /requests\.json
GET /requests/311-7\.json\?jurisdiction_id=indore\.example
GET /requests/311-7\.json\?jurisdiction_id=indore\.example
GET /requests/311-7\.json\?jurisdiction_id=indore\.example



=== TEST 13: a complaint is shown to nobody but who told it
--- civic
--- signed
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- then_request eval
my $ticket = ticket((sent())[1]);
[post(text('910000000012', "स्टेटस $ticket")),
 post(button('910000000013', "change:$ticket", 'Correct it')),
 post(text('910000000014', 'स्टेटस ' . ($ticket ^ "\0\0\0\1")))]
--- wait_mock: 5
--- perl
my $ticket = ticket((sent())[1]);
for my $phone ('910000000012', '910000000013') {
    my ($answer) = to($phone);
    like(words($answer), qr/शिकायत $ticket नहीं मिली/, "to $phone");
    ok(!(grep { /change:/ } choices($answer)), 'with nothing to change');
}
my ($wrong) = to('910000000014');
like(words($wrong), qr/कोई अंक अलग/, 'a slip');
is(calls(), 1, '311 is not asked');



=== TEST 14: a detail is corrected after filing, and 311 hears of it
--- civic
--- signed
--- mock_http2
POST /requests.json => 200 [{"service_request_id":"311-7"}]
POST /servicerequestupdates.json => 200 times=1 [{"update_id":"55"}]
POST /servicerequestupdates.json => 400
  [{"code":400,"description":"status is not allowed"}]
--- request eval: post(text('910000000011', 'street light not working'))
--- wait_mock: 1
--- then_request eval: post(pin('910000000011', @$::Pin))
--- wait_mock: 2
--- then_request eval
my (undef, undef, undef, $words) = choices((sent())[1]);
post(row('910000000011', $words, 'Add in words'))
--- wait_mock: 3
--- then_request eval: post(text('910000000011', 'The pole leans, too & badly'))
--- wait_mock: 4
--- then_request eval: post(text('910000000011', 'change'))
--- wait_mock: 5
--- then_request eval: post(pin('910000000011', '22.7196', '75.8577'))
--- wait_mock: 6
--- perl
my ($receipt, $ask, $done, $what, $kept) = (sent())[1 .. 5];
my $ticket = ticket($receipt);
is_deeply([choices($what)], [(map { "fix:$_:$ticket" }
    qw(place kind photo words ask_gone)), 'cmd:mine'], 'what?');
like(words($done), qr/Complaint \*$ticket\*: what you told us has reached 311/,
     'told when 311 has it');
like(words($kept), qr/is saved, but 311 did not take it/,
     'told when 311 has not');

my ($first, $second) = map { $_->{form} } calls('/servicerequestupdates.json');
like(delete $first->{update_id}, qr/^wa-\d+$/, 'an id of ours');
like(delete $first->{updated_datetime}, qr/^20\d\d-\d\d-\d\dT[\d:]{8}Z$/, 'now');
like(delete $first->{description}, qr/The pole leans, too & badly/, 'the words');
is_deeply($first, { api_key => 'indore_test_311_key',
    jurisdiction_id => 'indore.example', service_request_id => '311-7',
    status => 'OPEN', first_name => '-', last_name => '-',
    phone => '910000000011' }, 'and nothing else');
like($second->{description}, qr/22\.719600, 75\.857700/, 'the place');
--- pg_query
SELECT count(*) FROM event WHERE who = 'citizen' AND what = 'corrected'
--- pg_result: 2
--- error_log
311 did not take a correction of complaint 1



=== TEST 15: a language that is chosen stays, whatever one writes in
--- civic
--- signed
--- request eval: post(text('910000000011', 'नमस्ते'))
--- wait_mock: 1
--- then_request eval: post(text('910000000011', 'भाषा'))
--- wait_mock: 2
--- then_request eval: post(button('910000000011', 'cmd:lang_en', 'English'))
--- wait_mock: 3
--- then_request eval: post(text('910000000011', 'कचरा गाड़ी नहीं आई'))
--- wait_mock: 4
--- perl
my ($hello, $which, $set, $place) = sent();
like(words($hello), qr/शिकायत केंद्र/, 'as written');
is_deeply([choices($which)], [qw(cmd:lang_hi cmd:lang_en cmd:lang_hi_latn)],
          'three languages');
like(words($set), qr/From now on we write in English/, 'chosen');
like(words($place), qr/Where is it\?/, 'and kept');



=== TEST 16: one message with a place we know; then the same place
--- civic
--- signed
--- request eval
post(message('910000000011', 'image', { id => '400000000000001',
    mime_type => 'image/jpeg', caption => 'kachre ka dher, palasiya ke paas' }))
--- wait_mock: 1
--- then_request eval: post(text('910000000011', 'nali jam hai'))
--- wait_mock: 2
--- then_request eval: post(text('910000000011', 'wahi jagah'))
--- wait_mock: 3
--- perl
my ($receipt, $place, $second) = sent();
ok(is_ticket(ticket($receipt)), 'a receipt at once');
like(words($receipt), qr/palasiya ke paas/, 'that names the place');
is($place->{interactive}{type}, 'location_request_message', 'no place told');
ok(is_ticket(ticket($second)), 'it is the last one');
is_deeply([map { $_->{form}{address_string} } posts()],
          [('palasiya ke paas') x 2], 'told to 311 both times');
--- pg_query
SELECT service, address, lat, lng, ward, (SELECT count(*) FROM media m
         WHERE m.complaint_id = c.complaint_id) FROM complaint c
 ORDER BY complaint_id
--- pg_result
SWM_DUMP|palasiya ke paas|22724300|75886800|47|1
DRN_CHOKE|palasiya ke paas|22724300|75886800|47|0



=== TEST 17: what we cannot use is answered kindly, a reaction not at all
--- civic
--- signed
--- request eval
post(message('910000000011', 'audio', { id => '400000000000001',
         mime_type => 'audio/ogg; codecs=opus', voice => \1 }),
     message('910000000012', 'sticker', { id => '400000000000002',
         mime_type => 'image/webp', animated => \0 }),
     message('910000000013', 'video', { id => '400000000000003',
         mime_type => 'video/mp4' }),
     message('910000000014', 'document', { id => '400000000000004',
         mime_type => 'application/pdf', filename => 'a.pdf' }),
     message('910000000015', 'contacts', [{ name =>
         { formatted_name => 'A' } }]),
     message('910000000016', 'unsupported', { type => 'unknown' }, errors =>
         [{ code => 131051, title => 'Message type unknown' }]),
     message('910000000017', 'poll_of_next_year', { question => '?' }),
     message('910000000018', 'reaction', { emoji => "\x{1f44d}",
         message_id => 'wamid.X' }),
     text('910000000019', 'नमस्ते'))
--- wait_mock: 8
--- perl
my %means = (
    '910000000011' => qr/वॉइस मैसेज/,
    '910000000012' => qr/समस्या बताने के लिए लिखिए/,
    '910000000013' => qr/फ़ाइल मिल गई/,
    '910000000014' => qr/फ़ाइल मिल गई/,
    '910000000015' => qr/इस तरह का संदेश/,
    '910000000016' => qr/इस तरह का संदेश/,
    '910000000017' => qr/इस तरह का संदेश/,
    '910000000019' => qr/शिकायत केंद्र/,
);
for my $phone (sort keys %means) {
    like(words((to($phone))[0]), $means{$phone}, "an answer for $phone");
}
is(to('910000000018'), 0, 'no answer to a reaction');
--- pg_query: SELECT count(*) FROM message_in
--- pg_result: 9
