import { type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { getMetadataStorage } from 'class-validator';
import type { Request } from 'express';
import { AUDITED, type AuditedAction } from '../../auth/audit.js';
import { ANONYMOUS, type Caller, type RequestWithCaller } from '../../auth/caller.js';
import { readAuditDetails, type AuditedBody } from './audit-details.js';

const LONGEST_ID = 64;

/** A call that changes something, as it was made. */
export interface AuditedCall extends AuditedBody {
  action: AuditedAction;
  caller: Caller;
  /** What the path's `:id` names, whether there is such a thing or not; null where it names nothing. */
  targetId: string | null;
}

/** Reads out of a request what the audit log says of it. */
@Injectable()
export class AuditCallReader {
  private readonly fields = new Map<unknown, string[]>();

  constructor(private readonly reflector: Reflector) {}

  /** @returns null for a route that changes nothing */
  of(context: ExecutionContext): AuditedCall | null {
    const action = this.reflector.get<AuditedAction | undefined>(AUDITED, context.getHandler());
    if (action === undefined) return null;
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    return {
      action,
      caller: request.caller ?? ANONYMOUS,
      targetId: cut(request.params['id']),
      ...readAuditDetails(request.body, this.fieldsOf(context)),
    };
  }

  /** The fields of the route's body, as its DTO declares them. */
  private fieldsOf(context: ExecutionContext): string[] {
    const handler = context.getHandler();
    const known = this.fields.get(handler);
    if (known) return known;
    const types = (Reflect.getMetadata('design:paramtypes', context.getClass().prototype, handler.name) ??
      []) as (Type | undefined)[];
    const fields = types.flatMap((type) =>
      typeof type === 'function'
        ? getMetadataStorage()
            .getTargetValidationMetadatas(type, '', true, false)
            .map(({ propertyName }) => propertyName)
        : [],
    );
    const each = [...new Set(fields)];
    this.fields.set(handler, each);
    return each;
  }
}

function cut(id: string | string[] | undefined): string | null {
  return typeof id === 'string' ? id.slice(0, LONGEST_ID) : null;
}
