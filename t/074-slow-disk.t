# Copyright (C) ngx_civic_module contributors
#
# Why: on the worst evening the disk is the slowest part, and thousands write
# meanwhile.  It fails when the worker itself waits for a file to be safe on
# disk (ngx_civic_media_file_keep), when an exiting worker does not wait for
# its thread (the timer "held"), or when a file is told of before it is safe.

use Test::Nginx::Socket;
use Civic::Test::Env qw(poll_until project_root slurp);
use Civic::Test::Media;
use Civic::Test::Peer;
use Civic::Test::Talk;
use Civic::Test::Webhook;
use Fcntl;
use File::Temp;
use POSIX qw(mkfifo);

blocks_have(civic => MEDIA, config => PLACES, signed => '',
            mock_http => graph());

our $Photo = post(sends('910000000011', 'photo'));
our $Wanted = q{SELECT count(*) FROM media WHERE state = 'wanted'};
our $Kept = q{SELECT count(*) FROM media WHERE state = 'kept'};

my $dir = File::Temp->newdir;

system('cc', '-shared', '-fPIC', '-o', "$dir/slow_disk.so",
       project_root() . '/t/lib/slow_disk.c', '-ldl') == 0
    or die "t/lib/slow_disk.c does not compile\n";

$ENV{TEST_SLOW_DISK} = "$dir/pipe";
mkfifo($ENV{TEST_SLOW_DISK}, 0600) or die "$ENV{TEST_SLOW_DISK}: $!\n";
chmod 0755, $dir;                       # workers are somebody else
chmod 0666, $ENV{TEST_SLOW_DISK};
$ENV{LD_PRELOAD} = join ':', grep { defined } $ENV{LD_PRELOAD},
                        "$dir/slow_disk.so";


# Returns when the disk is waited for; it is done when the result is closed.

sub disk {
    my $pipe;

    poll_until(5, sub {
        sysopen $pipe, $ENV{TEST_SLOW_DISK}, O_WRONLY | O_NONBLOCK;
    }) or die "nobody waits for the disk\n";

    return $pipe;
}

env_to_nginx('TEST_SLOW_DISK');
plan 'no_plan';

run_tests();

__DATA__

=== TEST 1: who waits for the disk is a thread; the worker goes on
--- request eval: $::Photo
--- perl
my $disk = main::disk();
is(say(line((workers())[0]),
       post(text('910000000012', 'street light not working'))), 200,
   'others are answered');
is(rows($main::Wanted), 1, 'the file is not there before it is safe');
close $disk;
until_true("SELECT ($main::Kept) = 1");
ok(-f stored_at(bytes('photo')), 'and then it is');



=== TEST 2: an exiting worker waits for its thread
--- request eval: $::Photo
--- perl
my $disk = main::disk();
my ($old) = workers();
kill 'HUP', main::slurp("$ENV{TEST_NGINX_SERVROOT}/logs/nginx.pid");
ok(poll_until(5, sub { !grep { $_ == $old } workers() }), 'it takes no more');
close $disk;
until_true("SELECT ($main::Kept) = 1");
is(rows('SELECT sum(claims) FROM outbox WHERE kind = \'fetch\''), 0,
   'nobody had to fetch it again');
--- error_log: exiting



=== TEST 3: a file that waits for the disk counts among those being fetched
--- civic eval: MEDIA =~ s{(/_media);}{$1 calls=1;}r
--- request eval: $::Photo
--- perl
my $disk = main::disk();
is(say(line(), post(sends('910000000013', 'png'),
                    text('910000000012', 'street light not working'))), 200,
   'another file and words');
until_true(q{SELECT count(*) = 1 FROM outbox WHERE kind = 'send'
             AND state = 'done' AND citizen_id = (SELECT citizen_id
             FROM citizen WHERE phone = '910000000012')});
is(scalar(grep { $_->{path} eq '/v25.0/' . id_of('png') } seen(1)), 0,
   'it is not begun');
close $disk;
until_true("SELECT ($main::Kept) = 1");
close main::disk();
until_true("SELECT ($main::Kept) = 2");
