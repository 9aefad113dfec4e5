import { AmplificationBudget } from '../../http/amplification.js';
import type { LinkTargets } from '../serialization/populated-entry.js';

/** What the budget counts, for its error. */
const LINKED =
  'linked entries and files, each counted as often as it is shown: ask for fewer, or link to fewer';

/** Counts the entries and files that populated entries link to, as often as they will be serialized. */
export class TargetBudget {
  private readonly budget = new AmplificationBudget(LINKED);

  /** @throws {AmplificationError} past the bound */
  spend({ entries, files, components, versions }: LinkTargets): void {
    for (const list of versions?.values() ?? []) for (const { row } of list) this.budget.spendShared(row);
    for (const list of entries.values()) for (const { row } of list) this.budget.spendShared(row);
    for (const list of files.values()) for (const { printed } of list) this.budget.spendShared(printed);
    for (const list of components.values()) for (const { targets } of list) this.spend(targets);
  }
}
