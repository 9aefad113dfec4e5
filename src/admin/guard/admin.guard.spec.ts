import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Caller, RequestWithCaller } from '../../auth/caller.js';
import { Audited } from '../../auth/audit.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { Public, RequiresScope, type Scope } from '../../auth/scopes.js';
import { type AuditedCall, AuditCallReader } from '../audit/audit-call-reader.js';
import type { AuditLog } from '../audit/audit-log.js';
import { AuthThrottle } from '../throttle/auth-throttle.js';
import { InMemoryThrottleStore } from '../throttle/in-memory-throttle-store.js';
import { AdminGuard } from './admin.guard.js';
import type { AdminOptions } from '../admin-options.js';
import type { TokenAuthenticator } from './token-authenticator.js';

class Routes {
  @RequiresScope('webhooks:read')
  read() {}

  @RequiresScope('content:read')
  content() {}

  @Public()
  open() {}

  forgotten() {}

  @Audited('webhook.update')
  @RequiresScope('webhooks:update')
  change() {}
}

const refused: [string, string, number][] = [];
const audit = {
  writeRefusal: async ({ action, caller }: AuditedCall, status: number) => {
    refused.push([action, caller.name, status]);
  },
} as AuditLog;

function enter(route: keyof Routes, headers: { authorization?: string }, scopes: Scope[] = []) {
  const request: RequestWithCaller & { headers: typeof headers; params: object } = { headers, params: {} };
  const callers = {
    authenticate: async (token: string): Promise<Caller | null> =>
      token === 'good' ? { tokenId: '1', name: 'one', scopes, tenant: null } : null,
  } as TokenAuthenticator;
  const options: AdminOptions = {
    adminToken: null,
    openScopes: ['content:read'],
    throttle: { failures: 20, windowMs: 1_000, blockMs: 1_000 },
    auditDays: 0,
    portal: { publicUrl: null, isPublicUrlSafe: false, defaultScopes: [], maySet: [] },
    environment: 'test',
  };
  const reflector = new Reflector();
  const failures = new AuthThrottle(new InMemoryThrottleStore(new ManualClock()), options);
  const guard = new AdminGuard(reflector, callers, failures, new AuditCallReader(reflector), audit, options);
  const context = {
    getHandler: () => Routes.prototype[route],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  return guard.canActivate(context).then(() => request.caller ?? null);
}

const good = { authorization: 'Bearer good' };
const wrong = { authorization: 'Bearer wrong' };
const unauthorized = 'Missing or invalid credentials';

describe('AdminGuard', () => {
  it('lets a token through that has the scope, and says who calls', async () => {
    await expect(enter('read', good, ['webhooks:read'])).resolves.toMatchObject({ name: 'one' });
    await expect(enter('read', good, ['*'])).resolves.toMatchObject({ tokenId: '1' });
  });

  it('refuses one without the scope', async () => {
    await expect(enter('read', good, ['webhooks:create'])).rejects.toThrow('Forbidden');
  });

  it.each([[{}], [wrong], [{ authorization: 'Basic Z29vZA==' }], [{ authorization: '' }]])(
    'refuses the credentials %j',
    async (headers) => {
      await expect(enter('read', headers, ['*'])).rejects.toThrow(unauthorized);
    },
  );

  it('refuses a route that says neither its scope nor that it is public', async () => {
    await expect(enter('forgotten', good, ['*'])).rejects.toThrow('Forbidden');
    await expect(enter('forgotten', {})).rejects.toThrow(unauthorized);
  });

  it('has the refusal of a change written down, and not that of a stranger', async () => {
    await expect(enter('change', good, ['webhooks:read'])).rejects.toThrow('Forbidden');
    await expect(enter('change', wrong)).rejects.toThrow(unauthorized);
    await expect(enter('read', good, [])).rejects.toThrow('Forbidden');
    expect(refused).toEqual([['webhook.update', 'one', 403]]);
  });

  it('lets everyone through to a public route', async () => {
    await expect(enter('open', wrong)).resolves.toBeNull();
  });

  it('needs no token for an open scope, but takes no wrong one either', async () => {
    await expect(enter('content', {})).resolves.toMatchObject({ name: 'anonymous', tokenId: null });
    await expect(enter('content', good, [])).resolves.toMatchObject({ name: 'one' });
    await expect(enter('content', wrong)).rejects.toThrow(unauthorized);
  });
});
