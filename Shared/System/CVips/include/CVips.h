#pragma once

#include <stddef.h>
#include <stdint.h>

// libvips calls are variadic and its headers need GLib's, so Swift sees these doors only. Each returns 0 or one of
// the failures below; a buffer that comes out belongs to the caller, who gives it to martlet_vips_free.

enum { MARTLET_VIPS_FAILED_LOAD = 1, MARTLET_VIPS_FAILED_DECODE = 2, MARTLET_VIPS_FAILED_ENCODE = 3 };

/// The encodings that are let in and out.
enum { MARTLET_VIPS_PNG = 1, MARTLET_VIPS_JPEG = 2, MARTLET_VIPS_WEBP = 3 };

typedef struct {
    int width;
    int height;
    int bands;
    int has_alpha;
} martlet_vips_header;

typedef struct {
    /// What to write: one of the encodings.
    int encoding;
    /// 1 to 100, for JPEG and WebP.
    int quality;
    /// The box that the picture is shrunk into, keeping its shape; 0 keeps the size.
    int fit_width;
    int fit_height;
} martlet_vips_target;

typedef struct {
    void *bytes;
    size_t length;
    int width;
    int height;
} martlet_vips_output;

/// Starts the library: no operation cache, one worker thread, every loader closed but PNG, JPEG and WebP
/// (and SVG when asked for), and nothing of its own on stderr.
int martlet_vips_start(int allow_svg);
// Lets SVG in later, for text of our own making.
void martlet_vips_allow_svg(void);

/// Reads the header alone; no pixel is decoded.
int martlet_vips_read_header(const void *bytes, size_t length, int encoding, martlet_vips_header *out);

/// Decodes every pixel and forgets them.
int martlet_vips_decode(const void *bytes, size_t length, int encoding);

/// Decodes, turns upright, brings into sRGB, shrinks, and encodes without metadata.
int martlet_vips_convert(
    const void *bytes, size_t length, int encoding, const martlet_vips_target *target, martlet_vips_output *out);

/// Renders SVG text and encodes it.
int martlet_vips_draw_svg(
    const void *bytes, size_t length, const martlet_vips_target *target, martlet_vips_output *out);

void martlet_vips_free(void *bytes);

/// Copies the library's last messages, cut to `capacity` with a terminating zero, and forgets them.
void martlet_vips_take_error(char *buffer, size_t capacity);
