import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { HttpStatus, Inject, Injectable, Logger } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { EnvelopeError, RequestValidationError } from '../../http/envelope-error.js';
import { MEDIA_OPTIONS, type MediaOptions } from '../media-options.js';
import { ImageProcessor } from '../images/image-processor.js';
import { listAllBytes, listVariantBytes, ImageVariantStore } from '../images/image-variants.js';
import {
  type BytesReplacement,
  type StoredBytes,
  type StoredFile,
  StorageProvider,
} from '../storage/storage-provider.js';
import type { FileInfo } from './file-infos.js';
import { getExtension } from './file-name.js';
import type { IncomingFile } from '../storage/incoming-files.js';
import { chooseExtension, isAllowedType, detectType } from './detect-type.js';

/** A file whose bytes are stored but which has no row yet. */
export interface StoredUpload {
  name: string;
  hash: string;
  sha256: string;
  ext: string;
  mime: string;
  /** In KB: bytes / 1000, two decimals. */
  size: number;
  url: string;
  provider: string;
  providerMetadata: JsonObject | null;
  alternativeText: string | null;
  caption: string | null;
  focalPoint: JsonObject | null;
  /** Size in pixels; null: no image, or an unreadable one. */
  width: number | null;
  height: number | null;
  /** The smaller variants of an image; null: none. */
  formats: JsonObject | null;
}

/** The properties of a file that change with new bytes. */
export type NewBytes = Pick<
  StoredUpload,
  'name' | 'sha256' | 'mime' | 'size' | 'width' | 'height' | 'formats'
>;

/** An incoming file with its detected type. */
type TypedFile = IncomingFile & { mime: string };

/** The stored bytes of a file and its variants. */
export type StoredFileWithVariants = StoredBytes & { formats: object | null };

/** Stores the bytes of incoming files and their variants with the storage provider, and removes them again. */
@Injectable()
export class FileStore {
  private readonly logger = new Logger('Media');

  constructor(
    private readonly storage: StorageProvider,
    private readonly images: ImageProcessor,
    private readonly variants: ImageVariantStore,
    @Inject(MEDIA_OPTIONS) private readonly options: Pick<MediaOptions, 'allowedTypes' | 'maxPixels'>,
  ) {}

  /**
   * Stores all files or none.
   *
   * @param infos the properties that the request sets, in the order of the files; it may be shorter
   * @param tenant who uploads; null: no tenant
   * @throws {RequestValidationError} for a file of a type that is not accepted
   * @throws {EnvelopeError} 413 for images that have too many pixels together; nothing is decoded
   */
  async storeAll(
    files: readonly IncomingFile[],
    infos: readonly FileInfo[],
    tenant: string | null,
  ): Promise<StoredUpload[]> {
    const typed: TypedFile[] = [];
    for (const file of files) typed.push({ ...file, mime: await this.detectAllowedType(file) });
    await this.refuseTooManyPixels(typed);
    const stored: StoredUpload[] = [];
    try {
      for (const [index, file] of typed.entries()) {
        stored.push(await this.storeOne(file, infos[index] ?? {}, tenant));
      }
    } catch (error) {
      await this.remove(stored);
      throw error;
    }
    return stored;
  }

  /** Removes bytes without a row. A failure is logged and not thrown: the caller could not handle it. */
  async remove(files: readonly StoredFileWithVariants[]): Promise<void> {
    for (const bytes of files.flatMap(listAllBytes)) await this.removeBytes(bytes);
  }

