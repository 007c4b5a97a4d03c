import { commands } from '../../ids';
import {
  addOtherPort, askBoard, copyFix, forgetPort, lookForBoards, openDeploy, openMonitor, portOf, savePackage, showBoardMenu, startVirtualBoard, stopVirtualBoard,
} from './board-commands';
import type { CommandContext } from './command-context';
import { copyReport } from './deploy-requests';

/**
 * Handlers of what has to do with boards.
 * @param fileOf the file or folder that a menu hands over
 */
export function boardHandlers(context: CommandContext, fileOf: (argument: unknown) => string | undefined) {
  return {
    [commands.deploy]: (argument: unknown) => openDeploy(context, argument, fileOf),
    [commands.lookForBoards]: () => lookForBoards(context),
    [commands.askBoard]: (argument: unknown) => askBoard(context, portOf(argument)),
    [commands.copyFix]: (argument: unknown) => copyFix(context, portOf(argument)),
    [commands.openMonitor]: (argument: unknown) => openMonitor(context, portOf(argument)),
    [commands.otherPort]: () => addOtherPort(context),
    [commands.forgetPort]: (argument: unknown) => forgetPort(context, portOf(argument)),
    [commands.savePackage]: (argument: unknown) => savePackage(context, fileOf(argument)),
    [commands.startVirtualBoard]: () => startVirtualBoard(context),
    [commands.stopVirtualBoard]: () => stopVirtualBoard(context),
    [commands.boardMenu]: () => showBoardMenu(context),
    [commands.copyReport]: () => copyReport(context.deploys.latest),
  };
}
