
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * Ward polygons.  cJSON takes the collection apart, GEOS decides what is a
 * polygon and what is inside of it.  It refuses polygons that are not valid
 * or not of a known ward, because a complaint in the wrong ward is worse than
 * one without.
 */


#include <cjson/cJSON.h>
#include <geos_c.h>
#include <stdio.h>

#include "core/city/civic_load.h"


typedef struct {
    double                       west, south, east, north;
    const civic_ward_t          *ward;
    GEOSGeometry                *geometry;
    const GEOSPreparedGeometry  *prepared;
} civic_shape_t;


struct civic_shapes_s {
    GEOSContextHandle_t   geos;
    size_t                n;
    civic_shape_t        *shape;
    int                   exhausted;    /* memory, while loading */
    char                  error[128];   /* what GEOS said last */
};


static void civic_shapes_error(const char *message, void *data);
static int civic_shapes_features(civic_load_t *l, const cJSON *json);
static void civic_shapes_feature(civic_load_t *l, const cJSON *feature,
    size_t no);
static int civic_shapes_read(civic_load_t *l, civic_shape_t *shape,
    const cJSON *geometry);
static GEOSGeometry *civic_shapes_parts(civic_load_t *l, const cJSON *list,
    int type);
static GEOSGeometry *civic_shapes_ring(GEOSContextHandle_t geos,
    const cJSON *points);
static int civic_shapes_prepare(civic_shapes_t *shapes,
    civic_shape_t *shape);
static const civic_shape_t *civic_shapes_find(const civic_shapes_t *shapes,
    const civic_ward_t *ward);


int
civic_shapes_load(civic_load_t *l, const civic_file_t *file)
{
    int              rc;
    cJSON           *json;
    const char      *p, *end;
    civic_shapes_t  *shapes;

    l->file = file;
    l->csv.line = 1;

    shapes = civic_arena_alloc(l->arena, sizeof(civic_shapes_t));
    if (shapes == NULL) {
        return CIVIC_ERROR;
    }

    shapes->geos = GEOS_init_r();
    if (shapes->geos == NULL) {
        return CIVIC_ERROR;
    }

    l->city->shapes = shapes;           /* civic_city_destroy() ends it */

    (void) GEOSContext_setErrorMessageHandler_r(shapes->geos,
                                                civic_shapes_error, shapes);
    end = NULL;
    json = cJSON_ParseWithLengthOpts(file->bytes.data, file->bytes.len, &end,
                                     0);
    if (json == NULL) {
        for (p = file->bytes.data; p < end; p++) {
            l->csv.line += (*p == '\n');
        }

        civic_load_fault(l, "not JSON from here on; a GeoJSON "
                         "FeatureCollection is wanted");
        return CIVIC_OK;
    }

    rc = civic_shapes_features(l, json);

    cJSON_Delete(json);

    return rc;
}


static void
civic_shapes_error(const char *message, void *data)
{
    civic_shapes_t  *shapes = data;

    (void) snprintf(shapes->error, sizeof(shapes->error), "%s", message);
}


static int
civic_shapes_features(civic_load_t *l, const cJSON *json)
{
    int              n;
    size_t           i;
    const cJSON     *features, *feature;
    civic_shapes_t  *shapes;

    shapes = l->city->shapes;
    features = cJSON_GetObjectItemCaseSensitive(json, "features");
    n = cJSON_IsArray(features) ? cJSON_GetArraySize(features) : 0;

    if (n == 0) {
        civic_load_fault(l, "no \"features\"; a GeoJSON FeatureCollection "
                         "is wanted");
        return CIVIC_OK;
    }

    shapes->shape = civic_arena_alloc(l->arena,
                                      (size_t) n * sizeof(civic_shape_t));
    if (shapes->shape == NULL) {
        return CIVIC_ERROR;
    }

    i = 0;

    cJSON_ArrayForEach(feature, features) {
        civic_shapes_feature(l, feature, ++i);

        if (shapes->exhausted) {
            return CIVIC_ERROR;
        }
    }

    for (i = 0; i < l->city->nwards; i++) {
        if (civic_shapes_find(shapes, &l->city->wards[i]) == NULL) {
            civic_load_fault(l, "ward %u has no polygon; add a feature with "
                             "\"ward_no\": %u", l->city->wards[i].no,
                             l->city->wards[i].no);
        }
    }

    return CIVIC_OK;
}


