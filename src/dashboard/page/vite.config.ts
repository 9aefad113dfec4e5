import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where a running Posthorn answers while the page is being worked on: `npx vite -c src/dashboard/page/vite.config.ts`. */
const backend = process.env.POSTHORN_URL ?? 'http://127.0.0.1:3000';

// Also where a test builds it: its NODE_ENV would bring React's own development build.
process.env['NODE_ENV'] = 'production';

export default defineConfig({
  root: folder('.'),
  // Relative, so that the built page works under any prefix: the server writes a <base> into it.
  base: './',
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: folder('../../../dist/dashboard/page'),
    emptyOutDir: true,
    target: 'es2022',
    // Read by the check of the first load's size.
    manifest: 'manifest.json',
    // A picture in a style sheet would become a data: address; files stay files.
    assetsInlineLimit: 0,
    // The largest part is recharts, which is loaded after everything else.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      onLog(level, log, tell) {
        // Thousands of the library's files begin with "use client", which means nothing to a page without a server.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
  server: { proxy: { '/admin': backend } },
});
