import { Injectable, Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { FairQueue } from './fair-queue.js';
import { selectFormats, type ImageFormat, isRaster, getOutputFormat } from './image-formats.js';

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
/** Concurrent images: each takes memory, a processor core and one of the four threads that also read files. */
const AT_A_TIME = 2;
/** Those of one tenant, so that the other finds a place at once. */
const AT_A_TIME_OF_ONE = 1;
/** Threads of one image. */
const THREADS = 1;

/**
 * Reads the size of images and makes smaller variants. Concurrency is bounded and fair by tenant. Files are streamed.
 */
@Injectable()
export class ImageProcessor {
  private readonly logger = new Logger('Media');
  private readonly queue = new FairQueue(AT_A_TIME, AT_A_TIME_OF_ONE);

  /**
   * Counts the pixels that {@link read} would decode; 0 for what it stores as a plain file. It reads the header alone.
   */
  async countPixels(path: string, mime: string): Promise<number> {
    if (!isRaster(mime)) return 0;
    try {
      const { width, height } = await (await openImage(path)).metadata();
      const pixels = width * height;
      return pixels > MOST_PIXELS ? 0 : pixels;
    } catch {
      return 0;
    }
  }

  /**
   * @param path the image's file; variants are written beside it and must be removed with {@link discard}
   * @param mime the detected media type
   * @param tenant whose turn it takes; null: that of uploads without a tenant
   * @returns null for files other than raster images, and for a broken or too large image: it is stored as a plain file
   */
  async read(path: string, mime: string, tenant: string | null): Promise<ProcessedImage | null> {
    if (!isRaster(mime)) return null;
    return this.queue.run(tenant ?? '', async () => {
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
  sharp.concurrency(THREADS);
  return sharp(path, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    sequentialRead: true,
  }).timeout({ seconds: MOST_SECONDS });
}
