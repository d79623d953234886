# Copyright (C) ngx_civic_module contributors
#
# The services of the 311 system, read from the city's categories.csv, with
# the definitions (attributes) of those that have one.  Refuses a file it
# cannot understand with its name and line.

package Standin::Services;

use Mojo::Base -base, -signatures;

use Mojo::File qw(path);
use Mojo::JSON qw(decode_json true false);
use Mojo::Util qw(decode trim);

# one of each kind must occur; the rest answers at once
my %TYPE = (BLD_ILLEGAL => 'batch', OTHER => 'blackbox');

has [qw(list by_code definitions)];


sub load ($class, $csv, $definitions = undef) {
    my %agency = _agencies(path($csv)->sibling('departments.csv'));
    my %define = $definitions ? _definitions($definitions) : ();

    my @list = map { {
        service_code => $_->{service_code},
        service_name => "$_->{name_hi} / $_->{name_en}",
        description  => $_->{name_en},
        metadata     => $define{$_->{service_code}} ? true : false,
        type         => $TYPE{$_->{service_code}} // 'realtime',
        keywords     => join(', ', split /;/,
                             "$_->{keywords_en};$_->{keywords_hi}"),
        group        => $_->{group},
        sla_hours    => $_->{sla_hours},
        agency       => $agency{$_->{department_code}}
                        // $_->{department_code},
    } } _rows($csv, qw(service_code department_code name_en name_hi group
                       sla_hours keywords_en keywords_hi));

    return $class->new(
        list        => \@list,
        by_code     => {map { $_->{service_code} => $_ } @list},
        definitions => \%define,
    );
}


# As GET /services.json gives them.
sub public ($self) {
    my @keys = qw(service_code service_name description metadata type keywords
                  group);

    return [map { my $one = $_; +{map { $_ => $one->{$_} } @keys} }
            @{$self->list}];
}


sub find ($self, $code) {
    return $self->by_code->{$code};
}


# As GET /services/CODE.json gives it; nothing to ask is not an error.
sub definition ($self, $code) {
    return $self->definitions->{$code}
        // {service_code => $code, attributes => []};
}


sub _agencies ($file) {
    return () unless -e $file;
    return map { $_->{department_code} => $_->{name_en} }
           _rows($file, qw(department_code name_en));
}


sub _definitions ($dir) {
    return map { $_->basename('.json') => decode_json($_->slurp) }
           path($dir)->list->grep(qr/\.json$/)->each;
}


sub _rows ($file, @needed) {
    my $text = decode('UTF-8', path($file)->slurp)
        // die "$file: is not UTF-8\n";

    my ($line, @names, @rows) = (0);

    for my $row (split /\r?\n/, $text) {
        $line++;
        next if $row =~ /^(?:#|$)/;

        my @fields = _fields($row);

        if (!@names) {
            @names = @fields;
            my %has = map { $_ => 1 } @names;
            my ($gone) = grep { !$has{$_} } @needed;
            die "$file:$line: column $gone is missing\n" if $gone;
            next;
        }

        die "$file:$line: ", scalar @fields, ' fields, ', scalar @names,
            " expected\n" if @fields != @names;

        my %row;
        @row{@names} = @fields;
        push @rows, \%row;
    }

    return @rows;
}


sub _fields ($row) {
    my @fields;

    while ($row =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/gc) {
        push @fields, trim(defined $1 ? $1 =~ s/""/"/gr : $2);
        last if pos $row == length $row && substr($row, -1) ne ',';
    }

    return @fields;
}


1;
