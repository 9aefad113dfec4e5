import { OnDemandAsyncLocalStorage } from '../host/on-demand-async-local-storage.js';
import { SetMetadata } from '@nestjs/common';

/** What a call found out about itself on its way, for the audit log. */
export interface AuditNote {
  /** Names of the fields that really changed; left out: nobody compared them. */
  changed?: string[];
  /** The ids of what it was about, where the path names none. */
  targets?: string[];
}

const notes = new OnDemandAsyncLocalStorage<AuditNote>();

/** Runs a call; what it notes lands in the note. */
export async function runWithAuditNote<T>(note: AuditNote, call: () => Promise<T>): Promise<T> {
  return notes.run(note, call);
}

/**
 * Notes which fields differ between a thing as it was and as it is. Only the names are kept. Outside of an audited call
 * it does nothing; called again (a transaction that ran twice) it replaces what it said before.
 */
export function recordChangedFields(before: object, after: object): void {
  const note = notes.get();
  if (note) note.changed = changedKeys(before, after);
}

/** Notes the ids of the things that a call is about. */
export function recordAuditTargets(ids: readonly string[]): void {
  const note = notes.get();
  if (note) note.targets = [...ids];
}

function changedKeys(before: object, after: object): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => textOf(before, key) !== textOf(after, key));
}

function textOf(thing: object, key: string): string | undefined {
  return JSON.stringify((thing as Record<string, unknown>)[key]);
}

/** What was done, and with what kind of thing: `webhook.update`. */
export type AuditedAction = `${string}.${string}`;

export const AUDITED = 'posthorn:audited';

/**
 * Calls of this route are written into the audit log under this action, refused ones too. Every admin route that
 * changes something has it; the thing's id is the path's `:id`, or what a handler says with `recordAuditTargets`.
 */
export const Audited = (action: AuditedAction) => SetMetadata(AUDITED, action);
