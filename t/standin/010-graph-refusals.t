# Copyright (C) ngx_civic_module contributors
#
# The stand-in must refuse what Meta refuses, with Meta's code and body, or a
# message that never arrives in the city would look fine here.  Fails when a
# limit in Standin::Message or a check in Standin::Graph is loosened.

use Mojo::Base -strict, -signatures;

use Mojo::File qw(curfile);
use Test::More;

use lib curfile->dirname->child('lib')->to_string;
use StandinKit qw(CITIZEN ID TOKEN graph standin);

my ($t, $hook) = standin();

my %text = (messaging_product => 'whatsapp', to => '+' . CITIZEN,
            type => 'text', text => {body => 'x'});


sub interactive (%more) {
    return {%text{qw(messaging_product to)}, type => 'interactive',
            interactive => {body => {text => 'x'}, %more}};
}


sub button ($id, $title) {
    return {type => 'reply', reply => {id => $id, title => $title}};
}


sub buttons (@buttons) {
    return interactive(type => 'button', action => {buttons => \@buttons});
}


sub list (@sections) {
    return interactive(type => 'list',
                       action => {button => 'b', sections => \@sections});
}


sub rows ($from, $to, %more) {
    return {rows => [map { {id => "r$_", title => "t$_"} } $from .. $to],
            %more};
}


sub template ($text) {
    return {%text{qw(messaging_product to)}, type => 'template', template => {
        name => 'status_hi', language => {code => 'hi'},
        components => [{type => 'body',
                        parameters => [{type => 'text', text => $text}]}],
    }};
}


# One that is right but for so many parameters in one part.
sub with_parts ($type, $count) {
    my $body = template('x');
    my $parts = $body->{template}{components};

    @$parts = grep { $_->{type} ne $type } @$parts;
    push @$parts, {type => $type, parameters => [
        map { {type => 'text', text => "p$_"} } 1 .. $count]};

    return $body;
}


