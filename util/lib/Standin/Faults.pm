# Copyright (C) ngx_civic_module contributors
#
# Trouble ordered for the next calls to one of the two stand-ins.  It only
# keeps the orders and hands them out; Standin::App carries them out.
#
# An order is a hash:
#   next       how many calls it is for (1)
#   delay_ms   answer that late
#   status     answer with this HTTP status
#   code       graph only: answer with this error code and its HTTP status
#   body       answer with these bytes, whatever they are (status 200)
#   hang       never answer
#   drop       close the connection instead of answering
#   failed     graph only: accept, then report this error code by webhook
#   processed  carry the call out before the trouble (drop and body: true,
#              otherwise false; with delay_ms alone the call is always carried
#              out)

package Standin::Faults;

use Mojo::Base -base, -signatures;

use Standin::Error;

use constant MAX_ORDERS => 100;

my %FORM = (
    target    => qr/^(?:graph|open311)$/,
    next      => qr/^[1-9]\d{0,5}$/,
    delay_ms  => qr/^\d{1,6}$/,
    status    => qr/^[2-5]\d\d$/,
    code      => qr/^\d+$/,
    failed    => qr/^\d+$/,
    body      => qr/^/,
    hang      => qr/^[01]$/,
    drop      => qr/^[01]$/,
    processed => qr/^[01]$/,
);

has orders => sub { {graph => [], open311 => []} };


# Dies with one line for a person when the order makes no sense.
sub order ($self, $order) {
    for my $key (sort keys %$order) {
        my $form = $FORM{$key} or die "unknown key $key\n";
        die "$key is not valid\n" unless ($order->{$key} // '') =~ $form;
    }

    die "target must be graph or open311\n" unless $order->{target};

    for my $key (qw(code failed)) {
        next unless defined $order->{$key};
        die "$key is not an error code of the Graph API\n"
            unless $order->{target} eq 'graph'
                   && Standin::Error::known($order->{$key});
    }

    my $queue = $self->orders->{$order->{target}};
    die "too many orders\n" if @$queue >= MAX_ORDERS;

    my $answered = grep { $order->{$_} }
                   qw(status code hang);

    push @$queue, {
        processed => $answered ? 0 : 1,
        %$order,
        left => $order->{next} // 1,
    };
}


sub clear ($self, $target) {
    @{$self->orders->{$target}} = ();
}


# The order for the call that has just come in, or undef.
sub take ($self, $target) {
    my $queue = $self->orders->{$target};
    my $order = $queue->[0] or return undef;

    shift @$queue if --$order->{left} == 0;
    return $order;
}


1;
