import type { ReplicaAddress } from '../database/replica-source.js';
import type { Settings } from '../settings/settings.js';

/**
 * Makes the address of the read replica from the settings; null: there is none.
 *
 * @param entities of the tables that are read
 */
export function toReplicaAddress(
  settings: Settings,
  entities: ReplicaAddress['entities'],
): ReplicaAddress | null {
  const { databaseReadUrl: url, databasePoolSize: poolSize, databaseSsl: ssl } = settings;
  const { databaseStatementTimeoutMs: statementTimeoutMs, databaseReadMaxLagMs: maxLagMs } = settings;
  return url === null ? null : { url, poolSize, ssl, statementTimeoutMs, maxLagMs, entities };
}
