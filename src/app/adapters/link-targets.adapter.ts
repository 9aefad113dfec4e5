import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../../auth/tenancy.js';
import { EntryDirectory } from '../../content/entry-directory.js';
import { type LinkRequest, type LinkTarget, LinkTargets } from '../../media/files/link-targets.js';

/** Adapts content to media's port for the entries to which files are attached. */
@Injectable()
export class LinkTargetsAdapter extends LinkTargets {
  constructor(private readonly entries: EntryDirectory) {
    super();
  }

  override async find(manager: EntityManager, request: LinkRequest, viewer: Viewer): Promise<LinkTarget> {
    return this.entries.findMediaField(manager, request, viewer);
  }

  override async summaries(manager: EntityManager, uid: string, entryIds: readonly number[]) {
    return this.entries.summaries(manager, uid, entryIds);
  }
}
