/** The setting `content.leaveOut`: which content types, components and attributes of a project are not served. */
export class LeftOut {
  private readonly names: ReadonlySet<string>;
  private readonly used = new Set<string>();

  /**
   * @param names uids of content types (`api::page.page`) and components (`shared.seo`), and of both with the name of an
   *   attribute (`api::page.page.slug`, `shared.seo.keywords`)
   */
  constructor(names: readonly string[] = []) {
    this.names = new Set(names);
  }

  /** Whether a content type or a component is left out. */
  has(uid: string): boolean {
    return this.uses(uid);
  }

  /** Whether an attribute of a content type or a component is left out. */
  hasAttribute(uid: string, attribute: string): boolean {
    return this.uses(`${uid}.${attribute}`);
  }

  /** The names of which nothing was found. */
  listUnused(): string[] {
    return [...this.names].filter((name) => !this.used.has(name));
  }

  private uses(name: string): boolean {
    if (!this.names.has(name)) return false;
    this.used.add(name);
    return true;
  }
}
