import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { DocumentNode } from '../../events/document-node.js';
import type { JsonObject } from '../../events/json.js';
import { AmplificationBudget } from '../../http/amplification.js';
import { FileEntity, FileLinkEntity } from '../file.entity.js';
import { LinkTargets } from './link-targets.js';

/** Serializes a file as part of an entry: without `related`. */
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

/** Serializes a file for the media library and its events: with `related`. */
export function toFileViewWithRelated(file: FileEntity, related: JsonObject[]): JsonObject {
  return { ...toFileView(file), related };
}

/** The length of Strapi's document ids, characters. */
const DOCUMENT_ID_LENGTH = 24;

/** Builds the properties that Strapi 5 adds to {@link toFileView}. */
export function toFileDocument(file: FileEntity): DocumentNode {
  return {
    kind: 'file',
    more: {
      // The hash is unique and does not change when the file is replaced.
      documentId: file.hash.slice(0, DOCUMENT_ID_LENGTH),
      alternativeText: file.alternativeText,
      caption: file.caption,
      focalPoint: file.focalPoint as JsonObject | null,
      width: file.width,
      height: file.height,
      formats: file.formats as JsonObject | null,
      previewUrl: null,
      publishedAt: new Date(file.createdAt).toISOString(),
    },
  };
}

/** Builds the media library's answer: the serialized file, and then the properties that only Strapi 5 has. */
export function toFileAnswer(media: JsonObject, file: FileEntity): JsonObject {
  return { ...media, ...toFileDocument(file).more };
}

/** What the budget of `related` counts, for its error. */
const RELATED = 'entries that the files are linked to, each counted as often as it is shown: ask for fewer';

/** Serializes files with the entries that they are linked to. */
@Injectable()
export class FileSerializer {
  constructor(private readonly targets: LinkTargets) {}

  /**
   * @returns the files in their order, each with `related`: `{__type, id, …plain attributes, created_at, updated_at}`
   * @throws {AmplificationError} when the entries are too much to show with every file that they are linked to
   */
  async serialize(manager: EntityManager, files: readonly FileEntity[]): Promise<JsonObject[]> {
    if (files.length === 0) return [];
    const links = await manager.find(FileLinkEntity, {
      where: { fileId: In(files.map(({ id }) => id)) },
      order: { id: 'ASC' },
    });
    const entries = await this.findEntries(manager, links);
    const budget = new AmplificationBudget(RELATED);
    return files.map((file) => {
      const keys = links.filter(({ fileId }) => fileId === file.id).map(toKey);
      // A file linked to two fields of an entry lists the entry once.
      const related = [...new Set(keys)]
        .map((key) => entries.get(key))
        .filter((entry) => entry !== undefined);
      for (const entry of related) budget.spendShared(entry);
      return toFileViewWithRelated(file, related);
    });
  }

  private async findEntries(
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
