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

/** What is done to a file when a process is killed. */
export interface FileStep {
  operation: 'link' | 'open' | 'readFile' | 'rename' | 'rm';
  /** A regular expression: the file's path, or the one that it gets. */
  path: string;
}

/**
 * The environment of a process that kills itself by SIGKILL at a statement: at the last of some steps, of which each
 * waits for the one before.
 *
 * @param when `before` it is sent, or `after` the database has answered
 */
export function killAt(when: 'before' | 'after', ...steps: KillStep[]): Record<string, string> {
  return { NODE_OPTIONS: preload('kill-at'), KILL_AT: JSON.stringify({ when, steps }) };
}

/** The environment of a process that kills itself by SIGKILL as it does something to a file, or when it has. */
export function killAtFile(when: 'before' | 'after', step: FileStep): Record<string, string> {
  return { NODE_OPTIONS: preload('kill-at-file'), KILL_AT_FILE: JSON.stringify({ when, ...step }) };
}

/** The same environment, in which jobs by interval run ten times a second. */
export function withShortIntervals(env: Record<string, string>): Record<string, string> {
  return { ...env, NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} ${preload('short-intervals')}`.trim() };
}

function preload(name: string): string {
  const url = pathToFileURL(join(PACKAGE_ROOT, 'test', 'support', `${name}.mjs`)).href;
  return `--import ${url}`;
}
