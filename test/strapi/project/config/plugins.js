module.exports = ({ env }) => ({
  posthorn: {
    enabled: true,
    config: {
      url: env('POSTHORN_URL'),
      token: env('POSTHORN_TOKEN'),
      source: 'shop',
      customEvents: ['order.paid'],
      mirrorWebhooks: env.bool('MIRROR_WEBHOOKS', true),
    },
  },
});
