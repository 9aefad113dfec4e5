import { Body, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { RotateSecretBody } from './rotate-secret-body.dto.js';
import { type SecretsView, type SecretView, WebhookCalls } from './webhook-calls.js';

/** The admin routes of a webhook's signing secret. */
@Controller('admin/webhooks')
export class WebhookSecretController {
  constructor(private readonly calls: WebhookCalls) {}

  /** `previous` lists the replaced secrets that still sign, newest first. */
  @Get(':id/secret')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.read-secret')
  @RequiresScope('secrets:read')
  async secret(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<{ data: SecretsView }> {
    return { data: await this.calls.readSecrets(id, caller) };
  }

  @Post(':id/secret/rotate')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.rotate')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async rotate(
    @Param('id') id: string,
    @Body() body: RotateSecretBody,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: SecretView }> {
    return { data: await this.calls.rotateSecret(id, body, caller) };
  }
}
