import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package.js';

/** A statement on the way to the one at which a process is killed. */
export interface KillStep {
  /** A regular expression; the values stand in the text, or behind it. */
  sql: string;
  /** For how long the whole process stands still before it sends the statement, milliseconds. Default: not at all. */
  blockMs?: number;
  /** Whether another connection may send it than the one before. Default: false. */
  isElsewhere?: boolean;
}

/**
 * The environment of a process that kills itself by SIGKILL at a statement: at the last of some steps, of which each
 * waits for the one before.
 *
 * @param when `before` it is sent, or `after` the database has answered
 */
export function killAt(when: 'before' | 'after', ...steps: KillStep[]): Record<string, string> {
  const preload = pathToFileURL(join(PACKAGE_ROOT, 'test', 'support', 'kill-at.mjs')).href;
  return { NODE_OPTIONS: `--import ${preload}`, KILL_AT: JSON.stringify({ when, steps }) };
}
