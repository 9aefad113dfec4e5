/** Registers the one webhook, which is told of every entry. */
module.exports = {
  register() {},
  async bootstrap({ strapi }) {
    const webhook = await strapi.get('webhookStore').createWebhook({
      name: 'bench',
      url: process.env.WEBHOOK_URL,
      headers: {},
      events: ['entry.create'],
      isEnabled: true,
    });
    strapi.get('webhookRunner').add(webhook);
  },
};
