// Which files of which packages a packaged extension needs besides its bundles.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';

/** Everything that the bundles load by name at run time, in the way in which they load it. */
const loads = [
  `require('koffi')`,
  `require('sharp')`, `import('sharp')`,
  `import('serialport')`,
  `import('undici')`,
  `import('h5wasm/node')`,
  `require('@tensorflow/tfjs')`, `require('@tensorflow/tfjs-backend-wasm')`,
  `require('@tensorflow/tfjs-node/dist/register_all_kernels.js')`, `require('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js')`,
  `import('@vladmandic/face-api/dist/face-api.node-wasm.js')`,
  `require('./node_modules/@vladmandic/human/dist/human.node-wasm.js')`,
  `import('@micropython/micropython-webassembly-pyscript/micropython.mjs')`,
];

/** Files that are read by path, so that no import names them. */
const dataFiles = [
  ...['', '-simd', '-threaded-simd'].map((kind) => `@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm${kind}.wasm`),
  ...['tiny_face_detector', 'face_landmark_68', 'ssd_mobilenetv1'].flatMap((network) => [`${network}_model.bin`, `${network}_model-weights_manifest.json`]).map((file) => `@vladmandic/face-api/model/${file}`),
  ...['blazeface', 'facemesh'].flatMap((network) => [`${network}.bin`, `${network}.json`]).map((file) => `@vladmandic/human/models/${file}`),
  '@micropython/micropython-webassembly-pyscript/micropython.wasm',
];

/** Platforms of VS Code that every native part has prebuilt files for; the serial port's are named apart from the others'. */
const natives = {
  'linux-x64': { prebuild: 'linux-x64', packages: ['@koromix/koffi-linux-x64', '@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64'] },
  'linux-arm64': { prebuild: 'linux-arm64', packages: ['@koromix/koffi-linux-arm64', '@img/sharp-linux-arm64', '@img/sharp-libvips-linux-arm64'] },
  'darwin-x64': { prebuild: 'darwin-x64+arm64', packages: ['@koromix/koffi-darwin-x64', '@img/sharp-darwin-x64', '@img/sharp-libvips-darwin-x64'] },
  'darwin-arm64': { prebuild: 'darwin-x64+arm64', packages: ['@koromix/koffi-darwin-arm64', '@img/sharp-darwin-arm64', '@img/sharp-libvips-darwin-arm64'] },
  'win32-x64': { prebuild: 'win32-x64', packages: ['@koromix/koffi-win32-x64', '@img/sharp-win32-x64'] },
};

/** Platforms for which a package can be made. */
export const targets = Object.keys(natives);

/**
 * Paths below `node_modules` of all files that the bundles need on a platform, with the package.json and the licence of each package.
 * @param {string} root folder that holds `node_modules`, installed for that platform
 * @param {string} target one of `targets`
 * @returns {Promise<string[]>}
 * @throws Error naming the file that is missing
 */
export async function runtimeFiles(root, target) {
  const { prebuild, packages } = natives[target];
  const folder = path.join(root, 'node_modules');
  const files = new Set([...(await tracedFiles(root)), ...dataFiles]);
  for (const name of [...packages, `@serialport/bindings-cpp/prebuilds/${prebuild}`]) for (const file of filesBelow(folder, name)) files.add(file);
  for (const name of new Set([...files].map(packageOf))) for (const file of documentsOf(folder, name)) files.add(file);
  const missing = [...files].find((file) => !existsSync(path.join(folder, file)));
  if (missing !== undefined) throw new Error(`node_modules/${missing} is missing.`);
  return [...files].sort();
}

/** What is loaded, and what that loads in turn. Native parts are found at run time by computed names; they are listed above. */
async function tracedFiles(root) {
  const { metafile } = await esbuild.build({
    stdin: { contents: loads.join(';\n'), resolveDir: root }, absWorkingDir: root, bundle: true, write: false, metafile: true, platform: 'node', format: 'esm',
    outdir: 'unused', logLevel: 'error', loader: { '.node': 'empty' }, external: ['@koromix/*', '@img/sharp-*'], plugins: [withoutOwnBuilds],
  });
  const prefix = 'node_modules/';
  return Object.keys(metafile.inputs).filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length).replace(/ with \{.*\}$/, ''));
}

/** sharp looks for a build of its own before the prebuilt one. */
const withoutOwnBuilds = {
  name: 'without-own-builds',
  setup(build) {
    build.onLoad({ filter: /sharp[/\\]dist[/\\]sharp\.[cm]js$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(/require\(`\.\.\/src\/[^`]*`\)/g, 'undefined'),
    }));
  },
};

function filesBelow(folder, name) {
  const start = path.join(folder, name);
  if (!existsSync(start)) throw new Error(`node_modules/${name} is missing.`);
  const entries = readdirSync(start, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name))).filter((file) => !file.endsWith('.md'));
}

/** `a/node_modules/@b/c/d.js` belongs to `a/node_modules/@b/c`. */
function packageOf(file) {
  const inner = file.lastIndexOf('node_modules/');
  const start = inner < 0 ? 0 : inner + 'node_modules/'.length;
  const depth = file[start] === '@' ? 2 : 1;
  return file.slice(0, start) + file.slice(start).split('/').slice(0, depth).join('/');
}

function documentsOf(folder, name) {
  return readdirSync(path.join(folder, name)).filter((file) => file === 'package.json' || /^(licen[cs]e|notice|copying)/i.test(file)).map((file) => `${name}/${file}`);
}
