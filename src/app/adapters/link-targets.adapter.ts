import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EntryDirectory } from '../../content/entry-directory.js';
import type { Viewer } from '../../auth/tenancy.js';
import { type LinkRequest, type LinkTarget, LinkTargets } from '../../media/files/link-targets.js';

/** Lets files hang at entries. */
@Injectable()
export class LinkTargetsAdapter extends LinkTargets {
  constructor(private readonly entries: EntryDirectory) {
    super();
  }

  override async find(manager: EntityManager, asked: LinkRequest, viewer: Viewer): Promise<LinkTarget> {
    return this.entries.findMediaField(manager, asked, viewer);
  }

  override async summaries(manager: EntityManager, uid: string, entryIds: readonly number[]) {
    return this.entries.summaries(manager, uid, entryIds);
  }

  override async documents(manager: EntityManager, uid: string, entryIds: readonly number[]) {
    return this.entries.documents(manager, uid, entryIds);
  }
}
