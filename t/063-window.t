# Copyright (C) ngx_civic_module contributors
#
# Why: 24 hours after a citizen's last message WhatsApp takes approved
# templates only, and what the city owes him may come later than that.  It
# fails when the stored time of the last message is not asked
# (civic_window_is_open in ngx_civic_graph_send), when a refusal for it, at
# once or later, is not answered with the template, or when words are lost or
# broken on the way into it (civic_wa_outside).

use Test::Nginx::Socket;
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Path = 'POST /v25.0/200000000000001/messages';
our $Me = '910000000011';
our $Template = 'civic_whatsapp_template complaint_update;';
our $Graph = 'POST /v25.0/200000000000001/messages => 200'
    . " {\"messages\":[{\"id\":\"wamid.TEST{n}\"}]}\n";

# A message Meta could not deliver to us for so many hours.

sub late {
    my ($hours, @more) = @_;

    return text($Me, @more, timestamp => '' . (time - $hours * 3600));
}

sub parameter {
    my ($message) = @_;

    my ($body) = @{ $message->{template}{components} };

    return $body->{parameters}[0]{text};
}

run_tests();

__DATA__

=== TEST 1: inside 24 hours an answer is free text, after them a template
--- civic eval: $::Template
--- perl
my $line = line();
is(say($line, post(::late(23, 'help'))), 200, 'inside');
until_true(sub { sent() == 1 });
is((sent())[0]{type}, 'interactive', 'as it is');
is(say($line, post(text('910000000012', 'street light not working',
                        timestamp => '' . (time - 25 * 3600)))), 200, 'after');
until_true(sub { sent() == 2 });
my ($late) = to('910000000012');
is($late->{type}, 'template', 'a template');
is($late->{template}{name}, 'complaint_update', 'the one of the city');
is($late->{template}{language}{code}, 'en', 'in his language');
like(::parameter($late), qr/Where is it/, 'with the words');
unlike(::parameter($late), qr/[\n\t]|     /, 'in one line');
is($late->{biz_opaque_callback_data}, 2, 'known by its row');
until_true("SELECT bool_and(state = 'done') FROM outbox");
is(metric('messages_template_total'), 1, 'counted');
--- error_code: 200



=== TEST 2: the template is in the language of the conversation
--- civic eval: $::Template
--- perl
is(say(line(), post(::late(25, 'मदद'))), 200, 'in Hindi');
until_true(sub { sent() == 1 });
is((sent())[0]{template}{language}{code}, 'hi', 'in Hindi');
--- error_code: 200



=== TEST 3: WhatsApp says at once that it is over: the same as a template, at once
--- civic eval: $::Template
--- mock_http eval: "$::Path ~ interactive => 400 {\"error\":{\"code\":131047}}\n$::Graph"
--- perl
is(say(line(), post(text($::Me, 'help'))), 200, 'asked');
until_true("SELECT state = 'done' FROM outbox");
is_deeply([map { $_->{type} } sent()], ['interactive', 'template'], 'both');
is(rows('SELECT claims FROM outbox'), 0, 'without a claim between them');
--- error_log: code 131047



=== TEST 4: WhatsApp says so later: the message goes again, as a template
--- civic eval: $::Template
--- perl
my $line = line();
is(say($line, post(text($::Me, 'help'))), 200, 'asked');
until_true("SELECT state = 'done' FROM outbox");
my $failed = post(status(rows('SELECT wamid FROM outbox'), 'failed', $::Me,
                         errors => [{ code => 131047 }]));
is(say($line, $failed), 200, 'failed');
until_true(sub { sent() == 2 });
until_true("SELECT state = 'done' FROM outbox");
is((sent())[1]{type}, 'template', 'as a template');
my $wamid = rows('SELECT wamid FROM outbox');
is(say($line, $failed), 200, 'told twice');
is(rows('SELECT state, wamid FROM outbox'), "done|$wamid", 'no matter');
--- error_log: failed after it was accepted: code 131047



=== TEST 5: what waited for long is a template by the time it leaves
--- civic eval: $::Template
--- mock_http: refuse
--- perl
my $line = line();
is(say($line, post(::late(23, 'help'))), 200, 'asked');
until_true("SELECT state = 'due' AND claims >= 0 FROM outbox");
rows(q{UPDATE conversation SET record =
       overlay(record placing
               decode(lpad(to_hex(0), 16, '0'), 'hex') from 9 for 8)});
rows(q{UPDATE conversation SET record = set_byte(record, 8, 1)});
--- mock_start: 1
--- perl
until_true("SELECT state = 'done' FROM outbox");
is((sent())[0]{type}, 'template', 'the time of leaving counts');
--- error_log: Connection refused



=== TEST 6: without a template WhatsApp decides, and an operator is told
--- civic
--- mock_http eval: "$::Path ~ interactive => 400 {\"error\":{\"code\":131047}}"
--- perl
is(say(line(), post(::late(25, 'help'))), 200, 'asked');
until_true("SELECT state = 'dead' AND error = '131047' FROM outbox");
is((sent())[0]{type}, 'interactive', 'as it is');
--- error_log: code 131047



=== TEST 7: a template's name that Meta would not take is refused
--- http_config
civic_whatsapp_template Complaint-Update;
--- config
--- must_die
--- error_log
"Complaint-Update" of "civic_whatsapp_template" is no template's name
