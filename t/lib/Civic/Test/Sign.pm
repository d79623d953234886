package Civic::Test::Sign;

# Copyright (C) ngx_civic_module contributors
#
# Meta's signature of a webhook: HMAC-SHA256 over the raw bytes of the body,
# keyed by the app secret.  sign() gives the whole header for --- more_headers
# eval; it signs exactly the bytes it is given and trims nothing.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex);
use Exporter 'import';

our @EXPORT_OK = qw(sign signature APP_SECRET VERIFY_TOKEN);
our @EXPORT = qw(sign);

use constant APP_SECRET => 'indore_test_app_secret';
use constant VERIFY_TOKEN => 'indore_test_verify_token';


sub signature {
    my ($body, $secret) = @_;

    return 'sha256=' . hmac_sha256_hex($body, $secret // APP_SECRET);
}


sub sign {
    my ($body, $secret) = @_;

    return 'X-Hub-Signature-256: ' . signature($body, $secret);
}


1;
