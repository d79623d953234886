package Civic::Test::Postgres;

# Copyright (C) ngx_civic_module contributors
#
# A real Postgres for tests: one private cluster for a whole run (handed on
# as TEST_NGINX_CIVIC_PG), one database for each block, copied from a template
# that holds the schema.  It listens on a unix socket below the temporary
# folder only, never touches the system's clusters, and refuses nothing but
# to run as root: then it runs as postgres or nobody.  Data is thrown away, so
# nothing is synced to disk.

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Errno ();
use Fcntl qw(:flock);
use File::Path qw(remove_tree);
use File::Temp ();
use POSIX qw(WNOHANG);

use Civic::Test::Env qw(poll_until project_root slurp);

my ($shared, $private, $databases) = (undef, undef, 0);


# The run's cluster, this process's own if nobody started one.

sub shared {
    return $shared if defined $shared;

    my $given = $ENV{TEST_NGINX_CIVIC_PG};

    return $shared = defined $given ? bless({ conninfo => $given })
                                    : start_new();
}


# One that may be stopped without hurting tests that run beside this one.

sub private {
    $private //= start_new();
    $private->start if !$private->{pid};

    return $private;
}


sub start_new {
    my $dir = File::Temp::tempdir('civic-pg-XXXXXX', TMPDIR => 1);
    my $self = bless { dir => $dir, owner => $$,
                       conninfo => "host=$dir user=civic" };

    my ($uid, $gid) = _unprivileged();
    chown $uid, $gid, $dir if defined $uid;

    # nginx's workers must reach the socket; the data keeps to itself

    chmod 0755, $dir;

    my $log = "$dir/initdb.log";
    my @initdb = (_bin('initdb'), '-D', "$dir/data", '-U', 'civic',
                  qw(-A trust -E UTF8 --locale=C --no-sync));

    my $pid = $self->_spawn($log, @initdb);
    waitpid $pid, 0;

    if ($?) {
        my $said = slurp($log) // "no access to $dir";
        remove_tree($dir);
        die "initdb failed:\n$said";
    }

    $self->start;

    return $self;
}


sub _unprivileged {
    return if $> != 0;

    for my $user (qw(postgres nobody)) {
        my (undef, undef, $uid, $gid) = getpwnam $user;
        return ($uid, $gid) if defined $uid;
    }

    die "Postgres refuses to run as root and there is no other user\n";
}


sub _bin {
    my ($name) = @_;

    my ($dir) = sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] }
                glob '/usr/lib/postgresql/*/bin';

    die "no Postgres server in /usr/lib/postgresql: run util/setup\n"
        if !defined $dir;

    return "$dir/$name";
}


sub _spawn {
    my ($self, $log, @command) = @_;

    my ($uid, $gid) = _unprivileged();
    my $pid = fork() // die "fork: $!\n";

    return $pid if $pid != 0;

    if (defined $uid) {
        $) = "$gid $gid";
        POSIX::setgid($gid);
        POSIX::setuid($uid);
    }

    chdir $self->{dir};
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', $log;
    open STDERR, '>&', \*STDOUT;

    # a Ctrl-C in the terminal is for the test, which then stops the cluster

    POSIX::setsid();
    exec { $command[0] } @command or POSIX::_exit(127);
}


