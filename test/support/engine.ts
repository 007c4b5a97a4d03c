import { after, before, test, type TestContext } from 'node:test';
import { UserError, errorText } from '../../src/base/user-error';
import type { Engine } from '../../src/engine/engine';
import { openEngine, type OpenEngineOptions } from '../../src/engine/open-engine';

/** Declares a test that gets the engine of its file; it is skipped when the engine is not installed. */
export type EngineTest = (name: string, body: (engine: Engine, context: TestContext) => void | Promise<void>) => void;

/** Opens one engine for the tests of a file and closes it after them. */
export function engineTests(options: OpenEngineOptions): EngineTest {
  let engine: Engine | undefined;
  let missing = '';
  before(async () => {
    try {
      engine = await openEngine(options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missing = errorText(error);
    }
  });
  after(() => engine?.close());
  return (name, body) => {
    test(name, async (t) => {
      if (engine) await body(engine, t);
      else t.skip(missing);
    });
  };
}
