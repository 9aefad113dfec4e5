const asyncHooks = require('node:async_hooks');
const { createRequire, register } = require('node:module');
const { pathToFileURL } = require('node:url');
const { default: JestRuntime } = require('jest-runtime');
const { sourceMapOf } = require('./compiled.cjs');

register('./typescript-hooks.mjs', pathToFileURL(__filename));

/** Where jest-circus keeps its listeners: those of a finished spec file must not hear the next. */
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');

/** The storages of the jest-circus at hand. One that stays enabled makes every promise of the process dearer. */
const storages = [];

function recordStorages(load) {
  const { AsyncLocalStorage } = asyncHooks;
  asyncHooks.AsyncLocalStorage = class extends AsyncLocalStorage {
    constructor(...options) {
      super(...options);
      storages.push(this);
    }
  };
  try {
    return load();
  } finally {
    asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
  }
}

/** Found when a stack asks: the hooks compile on a thread of their own. */
class SourceMaps extends Map {
  get(address) {
    return sourceMapOf(address);
  }
}

let imports = 0;

/**
 * A runtime of Jest that lets Node load the modules, in place of a virtual context for each spec file.
 *
 * A worker loads Nest, TypeORM and the sources once, not once a spec file: that is most of what an
 * integration test used to cost. Order, time limits, hooks, reports and options of the command line stay
 * Jest's. In return the spec files of one worker share their modules: a spec that changes a global or a
 * module puts it back (`node:test` has `mock` for that), and `jest.mock` and snapshots do not exist.
 */
class NativeRuntime extends JestRuntime {
  /** Loads jest-circus anew for each spec file: its state is the file's. */
  requireInternalModule(path) {
    delete globalThis[EVENT_HANDLERS];
    for (const storage of storages.splice(0)) storage.disable();
    const load = createRequire(path);
    delete load.cache[path];
    return recordStorages(() => load(path));
  }

  setGlobalsForRuntime(globals) {
    super.setGlobalsForRuntime(globals);
    Object.assign(globalThis, globals);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  /** A number in the address: Node runs a module once for each address, and a watched spec runs again. */
  async unstable_importModule(path) {
    imports += 1;
    return import(`${pathToFileURL(path)}?run=${imports}`);
  }

  getSourceMaps() {
    return new SourceMaps();
  }
}

module.exports = NativeRuntime;
