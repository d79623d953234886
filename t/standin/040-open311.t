# Copyright (C) ngx_civic_module contributors
#
# The 311 side answers by GeoReport v2 and refuses what the standard refuses.
# Fails when an answer leaves the standard, a fault of a caller goes unseen or
# the three types of service answer alike.

use Mojo::Base -strict, -signatures;

use Mojo::Date;
use Mojo::File qw(curfile);
use Mojo::JSON qw(false true);
use Test::More;

use lib curfile->dirname->child('lib')->to_string;
use StandinKit qw(CITIZEN standin wait_for);

my ($t) = standin();
my $base = '/open311/v2';

my %good = (api_key => 'indore_test_api_key', service_code => 'SWM_DUMP',
            lat => '22.718600', long => '75.855300',
            description => "कचरा & गंदगी\n100% + \x{1f600}",
            phone => CITIZEN, 'attribute[client_ref]' => '1234567-8');


sub create (%fields) {
    my %form = (%good, %fields);
    delete $form{$_} for grep { !defined $form{$_} } keys %form;
    return $t->post_ok("$base/requests.json", form => \%form);
}


sub refused ($title, $status, $description, %fields) {
    subtest $title => sub {
        create(%fields)->status_is($status)->json_is('/0/code' => $status);
        like join("\n", map { $_->{description} } @{$t->tx->res->json}),
             $description, 'says what';
    };
}


subtest 'services come from the csv, with all three types' => sub {
    $t->get_ok("$base/services.json")->status_is(200)
        ->content_type_is('application/json; charset=utf-8')
        ->json_is('/0/service_code' => 'SWM_DUMP')
        ->json_is('/0/service_name' => 'कचरे का ढेर / Garbage dump, litter')
        ->json_is('/0/type' => 'realtime')
        ->json_is('/0/keywords' => 'garbage, litter, कचरा')
        ->json_is('/2/type' => 'batch')->json_is('/3/type' => 'blackbox')
        ->json_hasnt('/4')->json_hasnt('/0/sla_hours');
    $t->json_is('/0/metadata' => false)
        ->json_is('/1/metadata' => true);
};

subtest 'a definition has attributes, or none' => sub {
    $t->get_ok("$base/services/SL_OFF.json")->status_is(200)
        ->json_is('/attributes/0/code' => 'problem');
    $t->get_ok("$base/services/SWM_DUMP.json")->status_is(200)
        ->json_is('' => {service_code => 'SWM_DUMP', attributes => []});
    $t->get_ok("$base/services/NONE.json")->status_is(404)
        ->json_is('/0/description' => 'service_code NONE was not found');
};

subtest 'a realtime request has its number at once' => sub {
    create()->status_is(200)->json_like(
        '/0/service_request_id' => qr/^311-\d{4}-\d{7}$/)
        ->json_hasnt('/0/token')
        ->json_like('/0/service_notice' => qr/12 hours/);
    my $id = $t->tx->res->json('/0/service_request_id');

    $t->get_ok("$base/requests/$id.json")->status_is(200)
        ->json_is('/0/service_request_id' => $id)
        ->json_is('/0/status' => 'open')
        ->json_is('/0/description' => $good{description})
        ->json_is('/0/lat' => 22.7186)->json_is('/0/long' => 75.8553)
        ->json_is('/0/attributes' =>
                  [{code => 'client_ref', value => '1234567-8'}])
        ->json_hasnt('/0/phone');

    my ($from, $to) = map { Mojo::Date->new($_)->epoch }
        @{$t->tx->res->json('/0')}{qw(requested_datetime expected_datetime)};
    is $to - $from, 12 * 3600, 'expected after the hours of the service';
    like $t->tx->res->json('/0/requested_datetime'), qr/\+05:30$/, 'in India';
};

