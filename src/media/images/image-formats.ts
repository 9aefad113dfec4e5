/** A format of smaller variants of images. */
export interface ImageFormat {
  /** Strapi's name of the format. */
  key: 'thumbnail' | 'small' | 'medium' | 'large';
  /** The box that the variant fits into, pixels. */
  box: { width: number; height: number };
}

/** Strapi's sizes, in Strapi's order. */
const FORMATS: readonly ImageFormat[] = [
  { key: 'thumbnail', box: { width: 245, height: 156 } },
  { key: 'large', box: { width: 1_000, height: 1_000 } },
  { key: 'medium', box: { width: 750, height: 750 } },
  { key: 'small', box: { width: 500, height: 500 } },
];

/** Selects the formats whose box is smaller than the image. Images are never enlarged. */
export function selectFormats(image: { width: number; height: number }): ImageFormat[] {
  return FORMATS.filter(({ box }) => image.width > box.width || image.height > box.height);
}

/** Raster image types. SVG is excluded: it can contain scripts and is not rendered. */
const RASTER: ReadonlySet<string> = new Set([
  'image/avif',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'image/webp',
]);

/** Whether a media type is a raster image, which has a size and variants. */
export function isRaster(mime: string): boolean {
  return RASTER.has(mime);
}

/** Returns the file format of an image's variants; null: no variants are made (AVIF, as in Strapi). */
export function getOutputFormat(mime: string): 'gif' | 'jpeg' | 'png' | 'tiff' | 'webp' | null {
  switch (mime) {
    case 'image/gif':
      return 'gif';
    case 'image/jpeg':
      return 'jpeg';
    case 'image/png':
      return 'png';
    case 'image/tiff':
      return 'tiff';
    case 'image/webp':
      return 'webp';
    default:
      return null;
  }
}
