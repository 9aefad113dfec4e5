import type { EntityManager } from 'typeorm';

const OWN = 'posthorn.own-transaction';

/**
 * Marks the open transaction of a manager as one that Posthorn began and will end: no statement of it fails without
 * ending it, and TypeORM tells of its end.
 */
export function markOwnTransaction(manager: EntityManager): void {
  if (manager.queryRunner) (manager.queryRunner.data as Record<string, unknown>)[OWN] = true;
}

/** Whether {@link markOwnTransaction} has marked the transaction. */
export function isOwnTransaction({ queryRunner }: Pick<EntityManager, 'queryRunner'>): boolean {
  return (queryRunner?.data as Record<string, unknown> | undefined)?.[OWN] === true;
}
