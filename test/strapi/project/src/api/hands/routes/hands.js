const names = [
  'documents',
  'rollback',
  'upload',
  'rename',
  'remove',
  'emit',
  'emitted',
  'webhook',
  'administrator',
];

module.exports = {
  routes: names.map((name) => ({
    method: 'POST',
    path: `/hands/${name}`,
    handler: `hands.${name}`,
    config: { auth: false },
  })),
};
