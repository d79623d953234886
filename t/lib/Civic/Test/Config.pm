package Civic::Test::Config;

# Copyright (C) ngx_civic_module contributors
#
# The standard configuration of a block that says --- civic: zone, database,
# city, secrets, and both peers played by the scripted servers: mock_http is
# WhatsApp's Graph API, mock_http2 the 311 server.  Lines of the section are
# directives which replace the standard one of the same name; "! name" leaves
# it out.  Whatever a test is about, it should say itself; lateness too: the
# deadlines here are long, and longer under instruments, so that none is over
# by accident.

use strict;
use warnings;

use Civic::Test::Env qw(mock_port project_root slowness spew);
use Civic::Test::Sign qw(APP_SECRET VERIFY_TOKEN);

use constant {
    PHONE_NUMBER_ID => '200000000000001',
    ACCESS_TOKEN    => 'indore_test_access_token',
    OPEN311_KEY     => 'indore_test_311_key',
    MEDIA_KEY       => 'indore_test_media_key_0123456789abcdef',
};

# What both peers answer when the block does not say: kindly.

use constant GRAPH_RULES => <<'END';
POST /v25.0/200000000000001/messages ~ "status" *: *"read" => 200 quiet
  {"success":true}
POST /v25.0/200000000000001/messages => 200
  {"messaging_product":"whatsapp",
  "contacts":[{"input":"x","wa_id":"x"}],
  "messages":[{"id":"wamid.TEST{n}"}]}
END

use constant OPEN311_RULES => <<'END';
GET /services\.json(?:\?.*)? => 200 quiet []
POST /requests\.json(?:\?.*)? => 201
  [{"service_request_id":"311-{n}","service_notice":"","account_id":""}]
END


# (http part, server part) of nginx.conf

sub parts {
    my ($root, $lines) = @_;

    _write_secrets($root);

    my @order = map { $_->[0] } my @standard = _directives($root);
    my %value = map { @$_ } @standard;
    my @more;

    for my $line (split /\n/, $lines) {
        next if $line !~ /\S/ || $line =~ /^\s*#/;

        if ($line =~ /^\s*!\s*(\w+)/) {
            delete $value{$1} // die "civic: no standard $1\n";

        } elsif ($line =~ /^\s*(\w+)\s+(.*?);?\s*$/ && exists $value{$1}) {
            $value{$1} = $2;

        } else {
            push @more, "    $line";
        }
    }

    my @http = map { "    $_ $value{$_};" } grep { exists $value{$_} } @order;

    return (join("\n", _upstreams(), @http, @more), _locations());
}


sub _write_secrets {
    my ($root) = @_;

    spew("$root/conf/app_secret", APP_SECRET . "\n");
    spew("$root/conf/verify_token", VERIFY_TOKEN . "\n");
    spew("$root/conf/access_token", ACCESS_TOKEN . "\n");
    spew("$root/conf/311_key", OPEN311_KEY . "\n");
    spew("$root/conf/media_key", MEDIA_KEY . "\n");
}


# The deadlines of the standard configuration.

sub _late {
    return int(9000 * slowness()) . 'ms';
}


sub _directives {
    my ($root) = @_;

    my $late = _late();

    return (
        [civic_zone => 'civic 8m'],
        [civic_postgres => qq("\$TEST_NGINX_PG" timeout=$late)],
        [civic_city => project_root() . '/conf/city/indore'],
        [civic_phone_number_id => PHONE_NUMBER_ID],
        [civic_app_secret_file => "$root/conf/app_secret"],
        [civic_verify_token_file => "$root/conf/verify_token"],
        [civic_access_token_file => "$root/conf/access_token"],
        [civic_whatsapp_pass => '/_graph/v25.0'],
        [civic_311_pass => '/_311'],
        [civic_311_key_file => "$root/conf/311_key"],
        [civic_311_jurisdiction => 'indore.example'],
        [civic_settle => '0'],
    );
}


sub _upstreams {
    my ($graph, $open311) = (mock_port(1), mock_port(2));

    return <<END;
    upstream graph {
        server 127.0.0.1:$graph max_fails=0;
        keepalive 16;
    }

    upstream open311 {
        server 127.0.0.1:$open311 max_fails=0;
        keepalive 16;
    }
END
}


sub _locations {
    my $late = _late();
    my $proxy = <<END;
            internal;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Accept-Encoding "";
            proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate
                                 X-Accel-Buffering X-Accel-Charset;
            proxy_connect_timeout $late;
            proxy_send_timeout $late;
            proxy_read_timeout $late;
            subrequest_output_buffer_size 64k;
END

    return <<END;
        location = /webhook {
            client_max_body_size 4m;
            client_body_buffer_size 256k;
            civic_webhook;
        }

        location = /status {
            civic_status;
        }

        location /_graph/ {
            proxy_pass http://graph/;
            proxy_set_header Authorization "Bearer \$civic_whatsapp_token";
$proxy        }

        location /_311/ {
            proxy_pass http://open311/;
$proxy        }
END
}


1;
