# Copyright (C) ngx_civic_module contributors
#
# One node of a scenario: Civic::Test::Nginx with the configuration of
# nginx.conf.in, and signals that do not wait, as trouble does not either.

package chaos::Nginx;

use strict;
use warnings;

use parent 'Civic::Test::Nginx';

use Civic::Test::Env qw(module_path project_root slurp spew);


# %with: the names in nginx.conf.in, in lower case; secrets => {file => text}.

sub configure {
    my ($self, %with) = @_;

    my $dir = $self->{root};
    my %value = (
        DIR => $dir, ROOT => project_root(),
        LOAD => join("\n", map { "load_module $_;" } module_path()),
        map { uc($_) => $with{$_} } grep { $_ ne 'secrets' } keys %with);
    my $text = slurp(project_root() . '/util/lib/chaos/nginx.conf.in');

    $text =~ s{\@([A-Z0-9_]+)\@}{
        $value{$1} // die "nginx.conf.in: nothing known of \@$1\@\n"
    }ge;

    spew("$dir/conf/$_", "$with{secrets}{$_}\n") for keys %{ $with{secrets} };
    spew("$dir/conf/nginx.conf", $text);
}


# A worker chosen by $n is killed, if one serves.

sub kill_worker {
    my ($self, $n) = @_;

    my @serving = sort { $a <=> $b } $self->serving_workers or return 0;
    my $pid = $serving[$n % @serving];

    $self->{killed}{$pid} = 1;
    return kill 'KILL', $pid;
}


sub reload {
    my ($self) = @_;

    return kill 'HUP', $self->{pid};
}


sub log_lines {
    my ($self, @files) = @_;

    return map { (slurp("$self->{root}/logs/$_") // '') =~ /^(.+)$/gm } @files;
}


1;
