'use strict';

const { PANEL_PAGE, PANEL_SCRIPT } = require('./panel');

/** Who may see Strapi's webhooks may see the relay; who may change them decides about what was set aside. */
function allow(action) {
  return [
    'admin::isAuthenticatedAdmin',
    { name: 'admin::hasPermissions', config: { actions: [`admin::webhooks.${action}`] } },
  ];
}

/** Routes with an administrator's token, under `/posthorn`. */
const relayRoutes = {
  admin: {
    type: 'admin',
    routes: [
      { method: 'GET', path: '/state', handler: 'relay.state', config: { policies: allow('read') } },
      // The page is the same for everybody; what it shows it asks for, with the login of the admin panel.
      { method: 'GET', path: '/panel', handler: 'relay.panel', config: { auth: false } },
      { method: 'GET', path: '/panel.js', handler: 'relay.script', config: { auth: false } },
      {
        method: 'POST',
        path: '/rows/:id/retry',
        handler: 'relay.retry',
        config: { policies: allow('update') },
      },
      {
        method: 'POST',
        path: '/rows/:id/dismiss',
        handler: 'relay.dismiss',
        config: { policies: allow('update') },
      },
    ],
  },
};

/** @param {(strapi: object) => {outbox: object, relay: object}|undefined} findParts of a Strapi that runs */
function relayController(findParts) {
  return ({ strapi }) => {
    const decide = async (ctx, state) => {
      const { outbox, relay } = findParts(strapi);
      const { id } = ctx.params;
      if (!/^\d{1,15}$/.test(id) || !(await outbox.decide(Number(id), state))) {
        return ctx.notFound(`No row ${id} is set aside.`);
      }
      relay.wake();
      ctx.body = { data: { id: Number(id), state } };
    };
    return {
      /** Numbers of all instances; `instance` is the one that answers. */
      async state(ctx) {
        const { outbox, relay, mirror } = findParts(strapi);
        ctx.body = {
          data: {
            ...(await outbox.describe()),
            webhooks: await mirror.describe(),
            instance: relay.describe(),
          },
        };
      },
      panel(ctx) {
        ctx.type = 'text/html; charset=utf-8';
        ctx.body = PANEL_PAGE;
      },
      script(ctx) {
        ctx.type = 'text/javascript; charset=utf-8';
        ctx.body = PANEL_SCRIPT;
      },
      retry: (ctx) => decide(ctx, 'pending'),
      dismiss: (ctx) => decide(ctx, 'dismissed'),
    };
  };
}

module.exports = { relayController, relayRoutes };
