export interface WantedLabel {
  /** Where its middle should be. */
  readonly at: number;
  readonly height: number;
}

/**
 * Moves labels of a column just so far that none covers another and none leaves the column.
 * @param labels sorted by `at`
 * @param height of the column
 */
export function spreadLabels<Label extends WantedLabel>(labels: readonly Label[], height: number): { readonly label: Label; readonly y: number }[] {
  const placed = labels.map((label) => ({ label, y: Math.max(label.at, label.height / 2) }));
  for (const [index, current] of placed.entries()) {
    const before = placed[index - 1];
    if (before !== undefined) current.y = Math.max(current.y, before.y + (before.label.height + current.label.height) / 2);
  }
  let limit = height;
  for (const current of [...placed].reverse()) {
    current.y = Math.min(current.y, limit - current.label.height / 2);
    limit = current.y - current.label.height / 2;
  }
  return placed;
}
