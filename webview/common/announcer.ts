const quietMs = 10_000;

/** Speaks through one polite live region, at most once in 10 s, so that a running training does not talk all the time. */
export class Announcer {
  private lastMs = 0;

  constructor(private readonly region: HTMLElement) {}

  /** @param urgent for an answer to something that the user just did */
  say(text: string, urgent = false): void {
    const now = performance.now();
    if (!urgent && this.lastMs > 0 && now - this.lastMs < quietMs) return;
    this.lastMs = now;
    this.region.textContent = text;
  }
}
