import { setTimeout as wait } from 'node:timers/promises';

const ARTICLE = 'api::article.article';
const TAG = 'api::tag.tag';

/** What can be done next to an article, by what it is. */
const NEXT = {
  draft: ['update', 'update', 'update', 'publish', 'update-rest', 'delete'],
  published: ['update', 'update-rest', 'publish', 'unpublish', 'discardDraft', 'update', 'delete'],
};

/**
 * Writers that change content over REST and the document service, each its own entries, one change after the other.
 * What was answered is noted with the events that it must have; what was not answered is left alone, with its entry.
 */
export class Writers {
  /** Answered changes: `{key, event, version}` of each event. */
  acknowledged = [];
  changes = 0;
  rollbacks = 0;
  unanswered = 0;
  /** Of those, what Strapi answered with 5xx, as when the database refuses a deadlock. */
  failures = 0;

  constructor({ instances, prng, total, onChange }) {
    Object.assign(this, { instances, prng, total, onChange });
  }

  async run(count) {
    await Promise.all(Array.from({ length: count }, (_, index) => this.#write(index)));
  }

  async #write(index) {
    const random = this.prng.fork(`writer ${index}`);
    let entry = null;
    while (this.changes < this.total) {
      this.changes += 1;
      await this.onChange(this.changes);
      const instance = await this.#findInstance(random);
      try {
        entry = await this.#change(instance, random, entry);
      } catch (error) {
        // Nobody knows what became of it. The outbox is compared with what is in the tables.
        if (/answered 4\d\d/.test(error.message)) throw error;
        if (/answered 5\d\d/.test(error.message)) this.failures += 1;
        this.unanswered += 1;
        entry = null;
      }
    }
  }

  async #findInstance(random) {
    for (;;) {
      const up = this.instances.filter(({ isUp }) => isUp);
      if (up.length > 0) return random.pick(up);
      await wait(50);
    }
  }

  async #change(instance, random, entry) {
    if (entry?.kind === 'file') return this.#changeFile(instance, random, entry);
    if (entry?.kind === 'tag') return this.#changeTag(instance, random, entry);
    if (entry) return this.#changeArticle(instance, random, entry);
    const die = random.next();
    if (die < 0.08) return this.#rollBack(instance);
    if (die < 0.2) {
      const { id, documentId } = await instance.call('POST', '/api/hands/upload', { name: 'file-1' });
      this.#note(documentId, 'media.create', null);
      return { kind: 'file', id, key: documentId };
    }
    if (die < 0.4) {
      const { documentId } = await instance.call('POST', '/api/tags', { data: dataOf(1) });
      this.#note(documentId, 'entry.create', 1);
      return { kind: 'tag', key: documentId, version: 1 };
    }
    if (die < 0.6) {
      const { documentId } = await instance.call('POST', '/api/articles', { data: dataOf(1) });
      this.#note(documentId, 'entry.create', 1);
      this.#note(documentId, 'entry.publish', 1);
      return { kind: 'article', is: 'published', key: documentId, version: 1 };
    }
    const { documentId } = await this.#documents(instance, ARTICLE, 'create', { data: dataOf(1) });
    this.#note(documentId, 'entry.create', 1);
    return { kind: 'article', is: 'draft', key: documentId, version: 1 };
  }

  async #changeArticle(instance, random, entry) {
    const { key: documentId } = entry;
    const action = random.pick(NEXT[entry.is]);
    const version = entry.version + 1;
    if (action === 'update') {
      await this.#documents(instance, ARTICLE, 'update', { documentId, data: dataOf(version) });
      this.#note(documentId, 'entry.update', version);
      return { ...entry, version };
    }
    if (action === 'update-rest') {
      await instance.call('PUT', `/api/articles/${documentId}`, { data: dataOf(version) });
      this.#note(documentId, 'entry.update', version);
      this.#note(documentId, 'entry.publish', version);
      return { ...entry, is: 'published', version, published: version };
    }
    await this.#documents(instance, ARTICLE, action, { documentId });
    const events = {
      publish: 'entry.publish',
      unpublish: 'entry.unpublish',
      discardDraft: 'entry.draft-discard',
      delete: 'entry.delete',
    };
    this.#note(documentId, events[action], null);
    if (action === 'delete') return null;
    return { ...entry, is: action === 'unpublish' ? 'draft' : 'published' };
  }

  async #changeTag(instance, random, entry) {
    const { key: documentId } = entry;
    if (random.next() < 0.3) {
      await instance.call('DELETE', `/api/tags/${documentId}`);
      this.#note(documentId, 'entry.delete', entry.version);
      return null;
    }
    const version = entry.version + 1;
    await instance.call('PUT', `/api/tags/${documentId}`, { data: dataOf(version) });
    this.#note(documentId, 'entry.update', version);
    return { ...entry, version };
  }

  async #changeFile(instance, random, { id, key }) {
    if (random.next() < 0.5) {
      await instance.call('POST', '/api/hands/rename', { id, name: 'file-2' });
      this.#note(key, 'media.update', null);
      return { kind: 'file', id, key };
    }
    await instance.call('POST', '/api/hands/remove', { id });
    this.#note(key, 'media.delete', null);
    return null;
  }

  async #rollBack(instance) {
    const create = { action: 'create', params: { data: { ...dataOf(1), title: 'rolled back' } } };
    await instance.call('POST', '/api/hands/rollback', {
      name: 'rolled-back',
      changes: [
        { uid: ARTICLE, ...create },
        { uid: TAG, ...create },
      ],
    });
    this.rollbacks += 1;
    return null;
  }

  #documents(instance, uid, action, params) {
    return instance.call('POST', '/api/hands/documents', { uid, action, params });
  }

  #note(key, event, version) {
    this.acknowledged.push({ key, event, version });
  }
}

function dataOf(version) {
  return { title: `version ${version}`, version, secret: 'private-text' };
}
