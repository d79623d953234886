# Copyright (C) ngx_civic_module contributors
#
# What both peers have in common: an HTTP server that answers from a book,
# a fault that is switched on and off by a line from the parent, and a record
# of the truth.  Whether the book has a call before the fault strikes or does
# not get it at all is decided first and written down; what was answered
# never changes that.  A fault strikes only what writes (POST), except where
# nobody listens.
#
#   refuse    nobody listens, open connections are closed
#   hang      never an answer
#   drip      an answer of one byte at a time, for longer than anyone waits
#   drop      the connection is closed instead of an answer
#   5xx       an error of the server, or of something before it
#   html      a page, with 200 or with 502
#   oversize  more than anyone reads
#   wrong     JSON that is cut off, or says nothing

package chaos::Peer;

use Mojo::Base -base, -signatures;

use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json);
use Mojo::Server::Daemon;
use Time::HiRes qw(time);

use chaos::Record;

use constant {
    DRIP       => 0.2,          # seconds between two bytes
    PATIENCE   => 120,          # a call that hangs ends with its caller
    BACKLOG    => 4096,
    KEEP_ALIVE => 60,           # longer than nginx keeps a connection
};

has [qw(port record latency)];
has daemon => undef;
has fault  => undef;
has every  => 1;                # one call in so many is struck
has [qw(calls struck)] => 0;
has server_name => 'nginx';


# Until the parent goes.  $line: the line to it.
sub run ($self, $line) {
    $self->_listen;
    chaos::Record::lines($line, sub ($order) { $self->_obey($order) });
    Mojo::IOLoop->start;
}


sub _listen ($self) {
    my $daemon = Mojo::Server::Daemon->new(
        listen => ['http://127.0.0.1:' . $self->port], silent => 1,
        backlog => BACKLOG, max_clients => 10_000, max_requests => 1e9,
        keep_alive_timeout => KEEP_ALIVE, inactivity_timeout => PATIENCE);

    $daemon->unsubscribe('request')->on(request => sub ($daemon, $tx) {
        $self->_serve($tx);
    });
    $self->daemon($daemon->start);
}


sub _obey ($self, $order) {
    if (exists $order->{fault}) {
        $self->fault($order->{fault})->every($order->{every} // 1);

        my $refuses = ($order->{fault} // '') eq 'refuse';

        if ($refuses) {
            $self->struck($self->struck + 1);
            $self->daemon(undef);
        }

        $self->_listen if !$refuses && !$self->daemon;
    }

    return { calls => $self->calls, struck => $self->struck, $self->state };
}


# What else a parent may want to know.
sub state ($self) {
    return ();
}


sub _serve ($self, $tx) {
    my $req = $tx->req;

    $self->calls($self->calls + 1);

    my $fault = $req->method eq 'POST' ? $self->fault : undef;

    # in turns: before the book has it, and after
    $fault = undef if $fault && $self->{turn}++ % $self->every;
    my $after = $fault && $self->{strikes}++ % 2;

    $self->struck($self->struck + 1) if $fault;

    my ($status, $body, $note) = $fault && !$after
        ? ($self->refusal, { what => 'lost' }) : $self->answer($req);

    $note->{fault} = $fault if $fault && $note;
    $note->{unknown} = 1 if $fault && $note && $note->{accepted};
    $self->record->line($note) if $note;

    return $self->_answer($tx, $status, $body, $note) if !$fault;

    my $method = "_do_$fault";
    return $self->$method($tx, $after, $status, $body);
}


# As it should be, a little later.  Whoever went away meanwhile has not heard
# it.
sub _answer ($self, $tx, $status, $body, $note) {
    my $heard = 0;

    $tx->on(finish => sub ($tx) {
        $self->record->line({ what => 'unheard', id => $note->{id} })
            if !$heard && $note && $note->{accepted};
    });

    Mojo::IOLoop->timer($self->latency => sub {
        return if $tx->is_finished;
        $heard = 1;
        $self->_send($tx, $status, 'application/json; charset=utf-8',
                     encode_json($body));
    });
}


sub _send ($self, $tx, $status, $type, $bytes) {
    my $res = $tx->res;

    $res->code($status);
    $res->headers->content_type($type);
    $res->body($bytes);
    $tx->resume;
}


sub _do_hang ($self, $tx, $after, $status, $body) { }


sub _do_drip ($self, $tx, $after, $status, $body) {
    my $bytes = encode_json($body);
    my $out = "HTTP/1.1 $status OK\r\nContent-Type: application/json\r\n"
        . 'Content-Length: ' . length($bytes) . "\r\n\r\n$bytes";
    my $stream = Mojo::IOLoop->stream($tx->connection) // return;

    my $timer = Mojo::IOLoop->recurring(DRIP, sub {
        return $stream->close if !length $out;
        $stream->write(substr $out, 0, 1, '');
    });

    $stream->on(close => sub { Mojo::IOLoop->remove($timer) });
}


sub _do_drop ($self, $tx, $after, $status, $body) {
    Mojo::IOLoop->remove($tx->connection);
}


sub _do_5xx ($self, $tx, $after, $status, $body) {
    my $turn = $self->{fives}++ % 2;

    # it was done: whoever says 5xx is no longer the one who did it
    return $self->_send($tx, $turn ? 502 : 504, 'text/plain', '') if $after;

    return $self->_send($tx, 503, 'text/plain', 'Service Unavailable')
        if $turn;

    $self->_send($tx, $status, 'application/json', encode_json($body));
}


sub _do_html ($self, $tx, $after, $status, $body) {
    $self->_send($tx, $self->{pages}++ % 2 ? 200 : 502, 'text/html',
                 '<html><body><h1>Please stand by</h1></body></html>');
}


sub _do_oversize ($self, $tx, $after, $status, $body) {
    my $bytes = encode_json($body);

    # the answer is in there, if there is one
    $self->_send($tx, 200, 'application/json',
                 $bytes . ' ' x (2 * 1024 * 1024));
}


sub _do_wrong ($self, $tx, $after, $status, $body) {
    my @wrong = ('null', '[]', '{}', '{"messages":[{"id":"', '[{}]',
                 '"accepted"', '[{"service_request_id":', "\0\xff");

    $self->_send($tx, 200, 'application/json',
                 $wrong[$self->{wrongs}++ % @wrong]);
}


1;
