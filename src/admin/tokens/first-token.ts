import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { AdminTokenEntity } from './admin-token.entity.js';
import { hashToken, makeToken } from './token-hash.js';

/** The same id in every instance: the primary key lets only one of two concurrent starts create the token. */
const FIRST_ID = 'first';

/** Creates the first token of a new deployment, where no ADMIN_TOKEN is set. */
@Injectable()
export class FirstToken {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  /**
   * Creates a token with every scope if the table of tokens is empty.
   *
   * @returns the token, to be shown once; null when ADMIN_TOKEN is set or a token exists already
   */
  async ensure(): Promise<string | null> {
    if (this.options.adminToken !== null) return null;
    const { manager } = this.dataSource;
    if ((await manager.count(AdminTokenEntity)) > 0) return null;
    const token = makeToken();
    try {
      await manager.insert(AdminTokenEntity, {
        id: FIRST_ID,
        name: 'first token',
        tokenHash: hashToken(token),
        scopes: ['*'],
        tenant: null,
        expiresAt: null,
        createdAt: this.clock.now(),
      });
      return token;
    } catch (error) {
      if (isDuplicateKey(error)) return null;
      throw error;
    }
  }
}
