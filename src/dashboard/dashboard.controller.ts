import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NotFoundError } from '../http/envelope-error.js';
import { Public } from '../auth/scopes.js';
import { TakesAnyQuery } from '../http/query-interceptor.js';
import { DASHBOARD_OPTIONS, type DashboardOptions } from './dashboard-options.js';
import { PageFiles } from './page-files.js';
import { buildPagePolicy, findBasePath, renderPage } from './render-page.js';
import { sendFile } from './send-file.js';

/**
 * Serves the built page without authentication: its requests to the admin routes carry the user's own credentials.
 * Every path that is no file returns the page.
 */
@ApiExcludeController()
@TakesAnyQuery()
@Controller('dashboard')
export class DashboardController {
  constructor(
    private readonly files: PageFiles,
    @Inject(DASHBOARD_OPTIONS) private readonly options: DashboardOptions,
  ) {}

  @Get()
  @Public()
  async page(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.sendPage(request, response, []);
  }

  @Get('*path')
  @Public()
  async under(
    @Param('path') path: string[],
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const name = path.join('/');
    if (await this.files.has(name)) await sendFile(response, name, this.files.folder);
    else if (name.startsWith('assets/')) throw new NotFoundError('The page has no such file.');
    else await this.sendPage(request, response, path);
  }

  private async sendPage(request: Request, response: Response, rest: string[]): Promise<void> {
    const page = renderPage(
      await this.files.index(),
      findBasePath(request.originalUrl, rest),
      this.options.auth,
    );
    response
      .set({
        'Content-Security-Policy': buildPagePolicy([]),
        'X-Content-Type-Options': 'nosniff',
        'X-Frame-Options': 'DENY',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-cache',
      })
      .type('html')
      .send(page);
  }
}
