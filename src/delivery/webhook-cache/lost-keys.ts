import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { InjectDatabase } from '../../host/tokens.js';
import { WebhookCache, type WebhookSet } from './webhook-cache.js';

/** How many webhooks are opened before other work has its turn. */
const AT_A_TIME = 100;
/** How many ids the line of the start names. */
const MOST_NAMED = 5;

/** What was found for one version of the registry. */
interface Count {
  set: WebhookSet;
  lost: ReadonlySet<string>;
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
    const { set, lost } = await this.count();
    if (lost.size === 0) return null;
    const ids = [...lost];
    const named = ids.slice(0, MOST_NAMED).join(', ') + (ids.length > MOST_NAMED ? ', …' : '');
    return (
      `No key of SECRETS_KEY opens the secrets of ${ids.length} of ${set.byId.size} webhooks (${named}): this instance does not claim ` +
      'their deliveries. Put the key that sealed them back into the list, or replace their secrets and headers.'
    );
  }

  /** Opens every webhook once, and after that the changed ones of a new version alone. */
  private async count(): Promise<Count> {
    const set = await this.webhooks.current(this.dataSource.manager);
    const before = this.counted;
    if (before?.set.version === set.version) return before;
    const lost = new Set<string>();
    let opened = 0;
    for (const webhook of set.byId.values()) {
      const { id } = webhook;
      const isKnown = before?.set.byId.get(id) === webhook;
      if (isKnown ? before.lost.has(id) : webhook.hasLostKey) lost.add(id);
      if (isKnown) continue;
      opened += 1;
      if (opened % AT_A_TIME === 0) await nextTurn();
    }
    this.counted = { set, lost };
    return this.counted;
  }
}
