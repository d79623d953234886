# Copyright (C) ngx_civic_module contributors
#
# Why: a desk that has nothing to do costs nothing, on every worker of every
# machine.  It fails when something polls: when NGX_CIVIC_SWEEP is a second or
# less, or a timer runs that nothing needs.

use Test::Nginx::Socket;
use Civic::Test::Env qw(slurp);
use Civic::Test::Talk;
use Civic::Test::Webhook;
use Time::HiRes qw(time);

plan 'no_plan';

# How often each of these processes went to sleep by itself.

sub sleeps {
    return map { slurp("/proc/$_/status") =~ /^voluntary_ctxt_switches:\s*(\d+)/m }
           @_;
}

run_tests();

__DATA__

=== TEST 1: a worker with an empty outbox wakes less than once a second
--- civic: civic_311_refresh 1h;
--- workers: 2
--- mock_http2
GET /services\.json(?:\?.*)? => 200 quiet
  [{"service_code":"SL_OFF","service_name":"Light","type":"realtime"}]
--- perl
is(say(line(), post(text('910000000011', 'help'))), 200, 'there was work');
until_true("SELECT state = 'done' FROM outbox");
my @workers = workers();
my @before = ::sleeps(@workers);
my $start = time;
select undef, undef, undef, 9;          # the time that is measured
my $seconds = time - $start;
my @after = ::sleeps(@workers);
cmp_ok(($after[$_] - $before[$_]) / $seconds, '<', 1, "worker $_")
    for 0 .. $#workers;
--- error_code: 200
