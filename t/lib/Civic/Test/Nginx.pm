package Civic::Test::Nginx;

# Copyright (C) ngx_civic_module contributors
#
# One nginx with a root of its own: writes its files, starts it as a direct
# child (as a daemon only if asked: a master whose parent is still there
# refuses USR2), signals it, stops it and reaps it.  It waits for what nginx
# shows to the outside (pid file, process titles), never for time alone.  It
# signals only processes it has started or their children.

use strict;
use warnings;

use Cwd ();
use File::Path qw(make_path remove_tree);
use POSIX qw(WNOHANG);
use Time::HiRes qw(time);

use Civic::Test::Env qw(module_path patience project_root poll_until
                        server_port slurp spew expand);

use constant VALGRIND => qw(valgrind -q --leak-check=full
    --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --keep-debuginfo=yes --error-exitcode=99);
use constant SUPPRESSIONS => project_root() . '/t/lib/valgrind.supp';


sub new {
    my ($class, $root) = @_;

    remove_tree($root, { keep_root => 1 });
    make_path(map { "$root/$_" } qw(conf html logs));
    chmod 0755, $root;
    spew("$root/html/index.html", '<html><head><title>It works!</title>'
         . '</head><body>It works!</body></html>');

    return bless { root => $root, killed => {} }, $class;
}


# The one this block runs, for who wants to look at it only.

sub running {
    my ($class) = @_;

    my $root = $ENV{TEST_NGINX_SERVROOT};
    my ($pid) = slurp("$root/logs/nginx.pid") =~ /(\d+)/;

    return bless { root => $root, pid => $pid }, $class;
}


sub binary {
    my $name = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';

    if ($name !~ m{/}) {
        ($name) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH};
    }

    # a new binary is started (USR2) by the name of the old one

    return Cwd::abs_path($name // 'nginx');
}


sub version {
    my ($major, $minor, $patch) = `@{[binary()]} -v 2>&1`
        =~ m{nginx/(\d+)\.(\d+)\.(\d+)} or die "cannot run @{[binary()]}\n";

    return $major * 1_000_000 + $minor * 1_000 + $patch;
}


sub write_config {
    my ($self, %part) = @_;

    my $root = $self->{root};
    my $load = join '', map { "load_module $_;\n" } module_path();
    my $env = join '', map { "env $_;\n" } @{ $part{env} };
    my $temp = join "\n    ", map { "${_}_temp_path $root/${_}_temp;" }
               qw(client_body proxy fastcgi uwsgi scgi);
    my $default = $part{no_root_location} ? '' : <<END;
        location / {
            root $root/html;
            index index.html index.htm;
        }
END

    $self->{daemon} = $part{daemon};
    $self->{must_die} = $part{must_die};

    spew("$root/conf/nginx.conf", <<END);
${load}worker_processes $part{workers};
daemon @{[$part{daemon} ? 'on' : 'off']};
master_process @{[$part{master} ? 'on' : 'off']};
error_log $root/logs/error.log $part{log_level};
pid $root/logs/nginx.pid;
$env
$part{main_config}

http {
    access_log $root/logs/access.log;
    $temp
    default_type text/plain;
    keepalive_timeout 68;

$part{http_config}

    server {
        listen 127.0.0.1:@{[server_port()]};
        server_name localhost;
        client_max_body_size 30M;

$part{config}

$default    }
}

$part{post_main_config}

events {
    accept_mutex off;
    worker_connections $part{worker_connections};
}
END
}


# user_files: [[name, content, date], ...], or the same as ">>> name [date]".

