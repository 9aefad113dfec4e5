import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { AdminTokenEntity } from './admin-token.entity.js';
import { isSameHash } from './token-hash.js';

/** So many hashes go into one statement. */
const BATCH = 500;

interface Waiting {
  hash: string;
  resolve(token: AdminTokenEntity | null): void;
  reject(error: unknown): void;
}

/**
 * Finds tokens by their hashes. One statement is out at a time and takes all who wait along, so that a flood of wrong
 * tokens costs the database one small statement after another and holds one connection. Every request is in a statement
 * that began after it came: a token that was revoked before is not found.
 */
@Injectable()
export class TokenLookup {
  private waiting: Waiting[] = [];
  private isAsking = false;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async find(hash: string): Promise<AdminTokenEntity | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ hash, resolve, reject });
      if (!this.isAsking) void this.askForAll();
    });
  }

  private async askForAll(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.length > 0) await this.ask(this.waiting.splice(0, BATCH));
    this.isAsking = false;
  }

  /** Never rejects: whoever waits is told. */
  private async ask(batch: Waiting[]): Promise<void> {
    try {
      const hashes = [...new Set(batch.map(({ hash }) => hash))];
      const tokens = await this.dataSource.manager.findBy(AdminTokenEntity, { tokenHash: In(hashes) });
      const known = new Map(tokens.map((token) => [token.tokenHash, token]));
      for (const { hash, resolve } of batch) {
        const token = known.get(hash);
        resolve(token && isSameHash(token.tokenHash, hash) ? token : null);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
