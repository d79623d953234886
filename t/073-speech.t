# Copyright (C) ngx_civic_module contributors
#
# Why: who speaks instead of writing is understood as well, and loses nothing
# when the speech service does not.  It fails when a voice note that tells all
# needs a second message, when one that is not heard costs the complaint, its
# file or the citizen's patience, when what is heard late does not reach 311
# or is told twice, and when without the service anything is another than it
# was.

use Test::Nginx::Socket;
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64);

use Civic::Test::Env qw(slowness);
use Civic::Test::Media;
use Civic::Test::Peer;
use Civic::Test::Talk qw(blocks_have lease metric rows until_true);
use Civic::Test::Webhook;

plan 'no_plan';

blocks_have(civic => SPEECH, config => SPEAKS, signed => '');

our $Me = '910000000011';
our $All = "राजवाड़ा के पास स्ट्रीट लाइट बंद है";
our $Mark = qr{Voice message, written down by a machine / [^:]+:};

# A voice note; what files a complaint without one.

our $Voice = post(sends($Me, 'voice'));
our $Story = [map { post($_) } complains($Me)];

# For --- pg_wait: one complaint is at 311; so many messages have left.

our $Filed = q{SELECT count(*) = 1 FROM complaint WHERE state = 'registered'};

sub answered {
    my ($n) = @_;

    return "SELECT count(*) = $n FROM outbox WHERE kind = 'send'
               AND state = 'done'";
}


# What the speech service was asked.

sub asked {
    return grep { $_->{path} eq '/speech' } seen(1);
}


# Nobody knows what the voice note says, after so many calls: the citizen is
# asked by a list, once.

sub asks_by_list {
    my ($calls) = @_;

    until_true(answered(1));
    is(scalar asked(), $calls, "asked $calls times");
    is(scalar sent(), 1, 'one question');
    like(words((sent())[0]), qr/वॉइस मैसेज मिल गया/, 'for what it is about');
    is(metric('voice_not_heard_total'), 1, 'and counted');
    is(metric('voice_heard_total'), 0, 'as one');
    is(rows(q{SELECT state, heard IS NULL FROM media}), 'kept|t',
       'the file is kept');
    is(rows(q{SELECT state FROM outbox WHERE kind = 'hear'}), 'done',
       'and that is all');
}


# What he says then files a complaint with the file.

sub is_filed {
    until_true($Filed);
    my ($post) = posts();

    like($post->{form}{media_url}, qr{\.ogg$}, 'with its link');
    unlike($post->{form}{description}, $Mark, 'and no words of a machine');
}

run_tests();

__DATA__

=== TEST 1: a voice note with problem and place is one message and a receipt
--- mock_http eval: graph(hears($::All))
--- request eval: $::Voice
--- pg_wait eval: $::Filed
--- pg_wait eval: answered(1)
--- perl
my ($post) = posts();
my $form = $post->{form};
is($form->{service_code}, 'SL_OFF', 'what');
like($form->{description}, qr/^$main::Mark $main::All$/m,
     'in the words a machine heard, marked as such');
