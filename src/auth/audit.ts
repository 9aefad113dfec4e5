import { applyDecorators, SetMetadata, type Type } from '@nestjs/common';
import { OnDemandAsyncLocalStorage } from '../host/on-demand-async-local-storage.js';

/** What was done, and with what kind of thing: `webhook.update`. */
export type AuditedAction = `${string}.${string}`;

/** The metadata key of {@link Audited}. */
export const AUDITED = 'posthorn:audited';

/** The metadata key of {@link AuditOptions}. */
export const AUDIT_OPTIONS = 'posthorn:audit-options';

/** How the calls of a route are audited. */
export interface AuditOptions {
  /** The class of the body, for a route whose parameter does not say it. Default: that of the parameter. */
  body?: Type;
  /**
   * Whether what a call records says itself who did it, and the audit log shows it from there. Only refused calls are
   * written into the log then. Default: no.
   */
  isKeptElsewhere?: boolean;
}

/**
 * Writes calls of this route into the audit log under this action, refused calls too. Every admin route that changes
 * something has this decorator. The target's id is the path's `:id`, or what the handler gives to
 * {@link recordAuditTargets}.
 */
export const Audited = (action: AuditedAction, options: AuditOptions = {}): MethodDecorator =>
  applyDecorators(SetMetadata(AUDITED, action), SetMetadata(AUDIT_OPTIONS, options));

/** What the handler of an audited call adds to the line of the audit log. */
export interface AuditNote {
  /** Names of the fields whose values changed; left out: the handler did not compare them. */
  changed?: string[];
  /** The ids of the call's targets, where the path names none. */
  targets?: string[];
}

const notes = new OnDemandAsyncLocalStorage<AuditNote>();

/** Runs a call whose handler may add to the note. */
export async function runWithAuditNote<T>(note: AuditNote, call: () => Promise<T>): Promise<T> {
  return notes.run(note, call);
}

/**
 * Records which fields differ between two states of a thing: the names only, never the values. Outside of an audited
 * call it does nothing. A second call replaces the first one, because a transaction may run twice.
 */
export function recordChangedFields(before: object, after: object): void {
  const note = notes.get();
  if (note) note.changed = listChangedKeys(before, after);
}

/** Records the ids of the call's targets. Outside of an audited call it does nothing. */
export function recordAuditTargets(ids: readonly string[]): void {
  const note = notes.get();
  if (note) note.targets = [...ids];
}

function listChangedKeys(before: object, after: object): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => toJson(before, key) !== toJson(after, key));
}

function toJson(thing: object, key: string): string | undefined {
  return JSON.stringify((thing as Record<string, unknown>)[key]);
}
