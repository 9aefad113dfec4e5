import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import type { Request } from 'express';
import type { Observable } from 'rxjs';

const FORM = /^multipart\/form-data/i;

/**
 * Takes the form of an entry, `data` as JSON and its files, by the settings of Multer. A request that is no form, as
 * almost all are, does not pass through Multer: it watches the answer and looks through the body of every request.
 */
@Injectable()
export class EntryFormInterceptor extends AnyFilesInterceptor() implements NestInterceptor {
  override async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { headers } = context.switchToHttp().getRequest<Request>();
    return FORM.test(headers['content-type'] ?? '') ? super.intercept(context, next) : next.handle();
  }
}
