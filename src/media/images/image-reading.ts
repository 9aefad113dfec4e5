import { Injectable, Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { Semaphore } from '../../host/semaphore.js';
import { formatsOf, type ImageFormat, isRaster, writtenAs } from './image-formats.js';

/** What is known of an image, and the smaller versions that were made of it. */
export interface ReadImage {
  /** Pixels, as it is shown: turned as its EXIF data say. */
  width: number;
  height: number;
  versions: ImageVersion[];
}

/** A smaller version, in a file beside the image's. */
export interface ImageVersion {
  key: ImageFormat['key'];
  path: string;
  width: number;
  height: number;
  /** Bytes. */
  size: number;
}

/** An image with more is kept, and not opened: a small file can claim to be endless. */
const MOST_PIXELS = 60_000_000;
/** How long one version may take. */
const MOST_SECONDS = 20;
/** Each holds some of an image in memory and keeps a processor busy. */
const AT_A_TIME = 2;

/** Reads the sizes of images and makes smaller versions of them, a few at a time. The files are streamed. */
@Injectable()
export class ImageReading {
  private readonly logger = new Logger('Media');
  private readonly semaphore = new Semaphore(AT_A_TIME);

  /**
   * @param path where its bytes are; versions are written beside it, to be removed by {@link discard}
   * @param mime what the file is
   * @returns null for what is no image of pixels, and for one that is broken or too large: it is a file like any other
   */
  async read(path: string, mime: string): Promise<ReadImage | null> {
    if (!isRaster(mime)) return null;
    return this.semaphore.run(async () => {
      const versions: ImageVersion[] = [];
      try {
        const { autoOrient } = await (await opened(path)).metadata();
        const { width, height } = autoOrient;
        const format = writtenAs(mime);
        for (const { key, box } of format === null ? [] : formatsOf(autoOrient)) {
          const version = `${path}.${key}`;
          versions.push({ key, path: version, width: 0, height: 0, size: 0 });
          const resized = (await opened(path)).resize({ ...box, fit: 'inside' }).keepIccProfile();
          const written = await resized.toFormat(format ?? 'png').toFile(version);
          Object.assign(versions.at(-1) as ImageVersion, {
            width: written.width,
            height: written.height,
            size: written.size,
          });
        }
        return { width, height, versions };
      } catch (error) {
        this.logger.warn(
          `An uploaded image is kept without its size: ${(error as Error).message.split('\n')[0]}`,
        );
        await this.discard({ versions });
        return null;
      }
    });
  }

  /** Removes versions that nobody took. */
  async discard(image: Pick<ReadImage, 'versions'> | null): Promise<void> {
    for (const { path } of image?.versions ?? []) await rm(path, { force: true });
  }
}

/** The library is large, and is loaded with the first image. */
async function opened(path: string): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  return sharp(path, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    sequentialRead: true,
  }).timeout({ seconds: MOST_SECONDS });
}
