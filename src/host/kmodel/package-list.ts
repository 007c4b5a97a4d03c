import * as path from 'node:path';
import * as vscode from 'vscode';
import { jobResult } from '../jobs/job-process';
import type { JobRunner } from '../jobs/job-runner';

const scheme = 'mobilefacenet-package';

/** What .kfpkg files write to the flash, as JSON documents that cannot be changed. */
export class PackageLists implements vscode.TextDocumentContentProvider {
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);

  constructor(private readonly jobs: Pick<JobRunner, 'runReading'>) {}

  /** @throws UserError naming what is wrong with the package */
  async open(file: string): Promise<void> {
    // The name of the tab, and by its ending the language.
    const uri = vscode.Uri.from({ scheme, path: `/${path.basename(file)}.json`, query: JSON.stringify({ file }) });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent({ query }: vscode.Uri): Promise<string> {
    const { file } = JSON.parse(query) as { file: string };
    const output = await this.jobs.runReading(['board', 'package', file, '--json'], { signal: new AbortController().signal, onProgress: () => undefined });
    return `${JSON.stringify(jobResult(output), null, 2)}\n`;
  }

  dispose(): void {
    this.registration.dispose();
  }
}
