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
}

/** Tells a caller which token it uses, with which scopes, and on which server. */
@Controller('admin/session')
export class SessionController {
  constructor(@Inject(ADMIN_OPTIONS) private readonly options: AdminOptions) {}

  @Get()
  @RequiresToken()
  session(@CurrentCaller() { name, scopes, tenant }: Caller): { data: SessionView } {
    return { data: { name, scopes, tenant, version: VERSION, environment: this.options.environment } };
  }
}
