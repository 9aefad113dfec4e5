import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type {
  DataSource,
  EntityMetadata,
  EntitySubscriberInterface,
  InsertEvent,
  QueryRunner,
  RecoverEvent,
  RemoveEvent,
  SoftRemoveEvent,
  UpdateEvent,
} from 'typeorm';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { InjectDatabase } from '../../host/tokens.js';
import { CriteriaWarnings } from './criteria-warnings.js';
import { findEmitProblem } from './emit-problems.js';
import { ENTITY_VERBS, type EmitOptions, type EntityVerb, readEmitOptions } from './emits-webhooks.js';
import { type EntityChange, EntityEvents } from './entity-events.js';
import { escapeTable } from './stored-row.js';

const DESCRIPTIONS: Record<EntityVerb, string> = {
  create: 'was created.',
  update: 'was changed.',
  delete: 'was deleted.',
};

/** The statements by which TypeORM empties a table, of which it tells no subscriber. */
const CLEARING = /^(?:TRUNCATE TABLE|DELETE FROM) ([^ ]+)$/;

/**
 * Subscribes to TypeORM's changes of entities with `@EmitsWebhooks`, and records each as an event in its transaction. An
 * error reaches the caller that saved the entity, and the change is rolled back.
 */
@Injectable()
export class EntityEventSubscriber implements OnModuleInit, OnApplicationShutdown, EntitySubscriberInterface {
  private readonly warnings = new CriteriaWarnings();
  /** The names of emitting entities by their tables, as statements name them. */
  private readonly tables = new Map<string, string>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly events: EntityEvents,
    private readonly catalogue: EventCatalogue,
  ) {}

  /** @throws {Error} when changes of an entity could not be told */
  onModuleInit(): void {
    for (const metadata of this.dataSource.entityMetadatas) {
      const options = readEmitOptions(metadata.target);
      if (!options) continue;
      const problem = findEmitProblem(metadata, options);
      if (problem !== null)
        throw new Error(`@EmitsWebhooks of ${metadata.name} cannot announce: ${problem}.`);
      this.tables.set(escapeTable(this.dataSource.manager, metadata), metadata.name);
      this.register(options);
    }
    if (this.tables.size > 0) this.dataSource.subscribers.push(this);
  }

  onApplicationShutdown(): void {
    const index = this.dataSource.subscribers.indexOf(this);
    if (index >= 0) this.dataSource.subscribers.splice(index, 1);
  }

  async beforeInsert(event: InsertEvent<object>): Promise<void> {
    await this.events.beforeInsert(event, event.entity);
  }

  async afterInsert(event: InsertEvent<object>): Promise<void> {
    await this.events.afterInsert(event, event.entity);
  }

  async beforeUpdate(event: UpdateEvent<object>): Promise<void> {
    if (event.databaseEntity) await this.events.before(event, 'update', rowOf(event));
    else if (event.entity) this.warn(event, 'update');
    else this.events.refuseUnnamedUpdate(event);
  }

  async afterUpdate(event: UpdateEvent<object>): Promise<void> {
    if (event.databaseEntity) await this.events.afterUpdate(event, rowOf(event));
  }

  async beforeRemove(event: RemoveEvent<object>): Promise<void> {
    await this.beforeNamed(event, 'delete');
  }

  async afterRemove(event: RemoveEvent<object>): Promise<void> {
    if (isNamed(event)) await this.events.afterRemove(event, rowOf(event));
  }

  async beforeSoftRemove(event: SoftRemoveEvent<object>): Promise<void> {
    await this.beforeNamed(event, 'delete');
  }

  async afterSoftRemove(event: SoftRemoveEvent<object>): Promise<void> {
    if (isNamed(event)) await this.events.afterSoftRemove(event, rowOf(event));
  }

  async beforeRecover(event: RecoverEvent<object>): Promise<void> {
    await this.beforeNamed(event, 'create');
  }

  async afterRecover(event: RecoverEvent<object>): Promise<void> {
    if (isNamed(event)) await this.events.afterRecover(event, rowOf(event));
  }

  beforeQuery({ query }: { query: string }): void {
    const cleared = this.tables.get(CLEARING.exec(query)?.[1] ?? '');
    if (cleared !== undefined) this.warnings.warn(cleared, 'delete');
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    this.events.forget(queryRunner);
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    this.events.forget(queryRunner);
  }

  /** TypeORM names the row of each entity that is removed or recovered, and none for a statement by criteria. */
  private async beforeNamed(event: NamedChange, verb: EntityVerb): Promise<void> {
    if (isNamed(event)) await this.events.before(event, verb, rowOf(event));
    else this.warn(event, verb);
  }

  private warn({ metadata }: EntityChange, verb: EntityVerb): void {
    const verbs = readEmitOptions(metadata.target) && listVerbs(metadata);
    if (verbs?.includes(verb)) this.warnings.warn(metadata.name, verb);
  }

  private register({ model, events = ENTITY_VERBS }: EmitOptions): void {
    for (const verb of events) {
      const name = `${model}.${verb}`;
      if (this.catalogue.has(name)) continue;
      this.catalogue.register({
        name,
        description: `A thing of the kind "${model}" ${DESCRIPTIONS[verb]}`,
        schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
        example: {},
        hasUid: false,
      });
    }
  }
}

function listVerbs({ target }: EntityMetadata): readonly EntityVerb[] {
  return readEmitOptions(target)?.events ?? ENTITY_VERBS;
}

/** A change of an entity whose row TypeORM may name. */
type NamedChange = EntityChange & {
  entity?: object | undefined;
  databaseEntity?: object | undefined;
  entityId?: unknown;
};

function isNamed({ entity, databaseEntity, entityId }: NamedChange): boolean {
  return Boolean(entity ?? databaseEntity) || (entityId !== undefined && entityId !== null);
}

/** What names the row: its id where TypeORM gives it, because `remove()` takes it out of the entity. */
function rowOf({ metadata, entity, databaseEntity, entityId }: NamedChange): object | undefined {
  if (entityId !== undefined && entityId !== null) return metadata.ensureEntityIdMap(entityId);
  return databaseEntity ?? entity;
}
