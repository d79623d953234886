# Copyright (C) ngx_civic_module contributors
#
# What the tests of the stand-in share: the application with a small city, and
# a webhook that keeps what it was sent.  It checks nothing itself.

package StandinKit;

use Mojo::Base -strict, -signatures;

use Exporter 'import';
use Mojo::File qw(curfile tempdir);
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json);
use Mojo::Server::Daemon;
use Mojolicious;
use Test::Mojo;

use lib curfile->dirname->child('../../../util/lib')->to_string;
use Standin::App;

our @EXPORT_OK = qw(CITIZEN SECRET TOKEN ID citizen graph lines standin
                    wait_for);

use constant {
    CITIZEN => '910000000011',
    SECRET  => 'indore_test_app_secret',
    TOKEN   => 'indore_test_access_token',
    ID      => '200000000000001',
};

my $SERVICES = <<'CSV';
service_code,department_code,name_en,name_hi,group,sla_hours,keywords_en,keywords_hi
SWM_DUMP,SWM,"Garbage dump, litter",कचरे का ढेर,sanitation,12,garbage;litter,कचरा
SL_OFF,ELE,Street light not working,स्ट्रीट लाइट बंद,lighting,48,street light,लाइट
BLD_ILLEGAL,BLD,Illegal construction,अवैध निर्माण,encroachment,168,illegal,अवैध
OTHER,GEN,Other complaint,अन्य शिकायत,other,72,other,अन्य
CSV

my $DEFINITION = <<'JSON';
{"service_code":"SL_OFF","attributes":[
 {"variable":true,"code":"problem","datatype":"singlevaluelist",
  "required":true,"order":1,"description":"?",
  "values":[{"key":"off","name":"Off"},{"key":"blinks","name":"Blinks"}]},
 {"variable":true,"code":"client_ref","datatype":"string","required":false,
  "order":2,"description":"Reference","automated":"hidden_field"}]}
JSON


# (Test::Mojo, the webhook: {answers, received}); answers are HTTP statuses
# for the next webhooks, then 200.
sub standin (%more) {
    my $dir = tempdir;
    _write($dir->child('categories.csv'), $SERVICES);
    _write($dir->child('definitions')->make_path->child('SL_OFF.json'),
           $DEFINITION);

    my $hook = {answers => [], received => [], dir => $dir};
    $hook->{daemon} = _receiver($hook);

    my $app = Standin::App->new(setup => {
        webhook => 'http://127.0.0.1:' . $hook->{daemon}->ports->[0] . '/hook',
        app_secret           => SECRET,
        token                => TOKEN,
        phone_number_id      => ID,
        display_phone_number => '910000000001',
        api_key              => 'indore_test_api_key',
        services             => $dir->child('categories.csv')->to_string,
        definitions          => $dir->child('definitions')->to_string,
        statuses             => [qw(sent delivered read)],
        templates            => {'status_hi:hi' => 1, 'any_hi:hi' => undef},
        unreachable          => ['910000000000'],
        pair_burst           => 45,
        token_seconds        => 0.2,
        graph_log            => $dir->child('graph.jsonl')->to_string,
        open311_log          => $dir->child('open311.jsonl')->to_string,
        %more,
    });

    return (Test::Mojo->new($app), $hook);
}


sub _write ($file, $text) {
    my $handle = $file->open('>:encoding(UTF-8)');
    print $handle $text;
    close $handle or die "cannot write $file: $!\n";
}


sub _receiver ($hook) {
    my $app = Mojolicious->new;
    $app->log->level('warn');

    $app->routes->post('/hook' => sub ($c) {
        push @{$hook->{received}}, {
            bytes     => $c->req->body,
            signature => $c->req->headers->header('X-Hub-Signature-256'),
            type      => $c->req->headers->content_type,
            value     => decode_json($c->req->body)
                             ->{entry}[0]{changes}[0]{value},
        };
        $c->rendered(shift @{$hook->{answers}} // 200);
    });

    my $daemon = Mojo::Server::Daemon->new(
        app => $app, silent => 1, listen => ['http://127.0.0.1:0']);
    return $daemon->start;
}


# One call to the messages endpoint as this business.
sub graph ($t, $body, %headers) {
    return $t->post_ok(
        '/v25.0/' . ID . '/messages',
        {Authorization => 'Bearer ' . TOKEN,
         'Content-Type' => 'application/json', %headers},
        ref $body ? (json => $body) : $body);
}


# One act of a citizen; the parsed answer.
sub citizen ($t, %act) {
    $t->post_ok('/_control/citizen' => json =>
                {phone => CITIZEN, name => 'सुनीता', type => 'text', %act});
    return $t->tx->res->json;
}


# Runs the loop until the condition holds; false after five seconds.
sub wait_for ($condition) {
    my $late  = 0;
    my $timer = Mojo::IOLoop->timer(5 => sub { $late = 1 });
    my $beat  = Mojo::IOLoop->recurring(0.02 => sub { });

    Mojo::IOLoop->one_tick until $condition->() || $late;
    Mojo::IOLoop->remove($_) for $timer, $beat;

    return $condition->();
}


sub lines ($hook, $which) {
    return map { decode_json($_) }
           split /\n/, $hook->{dir}->child("$which.jsonl")->slurp;
}


1;
