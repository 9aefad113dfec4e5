'use strict';

const { AsyncResource } = require('node:async_hooks');
const { buildBody } = require('./event-body');

/**
 * Records events that a project or another plugin emits through Strapi's event hub. They have no change of their own; one
 * that is emitted inside a transaction is recorded with it, or by itself where that has ended meanwhile.
 */
function recordCustomEvents({ strapi, outbox, onRecorded, names }) {
  const outside = new AsyncResource('posthorn');
  for (const event of names) {
    strapi.eventHub.on(event, async (info) => {
      const events = [{ event, body: buildBody(event, info) }];
      const record = () =>
        strapi.db.transaction(async ({ trx, onCommit }) => {
          await outbox.insert(trx, events);
          onCommit(onRecorded);
        });
      try {
        await record().catch(() => outside.runInAsyncScope(record));
      } catch (error) {
        // Few who emit wait for it: a rejection would end the process.
        strapi.log.error(`posthorn: an event ${event} could not be recorded and is lost: ${error.message}`);
      }
    });
  }
}

module.exports = { recordCustomEvents };
