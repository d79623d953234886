# Copyright (C) ngx_civic_module contributors
#
# A citizen's acts must reach the webhook in the very shape Meta gives them,
# or the module would be tested against something that does not exist.  Fails
# when a member of an inbound message is missing, misnamed or of another type.

use Mojo::Base -strict, -signatures;

use Digest::SHA qw(sha256);
use Mojo::File qw(curfile);
use Mojo::Util qw(b64_encode);
use Test::More;

use lib curfile->dirname->child('lib')->to_string;
use StandinKit qw(CITIZEN TOKEN citizen graph standin wait_for);

my ($t, $hook) = standin(statuses => []);


sub last_value () {
    return $hook->{received}[-1]{value};
}


sub last_message () {
    return last_value()->{messages}[0];
}


sub interactive ($t, %interactive) {
    graph($t, {messaging_product => 'whatsapp', to => '+' . CITIZEN,
               type => 'interactive', interactive => \%interactive});
    return $t->tx->res->json('/messages/0/id');
}


sub buttons ($id, $title) {
    return interactive($t, type => 'button', body => {text => 'x'},
        action => {buttons => [{type => 'reply',
                                reply => {id => $id, title => $title}}]});
}


subtest 'the signature is the one of the contract' => sub {
    is $t->app->webhook->signature(
        '{"object":"whatsapp_business_account","entry":[]}'),
       'sha256=6cad82c1c813e1215c7d94903f354146557a8827684b306d2a98297c25ef0275',
       'same bytes, same digest';
};

subtest 'text: who, when, what, escaped as Meta escapes' => sub {
    my $answer = citizen($t, text => "पानी / \x{1f6b0}");

    is $answer->{webhook_status}, 200, 'delivered';
    is_deeply last_value()->{contacts},
              [{profile => {name => 'सुनीता'}, wa_id => CITIZEN,
                user_id => 'IN.100000000000000011'}], 'contact';

    my $message = last_message();
    is $message->{id}, $answer->{wamid}, 'id';
    is $message->{from}, CITIZEN, 'from';
    is $message->{from_user_id}, 'IN.100000000000000011', 'user id';
    is $message->{text}{body}, "पानी / \x{1f6b0}", 'text';
    like $hook->{received}[-1]{bytes}, qr/"timestamp":"\d{10}"/,
         'seconds, as text';
    like $hook->{received}[-1]{bytes},
         qr/\\u092a\\u093e\\u0928\\u0940 \\\/ \\ud83d\\udeb0/, 'escapes';
    is $hook->{received}[-1]{type}, 'application/json', 'content type';
};

subtest 'a tap quotes the message and gives id and title' => sub {
    my $asked = buttons('yes', 'हाँ');
    citizen($t, type => 'tap', title => 'हाँ');

    is_deeply last_message()->{interactive},
              {type => 'button_reply',
               button_reply => {id => 'yes', title => 'हाँ'}}, 'reply';
    is_deeply last_message()->{context},
              {from => '910000000001', id => $asked}, 'context';
};

subtest 'an old message can be tapped when it is named' => sub {
    my $old = buttons('again', 'Again');
    my $new = buttons('again', 'Again');

    citizen($t, type => 'tap', id => 'again');
    is last_message()->{context}{id}, $new, 'the newest otherwise';

    citizen($t, type => 'tap', id => 'again', wamid => $old);
    is last_message()->{context}{id}, $old, 'the one named';
};

subtest 'what was never offered cannot be chosen' => sub {
    citizen($t, type => 'tap', id => 'nothing');
    $t->status_is(400)->json_like('/error' => qr/offers "nothing"/);
    citizen($t, type => 'pick', id => 'yes');
    $t->status_is(400);
};

subtest 'a pick gives id, title and description if there is one' => sub {
    interactive($t, type => 'list', body => {text => 'x'}, action => {
        button => 'b', sections => [{rows => [
            {id => 'r1', title => 'one', description => 'first'},
            {id => 'r2', title => 'two'}]}]});

    citizen($t, type => 'pick', id => 'r1');
    is_deeply last_message()->{interactive}{list_reply},
              {id => 'r1', title => 'one', description => 'first'}, 'all';

    citizen($t, type => 'pick', title => 'two');
    is_deeply last_message()->{interactive}{list_reply},
              {id => 'r2', title => 'two'}, 'no description';
};

subtest 'a pin has numbers, and answers a request for the location' => sub {
    citizen($t, type => 'pin', latitude => '22.7186', longitude => 75.8553);
    like $hook->{received}[-1]{bytes},
         qr/"latitude":22\.7186,"longitude":75\.8553/, 'numbers';
    ok !last_message()->{context}, 'nothing was asked';

    my $asked = interactive($t, type => 'location_request_message',
        body => {text => 'x'}, action => {name => 'send_location'});
    citizen($t, type => 'pin', latitude => 22.7186, longitude => 75.8553,
            name_of_place => 'Rajwada');
    is last_message()->{context}{id}, $asked, 'the question';
    is last_message()->{location}{name}, 'Rajwada', 'name of the place';

    citizen($t, type => 'pin', latitude => 'north');
    $t->status_is(400)->json_is('/error' => 'latitude must be a number');
};

