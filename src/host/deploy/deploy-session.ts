import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { CancelledError, UserError, errorText } from '../../base/user-error';
import { settings } from '../../ids';
import { parseDeployEvent } from '../../protocol/deploy-events';
import {
  deployFailureSchema, deployResultSchema, deployStopSchema, photoCheckSchema, type DeployFailureData, type DeployResult, type DeployStopData, type PhotoCheckData,
} from '../../protocol/deploy-result';
import type { FlashFacts } from '../../protocol/flash-plan';
import { jobResult } from '../jobs/job-process';
import type { BoardServices } from '../board/board-services';
import type { PortEntry } from '../board/board-ports';
import type { BoardRecord } from '../board/board-record-schema';
import { deployArguments, firstTarget, isPossible, planDeploy, usualFlashBytes, type DeployPlan, type DeployTarget } from './deploy-plan';
import { isRunning } from './deploy-outcome';
import { DeployProgress } from './deploy-progress';
import { readDeploySource, type DeploySource } from './deploy-source';

export type DeployPhase =
  | { readonly kind: 'ready' }
  | { readonly kind: 'running'; readonly cancelling: boolean }
  | { readonly kind: 'done'; readonly result: DeployResult }
  | { readonly kind: 'failed'; readonly failure: DeployFailureData }
  /** `stop` is undefined where the command had to be ended before it could tell. */
  | { readonly kind: 'cancelled'; readonly stop: DeployStopData | undefined };

export interface PhotoCheck {
  readonly file: string;
  readonly align: boolean;
  readonly state: { readonly kind: 'waiting' | 'running' } | { readonly kind: 'done'; readonly result: PhotoCheckData } | { readonly kind: 'failed'; readonly sentence: string };
}

const targetsKey = 'deploy.targets';
const usualBaudRate = 1_500_000;

