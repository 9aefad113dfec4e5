import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { createValidationPipe } from '../../http/validation-pipe.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import type { WebhookInput } from '../registrations/webhook-input.js';
import { WebhookTransactions } from '../registrations/webhook-transactions.js';
import { WebhookService } from '../registrations/webhook.service.js';
import { CreateWebhookBody } from '../rest/webhook-body.dto.js';
import { EncryptionError } from '../secrets/encryption.js';
import { pruneContentTypeEvents } from '../subscriptions/content-type-events.js';
import { WebhookSource } from '../webhook-source.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import {
  DISABLED_IN_STRAPI,
  type ReadWebhook,
  readStrapiWebhook,
  type StrapiWebhookRow,
  type Subscribable,
} from './strapi-webhook.js';

/** The result of importing one of Strapi's webhooks; in a dry run, the result that it would have. */
export interface ImportedWebhook {
  outcome: 'created' | 'updated' | 'unchanged' | 'skipped';
  /** Its id in this deployment; of a skipped one, the id that it would have. */
  id: string;
  name: string;
  /** What differs from Strapi's webhook, or why it was skipped, in words. */
  notes: string[];
}

/** The options of an import. */
export interface ImportOptions {
  /** The prefix of the new ids: `strapi` makes `strapi-7` of 7. Each Strapi project needs its own. */
  source: string;
  /** Whether the import is rolled back at the end. */
  isDryRun: boolean;
}

/** Rolls the transaction of a dry run back, and carries its result out of it. */
class DryRun extends Error {
  constructor(readonly imported: ImportedWebhook[]) {
    super('A dry run is rolled back.');
  }
}

/**
 * Imports Strapi's webhooks, all in one transaction. The import is idempotent, because a webhook's id is made of its id
 * in Strapi: a second import changes nothing, unless Strapi's webhook has changed. Properties that Strapi does not have
 * (secret, filter), and whether the webhook is enabled, stay as they are here.
 */
@Injectable()
export class WebhookImports {
  private readonly validation = createValidationPipe();
  private readonly subscribable: Subscribable;

  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly service: WebhookService,
    private readonly source: WebhookSource,
    catalogue: EventCatalogue,
    @Inject(WEBHOOKS_OPTIONS) { contentTypeUids }: WebhooksOptions,
  ) {
    this.subscribable = {
      hasEvent: (name) => catalogue.has(name),
      hasContentType: (uid) => contentTypeUids.includes(uid),
    };
  }

  /**
   * Imports the rows of Strapi's table.
   *
   * @returns one result a row, in the order of the rows
   */
  async import(rows: readonly StrapiWebhookRow[], options: ImportOptions): Promise<ImportedWebhook[]> {
    try {
      return await this.transactions.runTogether(async (manager) => {
        const imported = await this.importAll(manager, rows, options.source);
        if (options.isDryRun) throw new DryRun(imported);
        return imported;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.imported;
      throw error;
    }
  }

  private async importAll(
    manager: EntityManager,
    rows: readonly StrapiWebhookRow[],
    source: string,
  ): Promise<ImportedWebhook[]> {
    const here = new Map((await this.source.all(manager)).map((webhook) => [webhook.id, webhook]));
    const names = new Set<unknown>();
    const imported: ImportedWebhook[] = [];
    for (const row of rows) {
      const id = `${source}-${String(row.id)}`;
      const one = await this.importOne(
        manager,
        id,
        here.get(id) ?? null,
        readStrapiWebhook(row, this.subscribable),
      );
      const isRepeated = names.has(row.name);
      names.add(row.name);
      imported.push({
        ...one,
        id,
        name: String(row.name ?? ''),
        notes: [...one.notes, ...(isRepeated ? ['another one before it has the same name'] : [])],
      });
    }
    return imported;
  }

  private async importOne(
    manager: EntityManager,
    id: string,
    here: DeliverableWebhook | null,
    read: ReadWebhook,
  ): Promise<Pick<ImportedWebhook, 'outcome' | 'notes'>> {
    if (read.kind === 'unreadable') return { outcome: 'skipped', notes: [read.reason] };
    const { input, disabledReason, notes } = read;
    try {
      if (here && isSame(here, input)) return { outcome: 'unchanged', notes: [] };
      await this.validation.transform(input, { type: 'body', metatype: CreateWebhookBody });
      if (here) await this.service.replace(id, input, null);
      else await this.service.create(input, null, id);
    } catch (error) {
      // An undecryptable webhook is skipped; the others are imported.
      if (error instanceof EncryptionError) return { outcome: 'skipped', notes: [error.message] };
      if (!(error instanceof RequestValidationError)) throw error;
      return { outcome: 'skipped', notes: listProblems(error) };
    }
    // A webhook that a person enabled here stays enabled, unless it has unknown events.
    if (disabledReason !== null && !(here && disabledReason === DISABLED_IN_STRAPI)) {
      await this.service.disableFor(manager, id, disabledReason);
    }
    return { outcome: here ? 'updated' : 'created', notes };
  }
}

function isSame(here: DeliverableWebhook, there: WebhookInput): boolean {
  const contentTypeEvents = pruneContentTypeEvents(there.contentTypeEvents ?? {}, there.events);
  return (
    here.name === there.name &&
    here.url === there.url &&
    JSON.stringify(here.headers) === JSON.stringify(there.headers) &&
    JSON.stringify(here.events) === JSON.stringify(there.events) &&
    JSON.stringify(here.contentTypeEvents) === JSON.stringify(contentTypeEvents)
  );
}

function listProblems(error: RequestValidationError): string[] {
  const { errors } = error.details as { errors: ValidationIssue[] };
  return errors.map(({ message }) => message);
}
