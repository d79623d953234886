# Copyright (C) ngx_civic_module contributors
#
# What follows an accepted message: the answer, and status webhooks signed and
# shaped as Meta's, again and again until they are answered 200.  Fails when
# an answer changes shape, a status goes missing or a retry is dropped.

use Mojo::Base -strict, -signatures;

use Digest::SHA qw(hmac_sha256_hex);
use Mojo::File qw(curfile);
use Mojo::JSON qw(false true);
use Test::More;

use lib curfile->dirname->child('lib')->to_string;
use StandinKit qw(CITIZEN SECRET citizen graph standin wait_for);

my %text = (messaging_product => 'whatsapp', to => '+' . CITIZEN,
            type => 'text', text => {body => 'नमस्ते'});


sub statuses ($hook, $wamid) {
    return map { $_->{value} }
           grep { ($_->{value}{statuses}[0]{id} // '') eq $wamid }
           @{$hook->{received}};
}


subtest 'the answer names number, id and nothing else' => sub {
    my ($t, $hook) = standin();

    graph($t, \%text)->status_is(200)
        ->content_type_is('application/json; charset=utf-8')
        ->json_is('/messaging_product' => 'whatsapp')
        ->json_is('/contacts' => [{input => '+' . CITIZEN, wa_id => CITIZEN}])
        ->json_hasnt('/messages/0/message_status');
};

subtest 'sent, delivered and read come signed, each by itself' => sub {
    my ($t, $hook) = standin();
    citizen($t, text => 'x');

    graph($t, {%text, biz_opaque_callback_data => 'outbox-7'});
    my $wamid = $t->tx->res->json('/messages/0/id');

    ok wait_for(sub { statuses($hook, $wamid) == 3 }), 'three webhooks';
    my @values = statuses($hook, $wamid);

    is_deeply [map { $_->{statuses}[0]{status} } @values],
              [qw(sent delivered read)], 'in order, one status in each';

    for my $received (@{$hook->{received}}) {
        is $received->{signature},
           'sha256=' . hmac_sha256_hex($received->{bytes}, SECRET),
           'signature over the raw bytes';
        unlike $received->{bytes}, qr/[^\x00-\x7f]/, 'non-ASCII is escaped';
    }

    my $status = $values[0]{statuses}[0];
    is $status->{recipient_id}, CITIZEN, 'recipient';
    is $status->{recipient_user_id}, 'IN.100000000000000011', 'user id';
    is $status->{biz_opaque_callback_data}, 'outbox-7', 'our data comes back';
    is $status->{pricing}{category}, 'service', 'pricing with sent';
    ok !$values[2]{statuses}[0]{pricing}, 'none with read';
    like $status->{timestamp}, qr/^"?\d+"?$/, 'time in seconds';
    is_deeply $values[0]{contacts},
              [{profile => {name => 'सुनीता'}, wa_id => CITIZEN,
                user_id => 'IN.100000000000000011'}], 'contacts';
    is_deeply $values[0]{metadata},
              {display_phone_number => '910000000001',
               phone_number_id => '200000000000001'}, 'metadata';
};

subtest 'only the statuses asked for are reported' => sub {
    my ($t, $hook) = standin(statuses => ['delivered']);

    graph($t, \%text);
    my $wamid = $t->tx->res->json('/messages/0/id');

    ok wait_for(sub { statuses($hook, $wamid) == 1 }), 'one webhook';
    is((statuses($hook, $wamid))[0]{statuses}[0]{status}, 'delivered', 'which');
};

subtest 'a webhook that is not answered 200 comes again, the same' => sub {
    my ($t, $hook) = standin(statuses => ['sent']);
    push @{$hook->{answers}}, 503, 204;

    graph($t, \%text);

    ok wait_for(sub { @{$hook->{received}} == 3 }), 'at once, then later';
    is $hook->{received}[2]{bytes}, $hook->{received}[0]{bytes}, 'same bytes';
    ok wait_for(sub { $t->app->webhook->pending == 0 }), 'then it rests';
};

subtest 'a user id reaches the same person and shows no number' => sub {
    my ($t, $hook) = standin();
    citizen($t, text => 'x', hide_phone => 1);

    graph($t, {%text, to => undef, recipient => 'IN.100000000000000011'})
        ->status_is(200)
        ->json_is('/contacts' => [{input   => 'IN.100000000000000011',
                                   user_id => 'IN.100000000000000011'}]);
    my $wamid = $t->tx->res->json('/messages/0/id');

    ok wait_for(sub { statuses($hook, $wamid) }), 'a status comes';
    my ($value) = statuses($hook, $wamid);
    ok !exists $value->{statuses}[0]{recipient_id}, 'no number in the status';
    ok !exists $value->{contacts}[0]{wa_id}, 'none in the contacts';
};

subtest 'to wins over recipient' => sub {
    my ($t) = standin();

    graph($t, {%text, recipient => 'IN.100000000000000099'})
        ->json_is('/contacts/0/wa_id' => CITIZEN);
};

subtest 'a template says that it was accepted' => sub {
    my ($t) = standin();

    graph($t, {%text{qw(messaging_product to)}, type => 'template',
               template => {name => 'any_hi', language => {code => 'hi'}}})
        ->status_is(200)->json_is('/messages/0/message_status' => 'accepted');
};

subtest 'after 24 hours only a template is taken' => sub {
    my ($t) = standin();
    citizen($t, text => 'x');

    $t->post_ok('/_control/window' => json =>
                {phone => CITIZEN, open => \0})->status_is(200);
    graph($t, \%text)->status_is(400)->json_is('/error/code' => 131047);
    graph($t, {%text{qw(messaging_product to)}, type => 'template',
               template => {name => 'any_hi', language => {code => 'hi'}}})
        ->status_is(200);

    citizen($t, text => 'x');
    graph($t, \%text)->status_is(200);
};

subtest 'who has never written is refused with only_known' => sub {
    my ($t) = standin(only_known => 1);

    graph($t, \%text)->status_is(400)->json_is('/error/code' => 131047);
    graph($t, {messaging_product => 'whatsapp', status => 'read',
               message_id => 'wamid.unknown'})
        ->status_is(400)->json_is('/error/code' => 131009);

    citizen($t, text => 'x');
    graph($t, \%text)->status_is(200);
};

subtest 'too many to one person at once is 131056' => sub {
    my ($t) = standin(pair_burst => 2, statuses => []);

    graph($t, \%text)->status_is(200) for 1 .. 2;
    graph($t, \%text)->status_is(400)->json_is('/error/code' => 131056);
    graph($t, {%text, to => '+910000000012'})->status_is(200);
};

subtest 'reading marks what the citizen wrote before, and types' => sub {
    my ($t) = standin();
    citizen($t, text => 'one');
    my $wamid = citizen($t, text => 'two')->{wamid};
    citizen($t, text => 'three');

    graph($t, {messaging_product => 'whatsapp', status => 'read',
               message_id => $wamid, typing_indicator => {type => 'text'}})
        ->status_is(200)->json_is('' => {success => true});

    $t->get_ok('/_control/chat?phone=' . CITIZEN)
        ->json_is('/0/status' => 'read')->json_is('/1/status' => 'read')
        ->json_is('/2/status' => 'delivered');
    $t->get_ok('/_control/people')->json_is('/0/typing' => true);

    graph($t, \%text);
    $t->get_ok('/_control/people')->json_is('/0/typing' => false);
};

subtest 'an accepted message can fail afterwards' => sub {
    my ($t, $hook) = standin();
    $t->post_ok('/_control/fault' => json =>
                {target => 'graph', failed => 131026})->status_is(200);

    graph($t, \%text)->status_is(200);
    my $wamid = $t->tx->res->json('/messages/0/id');

    ok wait_for(sub { statuses($hook, $wamid) }), 'one status';
    my ($value) = statuses($hook, $wamid);
    is $value->{statuses}[0]{status}, 'failed', 'failed';
    is $value->{statuses}[0]{errors}[0]{code}, 131026, 'with its code';
    ok !exists $value->{contacts}, 'and no contacts';
};

done_testing;
