import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Clock } from '../../host/clock.js';
import { InjectSchedule, InjectDatabase } from '../../host/tokens.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { AdminTokenUseEntity } from './admin-token.entity.js';

const FLUSH_EVERY_MS = 10_000;
const FLUSH = 'posthorn.token-uses';
const BATCH = 500;

/** Notes when tokens are used, and writes it in batches: no request waits for it. */
@Injectable()
export class TokenUses implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Tokens');
  private noted = new Map<string, number>();

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
  ) {}

  onModuleInit(): void {
    runEvery(this.schedule, FLUSH, FLUSH_EVERY_MS, () => void this.flush());
  }

  /** A token was used just now. */
  note(tokenId: string): void {
    this.noted.set(tokenId, this.clock.now());
  }

  /** Writes what was noted. What cannot be written now is kept for the next time. */
  async flush(): Promise<void> {
    const taken = this.noted;
    this.noted = new Map();
    // In the order of their keys, so that two instances do not lock each other out.
    const rows = [...taken]
      .map(([tokenId, lastUsedAt]) => ({ tokenId, lastUsedAt }))
      .toSorted((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
    try {
      for (let from = 0; from < rows.length; from += BATCH) {
        await this.dataSource.manager.upsert(AdminTokenUseEntity, rows.slice(from, from + BATCH), [
          'tokenId',
        ]);
      }
    } catch (error) {
      this.noted = new Map([...taken, ...this.noted]);
      this.logger.warn(`When tokens were last used cannot be written now: ${String(error)}`);
    }
  }

  async onModuleDestroy(): Promise<void> {
    stopRunning(this.schedule, FLUSH);
    await this.flush();
  }
}
