package Civic::Test::Runner;

# Copyright (C) ngx_civic_module contributors
#
# One block from beginning to end: its names, files, database and peers; nginx
# up, the steps, nginx down; then what nobody expected.  Whatever fails,
# everything it started is stopped.  It keeps the root of a block that failed
# and says where it is.

use strict;
use warnings;

use File::Path qw(remove_tree);
use File::Temp ();
use Test::More ();

use Civic::Test::Config;
use Civic::Test::Env qw(expand fresh_names mock_port poll_until server_port);
use Civic::Test::Log;
use Civic::Test::Mock;
use Civic::Test::MockRules;
use Civic::Test::Nginx;
use Civic::Test::Postgres;
use Civic::Test::Steps;

# A section that nobody reads is a test that asserts nothing.

my %known = map { $_ => 1 } qw(
    config http_config main_config post_main_config user_files init
    request raw_request pipelined_requests more_headers timeout wait
    error_code error_code_like ignore_response response_body
    response_body_like response_body_unlike response_body_json_sort
    response_headers response_headers_like raw_response_headers_like
    raw_response_headers_unlike error_log no_error_log access_log
    no_access_log grep_error_log grep_error_log_out shutdown_error_log
    no_shutdown_error_log must_die skip_nginx log_level SKIP ONLY LAST
    civic signed together workers shutdown pg_exec pg_query pg_result
    mock_http mock_http2 mock_tls mock_requests mock_requests_like
    mock_requests2 mock_requests2_like);

my ($base, $running, $kept);

# Kept as it was at the start: blocks find their own root in that name.

my $given_root = $ENV{TEST_NGINX_SERVROOT};


# run(block, options of the file)

sub run {
    my ($block, %option) = @_;

    my $title = "$0 - " . $block->name;

    return if _is_skipped($block, $title);

    my $builder = Test::More->builder;
    my $failed = grep { !$_ } $builder->summary;
    my $run = $running = { block => $block, mocks => [], title => $title,
                           timeout => $option{timeout}, %option };

    if (!eval { _run($run, $title); 1 }) {
        my $error = $@;
        Test::More::fail("$title - runs to its end");
        Test::More::diag($error);
    }

    _finish($run, $title);
    undef $running;

    if ($failed != grep { !$_ } $builder->summary) {
        _keep($run, $title);
    }
}


# skip_nginx: N: < 1.26.0

