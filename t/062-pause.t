# Copyright (C) ngx_civic_module contributors
#
# Why: when WhatsApp or 311 is broken as a whole, a desk that goes on calling
# makes messages of unknown outcome, fills the log, and gets itself shut out.
# It fails when a gate in the zone does not close (ngx_civic_gate_fail,
# ngx_civic_gate_shut), when it is not asked (ngx_civic_gate_look in
# ngx_civic_outbox_start, ngx_civic_outbox_later, ngx_civic_clock_lanes), when
# it does not open by itself (ngx_civic_peer_works, ngx_civic_token_look), or
# when something that waited is lost.

use Test::Nginx::Socket;
use Civic::Test::Env qw(slurp spew);
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;

plan 'no_plan';

our $Path = 'POST /v25.0/200000000000001/messages';
our @People = map { sprintf '9100000000%02d', $_ } 11 .. 40;

# A peer that is silent is given up sooner here.

our $Short = 'location /_short/ {
    internal;
    proxy_pass http://graph/;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_read_timeout 300ms;
    subrequest_output_buffer_size 64k;
}';

# The tokens calls came with.

sub tokens {
    return map { $_->{headers}{authorization} // 'none' }
           grep { $_->{body} =~ /"to":/ } seen(1);
}

# As an editor does it: a new file in the place of the old one.

sub token_file {
    return (slurp("$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf")
            =~ /civic_access_token_file\s+(\S+);/)[0];
}

sub new_token {
    my $file = token_file();

    spew("$file.new", $_[0]);
    chmod 0644, "$file.new";
    rename "$file.new", $file or die "$file: $!\n";
}

run_tests();

__DATA__

=== TEST 1: a dead token stops all sending, loudly once; a new one starts it
--- civic
--- log_level: info
--- mock_http eval: "$::Path ~ \"to\" => 401 times=1 {\"error\":{\"code\":190}}"
--- perl
my $line = line();
is(say($line, post(text($::People[0], 'help'))), 200, 'asked');
until_true(sub { ::paused('whatsapp') == 2 });
is(say($line, post(map { text($_, 'help') } @::People[1 .. 9])), 200, 'others');
until_true("SELECT count(*) = 10 FROM outbox WHERE state = 'due'");
is(sent(), 1, 'nothing is tried');
::new_token("another_token\n");
until_true(sub { ::paused('whatsapp') == 0 });
until_true("SELECT count(*) = 10 FROM outbox WHERE state = 'done'");
like($_, qr/ another_token$/, 'with the new one') for (::tokens())[1 .. 10];
is(metric('peer_pauses_total'), 1, 'one pause');
--- grep_error_log eval: qr/\[error\].*?civic: (.*)/
--- grep_error_log_out eval: qr/\A[^\n]*WhatsApp refuses us \(190\)[^\n]*\n\z/
--- error_log
WhatsApp refuses us
the access token was read anew
--- no_error_log
another_token
910000000



=== TEST 2: a file that workers cannot read wants a reload, and says so
--- civic
--- perl
my $file = ::token_file();
Civic::Test::Env::spew("$file.new", "secret_token\n");
unlink $file or die "$file: $!\n";
mkdir $file or die "$file: $!\n";
--- wait_log: cannot be read by a worker: reload nginx
--- perl
my $file = ::token_file();
rmdir $file or die "$file: $!\n";
rename "$file.new", $file or die "$file: $!\n";
--- signal: HUP
--- perl
is(say(line(), post(text($::People[0], 'help'))), 200, 'asked');
until_true(sub { sent() == 1 });
like((::tokens())[-1], qr/ secret_token$/, 'reloaded');
--- error_log: cannot be read by a worker: reload nginx



=== TEST 3: a payment problem, told after a message was accepted
--- civic
--- signed
--- mock_http eval
"$::Path ~ \"to\" => 200 times=1 {\"messages\":[{\"id\":\"wamid.A\"}]}"
--- perl
my $line = line();
is(say($line, post(text($::People[0], 'help'))), 200, 'asked');
until_true("SELECT state = 'done' FROM outbox");
is(say($line, post(status('wamid.A', 'sent', $::People[0]))), 200, 'sent');
is(say($line, post(status('wamid.A', 'failed', $::People[0],
                          errors => [{ code => 131042 }]))), 200, 'failed');
is(::paused('whatsapp'), 2, 'nothing is sent');
is(rows('SELECT state, error FROM outbox'), 'due|131042',
   'and this message is kept');
--- error_log eval
[qr/failed after it was accepted: code 131042/, qr/WhatsApp refuses us \(131042\)/]



=== TEST 4: trouble told days late says nothing of today
--- civic
--- perl
my $line = line();
is(say($line, post(text($::People[0], 'help'))), 200, 'asked');
until_true("SELECT state = 'done' FROM outbox");
is(say($line, post(status(rows('SELECT wamid FROM outbox'), 'failed',
                          $::People[0], timestamp => time - 86400,
                          errors => [{ code => 131042 }]))), 200, 'failed');
is(::paused('whatsapp'), 0, 'others are sent');
is(rows('SELECT state, error FROM outbox'), 'due|131042', 'and it is tried');
--- error_log: failed after it was accepted: code 131042



=== TEST 5: nobody listens: after a few tries the others wait, and go by themselves
--- civic
--- mock_http: refuse
--- perl
my $line = line();
is(say($line, post(map { text($_, 'help') } @::People)), 200, 'thirty people');
until_true(sub { ::paused('whatsapp') == 1 });
--- mock_start: 1
--- perl
until_true(sub { sent() == 30 });
until_true("SELECT count(*) = 30 FROM outbox WHERE state = 'done'");
is(::paused('whatsapp'), 0, 'it goes on');
--- error_log
connect() failed (111: Connection refused)
civic: WhatsApp fails, calls pause
civic: WhatsApp works again, calls go on



=== TEST 6: a peer that hangs leaves few outcomes unknown
--- civic: civic_whatsapp_pass /_short/v25.0 calls=2;
--- config eval: $::Short
--- mock_http eval: "$::Path ~ \"to\" => hang times=7"
--- perl
my $line = line();
is(say($line, post(map { text($_, 'help') } @::People)), 200, 'thirty people');
until_true("SELECT count(*) >= 23 FROM outbox WHERE state = 'done'");
cmp_ok(rows("SELECT count(*) FROM outbox WHERE state = 'unknown'"), '<=', 7,
       'five in a row, one under way, and one that tried again');
is(rows('SELECT max(doubts) FROM outbox'), 1, 'each once');
--- error_log
upstream timed out
civic: WhatsApp fails, calls pause



=== TEST 7: while 311 fails, who asks is told what we know at once
--- civic
--- mock_http2
POST /requests.json => 200 times=1 [{"service_request_id":"311-1"}]
POST /requests.json => 503 down
GET /requests/311-1.json(?:\?.*)? => 503 down
GET /requests.json\?.* => 503 down
--- perl
my $line = line();
::complaint($line, $::People[0]);
until_true("SELECT state = 'registered' FROM complaint");
::complaint($line, $_) for @::People[1 .. 5];
until_true(sub { ::paused('311') == 1 });
my $asked = calls('/requests/311-1\.json');
is(say($line, post(text($::People[0], 'status'))), 200, 'asks');
until_true(sub { to($::People[0]) == 3 });
like(words((to($::People[0]))[2]), qr/311 did not answer just now/, 'as known');
is(calls('/requests/311-1\.json'), $asked, 'without a call');
until_true("SELECT count(*) = 5 FROM outbox
             WHERE kind = 'register' AND state IN ('unknown', 'due')");
--- error_log: civic: 311 fails, calls pause



=== TEST 8: a refused key holds every complaint until a new one is there
--- civic
--- mock_http2
POST /requests.json ~ api_key=indore => 403 [{"code":403,"description":"api_key"}]
POST /requests.json => 200 [{"service_request_id":"311-{n}"}]
--- perl
my $line = line();
::complaint($line, $_) for @::People[0 .. 2];
until_true(sub { ::paused('311') == 2 });
until_true("SELECT count(*) = 3 FROM outbox
             WHERE kind = 'register' AND state = 'due'");
my $tried = posts();
::complaint($line, $::People[3]);
until_true("SELECT count(*) = 4 FROM outbox
             WHERE kind = 'register' AND state = 'due'");
is(posts(), $tried, 'nothing is tried any more');
my ($file) = Civic::Test::Env::slurp("$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf")
             =~ /civic_311_key_file\s+(\S+);/;
Civic::Test::Env::spew($file, "new_key\n");
--- signal: HUP
--- perl
until_true("SELECT count(*) = 4 FROM complaint WHERE state = 'registered'");
is(scalar(grep { $_->{form}{api_key} eq 'new_key' }
               calls('/requests\.json')), 4, 'each once more');
--- error_log: 311 refuses us (403)



=== TEST 9: while nobody has anything for a broken 311, messages do not wait
--- civic
--- mock_http2: refuse
--- perl
my $line = line();
::complaint($line, $_) for @::People[0 .. 5];
until_true(sub { ::paused('311') == 1 });
rows("UPDATE outbox SET state = 'done' WHERE kind = 'register'");
rows(q{
    INSERT INTO citizen (user_id) SELECT 'IN.' || i FROM generate_series(1, 40) i;
    INSERT INTO conversation (citizen_id) SELECT citizen_id FROM citizen
        ON CONFLICT DO NOTHING;
    INSERT INTO outbox (citizen_id, kind, lane, state, due, payload)
    SELECT citizen_id, 'send', 0, 'due', now() + i * interval '0.2 s',
           '{"type": "text", "text": {"body": "hello"}}'
      FROM citizen, generate_series(1, 2) i WHERE user_id LIKE 'IN.%';
});
until_true("SELECT count(*) = 80 FROM outbox o JOIN citizen c USING (citizen_id)
             WHERE c.user_id LIKE 'IN.%' AND o.state = 'done'");
--- error_log
connect() failed (111: Connection refused)
civic: 311 fails, calls pause



=== TEST 10: a folder that is closed to workers is told, once
--- civic
--- perl
my ($folder) = ::token_file() =~ m{(.*)/};
chmod 0600, $folder or die "$folder: $!\n";
--- wait_log: a new token needs a reload
--- perl
my ($folder) = ::token_file() =~ m{(.*)/};
chmod 0755, $folder or die "$folder: $!\n";
until_true(sub { metric('worker_postgres_ready') > 0 });
--- error_log: a new token needs a reload