/** One file on its way to a board: what was chosen, how far it is, and how it ended. It outlives its panel. */
export class DeploySession extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private current: DeployPhase = { kind: 'ready' };
  private abort: AbortController | undefined;
  private wished: DeployTarget;
  private checkedPhoto: PhotoCheck | undefined;
  /** Path that is being asked. */
  asking: string | undefined;
  progress = new DeployProgress();

  private constructor(public source: DeploySource, private readonly board: BoardServices) {
    super();
    const known = board.memory.get<Record<string, DeployTarget>>(targetsKey, {})[source.path];
    this.wished = { ...firstTarget(source), ...known };
    for (const part of [board.ports, board.records, board.virtual]) this.own(part.onDidChange(() => this.changed.fire()));
  }

  static async open(file: string, board: BoardServices): Promise<DeploySession> {
    return new DeploySession(await readDeploySource(file), board);
  }

  get phase(): DeployPhase {
    return this.current;
  }

  get target(): DeployTarget {
    return this.wished;
  }

  get photo(): PhotoCheck | undefined {
    return this.checkedPhoto;
  }

  /** The board that was chosen, as far as its port is there. */
  get port(): PortEntry | undefined {
    const { ports } = this.board;
    return ports.chosen === undefined ? undefined : ports.entry(ports.chosen);
  }

  get record(): BoardRecord {
    return this.port === undefined ? {} : this.board.records.of(this.port.key);
  }

  get flashFacts(): FlashFacts {
    const { identity } = this.record;
    return { flashBytes: identity?.flashBytes ?? usualFlashBytes, firmwareEnd: identity?.firmwareEnd };
  }

  get plan(): DeployPlan {
    return planDeploy(this.source, this.wished, this.flashFacts, this.progress.file?.bytes ?? this.source.bytes);
  }

  get baudRate(): number {
    return vscode.workspace.getConfiguration().get<number>(settings.uploadBaudRate, usualBaudRate);
  }

  /** Back to choosing; how the last deploy ended is forgotten. */
  reset(): void {
    if (this.current.kind === 'running') return;
    this.progress = new DeployProgress();
    this.setPhase({ kind: 'ready' });
  }

  async setTarget(change: Partial<DeployTarget>): Promise<void> {
    if (this.current.kind === 'running') return;
    this.wished = { ...this.wished, ...change };
    if (this.current.kind !== 'ready') this.reset();
    this.changed.fire();
    const all = this.board.memory.get<Record<string, DeployTarget>>(targetsKey, {});
    await this.board.memory.update(targetsKey, { ...all, [this.source.path]: this.wished });
  }

  setPhoto(file: string | undefined, align = this.checkedPhoto?.align ?? true): void {
    this.checkedPhoto = file === undefined ? undefined : { file, align, state: { kind: 'waiting' } };
    this.changed.fire();
  }

  /**
   * Deploys to the chosen port. How it ends shows in `phase`; nothing is thrown.
   * @param baudRate highest rate, if not that of the settings
   */
  async deploy(baudRate = this.baudRate): Promise<void> {
    const { port } = this;
    if (this.current.kind === 'running' || port === undefined) return;
    this.source = await readDeploySource(this.source.path);
    const { plan } = this;
    if (!isPossible(plan) || this.source.problem !== undefined) {
      this.changed.fire();
      return;
    }
    this.progress = new DeployProgress();
    this.abort = new AbortController();
    this.setPhase({ kind: 'running', cancelling: false });
    const { signal } = this.abort;
    const args = [...deployArguments({ source: this.source.path, port: port.path, target: this.wished, plan, baudRate }), '--events', '--json'];
    this.setPhase(await this.board.onPort(port.path, vscode.l10n.t('The port is lent to a deploy.'), () => this.run(args, signal)));
    await this.noteOutcome(port);
    if (this.mayCheckPhoto) await this.checkPhoto();
  }

  /** A board that is being written to is brought to an end in good order: it starts what is in its flash. */
  cancel(): void {
    if (this.current.kind !== 'running') return;
    this.setPhase({ kind: 'running', cancelling: true });
    this.abort?.abort();
  }

  /** Whether the board runs a program that can be sent a photo. */
  get mayCheckPhoto(): boolean {
    return this.current.kind === 'done' && this.checkedPhoto !== undefined && isRunning(this.current.result);
  }

  /** Sends the photo through the float model, the simulator and the board. */
  async checkPhoto(): Promise<void> {
    const { port, checkedPhoto: photo } = this;
    const model = this.progress.file?.file ?? this.source.path;
    if (port === undefined || photo === undefined || photo.state.kind === 'running') return;
    this.setPhotoState(photo, { kind: 'running' });
    const args = ['board', 'check', photo.file, '--model', model, '--port', port.path, ...(photo.align ? ['--align'] : []), '--json'];
    try {
      const output = await this.board.onPort(port.path, vscode.l10n.t('The port is lent to a photo.'), () => this.board.jobs.runFollowed(args, new AbortController().signal, (line) => this.board.log.info(line)));
      this.setPhotoState(photo, { kind: 'done', result: photoCheckSchema.parse(jobResult(output)) });
    } catch (error) {
      this.setPhotoState(photo, { kind: 'failed', sentence: error instanceof UserError ? error.message : errorText(error) });
    }
  }

  private async run(args: readonly string[], signal: AbortSignal): Promise<DeployPhase> {
    try {
      const output = await this.board.jobs.runFollowed(args, signal, (line) => this.receive(line));
      const result = deployResultSchema.parse(jobResult(output));
      this.progress.finish();
      return { kind: 'done', result };
    } catch (error) {
      this.progress.fail();
      if (error instanceof CancelledError) return { kind: 'cancelled', stop: deployStopSchema.safeParse(error.details).data };
      this.board.log.error(errorText(error));
      const details = error instanceof UserError ? deployFailureSchema.safeParse(error.details).data : undefined;
      return { kind: 'failed', failure: details ?? { sentence: error instanceof UserError ? error.message : errorText(error), action: '' } };
    }
  }

  private receive(line: string): void {
    const event = parseDeployEvent(line);
    if (event === undefined) {
      this.board.log.info(line);
      return;
    }
    if (event.event === 'notice') this.board.log.info(event.text);
    this.progress.apply(event);
    this.changed.fire();
  }

  /** What was learned about the board, whatever came of the deploy. */
  private async noteOutcome({ key }: PortEntry): Promise<void> {
    const { records } = this.board;
    const { map } = this.progress;
    if (map !== undefined) {
      const firmware = map.entries.find(({ kind }) => kind === 'firmware');
      await records.noteIdentity(key, { flashBytes: map.flashBytes, ...(firmware ? { firmwareEnd: firmware.end } : {}) });
    }
    if (this.current.kind !== 'done') return;
    const { result } = this.current;
    const [region] = result.target === 'flash' && 'regions' in result ? result.regions : [];
    await records.noteDeployment(key, {
      model: this.source.name, place: region?.address ?? result.target, bytes: region?.bytes ?? ('bytes' in result ? result.bytes : 0),
      at: new Date().toISOString(), verified: result.verified, loaded: isRunning(result),
    });
  }

  private setPhotoState(photo: PhotoCheck, state: PhotoCheck['state']): void {
    this.checkedPhoto = { ...photo, state };
    this.changed.fire();
  }

  private setPhase(phase: DeployPhase): void {
    this.current = phase;
    this.changed.fire();
  }
}
