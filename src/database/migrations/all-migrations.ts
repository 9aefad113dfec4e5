import type { MigrationInterface, QueryRunner } from 'typeorm';
import { writePlainSql } from '../plain-schema.js';
import { LONGEST_PREFIX, wrapWithPrefix } from '../prefixed-runner.js';
import { ArrayKeys1796029801000 } from './1796029801000-array-keys.js';
import { Audit1790220000000 } from './1790220000000-audit.js';
import { ClaimTokens1796029200000 } from './1796029200000-claim-tokens.js';
import { Engine1790100000000 } from './1790100000000-engine.js';
import { Erasures1796401800000 } from './1796401800000-erasures.js';
import { EventContext1790150000000 } from './1790150000000-event-context.js';
import { WebhookTls1790200000000 } from './1790200000000-webhook-tls.js';
import { Formats1790310000000 } from './1790310000000-formats.js';
import { Filter1790320000000 } from './1790320000000-filter.js';
import { FilterSuspension1790510000000 } from './1790510000000-filter-suspension.js';
import { MediaDetails1790330000000 } from './1790330000000-media-details.js';
import { Rollups1790400000000 } from './1790400000000-rollups.js';
import { ClockSteps1790560000000 } from './1790560000000-clock-steps.js';
import { Requests1796030000000 } from './1796030000000-requests.js';
import { WebhookImports1796033000000 } from './1796033000000-webhook-imports.js';
import { PublishedBy1796029802000 } from './1796029802000-published-by.js';
import { HandOff1796031000000 } from './1796031000000-hand-off.js';
import { PortalSessions1796400000000 } from './1796400000000-portal-sessions.js';
import { Posthorn1790000000000 } from './1790000000000-posthorn.js';
import { WebhookVersions1790540000000 } from './1790540000000-webhook-versions.js';
import { Secrets1790210000000 } from './1790210000000-secrets.js';

type MigrationClass = new () => MigrationInterface;

/** Gives a runner for another one. */
type Wrap = (runner: QueryRunner) => QueryRunner;

/** Every migration, oldest first. */
export const ALL_MIGRATIONS: MigrationClass[] = [
  Posthorn1790000000000,
  Engine1790100000000,
  EventContext1790150000000,
  WebhookTls1790200000000,
  Secrets1790210000000,
  Formats1790310000000,
  Filter1790320000000,
  MediaDetails1790330000000,
  Audit1790220000000,
  Rollups1790400000000,
  FilterSuspension1790510000000,
  WebhookVersions1790540000000,
  ClockSteps1790560000000,
  ClaimTokens1796029200000,
  ArrayKeys1796029801000,
  PublishedBy1796029802000,
  Requests1796030000000,
  HandOff1796031000000,
  WebhookImports1796033000000,
  PortalSessions1796400000000,
  Erasures1796401800000,
];

/** The last migration of each release. */
export const LAST_MIGRATIONS: Readonly<Record<string, string>> = {
  '0.1.0': 'Rollups1790400000000',
  '0.2.0': 'Rollups1790400000000',
};

/**
 * Makes the migrations for a host, oldest first: their tables have a prefix, and those of content and media are left out.
 * Where the data source that runs them has an `entityPrefix`, it stands before the prefix, as in the names of entities.
 *
 * @param prefix letters, digits and `_`, at most 20 characters
 * @param wrap what else is done to the runner. Default: it sends plain SQL
 * @throws {Error} for any other prefix
 */
export function buildMigrations(prefix: string, wrap: Wrap = writePlainSql): MigrationClass[] {
  checkPrefix(prefix);
  return ALL_MIGRATIONS.map((Migration) =>
    withPrefix(Migration, (runner) => wrapWithPrefix(wrap(runner), fullPrefix(runner, prefix))),
  );
}

/** Names the table that lists which of the migrations have run on a host's database. */
export function nameMigrationsTable(prefix: string): string {
  return `${prefix}migrations`;
}

function checkPrefix(prefix: string): void {
  if (/^\w*$/.test(prefix) && prefix.length <= LONGEST_PREFIX) return;
  throw new Error(
    `The table prefix "${prefix}" cannot be used: it has letters, digits and _ alone, at most ${LONGEST_PREFIX}.`,
  );
}

/** With the `entityPrefix` of the data source, which TypeORM puts before the names of entities alone. */
function fullPrefix({ dataSource }: QueryRunner, prefix: string): string {
  const full = (dataSource.options.entityPrefix ?? '') + prefix;
  checkPrefix(full);
  return full;
}

function withPrefix(Migration: MigrationClass, wrap: Wrap): MigrationClass {
  return class extends Migration {
    override async up(runner: QueryRunner): Promise<void> {
      await super.up(wrap(runner));
    }

    override async down(runner: QueryRunner): Promise<void> {
      await super.down(wrap(runner));
    }
  };
}
