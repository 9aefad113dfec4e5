import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { Clock } from '../../host/clock.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';
import { AdminTokenEntity } from './admin-token.entity.js';
import { hashToken, makeToken } from './token-hash.js';
import { InjectDatabase } from '../../host/tokens.js';

/** The same in every instance, so that of two that start together one makes the token. */
const FIRST_ID = 'first';

/** Makes the token with which everything begins, where no ADMIN_TOKEN is set. */
@Injectable()
export class FirstToken {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
  ) {}

  /**
   * Makes a token with every scope if there is none at all.
   *
   * @returns the token, to be shown once; null when ADMIN_TOKEN is set or there are tokens already
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
