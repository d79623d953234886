# Copyright (C) ngx_civic_module contributors
#
# Compares a decoded JSON value with a description of what is allowed and
# names the first fault as the Graph API would.  It knows nothing of messages
# and never changes the value.
#
# A description is a hash: `is` one of string, number, boolean, object, array,
# choice; `needed`; for strings `min`, `max` (UTF-16 units), `like`, `one_of`;
# for objects `keys`; for arrays `of`, `min`, `max`; for a choice `by` (the
# member that decides) and `of` (a description for each of its values).
# `name` is the word used in a complaint about length.

package Standin::Schema;

use Mojo::Base -strict, -signatures;
use experimental 'builtin';

use Exporter 'import';
use builtin 'created_as_number';

our @EXPORT_OK = qw(fault units);

my %CHECK = (
    string  => \&_string,
    number  => \&_number,
    boolean => \&_boolean,
    object  => \&_object,
    array   => \&_array,
    choice  => \&_choice,
);


# Length as the stricter of the two possible countings: UTF-16 units.
sub units ($text) {
    return length($text) + ($text =~ tr/\x{10000}-\x{10FFFF}//);
}


# undef when the value is good, else [code, details].
sub fault ($spec, $value, $param) {
    if (!defined $value) {
        return $spec->{needed}
            ? [131008, "Parameter '$param' is mandatory."] : undef;
    }

    return $CHECK{$spec->{is}}->($spec, $value, $param);
}


sub _string ($spec, $value, $param) {
    if (ref $value || created_as_number($value)) {
        return [100, "Param $param must be a string."];
    }

    my $name = $spec->{name} // "Parameter '$param'";
    my $min  = $spec->{min} // 1;
    my $max  = $spec->{max} // 4096;
    my $size = $value =~ /\S/ ? units($value) : 0;

    if ($size < $min || units($value) > $max) {
        return [131009,
                "$name length invalid. Min length: $min, Max length: $max"];
    }

    if ($spec->{one_of} && !grep { $_ eq $value } @{$spec->{one_of}}) {
        return [100, "Param $param must be one of {"
                     . join(', ', map { uc } @{$spec->{one_of}})
                     . "} - got \"$value\"."];
    }

    if ($spec->{like} && $value !~ $spec->{like}) {
        return [131009, "$name is not valid."];
    }

    return undef;
}


sub _number ($spec, $value, $param) {
    my $ok = !ref $value && $value =~ /^-?\d+(?:\.\d+)?(?:e-?\d+)?$/i;

    if (!$ok || $value < $spec->{min} || $value > $spec->{max}) {
        return [131009, "Param $param must be a number from $spec->{min}"
                        . " to $spec->{max}."];
    }

    return undef;
}


sub _boolean ($spec, $value, $param) {
    return ref $value eq 'JSON::PP::Boolean'
        ? undef : [100, "Param $param must be a boolean."];
}


sub _object ($spec, $value, $param) {
    if (ref $value ne 'HASH') {
        return [100, "Param $param must be a JSON object."];
    }

    for my $key (sort keys %$value) {
        if (!$spec->{keys}{$key}) {
            return [100, "Unexpected key \"$key\" on param \"$param\"."];
        }
    }

    for my $key (sort keys %{$spec->{keys}}) {
        my $fault = fault($spec->{keys}{$key}, $value->{$key},
                          "$param\['$key']");
        return $fault if $fault;
    }

    return undef;
}


sub _array ($spec, $value, $param) {
    if (ref $value ne 'ARRAY') {
        return [100, "Param $param must be an array."];
    }

    if (@$value < $spec->{min} || @$value > $spec->{max}) {
        return [131009, "Invalid $spec->{name} count. Min allowed"
                        . " $spec->{name}: $spec->{min}, Max allowed"
                        . " $spec->{name}: $spec->{max}"];
    }

    for my $i (0 .. $#$value) {
        my $fault = fault({%{$spec->{of}}, needed => 1}, $value->[$i],
                          "$param\[$i]");
        return $fault if $fault;
    }

    return undef;
}


sub _choice ($spec, $value, $param) {
    if (ref $value ne 'HASH') {
        return [100, "Param $param must be a JSON object."];
    }

    my $by  = $spec->{by};
    my $one = {is => 'string', needed => 1,
               one_of => [sort keys %{$spec->{of}}]};

    my $fault = fault($one, $value->{$by}, "$param\['$by']");
    return $fault if $fault;

    my %keys = (%{$spec->{of}{$value->{$by}}}, $by => $one);

    return _object({keys => \%keys}, $value, $param);
}


1;
