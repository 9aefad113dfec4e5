import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { Batched } from '../batched.js';
import { AdminTokenEntity } from './admin-token.entity.js';
import { isSameHash } from './token-hash.js';
import { InjectDatabase } from '../../database/inject-database.js';

/** So many hashes go into one statement. */
const BATCH = 500;

/**
 * Finds tokens by their hashes, those of many requests together: a flood of wrong tokens costs the database one small
 * statement after another. Every request is in a statement that began after it came, so that a token that was revoked
 * before is not found.
 */
@Injectable()
export class TokenLookup {
  private readonly lookups = new Batched(BATCH, (hashes: string[]) => this.findAll(hashes));

  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  /** @returns null when no token has this hash */
  async find(hash: string): Promise<AdminTokenEntity | null> {
    return this.lookups.add(hash);
  }

  private async findAll(hashes: string[]): Promise<(AdminTokenEntity | null)[]> {
    const tokens = await this.dataSource.manager.findBy(AdminTokenEntity, {
      tokenHash: In([...new Set(hashes)]),
    });
    const known = new Map(tokens.map((token) => [token.tokenHash, token]));
    return hashes.map((hash) => {
      const token = known.get(hash);
      return token && isSameHash(token.tokenHash, hash) ? token : null;
    });
  }
}
