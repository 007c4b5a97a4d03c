import * as vscode from 'vscode';
import { commands, type CommandId } from '../../ids';
import { boardHandlers } from './board-handlers';
import { choosePhotos, prepareDataset, trySample } from './dataset-commands';
import { checkDataset, exploreDataset, leaveOutPhotos, markPhotosChecked, reviewDuplicates } from './explorer-commands';
import { filterPeople, findPerson } from './people-commands';
import { editPolicy, makePairs, makeSplit, prepareWithOptions } from './preparation-commands';
import type { CommandContext } from './command-context';
import { comparePhotos, compareRuns } from './compare-commands';
import { installEngine, removeEngine, runDoctor } from './engine-commands';
import { evaluateModel } from './evaluate-command';
import { convertModel, exportModel } from './export-commands';
import { inspectModel, openPairs, runKmodel } from './file-commands';
import { reportFailure } from './report-failure';
import { openWalkthrough } from './open-walkthrough';
import { addRunsToCharts, openRun, performAction } from './run-commands';
import { keepFocus } from '../runs/runs-tree';
import { copyRunPath, deleteRun, openRunFolder, renameRunByUser, showRecipe, starRun } from './run-file-commands';
import { train } from './train-commands';

/** What a menu hands over: its item, and all selected ones when there are several. */
type CommandHandler = (argument: unknown, selected?: unknown) => Promise<void>;

/** Registers every command of the product; a failure is shown once. */
export function registerCommands(context: CommandContext): vscode.Disposable[] {
  const handlers: Record<CommandId, CommandHandler> = {
    ...boardHandlers(context, folderOf),
    ...datasetHandlers(context),
    ...trainingHandlers(context),
    ...fileHandlers(context),
    ...runFileHandlers(context),
    ...modelHandlers(context),
    [commands.installEngine]: () => installEngine(context),
    [commands.removeEngine]: () => removeEngine(context),
    [commands.doctor]: () => runDoctor(context),
    [commands.openWalkthrough]: () => openWalkthrough(),
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

function datasetHandlers(context: CommandContext) {
  return {
    [commands.trySample]: () => trySample(context),
    [commands.choosePhotos]: () => choosePhotos(context),
    [commands.prepareDataset]: (argument) => prepareDataset(context, folderOf(argument)),
    [commands.prepareWithOptions]: (argument) => prepareWithOptions(context, folderOf(argument)),
    [commands.exploreDataset]: (argument) => exploreDataset(context, folderOf(argument), argument),
    [commands.reviewDuplicates]: (argument) => reviewDuplicates(context, folderOf(argument)),
    [commands.checkDataset]: (argument) => checkDataset(context, folderOf(argument)),
    [commands.leaveOut]: (argument) => leaveOutPhotos(context, argument),
    [commands.markChecked]: (argument) => markPhotosChecked(context, argument),
    [commands.editPolicy]: (argument) => editPolicy(context, folderOf(argument)),
    [commands.findPerson]: (argument) => findPerson(context, folderOf(argument)),
    [commands.filterPeople]: () => filterPeople(context),
    [commands.sortByName]: () => context.datasetView.order.set({ sort: 'name' }),
    [commands.sortByPhotos]: () => context.datasetView.order.set({ sort: 'photos' }),
    [commands.makeSplit]: (argument) => makeSplit(context, folderOf(argument)),
    [commands.makePairs]: (argument) => makePairs(context, folderOf(argument)),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function trainingHandlers(context: CommandContext) {
  return {
    [commands.train]: (argument) => train(context, folderOf(argument)),
    [commands.pause]: (argument) => performAction(context, 'pause', folderOf(argument)),
    [commands.continue]: (argument) => performAction(context, 'continue', folderOf(argument)),
    [commands.stopAfterEpoch]: (argument) => performAction(context, 'stop-after-epoch', folderOf(argument)),
    [commands.stopNow]: (argument) => performAction(context, 'stop-now', folderOf(argument)),
    [commands.resume]: (argument) => performAction(context, 'resume', folderOf(argument)),
    [commands.resumeWithArcface]: (argument) => performAction(context, 'resume-arcface', folderOf(argument)),
    [commands.openRun]: (argument, fromTree) => openRun(context, folderOf(argument), fromTree === keepFocus),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function modelHandlers(context: CommandContext) {
  return {
    [commands.exportModel]: (argument) => exportModel(context, folderOf(argument)),
    [commands.convertModel]: (argument) => convertModel(context, folderOf(argument)),
    [commands.evaluate]: (argument) => evaluateModel(context, folderOf(argument)),
    [commands.compareRuns]: (_argument, selected) => compareRuns(context, foldersOf(selected)),
    [commands.comparePhotos]: (argument, selected) => comparePhotos(context, Array.isArray(selected) ? foldersOf(selected) : foldersOf([argument])),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function runFileHandlers(context: CommandContext) {
  return {
    [commands.addToCharts]: (argument, selected) => addRunsToCharts(context, folderOf(argument), foldersOf(selected)),
    [commands.starRun]: (argument) => starRun(context, folderOf(argument), true),
    [commands.unstarRun]: (argument) => starRun(context, folderOf(argument), false),
    [commands.renameRun]: (argument) => renameRunByUser(context, folderOf(argument)),
    [commands.deleteRun]: (argument) => deleteRun(context, folderOf(argument)),
    [commands.showRecipe]: (argument) => showRecipe(context, folderOf(argument)),
    [commands.openRunFolder]: (argument) => openRunFolder(context, folderOf(argument)),
    [commands.copyRunPath]: (argument) => copyRunPath(context, folderOf(argument)),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

function fileHandlers(context: CommandContext) {
  return {
    [commands.runKmodel]: (argument) => runKmodel(context, folderOf(argument)),
    [commands.inspectKmodel]: (argument) => inspectModel(context, folderOf(argument)),
    [commands.openPairs]: (argument) => openPairs(folderOf(argument)),
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
