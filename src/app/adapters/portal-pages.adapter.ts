import { Inject, Injectable } from '@nestjs/common';
import { PortalSessionRows } from '../../admin/portal/portal-session-rows.js';
import type { PortalBrand, PortalPages } from '../../dashboard/portal-pages.js';

/** The injection token of {@link PortalPageOptions}. */
export const PORTAL_PAGE_OPTIONS = Symbol.for('posthorn.portal-page-options');

/** What the settings say of the portal's page. */
export interface PortalPageOptions {
  publicUrl: string | null;
  brand: PortalBrand;
}

/** Adapts portal sessions to the dashboard's port for the page that they open. */
@Injectable()
export class PortalPagesAdapter implements PortalPages {
  readonly path: string | null;
  readonly brand: PortalBrand;

  constructor(
    private readonly sessions: PortalSessionRows,
    @Inject(PORTAL_PAGE_OPTIONS) { publicUrl, brand }: PortalPageOptions,
  ) {
    this.path = publicUrl === null ? null : new URL(`${publicUrl}/portal`).pathname;
    this.brand = brand;
  }

  async findFrameOrigins(id: string): Promise<readonly string[] | null> {
    return (await this.sessions.find(id))?.origins ?? null;
  }
}
