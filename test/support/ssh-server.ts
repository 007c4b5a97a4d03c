import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../src/training/cluster/launch/local-cluster';

/** An OpenSSH server of a test, at a free port of 127.0.0.1, which takes one key for the user of the test. */
export interface SshServer {
  /** user@host */
  readonly target: string;
  /** Options with which ssh reaches it without a question. */
  readonly options: readonly string[];
  stop(): Promise<void>;
}

const startLimitMs = 120_000;

export async function startSshServer(program: string, folder: string): Promise<SshServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Where the server gives up its rights; Debian makes it when the service starts.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  for (const name of ['host_key', 'user_key']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
  const [port = 0] = await freePorts(1);
  await writeFile(file('sshd_config'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${file('host_key')}`, `AuthorizedKeysFile ${file('user_key.pub')}`, 'StrictModes no', 'UsePAM no', 'PidFile none',
    'PasswordAuthentication no', 'PermitRootLogin prohibit-password', '',
  ].join('\n'));
  const child = spawn(program, ['-D', '-e', '-f', file('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const endMs = Date.now() + startLimitMs;
  while (!(await answers(port))) {
    if (Date.now() > endMs || child.exitCode !== null) throw new Error(`${program} did not start: ${said}`);
    await sleep(100);
  }
  return {
    target: `${userInfo().username}@127.0.0.1`,
    options: ['-p', String(port), '-i', file('user_key'), '-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${file('known_hosts')}`, '-o', 'LogLevel=ERROR'],
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
