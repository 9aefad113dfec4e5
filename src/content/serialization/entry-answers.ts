import type { JsonObject } from '../../events/json.js';
import { renderStrapiV5Node } from '../../events/strapi-v5-node.js';
import { toEntryDocument } from './entry-document.js';
import { toEntryView } from './entry-view.js';
import type { LinkTargets, PopulatedEntry } from './populated-entry.js';

/** Which Strapi's answers the content routes give: the setting `content.format`. */
export type ContentFormat = 'strapi-v3' | 'strapi-v5';

/** Prints entries for answers. Bodies of webhooks are printed from events, each webhook in its own format. */
export class EntryAnswers {
  constructor(readonly format: ContentFormat) {}

  /** Serializes an entry as an answer shows it. */
  print(entry: PopulatedEntry): JsonObject {
    const view = toEntryView(entry);
    if (this.format === 'strapi-v3') return view;
    return renderStrapiV5Node(view, toEntryDocument({ ...entry, targets: dropVersions(entry.targets) }));
  }
}

/** An answer to a change shows the targets of one version, as it does when the entry is read. */
function dropVersions({ entries, files, components }: LinkTargets): LinkTargets {
  const inside = [...components].map(
    ([name, list]) => [name, list.map((one) => ({ ...one, targets: dropVersions(one.targets) }))] as const,
  );
  return { entries, files, components: new Map(inside) };
}
