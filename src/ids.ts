/** Every id that package.json contributes; a test holds the two together. */
export const extensionName = 'mobilefacenet-studio';

export const commands = {
  trySample: 'mobilefacenet.dataset.sample',
  choosePhotos: 'mobilefacenet.dataset.open',
  prepareDataset: 'mobilefacenet.dataset.prepare',
  prepareWithOptions: 'mobilefacenet.dataset.prepareWithOptions',
  exploreDataset: 'mobilefacenet.dataset.explore',
  reviewDuplicates: 'mobilefacenet.dataset.duplicates',
  checkDataset: 'mobilefacenet.dataset.audit',
  leaveOut: 'mobilefacenet.dataset.leaveOut',
  markChecked: 'mobilefacenet.dataset.markChecked',
  editPolicy: 'mobilefacenet.dataset.editPolicy',
  findPerson: 'mobilefacenet.dataset.findPerson',
  filterPeople: 'mobilefacenet.dataset.filterPeople',
  sortByName: 'mobilefacenet.dataset.sortByName',
  sortByPhotos: 'mobilefacenet.dataset.sortByPhotos',
  makeSplit: 'mobilefacenet.dataset.split',
  makePairs: 'mobilefacenet.pairs.make',
  train: 'mobilefacenet.train.start',
  pause: 'mobilefacenet.train.pause',
  continue: 'mobilefacenet.train.continue',
  stopAfterEpoch: 'mobilefacenet.train.stopAfterEpoch',
  stopNow: 'mobilefacenet.train.stopNow',
  resume: 'mobilefacenet.train.resume',
  resumeWithArcface: 'mobilefacenet.train.resumeArcFace',
  openRun: 'mobilefacenet.run.open',
  addToCharts: 'mobilefacenet.run.addToCharts',
  starRun: 'mobilefacenet.run.star',
  unstarRun: 'mobilefacenet.run.unstar',
  renameRun: 'mobilefacenet.run.rename',
  deleteRun: 'mobilefacenet.run.delete',
  showRecipe: 'mobilefacenet.run.showRecipe',
  openRunFolder: 'mobilefacenet.run.openFolder',
  copyRunPath: 'mobilefacenet.run.copyPath',
  exportModel: 'mobilefacenet.export',
  convertModel: 'mobilefacenet.convert',
  evaluate: 'mobilefacenet.evaluate',
  runKmodel: 'mobilefacenet.kmodel.run',
  inspectKmodel: 'mobilefacenet.kmodel.inspect',
  compareRuns: 'mobilefacenet.run.compare',
  comparePhotos: 'mobilefacenet.photos.compare',
  openPairs: 'mobilefacenet.pairs.open',
  installEngine: 'mobilefacenet.engine.install',
  removeEngine: 'mobilefacenet.engine.remove',
  doctor: 'mobilefacenet.doctor',
  openWalkthrough: 'mobilefacenet.walkthrough.open',
  refresh: 'mobilefacenet.refresh',
  deploy: 'mobilefacenet.deploy',
  lookForBoards: 'mobilefacenet.board.refresh',
  askBoard: 'mobilefacenet.board.ask',
  copyFix: 'mobilefacenet.board.copyFix',
  openMonitor: 'mobilefacenet.board.monitor',
  otherPort: 'mobilefacenet.board.otherPort',
  forgetPort: 'mobilefacenet.board.forgetPort',
  savePackage: 'mobilefacenet.board.savePackage',
  startVirtualBoard: 'mobilefacenet.board.emulate',
  stopVirtualBoard: 'mobilefacenet.board.stopEmulator',
  boardMenu: 'mobilefacenet.board.menu',
  copyReport: 'mobilefacenet.report.copy',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

/** The walkthrough from an empty folder to a model on a board. */
export const walkthroughId = 'start';

export const viewContainer = 'mobilefacenet';

export const views = {
  dataset: 'mobilefacenet.dataset',
  runs: 'mobilefacenet.runs',
  board: 'mobilefacenet.board',
} as const;

/** Types of read-only editors of files. */
export const editorTypes = {
  kmodel: 'mobilefacenet.kmodel',
  records: 'mobilefacenet.tfrecord',
  pairs: 'mobilefacenet.pairs',
} as const;

/** Types of panels, under which the editor restores them. */
export const panelTypes = {
  training: 'mobilefacenet.training',
  compare: 'mobilefacenet.compare',
  report: 'mobilefacenet.report',
  resume: 'mobilefacenet.resume',
  explorer: 'mobilefacenet.explorer',
  deploy: 'mobilefacenet.deploy',
} as const;

export const settings = {
  engineLibraryPath: 'mobilefacenet.engine.libraryPath',
  engineIndexUrl: 'mobilefacenet.engine.indexUrl',
  engineKind: 'mobilefacenet.engine.kind',
  uploadBaudRate: 'mobilefacenet.board.uploadBaudRate',
  monitorBaudRate: 'mobilefacenet.board.monitorBaudRate',
  monitorTimestamps: 'mobilefacenet.board.monitorTimestamps',
} as const;

export const contextKeys = {
  hasPhotos: 'mobilefacenet.hasPhotos',
  hasDataset: 'mobilefacenet.hasDataset',
  hasRuns: 'mobilefacenet.hasRuns',
  engineReady: 'mobilefacenet.engineReady',
  /** The walkthrough was opened by our command: the editor ticks a step only by a change, so not by a context that was there before it looked. */
  walkthroughOpened: 'mobilefacenet.walkthroughOpened',
  /** Paths of runs and model folders. */
  modelFolders: 'mobilefacenet.modelFolders',
  /** A job works on a run. */
  training: 'mobilefacenet.training',
  hasBoardPorts: 'mobilefacenet.hasBoardPorts',
  /** Where the ports of this window hang: local, ssh, wsl, container, other. */
  boardPlace: 'mobilefacenet.boardPlace',
} as const;

/** `contextValue` of tree items. A run's is `run.<what can be done with it>`, e.g. "run.pause.stop". */
export const itemKinds = {
  photos: 'photos',
  dataset: 'dataset',
  person: 'person',
  photo: 'photo',
  finding: 'finding',
  run: 'run',
  brokenRun: 'brokenRun',
  board: 'board',
  deniedPort: 'deniedPort',
  otherPort: 'otherPort',
  virtualBoard: 'virtualBoard',
} as const;

/** Further words in a run's `contextValue`, besides what can be done with it. */
export const runItemMarks = { starred: 'starred', plain: 'plain', atRest: 'atRest' } as const;

/** Types of tasks in tasks.json. */
export const taskTypes = { job: 'mobilefacenet' } as const;
