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
import { InjectDatabase } from '../../host/tokens.js';
import { EventRecorder } from '../../delivery/recording/event-recorder.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { WebhookEvent } from '../../events/webhook-event.js';
import { type JsonObject } from '../../events/json.js';
import { changedValues, keyOf, toldColumns, toldValues } from './entity-values.js';
import { emittingEntity, type EmittingEntity, type EntityVerb } from './emits-webhooks.js';

const VERBS: readonly EntityVerb[] = ['create', 'update', 'delete'];

const HAPPENED: Record<EntityVerb, string> = {
  create: 'was created.',
  update: 'was changed.',
  delete: 'was deleted.',
};

/** Something that TypeORM tells a subscriber of an entity. */
interface EntityChange {
  manager: EntityManager;
  metadata: EntityMetadata;
}

/**
 * Listens to TypeORM for the changes of entities with `@EmitsWebhooks`, and records each in its transaction. What it
 * throws reaches whoever saved the entity, and the change rolls back.
 */
@Injectable()
export class EntityEventSubscriber implements OnModuleInit, OnApplicationShutdown, EntitySubscriberInterface {
  private readonly logger = new Logger('Webhooks');
  private readonly warnedOf = new Set<string>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly recorder: EventRecorder,
    private readonly catalogue: EventCatalogue,
  ) {}

  onModuleInit(): void {
    const emitting = this.dataSource.entityMetadatas.flatMap(({ target }) => emittingEntity(target) ?? []);
    for (const entity of emitting) this.register(entity);
    if (emitting.length > 0) this.dataSource.subscribers.push(this);
  }

  onApplicationShutdown(): void {
    const index = this.dataSource.subscribers.indexOf(this);
    if (index >= 0) this.dataSource.subscribers.splice(index, 1);
  }

  beforeInsert(event: InsertEvent<object>): void {
    this.needsTransaction(event, 'create');
  }

  async afterInsert(event: InsertEvent<object>): Promise<void> {
    await this.tell(event, 'create', event.entity);
  }

  beforeUpdate(event: UpdateEvent<object>): void {
    if (event.databaseEntity) this.needsTransaction(event, 'update');
    else this.warn(event, 'update');
  }

  async afterUpdate(event: UpdateEvent<object>): Promise<void> {
    const { entity, databaseEntity } = event;
    if (!databaseEntity) return;
    // `save` of a part: what it leaves out is as it was.
    const now = Object.assign(Object.create(Object.getPrototypeOf(databaseEntity) as object), databaseEntity);
    event.metadata.columns.forEach((column) => {
      const value: unknown = entity ? column.getEntityValue(entity) : undefined;
      if (value !== undefined) column.setEntityValue(now as object, value);
    });
    await this.tell(event, 'update', now as object, databaseEntity);
  }

  beforeRemove(event: RemoveEvent<object>): void {
    if (event.databaseEntity ?? event.entity) this.needsTransaction(event, 'delete');
    else this.warn(event, 'delete');
  }

  async afterRemove(event: RemoveEvent<object>): Promise<void> {
    // TypeORM takes the key off a removed entity; the row that it had read has it still.
    const gone = event.databaseEntity ?? event.entity;
    if (gone) await this.tell(event, 'delete', gone);
  }

  async afterSoftRemove(event: SoftRemoveEvent<object>): Promise<void> {
    const gone = event.databaseEntity ?? event.entity;
    if (gone) await this.tell(event, 'delete', gone);
  }

  async afterRecover(event: RecoverEvent<object>): Promise<void> {
    if (event.entity) await this.tell(event, 'create', event.entity);
  }

  private async tell(change: EntityChange, verb: EntityVerb, now: object, before?: object): Promise<void> {
    const { metadata, manager } = change;
    const emitting = wanted(metadata, verb);
    if (!emitting) return;
    const columns = toldColumns(metadata, emitting.columns);
    const previous = before ? changedValues(columns, before, now) : null;
    // Nothing that is told has changed: there is nothing to tell.
    if (previous && Object.keys(previous).length === 0) return;
    await this.recorder.record(
      new WebhookEvent<string, JsonObject>(
        {
          type: `${emitting.model}.${verb}`,
          data: toldValues(columns, now),
          model: emitting.model,
          key: keyOf(metadata, now),
          tenant: emitting.tenant?.(now) ?? null,
          context: { previous },
        },
        manager,
      ),
    );
  }

  /** Without a transaction the row would be there whatever became of its event. */
  private needsTransaction({ metadata, manager }: EntityChange, verb: EntityVerb): void {
    if (!wanted(metadata, verb) || manager.queryRunner?.isTransactionActive === true) return;
    throw new Error(
      `${metadata.name} emits webhooks, so it is written in a transaction alone: call save() or remove(), or open one. Nothing was changed.`,
    );
  }

  private warn({ metadata }: EntityChange, verb: EntityVerb): void {
    const what = `${metadata.name} ${verb}`;
    if (!wanted(metadata, verb) || this.warnedOf.has(what)) return;
    this.warnedOf.add(what);
    this.logger.warn(
      `${metadata.name} was changed by criteria (${verb}), which tells no webhook: TypeORM does not say which rows it was. Said once.`,
    );
  }

  private register({ model, events = VERBS }: EmittingEntity): void {
    for (const verb of events) {
      const name = `${model}.${verb}`;
      if (this.catalogue.has(name)) continue;
      this.catalogue.register({
        name,
        description: `A thing of the kind "${model}" ${HAPPENED[verb]}`,
        schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
        example: {},
        hasUid: false,
      });
    }
  }
}

function wanted({ target }: EntityMetadata, verb: EntityVerb): EmittingEntity | null {
  const emitting = emittingEntity(target);
  return emitting && (emitting.events ?? VERBS).includes(verb) ? emitting : null;
}
