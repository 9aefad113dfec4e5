import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { JsonObject } from '../../events/webhook-event.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { MEDIA_OPTIONS, type MediaOptions } from '../media-options.js';
import { StorageProvider } from '../storage/storage-provider.js';
import type { FileInfo } from './file-infos.js';
import { extensionOf } from './file-name.js';
import type { IncomingFile } from './incoming-files.js';
import { extensionFor, isAllowedType, sniffedType } from './sniffed-type.js';

/** A file whose bytes are with the provider, and that has no row yet. */
export interface KeptFile {
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
}

/** Hands the bytes of incoming files to the storage provider, and takes them back. */
@Injectable()
export class FileKeeping {
  private readonly logger = new Logger('Media');

  constructor(
    private readonly storage: StorageProvider,
    @Inject(MEDIA_OPTIONS) private readonly options: Pick<MediaOptions, 'allowedTypes'>,
  ) {}

  /**
   * Hands over all files or none.
   *
   * @throws {RequestValidationError} for a file of a type that is not taken
   * @param infos what the request says of the files, in their order; those behind its end come as they are
   */
  async keep(files: readonly IncomingFile[], infos: readonly FileInfo[]): Promise<KeptFile[]> {
    const kept: KeptFile[] = [];
    try {
      for (const [index, file] of files.entries()) kept.push(await this.keepOne(file, infos[index] ?? {}));
    } catch (error) {
      await this.remove(kept);
      throw error;
    }
    return kept;
  }

  /** Removes bytes that no row names. What cannot be removed is logged: nobody is helped by an error over it. */
  async remove(files: readonly KeptFile[]): Promise<void> {
    for (const file of files) {
      try {
        await this.storage.remove(file);
      } catch (error) {
        this.logger.error(
          `The bytes of ${file.url}, which no file has, could not be removed: ${String(error)}`,
        );
      }
    }
  }

  /** Removes what is left of incoming files. */
  async discard(files: readonly IncomingFile[]): Promise<void> {
    for (const { path } of files) await rm(path, { force: true });
  }

  private async keepOne(file: IncomingFile, { name = file.originalname }: FileInfo): Promise<KeptFile> {
    const mime = await sniffedType(file.path, file.mimetype);
    this.refuseOthers(file.originalname, mime);
    const stored = {
      hash: randomUUID().replaceAll('-', ''),
      ext: extensionFor(extensionOf(file.originalname), mime),
      mime,
    };
    const { url, providerMetadata } = await this.storage.store(file.path, stored);
    return {
      ...stored,
      name,
      sha256: file.sha256,
      size: sizeInKb(file.size),
      url,
      provider: this.storage.name,
      providerMetadata,
    };
  }

  private refuseOthers(name: string, mime: string): void {
    const { allowedTypes } = this.options;
    if (isAllowedType(mime, allowedTypes)) return;
    throw RequestValidationError.at(
      ['files'],
      `${name} is ${mime}, but this server takes ${allowedTypes.join(', ') || 'no files'} alone`,
      name,
    );
  }
}

/** Bytes / 1000, two decimals. */
export function sizeInKb(bytes: number): number {
  return Math.round(bytes / 10) / 100;
}
