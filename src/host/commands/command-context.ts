import type * as vscode from 'vscode';
import type { Figures } from '../../protocol/figures';
import type { ComparePanels } from '../compare/compare-panels';
import type { DatasetView } from '../datasets/dataset-view';
import type { PrepareChoiceMemory } from '../datasets/prepare-choices';
import type { Editors } from '../editors/editors';
import type { BoardServices } from '../board/board-services';
import type { DeploySessions } from '../deploy/deploy-sessions';
import type { EngineState } from '../engine/engine-state';
import type { ExplorerPanels } from '../explorer/explorer-panels';
import type { JobRunner } from '../jobs/job-runner';
import type { ReportDocuments } from '../reports/report-documents';
import type { ReportPanels } from '../models/report-panels';
import type { PanelCollection } from '../pages/panel-collection';
import type { StarredRuns } from '../runs/starred-runs';
import type { TrainingPanels } from '../training/training-panels';
import type { ArtifactStore } from '../workspace/artifact-store';

/** What commands work with. */
export interface CommandContext {
  /** `publisher.name` */
  readonly extensionId: string;
  readonly board: BoardServices;
  readonly deploys: DeploySessions;
  readonly deployPanels: PanelCollection;
  readonly store: ArtifactStore;
  readonly jobs: JobRunner;
  readonly engine: EngineState;
  readonly editors: Editors;
  readonly compare: ComparePanels;
  readonly panels: TrainingPanels;
  readonly reports: ReportPanels;
  /** The pages "Resume with ArcFace"; keys are those of `resumeKey`. */
  readonly resumePages: PanelCollection;
  readonly explorers: ExplorerPanels;
  readonly choices: PrepareChoiceMemory;
  readonly starred: StarredRuns;
  /** Folder of the run that is selected in the tree, if just one is. */
  readonly selectedRun: () => string | undefined;
  readonly documents: ReportDocuments;
  readonly datasetView: DatasetView;
  readonly figures: Figures;
  readonly log: vscode.LogOutputChannel;
  readonly memory: vscode.Memento;
}