subtest 'a batch request has a token first' => sub {
    create(service_code => 'BLD_ILLEGAL')->status_is(200)
        ->json_hasnt('/0/service_request_id')
        ->json_like('/0/token' => qr/^T-\d+$/);
    my $token = $t->tx->res->json('/0/token');

    $t->get_ok("$base/tokens/$token.json")->status_is(200)
        ->json_is('/0' => {token => $token, service_request_id => undef});
    $t->get_ok("$base/requests.json?service_code=BLD_ILLEGAL")
        ->json_is('' => []);

    ok wait_for(sub {
        $t->ua->get("$base/tokens/$token.json")->res
            ->json('/0/service_request_id')
    }), 'the number comes';
    $t->get_ok("$base/tokens/$token.json");
    my $id = $t->tx->res->json('/0/service_request_id');
    $t->get_ok("$base/requests/$id.json")->status_is(200);
    $t->get_ok("$base/tokens/T-0.json")->status_is(404);
};

subtest 'a blackbox request has neither, and cannot be asked for' => sub {
    create(service_code => 'OTHER')->status_is(200)
        ->json_hasnt('/0/service_request_id')->json_hasnt('/0/token');
    $t->get_ok("$base/requests.json?service_code=OTHER")->json_is('' => []);
    $t->get_ok('/_control/requests')
        ->json_is('/2/service_code' => 'OTHER')
        ->json_is('/2/phone' => CITIZEN);
};

refused('no key', 403, qr/api_key/, api_key => undef);
refused('a wrong key', 403, qr/api_key/, api_key => 'x');
refused('no service', 400, qr/service_code was not/, service_code => undef);
refused('an unknown service', 404, qr/NONE was not found/,
        service_code => 'NONE');
refused('no place', 400, qr/address_id must be given/, lat => undef,
        long => undef);
refused('half a place', 400, qr/given together/, long => undef);
refused('a place with a comma', 400, qr/lat is not/, lat => '22,7186');
refused('a place with an exponent', 400, qr/lat is not/, lat => '2.27e1');
refused('a place off the globe', 400, qr/long is not/, long => '181.000000');
refused('a field nobody knows', 400, qr/adress is not a known/, adress => 'x');
refused('a field given twice', 400, qr/phone was given more than once/,
        phone => [1, 2]);
refused('a long description', 400, qr/longer than 4000/,
        description => 'क' x 4001);
refused('a photo that is no url', 400, qr/media_url/, media_url => 'x.jpg');
refused('an empty jurisdiction', 400, qr/jurisdiction_id was not provided/,
        jurisdiction_id => '');
refused('a required attribute missing', 400,
        qr/attribute\[problem\] is required/, service_code => 'SL_OFF');
refused('an attribute value that is not in its list', 400,
        qr/no value broken/, service_code => 'SL_OFF',
        'attribute[problem]' => 'broken');

subtest 'an address alone is a place; 4000 characters are taken' => sub {
    create(lat => undef, long => undef, address_string => 'राजवाड़ा',
           description => 'क' x 4000, service_code => 'SL_OFF',
           'attribute[problem]' => 'off')->status_is(200)
        ->json_has('/0/service_request_id');
};

subtest 'a body that is not UTF-8 is refused' => sub {
    $t->post_ok("$base/requests.json",
        {'Content-Type' => 'application/x-www-form-urlencoded'},
        'api_key=indore_test_api_key&description=%ff')
        ->status_is(400)->json_like('/0/description' => qr/UTF-8/);
};

subtest 'a jurisdiction, when it is set, must be given and right' => sub {
    my ($t) = standin(jurisdiction => 'imcindore.mp.gov.in');

    $t->get_ok("$base/services.json")->status_is(400);
    $t->get_ok("$base/services.json?jurisdiction_id=example.org")
        ->status_is(404);
    $t->get_ok("$base/services.json?jurisdiction_id=imcindore.mp.gov.in")
        ->status_is(200);
};

