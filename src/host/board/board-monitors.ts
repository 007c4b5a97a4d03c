import { realpath } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { settings } from '../../ids';
import type { JobRunner } from '../jobs/job-runner';
import { MonitorTerminal, type MonitorState } from './monitor-terminal';
import { portName } from './port-words';

interface OpenMonitor {
  readonly terminal: vscode.Terminal;
  readonly monitor: MonitorTerminal;
}

/** The serial monitors of this window, at most one for a port. Only ports that the user chose are opened. */
export class BoardMonitors extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private readonly open = new Map<string, OpenMonitor>();

  constructor(private readonly jobs: JobRunner) {
    super();
    this.own(vscode.window.onDidCloseTerminal((terminal) => {
      for (const [port, monitor] of this.open) if (monitor.terminal === terminal) this.forget(port, monitor.monitor);
    }));
    this.own({ dispose: () => this.open.forEach(({ monitor }) => monitor.dispose()) });
  }

  stateOf(port: string): MonitorState | undefined {
    return this.open.get(port)?.monitor.state;
  }

  /** Shows the monitor of a port, a new one unless there is one that still listens. */
  show(port: string): void {
    const existing = this.open.get(port);
    if (existing !== undefined && existing.monitor.state !== 'closed') {
      existing.terminal.show();
      return;
    }
    this.jobs.requireTrust();
    const { baud, times } = monitorSettings();
    const monitor = new MonitorTerminal(port, this.jobs.command(['board', 'monitor', '--port', port, '--baud', String(baud), ...(times ? [] : ['--no-times'])]));
    monitor.onDidChangeState(() => this.changed.fire());
    const terminal = vscode.window.createTerminal({ name: vscode.l10n.t('Board on {0}', portName(port)), pty: monitor, iconPath: new vscode.ThemeIcon('terminal') });
    this.open.set(port, { terminal, monitor });
    terminal.show();
    this.changed.fire();
  }

  /**
   * Gives a port free for somebody else in this window.
   * @param purpose why, for the user to read in the monitor
   * @returns takes it back
   */
  async lend(port: string, purpose: string): Promise<() => void> {
    const device = await deviceOf(port);
    const lent: MonitorTerminal[] = [];
    for (const [path, { monitor }] of this.open) {
      if (path !== port && (await deviceOf(path)) !== device) continue;
      await monitor.lend(purpose);
      lent.push(monitor);
    }
    return () => lent.forEach((monitor) => monitor.takeBack());
  }

  private forget(port: string, monitor: MonitorTerminal): void {
    this.open.delete(port);
    monitor.dispose();
    this.changed.fire();
  }
}

function monitorSettings(): { readonly baud: number; readonly times: boolean } {
  const configuration = vscode.workspace.getConfiguration();
  return { baud: configuration.get<number>(settings.monitorBaudRate, 115_200), times: configuration.get<boolean>(settings.monitorTimestamps, true) };
}

async function deviceOf(port: string): Promise<string> {
  return realpath(port).catch(() => port);
}
