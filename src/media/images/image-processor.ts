import { Injectable, Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { selectFormats, type ImageFormat, isRaster, getOutputFormat } from './image-formats.js';
import { Turns } from './turns.js';

/** What is known of an image, and the smaller variants that were made of it. */
export interface ProcessedImage {
  /** Pixels, as it is shown: turned as its EXIF data say. */
  width: number;
  height: number;
  variants: ImageVariant[];
}

/** A smaller variant, in a file beside the image's. */
export interface ImageVariant {
  key: ImageFormat['key'];
  path: string;
  width: number;
  height: number;
  /** Bytes. */
  size: number;
}

/** An image with more is kept, and not opened: a small file can claim to be endless. */
const MOST_PIXELS = 60_000_000;
/** How long one variant may take. */
const MOST_SECONDS = 20;
/** Each holds some of an image in memory and keeps a processor busy. */
const AT_A_TIME = 2;

/** Reads the sizes of images and makes smaller variants of them, a few at a time. The files are streamed. */
@Injectable()
export class ImageProcessor {
  private readonly logger = new Logger('Media');
  private readonly turns = new Turns(AT_A_TIME);

  /**
   * @param path where its bytes are; variants are written beside it, to be removed by {@link discard}
   * @param mime what the file is
   * @returns null for what is no image of pixels, and for one that is broken or too large: it is a file like any other
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
          `An uploaded image is kept without its size: ${(error as Error).message.split('\n')[0]}`,
        );
        await this.discard({ variants });
        return null;
      }
    });
  }

  /** Removes variants that nobody took. */
  async discard(image: Pick<ProcessedImage, 'variants'> | null): Promise<void> {
    for (const { path } of image?.variants ?? []) await rm(path, { force: true });
  }
}

/** The library is large, and is loaded with the first image. */
async function openImage(path: string): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(path, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    sequentialRead: true,
  }).timeout({ seconds: MOST_SECONDS });
}
