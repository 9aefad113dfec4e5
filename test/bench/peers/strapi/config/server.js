// What a webhook is told of stands in the entry itself here; Strapi would read relations once more.
module.exports = {
  host: '127.0.0.1',
  port: 0,
  app: { keys: ['bench'] },
  webhooks: { populateRelations: false },
  logger: { updates: { enabled: false }, startup: { enabled: false } },
};
