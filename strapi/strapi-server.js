'use strict';

const { OwnWebhooks } = require('./server/guard-own-webhooks');
const { Mirror } = require('./server/mirror');
const { MIRROR_MODEL } = require('./server/mirror-model');
const { MirrorState } = require('./server/mirror-state');
const { PosthornWebhooks } = require('./server/posthorn-webhooks');
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
    strapi.get('models').add(MIRROR_MODEL);
  },

  /** The tables are there. What other plugins and the project write while they start is recorded too. */
  async bootstrap({ strapi }) {
    const told = strapi.config.get('plugin::posthorn');
    const state = new MirrorState(strapi);
    await state.ensure();
    const outbox = new Outbox(strapi, state);
    const relay = new Relay({ outbox, send: createSender(strapi, told), log: strapi.log, settings: told });
    const ownWebhooks = new OwnWebhooks();
    const mirror = new Mirror({
      strapi,
      state,
      outbox,
      webhooks: new PosthornWebhooks(strapi, told),
      settings: told,
      canGuard: ownWebhooks.install(strapi),
      onOpened: () => relay.wake(),
    });
    const parts = { strapi, outbox, ownWebhooks, onRecorded: () => relay.wake() };
    recordEntries(parts);
    recordMedia(parts);
    recordCustomEvents({ ...parts, names: told.customEvents });
    running.set(strapi, { outbox, relay, mirror });
    relay.start();
    mirror.start();
  },

  async destroy({ strapi }) {
    const parts = running.get(strapi);
    await Promise.all([parts?.relay.stop(), parts?.mirror.stop()]);
  },

  controllers: { relay: relayController((strapi) => running.get(strapi)) },
  routes: relayRoutes,
};
