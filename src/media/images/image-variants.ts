import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { StorageProvider, type StoredBytes, type StoredFile } from '../storage/storage-provider.js';
import type { ReadImage } from './image-reading.js';

/** Hands the smaller versions of images to the storage provider. */
@Injectable()
export class VersionKeeping {
  constructor(private readonly storage: StorageProvider) {}

  /**
   * Hands over all versions of an image or none.
   *
   * @param file whose versions they are: each has its hash behind the version's name, and its extension
   * @returns Strapi's `formats`: by the version's name `{name, hash, ext, mime, path, width, height, size, sizeInBytes,
   *   url}`, and what the provider must remember; null when there is none
   */
  async keep(image: ReadImage | null, file: StoredFile & { name: string }): Promise<JsonObject | null> {
    if (image === null || image.versions.length === 0) return null;
    const formats: JsonObject = {};
    try {
      for (const { key, path, width, height, size } of image.versions) {
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
      for (const bytes of versionBytes(formats)) await this.storage.remove(bytes);
      throw error;
    }
    return formats;
  }
}

/** What the provider knows the versions in `formats` by. */
export function versionBytes(formats: object | null): StoredBytes[] {
  return Object.values((formats ?? {}) as Record<string, JsonObject>).map((format) => ({
    hash: String(format['hash']),
    ext: String(format['ext']),
    mime: String(format['mime']),
    providerMetadata: (format['provider_metadata'] ?? null) as JsonObject | null,
  }));
}

/** Everything that the provider has of a file: its own bytes and its versions'. */
export function allBytes(file: StoredBytes & { formats: object | null }): StoredBytes[] {
  return [file, ...versionBytes(file.formats)];
}