  /**
   * Prepares a replacement: stores the variants of the new bytes under new names. The file's URL leads to the old bytes
   * until {@link replace}.
   *
   * @param tenant who uploads; null: no tenant
   * @throws {RequestValidationError} for a type that is not accepted, or that does not fit the file's URL
   * @throws {EnvelopeError} 413 as {@link storeAll}
   */
  async prepare(
    incoming: IncomingFile,
    file: StoredFile & { name: string },
    tenant: string | null,
  ): Promise<NewBytes> {
    const mime = await this.detectAllowedType(incoming);
    if (chooseExtension(file.ext, mime) !== file.ext) {
      const message = `${incoming.originalname} is ${mime}, which cannot be under the URL of a ${file.ext || 'nameless'} file: upload it as a new one`;
      throw RequestValidationError.at(['files'], message, incoming.originalname);
    }
    await this.refuseTooManyPixels([{ ...incoming, mime }]);
    const name = incoming.originalname;
    const image = await this.images.read(incoming.path, mime, tenant);
    try {
      const hash = createFileHash();
      const formats = await this.variants.storeAll(image, { hash, ext: file.ext, mime, name });
      return {
        name,
        sha256: incoming.sha256,
        mime,
        size: toKilobytes(incoming.size),
        width: image?.width ?? null,
        height: image?.height ?? null,
        formats,
      };
    } finally {
      await this.images.discard(image);
    }
  }

  /** Replaces a file's bytes; the caller must settle or undo the replacement. */
  async replace(incoming: IncomingFile, file: StoredBytes): Promise<BytesReplacement> {
    return this.storage.replace(incoming.path, file);
  }

  /** Removes variants without a row. */
  async removeVariants(formats: object | null): Promise<void> {
    for (const bytes of listVariantBytes(formats)) await this.removeBytes(bytes);
  }

  /** Removes incoming files that still exist. */
  async discard(files: readonly IncomingFile[]): Promise<void> {
    for (const { path } of files) await rm(path, { force: true });
  }

  private async removeBytes(bytes: StoredBytes): Promise<void> {
    try {
      await this.storage.remove(bytes);
    } catch (error) {
      this.logger.error(
        `The orphaned bytes ${bytes.hash}${bytes.ext} could not be removed: ${String(error)}`,
      );
    }
  }

  private async storeOne(file: TypedFile, info: FileInfo, tenant: string | null): Promise<StoredUpload> {
    const { name = file.originalname, alternativeText = null, caption = null, focalPoint = null } = info;
    const { mime } = file;
    const stored = {
      hash: createFileHash(),
      ext: chooseExtension(getExtension(file.originalname), mime),
      mime,
    };
    const image = await this.images.read(file.path, mime, tenant);
    let formats: JsonObject | null = null;
    try {
      formats = await this.variants.storeAll(image, { ...stored, name });
      const { url, providerMetadata } = await this.storage.store(file.path, stored);
      return {
        ...stored,
        name,
        sha256: file.sha256,
        size: toKilobytes(file.size),
        url,
        provider: this.storage.name,
        providerMetadata,
        alternativeText,
        caption,
        focalPoint,
        width: image?.width ?? null,
        height: image?.height ?? null,
        formats,
      };
    } catch (error) {
      await this.removeVariants(formats);
      throw error;
    } finally {
      await this.images.discard(image);
    }
  }

  private async refuseTooManyPixels(files: readonly TypedFile[]): Promise<void> {
    const { maxPixels } = this.options;
    let pixels = 0;
    for (const { path, mime } of files) pixels += await this.images.countPixels(path, mime);
    if (pixels <= maxPixels) return;
    throw new EnvelopeError(
      HttpStatus.PAYLOAD_TOO_LARGE,
      'PayloadTooLargeError',
      `The images of this upload have ${pixels} pixels together, and this server takes ${maxPixels} at once (media.maxPixels): upload them one after another. Nothing was stored.`,
    );
  }

  private async detectAllowedType({ path, mimetype, originalname: name }: IncomingFile): Promise<string> {
    const mime = await detectType(path, mimetype);
    const { allowedTypes } = this.options;
    if (isAllowedType(mime, allowedTypes)) return mime;
    throw RequestValidationError.at(
      ['files'],
      `${name} is ${mime}, but this server takes ${allowedTypes.join(', ') || 'no files'} alone`,
      name,
    );
  }
}

/** Creates a random hash, unique and not guessable. */
function createFileHash(): string {
  return randomUUID().replaceAll('-', '');
}

/** Converts bytes to Strapi's KB: bytes / 1000, two decimals. */
export function toKilobytes(bytes: number): number {
  return Math.round(bytes / 10) / 100;
}
