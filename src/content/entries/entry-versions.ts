import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../host/clock.js';
import { type ContentType, isMedia } from '../content-type.js';
import { EntryMedia } from '../entry-media.js';
import { getEntityName, type EntryRow, hasTenantScope } from '../tables/content-entities.js';
import { readPublishedMedia } from '../relations/entry-populator.js';
import type { PopulatedEntry } from '../serialization/populated-entry.js';
import { RelationWriter } from '../relations/relation-writer.js';
import { TargetPlaces } from '../relations/target-places.js';
import { reportUniqueViolations } from './unique-violations.js';

/** Copies one version of an entry to the other. Announces no event. */
@Injectable()
export class EntryVersions {
  constructor(
    private readonly clock: Clock,
    private readonly relations: RelationWriter,
    private readonly places: TargetPlaces,
    private readonly media: EntryMedia,
  ) {}

  /**
   * Copies the draft to the published version.
   *
   * @param old the published version, which the draft replaces; null: there is none
   * @returns the published version's row
   * @throws {RequestValidationError} when a unique value is taken by another published entry
   */
  async publish(manager: EntityManager, draft: PopulatedEntry, old: EntryRow | null): Promise<EntryRow> {
    const { type, row } = draft;
    const published: EntryRow = {
      ...row,
      ...(await this.places.findPlacesOfCopy(manager, type, row, old, 'published')),
      published_at: this.clock.now(),
      published_media: await this.findFileIds(manager, type, row.id),
    };
    const values = hasTenantScope(type) ? { ...published, tenant_scope: row.tenant ?? '' } : published;
    const entity = getEntityName(type, 'published');
    const written = { type, status: 'published', id: row.id, tenant: row.tenant, values } as const;
    await reportUniqueViolations<unknown>(manager, written, () =>
      old ? manager.update(entity, { id: row.id }, values) : manager.insert(entity, values),
    );
    await this.relations.copy(manager, type, row, {
      from: 'draft',
      to: 'published',
      isReplacing: old !== null,
    });
    return published;
  }

  /** Deletes the published version. */
  async unpublish(manager: EntityManager, type: ContentType, id: number): Promise<void> {
    await this.relations.deleteLinks(manager, type, 'published', id);
    await manager.delete(getEntityName(type, 'published'), { id });
  }

  /**
   * Copies the published version to the draft.
   *
   * @param old the draft, which the published version replaces
   * @returns the draft's row
   * @throws {RequestValidationError} when a unique value is taken by another draft
   */
  async discard(
    manager: EntityManager,
    type: ContentType,
    old: EntryRow,
    published: EntryRow,
  ): Promise<EntryRow> {
    const { published_at: _, published_media: __, ...kept } = published;
    const places = await this.places.findPlacesOfCopy(manager, type, published, old, 'draft');
    const draft = { ...kept, ...places, updated_at: this.clock.now() } as EntryRow;
    const { id, tenant } = draft;
    const written = { type, status: 'draft', id, tenant, values: draft } as const;
    await reportUniqueViolations(manager, written, () =>
      manager.update(getEntityName(type, 'draft'), { id }, draft),
    );
    await this.relations.copy(manager, type, draft, { from: 'published', to: 'draft', isReplacing: true });
    const files = readPublishedMedia(published);
    if (files) await this.attach(manager, type, draft, files);
    return draft;
  }

  private async findFileIds(
    manager: EntityManager,
    type: ContentType,
    id: number,
  ): Promise<Record<string, number[]>> {
    const media = type.attributes.filter(isMedia);
    if (media.length === 0) return {};
    const files = (await this.media.filesOf(manager, type.uid, [id])).get(id);
    return Object.fromEntries(
      media.map(({ name }) => [name, (files?.get(name) ?? []).map(({ printed }) => Number(printed['id']))]),
    );
  }

  /** Links the files of a published version to the draft; deleted files are skipped. */
  private async attach(
    manager: EntityManager,
    type: ContentType,
    { id: entryId, tenant }: EntryRow,
    files: Record<string, number[]>,
  ): Promise<void> {
    for (const { name } of type.attributes.filter(isMedia)) {
      const wanted = files[name] ?? [];
      const existing = await this.media.lock(manager, tenant, wanted);
      await this.media.replace(
        manager,
        { uid: type.uid, entryId, tenant },
        name,
        wanted.filter((id) => existing.has(id)),
      );
    }
  }
}
