'use strict';

const { mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** Does what its caller says: the document service, uploads, and changes that are rolled back. */
module.exports = ({ strapi }) => {
  const files = () => strapi.plugin('upload').service('upload');
  const run = ({ uid, action, params }) => strapi.documents(uid)[action](params);
  return {
    async documents(ctx) {
      ctx.body = { data: await run(ctx.request.body) };
    },
    async rollback(ctx) {
      const { name, changes } = ctx.request.body;
      try {
        await strapi.db.transaction(async () => {
          for (const change of changes) await run(change);
          await uploadText(files(), name);
          await strapi.eventHub.emit('order.paid', { order: name });
          throw new Error('rolled back');
        });
      } catch (error) {
        ctx.body = { data: error.message };
      }
    },
    async upload(ctx) {
      ctx.body = { data: await uploadText(files(), ctx.request.body.name) };
    },
    async rename(ctx) {
      const { id, name } = ctx.request.body;
      ctx.body = { data: await files().updateFileInfo(id, { name }) };
    },
    async remove(ctx) {
      ctx.body = { data: await files().remove(await files().findOne(ctx.request.body.id)) };
    },
    async emit(ctx) {
      const { event, info } = ctx.request.body;
      await strapi.eventHub.emit(event, info);
      ctx.body = { data: null };
    },
    emitted(ctx) {
      ctx.body = { data: strapi.emitted.splice(0) };
    },
    /** As the settings screen does, which takes no private address in production. */
    async webhook(ctx) {
      const webhook = await strapi.get('webhookStore').createWebhook(ctx.request.body);
      strapi.get('webhookRunner').add(webhook);
      ctx.body = { data: webhook };
    },
    async administrator(ctx) {
      const role = await strapi.service('admin::role').getSuperAdmin();
      const { email, password } = ctx.request.body;
      await strapi.service('admin::user').create({
        email,
        password,
        firstname: 'Test',
        isActive: true,
        registrationToken: null,
        roles: [role.id],
      });
      ctx.body = { data: null };
    },
  };
};

async function uploadText(service, name) {
  const filepath = join(mkdtempSync(join(tmpdir(), 'posthorn-upload-')), 'file.txt');
  writeFileSync(filepath, 'text');
  const [file] = await service.upload({
    data: { fileInfo: { name } },
    files: { filepath, originalFilename: `${name}.txt`, mimetype: 'text/plain', size: 4 },
  });
  return file;
}
