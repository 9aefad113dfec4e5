'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { settings } = require('./server/settings');
const { Outbox } = require('./server/outbox');
const { OUTBOX_MODEL } = require('./server/outbox-model');
const { recordCustomEvents } = require('./server/record-custom-events');
const { recordEntries } = require('./server/record-entries');
const { recordMedia } = require('./server/record-media');
const { Relay } = require('./server/relay');
const { relayController, relayRoutes } = require('./server/relay-routes');
const { createSender } = require('./server/sender');

/** What runs for one Strapi: a process can load several, one after the other. */
const running = new WeakMap();

module.exports = {
  config: settings,

  register({ strapi }) {
    strapi.get('models').add(OUTBOX_MODEL);
  },

  /** The tables are there. What other plugins and the project write while they start is recorded too. */
  bootstrap({ strapi }) {
    const told = strapi.config.get('plugin::posthorn');
    const outbox = new Outbox(strapi);
    const relay = new Relay({ outbox, send: createSender(strapi, told), log: strapi.log, settings: told });
    const parts = { strapi, outbox, onRecorded: () => relay.wake() };
    recordEntries(parts);
    recordMedia({ ...parts, scope: new AsyncLocalStorage() });
    recordCustomEvents({ ...parts, names: told.customEvents });
    running.set(strapi, { outbox, relay });
    relay.start();
  },

  async destroy({ strapi }) {
    await running.get(strapi)?.relay.stop();
  },

  controllers: { relay: relayController((strapi) => running.get(strapi)) },
  routes: relayRoutes,
};
