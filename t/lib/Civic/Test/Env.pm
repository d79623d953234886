package Civic::Test::Env;

# Copyright (C) ngx_civic_module contributors
#
# What every part of the runner must agree on: where the project is, which
# ports this process may use, how slow this run is allowed to be, and what
# $TEST_NGINX_... stands for.  It refuses a name nobody has defined: a
# configuration with a hole in it proves nothing.

use strict;
use warnings;

use Cwd ();
use Exporter 'import';
use File::Basename ();
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOCK_STREAM);
use Time::HiRes qw(time sleep);

our @EXPORT_OK = qw(project_root module_path slowness patience poll_until
                    expand server_port mock_port spare_port fresh_names slurp spew);

# Ports come in slots of 20.  A slot is held by listening on an abstract unix
# socket, which the kernel gives back however this process ends.

use constant {
    SLOTS      => 400,
    SLOT_PORTS => 20,
    FIRST_PORT => 21000,
};

my ($slot_guard, $slot_port, %rand_ports);


sub project_root {
    my $lib = File::Basename::dirname(Cwd::abs_path(__FILE__));

    return Cwd::abs_path("$lib/../../../..");
}


# Modules nginx must load: none for a binary which has ours linked in.

sub module_path {
    return split ' ', $ENV{TEST_NGINX_LOAD_MODULES}
        if defined $ENV{TEST_NGINX_LOAD_MODULES};

    return () if $ENV{TEST_NGINX_ASAN};

    my $built = project_root() . '/var/build/ngx_http_civic_module.so';

    return -f $built ? $built : ();
}


# How many times longer anything may take than without instruments: what a
# test demands of nginx is multiplied by it.

sub slowness {
    my $patience = $ENV{TEST_NGINX_PATIENCE} // 1;

    return $patience * _instruments();
}


sub _instruments {
    return $ENV{TEST_NGINX_USE_VALGRIND} ? 10 : $ENV{TEST_NGINX_ASAN} ? 3 : 1;
}


# How long a test waits for what must come at last.  Only one that fails waits
# so long, so a machine with other work is given time.

sub patience {
    my ($seconds) = @_;

    return 4 * $seconds * slowness();
}


# Waits for a condition, not for time: true as soon as the code returns true.

sub poll_until {
    my ($seconds, $code) = @_;

    my $deadline = time() + patience($seconds);
    my $pause = 0.002;

    while (1) {
        my $value = $code->();
        return $value if $value;
        return $value if time() > $deadline;

        sleep($pause);
        $pause *= 1.5 if $pause < 0.05;
    }
}


sub _slot {
    return $slot_port if defined $slot_port;

    my $start = $$ % SLOTS;

    for my $i (0 .. SLOTS - 1) {
        my $n = ($start + $i) % SLOTS;
        my $guard = IO::Socket::UNIX->new(Local => "\0civic-test-ports-$n",
                                          Type => SOCK_STREAM, Listen => 1);
        next if !defined $guard;

        my $port = FIRST_PORT + $n * SLOT_PORTS;
        next if grep { !_is_free($port + $_) } 0 .. 2;

        ($slot_guard, $slot_port) = ($guard, $port);
        return $slot_port;
    }

    die "no free ports between @{[FIRST_PORT]} and "
        . (FIRST_PORT + SLOTS * SLOT_PORTS) . "\n";
}


sub _is_free {
    my ($port) = @_;

    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1,
                                 LocalPort => $port, ReuseAddr => 1);
}


sub server_port {
    return $ENV{TEST_NGINX_SERVER_PORT} // $ENV{TEST_NGINX_PORT} // _slot();
}


sub mock_port {
    my ($number) = @_;

    return _slot() + $number;
}


# $TEST_NGINX_RAND_PORT_n: the same port for the same n within a block.

sub spare_port {
    my ($name) = @_;

    return $rand_ports{$name} if defined $rand_ports{$name};

    my %taken = reverse %rand_ports;

    for my $port (_slot() + 3 .. _slot() + SLOT_PORTS - 1) {
        next if $taken{$port} || !_is_free($port);
        return $rand_ports{$name} = $port;
    }

    die "no port left for $name\n";
}


# Starts a block: these names are new, those of the previous block are gone.

sub fresh_names {
    my (%names) = @_;

    %rand_ports = ();
    delete $ENV{TEST_NGINX_PG};
    $ENV{$_} = $names{$_} for keys %names;
}


sub expand {
    my ($text) = @_;

    return $text if !defined $text || ref $text;

    $text =~ s/\$(TEST_NGINX_[_A-Z0-9]+)/_name($1)/eg;
    $text =~ s/\$ServerPort(?:ForClient)?\b/server_port()/eg;

    return $text;
}


sub _name {
    my ($name) = @_;

    return spare_port($name) if $name =~ /^TEST_NGINX_RAND_PORT_\d+$/;

    die "\$$name is not defined\n" if !defined $ENV{$name};

    return $ENV{$name};
}


sub slurp {
    my ($path) = @_;

    open my $in, '<:raw', $path or return undef;
    local $/;

    return scalar <$in>;
}


sub spew {
    my ($path, $text) = @_;

    open my $out, '>:raw', $path or die "cannot write $path: $!\n";
    print $out $text;
    close $out or die "cannot write $path: $!\n";
}


1;
