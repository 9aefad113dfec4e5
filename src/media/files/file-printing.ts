import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { JsonObject } from '../../events/webhook-event.js';
import { FileEntity, FileLinkEntity } from '../file.entity.js';
import { LinkTargets } from '../links/link-targets.js';
import { fileViewWith } from './file-view.js';

/** Prints files with the entries that they hang at. */
@Injectable()
export class FilePrinting {
  constructor(private readonly targets: LinkTargets) {}

  /**
   * @returns the files in their order, each with `related`: `{__type, id, …plain attributes, created_at, updated_at}`
   */
  async print(manager: EntityManager, files: readonly FileEntity[]): Promise<JsonObject[]> {
    if (files.length === 0) return [];
    const links = await manager.find(FileLinkEntity, {
      where: { fileId: In(files.map(({ id }) => id)) },
      order: { id: 'ASC' },
    });
    const entries = await this.entriesOf(manager, links);
    return files.map((file) => {
      const keys = links.filter(({ fileId }) => fileId === file.id).map(keyOf);
      // A file that hangs at two fields of an entry is related to it once.
      const related = [...new Set(keys)]
        .map((key) => entries.get(key))
        .filter((entry) => entry !== undefined);
      return fileViewWith(file, related);
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
        entries.set(keyOf({ uid, entryId }), { __type: uid, ...entry });
      }
    }
    return entries;
  }
}

function keyOf({ uid, entryId }: Pick<FileLinkEntity, 'uid' | 'entryId'>): string {
  return `${uid}/${entryId}`;
}
