import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';

const ENVIRONMENT = 'environment';
const MARK_BYTES = 16;

const derive = promisify<string, string, number, Buffer>(scrypt);

/** What a session keeps of the token that made it. */
export interface PortalMaker {
  makerId: string | null;
  makerName: string;
  makerMark: string | null;
}

/**
 * Ties sessions to the tokens that made them. A token has a row, which is there or not. ADMIN_TOKEN has none: a session
 * keeps a mark of its value, made with scrypt because that value may be short.
 */
@Injectable()
export class PortalMakers {
  private mark: Promise<string> | null = null;

  constructor(@Inject(ADMIN_OPTIONS) private readonly options: AdminOptions) {}

  /** Describes a caller that makes a session. A caller of a host has no token here that could end. */
  async describe({ tokenId, name, via }: Caller): Promise<PortalMaker> {
    if (via === 'host') return { makerId: null, makerName: name, makerMark: null };
    const makerMark = tokenId === ENVIRONMENT ? await this.markEnvironment() : null;
    return { makerId: tokenId, makerName: name, makerMark };
  }

  /**
   * Whether the maker of a session still is what it was.
   *
   * @param hasToken whether there is a row of the token `makerId`
   */
  async isAlive(
    { makerId, makerMark }: Pick<PortalMaker, 'makerId' | 'makerMark'>,
    hasToken: boolean,
  ): Promise<boolean> {
    if (makerId === null) return true;
    if (makerId !== ENVIRONMENT) return hasToken;
    return this.options.adminToken !== null && makerMark === (await this.markEnvironment());
  }

  private async markEnvironment(): Promise<string | null> {
    const { adminToken } = this.options;
    if (adminToken === null) return null;
    this.mark ??= derive(adminToken, 'posthorn portal sessions', MARK_BYTES).then((mark) =>
      mark.toString('hex'),
    );
    return this.mark;
  }
}
