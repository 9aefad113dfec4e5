import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { WebhookCache } from './webhook-cache.js';

/** How many webhooks are opened before other work has its turn. */
const AT_A_TIME = 100;
/** How many ids the line of the start names. */
const MOST_NAMED = 5;

interface Count {
  /** Of the registry. */
  version: number;
  ids: string[];
  /** How many webhooks there are. */
  of: number;
}

/**
 * Counts the webhooks whose secrets no key of this instance opens. Their deliveries are not claimed here: they wait for
 * an instance that has the key.
 */
@Injectable()
export class LostKeys implements OnApplicationBootstrap {
  private readonly logger = new Logger('Webhooks');
  private counted: Count | null = null;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const sentence = await this.describe();
    if (sentence !== null) this.logger.error(sentence);
  }

  /** A sentence about the webhooks that no key opens; null: there are none. */
  async describe(): Promise<string | null> {
    const { ids, of } = await this.find();
    if (ids.length === 0) return null;
    const named = ids.slice(0, MOST_NAMED).join(', ') + (ids.length > MOST_NAMED ? ', …' : '');
    return (
      `No key of SECRETS_KEY opens the secrets of ${ids.length} of ${of} webhooks (${named}): this instance does not claim ` +
      'their deliveries. Put the key that sealed them back into the list, or replace their secrets and headers.'
    );
  }

  /** Opens every webhook once for each version of the registry. */
  private async find(): Promise<Count> {
    const { version, byId } = await this.webhooks.current(this.dataSource.manager);
    if (this.counted?.version === version) return this.counted;
    const ids: string[] = [];
    let opened = 0;
    for (const webhook of byId.values()) {
      if (webhook.hasLostKey) ids.push(webhook.id);
      opened += 1;
      if (opened % AT_A_TIME === 0) await nextTurn();
    }
    this.counted = { version, ids, of: byId.size };
    return this.counted;
  }
}