sub refused ($title, $body, $code, $details, $http = 400) {
    subtest $title => sub {
        graph($t, $body)->status_is($http)
            ->json_is('/error/code' => $code)
            ->json_is('/error/type' => 'OAuthException')
            ->json_like('/error/message' => qr/^\(#$code\) /)
            ->json_like('/error/fbtrace_id' => qr/^A\w+$/)
            ->json_is('/error/error_data/messaging_product' => 'whatsapp')
            ->json_like('/error/error_data/details' => $details);
    };
}


sub accepted ($title, $body) {
    subtest $title => sub {
        graph($t, $body)->status_is(200)
            ->json_like('/messages/0/id' => qr/^wamid\./);
    };
}


subtest 'a missing or wrong bearer is 190' => sub {
    for my $header ('', 'Bearer wrong', 'Basic ' . TOKEN) {
        graph($t, \%text, Authorization => $header)->status_is(401)
            ->json_is('/error/code' => 190);
    }
};

subtest 'another phone number id is 33' => sub {
    $t->post_ok('/v25.0/999/messages', {Authorization => 'Bearer ' . TOKEN},
                json => \%text)
        ->status_is(400)->json_is('/error/code' => 33)
        ->json_is('/error/type' => 'GraphMethodException');
};

subtest 'another path or method is 2500' => sub {
    my %auth = (Authorization => 'Bearer ' . TOKEN);
    $t->post_ok('/v25.0/' . ID . '/message', \%auth)->status_is(400)
        ->json_is('/error/code' => 2500);
    $t->get_ok('/v25.0/' . ID . '/messages', \%auth)->status_is(400)
        ->json_is('/error/code' => 2500);
};

refused('broken JSON', '{"messaging_product":', 100, qr/not a JSON object/);
refused('JSON that is no object', '[]', 100, qr/not a JSON object/);
refused('no messaging_product', {}, 100, qr/messaging_product is required/);
refused('another product', {%text, messaging_product => 'sms'}, 100,
        qr/WHATSAPP/);
refused('a parameter nobody knows', {%text, priority => 'high'}, 100,
        qr/Unexpected key "priority"/);
refused('a nested one', {%text, text => {body => 'x', bold => \1}}, 100,
        qr/Unexpected key "bold" on param "message\['text'\]"/);
refused('another type of message', {%text, type => 'poll'}, 100,
        qr/must be one of \{.*TEXT/);
refused('the object of another type', {%text, image => {id => '1'}}, 100,
        qr/Unexpected key "image"/);
refused('a number where text is due', {%text, text => {body => 5}}, 100,
        qr/must be a string/);
refused('text where a boolean is due',
        {%text, text => {body => 'x', preview_url => 'false'}}, 100,
        qr/must be a boolean/);
refused('no text object', {%text{qw(messaging_product to type)}}, 131008,
        qr/'message\['text'\]' is mandatory/);
refused('no body', {%text, text => {}}, 131008, qr/mandatory/);
refused('no recipient', {%text, to => undef}, 131008, qr/'to' is mandatory/);

refused('empty text', {%text, text => {body => ''}}, 131009,
        qr/^Text body length invalid\. Min length: 1, Max length: 4096$/);
refused('blank text', {%text, text => {body => " \n "}}, 131009,
        qr/Min length: 1/);
refused('text of 4097', {%text, text => {body => 'क' x 4097}}, 131009,
        qr/Max length: 4096/);
accepted('text of 4096', {%text, text => {body => 'क' x 4096}});
refused('emoji count twice', {%text, text => {body => "\x{1f600}" x 2049}},
        131009, qr/Max length: 4096/);
accepted('512 of our own data',
         {%text, biz_opaque_callback_data => 'x' x 512});
refused('513 of our own data', {%text, biz_opaque_callback_data => 'x' x 513},
        131009, qr/Max length: 512/);

refused('a recipient without +', {%text, to => CITIZEN}, 131009, qr/with \+/);
refused('a recipient that is no number', {%text, to => '+91 abc'}, 131009,
        qr/with \+/);
refused('the business itself', {%text, to => '+910000000001'}, 131021,
        qr/are the same/);
refused('a number without WhatsApp', {%text, to => '+910000000000'}, 131026,
        qr/Undeliverable/);
refused('a user id of another form',
        {%text, to => undef, recipient => '12345'}, 131009, qr/^Recipient/);

accepted('three buttons', buttons(map { button("b$_", "t$_") } 1 .. 3));
refused('four buttons', buttons(map { button("b$_", "t$_") } 1 .. 4), 131009,
        qr/Invalid buttons count.*Max allowed buttons: 3/);
refused('no button', buttons(), 131009, qr/Min allowed buttons: 1/);
refused('a button title of 21', buttons(button('a', 'हाँ' x 7)), 131009,
        qr/^Button title length invalid\. Min length: 1, Max length: 20$/);
refused('an empty button title', buttons(button('a', '')), 131009,
        qr/Button title/);
refused('two equal titles', buttons(button('a', 'x'), button('b', 'x')),
        131009, qr/Duplicate button title/);
refused('two equal ids', buttons(button('a', 'x'), button('a', 'y')), 131009,
        qr/Duplicate button id/);
refused('a button id of 257', buttons(button('a' x 257, 'x')), 131009,
        qr/Button id length/);
refused('an id with a space at its end', buttons(button('a ', 'x')), 131009,
        qr/Button id is not valid/);
refused('a body of 1025', {%{buttons(button('a', 'x'))}, interactive => {
    type => 'button', body => {text => 'x' x 1025},
    action => {buttons => [button('a', 'x')]}}}, 131009, qr/Max length: 1024/);
refused('a footer of 61', interactive(type => 'button',
    footer => {text => 'x' x 61}, action => {buttons => [button('a', 'x')]}),
    131009, qr/^Footer text length.*60/);
refused('a header of 61', interactive(type => 'button',
    header => {type => 'text', text => 'x' x 61},
    action => {buttons => [button('a', 'x')]}), 131009, qr/^Header text.*60/);

accepted('ten rows in two sections',
         list(rows(1, 5, title => 'a'), rows(6, 10, title => 'b')));
refused('eleven rows in two sections',
        list(rows(1, 5, title => 'a'), rows(6, 11, title => 'b')), 131009,
        qr/Total row count exceed max allowed count: 10/);
refused('two sections, one without title',
        list(rows(1, 2, title => 'a'), rows(3, 4)), 131009,
        qr/Section title is required/);
refused('a section title of 25', list(rows(1, 2, title => 'x' x 25)), 131009,
        qr/^Section title length.*24/);
refused('a row title of 25', list({rows => [{id => 'a', title => 'x' x 25}]}),
        131009, qr/^Row title length.*24/);
refused('a row description of 73',
        list({rows => [{id => 'a', title => 'x', description => 'x' x 73}]}),
        131009, qr/^Row description length.*72/);
refused('a row id of 201', list({rows => [{id => 'x' x 201, title => 'x'}]}),
        131009, qr/^Row id length.*200/);
refused('a row id with a space in front',
        list({rows => [{id => ' a', title => 'x'}]}), 131009,
        qr/Row id is not valid/);
refused('two rows of one id',
        list(rows(1, 2, title => 'a'), rows(2, 3, title => 'b')), 131009,
        qr/Duplicate row id: r2/);
refused('a list button of 21', interactive(type => 'list', action =>
        {button => 'x' x 21, sections => [rows(1, 2)]}), 131009,
        qr/^Button label length.*20/);

accepted('a request for the location', interactive(
    type => 'location_request_message', action => {name => 'send_location'}));
refused('one with a footer', interactive(
    type => 'location_request_message', footer => {text => 'x'},
    action => {name => 'send_location'}), 100, qr/Unexpected key "footer"/);
refused('one with another action', interactive(
    type => 'location_request_message', action => {name => 'open_map'}), 100,
    qr/SEND_LOCATION/);

accepted('a link', interactive(type => 'cta_url', action => {
    name => 'cta_url', parameters => {display_text => 'Open',
                                      url => 'https://example.in/'}}));
refused('a link that is none', interactive(type => 'cta_url', action => {
    name => 'cta_url', parameters => {display_text => 'Open',
                                      url => 'example.in'}}), 131009,
    qr/not valid/);

refused('an image with id and link', {%text{qw(messaging_product to)},
    type => 'image', image => {id => '1', link => 'https://example.in/a.jpg'}},
    131009, qr/Exactly one of id and link/);
refused('a reaction to nothing known', {%text{qw(messaging_product to)},
    type => 'reaction', reaction => {message_id => 'm1', emoji => 'x'}},
    131009, qr/is not known/);
refused('an answer to nothing known',
    {%text, context => {message_id => 'm1'}}, 131009, qr/is not known/);

accepted('a known template', template('1234567-8'));
refused('a line break in a parameter', template("a\nb"), 132018,
        qr/cannot have new-line/);
refused('five spaces in a parameter', template('a     b'), 132018,
        qr/4 consecutive spaces/);
refused('a template in another language',
        {%{template('x')}, template => {name => 'status_hi',
                                        language => {code => 'en'}}},
        132001, qr/does not exist in en/, 404);
refused('a template with too few parameters',
        {%{template('x')}, template => {name => 'status_hi',
                                        language => {code => 'hi'}}},
        132000, qr/\(0\) does not match.*\(1\)/);
refused('a template with too many parameters',
        with_parts('body', 2), 132000, qr/^body: .*\(2\).*\(1\)/);
refused('one in a header it does not have', with_parts('header', 1), 132000,
        qr/^header: .*\(1\).*\(0\)/);
refused('a template name nobody knows',
        {%{template('x')}, template => {name => 'status_new',
                                        language => {code => 'hi'}}},
        132001, qr/\(status_new\) does not exist in hi/, 404);
refused('a template name with capitals',
        {%{template('x')}, template => {name => 'Status',
                                        language => {code => 'hi'}}},
        131009, qr/Template name is not valid/);

my %read = (messaging_product => 'whatsapp', status => 'read');

graph($t, \%text);
refused('reading a message of our own',
        {%read, message_id => $t->tx->res->json('/messages/0/id')}, 131009,
        qr/not a message received/);
refused('reading without saying what', {%read}, 131008, qr/message_id/);
refused('reading what is no message id', {%read, message_id => 'abc'}, 131009,
        qr/not a message received/);
refused('another typing indicator', {%read, message_id => 'wamid.x',
    typing_indicator => {type => 'audio'}}, 100, qr/TEXT/);
refused('another status', {%read, status => 'delivered',
    message_id => 'wamid.x'}, 100, qr/READ/);

done_testing;
