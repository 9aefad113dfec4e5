import { Controller, Get, Inject } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresToken, type Scope } from '../../auth/scopes.js';
import { VERSION } from '../../package.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';

/** The caller and the server that answers. */
interface SessionView {
  /** The token's name. */
  name: string;
  scopes: readonly Scope[];
  /** The tenant whose things the token sees; null: those of every tenant. */
  tenant: string | null;
  /** The server's version. */
  version: string;
  environment: string;
  /** Of a portal session: until when it goes on, and which fields of a webhook it may set. */
  portal?: { expiresAt: string; maySet: readonly string[] };
}

/** Tells a caller which token it uses, with which scopes, and on which server. */
@Controller('admin/session')
export class SessionController {
  constructor(@Inject(ADMIN_OPTIONS) private readonly options: AdminOptions) {}

  @Get()
  @RequiresToken()
  session(@CurrentCaller() caller: Caller): { data: SessionView } {
    const { name, scopes, tenant } = caller;
    const view = { name, scopes, tenant, version: VERSION, environment: this.options.environment };
    return { data: caller.via === 'portal' ? { ...view, portal: this.viewPortal(caller) } : view };
  }

  private viewPortal({ expiresAt }: Caller): NonNullable<SessionView['portal']> {
    return {
      expiresAt: new Date(expiresAt ?? 0).toISOString(),
      maySet: this.options.portal.maySet,
    };
  }
}
