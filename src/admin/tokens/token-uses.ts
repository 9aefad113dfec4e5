import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { WriteBehind } from '../../database/write-behind.js';
import { Clock } from '../../host/clock.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { AdminTokenUseEntity } from './admin-token.entity.js';

const FLUSH_EVERY_MS = 10_000;
const FLUSH = 'posthorn.token-uses';
const ROWS_PER_STATEMENT = 500;

/** Records when tokens were last used, in a write-behind buffer: no request waits for the write. */
@Injectable()
export class TokenUses implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Tokens');
  private readonly buffer: WriteBehind<number>;

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {
    // A time that is written twice is the same time, so no commit marker is needed.
    this.buffer = new WriteBehind<number>({
      merge: (older, newer) => Math.max(older, newer),
      write: (lastUsed) => this.write(lastUsed),
    });
  }

  onModuleInit(): void {
    runEvery(this.schedule, FLUSH, FLUSH_EVERY_MS, () => void this.flush());
  }

  /** Records that a token was used now. */
  record(tokenId: string): void {
    this.buffer.add(tokenId, this.clock.now());
  }

  /** Writes the times. A failure is logged; the times are kept for the next flush. */
  async flush(): Promise<void> {
    try {
      await this.buffer.flush();
    } catch (error) {
      this.logger.warn(`The last use of tokens cannot be written now: ${(error as Error).message}`);
    }
  }

  async onModuleDestroy(): Promise<void> {
    stopRunning(this.schedule, FLUSH);
    await this.flush();
  }

  private async write(lastUsed: ReadonlyMap<string, number>): Promise<void> {
    // In the order of their keys, so that two instances do not deadlock.
    const rows = [...lastUsed]
      .map(([tokenId, lastUsedAt]) => ({ tokenId, lastUsedAt }))
      .toSorted((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      await this.dataSource.manager.upsert(AdminTokenUseEntity, rows.slice(from, from + ROWS_PER_STATEMENT), [
        'tokenId',
      ]);
    }
  }
}
