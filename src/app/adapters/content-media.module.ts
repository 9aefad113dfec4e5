import { type DynamicModule, Module } from '@nestjs/common';
import { ContentModule, type ContentOptions } from '../../content/content.module.js';
import { EntryMedia } from '../../content/entry-media.js';
import { EntryMediaAdapter } from './entry-media.adapter.js';
import { LinkTargetsAdapter } from './link-targets.adapter.js';
import { LinkTargets } from '../../media/files/link-targets.js';
import type { MediaOptions } from '../../media/media-options.js';
import { MediaModule } from '../../media/media.module.js';

/**
 * Content and media, introduced to each other: neither knows the other, each says in a port what it needs.
 *
 * The module is global so that both find their port's adapter without importing it. Media comes first: content's
 * routes take every name under `/api`, `/api/upload` too.
 */
@Module({})
export class ContentMediaModule {
  static forRoot(content: ContentOptions, media: MediaOptions): DynamicModule {
    return {
      module: ContentMediaModule,
      global: true,
      imports: [MediaModule.forRoot(media), ContentModule.forRoot(content)],
      providers: [
        { provide: EntryMedia, useClass: EntryMediaAdapter },
        { provide: LinkTargets, useClass: LinkTargetsAdapter },
      ],
      exports: [EntryMedia, LinkTargets],
    };
  }
}
