
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What the city_*.c tests share: a city of two wards and two services that a
 * test may spoil, the real one, and the faults a load has told.
 */


#ifndef _CIVIC_CITY_TEST_H_INCLUDED_
#define _CIVIC_CITY_TEST_H_INCLUDED_


#include "core/city/civic_city.h"
#include "wire_test.h"


#define INDORE  "conf/city/indore"


static char  test_faults[8192];


static inline void
test_fault(void *data, const char *line)
{
    (void) data;

    if (strlen(test_faults) + strlen(line) + 2 < sizeof(test_faults)) {
        strcat(test_faults, line);
        strcat(test_faults, "\n");
    }
}


#define test_file_of(n, s)  { civic_string(n), civic_string(s) }

static const civic_city_files_t  test_small = {

    test_file_of("departments.csv",
        "department_code,name_en,name_hi,name_hi_latn\n"
        "WTR,Water,\u092a\u093e\u0928\u0940,Pani\n"),

    test_file_of("categories.csv",
        "service_code,department_code,name_en,name_hi,name_hi_latn,row_en,"
        "row_hi,row_hi_latn,menu,sla_hours,confirmed,urgent,usual,keywords_en,"
        "keywords_hi,keywords_hinglish\n"
        "WTR_NONE,WTR,No water,H,Pani nahi,No water,H,Pani nahi,water,24,1,0,"
        "1,no water,\u092a\u093e\u0928\u0940+\u0928\u0939\u0940\u0902,"
        "pani+nahi\n"
        "OTHER,WTR,Other,H,Anya,Other,H,Anya,other,72,0,1,0,,,anya\n"),

    test_file_of("wards.csv",
        "ward_no,ward_name_en,ward_name_hi,zone_no,zone_name_en,"
        "zone_name_hi,other_names\n"
        "1,West,\u092a\u0936\u094d\u091a\u093f\u092e,1,One,H,ward 1\n"
        "2,East End,\u092a\u0942\u0930\u094d\u0935,1,One,H,\n"),

    test_file_of("texts.csv",
        "key,kind,en,hi,hi_latn\n"
        "receipt,text,Ticket {ticket},{ticket} H,Ticket {ticket}\n"),

    test_file_of("commands.csv",
        "command,words_en,words_hi,words_hi_latn\n"
        "yes,yes;ok,\u0939\u093e\u0902,haan;ji\n"
        "status,status,,sthiti\n"),

    test_file_of("phrases.tsv",
        "text\tcode\n"
        "nhi\tSAME:nahi\n"
        "ji\tSAME:\n"
        "hai\tLANG:hi_latn\n"
        "bijli bill\tNONE:power\n"
        "nal sukha\tWTR_NONE\n"),

    test_file_of("sentences.tsv", ""),

    test_file_of("wards.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[\n"
        "{\"type\":\"Feature\",\"properties\":{\"ward_no\":1},\"geometry\":"
        "{\"type\":\"Polygon\",\"coordinates\":"
        "[[[75,22],[76,22],[76,23],[75,23],[75,22]]]}},\n"
        "{\"type\":\"Feature\",\"properties\":{\"ward_no\":2},\"geometry\":"
        "{\"type\":\"MultiPolygon\",\"coordinates\":"
        "[[[[76,22],[77,22],[77,23],[76,23],[76,22],"
        "[76,22]],[[76.4,22.4],[76.6,22.4],[76.6,22.6],[76.4,22.6],"
        "[76.4,22.4]]],[[[78,22],[79,22],[79,23],[78,22]]]]}}\n"
        "]}\n"),

    { civic_string("places.csv"), civic_null_str }      /* there is none */
};


static inline int
test_load(civic_city_t *city, const civic_city_files_t *files,
    test_arena_t *t)
{
    test_faults[0] = '\0';

    return civic_city_load(city, files, &t->arena, test_fault, NULL);
}


static inline civic_file_t
test_indore(const char *name)
{
    civic_file_t  f;

    f.name = civic_str(name);
    f.bytes = test_file(INDORE, name);

    return f;
}


static inline void
test_indore_files(civic_city_files_t *f)
{
    f->departments = test_indore("departments.csv");
    f->categories = test_indore("categories.csv");
    f->wards = test_indore("wards.csv");
    f->texts = test_indore("texts.csv");
    f->commands = test_indore("commands.csv");
    f->phrases = test_indore("phrases.tsv");
    f->sentences = test_indore("sentences.tsv");
    f->geojson = test_indore("wards.geojson");
    f->places = test_indore("places.csv");
}


static inline void
test_indore_free(civic_city_files_t *f)
{
    test_file_free(f->departments.bytes);
    test_file_free(f->categories.bytes);
    test_file_free(f->wards.bytes);
    test_file_free(f->texts.bytes);
    test_file_free(f->commands.bytes);
    test_file_free(f->phrases.bytes);
    test_file_free(f->sentences.bytes);
    test_file_free(f->geojson.bytes);
    test_file_free(f->places.bytes);
}


#endif /* _CIVIC_CITY_TEST_H_INCLUDED_ */
