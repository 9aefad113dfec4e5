import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { isUnavailable } from '../../database/database-errors.js';
import { type AuditNote, runWithAuditNote } from '../../auth/audit.js';
import { AuditLog } from './audit-log.js';
import { AuditCallReader } from './audit-call-reader.js';

/** Writes every call of an audited route into the audit log, before its answer goes out. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly calls: AuditCallReader,
    private readonly log: AuditLog,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const call = this.calls.of(context);
    if (!call) return next.handle();
    const line = await this.log.begin(call);
    const note: AuditNote = {};
    let answer: unknown;
    try {
      answer = await runWithAuditNote(note, () => lastValueFrom(next.handle(), { defaultValue: undefined }));
    } catch (error) {
      await this.log.end(line, statusOf(error));
      throw error;
    }
    const made = line.targetId === null ? idIn(answer) : null;
    const { statusCode } = context.switchToHttp().getResponse<Response>();
    await this.log.end(line, statusCode, made === null ? note : { targets: [made], ...note });
    return of(answer);
  }
}

/** The id of what a call has made: `{data: {id}}`. */
function idIn(answer: unknown): string | null {
  const id = (answer as { data?: { id?: unknown } | null } | undefined)?.data?.id;
  return typeof id === 'string' ? id : null;
}

/** What the error filter will answer. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return isUnavailable(error) ? 503 : 500;
}
