import { type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { getMetadataStorage } from 'class-validator';
import type { Request } from 'express';
import { AUDIT_OPTIONS, AUDITED, type AuditedAction, type AuditOptions } from '../../auth/audit.js';
import { ANONYMOUS, type Caller, type RequestWithCaller } from '../../auth/caller.js';
import { readAuditDetails, type AuditedBody } from './audit-details.js';

/** Characters of an id that are kept: the width of the column `target_id`. */
const LONGEST_ID = 64;

/** A call of an audited route, as the audit log writes it. */
export interface AuditedCall extends AuditedBody {
  action: AuditedAction;
  caller: Caller;
  /** The path's `:id`, whether such a thing exists or not; null for a path without one. */
  targetId: string | null;
}

/** Reads from a request what the audit log writes about it. */
@Injectable()
export class AuditCallReader {
  /** Field names of the body, by handler. */
  private readonly fields = new Map<unknown, string[]>();

  constructor(private readonly reflector: Reflector) {}

  /** @returns null for a route that is not audited */
  read(context: ExecutionContext): AuditedCall | null {
    const action = this.reflector.get<AuditedAction | undefined>(AUDITED, context.getHandler());
    if (action === undefined) return null;
    const request = context.switchToHttp().getRequest<Request & RequestWithCaller>();
    return {
      action,
      caller: request.caller ?? ANONYMOUS,
      targetId: truncateId(request.params['id']),
      ...readAuditDetails(request.body, this.listFields(context)),
    };
  }

  /** Whether what a call records stands in the audit log by itself, so that only its refusals are written. */
  isKeptElsewhere(context: ExecutionContext): boolean {
    return this.readOptions(context).isKeptElsewhere === true;
  }

  private readOptions(context: ExecutionContext): AuditOptions {
    return this.reflector.get<AuditOptions | undefined>(AUDIT_OPTIONS, context.getHandler()) ?? {};
  }

  /** Lists the fields of the route's body, as its DTO declares them. */
  private listFields(context: ExecutionContext): string[] {
    const handler = context.getHandler();
    const known = this.fields.get(handler);
    if (known) return known;
    const named = this.readOptions(context).body;
    const types = named ? [named] : listParameterTypes(context);
    const unique = [...new Set(types.flatMap((type) => (type ? listDeclaredFields(type) : [])))];
    this.fields.set(handler, unique);
    return unique;
  }
}

/** Lists the fields of a body, as its DTO declares them. */
export function listDeclaredFields(type: Type): string[] {
  if (typeof type !== 'function') return [];
  const declared = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return [...new Set(declared.map(({ propertyName }) => propertyName))];
}

function listParameterTypes(context: ExecutionContext): (Type | undefined)[] {
  const { prototype } = context.getClass();
  const types: unknown = Reflect.getMetadata('design:paramtypes', prototype, context.getHandler().name);
  return (types ?? []) as (Type | undefined)[];
}

function truncateId(id: string | string[] | undefined): string | null {
  return typeof id === 'string' ? id.slice(0, LONGEST_ID) : null;
}
