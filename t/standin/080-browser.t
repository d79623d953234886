# Copyright (C) ngx_civic_module contributors
#
# What a newcomer does first: util/run, the chat page in a browser, a
# complaint in Hindi with nothing typed but a greeting.  Fails when a button,
# a list or the map of the page leads nowhere, when nginx, the stand-ins and
# Postgres do not go together, or when util/run leaves something running.  A
# picture of the page stays in var/chat-page.png.

use Mojo::Base -strict, -signatures;

use Mojo::File qw(curfile tempdir);
use Mojo::JSON qw(decode_json);
use Mojo::UserAgent;
use Mojo::Util qw(b64_decode dumper);
use Test::More;
use Time::HiRes qw(sleep time);

use constant {
    PATIENCE => 30,
    ELEMENT  => 'element-6066-11e4-a52e-4f735466cecf',     # W3C WebDriver
};

binmode Test::More->builder->$_, ':encoding(UTF-8)'
    for qw(output failure_output);
binmode STDERR, ':encoding(UTF-8)';

my $root = curfile->dirname->child('../..');
my $dir  = tempdir;
my $ua   = Mojo::UserAgent->new(inactivity_timeout => 60);

my ($run, $session, $driver, $told);


sub run (@options) {
    open my $from, '-|', $root->child('util/run'), '--var', $dir, @options
        or die $!;
    my $said = join '', <$from>;
    return close($from) ? $said : die "util/run @options: $?\n$said";
}


# One command of WebDriver; its value.
sub browser ($method, $path, $what = undef) {
    my $tx = $ua->build_tx($method, "$session$path",
                           $what ? (json => $what) : ());
    my $res = $ua->start($tx)->result;

    return $res->json->{value} if $res->is_success;
    die "$method $path: " . dumper($res->json('/value/message') // $res->body);
}


# What can be seen, by a CSS selector and the text it starts with, the newest;
# waits for it.
sub seen ($css, $text = '') {
    my $until = time + PATIENCE;

    while (time < $until) {
        my $found = browser(POST => '/execute/sync', {
            script => 'const [css, text] = arguments;
                return [...document.querySelectorAll(css)].filter((one) =>
                    one.checkVisibility() && !one.disabled
                    && one.innerText.trim().startsWith(text))
                    .pop() ?? null',
            args => [$css, $text],
        });

        return $found->{+ELEMENT} if $found;
        sleep 0.05;
    }

    die "never seen: $css $text, but " . words('#log') . "\n";
}


sub tap ($css, $text = '') {
    browser(POST => '/element/' . seen($css, $text) . '/click', {});
    pass($text || $css);
}


sub words ($css) {
    return browser(GET => '/element/' . seen($css) . '/text');
}


my $said = run('--detach');
my ($page) = $said =~ m{(http://127\.0\.0\.1:\d+/)} or die $said;
$run = decode_json($dir->child('run.json')->slurp);

$driver = open $told, '-|', 'chromedriver', '--port=0' or die $!;

my $port;

until ($port) {
    my $line = <$told> // die 'chromedriver ended';
    ($port) = $line =~ /started successfully on port (\d+)/;
}

END {
    my $code = $?;

    $ua->delete($session) if $session;
    if ($driver) {
        kill TERM => $driver;
        close $told;
    }

    run('--stop') if $run;
    $? = $code;
}

$session = "http://127.0.0.1:$port";
$session .= '/session/' . browser(POST => '/session', {
    capabilities => { alwaysMatch => {
        'goog:chromeOptions' => {
            args => [qw(--headless=new --no-sandbox --disable-gpu
                        --disable-dev-shm-usage),
                     '--window-size=1280,1040'],
        },
    } },
})->{sessionId};

browser(POST => '/url', { url => $page });
browser(POST => '/element/' . seen('#words') . '/value',
        { text => 'नमस्ते' });

tap('#composer button.strong');
tap('.bubble:last-child button', 'नई शिकायत');
tap('.bubble:last-child button', 'सूची देखिए');
tap('#rows button', 'स्ट्रीट लाइट');
seen('.bubble.in', 'स्ट्रीट लाइट');
tap('.bubble:last-child button', 'सूची देखिए');
tap('#rows button', 'स्ट्रीट लाइट बंद');
tap('.bubble:last-child button', 'Send location');
tap('#presets button', 'Vijay Nagar');
like(words('#ward'), qr/Ward/, 'the map knows the ward');
tap('#place button.strong');


seen('.bubble.out .words', '✅');
my $receipt = words('.bubble.out:last-child .words');
my ($ticket, $number) = $receipt =~ /\b(\d{8})\b.*\b(311-\d{4}-\d+)/s;
like($receipt, qr/स्ट्रीट लाइट बंद/, 'the receipt says what for');
ok(defined $ticket, 'a tracking number') or diag($receipt);

my $card = words('#cards li');
like($card, qr/\Q$number/, '311 shows the number the citizen holds');
like($card, qr/WA-\Q$ticket/, 'and ours');

tap('.bubble.out:last-child .thumbs button', "\x{21a9}");
browser(POST => '/element/' . seen('#words') . '/value',
        { text => 'दो खंभे हैं' });
tap('#composer button.strong');
seen('.bubble.in .quoted', '✅');
seen('.bubble.out .words', "✅ शिकायत $ticket: आपकी बात");
tap('.bubble.out:has(> button) .thumbs button', "\x{1f44e}");
seen('.bubble.out .words', "शिकायत $ticket: क्या");

open my $picture, '>:raw', $root->child('var/chat-page.png') or die $!;
print $picture b64_decode(browser(GET => '/screenshot'));
close $picture or die $!;

done_testing;
