// Builds the flash stub of the K210 (media/board/stub) with Debian's gcc-riscv64-unknown-elf and records its SHA-256.
// `--check` builds it elsewhere and compares: the same compiler gives the same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ScriptError, exitWithError, printLine } from './lib/console.mjs';
import { projectRoot } from './setup.mjs';

const folder = path.join(projectRoot, 'media', 'board', 'stub');
const binaryFile = path.join(folder, 'k210-flash-stub.bin');
const recordFile = path.join(folder, 'k210-flash-stub.json');
const prefix = 'riscv64-unknown-elf-';
const sources = ['start.S', 'stub.c', 'slip.c', 'uart.c', 'flash.c', 'crc32.c', 'clock.c'];
const flags = [
  '-march=rv64imac_zicsr_zifencei', '-mabi=lp64', '-mcmodel=medany', '-std=c11', '-Os', '-Wall', '-Wextra', '-Werror',
  '-ffreestanding', '-fno-builtin', '-fno-common', '-fno-tree-loop-distribute-patterns', '-ffunction-sections', '-fdata-sections',
  '-nostdlib', '-static', '-Wl,--gc-sections', '-Wl,--build-id=none', '-Wl,-T,stub.ld', '-Wl,--no-warn-rwx-segments',
];

try {
  main();
} catch (error) {
  exitWithError(error);
}

function main() {
  const compiler = compilerVersion();
  const binary = build();
  const sha256 = createHash('sha256').update(binary).digest('hex');
  const summary = `${binary.length} bytes, sha256 ${sha256}, ${compiler}`;
  if (process.argv.includes('--check')) {
    if (!readFileSync(binaryFile).equals(binary)) throw new ScriptError(`The stub of the sources differs from ${binaryFile}: ${summary}. Run scripts/build-stub.mjs and commit what it writes.`);
    printLine(`The stub is what its sources give: ${summary}`);
    return;
  }
  writeFileSync(binaryFile, binary);
  writeFileSync(recordFile, `${JSON.stringify({ protocolVersion: protocolVersion(), sizeBytes: binary.length, sha256, compiler }, null, 2)}\n`);
  printLine(`Built the stub: ${summary}`);
}

function build() {
  const work = mkdtempSync(path.join(tmpdir(), 'k210-flash-stub-'));
  try {
    const elf = path.join(work, 'stub.elf');
    const binary = path.join(work, 'stub.bin');
    run(`${prefix}gcc`, [...flags, '-o', elf, ...sources]);
    run(`${prefix}objcopy`, ['-O', 'binary', elf, binary]);
    return readFileSync(binary);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function compilerVersion() {
  return `${prefix}gcc ${run(`${prefix}gcc`, ['-dumpfullversion']).trim()}`;
}

function protocolVersion() {
  const found = /#define PROTOCOL_VERSION\s+(\d+)u/.exec(readFileSync(path.join(folder, 'stub.c'), 'utf8'));
  if (!found) throw new ScriptError('stub.c defines no PROTOCOL_VERSION.');
  return Number(found[1]);
}

/** In the folder of the sources, so that no path gets into the result. */
function run(program, args) {
  try {
    return execFileSync(program, args, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  } catch (error) {
    if (error.code === 'ENOENT') throw new ScriptError(`${program} is missing. Install gcc-riscv64-unknown-elf.`);
    throw new ScriptError(`${program} failed: ${error.stderr || error.message}`);
  }
}
