import { tmpdir } from 'node:os';
import { runChildCommand } from './child-command';
import { hasLibraries } from './library-files';
import { ProvisioningFailure, type ProvisioningStep, type StepContext } from './provisioning-step';

/** A command that starts Python 3, with its first arguments. */
export interface PythonCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** Ways to start Python 3 on this platform, best first. */
export function pythonCommands(platform: NodeJS.Platform): readonly PythonCommand[] {
  if (platform === 'win32') return [{ file: 'py', args: ['-3'] }, { file: 'python', args: [] }];
  return [{ file: 'python3', args: [] }, { file: 'python', args: [] }];
}

/**
 * Prints the folder of the installed TensorFlow, or an empty line; TensorFlow itself is not loaded.
 * The working directory is taken out of the search path: a folder named tensorflow there is not TensorFlow.
 */
const lookUp = `
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import importlib.util
spec = importlib.util.find_spec("tensorflow")
places = spec.submodule_search_locations if spec else None
print(list(places)[0] if places and sys.version_info[0] == 3 else "")
`;

/** TensorFlow that is installed for a Python on PATH, used in place: nothing is copied. */
export const pythonStep: ProvisioningStep = {
  name: 'python',
  async run(context) {
    let foundPython = false;
    for (const python of pythonCommands(context.platform)) {
      const result = await runPython(python, ['-c', lookUp], context, context.timeouts.pythonMs);
      if (result.exitCode !== 0) continue;
      foundPython = true;
      const folder = result.stdout.trim();
      if (folder && (await hasLibraries(folder, context.platform))) return folder;
    }
    throw new ProvisioningFailure(foundPython ? 'TensorFlow is not installed for the Python on PATH' : 'there is no Python 3 on PATH');
  },
};

/** Runs Python with the user's environment, outside of the current folder. */
export function runPython(
  python: PythonCommand,
  args: readonly string[],
  context: Pick<StepContext, 'env' | 'signal'>,
  timeoutMs: number,
  env: NodeJS.ProcessEnv = {},
): ReturnType<typeof runChildCommand> {
  return runChildCommand(python.file, [...python.args, ...args], { timeoutMs, signal: context.signal, env: { ...context.env, ...env }, cwd: tmpdir() });
}
