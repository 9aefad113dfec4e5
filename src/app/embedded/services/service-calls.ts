import { Injectable, type Type } from '@nestjs/common';
import { listDeclaredFields } from '../../../admin/audit/audit-call-reader.js';
import { readAuditDetails } from '../../../admin/audit/audit-details.js';
import { AuditLog } from '../../../admin/audit/audit-log.js';
import { getErrorStatus, runAudited } from '../../../admin/audit/run-audited.js';
import type { AuditedAction } from '../../../auth/audit.js';
import type { Caller } from '../../../auth/caller.js';
import { hasScope, type Scope } from '../../../auth/scopes.js';
import { ForbiddenError } from '../../../http/envelope-error.js';
import { createValidationPipe } from '../../../http/validation-pipe.js';
import { type HostCaller, readViewer } from '../host-caller.js';

/** A call that changes something, or reads a secret: what its route's decorators say. */
export interface AuditedServiceCall<Body> {
  scope: Scope;
  action: AuditedAction;
  /** The status of the route's answer, for the audit log. */
  status: number;
  /** Left out: what the call creates, or what it notes. */
  targetId?: string;
  /** Its input, and the class that says what is allowed in it, or what else checks it. Default: none. */
  input?:
    { type: Type<Body>; value: unknown } | { type: Type; value: unknown; check: (sent: unknown) => Body };
  /** Whether what the call records says itself who did it, so that only its refusals are written. Default: no. */
  isKeptElsewhere?: boolean;
}

/**
 * Runs the calls of the service API by the rules of the routes: the viewer's scopes are required, inputs are checked by the
 * routes' classes, and what the routes write into the audit log is written.
 */
@Injectable()
export class ServiceCalls {
  private readonly pipe = createValidationPipe();

  constructor(private readonly log: AuditLog) {}

  /**
   * @throws {ForbiddenError} when the viewer is malformed or lacks the scope
   */
  async read<T>(viewer: HostCaller, scope: Scope, work: (caller: Caller) => Promise<T>): Promise<T> {
    const caller = readViewer(viewer);
    if (!hasScope(caller.scopes, scope)) throw lacks(scope);
    return work(caller);
  }

  /**
   * @throws {ForbiddenError} when the viewer is malformed or lacks the scope
   * @throws {RequestValidationError} when the input is not allowed
   */
  async run<T, Body = undefined>(
    viewer: HostCaller,
    { scope, action, status, targetId, input, isKeptElsewhere = false }: AuditedServiceCall<Body>,
    work: (caller: Caller, body: Body) => Promise<T>,
  ): Promise<T> {
    const caller = readViewer(viewer);
    const sent = input && toJson(input.value);
    const fields = input ? listDeclaredFields(input.type) : [];
    const call = { action, caller, targetId: targetId ?? null, ...readAuditDetails(sent, fields) };
    if (!hasScope(caller.scopes, scope)) {
      await this.log.writeRefusal(call, 403);
      throw lacks(scope);
    }
    const checkInput = async () => {
      if (!input) return undefined;
      return 'check' in input ? input.check(sent) : this.check(input.type, sent, 'body');
    };
    const checkAndWork = async () => work(caller, (await checkInput()) as Body);
    if (!isKeptElsewhere) return runAudited(this.log, call, checkAndWork, () => status);
    try {
      return await checkAndWork();
    } catch (error) {
      await this.log.writeRefusal(call, getErrorStatus(error));
      throw error;
    }
  }

  /**
   * Checks an input by the class of a route's body or query.
   *
   * @throws {RequestValidationError} which lists what is wrong with it
   */
  async check<T>(type: Type<T>, value: unknown, kind: 'body' | 'query'): Promise<T> {
    return (await this.pipe.transform(value, { type: kind, metatype: type })) as T;
  }
}

/** An input as a request would carry it: keys that are undefined are left out, dates are texts. */
function toJson(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

/** A filter as a query would carry it: every value is a text. */
export function toQuery(filter: object): Record<string, string> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : String(value)]),
  );
}

function lacks(scope: Scope): ForbiddenError {
  return new ForbiddenError(`The viewer of this call lacks the scope "${scope}".`);
}
