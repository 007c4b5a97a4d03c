import * as vscode from 'vscode';
import { areas } from './host/areas';
import type { CommandContext } from './host/commands/command-context';
import { registerCommands } from './host/commands/register-commands';
import { reportFailure } from './host/commands/report-failure';
import { ComparePanels } from './host/compare/compare-panels';
import { DatasetView } from './host/datasets/dataset-view';
import { PrepareChoiceMemory } from './host/datasets/prepare-choices';
import { ExplorerPanels } from './host/explorer/explorer-panels';
import { openEditors } from './host/editors/editors';
import { BoardArea } from './host/deploy/board-area';
import { EngineState } from './host/engine/engine-state';
import { JobRunner } from './host/jobs/job-runner';
import { ReportDocuments } from './host/reports/report-documents';
import { DocumentDiagnostics } from './host/diagnostics/document-diagnostics';
import { ReportPanels } from './host/models/report-panels';
import type { PanelSurroundings } from './host/pages/panel-collection';
import { resumeEpochs } from './host/resume/resume-epochs';
import { resumePanels } from './host/resume/resume-panels';
import { RunEndNotifier } from './host/runs/run-end-notifier';
import { selectedRun } from './host/runs/run-selection';
import type { LineageNode } from './host/runs/lineage';
import type { RunsTree } from './host/runs/runs-tree';
import { StarredRuns } from './host/runs/starred-runs';
import { LazyTree } from './host/lazy-tree';
import { RunStatusItem } from './host/status/run-status-item';
import { TrainingPanels } from './host/training/training-panels';
import { ProductTasks } from './host/tasks/product-tasks';
import { ArtifactStore } from './host/workspace/artifact-store';
import { panelTypes, views } from './ids';
import { Figures } from './protocol/figures';

/** Builds the doors to the areas and hands each what it needs; nothing happens here but wiring. What lies behind a door is loaded when it is opened (`areas.ts`). */
export function activate(extension: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    extension.subscriptions.push(part);
    return part;
  };
  const log = own(vscode.window.createOutputChannel('MobileFaceNet Studio', { log: true }));
  const figures = new Figures(vscode.env.language);
  const engine = own(new EngineState());
  const store = own(new ArtifactStore(extension.workspaceState));
  const starred = own(new StarredRuns(extension.workspaceState));
  const cliPath = vscode.Uri.joinPath(extension.extensionUri, 'dist', 'cli.js').fsPath;
  const storage = extension.storageUri ?? extension.globalStorageUri;
  const logFolder = vscode.Uri.joinPath(storage, 'logs').fsPath;
  const jobs = new JobRunner(cliPath, logFolder, engine, log);
  const surroundings: PanelSurroundings = { extensionUri: extension.extensionUri, memory: extension.workspaceState, log };
  const panels: TrainingPanels = own(new TrainingPanels({
    ...surroundings, figures,
    perform: async (request, folder) => (await areas.runCommands()).performRequest(context, request, folder),
    chooseRuns: async (shown) => (await areas.runCommands()).chooseRuns(context, shown),
  }));
  const editors = openEditors({ extensionUri: extension.extensionUri, jobs, memory: extension.workspaceState, openRun: (folder) => panels.open(folder), log }, own);
  const compare = own(new ComparePanels(surroundings, () => context));
  const reports = own(new ReportPanels(panelTypes.report));
  const resumePages = own(resumePanels({
    ...surroundings, store, epochs: () => resumeEpochs(extension.workspaceState),
    start: async (folder, choice) => (await areas.resumeCommands()).startArcface(context, folder, choice),
  }));
  const choices = own(new PrepareChoiceMemory(extension.workspaceState));
  const explorers: ExplorerPanels = own(new ExplorerPanels({
    ...surroundings, thumbnailUri: vscode.Uri.joinPath(storage, 'thumbnails'), figures, jobs, choices,
    perform: async (request, folder) => (await areas.explorerCommands()).performExplorerRequest(context, request, folder),
  }));
  const runsTree = own(new LazyTree<LineageNode, RunsTree>(async () => new (await areas.runsTree()).RunsTree(store, starred, figures)));
  const runsView = own(vscode.window.createTreeView(views.runs, { treeDataProvider: runsTree, showCollapseAll: true, canSelectMany: true }));
  const datasetView = own(new DatasetView({ store, choices, explorers, figures, memory: extension.workspaceState, log }));
  const boards = own(new BoardArea({
    extension, jobs, figures, log, perform: async (request, session) => (await areas.deployRequests()).performDeployRequest(context, request, session),
  }));
  const context: CommandContext = {
    extensionId: extension.extension.id, board: boards.board, deploys: boards.deploys, deployPanels: boards.deployPanels,
    store, jobs, engine, panels, editors, compare, resumePages, reports, explorers, choices, datasetView, starred, figures, log, memory: extension.workspaceState,
    documents: own(new ReportDocuments()),
    selectedRun: () => selectedRun(runsView.selection),
  };
  const onFailure = (error: unknown): void => reportFailure(error, log);
  own(new RunStatusItem(store, figures));
  own(new ProductTasks({ kinds: async () => (await areas.tasks()).taskKinds(store, boards.board), jobs, lookForArtifacts: () => void store.refresh().catch(onFailure), log }));
  own(new RunEndNotifier(store, (folder) => panels.isVisible(folder)));
  const diagnostics = own(new DocumentDiagnostics());
  registerCommands(context).forEach(own);
  void engine.check().catch(onFailure);
  // Running jobs are found by their lock files, so that none is lost when the window was reloaded.
  void store.refresh().catch(onFailure);
  void diagnostics.checkWorkspace().catch(onFailure);
}
