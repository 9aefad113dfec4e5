import {
  type CallHandler,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  Module,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { catchError, type Observable } from 'rxjs';
import { REQUIRED_SCOPE, type Scope } from '../../auth/scopes.js';
import { isDatabaseFull } from '../../database/database-errors.js';
import { AdmissionControl } from '../../delivery/admission/admission-control.js';

/** The scopes of the routes whose changes are announced as events. */
const ANNOUNCING: readonly (Scope | undefined)[] = ['content:write', 'media:write'];

/**
 * Refuses writes of content and media while no event can be recorded, before their body is read: an upload would be
 * stored and removed again, on a disk that may be nearly full. It also tells the admission control when such a write
 * found the disk full before its event was written, or at the commit.
 */
@Injectable()
class ContentAdmission implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly admission: AdmissionControl,
  ) {}

  /** @throws {EventRefusedError} */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const scope = this.reflector.get<Scope | undefined>(REQUIRED_SCOPE, context.getHandler());
    if (!ANNOUNCING.includes(scope)) return next.handle();
    this.admission.admit();
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw isDatabaseFull(error) ? this.admission.noteFullDisk(error) : error;
      }),
    );
  }
}

/** Connects content and media with the admission control, which is delivery's. */
@Module({})
export class ContentAdmissionModule {
  /** @param delivery the module of the deliveries: the same reference that the application imports */
  static forRoot(delivery: DynamicModule): DynamicModule {
    return {
      module: ContentAdmissionModule,
      imports: [delivery],
      providers: [{ provide: APP_INTERCEPTOR, useClass: ContentAdmission }],
    };
  }
}