subtest 'an answer quotes, a thumb reacts, to what the city has said' => sub {
    my $said = buttons('cmd:new', 'New');

    citizen($t, type => 'text', text => 'two lights', quotes => $said);
    is_deeply last_message()->{context},
              {from => $hook->{received}[-1]{value}{metadata}
                             {display_phone_number}, id => $said}, 'quoted';

    citizen($t, type => 'react', wamid => $said, emoji => "\x{1f44e}");
    is_deeply last_message()->{reaction},
              {message_id => $said, emoji => "\x{1f44e}"}, 'a thumb';

    citizen($t, type => 'react', wamid => $said, emoji => '');
    is_deeply last_message()->{reaction}, {message_id => $said},
              'and taken back';

    citizen($t, type => 'text', text => 'x', quotes => 'wamid.NONE');
    $t->status_is(400)->json_is('/error' => 'no such message to this citizen');
};

subtest 'a photo can be fetched with the bearer, by id and by url' => sub {
    citizen($t, type => 'photo', caption => 'गड्ढा',
            jpeg => b64_encode('not really', ''));

    my $image = last_message()->{image};
    is $image->{caption}, 'गड्ढा', 'caption';
    is $image->{mime_type}, 'image/jpeg', 'type';
    is $image->{sha256}, b64_encode(sha256('not really'), ''), 'digest';

    my %bearer = (Authorization => 'Bearer ' . TOKEN);
    $t->get_ok("/v25.0/$image->{id}", \%bearer)->status_is(200)
        ->json_is('/id' => $image->{id})->json_is('/file_size' => '10');
    my $url = $t->tx->res->json('/url');
    like $url, qr{^https://lookaside\.fbsbx\.com/}, 'at the host of Meta';
    $url =~ s{^https://[^/]+}{};

    $t->get_ok($url, \%bearer)->status_is(200)->content_is('not really');
    $t->get_ok($url)->status_is(401);

    my $name = $t->ua->transactor->name;
    $t->ua->transactor->name('');
    $t->get_ok($url, \%bearer)->status_is(400);
    $t->ua->transactor->name($name);

    $t->get_ok($url =~ s/hash=/hash=0/r, \%bearer)->status_is(404);
    $t->get_ok($url =~ s/ext=\d+/ext=1/r, \%bearer)->status_is(404);
    $t->get_ok('/v25.0/1', \%bearer)->status_is(400)
        ->json_is('/error/code' => 100);
};

subtest 'voice note and sticker, as samples' => sub {
    citizen($t, type => 'voice');
    is last_message()->{type}, 'audio', 'a voice note is audio';
    ok last_message()->{audio}{voice}, 'marked as voice';
    is last_message()->{audio}{mime_type}, 'audio/ogg; codecs=opus', 'its type';

    citizen($t, type => 'sticker');
    is last_message()->{sticker}{mime_type}, 'image/webp', 'a sticker';
    ok !last_message()->{sticker}{animated}, 'at rest';

    citizen($t, type => 'photo');
    ok !exists last_message()->{image}{caption}, 'no caption unless given';
};

subtest 'twice is the same bytes twice' => sub {
    my $before = @{$hook->{received}};
    my $answer = citizen($t, text => 'x', twice => 1);

    is $answer->{again_status}, 200, 'both answered';
    is @{$hook->{received}} - $before, 2, 'two webhooks';
    is $hook->{received}[-1]{bytes}, $hook->{received}[-2]{bytes}, 'the same';
};

subtest 'a hidden number is absent, not empty' => sub {
    citizen($t, text => 'x', phone => '910000000017', hide_phone => 1);

    ok !exists last_message()->{from}, 'no from';
    ok !exists last_value()->{contacts}[0]{wa_id}, 'no wa_id';
    is last_message()->{from_user_id}, 'IN.100000000000000017', 'user id';
};

subtest 'a webhook that fails is told and delivered again' => sub {
    push @{$hook->{answers}}, 503;
    my $before = @{$hook->{received}};

    is citizen($t, text => 'x')->{webhook_status}, 503, 'first answer';
    ok wait_for(sub { @{$hook->{received}} == $before + 2 }), 'again';
    $t->get_ok('/_control/chat?phone=' . CITIZEN);
    is $t->tx->res->json->[-1]{status}, 'delivered', 'then delivered';
};

subtest 'mistakes are told in one line' => sub {
    citizen($t, phone => '12');
    $t->status_is(400)->json_like('/error' => qr/^phone must be/);
    citizen($t, type => 'shout');
    $t->status_is(400)->json_like('/error' => qr/^type must be one of/);
    citizen($t, text => '');
    $t->status_is(400)->json_is('/error' => 'text must not be empty');
    $t->post_ok('/_control/citizen', form => {phone => CITIZEN})
        ->status_is(400);
};

done_testing;
