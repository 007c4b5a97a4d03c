/** Sets of whole numbers that can only be joined (union by smaller root, path halving). 4 bytes a member. */
export class DisjointSets {
  private readonly parents: Uint32Array;

  constructor(count: number) {
    this.parents = Uint32Array.from({ length: count }, (_, i) => i);
  }

  /** The smallest member of the set of `member`. */
  find(member: number): number {
    const { parents } = this;
    let at = member;
    for (;;) {
      const parent = parents[at] as number;
      if (parent === at) return at;
      const grandparent = parents[parent] as number;
      parents[at] = grandparent;
      at = grandparent;
    }
  }

  join(a: number, b: number): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA < rootB) this.parents[rootB] = rootA;
    else this.parents[rootA] = rootB;
  }

  /** Sets with at least two members, each ascending, in the order of their smallest members. */
  groups(): number[][] {
    const found = new Map<number, number[]>();
    for (let member = 0; member < this.parents.length; member++) {
      const root = this.find(member);
      if (root === member) continue;
      const group = found.get(root);
      if (group) group.push(member);
      else found.set(root, [root, member]);
    }
    return [...found.values()].sort(([a = 0], [b = 0]) => a - b);
  }
}
