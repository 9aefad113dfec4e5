import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { createValidationPipe } from '../../http/validation-pipe.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import { WebhookTransactions } from '../registrations/webhook-transactions.js';
import type { WebhookInput } from '../registrations/webhook-input.js';
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

/** What became of one of Strapi's webhooks, or would become of it. */
export interface ImportedWebhook {
  outcome: 'created' | 'updated' | 'unchanged' | 'skipped';
  /** Its id here; of one that is skipped, the one that it would have. */
  id: string;
  name: string;
  /** What is not as it was there, and why it is skipped, in words. */
  notes: string[];
}

/** How webhooks are imported. */
export interface ImportOptions {
  /** What their ids begin with: `strapi` makes `strapi-7` of 7. Of two Strapi projects each needs its own. */
  source: string;
  /** Everything is done, and then undone. */
  isDryRun: boolean;
}

/** Carries what was done out of a transaction that is not to stand. */
class DryRun extends Error {
  constructor(readonly imported: ImportedWebhook[]) {
    super('nothing of this stands');
  }
}

/**
 * Takes Strapi's webhooks over, all in one transaction. A webhook's id here comes from its id there, so that whoever
 * imports twice changes nothing the second time: what differs from there is brought to what it is there, and what
 * Strapi has not (secret, filter, whether it is enabled by now) stays as it is here.
 */
@Injectable()
export class WebhookImports {
  private readonly shape = createValidationPipe();
  private readonly known: Subscribable;

  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly service: WebhookService,
    private readonly source: WebhookSource,
    catalogue: EventCatalogue,
    @Inject(WEBHOOKS_OPTIONS) { contentTypeUids }: WebhooksOptions,
  ) {
    this.known = {
      hasEvent: (name) => catalogue.has(name),
      hasContentType: (uid) => contentTypeUids.includes(uid),
    };
  }

  /** @returns what became of each, in the order of the rows */
  async import(rows: readonly StrapiWebhookRow[], options: ImportOptions): Promise<ImportedWebhook[]> {
    try {
      return await this.transactions.runTogether(async (manager) => {
        const imported = await this.all(manager, rows, options.source);
        if (options.isDryRun) throw new DryRun(imported);
        return imported;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.imported;
      throw error;
    }
  }

  private async all(
    manager: EntityManager,
    rows: readonly StrapiWebhookRow[],
    source: string,
  ): Promise<ImportedWebhook[]> {
    const here = new Map((await this.source.all(manager)).map((webhook) => [webhook.id, webhook]));
    const names = new Set<unknown>();
    const imported: ImportedWebhook[] = [];
    for (const row of rows) {
      const id = `${source}-${String(row.id)}`;
      const one = await this.one(manager, id, here.get(id) ?? null, readStrapiWebhook(row, this.known));
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

  private async one(
    manager: EntityManager,
    id: string,
    here: DeliverableWebhook | null,
    read: ReadWebhook,
  ): Promise<Pick<ImportedWebhook, 'outcome' | 'notes'>> {
    if (read.kind === 'unreadable') return { outcome: 'skipped', notes: [read.reason] };
    const { input, disabledReason, notes } = read;
    try {
      if (here && isSame(here, input)) return { outcome: 'unchanged', notes: [] };
      await this.shape.transform(input, { type: 'body', metatype: CreateWebhookBody });
      if (here) await this.service.replace(id, input, null);
      else await this.service.create(input, null, id);
    } catch (error) {
      // What no key opens is no other webhook's trouble.
      if (error instanceof EncryptionError) return { outcome: 'skipped', notes: [error.message] };
      if (!(error instanceof RequestValidationError)) throw error;
      return { outcome: 'skipped', notes: problemsIn(error) };
    }
    // One that was enabled here since is disabled again only because of what it would not be told of.
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

function problemsIn(error: RequestValidationError): string[] {
  const { errors } = error.details as { errors: ValidationIssue[] };
  return errors.map(({ message }) => message);
}
