import { Injectable } from '@nestjs/common';
import type { EntityManager, EntityMetadata, QueryRunner } from 'typeorm';
import { forUpdate } from '../../database/dialect.js';
import { EventRecorder } from '../../delivery/recording/event-recorder.js';
import type { JsonObject } from '../../events/json.js';
import { markRecorded, trackUnrecorded } from '../../events/unrecorded-events.js';
import { WebhookEvent } from '../../events/webhook-event.js';
import { selectColumns } from './announced-columns.js';
import { hasAnnouncedRelation } from './emit-problems.js';
import { ENTITY_VERBS, type EmitOptions, type EntityVerb, readEmitOptions } from './emits-webhooks.js';
import { makeEntity, readKey, readPreviousValues, readValues } from './entity-values.js';
import { RowsBefore } from './rows-before.js';
import {
  listUniqueKeys,
  primaryKeyOf,
  readStoredRow,
  type RowKey,
  type StoredRow,
  takeKey,
} from './stored-row.js';

/** A change, as TypeORM passes it to a subscriber. */
export interface EntityChange {
  manager: EntityManager;
  queryRunner: QueryRunner;
  metadata: EntityMetadata;
}

/** What a row that is about to be inserted meets. */
interface Insertion {
  /** The row that has one of its unique keys: an upsert updates it. Null: there is none. */
  existing: StoredRow | null;
  /** A unique key that the values have; null: the database makes the only one. */
  given: RowKey | null;
}

/**
 * Records the changes of entities with `@EmitsWebhooks`. What changed is read from the row itself, in the transaction of
 * the change: before it under a lock, and after it. The entity object is only asked for the row's key, because it has what
 * its writer put there: a part of the row, values of another type, or what TypeORM filled in.
 */
@Injectable()
export class EntityEvents {
  private readonly rows = new RowsBefore();
  private readonly insertions = new WeakMap<object, Insertion>();

  constructor(private readonly recorder: EventRecorder) {}

  /** Looks for a row that the insert meets: TypeORM tells an upsert as an insert. */
  async beforeInsert(change: EntityChange, entity: object): Promise<void> {
    if (!findEmitOptions(change, 'create') && !findEmitOptions(change, 'update')) return;
    requireTransaction(change);
    const { manager, metadata } = change;
    const keys = listUniqueKeys(metadata).flatMap((columns) => takeKey(manager, columns, entity) ?? []);
    let existing: StoredRow | null = null;
    // Without a lock: the gap where no row is yet would be locked, and two inserts would wait for each other.
    for (const key of keys) existing ??= await readStoredRow(manager, metadata, key);
    this.insertions.set(entity, { existing, given: keys[0] ?? null });
  }

  async afterInsert(change: EntityChange, entity: object): Promise<void> {
    const insertion = this.insertions.get(entity);
    if (!insertion) return;
    this.insertions.delete(entity);
    const { manager, metadata } = change;
    const { existing, given } = insertion;
    const key = existing
      ? primaryKeyOf(metadata, existing)
      : (given ?? takeKey(manager, metadata.primaryColumns, entity));
    await this.announce(change, existing ? 'update' : 'create', async () => {
      const now = await readChanged(change, key);
      return existing ? { now, before: existing } : { now };
    });
  }

  /** Keeps a row as it is before its change. */
  async before(change: EntityChange, verb: EntityVerb, named: object | undefined): Promise<void> {
    if (!findEmitOptions(change, verb)) return;
    requireTransaction(change);
    const { manager, metadata, queryRunner } = change;
    const key = takeKey(manager, metadata.primaryColumns, named);
    if (!key)
      throw new Error(
        `The ${verb} of ${metadata.name} cannot be announced: its row has no whole key. Nothing was changed.`,
      );
    const row = await readStoredRow(manager, metadata, key, forUpdate(manager));
    if (row) this.rows.keep(queryRunner, kindOf(change, verb), key, row);
  }

  async afterUpdate(change: EntityChange, named: object | undefined): Promise<void> {
    await this.after(change, 'update', named, async (before, key) => ({
      now: await readChanged(change, key),
      before,
    }));
  }

  async afterRemove(change: EntityChange, named: object | undefined): Promise<void> {
    await this.after(change, 'delete', named, (before) => Promise.resolve({ now: before }));
  }

  async afterSoftRemove(change: EntityChange, named: object | undefined): Promise<void> {
    // A row that was removed before is removed again only in its date.
    await this.after(change, 'delete', named, (before) =>
      Promise.resolve(isSoftRemoved(change, before) ? null : { now: before }),
    );
  }

