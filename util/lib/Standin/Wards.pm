# Copyright (C) ngx_civic_module contributors
#
# The outline of the city's wards for the small map of the chat page: GeoJSON
# polygons thinned to what a few hundred pixels can show.  Not for deciding
# which ward a point lies in.

package Standin::Wards;

use Mojo::Base -strict, -signatures;

use List::Util qw(max min);
use Mojo::File qw(path);
use Mojo::JSON qw(decode_json);

use constant {
    WIDTH   => 320,
    NEAREST => 1.2,
};


# {width, height, west, south, east, north, wards: [{ward_no, name, d}]}, or
# undef without a file.
sub outline ($file) {
    return undef unless defined $file;

    my @features = @{decode_json(path($file)->slurp)->{features}};
    my @points   = map { map { @$_ } _rings($_->{geometry}) } @features;

    my ($west, $east)   = (min(map { $_->[0] } @points),
                           max(map { $_->[0] } @points));
    my ($south, $north) = (min(map { $_->[1] } @points),
                           max(map { $_->[1] } @points));

    # a degree of longitude is shorter by the cosine of the latitude
    my $scale_x = WIDTH / ($east - $west);
    my $scale_y = $scale_x / cos(($south + $north) / 2 * atan2(1, 1) / 45);

    my $project = sub ($point) {
        return [($point->[0] - $west) * $scale_x,
                ($north - $point->[1]) * $scale_y];
    };

    return {
        width  => WIDTH,
        height => ($north - $south) * $scale_y,
        west => $west, south => $south, east => $east, north => $north,
        wards => [map { {
            ward_no => $_->{properties}{ward_no},
            name    => $_->{properties}{ward_name_en},
            d       => join('', map { _path($project, $_) }
                                _rings($_->{geometry})),
        } } @features],
    };
}


sub _rings ($geometry) {
    my $rings = $geometry->{coordinates};
    return $geometry->{type} eq 'MultiPolygon' ? map { @$_ } @$rings : @$rings;
}


sub _path ($project, $ring) {
    my @kept;

    for my $point (map { $project->($_) } @$ring) {
        next if @kept && abs($point->[0] - $kept[-1][0])
                         + abs($point->[1] - $kept[-1][1]) < NEAREST;
        push @kept, $point;
    }

    return 'M' . join('L', map { sprintf '%.1f %.1f', @$_ } @kept) . 'Z';
}


1;
