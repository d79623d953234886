package Civic::Test::Mock;

# Copyright (C) ngx_civic_module contributors
#
# The test's side of a scripted HTTP server: starts and stops the child,
# waits until it has seen what is expected, and compares.  It listens before
# it forks, so the server answers from the first moment.  A missing request
# is waited for until a deadline, one too many fails.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Test::More ();

use Civic::Test::Env qw(expand mock_port poll_until slurp);
use Civic::Test::MockRules;


sub new {
    my ($class, $number, $root, $rules) = @_;

    return bless { number => $number, rules => $rules,
                   record => "$root/logs/mock$number.log" }, $class;
}


# A certificate for the mocks' TLS, once for a root: for proxy_ssl_verify it
# is its own authority.

sub certificate {
    my ($root) = @_;

    my ($cert, $key) = map { "$root/conf/mock.$_" } qw(crt key);

    if (!-f $cert) {
        system("openssl req -x509 -newkey ec -pkeyopt"
               . " ec_paramgen_curve:prime256v1 -nodes -days 2"
               . " -subj /CN=localhost -addext"
               . " subjectAltName=DNS:localhost,IP:127.0.0.1"
               . " -keyout '$key' -out '$cert' 2>/dev/null") == 0
            or die "openssl cannot make a certificate\n";
    }

    return [$cert, $key];
}


sub start {
    my ($self) = @_;

    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => mock_port($self->{number}),
        Listen => 128, ReuseAddr => 1)
        or die "mock_http: port @{[mock_port($self->{number})]}: $!\n";

    require Civic::Test::MockServer;

    my $parent = $$;
    $self->{pid} = fork() // die "fork: $!\n";

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM);
        open STDIN, '<', '/dev/null';
        eval {
            Civic::Test::MockServer::serve(
                fd => fileno($listener), rules => $self->{rules},
                record => $self->{record}, tls => $self->{tls},
                first => scalar $self->seen);
        };
        warn "mock_http: $@";
        POSIX::_exit(1);
    }
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} // return;

    kill 'KILL', $pid;
    waitpid $pid, 0;
}


# All requests so far; an unfinished last line is not there yet.

sub seen {
    my ($self) = @_;

    my $json = JSON::PP->new->ascii;

    return map { $json->decode($_) }
           (slurp($self->{record}) // '') =~ /^(.*)\n/gm;
}


sub requests {
    my ($self) = @_;

    return grep { !$_->{quiet} } $self->seen;
}


sub await {
    my ($self, $count) = @_;

    return poll_until(5, sub { $self->requests >= $count });
}


# mock_requests: each line is "METHOD path", a body may follow after a blank.
# mock_requests_like: both are regular expressions; indented lines must match
# the body too, "not ..." must not match it, "header ..." must match a header.

sub check {
    my ($self, $name, $section, $expected) = @_;

    my $like = $section =~ /_like$/;
    my @wanted = _wanted(expand($expected));
    my $title = "$name - $section";

    $self->await(scalar @wanted);

    my @got = $self->requests;
    my @faults;

    for my $i (0 .. $#wanted) {
        push @faults, $i >= @got ? "request $i never came: $wanted[$i][0]"
                                 : _compare($like, $wanted[$i], $got[$i]);
    }

    Test::More::ok(!@faults, $title)
        or Test::More::diag(@faults, "\nseen:\n",
                            map { _show($_) . "\n" } @got);

    $self->{expected} = @wanted;
    $self->{title} = $title;
}


sub _wanted {
    my ($text) = @_;

    my @wanted;

    for my $line (ref $text ? @$text : split /\n/, $text) {
        next if $line !~ /\S/;

        if ($line =~ /^\s+(.*)/) {
            die "'$line' belongs to no request\n" if !@wanted;
            push @{ $wanted[-1] }, $1;

        } else {
            push @wanted, [$line];
        }
    }

    return @wanted;
}


sub _show {
    my ($request) = @_;

    my $line = "$request->{method} $request->{path}";

    return length $request->{body} ? "$line $request->{body}" : $line;
}


sub _compare {
    my ($like, $wanted, $got) = @_;

    my ($line, @more) = @$wanted;
    my $shown = _show($got);

    if (!$like) {
        return if $line eq "$got->{method} $got->{path}" || $line eq $shown;
        return "\n got $shown\nwant $line\n";
    }

    return "\n got $shown\nwant $line\n" if $shown !~ /^(?:$line)(?: |$)/s;

    return map { "\n$shown\nmust match: $_\n" }
           grep { !_holds($_, $got) } @more;
}


sub _holds {
    my ($condition, $got) = @_;

    return $got->{body} !~ /$1/s if $condition =~ /^not (.*)/;

    if ($condition =~ /^header (.*)/) {
        my $pattern = $1;
        return scalar grep { "$_: $got->{headers}{$_}" =~ /^$pattern$/i }
               keys %{ $got->{headers} };
    }

    return $got->{body} =~ /$condition/s;
}


# When all is over: requests nobody expected, or nothing.

sub surprises {
    my ($self) = @_;

    my @found = map { "mock_http$self->{number}: no rule for " . _show($_)
                      . "\n" }
                grep { $_->{unknown} } $self->seen;
    my @got = $self->requests;

    if (defined $self->{expected} && @got > $self->{expected}) {
        push @found, map { "$self->{title}: one too many: " . _show($_)
                           . "\n" }
                     @got[$self->{expected} .. $#got];
    }

    return @found;
}


1;
