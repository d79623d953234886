# Copyright (C) ngx_civic_module contributors
#
# Why: clerks edit the city's texts, categories, wards and words; whatever
# they get wrong must be told by file and line, all at once, before a citizen
# sees it, and must not disturb the city at work.  It fails when a check in
# core/city or core/dialogue/civic_check.c goes away, or when a loader stops
# at the first fault.

use Test::Nginx::Socket;

use Civic::Test::Env qw(project_root slurp spew);

log_level('info');

my $indore = project_root() . '/conf/city/indore';


# A copy of the city in html/city, with these files changed:
# city('texts.csv', sub { s/this/that/ or die }, ...)

sub city {
    my (%change) = @_;

    my $dir = "$ENV{TEST_NGINX_HTML_DIR}/city";

    mkdir $dir or die "$dir: $!\n";

    for my $path (glob "$indore/*") {
        my ($name) = $path =~ m{([^/]+)\z};
        my $code = delete $change{$name};

        local $_ = slurp($path);
        $code->() if $code;
        spew("$dir/$name", $_);
    }

    die join(' ', keys %change), ": no such file\n" if %change;
}


# An edit that changes nothing would prove nothing.

sub change {
    my ($from, $to) = @_;

    return sub { s/$from/$to/ or die "$from is not there\n" };
}


# The line of a city's file that begins so.

sub line_of {
    my ($name, $begins) = @_;

    my $n = 0;

    for my $line (split /\n/, slurp("$indore/$name")) {
        $n++;
        return $n if index($line, $begins) == 0;
    }

    die "no line of $name begins with $begins\n";
}


run_tests();

__DATA__

=== TEST 1: a city that is not there
--- http_config
    civic_city none;
--- config
    location = /t { return 204; }
--- must_die
--- error_log eval
qr{cannot open "\S+/none/departments.csv".* in \S+nginx.conf:\d+}



=== TEST 2: a city twice
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city();
--- must_die
--- error_log eval
qr/"civic_city" directive is duplicate in \S+nginx.conf:\d+/



=== TEST 3: a button too long in Hindi only
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', change(qr/^(button_yes,button,[^,]+),[^,]+/m,
                         'button_yes,button,Go on,' . 'ab' x 10 . 'c'));
--- must_die
--- error_log eval
['texts.csv:' . main::line_of('texts.csv', 'button_yes,')
 . ': hi may become 21 units long with its longest values; a button has at'
 . ' most 20',
 qr{"civic_city" cannot use "\S+/city" in \S+nginx.conf:\d+}]
--- no_error_log eval
qr{texts.csv:\d+: (?:en|hi_latn) }



=== TEST 4: vowel signs count, emoji count twice; what fits exactly is taken
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', change(qr/^button_yes,button,.*$/m,
                         'button_yes,button,' . 'a' x 20 . ','
                         . 'हाँ' x 6 . 'जी,' . '👍' x 10));
--- config
    location = /t { return 204; }
--- request
GET /t
--- error_code: 204



=== TEST 5: one emoji more is two units too many
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', change(qr/^button_yes,button,.*$/m,
                         'button_yes,button,Go on,ठीक,' . '👍' x 11));
--- must_die
--- error_log eval
qr{texts.csv:\d+: hi_latn may become 22 units long .* button has at most 20}



=== TEST 6: a text is measured with the longest values of its placeholders
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', sub { $_ .= "long,row,{ticket}{ticket}12345,"
                              . "{ticket},{ticket}\n" });
--- must_die
--- error_log eval
qr{texts.csv:\d+: en may become 25 units long .* row has at most 24}



=== TEST 7: every fault of texts.csv, at once
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', sub {
    $_ = join "\n",
        grep({ !/^button_no[^,]*,|^button_new,/ } split /\n/),
        'one,body,Ticket {ticket},टिकट,Ticket {ticket}',
        'two,body,Hello {stranger},नमस्ते,Namaste',
        'three,body,Hello,,Namaste',
        'four,poem,Roses,गुलाब,Gulab',
        'five,button,Yes,"हाँ',
        'जी",Haan',
        'six,body,A { brace,ब्रेस,Brace',
        'button_yes,button,Again,फिर,Phir', '';
});
--- must_die
--- error_log eval
[qr{texts.csv:\d+: hi has other placeholders than en; they must be the same},
 qr{texts.csv:\d+: en has \{stranger\}, which is no placeholder we know},
 qr{texts.csv:\d+: .*hi}, qr{texts.csv:\d+: kind "poem" is not known},
 qr{texts.csv:\d+: hi has a line break; a button is one line},
 qr{texts.csv:\d+: en has a brace that is not part of a \{placeholder\}},
 qr{texts.csv:\d+: text "button_yes" is there twice; each key once},
 qr{"civic_city" cannot use}]



=== TEST 8: a text the dialogue needs
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', change(qr/^button_new,.*\n/m, ''));
--- must_die
--- error_log
texts.csv: text "button_new" is missing



=== TEST 9: a language without its column
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', change(qr/^key,kind,en,hi,/m, 'key,kind,en,hindi,'));
--- must_die
--- error_log eval
qr{texts.csv:\d+: no column "hi"; wanted: key kind en hi hi_latn}



=== TEST 10: a file saved in another encoding
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('departments.csv', change(qr/Garden/, "Jard\xedn"));
--- must_die
--- error_log eval
'departments.csv:' . main::line_of('departments.csv', 'GRD,')
. ': bytes that are not UTF-8; save the file as UTF-8'



