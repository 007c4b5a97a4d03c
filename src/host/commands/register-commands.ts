import * as vscode from 'vscode';
import { commands, contextKeys, walkthroughId, type CommandId } from '../../ids';
import { areas } from '../areas';
import { keepFocus } from '../runs/run-selection';
import type { CommandContext } from './command-context';
import { reportFailure } from './report-failure';

/** What a menu hands over: its item, and all selected ones when there are several. */
type CommandHandler = (argument: unknown, selected?: unknown) => Promise<void>;

/** Registers every command of the product; the code behind one is loaded when it is run. A failure is shown once. */
export function registerCommands(context: CommandContext): vscode.Disposable[] {
  const handlers: Record<CommandId, CommandHandler> = {
    ...boardHandlers(context),
    ...datasetHandlers(context),
    ...trainingHandlers(context),
    ...fileHandlers(context),
    ...runFileHandlers(context),
    ...modelHandlers(context),
    ...engineHandlers(context),
    [commands.openWalkthrough]: async () => {
      await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extensionId}#${walkthroughId}`, false);
      await vscode.commands.executeCommand('setContext', contextKeys.walkthroughOpened, true);
    },
    [commands.refresh]: () => context.store.refresh(),
  };
  return Object.entries(handlers).map(([id, handler]) => vscode.commands.registerCommand(id, async (argument: unknown, selected: unknown) => {
    try {
      await handler(argument, selected);
    } catch (error) {
      reportFailure(error, context.log);
    }
  }));
}

/** Handlers whose code comes from one area. */
function from<Code>(load: () => Promise<Code>): (run: (code: Code, argument: unknown, selected: unknown) => Promise<void>) => CommandHandler {
  return (run) => async (argument, selected) => run(await load(), argument, selected);
}

