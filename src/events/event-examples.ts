import type { DocumentNode } from './document-node.js';
import type { JsonObject } from './json.js';

/** Example data of an event, with the properties that only Strapi 5 has. */
export interface EventExample {
  example: JsonObject;
  document: DocumentNode;
}

/** Builds an entry event with the example of Strapi's documentation, an address. */
export function buildEntryExample(): EventExample & { uid: string } {
  return {
    uid: 'api::address.address',
    example: {
      model: 'address',
      entry: {
        id: 1,
        geolocation: {},
        city: 'Paris',
        postal_code: null,
        category: null,
        full_name: 'Paris',
        created_at: '2020-01-10T08:47:36.264Z',
        updated_at: '2020-01-10T08:47:36.264Z',
        cover: null,
        images: [],
      },
    },
    document: buildExampleDocument('2020-01-10T08:47:36.264Z'),
  };
}

/**
 * Builds the properties that only Strapi 5 has of an example entry.
 *
 * @param more its locale and its creators. Default: none
 * @param hidden the keys that are private. Default: none
 * @param populated the names of its creators and links. Default: none
 */
export function buildExampleDocument(
  publishedAt: string | null,
  {
    more: others = {},
    hidden = [],
    populated = [],
  }: { more?: JsonObject; hidden?: readonly string[]; populated?: readonly string[] } = {},
): DocumentNode {
  const more: JsonObject = { documentId: 'hgv1vny5cebq2l3czil1rpb3', publishedAt, ...others };
  const open = Object.entries(more).filter(([key]) => !hidden.includes(key));
  return {
    kind: 'entry',
    more: Object.fromEntries(open),
    populated,
    ...(hidden.length > 0 ? { hidden: [...hidden] } : {}),
  };
}

/** Builds a media event with the example of Strapi's documentation. */
export function buildMediaExample(): EventExample {
  return {
    example: {
      media: {
        id: 1,
        name: 'image.png',
        hash: '353fc98a19e44da9acf61d71b11895f9',
        sha256: 'huGUaFJhmcZRHLcxeQNKblh53vtSUXYaB16WSOe0Bdc',
        ext: '.png',
        mime: 'image/png',
        size: 228.19,
        url: '/uploads/353fc98a19e44da9acf61d71b11895f9.png',
        provider: 'local',
        provider_metadata: null,
        created_at: '2020-01-10T10:58:41.095Z',
        updated_at: '2020-01-10T10:58:41.095Z',
        related: [],
      },
    },
    document: {
      kind: 'file',
      more: {
        documentId: 'c6tbqg2mjyyt8nyyp5zktxo9',
        alternativeText: null,
        caption: null,
        focalPoint: null,
        width: 640,
        height: 480,
        formats: null,
        previewUrl: null,
        publishedAt: '2020-01-10T10:58:41.095Z',
      },
    },
  };
}
