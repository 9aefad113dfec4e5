import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from './compiled.cjs';

const isTypeScript = (address) => /^file:[^?]*\.ts(\?|$)/.test(address);

/** TypeScript names a neighbour by what it will be compiled to: `./name.js` stands for `./name.ts`. */
export async function resolve(specifier, context, next) {
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL && isTypeScript(context.parentURL)) {
    const written = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(written)) return { url: written.href, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(address, context, next) {
  if (!isTypeScript(address)) return next(address, context);
  return {
    format: 'module',
    source: compile(fileURLToPath(address.replace(/\?.*$/, ''))),
    shortCircuit: true,
  };
}
