package Civic::Test::Talk;

# Copyright (C) ngx_civic_module contributors
#
# For --- perl: requests that are under way while something else happens.  A
# line is a connection that stays open, to a worker of one's choice; asking
# and hearing the answer are two calls.  hold() is a database session that
# keeps a lock, frozen() a process that was stopped by a signal, hung() a
# worker that hangs in a system call; these end with the variable that has
# them, also when a test dies.  It refuses to wait for ever.

use strict;
use warnings;

use Exporter 'import';
use Fcntl qw(O_NONBLOCK O_RDWR);
use IO::Select;
use IO::Socket::INET;
use IPC::Open2 qw(open2);
use POSIX qw(mkfifo);
use Test::More ();
use Time::HiRes qw(time);

use Civic::Test::Env qw(patience poll_until server_port slurp);
use Civic::Test::Nginx;
use Civic::Test::Response;
use Civic::Test::Sign qw(signature);
use Civic::Test::Webhook;

our @EXPORT = qw(workers line ask hear heard status_of say complaint
                 status_page metric paused rows start said hold commit
                 frozen hung waiting until_true lease stand_by blocks_have
                 HANGS LOCKS_HERE PUT_OFF SLOW WAITS);

# For --- config: whoever serves this location hangs, for its log is a pipe
# that is full.

use constant HANGS => '
    location = /hang {
        access_log $TEST_NGINX_SERVROOT/logs/hang;
        return 204;
    }
';

# For --- pg_exec: a message whose id says so stands still in take_event()
# while somebody holds lock 7; and how it is seen that one does.  Locks are
# shown for the whole cluster, where other files hold theirs.

use constant SLOW => q{
    CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7);
        RETURN NEW;
    END $$;
    CREATE TRIGGER slow BEFORE INSERT ON message_in FOR EACH ROW
        WHEN (NEW.wamid LIKE 'wamid.SLOW%') EXECUTE FUNCTION stand_still();
};

use constant LOCKS_HERE => "pg_locks JOIN pg_database d ON d.oid = database
     AND datname = current_database() AND NOT granted";

use constant WAITS => 'SELECT count(*) = 1 FROM ' . LOCKS_HERE
                      . " WHERE locktype = 'advisory'";

# For --- pg_exec: a row that is put off stays where it is until the test says
# that it is due; for how many seconds it was put off is in "put_off".

use constant PUT_OFF => q{
    CREATE TABLE put_off (outbox_id bigint, seconds numeric);
    CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.due > clock_timestamp() THEN
            INSERT INTO put_off VALUES (NEW.outbox_id,
                extract(epoch FROM NEW.due - clock_timestamp()));
            NEW.due = clock_timestamp() + interval '1 hour';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER put_off BEFORE UPDATE ON outbox FOR EACH ROW
        WHEN (OLD.state = 'taken' AND NEW.state = 'due')
        EXECUTE FUNCTION put_off();
};

my $pipe;


# Process ids of the workers that serve, when all of them do.

sub workers {
    my ($count) = slurp("$ENV{TEST_NGINX_SERVROOT}/conf/nginx.conf")
                  =~ /^worker_processes (\d+)/m;
    my @serving;

    poll_until(8, sub {
        @serving = Civic::Test::Nginx->running->serving_workers;
        return @serving == $count;
    }) or die 'there are ' . @serving . " workers, not $count\n";

    return @serving;
}


# A line to this worker, or to any: while the others stand still, it is the
# one that accepts.

sub line {
    my ($pid) = @_;

    my @still = map { frozen($_) } grep { $_ != $pid }
                defined $pid ? workers() : ();
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', Timeout => 12,
                                     PeerPort => server_port())
        or die "cannot connect: $!\n";
    my $line = { sock => $sock, buffer => '' };

    say($line, 'HEAD /status');

    return $line;
}


# ask(line, "METHOD uri\nbody"): signed, and gone when it returns.

sub ask {
    my ($line, $request) = @_;

    my ($head, $body) = $request =~ /\A([^\n]*)\n?(.*)\z/s;
    my ($method) = $head =~ /^(\S+)/;

    push @{ $line->{methods} }, $method;

    $line->{sock}->blocking(1);
    print { $line->{sock} } "$head HTTP/1.1\r\nHost: localhost\r\n"
        . 'Content-Length: ' . length($body) . "\r\n"
        . 'X-Hub-Signature-256: ' . signature($body) . "\r\n\r\n$body";
    $line->{sock}->flush;
}


# The answer to the first question not yet answered: waited for.

sub hear {
    my ($line) = @_;

    my $deadline = time() + patience(8);

    while (time() < $deadline) {
        my $answer = heard($line, 0.1);
        return $answer if defined $answer;
    }

    die "no answer\n";
}


# The same if it is there already, otherwise nothing.

