import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { inProducerTransaction } from '../../database/transactions.js';
import { EntryDraftDiscarded, EntryPublished, EntryUnpublished } from '../../events/entry-events.js';
import type { JsonObject } from '../../events/json.js';
import type { Caller } from '../../auth/caller.js';
import { BadRequestError, RequestValidationError } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import type { EntryRow } from '../tables/content-entities.js';
import { EntryAnnouncer } from './entry-announcer.js';
import { EntryPopulator } from '../relations/entry-populator.js';
import { EntryVersions } from './entry-versions.js';
import { findEntry } from '../tables/find-entry.js';
import { collectPreviousValues } from '../serialization/previous-values.js';
import { findPublishingIssues } from './publishing-issues.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Finds the draft of an action and locks it for the transaction. */
export type DraftFinder = (manager: EntityManager) => Promise<EntryRow>;

/**
 * Publishes, unpublishes and discards drafts. Each action and its event are one transaction. All actions lock the
 * draft's row, so actions on one entry run one after another.
 */
@Injectable()
export class EntryPublisher {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly versions: EntryVersions,
    private readonly populator: EntryPopulator,
    private readonly announcer: EntryAnnouncer,
  ) {}

  /**
   * Publishes the draft and replaces the published version, if there is one.
   *
   * @returns the published version
   * @throws {RequestValidationError} when the draft is incomplete
   */
  async publish(type: ContentType, find: DraftFinder, caller: Caller): Promise<JsonObject> {
    return inProducerTransaction(this.dataSource, async (manager) => {
      const row = await find(manager);
      const draft = await this.populator.populateOne(manager, type, 'draft', row);
      const issues = findPublishingIssues(draft);
      if (issues.length > 0) throw new RequestValidationError(issues);
      const old = await findEntry(manager, type, 'published', row.id, null);
      const before = old && (await this.populator.populateOne(manager, type, 'published', old));
      const published = await this.versions.publish(manager, draft, old);
      const after = await this.populator.populateOne(manager, type, 'published', published);
      const previous = before && collectPreviousValues(before, after);
      return this.announcer.announce(EntryPublished, after, { caller, previous, manager });
    });
  }

  /**
   * Deletes the published version; the draft stays.
   *
   * @returns the deleted published version
   * @throws {BadRequestError} when the entry is not published
   */
  async unpublish(type: ContentType, find: DraftFinder, caller: Caller): Promise<JsonObject> {
    return inProducerTransaction(this.dataSource, async (manager) => {
      const published = await requirePublished(manager, type, await find(manager));
      const gone = await this.populator.populateOne(manager, type, 'published', published);
      await this.versions.unpublish(manager, type, published.id);
      return this.announcer.announce(EntryUnpublished, gone, { caller, previous: null, manager });
    });
  }

  /**
   * Replaces the draft by the published version.
   *
   * @returns the draft
   * @throws {BadRequestError} when the entry is not published
   */
  async discardDraft(type: ContentType, find: DraftFinder, caller: Caller): Promise<JsonObject> {
    return inProducerTransaction(this.dataSource, async (manager) => {
      const row = await find(manager);
      const published = await requirePublished(manager, type, row);
      const before = await this.populator.populateOne(manager, type, 'draft', row);
      const draft = await this.versions.discard(manager, type, row, published);
      const after = await this.populator.populateOne(manager, type, 'draft', draft);
      const previous = collectPreviousValues(before, after);
      return this.announcer.announce(EntryDraftDiscarded, after, { caller, previous, manager });
    });
  }
}

async function requirePublished(
  manager: EntityManager,
  type: ContentType,
  { id }: EntryRow,
): Promise<EntryRow> {
  const published = await findEntry(manager, type, 'published', id, null);
  if (!published) throw new BadRequestError('The entry is not published.');
  return published;
}
