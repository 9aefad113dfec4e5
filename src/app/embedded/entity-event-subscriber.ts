import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type {
  DataSource,
  EntityManager,
  EntityMetadata,
  EntitySubscriberInterface,
  InsertEvent,
  RecoverEvent,
  RemoveEvent,
  SoftRemoveEvent,
  UpdateEvent,
} from 'typeorm';
import { EventRecorder } from '../../delivery/recording/event-recorder.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { JsonObject } from '../../events/json.js';
import { WebhookEvent } from '../../events/webhook-event.js';
import { InjectDatabase } from '../../host/tokens.js';
import { readEmitOptions, type EmitOptions, type EntityVerb } from './emits-webhooks.js';
import { readPreviousValues, readKey, selectColumns, readValues } from './entity-values.js';

const VERBS: readonly EntityVerb[] = ['create', 'update', 'delete'];

const DESCRIPTIONS: Record<EntityVerb, string> = {
  create: 'was created.',
  update: 'was changed.',
  delete: 'was deleted.',
};

/** A change, as TypeORM passes it to a subscriber. */
interface EntityChange {
  manager: EntityManager;
  metadata: EntityMetadata;
}

/**
 * Subscribes to TypeORM's changes of entities with `@EmitsWebhooks`, and records each as an event in its transaction. An
 * error reaches the caller that saved the entity, and the change is rolled back.
 */
@Injectable()
export class EntityEventSubscriber implements OnModuleInit, OnApplicationShutdown, EntitySubscriberInterface {
  private readonly logger = new Logger('Webhooks');
  private readonly warned = new Set<string>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly recorder: EventRecorder,
    private readonly catalogue: EventCatalogue,
  ) {}

  onModuleInit(): void {
    const emitting = this.dataSource.entityMetadatas.flatMap(({ target }) => readEmitOptions(target) ?? []);
    for (const entity of emitting) this.register(entity);
    if (emitting.length > 0) this.dataSource.subscribers.push(this);
  }

  onApplicationShutdown(): void {
    const index = this.dataSource.subscribers.indexOf(this);
    if (index >= 0) this.dataSource.subscribers.splice(index, 1);
  }

  beforeInsert(event: InsertEvent<object>): void {
    this.requireTransaction(event, 'create');
  }

  async afterInsert(event: InsertEvent<object>): Promise<void> {
    await this.record(event, 'create', event.entity);
  }

  beforeUpdate(event: UpdateEvent<object>): void {
    if (event.databaseEntity) this.requireTransaction(event, 'update');
    else this.warn(event, 'update');
  }

  async afterUpdate(event: UpdateEvent<object>): Promise<void> {
    const { entity, databaseEntity } = event;
    if (!databaseEntity) return;
    // `save` of a partial entity: columns that it leaves out are unchanged.
    const now = Object.assign(Object.create(Object.getPrototypeOf(databaseEntity) as object), databaseEntity);
    event.metadata.columns.forEach((column) => {
      const value: unknown = entity ? column.getEntityValue(entity) : undefined;
      if (value !== undefined) column.setEntityValue(now as object, value);
    });
    await this.record(event, 'update', now as object, databaseEntity);
  }

  beforeRemove(event: RemoveEvent<object>): void {
    if (event.databaseEntity ?? event.entity) this.requireTransaction(event, 'delete');
    else this.warn(event, 'delete');
  }

  async afterRemove(event: RemoveEvent<object>): Promise<void> {
    // TypeORM deletes the key of a removed entity; the row that it read before still has it.
    const gone = event.databaseEntity ?? event.entity;
    if (gone) await this.record(event, 'delete', gone);
  }

  async afterSoftRemove(event: SoftRemoveEvent<object>): Promise<void> {
    const gone = event.databaseEntity ?? event.entity;
    if (gone) await this.record(event, 'delete', gone);
  }

  async afterRecover(event: RecoverEvent<object>): Promise<void> {
    if (event.entity) await this.record(event, 'create', event.entity);
  }

  private async record(change: EntityChange, verb: EntityVerb, now: object, before?: object): Promise<void> {
    const { metadata, manager } = change;
    const emitting = emitOptionsFor(metadata, verb);
    if (!emitting) return;
    const columns = selectColumns(metadata, emitting.columns);
    const previous = before ? readPreviousValues(columns, before, now) : null;
    // None of the selected columns has changed: there is no event.
    if (previous && Object.keys(previous).length === 0) return;
    await this.recorder.record(
      new WebhookEvent<string, JsonObject>(
        {
          type: `${emitting.model}.${verb}`,
          data: readValues(columns, now),
          model: emitting.model,
          key: readKey(metadata, now),
          tenant: emitting.tenant?.(now) ?? null,
          context: { previous },
        },
        manager,
      ),
    );
  }

  /** Without a transaction the change would be committed even where its event could not be recorded. */
  private requireTransaction({ metadata, manager }: EntityChange, verb: EntityVerb): void {
    if (!emitOptionsFor(metadata, verb) || manager.queryRunner?.isTransactionActive === true) return;
    throw new Error(
      `${metadata.name} emits webhooks, so it can only be written in a transaction: call save() or remove(), or open one. Nothing was changed.`,
    );
  }

  /** Warns once for each entity and verb. */
  private warn({ metadata }: EntityChange, verb: EntityVerb): void {
    const what = `${metadata.name} ${verb}`;
    if (!emitOptionsFor(metadata, verb) || this.warned.has(what)) return;
    this.warned.add(what);
    this.logger.warn(
      `${metadata.name} was changed by criteria (${verb}): no event is recorded, because TypeORM does not say which rows changed. Use save() or remove(). This is logged once.`,
    );
  }

  private register({ model, events = VERBS }: EmitOptions): void {
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

function emitOptionsFor({ target }: EntityMetadata, verb: EntityVerb): EmitOptions | null {
  const emitting = readEmitOptions(target);
  return emitting && (emitting.events ?? VERBS).includes(verb) ? emitting : null;
}
