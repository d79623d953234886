# Copyright (C) ngx_civic_module contributors
#
# What one scenario runs on: a database of a private Postgres, one nginx or
# two, both peers and the load, in a folder of its own.  All of it is on the
# loopback and ends with down(), however the scenario went.

package chaos::Site;

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use HTTP::Tiny ();

use Civic::Test::Env qw(project_root spare_port spew);

use chaos::Child;
use chaos::Nginx;

use constant {
    NUMBER  => '200000000000001',
    DISPLAY => '910000000001',
    LEASE   => 8,               # seconds, instead of the usual minute
    GRAPH_LATENCY => 0.02,
    CITY_LATENCY  => 0.03,
    FAKETIME => '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
};

my %SECRETS = (
    app_secret   => 'chaos_app_secret',
    verify_token => 'chaos_verify_token',
    access_token => 'chaos_access_token',
    '311_key'    => 'chaos_311_key',
);


# %with: dir, cluster, workers, nodes (how many), zone, more (directives),
# clock_of ('', nginx, postgres: whose clock may be set), count, span, twice,
# reordered, pause, crowd (as of chaos::Load).

sub new {
    my ($class, %with) = @_;

    my $self = bless { %with, node_count => $with{nodes}, nodes => [] },
                     $class;

    remove_tree($self->{dir});
    make_path($self->{dir});
    chmod 0755, $self->{dir};

    $self->{port}{$_} = spare_port($_)
        for qw(graph city), map { "node$_" } 1 .. $self->{node_count};

    return $self;
}


sub up {
    my ($self) = @_;

    my $cluster = $self->{cluster};

    if ($self->{clock_of}) {
        $self->{clock} = "$self->{dir}/clock";
        $self->set_clock(0);
    }

    $self->_restart_postgres(1) if $self->{clock_of} eq 'postgres';

    $self->{database} = $cluster->create;
    $self->sql('CREATE OR REPLACE FUNCTION lease() RETURNS interval'
               . ' LANGUAGE sql IMMUTABLE AS $$ SELECT interval \''
               . LEASE . " seconds' \$\$");

    $self->_start_peers;
    $self->_start_node($_) for 1 .. $self->{node_count};
    $self->_start_load;
}


# Seconds beside the true time, for the one whose clock may be set.  Whoever
# reads the file meanwhile finds the old time or the new one.

sub set_clock {
    my ($self, $seconds) = @_;

    spew("$self->{clock}.new", sprintf "%+d\n", $seconds);
    chmod 0644, "$self->{clock}.new";
    rename "$self->{clock}.new", $self->{clock} or die "$self->{clock}: $!\n";
}


# What whose clock it is says, beside the true time.

sub clock_is_off {
    my ($self) = @_;

    return $self->sql('SELECT extract(epoch FROM clock_timestamp())') - time
        if $self->{clock_of} eq 'postgres';

    my $date = HTTP::Tiny->new(timeout => 5)->get($self->_url('node1',
                   'status'))->{headers}{date} // return 0;

    return HTTP::Tiny->_parse_http_date($date) - time;
}


sub _url {
    my ($self, $node, $path) = @_;

    return "http://127.0.0.1:$self->{port}{$node}/$path";
}


# A counter of /status, of all nodes together.

sub counter {
    my ($self, $name) = @_;

    my $sum = 0;

    for my $n (1 .. $self->{node_count}) {
        my $page = HTTP::Tiny->new(timeout => 5)
                   ->get($self->_url("node$n", 'status'));
        my ($value) = $page->{content} =~ /^civic_${name}_total (\d+)$/m;
        $sum += $value // die "no $name in /status\n";
    }

    return $sum;
}


# Timers run on: only the time of day is set.

sub _clock_env {
    my ($self) = @_;

    return (LD_PRELOAD => FAKETIME, FAKETIME_TIMESTAMP_FILE => $self->{clock},
            FAKETIME_NO_CACHE => 1, FAKETIME_DONT_FAKE_MONOTONIC => 1,
            DONT_FAKE_MONOTONIC => 1);
}


