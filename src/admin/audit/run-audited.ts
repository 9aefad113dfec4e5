import { HttpException } from '@nestjs/common';
import { type AuditNote, runWithAuditNote } from '../../auth/audit.js';
import { isUnavailable } from '../../database/database-errors.js';
import type { AuditedCall } from './audit-call-reader.js';
import type { AuditLog } from './audit-log.js';

/**
 * Runs a call that the audit log has a line of: written before it runs, and completed with how it ended.
 *
 * @param readStatus the status of its answer, where it did not fail
 * @throws {EnvelopeError} when the line cannot be written: the call was not run
 */
export async function runAudited<T>(
  log: AuditLog,
  call: AuditedCall,
  work: () => Promise<T>,
  readStatus: () => number,
): Promise<T> {
  const line = await log.begin(call);
  const note: AuditNote = {};
  let answer: T;
  try {
    answer = await runWithAuditNote(note, work);
  } catch (error) {
    await log.end(line, getErrorStatus(error));
    throw error;
  }
  const createdId = line.targetId === null ? readCreatedId(answer) : null;
  await log.end(line, readStatus(), createdId === null ? note : { targets: [createdId], ...note });
  return answer;
}

/** The status that the error filter will answer. */
export function getErrorStatus(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return isUnavailable(error) ? 503 : 500;
}

/** The id of the thing that a call created: `{data: {id}}`. */
function readCreatedId(answer: unknown): string | null {
  const id = (answer as { data?: { id?: unknown } | null } | undefined)?.data?.id;
  return typeof id === 'string' ? id : null;
}
