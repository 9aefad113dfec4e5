import { Controller, Get, Inject } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresToken, type Scope } from '../../auth/scopes.js';
import { VERSION } from '../../package.js';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin-options.js';

/** Who asks, and whom. */
interface SessionView {
  /** The token's name. */
  name: string;
  scopes: readonly Scope[];
  /** Whose things the token sees; null: everyone's. */
  tenant: string | null;
  /** Of the server. */
  version: string;
  environment: string;
}

/** Who am I? */
@Controller('admin/session')
export class SessionController {
  constructor(@Inject(ADMIN_OPTIONS) private readonly options: AdminOptions) {}

  @Get()
  @RequiresToken()
  session(@CurrentCaller() { name, scopes, tenant }: Caller): { data: SessionView } {
    return { data: { name, scopes, tenant, version: VERSION, environment: this.options.environment } };
  }
}
