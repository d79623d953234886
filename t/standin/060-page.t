# Copyright (C) ngx_civic_module contributors
#
# The page loads nothing from elsewhere and runs no inline script, and scripts
# and page learn of changes at once.  Fails when the policy is loosened, a
# file of the page is missing or the long poll waits although there is news.

use Mojo::Base -strict, -signatures;

use Mojo::File qw(curfile);
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json);
use Test::More;
use Time::HiRes qw(time);

use lib curfile->dirname->child('lib')->to_string;
use StandinKit qw(CITIZEN citizen graph standin wait_for);

my ($t) = standin(statuses => []);

my %text = (messaging_product => 'whatsapp', to => '+' . CITIZEN,
            type => 'text', text => {body => 'x'});

subtest 'the page and all it names' => sub {
    $t->get_ok('/')->status_is(200)->content_type_like(qr{^text/html})
        ->header_like('Content-Security-Policy' => qr/default-src 'none'/)
        ->header_unlike('Content-Security-Policy' => qr/unsafe|\*/);

    my $dom = $t->tx->res->dom;
    is $dom->find('style, script:not([src]), [style], [onclick]')->size, 0,
       'nothing inline';

    my @named = ($dom->find('link[href]')->map(attr => 'href')->each,
                 $dom->find('script[src]')->map(attr => 'src')->each);
    my %seen;

    while (defined(my $file = shift @named)) {
        next if $seen{$file}++;
        unlike $file, qr{^(?:\w+:)?//}, "$file is ours";
        $t->get_ok("/$file")->status_is(200);
        push @named, $t->tx->res->body =~ m{from "\./([^"]+)"}g;
    }

    cmp_ok scalar(keys %seen), '>=', 9, 'styles and modules';
};

subtest 'bubbles of both directions, with what can be chosen' => sub {
    citizen($t, text => 'नमस्ते');
    graph($t, {%text{qw(messaging_product to)}, type => 'interactive',
        interactive => {type => 'list', header => {type => 'text', text => 'h'},
            body => {text => 'b'}, footer => {text => 'f'},
            action => {button => 'open', sections => [{title => 's',
                rows => [{id => 'r', title => 't', description => 'd'}]}]}}});
    graph($t, {%text{qw(messaging_product to)}, type => 'interactive',
        interactive => {type => 'button', body => {text => 'b'},
            action => {buttons => [{type => 'reply',
                                    reply => {id => 'i', title => 't'}}]}}});

    $t->get_ok('/_control/chat?phone=' . CITIZEN)->status_is(200)
        ->json_is('/0/direction' => 'in')->json_is('/0/kind' => 'text')
        ->json_is('/0/text' => 'नमस्ते')->json_is('/0/n' => 1)
        ->json_is('/1/direction' => 'out')->json_is('/1/kind' => 'list')
        ->json_is('/1/header' => 'h')->json_is('/1/footer' => 'f')
        ->json_is('/1/list_button' => 'open')
        ->json_is('/1/rows' => [{id => 'r', title => 't', description => 'd',
                                 section => 's'}])
        ->json_is('/2/kind' => 'buttons')
        ->json_is('/2/buttons' => [{id => 'i', title => 't'}])
        ->json_like('/2/wamid' => qr/^wamid\./)->json_hasnt('/3');
    $t->get_ok('/_control/chat?phone=910000000099')->json_is('' => []);
};

subtest 'a template is shown with its words' => sub {
    my ($t) = standin(templates => {'complaint_update:hi' => 1,
                                    'other:en' => 2});

    for my $case (['complaint_update', 'hi', 'संख्या 42'],
                  ['other', 'en', 'a', 'b'])
    {
        my ($name, $lang, @words) = @$case;

        graph($t, {%text{qw(messaging_product to)}, type => 'template',
            template => {name => $name, language => {code => $lang},
                components => [{type => 'body', parameters => [
                    map { {type => 'text', text => $_} } @words]}]}})
            ->status_is(200);
    }

    $t->get_ok('/_control/chat?phone=' . CITIZEN)
        ->json_is('/0/kind' => 'template')
        ->json_is('/0/template' => 'complaint_update')
        ->json_is('/0/text' => '311 में आपकी शिकायत के बारे में: संख्या 42'
                               . ' हमें लिखने के लिए जवाब दीजिए।')
        ->json_is('/1/text' => "a\nb");
};

subtest 'the long poll answers when there is more or time is over' => sub {
    my $poll = '/_control/chat?phone=' . CITIZEN;
    my $answer;

    $t->ua->get("$poll&after=3&wait=30" => sub ($ua, $tx) {
        $answer = $tx->res->json;
    });
    Mojo::IOLoop->timer(0.2 => sub { $t->app->chat->raise_status('x', 'read') });
    ok !wait_for_short(sub { $answer }), 'nothing new: it waits';

    graph($t, \%text)->status_is(200);
    ok wait_for(sub { $answer }), 'answered at once';
    is scalar @$answer, 4, 'the whole list';

    my $start = time;
    $t->get_ok("$poll&after=4&wait=0.3")->status_is(200);
    is scalar @{$t->tx->res->json}, 4, 'nothing more came';
    cmp_ok time - $start, '>=', 0.3, 'after the time';

    $t->get_ok("$poll&after=2&wait=30")->status_is(200)->json_has('/3');
};


sub wait_for_short ($condition) {
    my $over = 0;
    Mojo::IOLoop->timer(0.4 => sub { $over = 1 });
    Mojo::IOLoop->one_tick until $over || $condition->();
    return $condition->();
}


subtest 'a status never goes back' => sub {
    my ($t) = standin(statuses => []);
    my $wamid = citizen($t, text => 'x')->{wamid};

    $t->app->chat->raise_status($wamid, $_) for qw(read sent delivered);
    $t->get_ok('/_control/chat?phone=' . CITIZEN)
        ->json_is('/0/status' => 'read');
};

subtest 'events tell of every change' => sub {
    my $seen = '';
    my $tx = $t->ua->build_tx(GET => '/_control/events');
    $tx->res->content->unsubscribe('read')
        ->on(read => sub ($content, $bytes) { $seen .= $bytes });
    $t->ua->start($tx => sub { });

    ok wait_for(sub { $seen =~ /hello/ }), 'open';
    graph($t, \%text);
    ok wait_for(sub { $seen =~ /^data: \{"chat":"@{[CITIZEN]}"\}$/m }), 'chat';

    $t->post_ok('/open311/v2/requests.json', form => {
        api_key => 'indore_test_api_key', service_code => 'SWM_DUMP',
        address_id => '1'})->status_is(200);
    ok wait_for(sub { $seen =~ /^data: \{"requests":1\}$/m }), 'requests';
};

subtest 'the wards of a file become outlines' => sub {
    my $file = Mojo::File::tempfile;
    my $out  = $file->open('>');
    print $out '{"features":[{"properties":{"ward_no":1,"ward_name_en":"A"},'
        . '"geometry":{"type":"Polygon","coordinates":'
        . '[[[75,22],[76,22],[76,23],[75,23],[75,22]]]}}]}';
    close $out or die $!;

    my ($t) = standin(wards => $file->to_string);
    $t->get_ok('/_control/wards')->json_is('/west' => 75)
        ->json_is('/wards/0/ward_no' => 1)
        ->json_like('/wards/0/d' => qr/^M0\.0 \d+\.\dL320\.0 /);
};

subtest 'without one there is no map' => sub {
    $t->get_ok('/_control/wards')->json_is('' => {wards => []});
};

done_testing;