function boardHandlers(context: CommandContext) {
  const board = from(areas.boardCommands);
  return {
    [commands.deploy]: board(({ openDeploy }, argument) => openDeploy(context, argument, folderOf)),
    [commands.lookForBoards]: board(({ lookForBoards }) => lookForBoards(context)),
    [commands.askBoard]: board(({ askBoard, portOf }, argument) => askBoard(context, portOf(argument))),
    [commands.copyFix]: board(({ copyFix, portOf }, argument) => copyFix(context, portOf(argument))),
    [commands.openMonitor]: board(({ openMonitor, portOf }, argument) => openMonitor(context, portOf(argument))),
    [commands.otherPort]: board(({ addOtherPort }) => addOtherPort(context)),
    [commands.forgetPort]: board(({ forgetPort, portOf }, argument) => forgetPort(context, portOf(argument))),
    [commands.savePackage]: board(({ savePackage }, argument) => savePackage(context, folderOf(argument))),
    [commands.startVirtualBoard]: board(({ startVirtualBoard }) => startVirtualBoard(context)),
    [commands.stopVirtualBoard]: board(({ stopVirtualBoard }) => stopVirtualBoard(context)),
    [commands.boardMenu]: board(({ showBoardMenu }) => showBoardMenu(context)),
    [commands.copyReport]: from(areas.deployRequests)(({ copyReport }) => copyReport(context.deploys.latest)),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function datasetHandlers(context: CommandContext) {
  const dataset = from(areas.datasetCommands);
  const explorer = from(areas.explorerCommands);
  const people = from(areas.peopleCommands);
  const preparation = from(areas.preparationCommands);
  return {
    [commands.trySample]: dataset(({ trySample }) => trySample(context)),
    [commands.choosePhotos]: dataset(({ choosePhotos }) => choosePhotos(context)),
    [commands.prepareDataset]: dataset(({ prepareDataset }, argument) => prepareDataset(context, folderOf(argument))),
    [commands.exploreDataset]: explorer(({ exploreDataset }, argument) => exploreDataset(context, folderOf(argument), argument)),
    [commands.reviewDuplicates]: explorer(({ reviewDuplicates }, argument) => reviewDuplicates(context, folderOf(argument))),
    [commands.checkDataset]: explorer(({ checkDataset }, argument) => checkDataset(context, folderOf(argument))),
    [commands.leaveOut]: explorer(({ leaveOutPhotos }, argument) => leaveOutPhotos(context, argument)),
    [commands.markChecked]: explorer(({ markPhotosChecked }, argument) => markPhotosChecked(context, argument)),
    [commands.findPerson]: people(({ findPerson }, argument) => findPerson(context, folderOf(argument))),
    [commands.filterPeople]: people(({ filterPeople }) => filterPeople(context)),
    [commands.sortByName]: () => context.datasetView.order.set({ sort: 'name' }),
    [commands.sortByPhotos]: () => context.datasetView.order.set({ sort: 'photos' }),
    [commands.prepareWithOptions]: preparation(({ prepareWithOptions }, argument) => prepareWithOptions(context, folderOf(argument))),
    [commands.editPolicy]: preparation(({ editPolicy }, argument) => editPolicy(context, folderOf(argument))),
    [commands.makeSplit]: preparation(({ makeSplit }, argument) => makeSplit(context, folderOf(argument))),
    [commands.makePairs]: preparation(({ makePairs }, argument) => makePairs(context, folderOf(argument))),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function trainingHandlers(context: CommandContext) {
  const run = from(areas.runCommands);
  return {
    [commands.train]: from(areas.trainCommands)(({ train }, argument) => train(context, folderOf(argument))),
    [commands.pause]: run(({ performAction }, argument) => performAction(context, 'pause', folderOf(argument))),
    [commands.continue]: run(({ performAction }, argument) => performAction(context, 'continue', folderOf(argument))),
    [commands.stopAfterEpoch]: run(({ performAction }, argument) => performAction(context, 'stop-after-epoch', folderOf(argument))),
    [commands.stopNow]: run(({ performAction }, argument) => performAction(context, 'stop-now', folderOf(argument))),
    [commands.resume]: run(({ performAction }, argument) => performAction(context, 'resume', folderOf(argument))),
    [commands.resumeWithArcface]: run(({ performAction }, argument) => performAction(context, 'resume-arcface', folderOf(argument))),
    [commands.openRun]: run(({ openRun }, argument, fromTree) => openRun(context, folderOf(argument), fromTree === keepFocus)),
    [commands.addToCharts]: run(({ addRunsToCharts }, argument, selected) => addRunsToCharts(context, folderOf(argument), foldersOf(selected))),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function modelHandlers(context: CommandContext) {
  const exporting = from(areas.exportCommands);
  const comparing = from(areas.compareCommands);
  return {
    [commands.exportModel]: exporting(({ exportModel }, argument) => exportModel(context, folderOf(argument))),
    [commands.convertModel]: exporting(({ convertModel }, argument) => convertModel(context, folderOf(argument))),
    [commands.evaluate]: from(areas.evaluateCommand)(({ evaluateModel }, argument) => evaluateModel(context, folderOf(argument))),
    [commands.compareRuns]: comparing(({ compareRuns }, _argument, selected) => compareRuns(context, foldersOf(selected))),
    [commands.comparePhotos]: comparing(({ comparePhotos }, argument, selected) => comparePhotos(context, foldersOf(Array.isArray(selected) ? selected : [argument]))),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function runFileHandlers(context: CommandContext) {
  const files = from(areas.runFileCommands);
  return {
    [commands.starRun]: files(({ starRun }, argument) => starRun(context, folderOf(argument), true)),
    [commands.unstarRun]: files(({ starRun }, argument) => starRun(context, folderOf(argument), false)),
    [commands.renameRun]: files(({ renameRunByUser }, argument) => renameRunByUser(context, folderOf(argument))),
    [commands.deleteRun]: files(({ deleteRun }, argument) => deleteRun(context, folderOf(argument))),
    [commands.showRecipe]: files(({ showRunRecipe }, argument) => showRunRecipe(context, folderOf(argument))),
    [commands.openRunFolder]: files(({ openRunFolder }, argument) => openRunFolder(context, folderOf(argument))),
    [commands.copyRunPath]: files(({ copyRunPath }, argument) => copyRunPath(context, folderOf(argument))),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function fileHandlers(context: CommandContext) {
  const files = from(areas.fileCommands);
  return {
    [commands.runKmodel]: files(({ runKmodel }, argument) => runKmodel(context, folderOf(argument))),
    [commands.inspectKmodel]: files(({ inspectModel }, argument) => inspectModel(context, folderOf(argument))),
    [commands.openPairs]: files(({ openPairs }, argument) => openPairs(folderOf(argument))),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function engineHandlers(context: CommandContext) {
  const engine = from(areas.engineCommands);
  return {
    [commands.installEngine]: engine(({ installEngine }) => installEngine(context)),
    [commands.removeEngine]: engine(({ removeEngine }) => removeEngine(context)),
    [commands.doctor]: engine(({ runDoctor }) => runDoctor(context)),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

/** The paths of all selected items. */
function foldersOf(selected: unknown): string[] {
  return Array.isArray(selected) ? selected.flatMap((item) => folderOf(item) ?? []) : [];
}

/** The folder that a menu hands over: a path, a resource of the explorer, or an item of one of the trees. */
export function folderOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (argument instanceof vscode.Uri) return argument.fsPath;
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('folder' in argument && typeof argument.folder === 'string') return argument.folder;
  return 'entry' in argument ? folderOf(argument.entry) : undefined;
}
