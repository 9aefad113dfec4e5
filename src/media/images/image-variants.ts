import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { StorageProvider, type StoredBytes, type StoredFile } from '../storage/storage-provider.js';
import type { ProcessedImage } from './image-processor.js';

/** Stores the smaller variants of images. */
@Injectable()
export class ImageVariantStore {
  constructor(private readonly storage: StorageProvider) {}

  /**
   * Stores all variants of an image or none.
   *
   * @param file the image; a variant's hash is the variant's name, `_` and the image's hash
   * @returns Strapi's `formats`: `{name, hash, ext, mime, path, width, height, size, sizeInBytes, url}` by the
   *   variant's name, with the provider's metadata; null: no variants
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

/** Lists the stored bytes of the variants in `formats`. */
export function listVariantBytes(formats: object | null): StoredBytes[] {
  return Object.values((formats ?? {}) as Record<string, JsonObject>).map((format) => ({
    hash: String(format['hash']),
    ext: String(format['ext']),
    mime: String(format['mime']),
    providerMetadata: (format['provider_metadata'] ?? null) as JsonObject | null,
  }));
}

/** Lists all stored bytes of a file: its own and its variants'. */
export function listAllBytes(file: StoredBytes & { formats: object | null }): StoredBytes[] {
  return [file, ...listVariantBytes(file.formats)];
}
