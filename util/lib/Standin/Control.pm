# Copyright (C) ngx_civic_module contributors
#
# The control side of the stand-in: what the chat page and scripts use, and no
# real service has.  Only translates between HTTP and the parts; JSON is asked
# for in every POST, so that no foreign web page can send one by a plain form.

package Standin::Control;

use Mojo::Base 'Mojolicious::Controller', -signatures;

use List::Util qw(min);
use Mojo::IOLoop;
use Mojo::JSON qw(encode_json false true);

use Standin::Book;

use constant {
    MAX_WAIT  => 60,
    HEARTBEAT => 15,
};


sub is_allowed ($self) {
    return 1 if $self->req->method =~ /^(?:GET|HEAD)$/;

    my $type = $self->req->headers->content_type // '';

    return 1 if $type =~ m{^application/json\b}i
                && ref($self->req->json // '') eq 'HASH';

    $self->render(json => {error => 'a JSON object is wanted'}, status => 400);
    return undef;
}


# Runs what may die with one line for a person.
sub _try ($self, $do) {
    my $result = eval { $do->($self->req->json) };
    return $result if defined $result;

    $self->render(json => {error => $@ =~ s/\n.*//sr}, status => 400);
    return undef;
}


sub chat ($self) {
    my $chat   = $self->app->chat;
    my $phone  = $self->param('phone') // '';
    my $after  = $self->param('after') // '';
    my $wait   = $self->param('wait') // 0;
    my $person = $chat->people->{$phone};

    return $self->render(json => [])
        if !$person && !$wait || $phone !~ /^[\w.]{1,140}$/;

    my $enough = sub {
        $person = $chat->people->{$phone};
        return $after !~ /^\d+$/ || ($person && $person->{count} > $after);
    };
    my $answer = sub {
        $self->render(json => $person ? $person->{bubbles} : []);
    };

    return $answer->() if !$wait || $wait !~ /^\d+(?:\.\d+)?$/ || $enough->();

    $self->_wait_for($chat, chat => min($wait, MAX_WAIT), $enough, $answer);
}


# Answers when $enough is true after an event, or when the time is over.
sub _wait_for ($self, $emitter, $event, $seconds, $enough, $answer) {
    $self->render_later;
    $self->inactivity_timeout($seconds + 10);

    my ($timer, $listener);

    my $end = sub ($say) {
        Mojo::IOLoop->remove($timer);
        $emitter->unsubscribe($event => $listener);
        $answer->() if $say;
    };

    $timer    = Mojo::IOLoop->timer($seconds => sub { $end->(1) });
    $listener = $emitter->on($event => sub { $end->(1) if $enough->() });
    $self->tx->on(finish => sub { $end->(0) });
}


sub people ($self) {
    my $chat = $self->app->chat;

    $self->render(json => [
        map { {
            phone   => $_->{phone},
            name    => $_->{name},
            user_id => $_->{user_id},
            count   => $_->{count},
            typing  => $chat->is_typing($_) ? true : false,
            window  => $chat->is_window_open($_) ? true : false,
        } } sort { $a->{phone} cmp $b->{phone} } values %{$chat->people},
    ]);
}


sub citizen ($self) {
    my $promise = $self->_try(
        sub ($act) { $self->app->citizen->act_p($act) }) or return;

    $self->render_later;
    $self->inactivity_timeout(MAX_WAIT);
    $promise->then(sub ($result) { $self->render(json => $result) });
}


sub window ($self) {
    my $chat = $self->app->chat;

    $self->_try(sub ($order) {
        my $person = $chat->people->{$order->{phone} // ''}
            or die "this citizen is not known\n";
        $chat->set_window($person, $order->{open});
        return 1;
    }) and $self->render(json => {ok => true});
}


sub requests ($self) {
    my $book = $self->app->book;

    $self->render(json => [map { $book->full($_) } @{$book->requests}]);
}


sub request ($self) {
    my $book = $self->app->book;

    my $changed = $self->_try(sub ($order) {
        my $request = $book->by_id->{$order->{id} // ''}
            or die "this request is not known\n";
        my $status = $order->{status} // 'unchanged';
        die "status must be one of "
            . join(', ', sort keys %Standin::Book::CLOSES) . "\n"
            unless exists $Standin::Book::CLOSES{$status};

        $book->update($request, $status, $order->{notes} // '',
                      media_url => $order->{media_url});
        return $request;
    }) or return;

    $self->render(json => $book->full($changed));
}


sub fault ($self) {
    my $faults = $self->app->faults;

    $self->_try(sub ($order) {
        my ($target, $clear) = @$order{qw(target clear)};

        return $faults->order($order) unless $clear;
        die "target must be graph or open311\n"
            unless $faults->orders->{$target // ''};
        $faults->clear($target);
        return 1;
    }) and $self->state;
}


# What a person at the page wants to know beside the chats.
sub state ($self) {
    my $app = $self->app;

    $self->render(json => {
        faults           => $app->faults->orders,
        webhooks_pending => $app->webhook->pending,
        webhooks_dropped => $app->webhook->dropped,
        phone            => $app->webhook->display_phone_number,
    });
}


sub wards ($self) {
    my $outline = $self->app->wards;
    $self->render(json => $outline // {wards => []});
}


# Server-sent events: that something changed, never what.
sub events ($self) {
    my $app = $self->app;

    $self->inactivity_timeout(HEARTBEAT * 4);
    $self->res->headers->content_type('text/event-stream');
    $self->write(": hello\n\n");

    my $chat = $app->chat->on(chat => sub ($chat, $person) {
        $self->_event({chat => $person->{phone}});
    });
    my $book = $app->book->on(requests => sub {
        $self->_event({requests => 1});
    });
    my $beat = Mojo::IOLoop->recurring(HEARTBEAT, sub {
        $self->write(": still here\n\n");
    });

    $self->tx->on(finish => sub {
        $app->chat->unsubscribe(chat => $chat);
        $app->book->unsubscribe(requests => $book);
        Mojo::IOLoop->remove($beat);
    });
}


sub _event ($self, $what) {
    $self->write('data: ' . encode_json($what) . "\n\n");
}


# Meta's own address for media: asks for the bearer.
sub media ($self) {
    my ($status, $item) = $self->app->media->at_url($self->req,
        $self->app->graph->is_bearer($self->req));

    return $self->rendered($status) if !$item;

    $self->res->headers->content_type($item->{type});
    $self->render(data => $item->{bytes});
}


sub media_of_chat ($self) {
    my $item = $self->app->media->find($self->stash('id'))
        or return $self->rendered(404);

    $self->res->headers->content_type($item->{type});
    $self->render(data => $item->{bytes});
}


1;
