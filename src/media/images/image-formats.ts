/** A smaller variant of an image. */
export interface ImageFormat {
  /** As Strapi calls it. */
  key: 'thumbnail' | 'small' | 'medium' | 'large';
  /** It fits into a box of so many pixels. */
  box: { width: number; height: number };
}

/** Strapi's own sizes, in its order. */
const FORMATS: readonly ImageFormat[] = [
  { key: 'thumbnail', box: { width: 245, height: 156 } },
  { key: 'large', box: { width: 1_000, height: 1_000 } },
  { key: 'medium', box: { width: 750, height: 750 } },
  { key: 'small', box: { width: 500, height: 500 } },
];

/** The variants that are made of an image: those into whose box it does not fit. Nothing is made larger. */
export function selectFormats(image: { width: number; height: number }): ImageFormat[] {
  return FORMATS.filter(({ box }) => image.width > box.width || image.height > box.height);
}

/** Pictures made of pixels. SVG is a program, and is not run. */
const RASTER: ReadonlySet<string> = new Set([
  'image/avif',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'image/webp',
]);

/** Whether a type is that of an image whose size is told. */
export function isRaster(mime: string): boolean {
  return RASTER.has(mime);
}

/** In which format variants of an image are written; null: none are made, as in Strapi of AVIF. */
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
