'use strict';

/** What Strapi itself emits, for a comparison with what the plugin records. */
const emitted = [];

module.exports = {
  bootstrap({ strapi }) {
    strapi.eventHub.subscribe(async (event, info) => {
      if (/^(entry|media)\./.test(event)) emitted.push(JSON.stringify({ event, ...info }));
    });
    strapi.emitted = emitted;
  },
};
