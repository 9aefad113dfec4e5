const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { fileURLToPath } = require('node:url');
const { transformSync, version } = require('@swc/core');

/** Compiled sources, by their text: a second run and the other workers read what the first wrote. */
const FOLDER = join(__dirname, '../../node_modules/.cache/posthorn-tests');

const OPTIONS = {
  swcrc: false,
  configFile: false,
  sourceMaps: true,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
  },
  module: { type: 'es6' },
};

const fileOf = (path, source) =>
  join(
    FOLDER,
    createHash('sha256')
      .update(JSON.stringify([version, OPTIONS, path, source]))
      .digest('hex'),
  );

/** A file appears whole or not at all: workers compile the same source at the same time. */
function writeWhole(file, text) {
  const part = `${file}.${process.pid}`;
  writeFileSync(part, text);
  renameSync(part, file);
}

/** The JavaScript of a TypeScript file. */
function compile(path) {
  const source = readFileSync(path, 'utf8');
  const file = fileOf(path, source);
  try {
    return readFileSync(`${file}.js`, 'utf8');
  } catch {
    const { code, map } = transformSync(source, { ...OPTIONS, filename: path });
    mkdirSync(FOLDER, { recursive: true });
    writeWhole(`${file}.map`, map);
    writeWhole(`${file}.js`, code);
    return code;
  }
}

const maps = new Map();

/** The file that holds the source map of a module's address, for the lines of a stack; nothing for others. */
function sourceMapOf(address) {
  if (!/\.ts(\?|$)/.test(address)) return undefined;
  const path = address.startsWith('file:') ? fileURLToPath(address.replace(/\?.*$/, '')) : address;
  if (!maps.has(path)) maps.set(path, `${fileOf(path, readFileSync(path, 'utf8'))}.map`);
  return maps.get(path);
}

module.exports = { compile, sourceMapOf };
