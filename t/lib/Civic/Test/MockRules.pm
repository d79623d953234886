package Civic::Test::MockRules;

# Copyright (C) ngx_civic_module contributors
#
# What a scripted HTTP server answers.  A rule is a line
#
#     METHOD PATH [~ BODY] => ACTION [option ...] [reply body]
#
# METHOD is a name or *; PATH (anchored) and BODY are regular expressions.
# ACTION is a status, or drop (close without a reply), rst (reset), hang
# (never answer).  Options: times=N (then the rule is used up), delay=S,
# after=N (not before N requests, quiet ones aside, have come), drip=S (eight
# pieces, S apart), size=N (body of N bytes), truncate (half the announced
# body, then close), chunked, close, quiet (answered and recorded, but
# mock_requests does not see it), Name:value (a header).  Lines that start
# with a blank continue the reply body; @file is the body from a file of the
# project; {n} is the number of the request.  The first rule that matches and
# is not used up answers.  With eval the rules are a list of such lines or of
# hashes with the same names, or reply => sub { my ($request) = @_; {...} }.
#
# A request no rule knows is answered 404 and fails the block.

use strict;
use warnings;

use Civic::Test::Env qw(expand project_root slurp);


sub parse {
    my ($class, $script) = @_;

    my @rules = map { ref $_ ? _complete({ %$_ }) : _lines($_) }
                ref $script eq 'ARRAY' ? @$script : ($script // '');

    return bless { rules => \@rules }, $class;
}


sub _lines {
    my ($text) = @_;

    my @rules;

    for my $line (split /\n/, expand($text)) {
        next if $line =~ /^#|^\s*$/;

        if ($line =~ /^\s+(.*)/) {
            die "mock_http: '$line' continues nothing\n" if !@rules;
            $rules[-1]{body} .= "$1\n";
            next;
        }

        push @rules, _line($line);
    }

    return @rules;
}


sub _line {
    my ($line) = @_;

    my ($method, $path, $like, $reply) =
        $line =~ /^(\S+)\s+(\S+)(?:\s+~\s+(.+?))?\s+=>\s+(.+)$/
        or die "mock_http: not a rule: $line\n";
    my %rule = (method => $method, path => $path, body_like => $like);

    ($rule{action}, $reply) = $reply =~ /^(\S+)\s*(.*)$/;

    while ($reply =~ s/^(times|delay|after|drip|size)=([\d.]+)(?:\s+|$)//
           || $reply =~ s/^(truncate|chunked|close|quiet)()(?:\s+|$)//)
    {
        $rule{$1} = $2 eq '' ? 1 : $2;
    }

    while ($reply =~ s/^([A-Z][\w-]*):(\S+)(?:\s+|$)//) {
        $rule{headers}{$1} = $2;
    }

    $rule{body} = $reply;

    return _complete(\%rule);
}


sub _complete {
    my ($rule) = @_;

    $rule->{method} //= '*';
    $rule->{path} //= '.*';
    $rule->{action} //= $rule->{status} // 200;
    $rule->{body} //= '';
    $rule->{headers} //= {};

    if ($rule->{body} =~ /^@(\S+)$/) {
        $rule->{body} = slurp(project_root() . "/$1")
            // die "mock_http: no file $1\n";
    }

    die "mock_http: unknown action $rule->{action}\n"
        if $rule->{action} !~ /^(?:\d{3}|drop|rst|hang)$/;

    return $rule;
}


sub append {
    my ($self, $text) = @_;

    push @{ $self->{rules} }, _lines($text);
}


# The reply to a request, as a rule of its own; nothing if no rule matches.

sub answer {
    my ($self, $request) = @_;

    for my $rule (@{ $self->{rules} }) {
        next if !_matches($rule, $request);

        $rule->{times}-- if defined $rule->{times};

        my %reply = (%$rule, $rule->{reply} ? %{ $rule->{reply}->($request) }
                                            : ());
        $reply{action} = $reply{status} if defined $reply{status};
        $reply{body} = 'x' x $reply{size} if defined $reply{size};
        $reply{body} =~ s/\{n\}/$request->{n}/g;

        return \%reply;
    }

    return;
}


sub _matches {
    my ($rule, $request) = @_;

    return 0 if defined $rule->{times} && $rule->{times} <= 0;
    return 0 if $rule->{method} ne '*'
                && $rule->{method} ne $request->{method};
    return 0 if $request->{path} !~ /^(?:$rule->{path})$/;

    return !defined $rule->{body_like}
           || $request->{body} =~ /$rule->{body_like}/s;
}


1;