static void
civic_shapes_feature(civic_load_t *l, const cJSON *feature, size_t no)
{
    const cJSON         *item;
    civic_shape_t       *shape;
    civic_shapes_t      *shapes;
    const civic_ward_t  *ward;

    shapes = l->city->shapes;
    shape = &shapes->shape[shapes->n];

    item = cJSON_GetObjectItemCaseSensitive(feature, "properties");
    item = cJSON_GetObjectItemCaseSensitive(item, "ward_no");
    ward = NULL;

    if (cJSON_IsNumber(item) && item->valueint > 0) {
        ward = civic_city_ward_no(l->city, (unsigned) item->valueint);
    }

    if (ward == NULL) {
        civic_load_fault(l, "feature %zu has no known \"ward_no\"; give it "
                         "one of the wards' numbers", no);
        return;
    }

    if (civic_shapes_find(shapes, ward) != NULL) {
        civic_load_fault(l, "feature %zu is a second polygon of ward %u; "
                         "make one MultiPolygon of them", no, ward->no);
        return;
    }

    shape->ward = ward;
    shapes->error[0] = '\0';

    item = cJSON_GetObjectItemCaseSensitive(feature, "geometry");

    if (civic_shapes_read(l, shape, item) != CIVIC_OK
        && !shapes->exhausted)
    {
        civic_load_fault(l, "feature %zu (ward %u) is no valid polygon in "
                         "degrees%s%s; correct its geometry", no, ward->no,
                         shapes->error[0] ? ": " : "", shapes->error);
    }

    shapes->n++;
}


/* The shape owns what was read, also when it turns out to be wrong. */

static int
civic_shapes_read(civic_load_t *l, civic_shape_t *shape,
    const cJSON *geometry)
{
    const cJSON     *type, *coordinates;
    civic_shapes_t  *shapes = l->city->shapes;

    type = cJSON_GetObjectItemCaseSensitive(geometry, "type");
    coordinates = cJSON_GetObjectItemCaseSensitive(geometry, "coordinates");

    if (!cJSON_IsString(type)) {
        return CIVIC_DECLINED;
    }

    if (strcmp(type->valuestring, "Polygon") == 0) {
        shape->geometry = civic_shapes_parts(l, coordinates, GEOS_POLYGON);

    } else if (strcmp(type->valuestring, "MultiPolygon") == 0) {
        shape->geometry = civic_shapes_parts(l, coordinates,
                                             GEOS_MULTIPOLYGON);
    }

    if (shape->geometry == NULL
        || GEOSisEmpty_r(shapes->geos, shape->geometry) != 0
        || GEOSisValid_r(shapes->geos, shape->geometry) != 1)
    {
        return CIVIC_DECLINED;
    }

    return civic_shapes_prepare(shapes, shape);
}


/*
 * Rings make a polygon, the first is around the others; polygons make a
 * multipolygon.  GEOS could read GeoJSON itself, but only from text, and to
 * write the numbers for it took longer than everything else here.
 */

static GEOSGeometry *
civic_shapes_parts(civic_load_t *l, const cJSON *list, int type)
{
    unsigned              i, n;
    const cJSON          *item;
    GEOSGeometry        **part;
    GEOSContextHandle_t   geos = l->city->shapes->geos;

    n = cJSON_IsArray(list) ? (unsigned) cJSON_GetArraySize(list) : 0;

    if (n == 0) {
        return NULL;
    }

    part = civic_arena_alloc(l->arena, n * sizeof(GEOSGeometry *));
    if (part == NULL) {
        l->city->shapes->exhausted = 1;
        return NULL;
    }

    i = 0;

    cJSON_ArrayForEach(item, list) {
        part[i] = type == GEOS_POLYGON
                  ? civic_shapes_ring(geos, item)
                  : civic_shapes_parts(l, item, GEOS_POLYGON);

        if (part[i] == NULL) {
            while (i > 0) {
                GEOSGeom_destroy_r(geos, part[--i]);
            }

            return NULL;
        }

        i++;
    }

    /* both own the parts from here on, also when they fail */

    return type == GEOS_POLYGON
           ? GEOSGeom_createPolygon_r(geos, part[0], part + 1, n - 1)
           : GEOSGeom_createCollection_r(geos, type, part, n);
}