sub _is_skipped {
    my ($block, $title) = @_;

    my $rule = $block->get('skip_nginx') // return 0;
    my ($n, $op, @version) =
        $rule =~ /^\s*(\d+)\s*:\s*([<>]=?|==|!=)\s*(\d+)\.(\d+)(?:\.(\d+))?/
        or die "--- skip_nginx: $rule?\n";
    my $wanted = $version[0] * 1_000_000 + $version[1] * 1_000
                 + ($version[2] // 0);
    my $has = Civic::Test::Nginx::version();

    my %holds = ('<' => $has < $wanted, '<=' => $has <= $wanted,
                 '>' => $has > $wanted, '>=' => $has >= $wanted,
                 '==' => $has == $wanted, '!=' => $has != $wanted);

    return 0 if !$holds{$op};

    SKIP: {
        Test::More::skip("$title - nginx $rule", $n);
    }

    return 1;
}


sub _root {
    if (!defined $base) {
        $base = $given_root
                // File::Temp::tempdir('civic-t-XXXXXX', TMPDIR => 1);
        mkdir $base;
        chmod 0755, $base;
    }

    return $base;
}


sub _run {
    my ($run, $title) = @_;

    my $block = $run->{block};

    for my $name (map { $_->{name} } $block->sections) {
        die "unknown section $name\n"
            if !$known{$name} && !Civic::Test::Steps::is_step($name);
    }

    _prepare($run);
    _configure($run);

    if ($block->has('must_die')) {
        _check_death($run, $title) for 1 .. $run->{repeat_each};
        return;
    }

    my $up = $run->{nginx}->start;

    die 'nginx does not start: ' . _last_words($run) . "\n" if !$up;

    for my $round (1 .. $run->{repeat_each}) {
        Civic::Test::Steps::run($run, $title);
    }

    _check_database($run, $title);
    _check_mocks($run, $title);
}


sub _prepare {
    my ($run) = @_;

    my $block = $run->{block};
    my $root = _root();

    $run->{nginx} = Civic::Test::Nginx->new($root);
    $run->{log} = Civic::Test::Log->new($root);

    fresh_names(
        TEST_NGINX_PORT        => server_port(),
        TEST_NGINX_SERVER_PORT => server_port(),
        TEST_NGINX_SERVROOT    => $root,
        TEST_NGINX_SERVER_ROOT => $root,
        TEST_NGINX_HTML_DIR    => "$root/html",
        TEST_NGINX_MOCK_PORT   => mock_port(1),
        TEST_NGINX_MOCK2_PORT  => mock_port(2),
        TEST_NGINX_MOCK_CERT   => "$root/conf/mock.crt",
    );

    _open_database($run) if _wants_database($block);

    if ($block->has('init')) {
        Civic::Test::Block::_evaluate($block->get('init'));
        die "--- init: $@" if $@;
    }

    _start_mock($run, 1, 'mock_http', Civic::Test::Config::GRAPH_RULES);
    _start_mock($run, 2, 'mock_http2', Civic::Test::Config::OPEN311_RULES);
}


sub _wants_database {
    my ($block) = @_;

    return 1 if $block->has('civic');

    for my $section ($block->sections) {
        return 1 if $section->{name} =~ /^pg_/;
        return 1 if !ref $section->{value}
                    && $section->{value} =~ /TEST_NGINX_PG\b/;
    }

    return 0;
}


sub _open_database {
    my ($run) = @_;

    my $block = $run->{block};
    my $own = $block->has('pg_stop') || $block->has('pg_start');

    $run->{cluster} = $own ? Civic::Test::Postgres::private()
                           : Civic::Test::Postgres::shared();
    $run->{database} = $run->{cluster}->create;
    $ENV{TEST_NGINX_PG} = $run->{cluster}->conninfo($run->{database});

    $run->{cluster}->query($run->{database}, expand($block->get('pg_exec')))
        if $block->has('pg_exec');
}


sub _start_mock {
    my ($run, $number, $section, $usual) = @_;

    my $block = $run->{block};
    my $script = $block->get($section);

    return if !defined $script && !$block->has('civic');

    my $closed = !ref($script // []) && $script =~ /^\s*refuse\s*$/;
    my $rules = Civic::Test::MockRules->parse($closed ? '' : $script);

    $rules->append($usual) if $block->has('civic');

    my $mock = Civic::Test::Mock->new($number, _root(), $rules);
    my $tls = $block->get('mock_tls') // '';

    $mock->{tls} = Civic::Test::Mock::certificate(_root())
        if $tls =~ /\b$number\b/;
    $mock->start if !$closed;

    $run->{mocks}[$number] = $mock;
}


sub _configure {
    my ($run) = @_;

    my $block = $run->{block};
    my %part = map { $_ => expand($block->get($_)) // '' }
               qw(main_config http_config post_main_config);

    if ($block->has('civic')) {
        my ($http, $server) = map { expand($_) }
            Civic::Test::Config::parts(_root(), $block->get('civic'));
        $part{http_config} = "$http\n$part{http_config}";
        $part{config} = "$server\n"
                        . (expand($block->get('config')) // '');

    } else {
        my $from = $block->has('config') ? $block : $run->{config_of}
                   // die "no --- config here and none before\n";
        $part{config} = expand($from->get('config'));
    }

    my @signals = grep { $_->{name} eq 'signal' } $block->sections;

    $run->{nginx}->write_files($block->get('user_files'))
        if $block->has('user_files');
    $run->{nginx}->write_config(
        %part, workers => $block->get('workers') // $run->{workers},
        master => $run->{master} || @signals || $block->has('workers')
                  || $block->has('civic'),
        daemon => scalar(grep { $block->value($_) =~ /USR2/ } @signals),
        must_die => $block->has('must_die'),
        env => $run->{env}, no_root_location => $run->{no_root_location},
        log_level => _word($block->get('log_level')) // $run->{log_level},
        worker_connections => $run->{worker_connections});
}


sub _word {
    my ($text) = @_;

    return defined $text && $text =~ /(\w+)/ ? $1 : undef;
}


sub _check_death {
    my ($run, $title) = @_;

    my $up = $run->{nginx}->start;
    my $code = ($run->{nginx}{status} // 0) >> 8;
    my $wanted = $run->{block}->get('must_die');

    if ($wanted =~ /(\d+)/) {
        Test::More::is($up ? 'running' : $code, $1,
                       "$title - die with the expected exit code");

    } else {
        Test::More::ok(!$up, "$title - die as expected");
    }

    $run->{nginx}->stop('TERM') if $up;
    $run->{nginx}{status} = 0;
    $run->{log}{complete} = 1;
    $run->{log}->check($title, $run->{block});
}


sub _last_words {
    my ($run) = @_;

    my @lines = grep { !/\[debug\]/ } $run->{log}->lines,
                $run->{log}->lines('output.log');

    splice @lines, 0, @lines - 5 if @lines > 5;

    return join '', map { "\n  $_" } @lines;
}


sub _check_database {
    my ($run, $title) = @_;

    my $block = $run->{block};
    my $sql = expand($block->get('pg_query')) // return;
    my $wanted = expand($block->get('pg_result')) // '';

    $wanted =~ s/\n?\z/\n/ if $wanted ne '';

    my $got;
    poll_until(5, sub {
        $got = $run->{cluster}->query($run->{database}, $sql);
        return $got eq $wanted;
    });

    Test::More::is($got, $wanted, "$title - pg_result");
}


sub _check_mocks {
    my ($run, $title) = @_;

    my $block = $run->{block};

    for my $section (qw(mock_requests mock_requests_like)) {
        for my $number (1, 2) {
            my $name = $number == 1 ? $section
                       : $section =~ s/mock_requests/mock_requests2/r;

            next if !$block->has($name);
            $run->{mocks}[$number]->check($title, $name, $block->get($name));
        }
    }
}


# Stops everything, whatever happened, then looks at what is left.

sub _finish {
    my ($run, $title) = @_;

    my $block = $run->{block};
    my @found;

    kill 'CONT', @{ $run->{frozen} } if $run->{frozen};

    if ($run->{nginx}) {
        my $fault = $run->{nginx}->stop(_word($block->get('shutdown'))
                                        // 'QUIT');
        push @found, "$fault\n" if defined $fault;
        push @found, $run->{log}->surprises($block, $run->{nginx}{killed});
        $run->{log}->check_shutdown($title, $block);
    }

    for my $mock (grep { defined } @{ $run->{mocks} }) {
        push @found, $mock->surprises;
        $mock->stop;
    }

    $run->{cluster}->drop($run->{database}) if defined $run->{database};

    return if !@found;

    Test::More::fail("$title - nothing unexpected");
    Test::More::diag(@found);
}


sub _keep {
    my ($run, $title) = @_;

    return if defined $given_root;

    my $path = "$base-failed-" . ++$kept;
    rename $base, $path and Test::More::diag("kept: $path");
    undef $base;
}


# Called at the end of the process, also when it was interrupted.

sub end {
    if ($running) {
        $running->{nginx}->stop('TERM') if $running->{nginx};
        $_->stop for grep { defined } @{ $running->{mocks} };
    }

    Civic::Test::Postgres::end_all();
    remove_tree($base) if defined $base && !defined $given_root;
}


1;
