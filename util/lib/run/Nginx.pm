# Copyright (C) ngx_civic_module contributors
#
# The private nginx of one instance: its configuration, made from
# nginx.conf.in beside this file, and its start.  It refuses to start with a
# placeholder left over.

package run::Nginx;

use strict;
use warnings;

use HTTP::Tiny;

use constant BINARY => '/usr/sbin/nginx';


sub new {
    my ($class, $home, $processes) = @_;

    return bless {home => $home, processes => $processes}, $class;
}


# Parts of an upstream's URL as nginx wants them.
sub _parts {
    my ($prefix, $url) = @_;

    my ($scheme, $host, $port, $path) =
        $url =~ m{^(https?)://([\w.-]+|\[[0-9a-f:]+\])(?::(\d+))?(/[\w./-]*)?$}
        or die "$url: must be like http://127.0.0.1:9000/open311/v2\n";

    $path = defined $path ? $path : '';
    $path =~ s{/+$}{};

    return (
        "${prefix}_SCHEME" => $scheme,
        "${prefix}_HOST"   => $host,
        "${prefix}_SERVER" => "$host:" . ($port // ($scheme eq 'https'
                                                    ? 443 : 80)),
        "${prefix}_PATH"   => $path,
    );
}


# %with: module, workers, port, postgres, phone_number_id, graph, open311.
sub configure {
    my ($self, %with) = @_;

    my $home = $self->{home};
    my $user = $home->{user};

    my %value = (
        ROOT  => $home->{root},
        VAR   => $home->{var},
        STATE => $home->state,
        USER  => $user ? "user $user->{name};" : '',
        map({ uc($_) => $with{$_} }
            qw(module workers port postgres phone_number_id)),
        _parts('GRAPH',   $with{graph}),
        _parts('OPEN311', $with{open311}),
    );

    my $text = $home->slurp("$home->{root}/util/lib/run/nginx.conf.in");
    $text =~ s{\@([A-Z0-9_]+)\@}{
        $value{$1} // die "nginx.conf.in: nothing known of \@$1\@\n"
    }ge;

    $home->spew($home->path('nginx.conf'), $text);
    $self->{port} = $with{port};
}


sub start {
    my ($self) = @_;

    my $home = $self->{home};
    my $pid  = $self->{processes}->start('nginx', $home->path('nginx.log'), 0,
        BINARY, '-p', $home->{var}, '-e', $home->path('error.log'),
        '-c', $home->path('nginx.conf'));

    my $http = HTTP::Tiny->new(timeout => 2);

    $self->{processes}->wait_for('nginx', 15, sub {
        return $http->get("http://127.0.0.1:$self->{port}/status")->{success};
    });

    return $pid;
}


1;
