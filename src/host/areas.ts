/**
 * The areas of the extension, and where the code of each comes from when something of it is first used: from a bundle of its own. As the
 * editor starts, only the doors to them are loaded: commands, views, status bar, and the registrations of pages, editors and tasks. What is
 * read with schemas (zod) and everything native lies behind these doors; a test holds that.
 */
export const areas = {
  // Commands
  boardCommands: () => import('./commands/board-commands'),
  compareCommands: () => import('./commands/compare-commands'),
  datasetCommands: () => import('./commands/dataset-commands'),
  deployRequests: () => import('./commands/deploy-requests'),
  engineCommands: () => import('./commands/engine-commands'),
  evaluateCommand: () => import('./commands/evaluate-command'),
  explorerCommands: () => import('./commands/explorer-commands'),
  exportCommands: () => import('./commands/export-commands'),
  fileCommands: () => import('./commands/file-commands'),
  peopleCommands: () => import('./commands/people-commands'),
  preparationCommands: () => import('./commands/preparation-commands'),
  resumeCommands: () => import('./commands/resume-commands'),
  runCommands: () => import('./commands/run-commands'),
  runFileCommands: () => import('./commands/run-file-commands'),
  trainCommands: () => import('./commands/train-commands'),
  // Readers of what a workspace and a machine hold, and the trees that show it
  runReader: () => import('./runs/read-run'),
  datasetReader: () => import('./datasets/read-dataset'),
  datasetTree: () => import('./datasets/dataset-tree-parts'),
  runsTree: () => import('./runs/runs-tree'),
  boardTree: () => import('./board/board-tree'),
  boardRecords: () => import('./board/board-record-schema'),
  boardAnswers: () => import('../protocol/deploy-result'),
  portList: () => import('../board/port/list-ports'),
  // Pages
  trainingPage: () => import('./training/training-area'),
  comparePage: () => import('./compare/compare-area'),
  explorerPage: () => import('./explorer/explorer-area'),
  resumePage: () => import('./resume/resume-area'),
  deployPage: () => import('./deploy/deploy-area'),
  // Editors of files
  kmodelPage: () => import('./kmodel/kmodel-page'),
  recordsPage: () => import('./records/records-page'),
  pairsPage: () => import('./pairs/pairs-page'),
  // Language features and tasks
  documentChecks: () => import('./diagnostics/document-checks'),
  tasks: () => import('./tasks/task-kinds'),
} as const;
