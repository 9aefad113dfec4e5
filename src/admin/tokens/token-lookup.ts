import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../auth/scopes.js';
import { runAtOnce } from '../../database/at-once.js';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import { placeholders, tableOf } from '../../database/dialect.js';
import { waitForDatabase } from '../../database/transactions.js';
import { InjectDatabase } from '../../host/tokens.js';
import { BatchLoader } from '../batch-loader.js';
import { AdminTokenEntity } from './admin-token.entity.js';
import { isSameHash } from './token-hash.js';

/** Hashes of one statement. */
const BATCH = 500;

/** The columns of a token that authentication needs. */
export type KnownToken = Pick<AdminTokenEntity, 'id' | 'name' | 'scopes' | 'tenant' | 'expiresAt'>;

interface TokenRow {
  id: string;
  name: string;
  token_hash: string;
  scopes: string;
  tenant: string | null;
  expires_at: string | number | null;
}

/**
 * Finds tokens by their hashes, in batches: a flood of wrong tokens costs the database one small statement at a time.
 * The statement of a request begins after the request arrived, so a token that was revoked before is not found.
 */
@Injectable()
export class TokenLookup {
  private readonly lookups = new BatchLoader(BATCH, (hashes: string[]) => this.findAll(hashes));

  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  /**
   * @param isAtOnce whether it fails at once where the database is away. Default: it is waited for
   * @returns null when no token has this hash
   */
  async find(hash: string, isAtOnce = false): Promise<KnownToken | null> {
    const find = () => this.lookups.add(hash);
    // Each waits for itself: a batch that waited would hold up those behind it.
    return isAtOnce ? find() : waitForDatabase(this.dataSource, find);
  }

  /** Plain SQL, because every request runs it: TypeORM's query builder took a tenth of the time of a change. */
  private async findAll(hashes: string[]): Promise<(KnownToken | null)[]> {
    const asked = [...new Set(hashes)];
    const sql = `SELECT id, name, token_hash, scopes, tenant, expires_at FROM ${tableOf(this.dataSource, AdminTokenEntity)}
       WHERE token_hash IN (${placeholders(asked.length)})`;
    const rows = (await runAtOnce(this.dataSource, (runner) => runner.query(sql, asked))) as TokenRow[];
    const byHash = new Map(rows.map((row) => [row.token_hash, row]));
    return hashes.map((hash) => {
      const row = byHash.get(hash);
      return row && isSameHash(row.token_hash, hash) ? toKnownToken(row) : null;
    });
  }
}

function toKnownToken({ id, name, scopes, tenant, expires_at }: TokenRow): KnownToken {
  return {
    id,
    name,
    scopes: JSON_TEXT.from(scopes) as Scope[],
    tenant,
    expiresAt: EPOCH_MS.from(expires_at) as number | null,
  };
}
