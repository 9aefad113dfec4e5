import { Body, Controller, Delete, Get, Header, Param, Post } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { AdminTokens } from '../tokens/admin-tokens.js';
import { CreateTokenBody } from './token-body.dto.js';
import { toTokenView, type TokenView } from './token-view.js';

/** Creates, lists and revokes tokens. */
@Controller('admin/tokens')
export class TokensController {
  constructor(private readonly tokens: AdminTokens) {}

  @Get()
  @RequiresScope('tokens:read')
  async list(@CurrentCaller() caller: Caller): Promise<{ data: TokenView[] }> {
    const tokens = await this.tokens.list(caller);
    return { data: tokens.map(toTokenView) };
  }

  /** Only this answer shows the token; no route shows it again. */
  @Post()
  @Header('Cache-Control', 'no-store')
  @Audited('token.create')
  @RequiresScope('tokens:write')
  async create(
    @Body() body: CreateTokenBody,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: TokenView & { token: string } }> {
    const expiresAt = typeof body.expiresAt === 'string' ? Date.parse(body.expiresAt) : null;
    const { row, token } = await this.tokens.create({ ...body, expiresAt }, caller);
    return { data: { ...toTokenView({ token: row, lastUsedAt: null }), token } };
  }

  @Delete(':id')
  @Audited('token.revoke')
  @RequiresScope('tokens:write')
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<{ data: TokenView }> {
    return { data: toTokenView(await this.tokens.remove(id, caller)) };
  }
}
