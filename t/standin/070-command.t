# Copyright (C) ngx_civic_module contributors
#
# The command itself: it says when it is ready, stops cleanly when told to,
# and refuses what it cannot use.  Fails when a script that waits for the
# ready line would hang, or a stand-in would be left running.

use Mojo::Base -strict, -signatures;

use Mojo::File qw(curfile tempdir);
use Mojo::UserAgent;
use Test::More;

my $root    = curfile->dirname->child('../..');
my $command = $root->child('util/standin')->to_string;
my $dir     = tempdir;
my $csv     = $dir->child('categories.csv')->to_string;

my $header = 'service_code,department_code,name_en,name_hi,group,sla_hours,'
    . "keywords_en,keywords_hi\n";


sub write_csv ($text) {
    open my $out, '>', $csv or die $!;
    print $out $text;
    close $out or die $!;
}


# (exit code, all it said)
sub run_once (@options) {
    my $pid = open(my $from, '-|') // die $!;

    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die $!;
        exec $^X, $command, @options or die $!;
    }

    my $said = join '', <$from>;
    close $from;
    return ($? >> 8, $said);
}


write_csv($header . "A,B,\"a \"\"b\"\", c\",d,e,12,f,g\n");

for my $signal (qw(TERM INT)) {
    subtest "ready, serving, gone on $signal" => sub {
        my $pid = open(my $from, '-|', $^X, $command, '--listen',
                       '127.0.0.1:0', '--services', $csv) // die $!;
        local $SIG{ALRM} = sub { kill KILL => $pid };
        alarm 20;

        my $line = <$from> // '';
        like $line, qr{^ready http://127\.0\.0\.1:\d+/$}, 'one ready line';

        my ($url) = $line =~ /(http\S+)/;
        my $list = Mojo::UserAgent->new->get("${url}open311/v2/services.json");
        is $list->res->json('/0/description'), 'a "b", c', 'it serves the csv';

        kill $signal => $pid;
        is join('', <$from>), '', 'nothing more is said';
        close $from;
        is $?, 0, 'exit 0';
        alarm 0;
    };
}

subtest 'the template that util/run uses is approved, and no other' => sub {
    my $pid = open(my $from, '-|', $^X, $command, '--listen', '127.0.0.1:0',
                   '--services', $csv) // die $!;
    local $SIG{ALRM} = sub { kill KILL => $pid };
    alarm 20;

    my ($url) = <$from> =~ /(http\S+)/;
    my $ua = Mojo::UserAgent->new;

    for my $case (['complaint_update', 'en', 200],
                  ['complaint_update', 'hi', 200],
                  ['complaint_update', 'mr', 404], ['hello', 'en', 404])
    {
        my ($name, $lang, $http) = @$case;

        my $answer = $ua->post("${url}v25.0/200000000000001/messages",
            {Authorization => 'Bearer indore_test_access_token'},
            json => {
                messaging_product => 'whatsapp', to => '+910000000011',
                type => 'template', template => {
                    name => $name, language => {code => $lang},
                    components => [{type => 'body', parameters => [
                        {type => 'text', text => 'x'}]}],
                }});
        is $answer->res->code, $http, "$name in $lang";
    }

    kill TERM => $pid;
    close $from;
    alarm 0;
};

subtest 'help' => sub {
    my ($code, $said) = run_once('--help');

    is $code, 0, 'exit 0';
    like $said, qr/--graph-log FILE/, 'options';
    like $said, qr{POST /_control/citizen}, 'control';
};

subtest 'what it cannot use is named' => sub {
    my @common = ('--listen', '127.0.0.1:0', '--services', $csv);

    for my $case (['--no-such-option'], ['--statuses', 'sent,seen'],
                  ['--template', 'Bad Name'], ['left-over'])
    {
        my ($code, $said) = run_once(@common, @$case);
        is $code, 2, "@$case: exit 2";
        like $said, qr/\Q$case->[-1]\E|no-such-option|seen/, 'and said';
    }

    write_csv($header . "A,B\n");
    my ($code, $said) = run_once(@common);
    isnt $code, 0, 'a broken csv';
    like $said, qr/categories\.csv:2: 2 fields, 8 expected/, 'file and line';

    write_csv("a,b\n");
    ($code, $said) = run_once(@common);
    like $said, qr/categories\.csv:1: column service_code is missing/, 'column';
};

done_testing;