sub _restart_postgres {
    my ($self, $own_clock) = @_;

    my %env = $own_clock ? $self->_clock_env : ();

    $self->{cluster}->stop('fast');
    local @ENV{keys %env} = values %env;
    $self->{cluster}->start;
}


sub sql {
    my ($self, $sql) = @_;

    return $self->{cluster}->query($self->{database}, $sql)
           =~ s/\n\z//r;
}


sub _start_peers {
    my ($self) = @_;

    my ($graph, $load) = chaos::Child::pair();
    my $dir = $self->{dir};
    my $port = $self->{port};

    $self->{load_line} = $load;

    $self->{graph} = chaos::Child->start('graph', "$dir/graph.log", sub {
        my ($line) = @_;

        require chaos::Graph;
        close $load;
        chaos::Graph->new(
            record => chaos::Record->open_file("$dir/graph.jsonl"),
            port => $port->{graph}, latency => GRAPH_LATENCY,
            token => $SECRETS{access_token}, phone_number_id => NUMBER,
            load => chaos::Record::lines($graph, sub { }))->run($line);
    });

    $self->{city} = chaos::Child->start('city', "$dir/city.log", sub {
        my ($line) = @_;

        require chaos::City;
        chaos::City->new(
            record => chaos::Record->open_file("$dir/city.jsonl"),
            port => $port->{city}, latency => CITY_LATENCY,
            api_key => $SECRETS{'311_key'}, jurisdiction => 'indore.example',
            services => project_root()
                        . '/conf/city/indore/categories.csv')->run($line);
    });

    close $graph;
    $_->ask({}) for $self->{graph}, $self->{city};
}


sub _start_node {
    my ($self, $n) = @_;

    my $node = chaos::Nginx->new("$self->{dir}/node$n");
    my %env = $self->{clock_of} eq 'nginx' ? $self->_clock_env : ();

    $node->configure(
        workers => $self->{workers}, zone => $self->{zone},
        port => $self->{port}{"node$n"}, graph => $self->{port}{graph},
        city => $self->{port}{city}, phone_number_id => NUMBER,
        postgres => $self->{cluster}->conninfo($self->{database}),
        more => join('', map { "    $_\n" } @{ $self->{more} }),
        env => join("\n", map { "env $_;" } sort keys %env),
        secrets => \%SECRETS);

    {
        local @ENV{keys %env} = values %env;
        $node->start
            or die "nginx does not start:\n"
                   . join("\n", $node->log_lines('error.log')) . "\n";
    }

    push @{ $self->{nodes} }, $node;
}


sub _start_load {
    my ($self) = @_;

    my $dir = $self->{dir};
    my @urls = map { $self->_url("node$_", 'webhook') }
               1 .. $self->{node_count};

    $self->{load} = chaos::Child->start('load', "$dir/load.log", sub {
        my ($line) = @_;

        require chaos::Load;
        require Standin::Webhook;
        chaos::Load->new(
            record => chaos::Record->open_file("$dir/load.jsonl"),
            hook => Standin::Webhook->new(
                secret => $SECRETS{app_secret}, phone_number_id => NUMBER,
                display_phone_number => DISPLAY),
            urls => \@urls,
            map({ $_ => $self->{$_} } qw(count span twice reordered
                                   pause crowd)))
            ->run($line, $self->{load_line});
    });

    close delete $self->{load_line};
    $self->{load}->ask({});
}


# The nodes first: what a worker that is told to go still says is heard.
# Returns what was wrong with the way nginx went.

sub stop_nodes {
    my ($self) = @_;

    return map { $_->stop('QUIT') // () } @{ $self->{nodes} };
}


sub down {
    my ($self) = @_;

    $self->stop_nodes;

    for my $name (qw(load graph city)) {
        $self->{$name}->stop if $self->{$name};
    }

    $self->_restart_postgres(0) if $self->{clock_of} eq 'postgres';
    $self->{cluster}->drop($self->{database}) if $self->{database};
}


1;
