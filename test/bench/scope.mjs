/** Things that were started and how each is ended, the last first. */
export class Scope {
  #endings = [];
  #closing = null;

  /** @param {() => unknown} end called once, when the scope closes */
  defer(end) {
    this.#endings.push(end);
  }

  /** Ends everything, once; what fails to end keeps nothing else from ending. */
  async close() {
    this.#closing ??= this.#endAll();
    await this.#closing;
  }

  async #endAll() {
    while (this.#endings.length > 0) {
      try {
        await this.#endings.pop()();
      } catch (error) {
        console.error(`Something could not be ended: ${error.message}`);
      }
    }
  }

  /** Runs work with a scope of its own, which closes with it, or with this one if that comes first. */
  async within(work) {
    const inner = new Scope();
    this.defer(() => inner.close());
    try {
      return await work(inner);
    } finally {
      await inner.close();
    }
  }
}
