import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan } from 'typeorm';
import { readInPages } from '../../database/read-in-pages.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { Clock } from '../../host/clock.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { parseUrl } from '../../http/parse-url.js';
import { createValidationPipe } from '../../http/validation-pipe.js';
import type { DeliverableWebhook } from '../model/deliverable-webhook.js';
import type { WebhookInput } from '../registrations/webhook-input.js';
import { WebhookTransactions } from '../registrations/webhook-transactions.js';
import { WebhookService } from '../registrations/webhook.service.js';
import { CreateWebhookBody } from '../rest/webhook-body.dto.js';
import { EncryptionError } from '../secrets/encryption.js';
import { WebhookSource } from '../webhook-source.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';
import { fingerprintOf, planReimport, type StrapiWebhook } from './plan-reimport.js';
import {
  DISABLED_IN_STRAPI,
  type ReadWebhook,
  readStrapiWebhook,
  type StrapiWebhookRow,
  type Subscribable,
} from './strapi-webhook.js';
import { WebhookImportEntity } from './webhook-import.entity.js';

/** The result of importing one of Strapi's webhooks; in a dry run, the result that it would have. */
export interface ImportedWebhook {
  /** `deleted`: Strapi has it no more, and nothing was done to it here. */
  outcome: 'created' | 'updated' | 'unchanged' | 'skipped' | 'deleted';
  /** Its id in this deployment; of a skipped one, the id that it would have. */
  id: string;
  name: string;
  /** The host of its URL; null: the URL is none. */
  host: string | null;
  /** What differs from Strapi's webhook, or why it was skipped, in words. */
  notes: string[];
}

/** The options of an import. */
export interface ImportOptions {
  /** The prefix of the new ids: `strapi` makes `strapi-7` of 7. Each Strapi project needs its own. */
  source: string;
  /** Whether the import is rolled back at the end. */
  isDryRun: boolean;
  /** The format of webhooks that are new here. */
  format: string;
}

/** Rolls the transaction of a dry run back, and carries its result out of it. */
class DryRun extends Error {
  constructor(readonly imported: ImportedWebhook[]) {
    super('A dry run is rolled back.');
  }
}

/**
 * Imports Strapi's webhooks, all in one transaction. The import is idempotent, because a webhook's id is made of its id
 * in Strapi: a second import brings over what has changed in Strapi since, whether it is enabled too. Properties that
 * Strapi does not have (secret, filter), and what was changed here alone, stay as they are here.
 */
@Injectable()
export class WebhookImports {
  private readonly validation = createValidationPipe();
  private readonly subscribable: Subscribable;

