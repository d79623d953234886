# Copyright (C) ngx_civic_module contributors
#
# Why: util/lint is only worth its run if it sees each fault it promises to
# see.  A small project is made with every one of them; it fails when a fault
# is not reported at its line, or one is reported that is not there.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $copyright = "/* Copyright (C) ngx_civic_module contributors */\n";


sub write_file {
    my ($name, $text) = @_;

    make_path(dirname("$dir/$name"));
    open my $out, '>:raw', "$dir/$name" or die "$name: $!";
    print $out $text;
    close $out;
}


sub lint {
    my $said = `$dir/util/lint 2>&1`;

    return ($? >> 8, sort split /\n/, $said);
}


make_path("$dir/util");
copy("$FindBin::Bin/../../util/lint", "$dir/util/lint") or die $!;
chmod 0755, "$dir/util/lint";

write_file('README.md', <<'END');
### civic_zone

`$civic_token` is a variable.
END
write_file('ngx_civic_module/ngx_civic_module.c', $copyright . <<'END');
#include "app/ngx_civic_webhook.h"
    { ngx_string("civic_zone"),
END
write_file('ngx_civic_module/ngx_civic_variables.c', $copyright . <<'END');
    { ngx_string("civic_token"),
END
write_file('ngx_civic_module/ngx_civic_compat.h', $copyright);
write_file('ngx_civic_module/core/base/civic_utf8.c', $copyright . <<'END');
#include <stdint.h>
#include <uninorm.h>
#include "core/base/civic_str.h"
END
write_file('ngx_civic_module/net/ngx_civic_call.c', $copyright . <<'END');
#include "ngx_civic_compat.h"
#include "core/wire/civic_wa_out.h"
/* https://example.org is no comment of the other kind */
char  *url = "http://example.org";
END
write_file('conf/city/indore/texts.csv', <<'END');
key,kind,en,hi
hello,text,"Hello, ""you""
there",Namaste
END
write_file('conf/sql/001-first.sql', "SELECT 1;\n");

is_deeply([lint()], [0], 'nothing is found where nothing is wrong');

my $long = '/* ' . 'x' x 74 . ' */';
my $path = '/' . 'work' . '/main/file';
my $todo = 'TO' . 'DO';

write_file('ngx_civic_module/core/case/civic_bad.c', $copyright . <<"END");
#include "store/ngx_civic_zone.h"
#include "core/dialogue/civic_conv.h"
#include <cjson/cJSON.h>
#include <time.h>
#include "civic_str.h"
#include "ngx_civic_compat.h"
\tint  a;
int  b; // no
$long
char  *c = "\xe0";
int  d;\x20
/* $todo: this */
/* $path */
END
write_file('ngx_civic_module/core/city/civic_long.c',
           "$copyright\nint\nf(void)\n{\n" . "    f();\n" x 90 . "}\n"
           . "int  a;\n" x 520);
write_file('ngx_civic_module/other/case/civic_bad.c', "int  a;\n");
write_file('ngx_civic_module/store/civic_a.c', $copyright . <<'END');
#include "net/ngx_civic_pg.h"
END
write_file('ngx_civic_module/ngx_civic_module.c', $copyright . <<'END');
    { ngx_string("civic_new"),
END
write_file('ngx_civic_module/ngx_civic_variables.c', $copyright . <<'END');
    { ngx_string("civic_secret"),
END
write_file('conf/city/indore/texts.csv', <<'END');
key,kind,en,hi
hello,text,"Hello
there",
bye,text,Bye
END
write_file('conf/sql/003-third.sql', "SELECT 1;\n");
write_file('conf/sql/notes.txt', "\n");
write_file('util/other', "#!/bin/sh\n");
write_file('extra/file', "\n");

my ($code, @said) = lint();

is($code, 1, 'the exit code tells');

my @expected = split /\n/, <<'END';
README.md:1: there is no directive civic_zone
conf/city/indore/texts.csv:2: an empty cell
conf/city/indore/texts.csv:4: 3 cells, not 4
conf/sql/003-third.sql: should be number 002
conf/sql/notes.txt: is not NNN-name.sql
extra: is not one of the fixed top-level names
ngx_civic_module/core/case/civic_bad.c:10: 80 columns, the limit is 79
ngx_civic_module/core/case/civic_bad.c:11: not US-ASCII
ngx_civic_module/core/case/civic_bad.c:12: blanks at the end
ngx_civic_module/core/case/civic_bad.c:2: core/case must not include store
ngx_civic_module/core/case/civic_bad.c:3: core/case must not include core/dialogue
ngx_civic_module/core/case/civic_bad.c:4: <cjson/cJSON.h> does not belong in core/case
ngx_civic_module/core/case/civic_bad.c:5: <time.h> does not belong in core/case
ngx_civic_module/core/case/civic_bad.c:6: include "civic_str.h" by its path from ngx_civic_module/
ngx_civic_module/core/case/civic_bad.c:7: core/case must not include ngx_civic_compat.h
ngx_civic_module/core/case/civic_bad.c:8: tab
ngx_civic_module/core/case/civic_bad.c:9: // comment
ngx_civic_module/core/city/civic_long.c: 616 lines, the limit is 600
ngx_civic_module/core/city/civic_long.c:5: a function of 92 lines, the limit is 80
ngx_civic_module/ngx_civic_module.c:2: civic_new has no heading in README.md
ngx_civic_module/ngx_civic_variables.c:2: $civic_secret is not in README.md
ngx_civic_module/other/case/civic_bad.c: has the same object as ngx_civic_module/core/case/civic_bad.c
ngx_civic_module/other/case/civic_bad.c:1: no copyright line
ngx_civic_module/store/civic_a.c:2: store must not include net
util/other: is not executable
END

push @expected,
    "ngx_civic_module/core/case/civic_bad.c:13: $todo without the name of"
    . ' what is missing',
    'ngx_civic_module/core/case/civic_bad.c:14: a path or host of one'
    . ' machine: /' . 'work' . '/main/';

my %said = map { $_ => 1 } @said;
my %expected = map { $_ => 1 } @expected;

ok($said{$_}, "reports $_") for @expected;

is_deeply([grep { !$expected{$_} } @said],
          [], 'reports nothing else');

done_testing();
