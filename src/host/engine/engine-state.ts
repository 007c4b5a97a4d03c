import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import { locateEngine } from '../../engine/locate-engine';
import { contextKeys, settings } from '../../ids';
import { ContextKey } from '../context-key';

/** Whether this machine has the engine, and the settings about it. */
export class EngineState extends Disposable {
  private readonly ready = new ContextKey(contextKeys.engineReady);

  constructor() {
    super();
    this.own(vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('mobilefacenet.engine')) void this.check();
    }));
  }

  /** Variables that hand the settings to a job. */
  environment(): Record<string, string> {
    const configuration = vscode.workspace.getConfiguration();
    const variables = { TF_LIB_DIR: settings.engineLibraryPath, MOBILEFACENET_ENGINE_INDEX: settings.engineIndexUrl, MOBILEFACENET_ENGINE: settings.engineKind };
    const values = Object.entries(variables).map(([variable, setting]) => [variable, configuration.get<string>(setting, '').trim()] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== '' && value !== 'auto'));
  }

  /** Looks for the engine; false when there is none or the one that a setting names is not there. */
  async check(): Promise<boolean> {
    const found = await locateEngine({}, { ...process.env, ...this.environment() }).then(() => true, (error: unknown) => {
      if (error instanceof UserError) return false;
      throw error;
    });
    this.ready.set(found);
    return found;
  }
}
