
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * What a city's sentences teach: a weight for each feature and class, and so
 * how likely each class is for a message.  A class is a service or a kind of
 * message that is no complaint.  It is learned once, while the city loads,
 * always the same from the same files, and then only read.
 */


#ifndef _CIVIC_MODEL_H_INCLUDED_
#define _CIVIC_MODEL_H_INCLUDED_


#include "core/city/civic_features.h"


#define CIVIC_CLASSES_MAX  112      /* 81 services fit the menus */


typedef struct {
    uint32_t   *code;               /* features of one message */
    size_t      n;
    unsigned    class;
} civic_example_t;


/* NULL when out of memory.  The examples are used up. */
civic_model_t *civic_model_learn(civic_example_t *examples, size_t n,
    size_t nclasses, const civic_arena_t *a);

/* Fills "p", nclasses long, with how likely each is; they add up to 1. */
void civic_model_score(const civic_model_t *model, const civic_features_t *f,
    float *p);


#endif /* _CIVIC_MODEL_H_INCLUDED_ */