  constructor(
    private readonly transactions: WebhookTransactions,
    private readonly service: WebhookService,
    private readonly source: WebhookSource,
    private readonly clock: Clock,
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
   * @returns one result a row, in the order of the rows; then one for each webhook of the source that has no row any more
   */
  async import(rows: readonly StrapiWebhookRow[], options: ImportOptions): Promise<ImportedWebhook[]> {
    try {
      return await this.transactions.runTogether(async (manager) => {
        const imported = await this.importAll(manager, rows, options);
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
    { source, format }: ImportOptions,
  ): Promise<ImportedWebhook[]> {
    const here = new Map((await this.source.all(manager)).map((webhook) => [webhook.id, webhook]));
    const before = await this.readImports(manager);
    const names = new Set<unknown>();
    const imported: ImportedWebhook[] = [];
    for (const row of rows) {
      const id = `${source}-${String(row.id)}`;
      const read = readStrapiWebhook(row, this.subscribable);
      const known = { here: here.get(id) ?? null, before: before.get(id) ?? null };
      const one = await this.importOne(manager, id, read, known, format);
      const isRepeated = names.has(row.name);
      names.add(row.name);
      imported.push({
        ...one,
        id,
        name: String(row.name ?? ''),
        host: parseUrl(String(row.url))?.hostname ?? null,
        notes: [...one.notes, ...(isRepeated ? ['another one before it has the same name'] : [])],
      });
    }
    const ids = new Set(imported.map(({ id }) => id));
    const gone = [...here.values()].filter(({ id }) => isOfSource(id, source) && !ids.has(id));
    return [...imported, ...gone.map(describeGone)];
  }

  private async importOne(
    manager: EntityManager,
    id: string,
    there: ReadWebhook,
    { here, before }: { here: DeliverableWebhook | null; before: WebhookImportEntity | null },
    format: string,
  ): Promise<Pick<ImportedWebhook, 'outcome' | 'notes'>> {
    if (there.kind === 'unreadable') return { outcome: 'skipped', notes: [there.reason] };
    try {
      const result = here
        ? await this.importAgain(manager, here, there, before)
        : await this.importNew(manager, id, there, before, format);
      await this.keepImport(manager, id, there, before);
      return result;
    } catch (error) {
      // An undecryptable webhook is skipped; the others are imported.
      if (error instanceof EncryptionError) return { outcome: 'skipped', notes: [error.message] };
      if (!(error instanceof RequestValidationError)) throw error;
      return { outcome: 'skipped', notes: listProblems(error) };
    }
  }

  private async importNew(
    manager: EntityManager,
    id: string,
    { input, disabledReason, notes }: StrapiWebhook,
    before: WebhookImportEntity | null,
    format: string,
  ): Promise<Pick<ImportedWebhook, 'outcome' | 'notes'>> {
    await this.checkShape(input);
    await this.service.create({ ...input, format }, null, id);
    if (disabledReason !== null) await this.service.disableFor(manager, id, disabledReason);
    const again = before === null ? [] : ['made again: it was deleted here since the last import'];
    return { outcome: 'created', notes: [...notes, ...again] };
  }

  private async importAgain(
    manager: EntityManager,
    here: DeliverableWebhook,
    there: StrapiWebhook,
    before: WebhookImportEntity | null,
  ): Promise<Pick<ImportedWebhook, 'outcome' | 'notes'>> {
    const { isReplaced, isEnabled, notes } = planReimport(here, there, before);
    if (isReplaced) {
      await this.checkShape(there.input);
      await this.service.replace(here.id, there.input, null);
    }
    if (isEnabled === true) await this.service.setEnabled(here.id, true, null);
    if (isEnabled === false) {
      await this.service.disableFor(manager, here.id, there.disabledReason ?? DISABLED_IN_STRAPI);
    }
    return { outcome: isReplaced || isEnabled !== null ? 'updated' : 'unchanged', notes };
  }

  private async checkShape(input: WebhookInput): Promise<void> {
    await this.validation.transform(input, { type: 'body', metatype: CreateWebhookBody });
  }

  private async readImports(manager: EntityManager): Promise<Map<string, WebhookImportEntity>> {
    const rows = await readInPages(
      ({ webhookId }: WebhookImportEntity) => webhookId,
      (after, take) =>
        manager.find(WebhookImportEntity, {
          where: after === null ? {} : { webhookId: MoreThan(after) },
          order: { webhookId: 'ASC' },
          take,
        }),
    );
    return new Map(rows.map((row) => [row.webhookId, row]));
  }

  private async keepImport(
    manager: EntityManager,
    webhookId: string,
    there: StrapiWebhook,
    before: WebhookImportEntity | null,
  ): Promise<void> {
    const row = {
      wasEnabled: there.isEnabled,
      fingerprint: fingerprintOf(there),
      importedAt: this.clock.now(),
    };
    if (before) await manager.update(WebhookImportEntity, { webhookId }, row);
    else await manager.insert(WebhookImportEntity, { webhookId, ...row });
  }
}

/** Whether a webhook was imported from a Strapi: its id is the source's name with an id of Strapi's. */
function isOfSource(id: string, source: string): boolean {
  return id.startsWith(`${source}-`) && /^\d+$/.test(id.slice(source.length + 1));
}

function describeGone({ id, name, url, isEnabled }: DeliverableWebhook): ImportedWebhook {
  const state = isEnabled ? 'it is still sent to' : 'it is still here, disabled';
  const notes = [`deleted in Strapi since; ${state}. DELETE /admin/webhooks/${id} removes it`];
  return { outcome: 'deleted', id, name, host: parseUrl(url)?.hostname ?? null, notes };
}

function listProblems(error: RequestValidationError): string[] {
  const { errors } = error.details as { errors: ValidationIssue[] };
  return errors.map(({ message }) => message);
}
