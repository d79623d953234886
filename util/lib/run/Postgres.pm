# Copyright (C) ngx_civic_module contributors
#
# The private Postgres of one instance: no TCP, a socket only its own users
# reach, users known to the kernel instead of passwords.  It refuses to touch
# any cluster but the one it made.

package run::Postgres;

use strict;
use warnings;

use POSIX ();


sub new {
    my ($class, $home, $processes) = @_;

    return bless {home => $home, processes => $processes,
                  data => $home->state . '/pg'}, $class;
}


sub conninfo {
    my ($self, $database) = @_;

    return 'host=' . $self->{home}->state . " dbname=$database user=civic";
}


sub start {
    my ($self) = @_;

    my $home = $self->{home};
    my $data = $self->{data};

    delete @ENV{grep { /^PG/ } keys %ENV};
    $self->_make_cluster unless -e "$data/PG_VERSION";

    my $bin = $self->_bin;
    my $log = $home->path('postgres.log');
    my $pid = $self->{processes}->start('postgres', $log, 1,
        "$bin/postgres", '-D', $data,
        map { ('-c', $_) }
            'listen_addresses=',
            'unix_socket_directories=' . $home->state,
            'timezone=UTC',
            # a statement in the log would carry a citizen's words
            'log_min_error_statement=panic');

    # line 1 is the pid: the file of a killed server may still be there
    $self->{processes}->wait_for('Postgres', 60, sub {
        return 0 unless -e "$data/postmaster.pid";

        my @lines = split /\n/, $home->slurp("$data/postmaster.pid");
        return ($lines[0] // '') eq $pid && ($lines[7] // '') =~ /^ready/;
    });
}


# The programs of the cluster's version, or the newest there are.
sub _bin {
    my ($self) = @_;

    my $file    = "$self->{data}/PG_VERSION";
    my $version = -e $file ? 0 + $self->{home}->slurp($file) : undef;

    my @bins = map  { "/usr/lib/postgresql/$_/bin" }
               sort { $b <=> $a }
               grep { !defined $version || $_ == $version }
               map  { m{/(\d+)/bin/initdb$} }
               glob '/usr/lib/postgresql/*/bin/initdb';

    die 'Postgres ' . ($version // '') . " is not installed\n" unless @bins;
    return $bins[0];
}


sub _make_cluster {
    my ($self) = @_;

    my $home  = $self->{home};
    my $fresh = "$self->{data}.new";

    $self->_as_user('rm', '-rf', $fresh);
    $self->_as_user($self->_bin . '/initdb', '-D', $fresh, '-U', 'civic',
                    '--auth-local=peer', '--auth-host=reject',
                    '-E', 'UTF8', '--locale=C.UTF-8');

    my @names = ((getpwuid $>)[0],
                 $home->{user} ? $home->{user}{name} : ());
    my %files = (
        'pg_hba.conf'   => "local all civic peer map=civic\n",
        'pg_ident.conf' => join('', map { "civic $_ civic\n" } @names),
    );

    # over the files initdb made, which keep their owner and mode
    for my $name (sort keys %files) {
        open my $file, '>', "$fresh/$name" or die "$fresh/$name: $!\n";
        print $file $files{$name};
        close $file or die "$fresh/$name: $!\n";
    }

    rename $fresh, $self->{data} or die "$self->{data}: $!\n";
}


sub _as_user {
    my ($self, @command) = @_;

    my $home = $self->{home};
    my $log  = $home->path('initdb.log');

    open my $out, '>', $log or die "cannot write $log: $!\n";
    my $pid = fork // die "cannot fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>&', $out;
        open STDERR, '>&', $out;
        chdir '/';
        $home->become_user;
        exec { $command[0] } @command or POSIX::_exit(127);
    }

    waitpid $pid, 0;
    die "$command[0] failed:\n" . $self->{processes}->tail($log) if $?;
}


# The database, there and at the schema of conf/sql.
sub provide {
    my ($self, $database) = @_;

    my $admin = $self->conninfo('postgres');
    my @psql  = ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
                 '-d', $admin, '-c');

    open my $psql, '-|', @psql,
         "SELECT 1 FROM pg_database WHERE datname = '$database'"
        or die "cannot run psql: $!\n";
    my $found = <$psql>;
    close $psql or die "psql failed\n";

    system(@psql, "CREATE DATABASE $database") == 0
        or die "cannot create the database $database\n" unless $found;

    open my $migrate, '-|', "$self->{home}{root}/util/migrate",
         $self->conninfo($database) or die "cannot run util/migrate: $!\n";
    my @said = <$migrate>;
    close $migrate or die "util/migrate failed:\n@said";
}


sub drop {
    my ($self, $database) = @_;

    system('psql', '-X', '-q', '-d', $self->conninfo('postgres'),
           '-c', 'SET client_min_messages = warning',
           '-c', "DROP DATABASE IF EXISTS $database WITH (FORCE)") == 0
        or die "cannot drop the database $database\n";
}


1;
