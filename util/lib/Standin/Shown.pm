# Copyright (C) ngx_civic_module contributors
#
# A message of the city as the citizen sees it: one flat bubble for the chat
# page and the machine API.  Works on bodies Standin::Message has accepted.

package Standin::Shown;

use Mojo::Base -strict, -signatures;

my %KIND = (
    button                   => 'buttons',
    list                     => 'list',
    cta_url                  => 'link',
    location_request_message => 'location_request',
    request_contact_info     => 'contact_request',
);

# The wording of a template is held by Meta; of these it is known.
my %WORDING = (
    'complaint_update:en' =>
        'About your complaint to 311: {{1}} Reply to write to us.',
    'complaint_update:hi' =>
        '311 में आपकी शिकायत के बारे में: {{1}} हमें लिखने के लिए जवाब दीजिए।',
);


sub bubble ($body) {
    my $type = $body->{type} // 'text';

    return _interactive($body->{interactive}) if $type eq 'interactive';
    return _template($body->{template})       if $type eq 'template';

    my $message = $body->{$type};
    my %bubble  = (
        kind => $type,
        text => $message->{body} // $message->{caption} // $message->{emoji}
                // $message->{name} // '',
    );

    for my $key (qw(latitude longitude link)) {
        $bubble{$key} = $message->{$key} if defined $message->{$key};
    }

    return \%bubble;
}


sub _interactive ($interactive) {
    my $action = $interactive->{action};
    my %bubble = (
        kind => $KIND{$interactive->{type}},
        text => $interactive->{body}{text},
    );

    for my $part (qw(header footer)) {
        my $text = ($interactive->{$part} // {})->{text} // next;
        $bubble{$part} = $text;
    }

    if ($action->{buttons}) {
        $bubble{buttons} = [map { {id    => $_->{reply}{id},
                                   title => $_->{reply}{title}} }
                            @{$action->{buttons}}];

    } elsif ($action->{sections}) {
        $bubble{list_button} = $action->{button};
        $bubble{rows} = [map { _rows($_) } @{$action->{sections}}];

    } elsif ($action->{parameters}) {
        $bubble{link}       = $action->{parameters}{url};
        $bubble{link_title} = $action->{parameters}{display_text};
    }

    return \%bubble;
}


sub _rows ($section) {
    my %of = defined $section->{title} ? (section => $section->{title}) : ();
    return map { {%$_, %of} } @{$section->{rows}};
}


# The wording with its parameters; of another template the parameters alone.
sub _template ($template) {
    my @components = @{$template->{components} // []};

    my @texts = map { $_->{text} // () }
                map { @{$_->{parameters} // []} }
                grep { $_->{type} eq 'body' } @components;

    my @buttons = map { {id => $_, title => $_} }
                  map { $_->{payload} // () }
                  map { @{$_->{parameters} // []} }
                  grep { ($_->{sub_type} // '') eq 'quick_reply' } @components;

    my $text = $WORDING{"$template->{name}:$template->{language}{code}"}
             // join "\n", map { "{{$_}}" } 1 .. @texts;

    return {
        kind     => 'template',
        template => $template->{name},
        language => $template->{language}{code},
        text     => $text =~ s/\{\{(\d+)\}\}/$texts[$1 - 1] \/\/ ''/ger,
        @buttons ? (buttons => \@buttons) : (),
    };
}


1;
