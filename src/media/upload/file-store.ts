import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { RequestValidationError } from '../../http/envelope-error.js';
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

/** A file whose bytes are with the provider, and that has no row yet. */
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
  /** Pixels; null: no image, or one that cannot be read. */
  width: number | null;
  height: number | null;
  /** An image's smaller variants; null: there are none. */
  formats: JsonObject | null;
}

/** What new bytes make of a file that is there, once they are in the old ones' place. */
export type NewBytes = Pick<
  StoredUpload,
  'name' | 'sha256' | 'mime' | 'size' | 'width' | 'height' | 'formats'
>;

/** A file as its bytes are replaced. */
export type ReplacedFile = StoredBytes & { formats: object | null };

/** Hands the bytes of incoming files to the storage provider, and takes them back. */
@Injectable()
export class FileStore {
  private readonly logger = new Logger('Media');

  constructor(
    private readonly storage: StorageProvider,
    private readonly images: ImageProcessor,
    private readonly variants: ImageVariantStore,
    @Inject(MEDIA_OPTIONS) private readonly options: Pick<MediaOptions, 'allowedTypes'>,
  ) {}

  /**
   * Hands over all files or none.
   *
   * @throws {RequestValidationError} for a file of a type that is not taken
   * @param infos what the request says of the files, in their order; those behind its end come as they are
   */
  async storeAll(files: readonly IncomingFile[], infos: readonly FileInfo[]): Promise<StoredUpload[]> {
    const stored: StoredUpload[] = [];
    try {
      for (const [index, file] of files.entries()) stored.push(await this.storeOne(file, infos[index] ?? {}));
    } catch (error) {
      await this.remove(stored);
      throw error;
    }
    return stored;
  }

  /** Removes bytes that no row names. What cannot be removed is logged: nobody is helped by an error over it. */
  async remove(files: readonly ReplacedFile[]): Promise<void> {
    for (const bytes of files.flatMap(listAllBytes)) await this.removeBytes(bytes);
  }

  /**
   * Hands over the smaller variants of what is to replace a file's bytes, under names of their own: the file's own
   * URL leads to the old ones until {@link replace}.
   *
   * @throws {RequestValidationError} for a type that is not taken, or that cannot be under the file's URL
   */
  async prepare(incoming: IncomingFile, file: StoredFile & { name: string }): Promise<NewBytes> {
    const mime = await detectType(incoming.path, incoming.mimetype);
    this.refuseDisallowedType(incoming.originalname, mime);
    if (chooseExtension(file.ext, mime) !== file.ext) {
      const message = `${incoming.originalname} is ${mime}, which cannot be under the URL of a ${file.ext || 'nameless'} file: upload it as a new one`;
      throw RequestValidationError.at(['files'], message, incoming.originalname);
    }
    const name = incoming.originalname;
    const image = await this.images.read(incoming.path, mime);
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

  /** Puts bytes in the place of a file's, until it is settled or undone. */
  async replace(incoming: IncomingFile, file: StoredBytes): Promise<BytesReplacement> {
    return this.storage.replace(incoming.path, file);
  }

  /** Removes variants of an image that no row names any more. */
  async removeVariants(formats: object | null): Promise<void> {
    for (const bytes of listVariantBytes(formats)) await this.removeBytes(bytes);
  }

  /** Removes what is left of incoming files. */
  async discard(files: readonly IncomingFile[]): Promise<void> {
    for (const { path } of files) await rm(path, { force: true });
  }

  private async removeBytes(bytes: StoredBytes): Promise<void> {
    try {
      await this.storage.remove(bytes);
    } catch (error) {
      this.logger.error(
        `The bytes ${bytes.hash}${bytes.ext}, which no file has, could not be removed: ${String(error)}`,
      );
    }
  }

  private async storeOne(file: IncomingFile, info: FileInfo): Promise<StoredUpload> {
    const { name = file.originalname, alternativeText = null, caption = null, focalPoint = null } = info;
    const mime = await detectType(file.path, file.mimetype);
    this.refuseDisallowedType(file.originalname, mime);
    const stored = {
      hash: createFileHash(),
      ext: chooseExtension(getExtension(file.originalname), mime),
      mime,
    };
    const image = await this.images.read(file.path, mime);
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

  private refuseDisallowedType(name: string, mime: string): void {
    const { allowedTypes } = this.options;
    if (isAllowedType(mime, allowedTypes)) return;
    throw RequestValidationError.at(
      ['files'],
      `${name} is ${mime}, but this server takes ${allowedTypes.join(', ') || 'no files'} alone`,
      name,
    );
  }
}

/** Unlike any other file's; nobody guesses it. */
function createFileHash(): string {
  return randomUUID().replaceAll('-', '');
}

/** Bytes / 1000, two decimals. */
export function toKilobytes(bytes: number): number {
  return Math.round(bytes / 10) / 100;
}
