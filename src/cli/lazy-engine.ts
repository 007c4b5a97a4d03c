import type { Engine } from '../engine/engine';
import { openEngine } from '../engine/open-engine';

/** The engine of one command, opened when it is first needed. */
export class LazyEngine {
  private opening: Promise<Engine> | undefined;

  get(): Promise<Engine> {
    this.opening ??= openEngine();
    return this.opening;
  }

  async close(): Promise<void> {
    const engine = await this.opening?.catch(() => undefined);
    this.opening = undefined;
    engine?.close();
  }
}
