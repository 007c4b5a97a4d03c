import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { areas } from '../areas';
import { findDocuments } from '../workspace/find-documents';
import type { DocumentProblem } from './document-checks';
import { documentKindOf, documentKinds, type DocumentKind } from './document-kinds';
import { findJsonPlace, jsonPlaces, removalRange, type JsonPlaces, type TextRange } from './json-places';
import { namedSettings } from './named-settings';

const source = 'MobileFaceNet';
/** A pause in the typing that is long enough to look. */
const settleMs = 250;

/** A diagnostic that knows how to mend itself. */
interface Mendable {
  readonly diagnostic: vscode.Diagnostic;
  readonly problem: DocumentProblem;
}

/** Shows what is wrong with recipes, policies and datasets in the Problems view, and offers to mend it. */
export class DocumentDiagnostics extends Disposable implements vscode.CodeActionProvider {
  private readonly collection = this.own(vscode.languages.createDiagnosticCollection('mobilefacenet'));
  private readonly shown = new Map<string, readonly Mendable[]>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor() {
    super();
    this.own(vscode.workspace.onDidOpenTextDocument((document) => void this.check(document)));
    this.own(vscode.workspace.onDidChangeTextDocument(({ document }) => this.checkSoon(document)));
    this.own({ dispose: () => this.timers.forEach((timer) => clearTimeout(timer)) });
    for (const { glob } of documentKinds) {
      const watcher = this.own(vscode.workspace.createFileSystemWatcher(glob));
      for (const event of [watcher.onDidCreate, watcher.onDidChange]) this.own(event((uri) => void this.checkFile(uri)));
      this.own(watcher.onDidDelete((uri) => this.forget(uri)));
    }
    const selector = documentKinds.map(({ glob }) => ({ pattern: glob }));
    this.own(vscode.languages.registerCodeActionsProvider(selector, this, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }));
    vscode.workspace.textDocuments.forEach((document) => void this.check(document));
  }

  /** Checks all recipes and policies of the workspace, so that mistakes show before a file is opened. */
  async checkWorkspace(): Promise<void> {
    const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const files = await findDocuments(roots, (name) => documentKindOf(name) !== undefined);
    for (const file of files) await this.checkFile(vscode.Uri.file(file));
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    return (this.shown.get(document.uri.toString()) ?? []).filter(({ diagnostic }) => diagnostic.range.intersection(range)).flatMap((mendable) => fixes(document, mendable));
  }

  private checkSoon(document: vscode.TextDocument): void {
    if (kindOf(document) === undefined) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(key, setTimeout(() => void this.check(document), settleMs));
  }

  /** A file that is not open is opened only when there is something to show: that of a dataset can be large. */
  private async checkFile(uri: vscode.Uri): Promise<void> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    if (open !== undefined) return this.check(open);
    try {
      const problems = await problemsOf(uri, new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
      // The event of its opening checks the document.
      if (problems !== undefined && problems.length > 0) await vscode.workspace.openTextDocument(uri);
      else this.forget(uri);
    } catch {
      this.forget(uri);
    }
  }

  private forget(uri: vscode.Uri): void {
    this.shown.delete(uri.toString());
    this.collection.delete(uri);
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    if (kindOf(document) === undefined) return;
    const text = document.getText();
    const problems = await problemsOf(document.uri, text);
    // A check of what was typed meanwhile is on its way.
    if (this.isDisposed || document.getText() !== text) return;
    if (problems === undefined) {
      this.forget(document.uri);
      return;
    }
    const places = problems.length === 0 ? () => undefined : jsonPlaces(text);
    const found = problems.map((problem): Mendable => ({ problem, diagnostic: diagnosticOf(document, places, problem) }));
    this.shown.set(document.uri.toString(), found);
    this.collection.set(document.uri, found.map(({ diagnostic }) => diagnostic));
  }
}

/** What is wrong with a text; undefined where it is not JSON, because the editor itself says where a text stops being that. */
async function problemsOf(uri: vscode.Uri, text: string): Promise<readonly DocumentProblem[] | undefined> {
  const kind = kindOf({ uri });
  if (kind === undefined) return undefined;
  const { checkDocument } = await areas.documentChecks();
  try {
    return checkDocument(kind.name, JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function kindOf({ uri }: Pick<vscode.TextDocument, 'uri'>): DocumentKind | undefined {
  return uri.scheme === 'file' || uri.scheme === 'vscode-remote' ? documentKindOf(uri.path) : undefined;
}

/** A value that is missing is told where its owner begins. The other settings that the sentence names are linked. */
function diagnosticOf(document: vscode.TextDocument, places: JsonPlaces, problem: DocumentProblem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(document, placeOf(places, problem)), problem.message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = source;
  diagnostic.relatedInformation = namedSettings(problem.message, places, problem.path).map(({ name, place }) => {
    return new vscode.DiagnosticRelatedInformation(new vscode.Location(document.uri, rangeOf(document, place)), name);
  });
  return diagnostic;
}

function placeOf(places: JsonPlaces, { path, name }: DocumentProblem): TextRange {
  const place = places(path);
  if (place) return name && place.key ? place.key : place.value;
  const owner = places(path.slice(0, -1));
  const start = owner?.key?.start ?? owner?.value.start ?? 0;
  return owner?.key ?? { start, end: start + 1 };
}

function fixes(document: vscode.TextDocument, { problem, diagnostic }: Mendable): vscode.CodeAction[] {
  const text = document.getText();
  const place = findJsonPlace(text, problem.path);
  if (problem.name === undefined || place?.key === undefined) return [];
  const { renameTo } = problem.name;
  const rename = renameTo === undefined ? [] : [fix(document, diagnostic, vscode.l10n.t('Rename to "{0}"', renameTo), place.key, JSON.stringify(renameTo), true)];
  return [...rename, fix(document, diagnostic, vscode.l10n.t('Remove "{0}"', String(problem.path.at(-1))), removalRange(text, place), '', renameTo === undefined)];
}

function fix(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, title: string, range: TextRange, text: string, isPreferred: boolean): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.replace(document.uri, rangeOf(document, range), text);
  action.diagnostics = [diagnostic];
  action.isPreferred = isPreferred;
  return action;
}

function rangeOf(document: vscode.TextDocument, { start, end }: TextRange): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