sub write_files {
    my ($self, $files) = @_;

    if (!ref $files) {
        my (undef, @parts) = split /^>>> (\S+)[ \t]*(.*)\n/m, $files;
        $files = [];
        while (my ($name, $date, $content) = splice @parts, 0, 3) {
            push @$files, [$name, $content, $date];
        }
    }

    for my $file (@$files) {
        my ($name, $content, $date) = @$file;
        my $path = $name =~ m{^/} ? $name : "$self->{root}/html/$name";

        make_path($path =~ s{/[^/]*\z}{}r);
        spew($path, expand($content // ''));

        if (defined $date && $date ne '') {
            local $ENV{TZ} = 'GMT';
            system('touch', '-t', $date, $path) == 0 or die "touch $path\n";
        }
    }
}


# True when nginx is up; false when it exited first, its status in {status}.

sub start {
    my ($self) = @_;

    my $root = $self->{root};
    my @command = (binary(), '-p', "$root/", '-c', "$root/conf/nginx.conf",
                   '-e', "$root/logs/error.log");

    # one that is to die frees nothing first

    unshift @command, VALGRIND, '--suppressions=' . SUPPRESSIONS,
                      "--log-file=$root/logs/valgrind.%p"
        if $ENV{TEST_NGINX_USE_VALGRIND} && !$self->{must_die};

    # what an instance killed before has left would be taken for this one's

    unlink "$root/logs/nginx.pid";
    delete $self->{status};

    $self->{pid} = fork() // die "fork: $!\n";

    if ($self->{pid} == 0) {
        $self->_become(@command);
    }

    my $up = poll_until(10, sub {
        return -1 if $self->_reap;
        return (slurp("$root/logs/nginx.pid") // '') =~ /\d/;
    });

    die "nginx did not start in time\n" if !$up;

    if ($self->{daemon}) {
        poll_until(10, sub { $self->_reap });
        return 0 if $self->{status};

        ($self->{pid}) = slurp("$root/logs/nginx.pid") =~ /(\d+)/;
        return $self->{adopted} = 1;
    }

    return 0 if $up == -1;

    my $gone = sub { $self->_reap || $self->_log =~ /cannot be respawned/ };
    $self->_await_workers('the start', $gone) if $self->_worker_count;

    return !$self->_reap;
}


# None without a master.

sub _worker_count {
    my ($self) = @_;

    my $conf = slurp("$self->{root}/conf/nginx.conf");
    my ($n) = $conf =~ /^worker_processes (\d+);\n.*\nmaster_process on;/m;

    return $n // 0;
}


sub _become {
    my ($self, @command) = @_;

    my $logs = "$self->{root}/logs";
    my $leaks = $self->{must_die} ? 0 : 1;

    # whose memory it is inside libssl, which has no frame pointers, only the
    # slow way up the stack can tell

    my $fast = slurp("$self->{root}/conf/nginx.conf") =~ m{https:} ? 0 : 1;

    $ENV{ASAN_OPTIONS} = "detect_leaks=$leaks:hard_rss_limit_mb=4000"
                         . ":verify_asan_link_order=0"
                         . ":fast_unwind_on_malloc=$fast"
                         . ":log_path=$logs/sanitizer-address";
    $ENV{LSAN_OPTIONS} = 'print_suppressions=0:suppressions='
                         . project_root() . '/t/lib/leaks.supp';
    $ENV{UBSAN_OPTIONS} = "print_stacktrace=1:log_path="
                          . "$logs/sanitizer-undefined";

    open STDOUT, '>>', "$logs/output.log";
    open STDERR, '>&', \*STDOUT;
    open STDIN, '<', '/dev/null';

    exec { $command[0] } @command or POSIX::_exit(127);
}


# Also knows an nginx which is not our child: a daemon, or its successor.

sub _reap {
    my ($self) = @_;

    return 1 if !$self->{pid};

    if ($self->{adopted}) {
        return 0 if _is_alive($self->{pid});
        $self->{status} = 0;

    } else {
        return 0 if waitpid($self->{pid}, WNOHANG) == 0;
        $self->{status} = $?;
    }

    delete @$self{qw(pid adopted)};

    return 1;
}


sub _is_alive {
    my ($pid) = @_;

    my $stat = slurp("/proc/$pid/stat");

    return defined $stat && $stat !~ /^\d+ \(.*\) [ZX]/s;
}


# Stops nginx; says what was wrong with the way it stopped, or nothing.

sub stop {
    my ($self, $signal) = @_;

    return if $self->_reap;

    kill $signal, $self->{pid};

    if (!poll_until(5, $self->_gone($signal))) {
        my @left = ($self->{pid}, $self->workers);
        kill 'KILL', @left;
        poll_until(5, sub { $self->_reap });
        return "nginx did not stop on SIG$signal within "
               . patience(5) . ' s';
    }

    return $self->fault;
}


# Whether nginx is gone.  Without a master it may have taken note of the signal
# just before it began to wait for an event, and would sleep: told again.

sub _gone {
    my ($self, $signal) = @_;

    my $again = $self->_worker_count ? undef : time() + 1;

    return sub {
        return 1 if $self->_reap;

        if (defined $again && time() > $again) {
            kill $signal, $self->{pid};
            $again += 1;
        }

        return 0;
    };
}


sub fault {
    my ($self) = @_;

    my $status = $self->{status} // 0;

    return sprintf 'nginx died of signal %d', $status & 127 if $status & 127;
    return sprintf 'nginx exited with code %d', $status >> 8 if $status;
    return;
}


sub is_running {
    my ($self) = @_;

    return !$self->_reap;
}


# Workers tell who they are by their titles; under valgrind, which keeps
# titles to itself, the log tells.

sub workers {
    my ($self) = @_;

    my $list = slurp("/proc/$self->{pid}/task/$self->{pid}/children") // '';
    my @children = split ' ', $list;

    if ($ENV{TEST_NGINX_USE_VALGRIND}) {
        my %started = map { $_ => 1 }
                      $self->_log =~ /start worker process (\d+)/g;
        return grep { $started{$_} } @children;
    }

    return grep { (slurp("/proc/$_/cmdline") // '') =~ /^nginx: worker/ }
           @children;
}


sub serving_workers {
    my ($self) = @_;

    if ($ENV{TEST_NGINX_USE_VALGRIND}) {
        my %leaving = map { $_ => 1 }
                      $self->_log =~ / (\d+)#\d+: gracefully shutting/g;
        return grep { !$leaving{$_} } $self->workers;
    }

    return grep { (slurp("/proc/$_/cmdline") // '') !~ /shutting down/ }
           $self->workers;
}


sub _log {
    my ($self) = @_;

    return slurp("$self->{root}/logs/error.log") // '';
}


# signal("HUP"), "QUIT", "TERM", "INT", "USR1", "USR2", "KILL-WORKER" (one)
# or "KILL-WORKERS" (all).  Comes back when the signal has had its effect.

sub signal {
    my ($self, $name) = @_;

    my $seen = length $self->_log;
    my $refused = sub { substr($self->_log, $seen) =~ /\[emerg\]/ };
    my @old = $self->serving_workers;

    if ($name =~ /^KILL-WORKER(S?)$/) {
        my @victims = $1 ? @old : $old[0] // die "there is no worker\n";
        $self->{killed}{$_} = 1 for @victims;
        kill 'KILL', @victims;
        return $self->_await_workers($name, sub { 0 }, @victims);
    }

    kill $name, $self->{pid};

    if ($name eq 'HUP') {
        return $self->_await_workers($name, $refused, @old);
    }

    return $self->_await_successor if $name eq 'USR2';

    if ($name =~ /^(?:QUIT|TERM|INT)$/) {
        poll_until(10, sub { $self->_reap })
            or die "nginx is still there after SIG$name\n";
    }
}


# Until all that are to serve do, none of them an old one; or until it is
# clear that this will not happen.

sub _await_workers {
    my ($self, $name, $failed, @old) = @_;

    my %old = map { $_ => 1 } @old;
    my $count = $self->_worker_count;

    poll_until(10, sub {
        my @serving = $self->serving_workers;
        return 1 if $failed->();
        return @serving == $count && !grep { $old{$_} } @serving;
    }) or die "no new workers after $name\n";
}


# The new master serves when its workers do; then the old one is told to go.

sub _await_successor {
    my ($self) = @_;

    my $path = "$self->{root}/logs/nginx.pid";
    my $old = $self->{pid};
    my $new = sub { my ($pid) = (slurp($path) // '') =~ /(\d+)/; $pid };

    poll_until(10, sub {
        my $pid = $new->();
        return 0 if !$pid || $pid == $old;
        local $self->{pid} = $pid;
        return $self->workers == $self->_worker_count;
    }) or die "no new nginx after USR2\n";

    my $successor = $new->();
    kill 'QUIT', $old;

    poll_until(10, sub { $self->_reap })
        or die "the old nginx is still there after QUIT\n";

    my $fault = $self->fault;
    die "the old one: $fault\n" if $fault;

    @$self{qw(pid adopted)} = ($successor, 1);
}


1;
