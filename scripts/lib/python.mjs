// Provides a Python with the runtimes that exported models are checked by: TensorFlow, onnxruntime, NumPy and onnx.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, step } from '../setup.mjs';
import { runChild } from './child-process.mjs';

const modules = ['tensorflow', 'numpy', 'onnx', 'onnxruntime'];
/** Each group is installed for itself, with the next choice when pip does not offer one: what can be had is worth having alone. */
const packageGroups = [[['tensorflow-cpu'], ['tensorflow']], [['numpy', 'onnx', 'onnxruntime']]];
const folder = path.join(cacheFolder, 'python');
const environment = path.join(folder, 'venv');
const markerFile = path.join(folder, 'python.json');
const venvLimitMs = 6 * 60_000;
const pipLimitMs = 12 * 60_000;
/** A machine that could not get a package is not made to wait for it at every run. */
const retryMs = 24 * 3600_000;

/**
 * The interpreter, in this order: MOBILEFACENET_PYTHON, a `python3` on the path that has all modules, an own environment in
 * .cache/python that pip fills once from whatever it is configured to offer.
 * @returns {Promise<{ path: string } | { missing: string }>} `missing`: one sentence that says why there is none
 */
export async function providePython() {
  const given = process.env.MOBILEFACENET_PYTHON;
  if (given) return { path: given };
  const onPath = await findComplete(process.platform === 'win32' ? ['python'] : ['python3', 'python']);
  if (onPath !== undefined) return { path: onPath };
  const known = readMarker();
  if (known === undefined) await makeEnvironment();
  const { interpreter, why } = readMarker() ?? { why: 'it could not be made' };
  return interpreter === undefined ? { missing: `Python for cross-checks is not there (${why}); set MOBILEFACENET_PYTHON to one with ${modules.join(', ')}.` } : { path: interpreter };
}

/** Asks without importing: TensorFlow alone takes seconds to load. */
async function findComplete(commands) {
  const program = `import importlib.util as u, sys; sys.exit(0 if all(u.find_spec(m) for m in ${JSON.stringify(modules)}) else 1)`;
  for (const command of commands) {
    const answer = await runChild(command, ['-c', program], { timeoutMs: 120_000 });
    if (answer.code === 0) return command;
  }
  return undefined;
}

/** What the last attempt left, as long as it counts. */
function readMarker() {
  try {
    const marker = JSON.parse(readFileSync(markerFile, 'utf8'));
    const counts = marker.complete ? existsSync(marker.interpreter) : Date.now() - marker.triedMs < retryMs;
    return counts ? marker : undefined;
  } catch {
    return undefined;
  }
}

async function makeEnvironment() {
  rmSync(markerFile, { force: true });
  mkdirSync(folder, { recursive: true });
  const interpreter = path.join(environment, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const venv = await step('Making a Python environment', 'python-venv', venvLimitMs, process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', '--clear', environment]);
  if (venv.code !== 0) return writeMarker({ complete: false, why: `python3 -m venv failed, see ${venv.logFile}` });
  const missing = [];
  for (const choices of packageGroups) if (!(await installFirst(interpreter, choices))) missing.push(choices[0].join(', '));
  const versions = await installedVersions(interpreter);
  const any = Object.keys(versions).length > 0;
  const why = missing.length === 0 ? undefined : `pip could not install ${missing.join(', ')}`;
  return writeMarker({ complete: missing.length === 0, interpreter: any ? interpreter : undefined, versions, why });
}

async function installFirst(interpreter, choices) {
  for (const packages of choices) {
    const args = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--retries', '1', '--prefer-binary', '--only-binary', ':all:', ...packages];
    const result = await step(`Installing ${packages.join(', ')} for Python`, `pip-${packages[0]}`, pipLimitMs, interpreter, args);
    if (result.code === 0) return true;
  }
  return false;
}

async function installedVersions(interpreter) {
  const program = `import importlib.metadata as d, json; print(json.dumps({x.metadata["Name"]: x.version for x in d.distributions() if x.metadata["Name"].lower() in ${JSON.stringify([...modules, 'tensorflow-cpu', 'tensorflow_cpu', 'keras'])}}))`;
  const answer = await runChild(interpreter, ['-c', program], { timeoutMs: 120_000 });
  return answer.code === 0 ? JSON.parse(answer.output.trim().split('\n').at(-1) ?? '{}') : {};
}

function writeMarker(marker) {
  writeFileSync(markerFile, `${JSON.stringify({ ...marker, triedMs: Date.now() }, null, 2)}\n`);
}
