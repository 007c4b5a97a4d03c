import * as vscode from 'vscode';
import packageJson from '../../../package.json';
import { walkthroughId } from '../../ids';

/** Opens the walkthrough of this extension. */
export async function openWalkthrough(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${packageJson.publisher}.${packageJson.name}#${walkthroughId}`, false);
}
