# Copyright (C) ngx_civic_module contributors
#
# Meta and the citizens.  New citizens come at times fixed in advance,
# whatever becomes of those before; each says its script (chaos::Citizen).
# What the Graph peer has accepted is reported by three statuses.  Every
# webhook is signed and delivered until it is answered 200: again at once,
# then with growing pauses, at the next node.  Only so many are under way at
# a time, and the others wait in a line: with a connection for each, this
# process spends its time opening connections and hears no answer in time.
# It does not judge.

package chaos::Load;

use Mojo::Base -base, -signatures;

use List::Util qw(min);
use Mojo::IOLoop;
use Mojo::UserAgent;
use Time::HiRes qw(time);

use chaos::Citizen;
use chaos::Record;

use constant {
    TOGETHER      => 50,        # of the crowd, in one webhook
    STATUS        => 0.1,       # between two statuses of a message
    LATE          => 2,         # a copy of a webhook that comes late
    RETRY_FIRST   => 0.25,      # the second retry; the first comes at once
    RETRY_MAX     => 2,
    PATIENCE      => 8,         # for an answer
    UNDER_WAY     => 512,       # calls; each keeps its connection
    BEAT          => 0.1,
};

my @STATUSES = qw(sent delivered read);

# every order there is
my @ORDERS = ([0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 2, 1],
              [1, 2, 0]);

# pause: of a citizen, before saying more; crowd: so many a second look on
has [qw(urls hook record count span twice reordered pause crowd)];
has citizens => sub { {} };
has late => 0;                  # seconds; by what this process itself was
has [qw(come done sent acknowledged pending attempts messages accepted
        calls)] => 0;
has waiting => sub { [] };
has ua => sub {
    Mojo::UserAgent->new(max_connections => UNDER_WAY, connect_timeout => 2,
        inactivity_timeout => PATIENCE, request_timeout => PATIENCE);
};


# $line: to the parent; $graph: where accepted messages are told.
sub run ($self, $line, $graph) {
    chaos::Record::lines($graph, sub ($said) { $self->_accepted($said) });
    chaos::Record::lines($line, sub ($order) { $self->_obey($order) });
    Mojo::IOLoop->start;
}


sub _obey ($self, $order) {
    $self->_schedule if $order->{start};

    return {
        (map { $_ => $self->$_ }
            qw(come done sent acknowledged pending attempts messages accepted
               late)),
        finished => $self->done == $self->count && !$self->pending ? 1 : 0,
    };
}


sub _schedule ($self) {
    my $gap = $self->span / $self->count;
    my $beat = time;

    Mojo::IOLoop->recurring(BEAT, sub {
        my $late = time - $beat - BEAT;

        $self->late($late) if $late > $self->late;
        $beat = time;
    });

    for my $n (1 .. $self->count) {
        Mojo::IOLoop->timer(($n - 1 + ($n * 0.618) % 1) * $gap, sub {
            my $citizen = chaos::Citizen->new(number => $n, said => 0);

            $citizen->{left} = [$citizen->groups];
            $self->citizens->{$citizen->phone} = $citizen;
            $self->come($self->come + 1);
            $self->_say($citizen);
        });
    }

    my $webhooks = int($self->crowd * $self->span / TOGETHER);

    for my $n (0 .. $webhooks - 1) {
        Mojo::IOLoop->timer($n * TOGETHER / $self->crowd, sub {
            $self->_look_on(map { chaos::Citizen->new(looks_on => 1,
                number => $n * TOGETHER + $_) } 1 .. TOGETHER);
        });
    }
}


sub _say ($self, $citizen) {
    my $group = shift @{ $citizen->{left} };

    return $self->done($self->done + 1) if !$group;

    $citizen->said($citizen->said + @$group);
    $citizen->{answered} = 0;

    for my $message (@$group) {
        my $wamid = $self->_wamid;

        $self->_deliver({
            ids => [$wamid], kind => 'message', citizen => $citizen,
            bytes => $self->hook->bytes(
                contacts => [$citizen->contact],
                messages => [$citizen->message($message, $wamid)]),
        });
    }
}


sub _wamid ($self) {
    return 'wamid.IN' . $self->messages($self->messages + 1)->messages;
}


# Many people in one webhook.
sub _look_on ($self, @crowd) {
    my @messages = map { $_->message($_->thumb, $self->_wamid) } @crowd;

    $self->_deliver({
        ids => [map { $_->{id} } @messages], kind => 'crowd',
        citizen => $crowd[0],
        bytes => $self->hook->bytes(contacts => [map { $_->contact } @crowd],
                                    messages => \@messages),
    });
}


