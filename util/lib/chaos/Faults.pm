# Copyright (C) ngx_civic_module contributors
#
# The trouble a scenario makes, one entry for each kind: what happens when it
# begins, and what when it ends.  A fault is played in rounds: so many seconds
# on, so many off, as long as new citizens come; then it is off for good.
# Signals go only to processes of this scenario.

package chaos::Faults;

use strict;
use warnings;

use Time::HiRes qw(time);

use Civic::Test::Env qw(slurp);

# on, off, how often it has really struck (how often it was on)

my %PLAY = (
    none      => [sub { }, sub { }, sub { undef }],
    crowd     => [sub { }, sub { }, \&_evicted],
    kill      => [\&_kill, sub { }],
    reload    => [\&_reload, sub { }],
    stop      => [\&_stop, \&_start],
    freeze    => [\&_freeze, \&_thaw],
    terminate => [\&_terminate, sub { }],
    full      => [sub { _full($_[0], 'true') }, sub { _full($_[0], 'false') }],
    graph     => [sub { _peer('graph', @_) }, sub { _peer('graph', $_[0]) },
                  sub { _struck('graph', @_) }],
    city      => [sub { _peer('city', @_) }, sub { _peer('city', $_[0]) },
                  sub { _struck('city', @_) }],
    clock     => [\&_step, sub { }, sub { $_[0]{stepped} // 0 }],
    storm     => [\&_storm, \&_calm],
);

# seconds beside the true time, one after the other; what is due later by a
# clock put back is due by the last one, and nobody waits for minutes
my @STEPS = (180, -120, 240, 60, -180);
my $LAST_STEP = 300;

# SQL that is there before nginx: while the switch is on, the disk is full
# for whoever writes.  By its key: what plans without one costs so much under
# enable_seqscan = off that Postgres compiles it each time (jit).
my $FULL = q{
    CREATE TABLE chaos_disk (id integer PRIMARY KEY, is_full boolean);
    INSERT INTO chaos_disk VALUES (1, false);

    CREATE FUNCTION chaos_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT is_full FROM chaos_disk WHERE id = 1) THEN
            RAISE EXCEPTION 'could not extend file: No space left on device'
                USING ERRCODE = '53100';
        END IF;
        RETURN NULL;
    END $$;
} . join '', map { "CREATE TRIGGER chaos_write AFTER INSERT OR UPDATE ON $_
                    EXECUTE FUNCTION chaos_write();\n" }
             qw(message_in conversation outbox complaint);


# %with: site, play, with (the kind of it), on, off

sub new {
    my ($class, %with) = @_;

    my $self = bless { played => 0, is_on => 0, %with }, $class;

    $self->{site}->sql($FULL) if $self->{play} eq 'full';

    return $self;
}


sub start {
    my ($self) = @_;

    $self->{next} = time + 0.5;
}


# To be called often.

sub tick {
    my ($self) = @_;

    return if time < $self->{next};

    if ($self->{is_on} && $self->{on}) {
        $self->_turn(0);
        $self->{next} = time + $self->{off};
        return;
    }

    $self->_turn(1);
    $self->{next} = time + ($self->{on} || $self->{off});
}


sub end {
    my ($self) = @_;

    $self->_turn(0) if $self->{is_on};
    $self->_set_clock($LAST_STEP) if $self->{play} eq 'clock';
}


sub _turn {
    my ($self, $on) = @_;

    $self->{played}++ if $on;
    $self->{is_on} = $on;
    $PLAY{ $self->{play} }[$on ? 0 : 1]->($self, $self->{with});
}


# How often it has really struck; nothing where that cannot be said.

sub struck {
    my ($self) = @_;

    my $count = $PLAY{ $self->{play} }[2] // return $self->{played};

    return $count->($self);
}


sub _struck {
    my ($peer, $self) = @_;

    return $self->{site}{$peer}->ask({})->{struck};
}


sub _evicted {
    my ($self) = @_;

    return $self->{site}{evicted};
}


sub _node {
    my ($self) = @_;

    my $nodes = $self->{site}{nodes};

    return $nodes->[$self->{played} % @$nodes];
}


sub _kill {
    my ($self) = @_;

    $self->_node->kill_worker($self->{played} * 7 + 3);
}


sub _reload {
    my ($self) = @_;

    $self->_node->reload;
}


sub _stop {
    my ($self) = @_;

    $self->{site}{cluster}->stop('immediate');
}


sub _start {
    my ($self) = @_;

    $self->{site}{cluster}->start;
}


# The whole server, postmaster and all.

sub _freeze {
    my ($self) = @_;

    my $pid = $self->{site}{cluster}{pid};
    my @all = ($pid, split ' ', slurp("/proc/$pid/task/$pid/children") // '');

    $self->{frozen} = \@all;
    kill 'STOP', @all;
}


sub _thaw {
    my ($self) = @_;

    kill 'CONT', @{ delete $self->{frozen} // [] };
}


sub _terminate {
    my ($self) = @_;

    $self->{site}{cluster}->kill_backends($self->{site}{database});
}


sub _full {
    my ($self, $is) = @_;

    $self->{site}->sql("UPDATE chaos_disk SET is_full = $is");
}


# All calls are struck in one round, every second one in the next.

sub _peer {
    my ($peer, $self, $fault) = @_;

    $self->{site}{$peer}->ask({ fault => $fault,
                                every => 2 - $self->{played} % 2 });
}


# A step counts when whose clock it is has gone by it until the next one.

sub _step {
    my ($self) = @_;

    my $steps = $self->{played} - 1;

    if ($steps) {
        my $off = $self->{site}->clock_is_off - $self->{step};
        $self->{stepped}++ if abs($off) < 10;
    }

    $self->_set_clock($STEPS[$steps % @STEPS]);
}


sub _set_clock {
    my ($self, $seconds) = @_;

    $self->{step} = $seconds;
    $self->{site}->set_clock($seconds);
}


# Everything at once.

sub _storm {
    my ($self) = @_;

    _peer('graph', $self, 'drop');
    _peer('city', $self, 'drop');
    $self->_kill;
    $self->_terminate;
}


sub _calm {
    my ($self) = @_;

    _peer('graph', $self);
    _peer('city', $self);
    $self->_reload;
}


1;
