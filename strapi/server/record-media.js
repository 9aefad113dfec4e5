'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { buildBody, sanitizeEntry } = require('./event-body');

const FILE = 'plugin::upload.file';

/** The methods of the upload plugin that emit events. */
const METHODS = ['upload', 'replace', 'updateFileInfo', 'remove'];

const EVENTS = { create: 'media.create', update: 'media.update', delete: 'media.delete' };

/**
 * Records the events of files in the transaction of their row. The upload plugin opens none, and tells of a removal
 * before it. The transaction is around the row alone: the storage provider is called outside of it.
 *
 * Rows of files that are written by anything but the upload plugin's methods are no events, as in Strapi.
 */
function recordMedia({ strapi, outbox, onRecorded, ownWebhooks }) {
  const scope = new AsyncLocalStorage();
  const service = strapi.plugin('upload')?.service('upload');
  if (!service) return;
  for (const method of METHODS) {
    const run = service[method];
    service[method] = (...args) =>
      ownWebhooks.runHolding((events) => scope.run(events, () => run.apply(service, args)));
  }
  // Strapi makes one of these for a content type, and keeps it.
  const files = strapi.db.query(FILE);
  for (const [method, event] of Object.entries(EVENTS)) {
    const write = files[method];
    files[method] = (params) => {
      const events = scope.getStore();
      if (!events) return write.call(files, params);
      return strapi.db.transaction(async ({ trx, onCommit }) => {
        const file = await write.call(files, params);
        if (file) {
          const mirrored = await outbox.insert(trx, [await describeFile(strapi, event, file)]);
          events.note(event, file.id, mirrored);
          onCommit(onRecorded);
        }
        return file;
      });
    };
  }
}

async function describeFile(strapi, event, file) {
  const media = await sanitizeEntry(strapi, FILE, file);
  return {
    event,
    uid: FILE,
    orderingKey: String(file.documentId ?? `file/${file.id}`),
    body: buildBody(event, { media }),
  };
}

module.exports = { recordMedia };