# The Graph peer has a message: its statuses follow, and its citizen reads it.
sub _accepted ($self, $said) {
    my ($wamid, $id, $phone) = @$said{qw(wamid id phone)};
    my $citizen = $self->citizens->{$phone} // return;
    my $n = $self->accepted($self->accepted + 1)->accepted;
    my $order = $ORDERS[$self->reordered ? $n % @ORDERS : 0];
    my $delay = $self->reordered ? 0 : STATUS / 2;

    $self->pending($self->pending + @STATUSES);

    for my $i (0 .. $#STATUSES) {
        my $status = $STATUSES[$order->[$i]];

        Mojo::IOLoop->timer($delay + $i * STATUS, sub {
            $self->pending($self->pending - 1);
            $self->_deliver({
                ids => ["$wamid.$status"], kind => 'status', outbox => $id,
                status => $status, citizen => $citizen,
                bytes => $self->_status($citizen, $said, $status),
            });
        });
    }

    return if $citizen->replies->{$id}++ || !$citizen->is_answered;
    return if $citizen->{answered}++;

    Mojo::IOLoop->timer($self->pause, sub { $self->_say($citizen) });
    return;
}


sub _status ($self, $citizen, $said, $status) {
    return $self->hook->bytes(
        contacts => [{ wa_id => $citizen->phone,
                       user_id => $citizen->user_id }],
        statuses => [{
            id => $said->{wamid}, status => $status,
            timestamp => '' . int time,
            recipient_id => $citizen->phone,
            recipient_user_id => $citizen->user_id,
            biz_opaque_callback_data => $said->{id},
        }],
    );
}


sub _deliver ($self, $webhook) {
    my %about = map { $_ => $webhook->{$_} }
                grep { defined $webhook->{$_} } qw(kind outbox status);

    $self->sent($self->sent + 1);
    $self->record->line({ what => 'sent', id => $_, %about,
                          phone => $webhook->{citizen}->phone })
        for @{ $webhook->{ids} };

    $webhook->{signature} = $self->hook->signature($webhook->{bytes});

    $self->_copy($webhook);
    return if !$self->twice;

    $self->_copy($webhook);
    $self->pending($self->pending + 1);
    Mojo::IOLoop->timer(LATE, sub {
        $self->pending($self->pending - 1);
        $self->_copy($webhook);
    });
}


sub _copy ($self, $webhook) {
    $self->pending($self->pending + 1);
    $self->_try($webhook, 1);
}


# Webhooks of one person go to the nodes in turns.
sub _url ($self, $citizen) {
    my @urls = @{ $self->urls };
    my $turn = $citizen->turn;

    $citizen->turn($turn + 1);
    return $urls[$turn % @urls];
}


sub _try ($self, @what) {
    push @{ $self->waiting }, \@what;
    $self->_next;
}


sub _next ($self) {
    while ($self->calls < UNDER_WAY && @{ $self->waiting }) {
        $self->_call(@{ shift @{ $self->waiting } });
    }
}


sub _call ($self, $webhook, $attempt) {
    my $tx = $self->ua->build_tx(POST => $self->_url($webhook->{citizen}), {
        'Content-Type'        => 'application/json',
        'User-Agent'          => 'facebookexternalua',
        'X-Hub-Signature-256' => $webhook->{signature},
    }, $webhook->{bytes});

    $self->attempts($self->attempts + 1);
    $self->calls($self->calls + 1);
    $webhook->{attempts}++;

    $self->ua->start($tx => sub ($ua, $tx) {
        $self->calls($self->calls - 1);
        Mojo::IOLoop->next_tick(sub { $self->_next });

        return $self->_acknowledged($webhook)
            if ($tx->res->code // 0) == 200 && !$tx->error;

        Mojo::IOLoop->timer(_pause($attempt),
                            sub { $self->_try($webhook, $attempt + 1) });
    });
}


sub _pause ($attempt) {
    return $attempt == 1 ? 0
         : min(RETRY_FIRST * 2 ** ($attempt - 2), RETRY_MAX);
}


sub _acknowledged ($self, $webhook) {
    $self->pending($self->pending - 1);

    return if $webhook->{acknowledged}++;

    $self->acknowledged($self->acknowledged + 1);
    $self->record->line({ what => 'acknowledged', id => $_,
                          attempts => $webhook->{attempts} })
        for @{ $webhook->{ids} };
    delete $webhook->{bytes} if !$self->twice;
}


1;
