'use strict';

/** Events that the plugin records itself, in the transaction of their change. */
const OF_CONTENT = /^(entry|media)\./;

const SOURCE = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** The plugin's settings: `config` of `posthorn` in `config/plugins.js`. */
const settings = {
  default: {
    /** Where Posthorn is, such as `https://posthorn.example.com`. */
    url: '',
    /** A token of Posthorn with the scope `events:write`. */
    token: '',
    /** Which Strapi this is, when several send to one Posthorn; null: the name of the token. */
    source: null,
    /** Events of Strapi's event hub to send beside those of entries and media; Posthorn's `events.custom` declares them. */
    customEvents: [],
    /** Whether Posthorn sends Strapi's own webhooks in its place. */
    mirrorWebhooks: false,
    /** Requests in flight at once, in each instance. */
    concurrency: 8,
    /** How long a row stays after it was sent, hours. */
    keepSentHours: 24,
  },
  validator(told) {
    if (!isHttpUrl(told.url))
      refuse('url', 'must be where Posthorn is, such as "https://posthorn.example.com"');
    if (typeof told.token !== 'string' || told.token === '') {
      refuse('token', 'must be a token of Posthorn with the scope "events:write"');
    }
    if (told.source !== null && !SOURCE.test(told.source)) {
      refuse('source', 'must be 1 to 32 small letters, digits and dashes, such as "shop"');
    }
    if (typeof told.mirrorWebhooks !== 'boolean') refuse('mirrorWebhooks', 'must be true or false');
    if (told.mirrorWebhooks && told.source === null) {
      refuse('source', 'must be told with mirrorWebhooks: it says which events the webhooks get');
    }
    if (!Array.isArray(told.customEvents) || !told.customEvents.every((name) => typeof name === 'string')) {
      refuse('customEvents', 'must be a list of names of events');
    }
    const own = told.customEvents.find((name) => OF_CONTENT.test(name));
    if (own) refuse('customEvents', `names "${own}", which is sent anyway: leave it out`);
    if (!(Number.isInteger(told.concurrency) && told.concurrency >= 1 && told.concurrency <= 64)) {
      refuse('concurrency', 'must be a whole number from 1 to 64');
    }
    if (!(typeof told.keepSentHours === 'number' && told.keepSentHours >= 0)) {
      refuse('keepSentHours', 'must be a number of hours');
    }
  },
};

function refuse(name, problem) {
  throw new Error(`config.${name} of the plugin posthorn in config/plugins.js ${problem}.`);
}

function isHttpUrl(text) {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

module.exports = { settings };
