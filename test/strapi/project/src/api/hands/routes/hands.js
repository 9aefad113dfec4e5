const names = ['documents', 'rollback', 'upload', 'rename', 'remove', 'emit', 'emitted', 'administrator'];

module.exports = {
  routes: names.map((name) => ({
    method: 'POST',
    path: `/hands/${name}`,
    handler: `hands.${name}`,
    config: { auth: false },
  })),
};
