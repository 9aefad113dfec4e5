import { Body, Controller, Delete, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../auth/scopes.js';
import { readPortalCookie } from '../portal/portal-cookie.js';
import { PortalRedemption } from '../portal/portal-redemption.js';
import { OpenPortalBody } from './portal-session-body.dto.js';

/** Opens and ends the session of a portal's page. A POST opens it, so that programs that look at links use none up. */
@Controller('portal')
export class PortalOpeningController {
  constructor(private readonly redemption: PortalRedemption) {}

  @Post(':id/session')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Public()
  async open(
    @Param('id') id: string,
    @Body() body: OpenPortalBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ data: { token: string; expiresAt: string } }> {
    const { token, expiresAt, cookie } = await this.redemption.open({
      id,
      secret: body.secret,
      cookie: readPortalCookie(request.headers.cookie),
      origin: request.headers.origin,
      address: request.ip,
    });
    if (cookie !== null) response.append('Set-Cookie', cookie);
    return { data: { token, expiresAt: new Date(expiresAt).toISOString() } };
  }

  /** Signs out. It takes the session's token in `Authorization`, or its cookie. */
  @Delete(':id/session')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  @Public()
  async end(
    @Param('id') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { cookie, origin, authorization } = request.headers;
    const forgetting = await this.redemption.end({
      id,
      token: /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? null,
      cookie: readPortalCookie(cookie),
      origin,
      address: request.ip,
    });
    response.append('Set-Cookie', forgetting);
  }
}