sub heard {
    my ($line, $seconds) = @_;

    my $method = $line->{methods}[0] // die "nothing was asked\n";
    my $end = 0;

    if (IO::Select->new($line->{sock})->can_read($seconds // 0)) {
        my $n = sysread $line->{sock}, $line->{buffer}, 65536,
                        length $line->{buffer};
        $end = !$n;
    }

    my ($answer, $rest) = Civic::Test::Response->parse($line->{buffer},
                                                       $method, $end);

    die "the connection was closed\n" if $end && !defined $answer;
    return if !defined $answer;

    $line->{buffer} = $rest;
    shift @{ $line->{methods} };

    return $answer;
}


sub status_of {
    my ($line) = @_;

    return hear($line)->{code};
}


# Asks and hears; the status code.

sub say {
    my ($line, $request) = @_;

    ask($line, $request);

    return status_of($line);
}


# Somebody complains, in two messages that are accepted.

sub complaint {
    my ($line, $phone) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($words, $place) = complains($phone);

    Test::More::is(say($line, post($words)), 200, 'words');
    Test::More::is(say($line, post($place)), 200, 'place');
}


# All of /status, headers too: of the zone, and of this line's worker.

sub status_page {
    my ($line) = @_;

    $line //= line();
    ask($line, 'GET /status');

    my $answer = hear($line);

    return $answer->{raw_headers} . $answer->{body};
}


# A number in it.

sub metric {
    my ($name, $line) = @_;

    my ($value) = status_page($line) =~ /^\Qcivic_$name\E (\d+)$/m;

    return $value // die "no civic_$name in /status\n";
}


# Whether a peer is left alone, and how.

sub paused {
    my ($peer) = @_;

    my ($value) = status_page() =~ /^civic_paused\{peer="$peer"\} (\d)$/m;

    return $value // die "no civic_paused in /status\n";
}


# What the block's database says, as of pg_query.

sub rows {
    my ($sql) = @_;

    return _rest(_psql($sql)) // die "psql: $sql\n";
}


sub _psql {
    my ($sql) = @_;

    open my $psql, '-|', 'psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', $sql,
                         $ENV{TEST_NGINX_PG} or die "psql: $!\n";

    return $psql;
}


# What it says until it ends; undef if it ends with an error.

sub _rest {
    my ($psql) = @_;

    local $/;
    my $said = <$psql> // '';
    close $psql or return undef;

    return $said =~ s/\n\z//r;
}


# SQL that has to wait for somebody; what it says is read by said().

sub start {
    my ($sql) = @_;

    my $waiting = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database()
                      AND wait_event_type = 'Lock'";

    my $before = rows($waiting);
    my $psql = _psql($sql);

    until_true(sub { rows($waiting) > $before });
    return $psql;
}


sub said {
    return _rest($_[0]) // 'an error';
}


# Waits for SQL to answer t, or for code to return true.

sub until_true {
    my ($what) = @_;

    poll_until(8, sub { ref $what ? $what->() : rows($what) eq 't' })
        or die 'it does not come true: ' . (ref $what ? 'code' : $what) . "\n";
}


# The backends that stand still.

sub waiting {
    return split ' ', rows('SELECT pid FROM ' . LOCKS_HERE
                           . " WHERE locktype = 'advisory'");
}


# A transaction that has done this SQL and stays open.

sub hold {
    my ($sql) = @_;

    my $pid = open2(my $out, my $in, 'psql', '-qXAt', '-v', 'ON_ERROR_STOP=1',
                    $ENV{TEST_NGINX_PG});

    print $in "BEGIN;\n$sql;\n\\echo held\n";
    $in->flush;

    while (defined(my $said = readline $out)) {
        return bless { in => $in, out => $out, pid => $pid, owner => $$ },
                     'Civic::Test::Talk::Hold' if $said eq "held\n";
    }

    die "cannot hold: $sql\n";
}


sub commit {
    my ($hold) = @_;

    print { $hold->{in} } "COMMIT;\n";
    $hold->{in}->flush;
}


sub Civic::Test::Talk::Hold::DESTROY {
    my ($self) = @_;

    return if $self->{owner} != $$;

    local $?;
    close $self->{in};
    waitpid $self->{pid}, 0;
}


sub frozen {
    my ($pid) = @_;

    kill 'STOP', $pid or die "cannot stop $pid: $!\n";
    poll_until(3, sub { (slurp("/proc/$pid/stat") // '') =~ /\) T/ })
        or die "$pid does not stop\n";

    return bless { pid => $pid, owner => $$ }, 'Civic::Test::Talk::Frozen';
}


sub Civic::Test::Talk::Frozen::DESTROY {
    my ($self) = @_;

    kill 'CONT', $self->{pid} if $self->{owner} == $$;
}


# For --- init: the pipe, before nginx opens it.

sub make_pipe {
    my $path = "$ENV{TEST_NGINX_SERVROOT}/logs/hang";

    mkfifo($path, 0600) or die "$path: $!\n";
    sysopen $pipe, $path, O_RDWR | O_NONBLOCK or die "$path: $!\n";

    for my $size (4096, 1) {
        while (syswrite $pipe, 'x' x $size) { }
    }
}


# The worker hangs when its answer is here: logging comes next.

sub hung {
    my ($pid) = @_;

    say(line($pid), 'GET /hang') == 204 or die "cannot hang $pid\n";

    return bless { owner => $$ }, 'Civic::Test::Talk::Hung';
}


sub Civic::Test::Talk::Hung::DESTROY {
    my ($self) = @_;

    return if $self->{owner} != $$;

    while (sysread $pipe, my $ignored, 65536) { }
}


# For --- pg_exec: what a worker has in hand is another's after so long.

sub lease {
    my ($seconds) = @_;

    return "CREATE OR REPLACE FUNCTION lease() RETURNS interval
            LANGUAGE sql IMMUTABLE
            AS \$\$ SELECT interval '$seconds seconds' \$\$;\n";
}


# Before run_tests: sections of every block that does not have its own.

sub blocks_have {
    my (%usual) = @_;

    Test::Nginx::Socket::add_block_preprocessor(sub {
        my ($block) = @_;

        $block->has($_) or $block->set_value($_, $usual{$_})
            for sort keys %usual;
    });
}


# For a file about SQL: nginx stands by in blocks that do not say civic.

sub stand_by {
    Test::Nginx::Socket::add_block_preprocessor(sub {
        my ($block) = @_;

        return if defined $block->civic;

        $block->set_value('config', 'location = /t { return 204; }');
        $block->set_value('request', 'GET /t');
        $block->set_value('error_code', '204');
    });
}


1;
