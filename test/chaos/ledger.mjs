/**
 * What the producers know. A change is known by its mark, which its event carries:
 * - `acknowledged`: answered 2xx. Its event must reach every subscribed webhook.
 * - `unknown`: no answer, or one that the server could not mean (5xx). It may have happened or not.
 * - `refused`: it must not happen. Nobody may ever hear of it.
 */
export class Ledger {
  /** By mark. */
  changes = new Map();
  /** How often what was answered: `201`, `503`, `no answer`. */
  answers = new Map();
  /** What should never be answered: a request that had to be refused and was not. */
  misanswered = [];
  acknowledged = 0;

  /** Notes the outcome of a request; what was acknowledged once stays so. */
  note(mark, type, outcome, details = {}) {
    const before = this.changes.get(mark);
    if (before?.outcome === 'acknowledged') return;
    this.changes.set(mark, { mark, type, outcome, ...details });
    if (outcome === 'acknowledged') this.acknowledged += 1;
  }

  /** Counts an answer, whatever it means. */
  count(status) {
    const name = String(status ?? 'no answer');
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
  }
}
