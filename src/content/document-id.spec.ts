import { deriveDocumentId, createDocumentId } from './document-id.js';

describe('a document id', () => {
  it('has 24 characters of a-z and 0-9, and comes once', () => {
    const ids = Array.from({ length: 1_000 }, () => createDocumentId());
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]{24}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('asks for more bytes when those at hand make no fair letters', () => {
    let asked = 0;
    const id = createDocumentId((count) => new Uint8Array(count).fill(asked++ === 0 ? 255 : 0));
    expect(id).toBe('0'.repeat(24));
    expect(asked).toBe(2);
  });

  it('of an old entry is always the same, and no other entry’s', () => {
    expect(deriveDocumentId('api::tag.tag', 1)).toMatch(/^[a-z0-9]{24}$/);
    expect(deriveDocumentId('api::tag.tag', 1)).toBe(deriveDocumentId('api::tag.tag', 1));
    const others = [deriveDocumentId('api::tag.tag', 11), deriveDocumentId('api::tags.tag', 1)];
    expect(others).not.toContain(deriveDocumentId('api::tag.tag', 1));
  });
});
