import { Injectable, Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { selectFormats, type ImageFormat, isRaster, getOutputFormat } from './image-formats.js';
import { Turns } from './turns.js';

/** An image's size and its smaller variants. */
export interface ProcessedImage {
  /** The size in pixels, after the rotation of the EXIF data. */
  width: number;
  height: number;
  variants: ImageVariant[];
}

/** A smaller variant, in a file beside the image's file. */
export interface ImageVariant {
  key: ImageFormat['key'];
  path: string;
  width: number;
  height: number;
  /** Bytes. */
  size: number;
}

/** Larger images are stored but not decoded: a small file can decode to a huge image (decompression bomb). */
const MOST_PIXELS = 60_000_000;
/** The timeout of one variant, seconds. */
const MOST_SECONDS = 20;
/** Concurrent images: each takes memory and a processor core. */
const AT_A_TIME = 2;

/** Reads the size of images and makes smaller variants, with bounded concurrency. Files are streamed. */
@Injectable()
export class ImageProcessor {
  private readonly logger = new Logger('Media');
  private readonly turns = new Turns(AT_A_TIME);

  /**
   * @param path the image's file; variants are written beside it and must be removed with {@link discard}
   * @param mime the detected media type
   * @returns null for files other than raster images, and for a broken or too large image: it is stored as a plain file
   */
  async read(path: string, mime: string): Promise<ProcessedImage | null> {
    if (!isRaster(mime)) return null;
    return this.turns.take(async () => {
      const variants: ImageVariant[] = [];
      try {
        const { autoOrient } = await (await openImage(path)).metadata();
        const { width, height } = autoOrient;
        const format = getOutputFormat(mime);
        for (const { key, box } of format === null ? [] : selectFormats(autoOrient)) {
          const variant = `${path}.${key}`;
          variants.push({ key, path: variant, width: 0, height: 0, size: 0 });
          const resized = (await openImage(path)).resize({ ...box, fit: 'inside' }).keepIccProfile();
          const written = await resized.toFormat(format ?? 'png').toFile(variant);
          Object.assign(variants.at(-1) as ImageVariant, {
            width: written.width,
            height: written.height,
            size: written.size,
          });
        }
        return { width, height, variants };
      } catch (error) {
        this.logger.warn(
          `An uploaded image (${mime}) is stored without size and variants: ${(error as Error).message.split('\n')[0]}`,
        );
        await this.discard({ variants });
        return null;
      }
    });
  }

  /** Removes variants that were not stored. */
  async discard(image: Pick<ProcessedImage, 'variants'> | null): Promise<void> {
    for (const { path } of image?.variants ?? []) await rm(path, { force: true });
  }
}

/** Opens an image. Sharp is a large library, so it is loaded with the first image. */
async function openImage(path: string): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(path, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    sequentialRead: true,
  }).timeout({ seconds: MOST_SECONDS });
}
