import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { StorageProvider, type StoredBytes, type StoredFile } from '../storage/storage-provider.js';
import type { ProcessedImage } from './image-processor.js';

/** Hands the smaller variants of images to the storage provider. */
@Injectable()
export class ImageVariantStore {
  constructor(private readonly storage: StorageProvider) {}

  /**
   * Hands over all variants of an image or none.
   *
   * @param file whose variants they are: each has its hash behind the variant's name, and its extension
   * @returns Strapi's `formats`: by the variant's name `{name, hash, ext, mime, path, width, height, size, sizeInBytes,
   *   url}`, and what the provider must remember; null when there is none
   */
  async storeAll(
    image: ProcessedImage | null,
    file: StoredFile & { name: string },
  ): Promise<JsonObject | null> {
    if (image === null || image.variants.length === 0) return null;
    const formats: JsonObject = {};
    try {
      for (const { key, path, width, height, size } of image.variants) {
        const stored = { hash: `${key}_${file.hash}`, ext: file.ext, mime: file.mime };
        const { url, providerMetadata } = await this.storage.store(path, stored);
        formats[key] = {
          name: `${key}_${file.name}`,
          ...stored,
          path: null,
          width,
          height,
          size: Math.round(size / 10) / 100,
          sizeInBytes: size,
          url,
          ...(providerMetadata === null ? {} : { provider_metadata: providerMetadata }),
        };
      }
    } catch (error) {
      for (const bytes of listVariantBytes(formats)) await this.storage.remove(bytes);
      throw error;
    }
    return formats;
  }
}

/** What the provider knows the variants in `formats` by. */
export function listVariantBytes(formats: object | null): StoredBytes[] {
  return Object.values((formats ?? {}) as Record<string, JsonObject>).map((format) => ({
    hash: String(format['hash']),
    ext: String(format['ext']),
    mime: String(format['mime']),
    providerMetadata: (format['provider_metadata'] ?? null) as JsonObject | null,
  }));
}

/** Everything that the provider has of a file: its own bytes and its variants'. */
export function listAllBytes(file: StoredBytes & { formats: object | null }): StoredBytes[] {
  return [file, ...listVariantBytes(file.formats)];
}
