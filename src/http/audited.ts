import { SetMetadata } from '@nestjs/common';

/** What was done, and with what kind of thing: `webhook.update`. */
export type AuditedAction = `${string}.${string}`;

export const AUDITED = 'posthorn:audited';

/**
 * Calls of this route are written into the audit log under this action, refused ones too. Every admin route that
 * changes something has it; the thing's id is the path's `:id`, or what a handler says with `noteTargets`.
 */
export const Audited = (action: AuditedAction) => SetMetadata(AUDITED, action);
