# Copyright (C) ngx_civic_module contributors
#
# Lines of JSON: what a process writes down for the ledger, and what two
# processes say to each other.  One line is one write, so that what was
# written before a process is killed is whole.

package chaos::Record;

use Mojo::Base -base, -signatures;

use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json);
use Time::HiRes qw(time);

has 'handle';


sub open_file ($class, $file) {
    open my $handle, '>>:raw', $file or die "$file: $!\n";
    return $class->new(handle => $handle);
}


sub line ($self, $what) {
    $what->{at} = time;

    my $bytes = encode_json($what) . "\n";
    my $n = syswrite $self->handle, $bytes;

    die "cannot write the record: $!\n"
        if !defined $n || $n != length $bytes;
}


# Hears lines on a socket; what $hear->() returns is the answer, nothing is
# none.  The process ends when the other end does.
sub lines ($socket, $hear) {
    my $stream = Mojo::IOLoop::Stream->new($socket)->timeout(0);
    my $bytes = '';

    $stream->on(read => sub ($stream, $more) {
        $bytes .= $more;

        while ($bytes =~ s/^([^\n]*)\n//) {
            my $answer = $hear->(decode_json($1));
            $stream->write(encode_json($answer) . "\n") if $answer;
        }
    });
    $stream->on(close => sub { Mojo::IOLoop->stop });
    Mojo::IOLoop->stream($stream);

    return $stream;
}


1;