sub start {
    my ($self) = @_;

    my $dir = $self->{dir};
    my %set = (listen_addresses => '', unix_socket_directories => $dir,
               fsync => 'off',
               full_page_writes => 'off', max_connections => 200,
               shared_buffers => '32MB', autovacuum => 'off');

    unlink "$dir/data/postmaster.pid";
    $self->{pid} = $self->_spawn("$dir/server.log", _bin('postgres'),
                                 '-D', "$dir/data",
                                 map { ('-c', "$_=$set{$_}") }
                                 sort keys %set);

    poll_until(20, sub {
        return 1 if (slurp("$dir/data/postmaster.pid") // '') =~ /^ready/m;
        die "Postgres exited:\n" . slurp("$dir/server.log")
            if waitpid($self->{pid}, WNOHANG) > 0;
        return 0;
    }) or die "Postgres does not become ready\n";
}


# stop("fast" or "immediate")

sub stop {
    my ($self, $how) = @_;

    my $pid = delete $self->{pid} // return;

    kill $how eq 'immediate' ? 'QUIT' : 'INT', $pid;
    waitpid $pid, 0;
}


sub conninfo {
    my ($self, $database) = @_;

    return "$self->{conninfo} dbname=$database";
}


# A database with the schema in it and nothing else.

sub create {
    my ($self) = @_;

    my $template = $self->_template;
    my $name = "civic_${$}_" . ++$databases;

    $self->query('postgres', "CREATE DATABASE $name TEMPLATE $template");

    return $name;
}


sub drop {
    my ($self, $name) = @_;

    return if !$self->{pid} && $self->{dir};

    $self->query('postgres', "DROP DATABASE IF EXISTS $name WITH (FORCE)");
}


# Made once for a cluster and a schema, by whoever comes first.

sub _template {
    my ($self) = @_;

    return $self->{template} if defined $self->{template};

    my $root = project_root();
    my @files = sort glob "$root/conf/sql/*.sql";
    my $name = 'civic_schema_'
               . substr md5_hex(map { slurp($_) } @files), 0, 12;
    my ($dir) = $self->{conninfo} =~ m{host=(/\S+)};

    open my $lock, '>>', ($dir // '/tmp') . '/template.lock'
        or die "cannot lock the template: $!\n";
    flock $lock, LOCK_EX;

    my $exists = "SELECT 1 FROM pg_database WHERE datname = '$name'"
                 . " AND datistemplate";

    if ($self->query('postgres', $exists) eq '') {
        $self->query('postgres', "DROP DATABASE IF EXISTS $name");
        $self->query('postgres', "CREATE DATABASE $name");
        $self->_migrate($name, @files);
        $self->query('postgres', "ALTER DATABASE $name IS_TEMPLATE true");
    }

    return $self->{template} = $name;
}


sub _migrate {
    my ($self, $name, @files) = @_;

    my $conninfo = $self->conninfo($name);
    my $migrate = project_root() . '/util/migrate';

    if (-x $migrate) {
        my $said = _run($migrate, $conninfo);
        die "util/migrate failed:\n$said" if $?;
        return;
    }

    for my $file (@files) {
        my $said = _run('psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $file,
                        $conninfo);
        die "$file:\n$said" if $?;
    }
}


# Rows as text, columns joined by |.  Dies with what Postgres said.

sub query {
    my ($self, $database, $sql) = @_;

    my $said = _run('psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', $sql,
                    $self->conninfo($database));
    die "psql: $said" if $?;

    return $said;
}


sub _run {
    my (@command) = @_;

    my $pid = open(my $out, '-|') // die "fork: $!\n";

    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        exec { $command[0] } @command or POSIX::_exit(127);
    }

    local $/;
    my $said = <$out> // '';
    close $out;

    return $said;
}


sub kill_backends {
    my ($self, $database) = @_;

    $self->query('postgres', 'SELECT pg_terminate_backend(pid)'
                 . " FROM pg_stat_activity WHERE datname = '$database'");
}


sub backends {
    my ($self, $database) = @_;

    return split ' ', $self->query('postgres', 'SELECT pid FROM'
                                   . ' pg_stat_activity'
                                   . " WHERE datname = '$database'");
}


sub end {
    my ($self) = @_;

    return if ($self->{owner} // 0) != $$;

    $self->stop('fast');
    remove_tree($self->{dir});
}


sub end_all {
    for my $cluster (grep { defined } $shared, $private) {
        $cluster->end;
    }
}


# For util/test: a cluster that lives as long as our standard input is open.

sub serve {
    my $cluster = start_new();

    $| = 1;
    $SIG{INT} = $SIG{HUP} = sub { };
    $SIG{TERM} = sub { $cluster->end; exit 0 };
    print "$cluster->{conninfo}\n";

    while (1) {
        my $n = sysread STDIN, my $ignored, 1024;
        last if defined $n ? $n == 0 : !$!{EINTR};
    }

    $cluster->end;
}


1;
