import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
import { replaceLockingReads } from '../../src/database/dialect.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import type { RunningApp } from './start-app.js';

/** What stands in a statement where the lock was: the database reads over it, and a test finds the place by it. */
const FOR_UPDATE = ' /* for update, taken out */';
const SKIP_LOCKED = ' /* skip locked, taken out */';
const SHARE_LOCKED = ' /* share locked, taken out */';
const TAKEN_OUT = /\/\* (?:for update|skip locked|share locked), taken out \*\//;

/**
 * Takes the locks out of every read of an application, as on an engine that parses `FOR UPDATE SKIP LOCKED` and locks
 * nothing, and lets a test do something between a read and what follows it.
 */
export class UnlockedReads {
  /** The reads whose lock was taken out, each once, by the file of `src` that they stand in. */
  readonly reached = new Map<string, Set<string>>();
  private interruption: { after: RegExp; run: () => Promise<void> } | null = null;
  private afterEach: () => Promise<void> = async () => {};

  constructor(app: RunningApp) {
    const dataSource = app.get<DataSource>(getDataSourceToken());
    replaceLockingReads(dataSource, {
      forUpdate: FOR_UPDATE,
      skipLocked: SKIP_LOCKED,
      shareLocked: SHARE_LOCKED,
    });
    const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (mode) => this.wrap(createQueryRunner(mode));
  }

  /**
   * Does something once, right after a read and before its transaction goes on.
   *
   * @param after of the statement's text
   */
  interruptOnce(after: RegExp, run: () => Promise<void>): void {
    this.interruption = { after, run };
  }

  /** Whether what {@link interruptOnce} was given has been done. */
  get isInterrupted(): boolean {
    return this.interruption === null;
  }

  /** Does something after each read whose lock was taken out. */
  pauseAfterEach(pause: () => Promise<void>): void {
    this.afterEach = pause;
  }

  private wrap(runner: QueryRunner): QueryRunner {
    const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
    const wrapped = async (...given: unknown[]): Promise<unknown> => {
      const sql = String(given[0]);
      const isUnlocked = TAKEN_OUT.test(sql);
      if (isUnlocked) this.note(sql, new Error('A stack.').stack ?? '');
      const result = await query(...given);
      if (this.interruption?.after.test(sql)) {
        const { run } = this.interruption;
        this.interruption = null;
        await run();
      }
      if (isUnlocked) await this.afterEach();
      return result;
    };
    return Object.assign(runner, { query: wrapped });
  }

  private note(sql: string, stack: string): void {
    // Packages have maps to sources of theirs that are not there.
    const files = [...stack.matchAll(/(\/[^\s():]+\.ts):\d+/g)]
      .filter(([, file = '']) => existsSync(file))
      .map(([, file = '']) => relative(PACKAGE_ROOT, file));
    const place =
      files.find((file) => file.startsWith('src/') && !file.startsWith('src/database/')) ?? 'unknown';
    const statements = this.reached.get(place) ?? new Set();
    // The same statement over more or fewer ids, or from the other end, is the same statement.
    statements.add(sql.replace(/\?(,\?)+/g, '?').replace(/ (?:ASC|DESC)\b| LIMIT \d+/g, ''));
    this.reached.set(place, statements);
  }
}
