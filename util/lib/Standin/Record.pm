# Copyright (C) ngx_civic_module contributors
#
# One JSON line for every call that came in, with what was answered.  Headers
# that carry a secret are left out; nothing else is.

package Standin::Record;

use Mojo::Base -base, -signatures;

use Mojo::JSON qw(decode_json encode_json);
use Mojo::Util qw(decode);
use POSIX qw(strftime);
use Time::HiRes qw(gettimeofday);

my %SECRET = map { $_ => 1 }
             qw(authorization proxy-authorization cookie x-api-key api-key);

has 'handle';


sub open_file ($class, $file) {
    open my $handle, '>>:raw', $file or die "cannot open $file: $!\n";
    return $class->new(handle => $handle);
}


# status 0: the call was never answered.
sub line ($self, $req, $status) {
    my $handle = $self->handle or return;

    my $bytes = encode_json({
        time    => _now(),
        method  => $req->method,
        path    => _path($req),
        headers => _headers($req),
        body    => _body($req),
        status  => $status,
    }) . "\n";

    my $written = syswrite $handle, $bytes;
    die "cannot write the record: $!\n"
        unless defined $written && $written == length $bytes;
}


sub _now () {
    my ($seconds, $micro) = gettimeofday;
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime $seconds)
           . sprintf '.%03dZ', $micro / 1000;
}


sub _path ($req) {
    return $req->url->path_query =~ s/\b(api_key=)[^&]*/$1-/gr;
}


sub _headers ($req) {
    my $headers = $req->headers;

    return {map { $_ => $headers->header($_) }
            grep { !$SECRET{lc $_} } @{$headers->names}};
}


sub _body ($req) {
    my $type = $req->headers->content_type // '';

    return _fields($req) if $type =~ m{^(?:application/x-www-form-urlencoded
                                         |multipart/form-data)\b}xi;
    return undef unless length $req->body;

    return eval { decode_json($req->body) }
           // decode('UTF-8', $req->body) // $req->body;
}


# A field that came more than once is a list.
sub _fields ($req) {
    my $form   = $req->body_params->to_hash;
    my %upload = map { $_->name => {filename => $_->filename,
                                    size     => $_->size} } @{$req->uploads};

    return {%$form, %upload};
}


1;