subtest 'the list is filtered and paged' => sub {
    my ($t) = standin();
    my @ids = map {
        $t->post_ok("$base/requests.json", form =>
            {%good, service_code => $_, 'attribute[problem]' => 'off'});
        $t->tx->res->json('/0/service_request_id');
    } qw(SWM_DUMP SL_OFF SWM_DUMP);

    $t->post_ok('/_control/request' => json =>
                {id => $ids[2], status => 'fixed', notes => 'done'});

    my $ids_of = sub ($query) {
        $t->get_ok("$base/requests.json?$query")->status_is(200);
        return [map { $_->{service_request_id} } @{$t->tx->res->json}];
    };

    is_deeply $ids_of->(''), [reverse @ids], 'all, newest first';
    is_deeply $ids_of->('status=closed'), [$ids[2]], 'by status';
    is_deeply $ids_of->('status=open,closed&service_code=SL_OFF'), [$ids[1]],
              'by service';
    is_deeply $ids_of->("service_request_id=$ids[0],$ids[1],x&status=closed"),
              [@ids[0, 1]], 'ids override';
    is_deeply $ids_of->('page=2&page_size=2'), [$ids[0]], 'by page';
    is_deeply $ids_of->('start_date=2020-01-01T00:00:00Z'
                        . '&end_date=2020-02-01T00:00:00%2B05:30'), [],
              'by date';

    for my $query ('start_date=2020-01-01', 'page=0',
                   'start_date=2020-01-01T00:00:00+05:30',
                   'start_date=2020-01-01T00:00:00Z&end_date=2020-06-01T00:00:00Z')
    {
        $t->get_ok("$base/requests.json?$query")->status_is(400);
    }

    $t->get_ok("$base/requests/none.json")->status_is(404)
        ->json_is('/0/code' => 404);
};

subtest 'an update of the citizen changes the request, once' => sub {
    create();
    my $id = $t->tx->res->json('/0/service_request_id');
    $t->post_ok('/_control/request' => json =>
                {id => $id, status => 'fixed', notes => 'लाइट बदल दी'});
    $t->get_ok("$base/requests/$id.json")->json_is('/0/status' => 'closed')
        ->json_is('/0/status_notes' => 'लाइट बदल दी');

    my %update = (api_key => $good{api_key}, service_request_id => $id,
                  update_id => 'u-1', status => 'REOPEN',
                  updated_datetime => '2026-11-25T08:19:40+05:30',
                  description => 'फिर बंद', last_name => '-');
    my $post = sub (%more) {
        $t->post_ok("$base/servicerequestupdates.json",
                    form => {%update, %more});
    };

    $post->()->status_is(200);
    my $answer = $t->tx->res->json;
    ok $answer->[0]{update_id}, 'an update id';
    $post->()->status_is(200)->json_is('' => $answer);

    $t->get_ok("$base/requests/$id.json")->json_is('/0/status' => 'open')
        ->json_is('/0/status_notes' => 'फिर बंद')
        ->json_is('/0/extended_attributes/detailed_status' => 'reopen');
    is scalar @{$t->tx->res->json('/0/notes')}, 2, 'two notes, not three';

    $post->(status => 'reopen')->status_is(400);
    $post->(updated_datetime => 'yesterday')->status_is(400);
    $post->(service_request_id => 'none')->status_is(404);
    $post->(api_key => 'x')->status_is(403);

    $t->get_ok("$base/servicerequestupdates.json")->status_is(200);
    is_deeply [map { $_->{status} } grep { $_->{service_request_id} eq $id }
               @{$t->tx->res->json}], [qw(fixed reopen)], 'both are listed';
    $t->get_ok("$base/servicerequestupdates.json"
               . '?start_date=2026-01-01T00:00:00Z')->status_is(400);
};

subtest 'unchanged keeps the state' => sub {
    create();
    my $id = $t->tx->res->json('/0/service_request_id');
    $t->post_ok('/_control/request' => json => {id => $id, notes => 'seen'})
        ->status_is(200)->json_is('/status' => 'open')
        ->json_is('/status_notes' => 'seen');
    $t->post_ok('/_control/request' => json => {id => $id, status => 'gone'})
        ->status_is(400)->json_like('/error' => qr/^status must be one of/);
    $t->post_ok('/_control/request' => json => {id => 'none'})
        ->status_is(400);
};

subtest 'another path is not found' => sub {
    $t->get_ok("$base/nothing.json")->status_is(404)->json_is('/0/code' => 404);
    $t->get_ok("$base/services.xml")->status_is(404);
};

done_testing;
