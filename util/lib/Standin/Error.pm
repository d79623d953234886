# Copyright (C) ngx_civic_module contributors
#
# The errors of the Graph API as the stand-in speaks them: code, HTTP status
# and wording.  It only words an error; which one is due is decided elsewhere.

package Standin::Error;

use Mojo::Base -strict, -signatures;

use Mojo::JSON qw(true);
use Mojo::Util qw(md5_sum);


# code => [HTTP status, title]; contracts of the platform, section errors
my %TITLE = (
    0      => [401, 'AuthException'],
    1      => [400, 'API Unknown'],
    2      => [503, 'API Service'],
    3      => [500, 'API Method'],
    4      => [400, 'Application request limit reached'],
    10     => [403, 'Permission Denied'],
    33     => [400, 'Parameter value is not valid'],
    100    => [400, 'Invalid parameter'],
    190    => [401, 'Invalid OAuth access token'],
    368    => [403, 'Temporarily blocked for policies violations'],
    2500   => [400, 'Unknown path components'],
    80007  => [400, 'Rate limit issues'],
    130429 => [400, 'Rate limit hit'],
    130472 => [400, "User's number is part of an experiment"],
    130497 => [403, 'Business account is restricted from messaging users in'
                    . ' this country'],
    131000 => [500, 'Something went wrong'],
    131005 => [403, 'Access denied'],
    131008 => [400, 'Required parameter is missing'],
    131009 => [400, 'Parameter value is not valid'],
    131016 => [500, 'Service unavailable'],
    131021 => [400, 'Recipient cannot be sender'],
    131026 => [400, 'Message undeliverable'],
    131030 => [400, 'Recipient phone number not in allowed list'],
    131031 => [403, 'Account has been locked'],
    131037 => [400, 'Display name approval required'],
    131042 => [400, 'Business eligibility payment issue'],
    131045 => [500, 'Incorrect certificate'],
    131047 => [400, 'Re-engagement message'],
    131048 => [400, 'Spam rate limit hit'],
    131049 => [400, 'Meta chose not to deliver'],
    131050 => [400, 'User has stopped receiving marketing messages'],
    131051 => [400, 'Unsupported message type'],
    131052 => [400, 'Media download error'],
    131053 => [400, 'Media upload error'],
    131056 => [400, '(Business Account, Consumer Account) pair rate limit'
                    . ' hit'],
    131057 => [500, 'Account in maintenance mode'],
    131062 => [400, 'Recipient identifier is not supported'],
    132000 => [400, 'Number of parameters does not match the expected number'
                    . ' of params'],
    132001 => [404, 'Template name does not exist in the translation'],
    132005 => [400, 'Translated text too long'],
    132007 => [400, 'Template format character policy violated'],
    132012 => [400, 'Parameter format does not match format in the created'
                    . ' template'],
    132015 => [400, 'Template is paused'],
    132016 => [400, 'Template is disabled'],
    132018 => [400, 'Template parameter validation failed'],
    133004 => [503, 'Server temporarily unavailable'],
    133010 => [400, 'Phone number not registered'],
    135000 => [400, 'Generic user error'],
);


sub known ($code) {
    return exists $TITLE{$code};
}


sub title ($code) {
    return $TITLE{$code}[1];
}


# The answer to a refused call: (HTTP status, body).
sub answer ($code, $details = undef) {
    my ($http, $title) = @{$TITLE{$code}};

    my %error = (
        message    => "(#$code) $title",
        type       => 'OAuthException',
        code       => $code,
        fbtrace_id => 'A' . substr(md5_sum($code . rand), 0, 22),
    );

    if ($code == 190 || $code == 33) {
        $error{message} = $details // $title;
        $error{type}    = 'GraphMethodException' if $code == 33;

    } elsif (defined $details) {
        $error{error_data} = {
            messaging_product => 'whatsapp',
            details           => $details,
        };
    }

    $error{is_transient} = true if $code == 2 || $code == 4;

    return ($http, {error => \%error});
}


# The same error as it stands in a webhook of status "failed".
sub in_webhook ($code) {
    my $title = title($code);

    return {
        code       => $code,
        title      => $title,
        message    => $title,
        error_data => {details => "$title."},
        href       => '/documentation/business-messaging/whatsapp/support/'
                      . 'error-codes',
    };
}


1;
