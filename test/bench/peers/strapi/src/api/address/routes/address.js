const { factories } = require('@strapi/strapi');

// Open to everyone: a token would cost Strapi its look-ups.
module.exports = factories.createCoreRouter('api::address.address', { config: { create: { auth: false } } });
