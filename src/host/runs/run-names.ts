/** The next free name of a new run: r01, r02, ... */
export function nextRunName(taken: readonly string[]): string {
  const numbers = taken.map((name) => Number(/^r(\d+)/.exec(name)?.[1] ?? 0));
  return `r${String(Math.max(0, ...numbers) + 1).padStart(2, '0')}`;
}

/** Name of a fork with another head: "r01-arcface", then "r01-arcface-2", ... */
export function forkName(parent: string, head: string, taken: readonly string[]): string {
  const first = `${parent}-${head}`;
  for (let count = 1; ; count++) {
    const name = count === 1 ? first : `${first}-${count}`;
    if (!taken.includes(name)) return name;
  }
}
