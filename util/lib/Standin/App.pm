# Copyright (C) ngx_civic_module contributors
#
# Joins the parts of the stand-in into one web application: routes, faults,
# recording.  What is answered is decided by Standin::Graph and
# Standin::Open311.

package Standin::App;

use Mojo::Base 'Mojolicious', -signatures;

use Mojo::File qw(curfile);
use Mojo::IOLoop;
use Mojo::JSON qw(encode_json);

use Standin::Book;
use Standin::Chat;
use Standin::Citizen;
use Standin::Error;
use Standin::Faults;
use Standin::Graph;
use Standin::Media;
use Standin::Open311;
use Standin::Record;
use Standin::Services;
use Standin::Wards;
use Standin::Webhook;

use constant WAIT_SECONDS => 3600;

my %PAGE_HEADERS = (
    'Content-Security-Policy' => "default-src 'none'; script-src 'self';"
        . " style-src 'self'; img-src 'self' data:; media-src 'self';"
        . " connect-src 'self'; base-uri 'none'; form-action 'none';"
        . " frame-ancestors 'none'",
    'X-Content-Type-Options' => 'nosniff',
    'Referrer-Policy'        => 'no-referrer',
    'Cache-Control'          => 'no-cache',
);

# the options of util/standin, with "_" for "-"
has setup  => sub { {} };
has chat   => sub { Standin::Chat->new };
has media  => sub { Standin::Media->new };
has faults => sub { Standin::Faults->new };
has wards  => sub ($self) { Standin::Wards::outline($self->setup->{wards}) };
has [qw(webhook graph book open311 citizen records)];


sub startup ($self) {
    my $setup = $self->setup;

    $self->mode('production');
    $self->log->level('warn');
    $self->secrets([rand]);
    $self->static->paths([curfile->dirname->child('public')->to_string]);
    $self->routes->namespaces(['Standin']);

    $self->_join_graph($setup);
    $self->_join_open311($setup);
    $self->records({
        map { $_ => defined $setup->{"${_}_log"}
                  ? Standin::Record->open_file($setup->{"${_}_log"})
                  : Standin::Record->new } qw(graph open311),
    });

    $self->_route;
}


sub _join_graph ($self, $setup) {
    my %ids = map { $_ => $setup->{$_} }
              qw(phone_number_id display_phone_number);

    $self->webhook(Standin::Webhook->new(%ids, url => $setup->{webhook},
                                      secret => $setup->{app_secret}));
    $self->citizen(Standin::Citizen->new(
        chat => $self->chat, hook => $self->webhook, media => $self->media));
    $self->graph(Standin::Graph->new(
        %ids, chat => $self->chat, hook => $self->webhook,
        media => $self->media,
        map { $_ => $setup->{$_} } qw(token statuses templates unreachable
                                      only_known pair_burst)));
}


sub _join_open311 ($self, $setup) {
    my $services = Standin::Services->load(@$setup{qw(services definitions)});

    $self->book(Standin::Book->new(services => $services,
                                   token_seconds => $setup->{token_seconds}));
    $self->open311(Standin::Open311->new(
        book => $self->book, services => $services,
        map { $_ => $setup->{$_} } qw(api_key jurisdiction)));
}


sub _route ($self) {
    my $r = $self->routes;

    $r->any('/:version/*rest' => [version => qr/v\d+\.\d+/] => sub ($c) {
        $self->_serve($c, 'graph');
    });
    $r->any('/open311/v2/*rest' => sub ($c) { $self->_serve($c, 'open311') });

    $r->get('/' => sub ($c) { $c->reply->static('index.html') });
    $r->get('/whatsapp_business/attachments')->to('control#media');
    $r->get('/media-of-chat/#id')->to('control#media_of_chat');

    my $control = $r->under('/_control')->to('control#is_allowed');
    $control->get('/' . $_)->to("control#$_")
        for qw(chat people requests wards state events);
    $control->post('/' . $_)->to("control#$_")
        for qw(citizen window request fault);

    $self->hook(after_dispatch => sub ($c) {
        $c->res->headers->header($_ => $PAGE_HEADERS{$_})
            for keys %PAGE_HEADERS;
    });
}


# One call to one of the two stand-ins: trouble ordered for it, the answer,
# the record, and only then the bytes.
sub _serve ($self, $c, $target) {
    my $fault = $self->faults->take($target) // {processed => 1};
    my ($status, $body) = (200, undef);

    if ($fault->{processed}) {
        ($status, $body) = $self->$target->answer(
            $c->req, $c->stash('rest'), $fault->{failed} // ());
    }

    if ($fault->{code}) {
        ($status, $body) = Standin::Error::answer($fault->{code});
    } elsif ($fault->{status}) {
        ($status, $body) = $self->_trouble($target, $fault->{status});
    }

    my $silent = $fault->{hang} || $fault->{drop};
    my $bytes  = $fault->{body} // encode_json($body // {});

    $c->render_later;
    $c->inactivity_timeout(WAIT_SECONDS) if $silent || $fault->{delay_ms};
    $self->records->{$target}->line($c->req, $silent ? 0 : $status);

    if ($fault->{drop}) {
        return Mojo::IOLoop->remove($c->tx->connection);
    }

    return if $fault->{hang};

    my $tx = $c->tx;
    Mojo::IOLoop->timer(($fault->{delay_ms} // 0) / 1000 => sub {
        return if $tx->is_finished;

        $c->res->headers->content_type('application/json; charset=utf-8');
        $c->render(data => $bytes, status => $status);
    });
}


sub _trouble ($self, $target, $status) {
    my $text = "Trouble $status, as ordered";

    return ($status, $target eq 'graph'
        ? {error => {message => $text, type => 'OAuthException', code => 1}}
        : [{code => $status, description => $text}]);
}


1;
