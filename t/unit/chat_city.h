
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * The city of the tests: Indore's own files, read from the project.
 */


#ifndef _CIVIC_CHAT_CITY_H_INCLUDED_
#define _CIVIC_CHAT_CITY_H_INCLUDED_


#include <stdio.h>

#include "chat_pool.h"
#include "core/city/civic_city.h"


#define CHAT_CITY  "conf/city/indore"


static char *
chat_read_bytes(const char *path, size_t *len)
{
    long   size;
    char  *bytes;
    FILE  *f;

    f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }

    bytes = NULL;

    if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0) {
        rewind(f);
        bytes = calloc(1, size + 1);

        if (bytes != NULL && fread(bytes, 1, size, f) != (size_t) size) {
            free(bytes);
            bytes = NULL;
        }

        *len = size;
    }

    fclose(f);

    return bytes;
}


static void
chat_fault(void *data, const char *line)
{
    (void) data;                /* faults go to the reader only */

    printf("# %s\n", line);
}


/* 1 when the city is there; its bytes live in the arena. */

static int
chat_city_load(civic_city_t *city, const civic_arena_t *a)
{
    int                 rc;
    char                path[256];
    char               *bytes;
    size_t              i, len;
    civic_city_files_t  files;

    const struct { const char *name; civic_file_t *file; } all[] = {
        { "departments.csv", &files.departments },
        { "categories.csv",  &files.categories  },
        { "wards.csv",       &files.wards       },
        { "texts.csv",       &files.texts       },
        { "commands.csv",    &files.commands    },
        { "phrases.tsv",     &files.phrases     },
        { "sentences.tsv",   &files.sentences   },
        { "wards.geojson",   &files.geojson     },
        { "places.csv",      &files.places      }
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", CHAT_CITY, all[i].name);

        bytes = chat_read_bytes(path, &len);
        if (bytes == NULL) {
            printf("Bail out! %s cannot be read\n", path);
            return 0;
        }

        all[i].file->name = civic_str(all[i].name);
        all[i].file->bytes = civic_arena_copy(a, civic_strn(bytes, len));
        free(bytes);
    }

    rc = civic_city_load(city, &files, a, chat_fault, NULL);

    if (rc != CIVIC_OK) {
        printf("Bail out! %s does not load\n", CHAT_CITY);
    }

    return rc == CIVIC_OK;
}


#endif /* _CIVIC_CHAT_CITY_H_INCLUDED_ */
