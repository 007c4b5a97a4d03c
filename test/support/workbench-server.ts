import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import packageJson from '../../package.json';
import { productRoot } from '../../src/base/product';
import { engineFolder } from '../../src/engine/engine-record';

const startLimitMs = 60_000;
const stopLimitMs = 10_000;
const markName = 'MOBILEFACENET_E2E';

/** Quiet, the same on every machine, and without anything that asks other hosts. */
const userSettings = {
  'workbench.colorTheme': 'Dark Modern',
  'workbench.preferredDarkColorTheme': 'Dark Modern',
  'workbench.preferredLightColorTheme': 'Light Modern',
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'window.commandCenter': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'typescript.disableAutomaticTypeAcquisition': true,
};

export interface WorkbenchOptions {
  /** A package (VSIX) to install; absent: this project's built extension as it is. */
  readonly packageFile?: string;
  /** Folders are not trusted until somebody says so. */
  readonly restricted?: boolean;
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
   * @throws Error with the server's last words when it does not answer within a minute
   */
  static async start(workbench: string, { packageFile, restricted = false }: WorkbenchOptions = {}): Promise<WorkbenchServer> {
    const home = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-e2e-'));
    await writeSettings(home, { 'security.workspace.trust.enabled': restricted });
    await writeFile(path.join(home, 'config.yaml'), 'auth: none\n');
    const mark = randomUUID();
    const node = path.join(workbench, 'node', 'bin', 'node');
    const env = serverEnvironment(home, mark);
    if (packageFile === undefined) await stageExtension(path.join(home, 'extensions', `${packageJson.publisher}.${packageJson.name}-${packageJson.version}`));
    else await promisify(execFile)(node, [...serverArguments(workbench, home), '--install-extension', packageFile], { env, timeout: startLimitMs });
    const port = await freePort();
    const trust = restricted ? [] : ['--disable-workspace-trust'];
    const child = spawn(node, [...serverArguments(workbench, home), ...trust, '--bind-addr', `127.0.0.1:${port}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new WorkbenchServer(`http://127.0.0.1:${port}/`, home, mark, child);
    try {
      await server.waitUntilUp();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
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

  private async waitUntilUp(): Promise<void> {
    const endMs = Date.now() + startLimitMs;
    while (Date.now() < endMs && this.child.exitCode === null) {
      const answered = await fetch(`${this.url}healthz`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.ok, () => false);
      if (answered) return;
      await sleep(100);
    }
    throw new Error(`code-server did not start:\n${this.log.slice(-3_000)}`);
  }

  /** Jobs of the extension are detached on purpose; only their inherited environment tells that they belong to this server. */
  private endMarkedProcesses(): void {
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
        if (environment.includes(`${markName}=${this.mark}`)) process.kill(Number(entry), 'SIGKILL');
      } catch {
        // The process ended meanwhile or belongs to another user.
      }
    }
  }
}

/** Copies what a package of the extension would hold; the packages it needs at run time are linked. */
async function stageExtension(target: string): Promise<void> {
  const root = productRoot();
  await mkdir(target, { recursive: true });
  for (const name of readdirSync(root)) {
    if (/^(package(\.nls.*)?\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(name)) await cp(path.join(root, name), path.join(target, name));
  }
  const leftOut = [path.join(root, 'dist', 'test'), path.join(root, 'dist', 'bench')];
  for (const folder of ['dist', 'media']) {
    await cp(path.join(root, folder), path.join(target, folder), {
      recursive: true,
      filter: (source) => !leftOut.includes(source) && !source.endsWith('.map'),
    });
  }
  await symlink(path.join(root, 'node_modules'), path.join(target, 'node_modules'));
}

async function writeSettings(home: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const folder = path.join(home, 'user', 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify({ ...userSettings, ...changes }, null, 2));
}

function serverArguments(workbench: string, home: string): string[] {
  return [
    path.join(workbench, 'code-server', 'out', 'node', 'entry.js'),
    '--config', path.join(home, 'config.yaml'),
    '--user-data-dir', path.join(home, 'user'),
    '--extensions-dir', path.join(home, 'extensions'),
    '--auth', 'none',
    '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--disable-proxy',
  ];
}

function serverEnvironment(home: string, mark: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_RUNTIME_DIR: home,
    TMPDIR: home,
    // The engine of this machine is used; a fresh home would ask for a second one.
    MOBILEFACENET_ENGINE_HOME: path.dirname(engineFolder()),
    [markName]: mark,
  };
  for (const name of ['VSCODE_IPC_HOOK_CLI', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT']) delete env[name];
  return env;
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
