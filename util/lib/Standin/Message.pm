# Copyright (C) ngx_civic_module contributors
#
# What a body of POST /{phone number id}/messages must look like, and the
# rules that go beyond shape.  Pure: it looks at nothing but the body.  Whether
# the recipient can be reached is decided by Standin::Graph.

package Standin::Message;

use Mojo::Base -strict, -signatures;

use Standin::Schema qw(fault);

use constant MAX_ROWS => 10;

my $UNTRIMMED = qr/^\S(?:.*\S)?$/s;


sub _text ($name, $max, %more) {
    return {is => 'string', name => $name, max => $max, %more};
}


sub _object ($keys, %more) {
    return {is => 'object', keys => $keys, %more};
}


sub _must ($spec) {
    return {%$spec, needed => 1};
}


my $LINK = {is => 'string', max => 2048, like => qr{^https?://\S+$}};
my $ID   = {is => 'string', max => 256};

my %MEDIA = (
    image    => {id => $ID, link => $LINK,
                 caption => _text('Caption', 1024)},
    video    => {id => $ID, link => $LINK,
                 caption => _text('Caption', 1024)},
    document => {id => $ID, link => $LINK,
                 caption => _text('Caption', 1024),
                 filename => _text('Filename', 240)},
    audio    => {id => $ID, link => $LINK, voice => {is => 'boolean'}},
    sticker  => {id => $ID, link => $LINK},
);

my $BODY        = _object({text => _text('Body text', 1024, needed => 1)},
                          needed => 1);
my $FOOTER      = _object({text => _text('Footer text', 60, needed => 1)});
my %TEXT_HEADER = (text => {text => _text('Header text', 60, needed => 1)});

my $HEADER = {
    is => 'choice', by => 'type',
    of => {
        %TEXT_HEADER,
        map { $_ => {$_ => _object({%{$MEDIA{$_}}}, needed => 1)} }
            qw(image video document),
    },
};

my $REPLY = _object({
    id    => _text('Button id', 256, needed => 1, like => $UNTRIMMED),
    title => _text('Button title', 20, needed => 1),
}, needed => 1);

my $ROW = _object({
    id          => _text('Row id', 200, needed => 1, like => $UNTRIMMED),
    title       => _text('Row title', 24, needed => 1),
    description => _text('Row description', 72),
});

my $SECTION = _object({
    title => _text('Section title', 24),
    rows  => {is => 'array', name => 'rows', min => 1, max => MAX_ROWS,
              of => $ROW, needed => 1},
});


sub _action ($name, %keys) {
    return _object({
        name => {is => 'string', needed => 1, one_of => [$name]}, %keys,
    }, needed => 1);
}


my %INTERACTIVE = (
    button => {
        header => $HEADER, body => $BODY, footer => $FOOTER,
        action => _object({buttons => {
            is => 'array', name => 'buttons', min => 1, max => 3, needed => 1,
            of => _object({type  => {is => 'string', needed => 1,
                                     one_of => ['reply']},
                           reply => $REPLY}),
        }}, needed => 1),
    },
    list => {
        header => {is => 'choice', by => 'type', of => \%TEXT_HEADER},
        body => $BODY, footer => $FOOTER,
        action => _object({
            button   => _text('Button label', 20, needed => 1),
            sections => {is => 'array', name => 'sections', min => 1,
                         max => 10, of => $SECTION, needed => 1},
        }, needed => 1),
    },
    cta_url => {
        header => $HEADER, body => $BODY, footer => $FOOTER,
        action => _action('cta_url', parameters => _object({
            display_text => _text('Display text', 20, needed => 1),
            url          => _must($LINK),
        }, needed => 1)),
    },
    location_request_message => {
        body => $BODY, action => _action('send_location'),
    },
    request_contact_info => {
        body => $BODY, action => _action('request_contact_info'),
    },
);

my $PARAMETER = {
    is => 'choice', by => 'type',
    of => {
        text    => {text => _text('Parameter text', 1024, needed => 1),
                    parameter_name => $ID},
        payload => {payload => _text('Payload', 128, needed => 1)},
        map { $_ => {$_ => _object({%{$MEDIA{$_}}}, needed => 1)} }
            qw(image video document),
    },
};

my $PARAMETERS = {is => 'array', name => 'parameters', min => 0, max => 64,
                  of => $PARAMETER};

my $TEMPLATE = {
    name => _text('Template name', 512, needed => 1, like => qr/^[a-z0-9_]+$/),
    language => _object({
        code   => _text('Language code', 15, needed => 1),
        policy => {is => 'string', one_of => ['deterministic']},
    }, needed => 1),
    components => {
        is => 'array', name => 'components', min => 0, max => 20,
        of => {
            is => 'choice', by => 'type',
            of => {
                header => {parameters => $PARAMETERS},
                body   => {parameters => $PARAMETERS},
                button => {
                    parameters => $PARAMETERS,
                    sub_type   => {is => 'string', needed => 1,
                                   one_of => [qw(quick_reply url)]},
                    index      => {is => 'number', needed => 1, min => 0,
                                   max => 9},
                },
            },
        },
    },
};

my %KIND = (
    (map { $_ => _object($MEDIA{$_}, needed => 1) } keys %MEDIA),
    text => _object({
        body        => _text('Text body', 4096, needed => 1),
        preview_url => {is => 'boolean'},
    }, needed => 1),
    location => _object({
        latitude  => {is => 'number', min => -90, max => 90, needed => 1},
        longitude => {is => 'number', min => -180, max => 180, needed => 1},
        name      => _text('Location name', 1000),
        address   => _text('Location address', 1000),
    }, needed => 1),
    reaction => _object({
        message_id => _must($ID),
        emoji      => _text('Emoji', 32, min => 0),
    }, needed => 1),
    interactive => {is => 'choice', by => 'type', of => \%INTERACTIVE,
                    needed => 1},
    template    => _object($TEMPLATE, needed => 1),
);

my $USER_ID = qr/^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;
my $PRODUCT = {is => 'string', needed => 1, one_of => ['whatsapp']};

my %COMMON = (
    messaging_product => $PRODUCT,
    recipient_type    => {is => 'string', one_of => ['individual']},
    to                => {is => 'string', max => 32},
    recipient         => {is => 'string', name => 'Recipient', max => 140,
                          like => $USER_ID},
    type              => {is => 'string', one_of => [sort keys %KIND]},
    context           => _object({message_id => _must($ID)}),
    biz_opaque_callback_data =>
        _text('Parameter biz_opaque_callback_data', 512),
);

my $READ = {is => 'object', keys => {
    messaging_product => $PRODUCT,
    status            => {is => 'string', needed => 1, one_of => ['read']},
    message_id        => _must($ID),
    typing_indicator  => _object({
        type => {is => 'string', needed => 1, one_of => ['text']},
    }),
}};


# undef for a body Meta would take, else [code, details].
sub refuse ($body) {
    if (!defined $body->{messaging_product}) {
        return [100, 'The parameter messaging_product is required.'];
    }

    return fault($READ, $body, 'message') if exists $body->{status};

    my $fault = fault($COMMON{type}, $body->{type}, "message['type']");
    return $fault if $fault;

    my $kind = $body->{type} // 'text';
    my %keys = (%COMMON, $kind => $KIND{$kind});

    $fault = fault({is => 'object', keys => \%keys}, $body, 'message');
    return $fault if $fault;

    return _media_rule($body->{$kind})       if $MEDIA{$kind};
    return _template_rule($body->{template}) if $kind eq 'template';
    return _interactive_rule($body->{interactive}) if $kind eq 'interactive';
    return undef;
}


sub _media_rule ($media) {
    return undef if defined $media->{id} xor defined $media->{link};
    return [131009, 'Exactly one of id and link must be given.'];
}


sub _interactive_rule ($interactive) {
    my $action = $interactive->{action};
    my $header = $interactive->{header};

    if ($header && $header->{type} ne 'text') {
        my $fault = _media_rule($header->{$header->{type}});
        return $fault if $fault;
    }

    return _button_rule($action->{buttons}) if $action->{buttons};
    return _list_rule($action->{sections})  if $action->{sections};
    return undef;
}


sub _twice (@values) {
    my %seen;
    return (grep { $seen{$_}++ } @values)[0];
}


sub _button_rule ($buttons) {
    for my $key (qw(id title)) {
        my $twice = _twice(map { $_->{reply}{$key} } @$buttons);
        return [131009, "Duplicate button $key: $twice"] if defined $twice;
    }

    return undef;
}


sub _list_rule ($sections) {
    my @rows = map { @{$_->{rows}} } @$sections;

    if (@rows > MAX_ROWS) {
        return [131009, 'Total row count exceed max allowed count: '
                        . MAX_ROWS];
    }

    if (@$sections > 1 && grep { !defined $_->{title} } @$sections) {
        return [131009, 'Section title is required when there is more than'
                        . ' one section'];
    }

    my $twice = _twice(map { $_->{id} } @rows);
    return [131009, "Duplicate row id: $twice"] if defined $twice;

    return undef;
}


sub _template_rule ($template) {
    for my $component (@{$template->{components} // []}) {
        for my $parameter (@{$component->{parameters} // []}) {
            my $text = $parameter->{text} // next;

            if ($text =~ /[\r\n\t]| {5}/) {
                return [132018, 'Param text cannot have new-line/tab'
                                . ' characters or more than 4 consecutive'
                                . ' spaces'];
            }
        }
    }

    return undef;
}


1;
