// `npm start`: sets everything up, then runs the main job, from photos to a model that a virtual board has verified, on the
// embedded sample or, with `--photos DIR`, on a person's own photos. All arguments go to `journey`.
import path from 'node:path';
import { exitWithError } from './lib/console.mjs';
import { endChildrenOnSignals, runInherited } from './lib/child-process.mjs';
import { projectRoot, setUp } from './setup.mjs';

try {
  const stopEnding = endChildrenOnSignals();
  await setUp();
  stopEnding();
  const callerFolder = process.env.INIT_CWD ?? process.cwd();
  const cli = path.join(projectRoot, 'dist', 'cli.js');
  process.exitCode = await runInherited(process.execPath, [cli, 'journey', ...process.argv.slice(2)], { cwd: callerFolder });
} catch (error) {
  exitWithError(error);
}
