# Copyright (C) ngx_civic_module contributors
#
# A conversation nobody used for long leaves the zone when a new one comes,
# and is met again from Postgres as if nothing had been.  Fails when
# ngx_civic_conv_make() no longer looks at the age of the oldest.

use strict;
use warnings;

use Test::Nginx::Socket;

plan 'no_plan';
run_tests();

__DATA__

=== TEST 1: an old conversation makes way for a new one, and goes on later
--- civic
civic_zone civic 1m expire=1ms;
--- signed
--- request eval
use Civic::Test::Webhook; post(text('910000000011', 'kachra gadi nahi aayi'))
--- then_request eval
use Civic::Test::Webhook; post(text('910000000012', 'street light band hai'))
--- then_request eval
use Civic::Test::Webhook; post(pin('910000000011', 22.7533, 75.8937))
--- then_request
GET /status
--- error_code: 200
--- response_body_like eval
[qr/^$/, qr/^$/, qr/^$/,
 qr/civic_conversations_expired_total [12]\n.*conversations_evicted_total 0\n/s]
--- pg_query
select service, ward from complaint
--- pg_result
SWM_VEHICLE|29