  async afterRecover(change: EntityChange, named: object | undefined): Promise<void> {
    await this.after(change, 'create', named, async (before, key) =>
      isSoftRemoved(change, before) ? { now: await readChanged(change, key) } : null,
    );
  }

  /**
   * Refuses the save of an entity that gives or takes away rows of this one by its side of their relation: TypeORM updates
   * them without saying which.
   *
   * @throws {Error} before anything is changed
   */
  refuseUnnamedUpdate(change: EntityChange): void {
    const { metadata } = change;
    const options = findEmitOptions(change, 'update');
    if (!options || !hasAnnouncedRelation(selectColumns(metadata, options.columns))) return;
    throw new Error(
      `The save of another entity would change the relation of a ${metadata.name}, which emits webhooks, and TypeORM does not say of which. Save the ${metadata.name} itself with its relation, or let the save cascade to it. Nothing was changed.`,
    );
  }

  forget(runner: QueryRunner): void {
    this.rows.forget(runner);
  }

  private async after(
    change: EntityChange,
    verb: EntityVerb,
    named: object | undefined,
    read: (before: StoredRow, key: RowKey) => Promise<ChangedRow | null>,
  ): Promise<void> {
    if (!findEmitOptions(change, verb)) return;
    const key = takeKey(change.manager, change.metadata.primaryColumns, named);
    const before = key && this.rows.take(change.queryRunner, kindOf(change, verb), key);
    if (key && before) await this.announce(change, verb, () => read(before, key));
  }

  /** Until its event is recorded, the transaction of a change cannot be committed. */
  private async announce(
    change: EntityChange,
    verb: EntityVerb,
    read: () => Promise<ChangedRow | null>,
  ): Promise<void> {
    const options = findEmitOptions(change, verb);
    if (!options) return;
    const unrecorded = { type: `${options.model}.${verb}` };
    trackUnrecorded(change.manager, unrecorded);
    const row = await read();
    if (row) await this.record(change, { type: unrecorded.type, options }, row);
    markRecorded(change.manager, unrecorded);
  }

  private async record(
    { metadata, manager }: EntityChange,
    { type, options }: { type: string; options: EmitOptions },
    { now, before }: ChangedRow,
  ): Promise<void> {
    const columns = selectColumns(metadata, options.columns);
    const previous = before ? readPreviousValues(manager, columns, before, now) : null;
    // None of the selected columns has changed: there is no event.
    if (previous && Object.keys(previous).length === 0) return;
    await this.recorder.record(
      new WebhookEvent<string, JsonObject>(
        {
          type,
          data: readValues(manager, columns, now),
          model: options.model,
          key: readKey(manager, metadata, now),
          tenant: options.tenant
            ? readTenant(type, options.tenant(makeEntity(manager, metadata, now)))
            : null,
          context: { previous },
        },
        manager,
      ),
    );
  }
}

/** A row that changed: as it is now, or was last; and for an update, as it was before. */
interface ChangedRow {
  now: StoredRow;
  before?: StoredRow;
}

/** The options of an entity whose changes of a kind are recorded; null: they are not. */
function findEmitOptions({ metadata }: EntityChange, verb: EntityVerb): EmitOptions | null {
  const options = readEmitOptions(metadata.target);
  return options && (options.events ?? ENTITY_VERBS).includes(verb) ? options : null;
}

async function readChanged({ manager, metadata }: EntityChange, key: RowKey | null): Promise<StoredRow> {
  const row = key && (await readStoredRow(manager, metadata, key));
  if (row) return row;
  throw new Error(
    `A row of ${metadata.name} was written and cannot be read again by its key, so that no event can tell of it. Use save(), or leave updateEntity on.`,
  );
}

function isSoftRemoved({ metadata }: EntityChange, row: StoredRow): boolean {
  const { deleteDateColumn } = metadata;
  return deleteDateColumn !== undefined && (row.get(deleteDateColumn) ?? null) !== null;
}

function readTenant(type: string, tenant: unknown): string | null {
  if (tenant === null || typeof tenant === 'string') return tenant;
  throw new Error(
    `The option "tenant" of @EmitsWebhooks returned ${typeof tenant} for ${type}: return a text, or null for an event of no tenant.`,
  );
}

function kindOf({ metadata }: EntityChange, verb: EntityVerb): string {
  return `${verb} ${metadata.tablePath}`;
}

/** Without a transaction the change would be committed even where its event could not be recorded. */
function requireTransaction({ metadata, manager }: EntityChange): void {
  if (manager.queryRunner?.isTransactionActive === true) return;
  throw new Error(
    `${metadata.name} emits webhooks, so it can only be written in a transaction: call save() or remove(), or open one. Nothing was changed.`,
  );
}
