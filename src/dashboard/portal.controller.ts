import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../auth/scopes.js';
import { NotFoundError } from '../http/envelope-error.js';
import { TakesAnyQuery } from '../http/query-interceptor.js';
import { PageFiles } from './page-files.js';
import { PORTAL_PAGES, type PortalPages } from './portal-pages.js';
import { buildPagePolicy, renderPortalPage } from './render-page.js';
import { sendFile } from './send-file.js';

/**
 * Serves the page to the customers of a host, at the path of a session. It holds no data and opens no session: its own
 * script does, with the secret after `#` that no server gets. Pages of the session's origins may frame it, and no other.
 */
@ApiExcludeController()
@TakesAnyQuery()
@Controller('portal')
export class PortalController {
  constructor(
    private readonly files: PageFiles,
    @Inject(PORTAL_PAGES) private readonly pages: PortalPages,
  ) {}

  @Get(':id')
  @Public()
  async page(@Param('id') id: string, @Res() response: Response): Promise<void> {
    await this.sendPage(id, response);
  }

  @Get(':id/*path')
  @Public()
  async under(
    @Param('id') id: string,
    @Param('path') path: string[],
    @Res() response: Response,
  ): Promise<void> {
    const name = path.join('/');
    if (await this.files.has(name)) await sendFile(response, name, this.files.folder);
    else if (name.startsWith('assets/')) throw new NotFoundError('The page has no such file.');
    else await this.sendPage(id, response);
  }

  /** Where there is no such session the page comes too, and says so to whoever opened the link. */
  private async sendPage(id: string, response: Response): Promise<void> {
    const { path, brand } = this.pages;
    if (path === null) throw new NotFoundError('There is no portal here.');
    const index = await this.files.index();
    const origins = await this.pages.findFrameOrigins(id);
    response.status(origins === null ? 404 : 200).set({
      'Content-Security-Policy': buildPagePolicy(origins ?? []),
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
    // It knows no single origin: `frame-ancestors` says which.
    if (origins !== null && origins.length > 0) response.removeHeader('X-Frame-Options');
    response.type('html').send(renderPortalPage(index, `${path}/${encodeURIComponent(id)}/`, brand));
  }
}
