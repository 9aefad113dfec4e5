import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Response } from 'express';
import { catchError, lastValueFrom, type Observable, of } from 'rxjs';
import { type AuditNote, runWithAuditNote } from '../../auth/audit.js';
import { isUnavailable } from '../../database/database-errors.js';
import { AuditCallReader } from './audit-call-reader.js';
import { AuditLog } from './audit-log.js';

/**
 * Writes every call of an audited route into the audit log, before its answer is sent; of a route whose calls are kept
 * elsewhere those that fail.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly calls: AuditCallReader,
    private readonly log: AuditLog,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (this.calls.isKeptElsewhere(context)) return this.writeRefusals(context, next);
    const call = this.calls.read(context);
    if (!call) return next.handle();
    const line = await this.log.begin(call);
    const note: AuditNote = {};
    let answer: unknown;
    try {
      answer = await runWithAuditNote(note, () => lastValueFrom(next.handle(), { defaultValue: undefined }));
    } catch (error) {
      await this.log.end(line, getErrorStatus(error));
      throw error;
    }
    const createdId = line.targetId === null ? readCreatedId(answer) : null;
    const { statusCode } = context.switchToHttp().getResponse<Response>();
    await this.log.end(line, statusCode, createdId === null ? note : { targets: [createdId], ...note });
    return of(answer);
  }

  private writeRefusals(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError(async (error: unknown): Promise<never> => {
        const call = this.calls.read(context);
        if (call) await this.log.writeRefusal(call, getErrorStatus(error));
        throw error;
      }),
    );
  }
}

/** The id of the thing that a call created: `{data: {id}}`. */
function readCreatedId(answer: unknown): string | null {
  const id = (answer as { data?: { id?: unknown } | null } | undefined)?.data?.id;
  return typeof id === 'string' ? id : null;
}

/** The status that the error filter will answer. */
function getErrorStatus(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return isUnavailable(error) ? 503 : 500;
}
