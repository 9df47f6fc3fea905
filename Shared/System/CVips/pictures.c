#include "CVips.h"

#include <string.h>
#include <vips/vips.h>

static void drop_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer unused) {}

int martlet_vips_start(int allow_svg) {
    if (vips_init("martlet")) return MARTLET_VIPS_FAILED_LOAD;
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, drop_log, NULL);
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    if (allow_svg) vips_operation_block_set("VipsForeignLoadSvg", FALSE);
    return 0;
}

void martlet_vips_allow_svg(void) { vips_operation_block_set("VipsForeignLoadSvg", FALSE); }

// The bytes outlive every image made from them: each door below drops its images before it returns.
static VipsImage *load(const void *bytes, size_t length, int encoding) {
    VipsImage *image = NULL;
    void *source = (void *)bytes;
    int status = -1;
    switch (encoding) {
    case MARTLET_VIPS_PNG:
        status = vips_pngload_buffer(
            source, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
        break;
    case MARTLET_VIPS_JPEG:
        status = vips_jpegload_buffer(
            source, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
        break;
    case MARTLET_VIPS_WEBP:
        status = vips_webpload_buffer(
            source, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
        break;
    }
    return status == 0 ? image : NULL;
}

int martlet_vips_read_header(const void *bytes, size_t length, int encoding, martlet_vips_header *out) {
    VipsImage *image = load(bytes, length, encoding);
    if (!image) return MARTLET_VIPS_FAILED_LOAD;
    out->width = vips_image_get_width(image);
    out->height = vips_image_get_height(image);
    out->bands = vips_image_get_bands(image);
    out->has_alpha = vips_image_hasalpha(image);
    g_object_unref(image);
    return 0;
}

int martlet_vips_decode(const void *bytes, size_t length, int encoding) {
    VipsImage *image = load(bytes, length, encoding);
    if (!image) return MARTLET_VIPS_FAILED_LOAD;
    double mean = 0;
    int status = vips_avg(image, &mean, NULL);
    g_object_unref(image);
    return status ? MARTLET_VIPS_FAILED_DECODE : 0;
}

// Takes `image` and gives the next one: `step` leaves its result in `out`.
#define STEP(image, call)                                                                                              \
    do {                                                                                                               \
        VipsImage *out = NULL;                                                                                         \
        int status = (call);                                                                                           \
        g_object_unref(image);                                                                                         \
        if (status) return NULL;                                                                                       \
        image = out;                                                                                                   \
    } while (0)

// Metadata goes when the picture is written, so what it says about turning and colour has to be done to the pixels.
static VipsImage *upright_srgb(VipsImage *image) {
    if (vips_image_get_orientation(image) > 1) {
        // Turning reads the rows out of order, which a sequential source refuses.
        VipsImage *whole = vips_image_copy_memory(image);
        g_object_unref(image);
        if (!whole) return NULL;
        image = whole;
        STEP(image, vips_autorot(image, &out, NULL));
    }
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME)) {
        VipsImage *out = NULL;
        // A profile that does not fit its pixels is ignored, as browsers do.
        if (vips_icc_transform(image, &out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_PERCEPTUAL, NULL) == 0) {
            g_object_unref(image);
            image = out;
        } else {
            vips_error_clear();
        }
    }
    if (vips_image_get_interpretation(image) != VIPS_INTERPRETATION_sRGB) {
        STEP(image, vips_colourspace(image, &out, VIPS_INTERPRETATION_sRGB, NULL));
    }
    return image;
}

static VipsImage *fitted(VipsImage *image, const martlet_vips_target *target) {
    if (target->fit_width <= 0) return image;
    STEP(image, vips_thumbnail_image(
                    image, &out, target->fit_width, "height", target->fit_height, "size", VIPS_SIZE_DOWN, NULL));
    return image;
}

// "strip" alone lets 8.14's WebP writer keep profile and Exif.
static VipsImage *bare(VipsImage *image) {
    STEP(image, vips_copy(image, &out, NULL));
    gchar **names = vips_image_get_fields(image);
    for (gchar **name = names; *name; name++) vips_image_remove(image, *name);
    g_strfreev(names);
    return image;
}

static int encode(VipsImage *image, const martlet_vips_target *target, martlet_vips_output *out) {
    int status = -1;
    out->bytes = NULL;
    switch (target->encoding) {
    case MARTLET_VIPS_PNG:
        status = vips_pngsave_buffer(image, &out->bytes, &out->length, "compression", 4, "strip", TRUE, NULL);
        break;
    case MARTLET_VIPS_JPEG: {
        VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
        status = vips_jpegsave_buffer(
            image, &out->bytes, &out->length, "Q", target->quality, "optimize_coding", TRUE, "background", white,
            "strip", TRUE, NULL);
        vips_area_unref(VIPS_AREA(white));
        break;
    }
    case MARTLET_VIPS_WEBP:
        // Effort 1 takes a third of the default's time for 2 % more bytes.
        status = vips_webpsave_buffer(
            image, &out->bytes, &out->length, "Q", target->quality, "effort", 1, "strip", TRUE, NULL);
        break;
    }
    out->width = vips_image_get_width(image);
    out->height = vips_image_get_height(image);
    return status ? MARTLET_VIPS_FAILED_ENCODE : 0;
}

int martlet_vips_convert(
    const void *bytes, size_t length, int encoding, const martlet_vips_target *target, martlet_vips_output *out) {
    VipsImage *image = load(bytes, length, encoding);
    if (!image) return MARTLET_VIPS_FAILED_LOAD;
    image = upright_srgb(image);
    if (image) image = fitted(image, target);
    if (image) image = bare(image);
    if (!image) return MARTLET_VIPS_FAILED_DECODE;
    int status = encode(image, target, out);
    g_object_unref(image);
    // Rows are decoded while they are encoded, so it takes a second look to know which of the two went wrong.
    if (status && martlet_vips_decode(bytes, length, encoding)) return MARTLET_VIPS_FAILED_DECODE;
    return status;
}

int martlet_vips_draw_svg(
    const void *bytes, size_t length, const martlet_vips_target *target, martlet_vips_output *out) {
    VipsImage *image = NULL;
    if (vips_svgload_buffer((void *)bytes, length, &image, NULL)) return MARTLET_VIPS_FAILED_LOAD;
    VipsImage *opaque = NULL;
    int status = vips_flatten(image, &opaque, NULL);
    g_object_unref(image);
    if (status) return MARTLET_VIPS_FAILED_DECODE;
    status = encode(opaque, target, out);
    g_object_unref(opaque);
    return status;
}

void martlet_vips_free(void *bytes) { g_free(bytes); }

void martlet_vips_take_error(char *buffer, size_t capacity) {
    const char *text = vips_error_buffer();
    size_t length = strlen(text);
    if (length >= capacity) length = capacity - 1;
    memcpy(buffer, text, length);
    buffer[length] = 0;
    vips_error_clear();
}
