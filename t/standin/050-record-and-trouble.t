# Copyright (C) ngx_civic_module contributors
#
# Every call leaves one line that tells what came and what was answered, and
# trouble ordered for the next calls happens to them and no others.  Fails
# when a secret header or a broken body spoils a line, or an order leaks.

use Mojo::Base -strict, -signatures;

use Mojo::File qw(curfile);
use Test::More;
use Time::HiRes qw(time);

use lib curfile->dirname->child('lib')->to_string;
use StandinKit qw(CITIZEN ID TOKEN graph lines standin);

my ($t, $hook) = standin(statuses => []);

my %text = (messaging_product => 'whatsapp', to => '+' . CITIZEN,
            type => 'text', text => {body => 'पानी'});
my %form = (api_key => 'indore_test_api_key', service_code => 'SWM_DUMP',
            lat => '22.718600', long => '75.855300', description => 'कचरा',
            'attribute[a][]' => ['x', 'y']);


sub order (%order) {
    $t->post_ok('/_control/fault' => json => \%order)->status_is(200);
}


sub calls_of ($which) {
    return scalar lines($hook, $which);
}


subtest 'a call to the Graph API' => sub {
    graph($t, \%text, Cookie => 'a=b', 'X-Trace' => 'seen');
    my ($line) = lines($hook, 'graph');

    is_deeply [sort keys %$line],
              [qw(body headers method path status time)], 'exactly these keys';
    is $line->{method}, 'POST', 'method';
    is $line->{path}, '/v25.0/' . ID . '/messages', 'path';
    is $line->{status}, 200, 'status';
    is_deeply $line->{body}, \%text, 'body, parsed';
    is $line->{headers}{'X-Trace'}, 'seen', 'headers';
    like $line->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'time';

    my $bytes = $hook->{dir}->child('graph.jsonl')->slurp;
    unlike $bytes, qr/@{[TOKEN]}|a=b/, 'no secret';
};

subtest 'a refused call, a broken body, an empty one' => sub {
    graph($t, \%text, Authorization => 'Bearer x');
    graph($t, '{"a":');
    $t->get_ok('/v25.0/me', {Authorization => 'Bearer ' . TOKEN});
    my @lines = (lines($hook, 'graph'))[-3 .. -1];

    is_deeply [map { $_->{status} } @lines], [401, 400, 400], 'statuses';
    is $lines[1]{body}, '{"a":', 'as it came';
    is $lines[2]{body}, undef, 'none';
};

subtest 'a call to 311' => sub {
    $t->post_ok('/open311/v2/requests.json', form => \%form);
    $t->get_ok('/open311/v2/requests.json?status=open&api_key=secret');
    my ($post, $get) = lines($hook, 'open311');

    is_deeply $post->{body}, \%form, 'fields, repeated ones as a list';
    is $get->{path}, '/open311/v2/requests.json?status=open&api_key=-',
       'path with its query, without the key';
};

subtest 'a status for the next two calls, without doing anything' => sub {
    order(target => 'open311', next => 2, status => 503);
    $t->get_ok('/_control/requests');
    my $before = @{$t->tx->res->json};

    for my $status (503, 503, 200) {
        $t->post_ok('/open311/v2/requests.json', form => \%form)
            ->status_is($status);
    }

    $t->get_ok('/_control/requests');
    is @{$t->tx->res->json} - $before, 1, 'one request was filed';
    is +(lines($hook, 'open311'))[-2]{status}, 503, 'recorded as answered';
};

subtest 'an error code of the Graph API' => sub {
    order(target => 'graph', code => 130429);
    graph($t, \%text)->status_is(400)->json_is('/error/code' => 130429);
    order(target => 'graph', code => 131016);
    graph($t, \%text)->status_is(500)->json_is('/error/code' => 131016);
    graph($t, \%text)->status_is(200);
};

subtest 'carried out, but told otherwise' => sub {
    $t->get_ok('/_control/requests');
    my $before = @{$t->tx->res->json};
    order(target => 'open311', status => 500, processed => 1);

    $t->post_ok('/open311/v2/requests.json', form => \%form)->status_is(500);

    $t->get_ok('/_control/requests');
    is @{$t->tx->res->json} - $before, 1, 'it was filed';
};

subtest 'cut off after it was carried out' => sub {
    $t->get_ok('/_control/requests');
    my $before = @{$t->tx->res->json};
    order(target => 'open311', drop => 1);

    my $tx = $t->ua->post('/open311/v2/requests.json', form => \%form);
    ok $tx->error && !$tx->error->{code}, 'no answer';

    $t->get_ok('/_control/requests');
    is @{$t->tx->res->json} - $before, 1, 'it was filed';
    is +(lines($hook, 'open311'))[-1]{status}, 0, 'recorded as not answered';
};

subtest 'a body that makes no sense' => sub {
    order(target => 'graph', body => '<html>');
    graph($t, \%text)->status_is(200)->content_is('<html>');
};

subtest 'hanging and late' => sub {
    order(target => 'graph', hang => 1);
    my $before = calls_of('graph');
    my $tx = $t->ua->request_timeout(0.3)->build_tx(POST => '/v25.0/1/messages');
    $t->ua->start($tx);
    ok $tx->error && !$tx->error->{code}, 'no answer';
    is calls_of('graph') - $before, 1, 'but a line';
    $t->ua->request_timeout(5);

    order(target => 'graph', delay_ms => 300);
    my $start = time;
    graph($t, \%text)->status_is(200);
    cmp_ok time - $start, '>=', 0.3, 'late';
};

subtest 'orders can be seen and taken back, nonsense is refused' => sub {
    order(target => 'graph', next => 5, status => 500);
    $t->get_ok('/_control/state')->json_is('/faults/graph/0/left' => 5);
    order(target => 'graph', clear => 1);
    graph($t, \%text)->status_is(200);

    for my $wrong ({status => 500}, {target => 'x'}, {target => 'graph', a => 1},
                   {target => 'graph', code => 7}, {target => 'graph', next => 0},
                   {target => 'open311', code => 1})
    {
        $t->post_ok('/_control/fault' => json => $wrong)->status_is(400)
            ->json_has('/error');
    }
};

done_testing;
