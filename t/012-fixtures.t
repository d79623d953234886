# Copyright (C) ngx_civic_module contributors
#
# Why: whatever shape of webhook Meta is known to send must be taken, acted
# upon once however often it comes, and leave nothing about anybody in a log
# or a counter.  It fails when a kind of message is lost or refused
# (core/wire/civic_wa_in.c), when a repetition is not known any more
# (take_event() and its table message_in), when one update of a large batch
# holds up or spoils the others (ngx_civic_exchange_stale()), and when a line
# of log at level info gets hold of anything that came from outside.

use Test::Nginx::Socket;

use Civic::Test::Env qw(project_root slurp);
use Civic::Test::Talk qw(status_page);
use JSON::PP ();

log_level('info');
timeout(20);

our $updates = 1000;

my $json = JSON::PP->new->utf8->canonical;
our %body = map { m{([^/]+)\.json\z} => slurp($_) }
           glob project_root() . '/t/fixtures/whatsapp/*.json';
our %fixture = map { $_ => $json->decode($body{$_}) } keys %body;

# What the standard peers do not answer: who asks how it goes, or adds something.

our $open311 = "GET /requests/.* => 404 quiet []\n"
    . "POST /servicerequestupdates.json => 200 quiet [{\"update_id\":\"1\"}]\n";


# All fixtures, or those that match, as requests.

sub fixtures {
    my ($like) = @_;

    return map { "POST /webhook\n$body{$_}" }
           grep { !defined $like || /$like/ } sort keys %body;
}


# The values of all changes of the field "messages".

