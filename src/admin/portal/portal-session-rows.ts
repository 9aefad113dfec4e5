import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../auth/scopes.js';
import type { Viewer } from '../../auth/tenancy.js';
import { EPOCH_MS, JSON_TEXT } from '../../database/column-transformers.js';
import { placeholders, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import { BatchLoader } from '../batch-loader.js';
import { AdminTokenEntity } from '../tokens/admin-token.entity.js';
import { isSameHash } from '../tokens/token-hash.js';
import { PortalMakers } from './portal-makers.js';
import { PortalSessionEntity } from './portal-session.entity.js';

/** Hashes of one statement. */
const BATCH = 500;

/**
 * `unused`: the link was not opened yet; `open`: it was, and the session goes on; `expired`; `revoked`: by hand, or with
 * the token that made it.
 */
export type PortalSessionState = 'unused' | 'open' | 'expired' | 'revoked';

/** A session and its state now. */
export type KnownPortalSession = PortalSessionEntity & { state: PortalSessionState };

interface SessionRow {
  id: string;
  tenant: string;
  scopes: string;
  origins: string;
  link_hash: string;
  session_hash: string | null;
  maker_id: string | null;
  maker_name: string;
  maker_mark: string | null;
  created_at: string | number;
  expires_at: string | number;
  redeemed_at: string | number | null;
  revoked_at: string | number | null;
  token_id: string | null;
}

/** Reads sessions of the portal, each with whether its maker is still there. Nothing is remembered between two reads. */
@Injectable()
export class PortalSessionRows {
  private readonly lookups = new BatchLoader(BATCH, (hashes: string[]) => this.findAll(hashes));

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly makers: PortalMakers,
    private readonly clock: Clock,
  ) {}

  /** Finds a session by its id; null where there is none. */
  async find(id: string): Promise<KnownPortalSession | null> {
    const [session] = await this.read('s.id = ?', [id]);
    return session ?? null;
  }

  /** Finds a session by the hash of its token; null where there is none. Concurrent calls share statements. */
  async findByHash(hash: string): Promise<KnownPortalSession | null> {
    return this.lookups.add(hash);
  }

  /** Lists sessions, newest first. */
  async list(viewer: Viewer, before: string | undefined, limit: number): Promise<KnownPortalSession[]> {
    const ofViewer = viewer === null ? '' : 's.tenant = ? AND ';
    const values = [...(viewer === null ? [] : [viewer]), ...(before === undefined ? [] : [before])];
    const where = `${ofViewer}${before === undefined ? "s.id > ''" : 's.id < ?'}`;
    return this.read(`${where} ORDER BY s.id DESC LIMIT ${limit}`, values);
  }

  private async findAll(hashes: string[]): Promise<(KnownPortalSession | null)[]> {
    const asked = [...new Set(hashes)];
    const sessions = await this.read(`s.session_hash IN (${placeholders(asked.length)})`, asked);
    const byHash = new Map(sessions.map((session) => [session.sessionHash, session]));
    return hashes.map((hash) => {
      const session = byHash.get(hash);
      return session && isSameHash(session.sessionHash ?? '', hash) ? session : null;
    });
  }

  private async read(where: string, values: unknown[]): Promise<KnownPortalSession[]> {
    const rows = await this.dataSource.query<SessionRow[]>(
      `SELECT s.id, s.tenant, s.scopes, s.origins, s.link_hash, s.session_hash, s.maker_id, s.maker_name,
         s.maker_mark, s.created_at, s.expires_at, s.redeemed_at, s.revoked_at, t.id AS token_id
       FROM ${tableOf(this.dataSource, PortalSessionEntity)} s
       LEFT JOIN ${tableOf(this.dataSource, AdminTokenEntity)} t ON t.id = s.maker_id
       WHERE ${where}`,
      values,
    );
    return Promise.all(rows.map(async (row) => this.toKnown(row)));
  }

  private async toKnown(row: SessionRow): Promise<KnownPortalSession> {
    const session: PortalSessionEntity = {
      id: row.id,
      tenant: row.tenant,
      scopes: JSON_TEXT.from(row.scopes) as Scope[],
      origins: JSON_TEXT.from(row.origins) as string[],
      linkHash: row.link_hash,
      sessionHash: row.session_hash,
      makerId: row.maker_id,
      makerName: row.maker_name,
      makerMark: row.maker_mark,
      createdAt: Number(row.created_at),
      expiresAt: Number(row.expires_at),
      redeemedAt: EPOCH_MS.from(row.redeemed_at) as number | null,
      revokedAt: EPOCH_MS.from(row.revoked_at) as number | null,
    };
    const isMakerAlive = await this.makers.isAlive(session, row.token_id !== null);
    return { ...session, state: stateOf(session, isMakerAlive, this.clock.now()) };
  }
}

function stateOf(session: PortalSessionEntity, isMakerAlive: boolean, now: number): PortalSessionState {
  if (session.revokedAt !== null || !isMakerAlive) return 'revoked';
  if (session.expiresAt <= now) return 'expired';
  return session.redeemedAt === null ? 'unused' : 'open';
}