static GEOSGeometry *
civic_shapes_ring(GEOSContextHandle_t geos, const cJSON *points)
{
    unsigned            i, n;
    const cJSON        *point, *lng, *lat;
    GEOSCoordSequence  *ring;

    n = cJSON_IsArray(points) ? (unsigned) cJSON_GetArraySize(points) : 0;
    ring = n ? GEOSCoordSeq_create_r(geos, n, 2) : NULL;

    if (ring == NULL) {
        return NULL;
    }

    i = 0;

    cJSON_ArrayForEach(point, points) {
        lng = cJSON_IsArray(point) ? point->child : NULL;
        lat = lng != NULL ? lng->next : NULL;

        if (!cJSON_IsNumber(lng) || !cJSON_IsNumber(lat)
            || GEOSCoordSeq_setXY_r(geos, ring, i++, lng->valuedouble,
                                    lat->valuedouble)
               != 1)
        {
            GEOSCoordSeq_destroy_r(geos, ring);
            return NULL;
        }
    }

    return GEOSGeom_createLinearRing_r(geos, ring);
}


static int
civic_shapes_prepare(civic_shapes_t *shapes, civic_shape_t *shape)
{
    GEOSGeometry  *point;

    if (GEOSGeom_getExtent_r(shapes->geos, shape->geometry, &shape->west,
                             &shape->south, &shape->east, &shape->north) != 1
        || shape->west < -180 || shape->east > 180
        || shape->south < -90 || shape->north > 90)
    {
        return CIVIC_DECLINED;
    }

    shape->prepared = GEOSPrepare_r(shapes->geos, shape->geometry);
    if (shape->prepared == NULL) {
        return CIVIC_DECLINED;
    }

    /*
     * GEOS builds its index at the first question.  Asked here, before nginx
     * forks, it is built once and shared by all workers.
     */

    point = GEOSPointOnSurface_r(shapes->geos, shape->geometry);
    if (point == NULL) {
        return CIVIC_DECLINED;
    }

    (void) GEOSPreparedIntersects_r(shapes->geos, shape->prepared, point);
    GEOSGeom_destroy_r(shapes->geos, point);

    return CIVIC_OK;
}


static const civic_shape_t *
civic_shapes_find(const civic_shapes_t *shapes, const civic_ward_t *ward)
{
    size_t  i;

    for (i = 0; i < shapes->n; i++) {
        if (shapes->shape[i].ward == ward) {
            return &shapes->shape[i];
        }
    }

    return NULL;
}


/* A point on the border of two wards belongs to the first in the file. */

const civic_ward_t *
civic_shapes_ward(const civic_shapes_t *shapes, double lat, double lng)
{
    size_t                i;
    GEOSGeometry         *point;
    const civic_ward_t   *ward;
    const civic_shape_t  *shape;

    point = NULL;
    ward = NULL;

    for (i = 0; i < shapes->n && ward == NULL; i++) {
        shape = &shapes->shape[i];

        /* written so that a NaN is outside */

        if (!(lng >= shape->west && lng <= shape->east
              && lat >= shape->south && lat <= shape->north))
        {
            continue;
        }

        if (point == NULL) {
            point = GEOSGeom_createPointFromXY_r(shapes->geos, lng, lat);
            if (point == NULL) {
                return NULL;
            }
        }

        if (GEOSPreparedIntersects_r(shapes->geos, shape->prepared, point)
            == 1)
        {
            ward = shape->ward;
        }
    }

    if (point != NULL) {
        GEOSGeom_destroy_r(shapes->geos, point);
    }

    return ward;
}


void
civic_shapes_destroy(civic_shapes_t *shapes)
{
    size_t  i;

    for (i = 0; i < shapes->n; i++) {
        if (shapes->shape[i].prepared != NULL) {
            GEOSPreparedGeom_destroy_r(shapes->geos,
                                       shapes->shape[i].prepared);
        }

        if (shapes->shape[i].geometry != NULL) {
            GEOSGeom_destroy_r(shapes->geos, shapes->shape[i].geometry);
        }
    }

    GEOS_finish_r(shapes->geos);
}
