# Copyright (C) ngx_civic_module contributors
#
# Plays the conversations of conversations.json through a running instance,
# prints them as a chat and looks at both ends: what the citizen was told must
# be what 311 holds.  It refuses to believe one side alone.

package run::Check;

use strict;
use warnings;
use utf8;

use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(time);

use run::Transcript;

use constant ANSWER_SECONDS => 15;


sub new {
    my ($class, $root, $facts) = @_;

    my $base = ($facts->{page} // '') =~ s{/$}{}r
        or die "--check needs the stand-ins\n";

    return bless {
        base => $base,
        log  => $facts->{open311_log},
        plan => "$root/util/lib/run/conversations.json",
        http => HTTP::Tiny->new(timeout => 2 * ANSWER_SECONDS),
    }, $class;
}


# Returns the exit code.
sub play {
    my ($self) = @_;

    open my $file, '<:raw', $self->{plan} or die "$self->{plan}: $!\n";
    my $plan   = JSON::PP->new->utf8->decode(do { local $/; <$file> });
    my $failed = 0;

    binmode STDOUT, ':utf8';
    local $| = 1;

    for my $conversation (@{$plan->{conversations}}) {
        run::Transcript::title($conversation->{title});

        my $ok = eval {
            my $known = $self->_converse($conversation);
            $self->_compare($known);
            $self->_look_at_photo($known->{request}) if $conversation->{photo};
            1;
        };

        run::Transcript::verdict($ok, $@ || "both ends agree");
        $failed++ unless $ok;
    }

    return $failed ? 1 : 0;
}


sub _converse {
    my ($self, $conversation) = @_;

    my %known;
    my $phone = $conversation->{phone};
    my $seen  = @{$self->_chat($phone)};

    for my $step (@{$conversation->{steps}}) {
        my %act = map { $_ => _filled($step->{act}{$_}, \%known) }
                  keys %{$step->{act}};

        my $done = $self->_post('/_control/citizen',
            {%act, phone => $phone, name => $conversation->{name}});

        die "the webhook was answered $done->{webhook_status}\n"
            unless $done->{webhook_status} == 200;

        $seen = $self->_await($phone, $seen, $step->{expect}, \%known);
    }

    return \%known;
}


# Waits until the bubbles after $seen meet all that is expected; prints them.
sub _await {
    my ($self, $phone, $seen, $expected, $known) = @_;

    my $until = time + ANSWER_SECONDS;
    my $start = $seen;

    while (1) {
        my $left = $until - time;
        my $chat = $self->_chat($phone, $seen, $left);

        run::Transcript::bubble($_) for @$chat[$seen .. $#$chat];
        $seen = @$chat;

        my @new     = @$chat[$start .. $#$chat];
        my ($unmet) = grep { !_is_met($_, \@new, $known) } @$expected;

        return $seen unless $unmet;
        die 'no answer with ' . JSON::PP->new->encode($unmet) . "\n"
            if $left <= 0;
    }
}


sub _is_met {
    my ($expected, $bubbles, $known) = @_;

    for my $bubble (grep { $_->{direction} eq 'out' } @$bubbles) {
        return 1 if _matches($expected, $bubble, $known);
    }

    return 0;
}


sub _matches {
    my ($expected, $bubble, $known) = @_;

    my %found;
    my %texts = (
        kind   => [$bubble->{kind}],
        text   => [$bubble->{text}],
        button => [map { $_->{title} } @{$bubble->{buttons} // []}],
        row    => [map { "$_->{title} " . ($_->{description} // '') }
                   @{$bubble->{rows} // []}],
    );
    $texts{any} = [map { @$_ } values %texts];

    for my $key (keys %$expected) {
        my $pattern = _filled($expected->{$key}, $known);
        my $matched = 0;

        for my $text (@{$texts{$key} // die "unknown expectation $key\n"}) {
            next unless $text =~ /$pattern/;
            $matched = 1;
            %found   = (%found, %+);
            last;
        }

        return 0 unless $matched;
    }

    %$known = (%$known, %found);
    return 1;
}


sub _filled {
    my ($text, $known) = @_;

    return $text =~ s/\{([a-z]+)\}/$known->{$1} \/\/ "{$1}"/ger;
}


# The other end: 311 holds the number it gave, and our number with it; and
# when the citizen asked, 311 was asked and answered.
sub _compare {
    my ($self, $known) = @_;

    my ($ours, $theirs) = @$known{qw(ticket request)};
    my ($held) = grep { $_->{service_request_id} eq $theirs }
                 @{$self->_get('/_control/requests')};

    die "311 does not hold $theirs\n" unless $held;
    die "311 holds $theirs without our $ours\n"
        unless JSON::PP->new->encode($held) =~ /\Q$ours\E/;

    open my $log, '<:raw', $self->{log} or die "$self->{log}: $!\n";
    my @asked = grep { $_->{path} =~ m{/requests/\Q$theirs\E\.json} }
                map  { JSON::PP->new->utf8->decode($_) } <$log>;

    die "311 was not asked how far $theirs is\n" unless @asked;
    die "311 answered $asked[-1]{status} when asked for $theirs\n"
        unless $asked[-1]{status} == 200;

    run::Transcript::note("311 holds $theirs, $held->{service_code}, with"
                          . " our number $ours");
}


# The photo is at 311 as a link that works, with the registration or added to
# it since.
sub _look_at_photo {
    my ($self, $request) = @_;

    my $until = time + ANSWER_SECONDS;

    while (1) {
        my ($held) = grep { $_->{service_request_id} eq $request }
                     @{$self->_get('/_control/requests')};

        open my $log, '<:raw', $self->{log} or die "$self->{log}: $!\n";
        my @links = grep { $_ } ($held->{media_url}, map { $_->{media_url} }
                    grep { ($_->{service_request_id} // '') eq $request }
                    map  { ref $_->{body} eq 'HASH' ? $_->{body} : () }
                    map  { JSON::PP->new->utf8->decode($_) } <$log>);

        if (@links) {
            my $photo = $self->{http}->get($links[0]);
            die "the link of the photo answers $photo->{status}\n"
                unless $photo->{status} == 200
                       && $photo->{headers}{'content-type'} eq 'image/jpeg';

            return run::Transcript::note("311 has the photo, a link to "
                . length($photo->{content}) . ' bytes');
        }

        die "311 has no photo of $request\n" if time > $until;
        select undef, undef, undef, 0.1;
    }
}


sub _chat {
    my ($self, $phone, $after, $wait) = @_;

    my $query = "phone=$phone";
    $query .= "&after=$after&wait=" . sprintf '%.2f', $wait
        if defined $after && $wait > 0;

    return $self->_get("/_control/chat?$query");
}


sub _get {
    my ($self, $path) = @_;

    return _decoded($path, $self->{http}->get($self->{base} . $path));
}


sub _post {
    my ($self, $path, $body) = @_;

    return _decoded($path, $self->{http}->post($self->{base} . $path, {
        headers => {'Content-Type' => 'application/json'},
        content => JSON::PP->new->utf8->encode($body),
    }));
}


sub _decoded {
    my ($path, $answer) = @_;

    die "$path: $answer->{status} $answer->{content}\n"
        unless $answer->{success};
    return JSON::PP->new->utf8->decode($answer->{content});
}


1;
