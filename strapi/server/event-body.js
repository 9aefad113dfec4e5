'use strict';

const { sanitize } = require('@strapi/utils');

/**
 * Takes private attributes and passwords out, as Strapi does before it calls its own webhooks.
 *
 * @param {object} strapi
 * @param {string} uid of the content type
 * @param {object|null} entry
 */
function sanitizeEntry(strapi, uid, entry) {
  const getModel = (name) => strapi.getModel(name);
  return sanitize.sanitizers.defaultSanitizeOutput({ schema: getModel(uid), getModel }, entry);
}

/** Builds a body with the keys, and in the order, of Strapi's own. */
function buildBody(event, parts) {
  return JSON.stringify({ event, createdAt: new Date(), ...parts });
}

/**
 * Builds what Strapi populates for its webhooks: relations one level deep, files, components and dynamic zones whole.
 *
 * @returns {object} `populate` of a query of Strapi's database
 */
function buildPopulate(strapi, uid) {
  const populate = {};
  for (const [name, attribute] of Object.entries(strapi.getModel(uid).attributes)) {
    if (attribute.type === 'relation' && !attribute.unstable_virtual) populate[name] = { select: undefined };
    if (attribute.type === 'media') populate[name] = { select: ['*'] };
    if (attribute.type === 'component') {
      populate[name] = { populate: buildPopulate(strapi, attribute.component) };
    }
    if (attribute.type === 'dynamiczone') {
      const components = (attribute.components ?? []).map((component) => [
        component,
        { populate: buildPopulate(strapi, component) },
      ]);
      populate[name] = { on: Object.fromEntries(components) };
    }
  }
  return populate;
}

module.exports = { buildBody, buildPopulate, sanitizeEntry };
