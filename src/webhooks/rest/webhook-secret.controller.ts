import { Body, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { SecretRotation } from '../registrations/secret-rotation.js';
import { WebhookQueries } from '../registrations/webhook-queries.js';
import { derivePublicKey, detectSecretType } from '../secrets/signing-secret.js';
import { RotateSecretBody } from './rotate-secret-body.dto.js';

/** A signing secret; for `v1a` also the public key, which is what the receiver gets. */
interface SecretView {
  secret: string;
  publicKey?: string;
}

/** The admin routes of a webhook's signing secret. */
@Controller('admin/webhooks')
export class WebhookSecretController {
  constructor(
    private readonly queries: WebhookQueries,
    private readonly rotation: SecretRotation,
  ) {}

  /** `previous` lists the replaced secrets that still sign, newest first. */
  @Get(':id/secret')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.read-secret')
  @RequiresScope('secrets:read')
  async secret(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: SecretView & { previous: { expiresAt: string }[] } }> {
    const { secret, previous } = await this.queries.secretsOf(id, tenant);
    return {
      data: {
        ...toSecretView(secret),
        previous: previous.map(({ expiresAt }) => ({ expiresAt: new Date(expiresAt).toISOString() })),
      },
    };
  }

  @Post(':id/secret/rotate')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.rotate')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async rotate(
    @Param('id') id: string,
    @Body() body: RotateSecretBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: SecretView }> {
    return { data: toSecretView(await this.rotation.rotate(id, body, tenant)) };
  }
}

function toSecretView(secret: string): SecretView {
  return detectSecretType(secret) === 'v1a' ? { secret, publicKey: derivePublicKey(secret) } : { secret };
}
