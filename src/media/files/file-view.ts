import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { FileEntity, FileLinkEntity } from '../file.entity.js';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { LinkTargets } from './link-targets.js';

/** A file as an entry shows it: everything but what it is related to. */
export function toFileView(file: FileEntity): JsonObject {
  return {
    id: file.id,
    name: file.name,
    hash: file.hash,
    sha256: file.sha256,
    ext: file.ext,
    mime: file.mime,
    size: file.size,
    url: file.url,
    provider: file.provider,
    provider_metadata: file.providerMetadata as JsonObject | null,
    created_at: new Date(file.createdAt).toISOString(),
    updated_at: new Date(file.updatedAt).toISOString(),
  };
}

/** A file as the media library and its events show it. */
export function toFileViewWithRelated(file: FileEntity, related: JsonObject[]): JsonObject {
  return { ...toFileView(file), related };
}

/** So long are Strapi's document ids. */
const DOCUMENT_ID_LENGTH = 24;

/** What Strapi 5 tells of a file beside {@link toFileView}. */
export function toFileDocument(file: FileEntity): DocumentNode {
  return {
    kind: 'file',
    more: {
      // Unlike any other file's and kept when the file is replaced, as the hash that it is of.
      documentId: file.hash.slice(0, DOCUMENT_ID_LENGTH),
      alternativeText: file.alternativeText,
      caption: file.caption,
      focalPoint: file.focalPoint as JsonObject | null,
      width: file.width,
      height: file.height,
      formats: file.formats as JsonObject | null,
      previewUrl: null,
      publishedAt: new Date(file.createdAt).toISOString(),
      locale: null,
    },
  };
}

/** A file as the media library answers: as events tell it, and then what Strapi 5 tells more. */
export function toFileAnswer(media: JsonObject, file: FileEntity): JsonObject {
  return { ...media, ...toFileDocument(file).more };
}

/** Prints files with the entries that they hang at. */
@Injectable()
export class FileSerializer {
  constructor(private readonly targets: LinkTargets) {}

  /**
   * @returns the files in their order, each with `related`: `{__type, id, …plain attributes, created_at, updated_at}`
   */
  async serialize(manager: EntityManager, files: readonly FileEntity[]): Promise<JsonObject[]> {
    if (files.length === 0) return [];
    const links = await manager.find(FileLinkEntity, {
      where: { fileId: In(files.map(({ id }) => id)) },
      order: { id: 'ASC' },
    });
    const entries = await this.entriesOf(manager, links);
    return files.map((file) => {
      const keys = links.filter(({ fileId }) => fileId === file.id).map(toKey);
      // A file that hangs at two fields of an entry is related to it once.
      const related = [...new Set(keys)]
        .map((key) => entries.get(key))
        .filter((entry) => entry !== undefined);
      return toFileViewWithRelated(file, related);
    });
  }

  private async entriesOf(
    manager: EntityManager,
    links: readonly FileLinkEntity[],
  ): Promise<Map<string, JsonObject>> {
    const entries = new Map<string, JsonObject>();
    for (const uid of new Set(links.map((link) => link.uid))) {
      const ids = new Set(links.filter((link) => link.uid === uid).map(({ entryId }) => entryId));
      for (const [entryId, entry] of await this.targets.summaries(manager, uid, [...ids])) {
        entries.set(toKey({ uid, entryId }), { __type: uid, ...entry });
      }
    }
    return entries;
  }
}

function toKey({ uid, entryId }: Pick<FileLinkEntity, 'uid' | 'entryId'>): string {
  return `${uid}/${entryId}`;
}
