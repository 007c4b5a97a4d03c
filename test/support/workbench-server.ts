import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { serverCommand, serverEnvironment, stageExtension, waitUntilUp, writeSettings } from '../../scripts/lib/workbench-server.mjs';
import { productRoot } from '../../src/base/product';
import { engineFolder } from '../../src/engine/engine-folder';
import { waitLimitMs } from './workbench-wait';

const stopLimitMs = 10_000;
const markName = 'MOBILEFACENET_E2E';

export interface WorkbenchOptions {
  /** A package (VSIX) to install; absent: this project's built extension as it is. */
  readonly packageFile?: string;
  /** Source of an ES module in the place of the extension's, which is `./extension.mjs` to it. */
  readonly entry?: string;
  /** Folders are not trusted until somebody says so. */
  readonly restricted?: boolean;
}

export interface ProcessMemory {
  readonly residentBytes: number;
  /** Of these, what is no file's content: the rest, such as the program itself, is shared with other processes. */
  readonly privateBytes: number;
}

/**
 * A VS Code server (code-server) on a free port of 127.0.0.1, with this project's built extension in it, and with a home,
 * settings and extensions folder of its own. Whatever the extension starts, detached or not, ends with it.
 */
export class WorkbenchServer {
  private log = '';

  private constructor(
    readonly url: string,
    private readonly home: string,
    private readonly mark: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log = (this.log + text).slice(-20_000);
      });
    }
  }

  /**
   * @param workbench folder that scripts/fetch-workbench.mjs has filled
   * @throws Error with the server's last words when it does not answer within five minutes
   */
  static async start(workbench: string, { packageFile, entry, restricted = false }: WorkbenchOptions = {}): Promise<WorkbenchServer> {
    const home = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-e2e-'));
    // A terminal that draws its rows as elements can be read, and what fades out can be taken for open.
    await writeSettings(home, { 'security.workspace.trust.enabled': restricted, 'terminal.integrated.gpuAcceleration': 'off', 'workbench.reduceMotion': 'on' });
    const mark = randomUUID();
    const { command, args } = serverCommand(workbench, home);
    // The engine of this machine is used; a fresh home would ask for a second one.
    const env = { ...serverEnvironment(home), MOBILEFACENET_ENGINE_HOME: path.dirname(engineFolder()), [markName]: mark };
    if (packageFile === undefined) await stageExtension(productRoot(), home, entry);
    else await promisify(execFile)(command, [...args, '--install-extension', packageFile], { env, timeout: waitLimitMs });
    const port = await freePort();
    const trust = restricted ? [] : ['--disable-workspace-trust'];
    const child = spawn(command, [...args, ...trust, '--bind-addr', `127.0.0.1:${port}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new WorkbenchServer(`http://127.0.0.1:${port}/`, home, mark, child);
    if (await waitUntilUp(server.url, waitLimitMs, () => child.exitCode === null)) return server;
    await server.stop();
    throw new Error(`code-server did not start:\n${server.output.slice(-3_000)}`);
  }

  /** Last 20,000 characters of what the server printed. */
  get output(): string {
    return this.log;
  }

  /** Ends the server and everything that was started through it, and removes its home. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const endMs = Date.now() + stopLimitMs;
    while (this.child.exitCode === null && this.child.signalCode === null && Date.now() < endMs) await sleep(50);
    this.endMarkedProcesses();
    await rm(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** Memory of the process that runs the extensions; undefined when there is none. */
  extensionHostMemory(): ProcessMemory | undefined {
    const host = this.markedProcesses().find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=extensionHost'));
    if (host === undefined) return undefined;
    const status = readFileSync(`/proc/${host}/status`, 'utf8');
    const bytesOf = (field: string): number => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(status)?.[1]) * 1024;
    return { residentBytes: bytesOf('VmRSS'), privateBytes: bytesOf('RssAnon') };
  }

  private endMarkedProcesses(): void {
    for (const pid of this.markedProcesses()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
  }

  /** Jobs of the extension are detached on purpose; only their inherited environment tells that they belong to this server. */
  private markedProcesses(): number[] {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(Number).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${markName}=${this.mark}`);
      } catch {
        // The process ended meanwhile or belongs to another user.
        return false;
      }
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
