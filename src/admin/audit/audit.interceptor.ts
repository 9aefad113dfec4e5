import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { catchError, lastValueFrom, type Observable, of } from 'rxjs';
import { AuditCallReader } from './audit-call-reader.js';
import { AuditLog } from './audit-log.js';
import { getErrorStatus, runAudited } from './run-audited.js';

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
    const answer = await runAudited(
      this.log,
      call,
      () => lastValueFrom(next.handle(), { defaultValue: undefined }) as Promise<unknown>,
      () => context.switchToHttp().getResponse<Response>().statusCode,
    );
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