sub values_of {
    my (@bodies) = @_;

    return map { $_->{value} } grep { $_->{field} eq 'messages' }
           map { @{ $_->{changes} // [] } }
           map { @{ $_->{entry} // [] } }
           grep { $_->{object} eq 'whatsapp_business_account' } @bodies;
}


# One row "wamid|number|1" for each message somebody wrote.  A notice that a
# telephone was changed is WhatsApp's, not the person's.

sub rows {
    my (@values) = @_;

    my %row;

    for my $value (@values) {
        for my $message (@{ $value->{messages} // [] }) {
            next if ($message->{system}{type} // '')
                    eq 'customer_identity_changed';
            $row{"$message->{id}|$value->{metadata}{phone_number_id}|1\n"}++;
        }
    }

    return join '', sort keys %row;
}


# Messages and statuses of all fixtures in one body, blown up: each round the
# same with ids of its own, from people of its own.

sub batch {
    my ($count) = @_;

    my @values = values_of(map { $fixture{$_} } sort keys %fixture);
    my ($n, @changes) = 0;

    for (my $round = 1; ; $round++) {
        for my $value (@values) {
            my $copy = $json->decode($json->encode($value)
                =~ s/\b(91000000)00(\d\d)\b/sprintf '%s%02d%s', $1, $round, $2/gre
                =~ s/\b(IN\.\w+)"/$1R$round"/gr);

            for my $list (grep { defined } @$copy{qw(messages statuses)}) {
                splice @$list, $count - $n if @$list > $count - $n;
                $_->{id} .= ".$round" for @$list;
                $n += @$list;
            }

            push @changes, { field => 'messages', value => $copy };

            return { object => 'whatsapp_business_account',
                     entry => [{ id => '1', changes => \@changes }] }
                if $n == $count;
        }
    }
}


# Everything in messages, statuses and cards that came from a person or tells
# about one, as it stands and as a log would escape it.

my %harmless = map { $_ => 1 } qw(id timestamp type status mime_type sha256
    messaging_product pricing_model category code href animated voice
    expiration_timestamp origin catalog_id currency quantity item_price
    product_retailer_id created_timestamp hash source_type source_id
    media_type ctwa_clid recipient_type message_id original_message_id
    errors error_data biz_opaque_callback_data);

sub personal {
    my ($node, $key) = @_;

    return map { personal($_, $key) } @$node if ref $node eq 'ARRAY';

    return map { $harmless{$_} ? () : personal($node->{$_}, $_) }
           keys %$node if ref $node eq 'HASH';

    return if !defined $node || JSON::PP::is_bool($node);

    my @shown = $node =~ /^-?\d+\.\d+\z/
                ? ($node, sprintf('%d', $node * 1e6)) : split /\n/, $node;

    return grep { length >= 5 && $_ ne '910000000001' }
           map { substr $_, 0, 20 } @shown;
}


sub personal_pattern {
    my (@values) = @_;

    my %seen;
    my @strings = grep { !$seen{$_}++ }
                  map { personal($_) } map { @$_{qw(messages statuses
                                                    contacts)} } @values;
    my @forms;

    for my $string (@strings) {
        my $utf8 = $string;
        utf8::encode($utf8);
        push @forms, quotemeta $utf8;

        next if $string !~ /[^\x20-\x7e]/;

        push @forms, quotemeta($utf8 =~ s/([^\x20-\x7e])/
                                          sprintf '\x%02X', ord $1/gexr),
                     quotemeta($string =~ s/([^\x20-\x7e])/
                                            sprintf '\u%04x', ord $1/gexr);
    }

    die "only @{[scalar @forms]} strings are personal?\n" if @forms < 100;

    my $any = join '|', @forms;

    return qr/$any/;
}


our $personal = personal_pattern(values_of(values %fixture));

run_tests();

__DATA__

=== TEST 1: every fixture alone, twice, is 200 and acts once
--- civic
--- mock_http2 eval: $open311
--- request eval: [fixtures()]
--- then_request eval: [fixtures()]
--- signed
--- error_code: 200
--- response_body_like: ^$
--- perl
unlike(status_page(), $personal, '/status knows nobody');
--- pg_query
SELECT wamid, number_id, count(*) FROM message_in GROUP BY 1, 2
 ORDER BY wamid COLLATE "C", number_id
--- pg_result eval: rows(values_of(values %fixture))
--- no_error_log eval: $personal
--- no_access_log eval: $personal
--- no_shutdown_error_log eval: $personal



=== TEST 2: after a restart, which forgets all but Postgres, none acts again
--- civic
--- mock_http2 eval: $open311
--- request eval: [fixtures()]
--- restart
--- pg_do
CREATE TABLE before AS SELECT count(*) AS n, max(outbox_id) AS last FROM outbox
--- then_request eval: [fixtures()]
--- signed
--- error_code: 200
--- pg_query
SELECT count(*) FROM outbox, before
 WHERE outbox_id > last AND kind = 'send'
--- pg_result
0
--- no_error_log eval: $personal



=== TEST 3: a thousand updates in one webhook, twice, act once each
--- civic
civic_postgres "$TEST_NGINX_PG" timeout=10s;
--- mock_http2 eval: $open311
--- request eval
our $batch = batch($updates);
our $sent = "POST /webhook\n" . JSON::PP->new->utf8->encode($batch);
[$sent, $sent]
--- signed
--- error_code: 200
--- perl
unlike(status_page(), $personal, '/status knows nobody');
like(status_page(), qr/^civic_webhooks_deferred_total 0$/m, 'none was late');
--- pg_query
SELECT wamid, number_id, count(*) FROM message_in GROUP BY 1, 2
 ORDER BY wamid COLLATE "C", number_id
--- pg_result eval: rows(values_of($batch))
--- no_error_log eval: personal_pattern(values_of($batch))
--- no_access_log eval: personal_pattern(values_of($batch))
--- no_shutdown_error_log eval: personal_pattern(values_of($batch))



=== TEST 4: the same thousand on four connections and two workers at once
--- civic
civic_postgres "$TEST_NGINX_PG" timeout=10s;
--- mock_http2 eval: $open311
--- workers: 2
--- together
--- request eval
our $batch = batch($updates);
our $sent = "POST /webhook\n" . JSON::PP->new->utf8->encode($batch);
[($sent) x 4]
--- signed
--- error_code: 200
--- then_request eval: $sent
--- pg_query
SELECT wamid, number_id, count(*) FROM message_in GROUP BY 1, 2
 ORDER BY wamid COLLATE "C", number_id
--- pg_result eval: rows(values_of($batch))
--- no_error_log eval: $personal