=== TEST 11: every fault of the categories, at once
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('categories.csv', sub {
    s/^(\w+),SWM,/$1,SMW,/m or die;
    s/^(SL_OFF,\w+,[^,]+,[^,]+,[^,]+),[^,]+/$1,Street lamp does not shine/m
        or die;
    s/^(WTR_DIRTY,.*)$/$1\n$1/m or die;
});
--- must_die
--- error_log eval
[qr{categories.csv:\d+: no department "SMW"},
 qr{categories.csv:\d+: row_en is 26 units long; at most 24 fit},
 qr{categories.csv:\d+: service "WTR_DIRTY" is there twice},
 qr{"civic_city" cannot use}]



=== TEST 12: wards and their map must agree
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('wards.csv', change(qr/^85,.*\n/m, '84,Again,फिर,1,One,एक,' . "\n"));
--- must_die
--- error_log eval
[qr{wards.csv:\d+: ward 84 is there twice},
 qr{wards.geojson.*: feature \d+ has no known "ward_no"}]



=== TEST 13: places by name: every row that cannot be right
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('places.csv', sub {
    s{^Rajwada,\K[^,]*}{}m or die;
    s/^(Siyaganj,.*),60,22[^,]*,/$1,600,22N,/m or die;
    s/^(Ranipura,.*),$/$1,much/m or die;
});
--- must_die
--- error_log eval
[qr{places.csv:\d+: name_hi is empty; it must be filled},
 qr{places.csv:\d+: ward_no 600 is no ward of this city},
 qr{places.csv:\d+: lat is "22N"; it must be degrees like 22.7186},
 qr{places.csv:\d+: needs is "much"; it must be empty, "more" or "near"}]



=== TEST 14: a city that knows no places by name
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('places.csv', sub { });
unlink "$ENV{TEST_NGINX_HTML_DIR}/city/places.csv" or die "$!\n";
--- config
location = /t { return 200; }
--- request
GET /t
--- error_code: 200



=== TEST 15: a map without a ward
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('wards.geojson', change(qr/"ward_no":3,/, '"ward_no":2,'));
--- must_die
--- error_log eval
[qr{wards.geojson.*: feature \d+ is a second polygon of ward 2},
 qr{wards.geojson.*: ward 3 has no polygon; add a feature}]



=== TEST 16: a polygon that crosses itself
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('wards.geojson', sub {
    my $crossed = '[75,22],[76,23],[76,22],[75,23],[75,22]]]';
    s/("ward_no":1,.*?"coordinates":\[\[).*?\]\]\]/$1$crossed/ or die;
});
--- must_die
--- error_log eval
qr{wards.geojson.*: feature 1 \(ward 1\) is no valid polygon in degrees.*; correct its geometry}



=== TEST 17: a map cut off in the middle
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('wards.geojson', sub { substr $_, 200_000, length, '' });
--- must_die
--- error_log eval
qr{wards.geojson:\d+: not JSON from here on}



=== TEST 18: a command nobody can say, since its name is misspelt
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('commands.csv', change(qr/^cancel,/m, 'cancle,'));
--- must_die
--- error_log
commands.csv: command "cancel" is missing



=== TEST 19: a word that stands for two commands
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('commands.csv', change(qr/^help,help;/m, 'help,help;cancel;'));
--- must_die
--- error_log eval
qr{commands.csv:\d+: "cancel" stands for another command already; each once}



=== TEST 20: a phrase of a service that does not exist
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('phrases.tsv', sub { $_ .= "the moon is broken\tMOON\n" });
--- must_die
--- error_log eval
qr{phrases.tsv:\d+: no service "MOON"; a service code, NONE:kind}



=== TEST 21: faults in all files are told at once
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('texts.csv', change(qr/^button_yes,button,[^,]+/m,
                         'button_yes,button,' . 'a' x 21),
     'departments.csv', sub { $_ .= "GEN,Again,फिर,Phir\n" },
     'categories.csv', change(qr/^(\w+),SWM,/m, 'SWM_VEHICLE,SMW,'),
     'wards.csv', sub { $_ .= "x,None,कोई नहीं,1,One,एक,\n" },
     'wards.geojson', change(qr/"ward_no":3,/, '"ward_no":2,'),
     'commands.csv', change(qr/^help,help;/m, 'help,help;cancel;'),
     'phrases.tsv', sub { $_ .= "the moon is broken\tMOON\n" });
--- must_die
--- error_log
en may become 21 units long
department "GEN" is there twice
no department "SMW"
wards.csv:
ward 3 has no polygon
"cancel" stands for another command already
no service "MOON"
"civic_city" cannot use



=== TEST 22: a reload with a fault in it leaves the old city at work
--- civic
civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city();
--- request
GET /status
--- perl
spew("$ENV{TEST_NGINX_HTML_DIR}/city/texts.csv", "key,kind\n");
--- signal: HUP
--- then_request
GET /status
--- error_log eval
[qr{\[emerg\].*texts.csv:1: no column "\w+"},
 qr{\[emerg\].*"civic_city" cannot use}]



=== TEST 21: a sentence of a service that does not exist
--- http_config
    civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city('sentences.tsv', sub { $_ .= "the moon is broken\tMOON\n" });
--- must_die
--- error_log eval
qr{sentences.tsv:\d+: no service "MOON"; a service code or NONE:kind}



=== TEST 22: a city that has no sentences yet
--- civic
civic_city $TEST_NGINX_HTML_DIR/city;
--- init
city();
unlink "$ENV{TEST_NGINX_HTML_DIR}/city/sentences.tsv" or die "$!\n";
--- request
GET /status
