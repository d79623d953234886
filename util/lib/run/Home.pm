# Copyright (C) ngx_civic_module contributors
#
# The folder of one instance (var/ or --var): where its files are, its lock,
# its secrets, its run.json.  It starts nothing, and refuses to share the
# folder with another instance or to trust a folder that somebody else made.
#
#   var/run.json        what is running and where; there while it runs
#   var/lock            held by the running supervisor, so never stale
#   var/processes       name, pid and start time of each child
#   var/secrets/        made at the first start, kept; put your own here.  Of
#                       the unprivileged user's group is what nginx's workers
#                       read: the access token, and the way to it
#   var/state/          owned by the unprivileged user: Postgres and its
#                       socket, nginx's temporary files.  In /var/tmp if the
#                       user cannot reach var/ or the socket's path would
#                       exceed the 107 bytes a socket may have

package run::Home;

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha1_hex);
use Fcntl qw(:flock O_CREAT O_EXCL O_WRONLY);
use JSON::PP;
use POSIX ();

use constant SOCKET_PATH_MAX => 107;

# Read anew by a worker when it changes; all else is the master's alone.
my %OF_WORKERS = (access_token => 1);


sub new {
    my ($class, $root, $var) = @_;

    $var = "$root/var" unless defined $var;
    -d $var or mkdir $var, 0755 or die "cannot make $var: $!\n";
    $var = abs_path($var);

    for my $path ($root, $var) {
        die "$path: letters, digits and /._+@- only, please: the path goes"
            . " into nginx.conf and a conninfo\n"
            unless $path =~ m{^[\w/.+@-]+$};
    }

    my $self = bless {root => $root, var => $var}, $class;

    # root gives way to an ordinary user for Postgres and nginx's workers
    if ($> == 0) {
        my ($name, undef, $uid, $gid) = getpwnam('www-data')
            or die "there is no user www-data to run Postgres as\n";
        $self->{user} = {name => $name, uid => $uid, gid => $gid};
    }

    return $self;
}


sub path {
    my ($self, $name) = @_;

    return "$self->{var}/$name";
}


# True if the instance is running; otherwise this process holds the folder
# from now on.
sub is_taken {
    my ($self) = @_;

    return 0 if $self->{lock};

    open my $lock, '>>', $self->path('lock')
        or die 'cannot write ' . $self->path('lock') . ": $!\n";
    flock $lock, LOCK_EX | LOCK_NB or return 1;

    $self->{lock} = $lock;
    return 0;
}


# Waits until the running instance has let go; false if it did not in time.
sub wait_free {
    my ($self, $seconds) = @_;

    for (1 .. $seconds * 20) {
        return 1 unless $self->is_taken;
        select undef, undef, undef, 0.05;
    }

    return 0;
}


sub state {
    my ($self) = @_;

    return $self->{state} if defined $self->{state};

    my $near = $self->path('state');
    my $far  = sprintf '/var/tmp/civic-%d-%s', $>,
                       substr sha1_hex($self->{var}), 0, 12;

    if (length "$near/.s.PGSQL.5432" <= SOCKET_PATH_MAX) {
        $self->_own($near);
        return $self->{state} = $near if $self->_reaches($near);
        rmdir $near;
    }

    $self->_own($far);
    return $self->{state} = $far;
}


# Makes the folder for the unprivileged user alone.  /var/tmp is everybody's:
# a folder there must be ours already.
sub _own {
    my ($self, $dir) = @_;

    my $user = $self->{user} || {uid => $>, gid => $) + 0};

    if (mkdir $dir, 0700) {
        chown $user->{uid}, $user->{gid}, $dir
            or die "cannot hand over $dir: $!\n";
    }

    my @stat = lstat $dir or die "cannot make $dir: $!\n";

    die "$dir is not a folder of $user->{uid} alone\n"
        unless -d _ && $stat[4] == $user->{uid} && !($stat[2] & 077);
}


sub _reaches {
    my ($self, $dir) = @_;

    return 1 unless $self->{user};

    my $pid = fork // die "cannot fork: $!\n";

    if ($pid == 0) {
        $self->become_user;
        POSIX::_exit(-x $dir && -w _ ? 0 : 1);
    }

    waitpid $pid, 0;
    return $? == 0;
}


# For a child process, for good.
sub become_user {
    my ($self) = @_;

    my $user = $self->{user} or return;

    $) = "$user->{gid} $user->{gid}";
    POSIX::setgid($user->{gid});
    POSIX::setuid($user->{uid});
    die "cannot become $user->{name}: $!\n" unless $> == $user->{uid};
}


# The file of a secret, made with random content unless it is there.
sub secret_file {
    my ($self, $name) = @_;

    my $dir  = $self->path('secrets');
    my $path = "$dir/$name";

    -d $dir or mkdir $dir, 0700 or die "cannot make $dir: $!\n";

    if (sysopen my $file, $path, O_CREAT | O_EXCL | O_WRONLY, 0600) {
        open my $random, '<:raw', '/dev/urandom' or die "no randomness: $!\n";
        read $random, my $bytes, 16;
        print $file unpack('H*', $bytes), "\n";
        close $file or die "cannot write $path: $!\n";
    }

    $self->_show_workers($dir, 0710, $path, 0640) if $OF_WORKERS{$name};

    return $path;
}


# Lets the group of the unprivileged user at these, as far as their modes say.
sub _show_workers {
    my ($self, %mode) = @_;

    my $user = $self->{user} or return;

    for my $path (sort keys %mode) {
        chown 0, $user->{gid}, $path and chmod $mode{$path}, $path
            or die "cannot hand over $path: $!\n";
    }
}


sub secret {
    my ($self, $name) = @_;

    my ($first) = split /\s/, $self->slurp($self->secret_file($name));
    return $first;
}


sub slurp {
    my ($self, $path) = @_;

    open my $file, '<', $path or die "cannot read $path: $!\n";
    local $/;
    return scalar <$file> // '';
}


sub spew {
    my ($self, $path, $text) = @_;

    open my $file, '>', "$path.new" or die "cannot write $path: $!\n";
    chmod 0600, "$path.new";
    print $file $text;
    close $file or die "cannot write $path: $!\n";
    rename "$path.new", $path or die "cannot write $path: $!\n";
}


sub publish {
    my ($self, $facts) = @_;

    $self->spew($self->path('run.json'),
                JSON::PP->new->utf8->pretty->canonical->encode($facts));
}


# What the running instance published; undef if there is nothing.
sub facts {
    my ($self) = @_;

    my $path = $self->path('run.json');

    return undef unless -e $path;
    return JSON::PP->new->utf8->decode($self->slurp($path));
}


sub withdraw {
    my ($self) = @_;

    unlink $self->path('run.json');
}


1;