like($form->{media_url}, qr{^https://desk\.example/media/.*\.ogg$},
     'with the voice itself');
ok($form->{lat} && $form->{long}, 'where');
is(scalar sent(), 1, 'one answer');
like(words((sent())[0]), qr/311-\d/, 'which is the receipt');

my ($request) = asked();
is($request->{headers}{'content-type'}, 'application/json', 'JSON');
my $json = JSON::PP->new->decode($request->{body});
is(decode_base64(delete $json->{inputData}{audio}[0]{audioContent}),
   bytes('voice'), 'the very bytes');
is_deeply($json, { inputData => { audio => [{}] },
    pipelineTasks => [{ taskType => 'asr', config => {
        language => { sourceLanguage => 'hi' }, audioFormat => 'ogg',
        samplingRate => 16000 } }] }, 'and what the pipeline wants to know');

is(rows('SELECT heard FROM media WHERE told AND passed'), $main::All, 'noted');
is(metric('voice_heard_total'), 1, 'counted');
--- no_error_log
राजवाड़ा



=== TEST 2: the language is the conversation's
--- mock_http eval: graph(hears('street light not working near Rajwada'))
--- request eval: [post(text($::Me, 'is anybody there please')), $::Voice]
--- pg_wait eval: $::Filed
--- perl
like((asked())[0]{body}, qr/"sourceLanguage":"en"/, 'English');



=== TEST 3: what it does not tell is asked, and may be spoken, too
--- mock_http eval
graph(hears('कचरा गाड़ी नहीं आई', times => 1), hears('राजवाड़ा के पास'))
--- request eval: $::Voice
--- pg_wait eval: answered(1)
--- then_request eval: post(sends($::Me, 'longest'))
--- pg_wait eval: $::Filed
--- pg_wait eval: answered(2)
--- perl
my ($post) = posts();
like($post->{form}{description}, qr/गाड़ी.*\n$main::Mark .*राजवाड़ा/,
     'both are told');
is(length((asked())[1]{body}), 955_736
   + length((asked())[0]{body}) - length(MIME::Base64::encode(bytes('voice'),
                                                             '')),
   'the longest there may be');



=== TEST 4: danger is answered with the number to call
--- mock_http eval: graph(hears('मकान में आग लग गई'))
--- request eval: $::Voice
--- pg_wait eval: answered(1)
--- perl
like(words((sent())[0]), qr/112/, 'as if it was written');



=== TEST 5: refused: the citizen is asked by a list, nothing is lost
--- mock_http eval: graph('POST /speech => 401 {"detail":"no"}')
--- request eval: $::Voice
--- perl: asks_by_list(1)
--- then_request eval: $::Story
--- perl: is_filed()
--- error_log
is not heard: 401, attempt 1



=== TEST 6: garbage is no text
--- mock_http eval: graph('POST /speech => 200 <html>street light</html>')
--- request eval: $::Voice
--- perl: asks_by_list(1)
--- then_request eval: $::Story
--- perl: is_filed()
--- error_log
is not heard: unreadable, attempt 1



=== TEST 7: a text without a word is none
--- mock_http eval: graph(hears(' ... '))
--- request eval: $::Voice
--- perl: asks_by_list(1)
--- then_request eval: $::Story
--- perl: is_filed()
--- error_log
is not heard: no words, attempt 1



=== TEST 8: an answer that is too large is not read
--- mock_http eval: graph('POST /speech => 200 size=70000')
--- request eval: $::Voice
--- perl: asks_by_list(1)
--- then_request eval: $::Story
--- perl: is_filed()
--- error_log eval
[qr/\[error\] .*too big subrequest response/,
 qr/is not heard: answer too large, attempt 1/]



=== TEST 9: a service that fails is tried three times
--- mock_http eval: graph('POST /speech => 503 busy')
--- request eval: $::Voice
--- perl: asks_by_list(3)
--- then_request eval: $::Story
--- perl: is_filed()
--- error_log
is not heard: 503, attempt 3



=== TEST 10: one that hangs is left, and tried again
--- pg_exec eval: lease(4)
--- mock_http eval: graph('POST /speech => hang times=1', hears($::All))
--- request eval: $::Voice
--- pg_wait eval: $::Filed
--- perl
is(scalar asked(), 2, 'tried again');
is(scalar sent(), 1, 'and nobody was asked');



=== TEST 11: a voice note that is too long is not sent
--- mock_http eval: graph(hears($::All))
--- request eval: post(sends($::Me, 'longer'))
--- perl: asks_by_list(0)
--- then_request eval: $::Story
--- perl: is_filed()
--- error_log
is not heard: large, attempt 1



=== TEST 12: a question waits as long as it is told to, and late words count
--- civic eval: SPEECH =~ s/60s/500ms/r
--- mock_http eval: graph(hears($::All, delay => 3))
--- request eval: $::Voice
--- pg_wait eval: answered(1)
--- perl
like(words((sent())[0]), qr/वॉइस मैसेज मिल गया/, 'asked by a list');
is(rows('SELECT count(*) FROM complaint'), '0', 'nothing is known yet');
--- pg_wait eval: $::Filed
--- pg_wait eval: answered(2)
--- perl
like(words((sent())[1]), qr/311-\d/, 'then the receipt');



=== TEST 13: what is heard after the complaint was filed is added to it, silently
--- mock_http eval: graph(hears($::All, delay => 3))
--- mock_http2 eval: TAKES
--- request eval: $::Voice
--- pg_wait eval: kept(1)
--- then_request eval: $::Story
--- pg_wait eval: $::Filed
--- wait_mock2: 2
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE kind = 'attach' AND state = 'done'
--- perl
my ($update) = updates();
my $form = $update->{form};
is($form->{service_request_id}, '311-7', 'to that request');
like($form->{description}, qr/^$main::Mark $main::All$/,
     'the words, and no more');
ok(!exists $form->{media_url}, 'the link is there already');
is(scalar sent(), 1, 'the citizen has the receipt, and nothing else');
is(rows('SELECT count(*) FROM complaint'), '1', 'nor is there a second one');



=== TEST 14: before 311 has given a number, it waits for that
--- civic eval: SPEECH . "civic_311_wait 0;\n"
--- mock_http eval: graph(hears($::All, delay => 2))
--- mock_http2 eval: TAKES =~ s/201/201 delay=4/r
--- request eval: $::Voice
--- pg_wait eval: kept(1)
--- then_request eval: $::Story
--- pg_wait: SELECT heard IS NOT NULL FROM media
--- perl
is(rows('SELECT told FROM media'), 'f', 'heard, not told');
--- wait_mock2: 2
--- perl
my ($update) = updates();
like($update->{form}{description}, qr/^$main::Mark $main::All$/, 'then told');
until_true(q{SELECT told FROM media});



=== TEST 15: a voice note in the hands of a worker that dies is heard by another
--- workers: 2
--- pg_exec eval: lease(4)
--- mock_http eval: graph('POST /speech => hang times=1', hears($::All))
--- request eval: $::Voice
--- wait_mock: 3
--- signal: KILL-WORKERS
--- pg_wait eval: $::Filed
--- pg_wait eval: answered(1)
--- perl
is(scalar asked(), 2, 'once more');
is(scalar posts(), 1, 'one complaint');
is(scalar sent(), 1, 'one receipt');
--- error_log
exited on signal 9



=== TEST 16: an outcome acts once
--- mock_http eval: graph(hears($::All))
--- request eval: $::Voice
--- pg_wait eval: $::Filed
--- perl
is(rows(q{SELECT result FROM outbox o, conversation c, take_event('', '', '',
          o.outbox_id, c.citizen_id, '', '', c.version, c.record,
          '{"heard": {"media_id": 1, "text": "else"}}')
          WHERE o.kind = 'hear'}), 'seen', 'a second one is none');
is(rows('SELECT heard FROM media'), $main::All, 'and changes nothing');



=== TEST 17: a reload lets those under way end
--- workers: 2
--- mock_http eval: graph(hears($::All, delay => 2))
--- request eval: $::Voice
--- wait_mock: 3
--- signal: HUP
--- pg_wait eval: $::Filed
--- pg_wait eval: answered(1)
--- perl
is(scalar asked(), 1, 'asked once');



=== TEST 18: a draft that was thrown away is not listened to
--- mock_http eval
graph({ %{ describes() }, after => 2 * slowness() }, hears($::All))
--- request eval: [$::Voice, post(text($::Me, 'cancel'))]
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE kind = 'hear'
--- perl
is(rows(q{SELECT state FROM outbox WHERE kind = 'hear'}), 'done', 'at once');
is(scalar asked(), 0, 'nobody hears it');



=== TEST 19: without the directive nothing is asked, and nobody waits
--- civic eval: MEDIA
--- mock_http eval: graph(hears($::All))
--- request eval: $::Voice
--- pg_wait eval: answered(1)
--- pg_wait eval: kept(1)
--- perl
is(rows(q{SELECT count(*) FROM outbox WHERE kind IN ('hear', 'wait')}), '0',
   'no row for it');
is(scalar asked(), 0, 'no call');
--- pg_do
INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
SELECT citizen_id, 'hear', 4, 'due', now(), jsonb_build_object('media_id',
       media_id, 'draft', 1, 'media', jsonb_build_array(jsonb_build_object(
       'kind', kind, 'sha256', sha256, 'type', type))) FROM media
--- pg_wait: SELECT count(*) = 1 FROM outbox WHERE kind = 'hear' AND state = 'done'
--- perl
is(scalar asked(), 0, 'what was left from before a reload is let go');
--- error_log
is not heard: off



=== TEST 20: a speech service that hangs holds no file up
--- civic eval: SPEECH =~ s{/_speech}{/_speech calls=1}r
--- mock_http eval: graph(hears($::All, delay => 4))
--- request eval: post(map { sends("9100000000$_", 'voice') } 11 .. 13)
--- pg_wait: SELECT count(*) = 3 FROM outbox WHERE kind = 'hear'
--- then_request eval: post(sends('910000000014', 'photo'))
--- pg_wait eval: kept(4)
--- perl
is(scalar asked(), 1, 'one call at a time');



=== TEST 21: voice notes are heard from where files are kept
--- civic
civic_speech_pass /_speech;
--- config
location = /t { return 204; }
--- must_die
--- error_log
"civic_speech_pass" needs "civic_media_path"



=== TEST 22: the wait is a time
--- civic
civic_speech_wait soon;
--- config
location = /t { return 204; }
--- must_die
--- error_log
"soon" of "civic_speech_wait" is no time of 0ms or more



=== TEST 23: short of connections a voice note waits unread, and is heard then
--- mock_http eval: graph('POST /speech => 503 times=1', hears($::All))
--- request eval: $::Voice
--- pg_wait: SELECT waits = 1 FROM outbox WHERE kind = 'hear'
--- perl
@::idle = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
    PeerPort => Civic::Test::Env::server_port()) or die "$!\n" } 1 .. 100;
$::file = stored_at(bytes('voice'));
rename $::file, "$::file.away" or die "$::file: $!\n";
until_true(q{SELECT state = 'taken' FROM outbox WHERE kind = 'hear'});
--- then_request eval: post(text('910000000012', 'Hi'))
--- perl
is(metric('voice_not_heard_total'), 0, 'nobody has looked for the file');
rename "$::file.away", $::file or die "$::file: $!\n";
close $_ for @::idle;
--- pg_wait eval: $::Filed
--- perl: is(scalar asked(), 2, 'and the service was asked once more')
