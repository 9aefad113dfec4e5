import { createElement } from 'react';

/** The relay's page is the server's own, which is there without an admin panel that was built with the plugin too. */
function RelayPage() {
  return createElement('iframe', {
    src: `${window.strapi.backendURL}/posthorn/panel`,
    title: "Posthorn's relay",
    style: { display: 'block', width: '100%', height: '100vh', border: 0 },
  });
}

/** A link in the settings. Strapi takes this file in when it builds the admin panel. */
export default {
  register(app) {
    app.registerPlugin({ id: 'posthorn', name: 'Posthorn' });
    app.addSettingsLink('global', {
      id: 'posthorn',
      to: 'posthorn',
      intlLabel: { id: 'posthorn.settings.link', defaultMessage: 'Posthorn' },
      permissions: [{ action: 'admin::webhooks.read', subject: null }],
      Component: async () => ({ default: RelayPage }),
    });
  },
};
