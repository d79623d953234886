# Copyright (C) ngx_civic_module contributors
#
# Why: --- civic writes the configuration most tests run under, so a line a
# test gives must really replace the usual one.  It fails when a directive is
# there twice, stays although it was left out, or is lost.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use Test::More tests => 10;

use lib "$FindBin::Bin/../lib";
use Civic::Test::Config;
use Civic::Test::Webhook;

my $root = tempdir(CLEANUP => 1);
mkdir "$root/conf";

my ($http, $server) = Civic::Test::Config::parts($root, <<'END');
civic_zone other 1m;
civic_311_wait 1s;
# a remark
! civic_311_key_file
civic_city $TEST_NGINX_HTML_DIR/city;
END

like($http, qr/^ *civic_zone other 1m;$/m, 'replaced');
unlike($http, qr/civic_zone civic/, 'and only once');
like($http, qr/^ *civic_311_wait 1s;$/m, 'added');
unlike($http, qr/civic_311_key_file|remark/, 'left out');
like($http, qr{^ *civic_city \$TEST_NGINX_HTML_DIR/city;$}m,
     'names are expanded later');
like($http, qr/^ *civic_postgres "\$TEST_NGINX_PG" timeout=\d+ms;$/m, 'kept');
like($server, qr/civic_webhook;.*civic_status;/s, 'both locations');
ok(-s "$root/conf/app_secret", 'secrets are files');

ok(!eval { Civic::Test::Config::parts($root, "! civic_typo\n") },
   'leaving out what was never there is a mistake');

my $body = webhook(text('910000000011', "\xe0\xa4\xaa"),
                   status('wamid.X', 'read', '910000000011'));

like($body, qr/"body":"\xe0\xa4\xaa".*"statuses":\[\{.*wamid\.X/s,
     'webhooks are UTF-8 and carry messages and statuses');
