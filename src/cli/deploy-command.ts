import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Option, type Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { numberWithin, wholeNumber } from '../base/option-parsers';
import { CancelledError } from '../base/user-error';
import { boardFolder } from '../board/board-folder';
import { BoardMemoryFile } from '../board/deploy/board-memory';
import { reportText } from '../board/deploy/board-report';
import { DeployCancelled } from '../board/deploy/deploy-cancelled';
import { DeployFailure } from '../board/deploy/deploy-failure';
import { deployFlash } from '../board/deploy/deploy-flash';
import { flashAddressArgument } from '../board/flash-address';
import { deployImage } from '../board/image/deploy-image';
import { SourceFile } from '../board/image/source-file';
import { baudRateLimits, standardBaudRates } from '../board/isp/baud-ladder';
import { choosePorts, type ChosenPort } from '../board/port/choose-port';
import { listPorts } from '../board/port/list-ports';
import { resetProfileNames } from '../board/port/reset-profiles';
import { systemPortAccess } from '../board/port/system-port-access';
import { withPort } from '../board/port/with-port';
import type { ModelPlace } from '../board/program/face-program';
import { readStubImage } from '../board/stub/stub-image';
import { systemClock } from '../board/system-clock';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { defaultModelAddress } from '../protocol/flash-layout';
import { deployTeller, type DeployTeller } from './deploy-teller';
import { describeFlashDeploy, missingProof } from './deploy-result';
import { deployToVolume } from './deploy-to-volume';
import { freshKmodel } from './fresh-kmodel';
import type { LazyEngine } from './lazy-engine';

const optionsSchema = z.object({
  port: z.string().optional(),
  address: z.number().optional(),
  baud: z.number(),
  reset: z.enum(resetProfileNames).optional(),
  stub: z.string().optional(),
  calibrate: z.string().optional(),
  overwriteFirmware: z.literal(true).optional(),
  overwriteFiles: z.literal(true).optional(),
  readBack: z.literal(true).optional(),
  proofSeconds: z.number(),
  requireProof: z.literal(true).optional(),
  path: z.string().optional(),
  main: z.literal(true).optional(),
  keepMain: z.literal(true).optional(),
  detector: z.union([z.string(), z.number()]).optional(),
  landmarks: z.union([z.string(), z.number()]).optional(),
  threshold: z.number().optional(),
  events: z.literal(true).optional(),
});
type DeployOptions = z.infer<typeof optionsSchema>;

const defaultProofSeconds = 20;

/** Registers `deploy`. */
export function registerDeployCommand(program: Command, run: CommandRunner, dependencies: EvaluationDependencies, engine: LazyEngine): void {
  const command = program
    .command('deploy')
    .description('put a model, a firmware or a package onto a K210 board over its serial port, and prove that it is there')
    .argument('<file>', '.kmodel, .bin, .kfpkg; or a run or a model folder, whose .kmodel is made first where it is missing or older')
    .option('--port <path>', 'serial port of the board (see `ports`), or "auto" for the only board')
    .option('--address <address>', `place in the flash (default for models: 0x${defaultModelAddress.toString(16)}; firmware: 0)`, flashAddressArgument)
    .option('--baud <rate>', 'highest rate to try; lower ones follow where it does not work', wholeNumber(baudRateLimits.least, baudRateLimits.most), standardBaudRates[0])
    .addOption(new Option('--reset <wiring>', 'how DTR and RTS reset the board (default: all are tried, what worked last first)').choices(resetProfileNames))
    .option('--stub <file>', 'another flash stub, as kflash has it: it cannot tell what the flash holds, so nothing is verified')
    .option('--calibrate <folder>', 'for a folder: dataset or photos to convert with (default: the dataset of the run)')
    .option('--overwrite-firmware', 'allow to write over the firmware that is on the board')
    .option('--overwrite-files', 'allow to write over the files of /flash (from 0xd00000)')
    .option('--read-back', 'read everything back afterwards and compare it byte by byte, beyond the CRC-32')
    .option('--proof-seconds <n>', 'how long the board may take to say that its program has loaded the model; 0: do not listen', wholeNumber(0, 600), defaultProofSeconds)
    .option('--require-proof', 'fail unless the board says so')
    .option('--path <path>', 'place on the board instead: /sd/... or /flash/..., through MicroPython (MaixPy, CanMV)')
    .option('--main', 'with --path: also install a main.py that recognises faces on the camera; an existing one is kept as main.py.bak')
    .option('--keep-main', 'with --main: stop rather than move away a main.py that is not from here')
    .option('--detector <place>', 'with --main: face detector of the firmware\'s makers on the board, a path or a flash address', modelPlaceArgument)
    .option('--landmarks <place>', 'with --main: their model for five points', modelPlaceArgument)
    .option('--threshold <cosine>', 'with --main: cosine from which two faces are one person\'s (default: what the evaluation recommends)', numberWithin(-1, 1))
    .option('--events', 'tell steps and progress as JSON objects on stderr, one a line, for programs');
  run(command, async ([file = ''], raw, context) => deployCommand(file, optionsSchema.parse(raw), context, dependencies, engine));
}

async function deployCommand(
  source: string, options: DeployOptions, given: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine,
): Promise<CommandResult> {
  const { context, tell } = deployTeller(given, options.events === true);
  try {
    return await deploySource(source, options, { context, tell }, dependencies, engine);
  } catch (error) {
    const ended = error instanceof CancelledError && !(error instanceof DeployCancelled) ? new DeployCancelled(undefined, 'Nothing was sent to the board.', error) : error;
    if ((ended instanceof DeployFailure || ended instanceof DeployCancelled) && ended.report && options.events === undefined) context.notice(`Report:\n${reportText(ended.report)}`);
    throw ended;
  }
}

async function deploySource(
  source: string, options: DeployOptions, { context, tell }: ReturnType<typeof deployTeller>, dependencies: EvaluationDependencies, engine: LazyEngine,
): Promise<CommandResult> {
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() === true;
  if (isFolder) tell.step('convert', 'convert');
  const fresh = isFolder ? await freshKmodel(source, { folder: options.calibrate }, context, dependencies, engine) : undefined;
  const file = fresh?.file ?? source;
  const job: Job = { source: await SourceFile.read(file), converted: fresh?.converted === true, startMs: performance.now(), tell };
  tell.file(file, job.source.bytes.length, job.converted);
  const ports = await choosePorts(options.port, await listPorts(), confirmOnTerminal(context.signal));
  const result = options.path === undefined ? await toFlash(job, options, ports, context) : await toVolume(job, options.path, options, ports, context);
  await job.source.checkUnchanged();
  return result;
}

interface Job {
  readonly source: SourceFile;
  /** The .kmodel was made on the way. */
  readonly converted: boolean;
  readonly startMs: number;
  readonly tell: DeployTeller;
}

async function toFlash({ source: { file, bytes }, converted, startMs, tell }: Job, options: DeployOptions, ports: readonly ChosenPort[], { notice, progress, signal }: CommandContext): Promise<CommandResult> {
  const image = deployImage(file, bytes, options.address);
  image.notes.forEach(notice);
  const stubCode = await (options.stub === undefined ? readStubImage() : SourceFile.read(options.stub).then((stub) => stub.bytes));
  const memory = new BoardMemoryFile(boardFolder());
  const deployment = await withPort(systemPortAccess(), ports, notice, signal, (transport, { port }, isLast) => deployFlash(transport, systemClock, {
    regions: image.regions, stubCode, classicAllowed: options.stub !== undefined, baudRate: options.baud, profile: options.reset,
    consent: { firmware: options.overwriteFirmware === true, files: options.overwriteFiles === true }, readBack: options.readBack === true,
    proofLimitMs: options.proofSeconds * 1000, port, askForButtons: isLast, memory, progress, notice, signal,
    onMap: (map, flashBytes) => tell.map(map, flashBytes), onState: tell.uploadState, onButtons: (limitMs) => tell.buttons('boot-reset', limitMs),
  }));
  if (options.requireProof && deployment.boot?.kind !== 'ready') throw missingProof(file, deployment);
  return describeFlashDeploy({ file, image, port: deployment.report.port, deployment, converted, seconds: (performance.now() - startMs) / 1000 });
}

async function toVolume({ source: { file, bytes }, converted, tell }: Job, path: string, options: DeployOptions, ports: readonly ChosenPort[], context: CommandContext): Promise<CommandResult> {
  const { main = false, keepMain = false, detector, landmarks, threshold, baud: baudRate, reset: profile } = options;
  const memory = new BoardMemoryFile(boardFolder());
  return withPort(systemPortAccess(), ports, context.notice, context.signal, (transport, chosen) => deployToVolume(
    transport, chosen, { file, content: bytes, converted }, { path, main, keepMain, detector, landmarks, threshold, baudRate, profile }, memory, context,
    { onStep: tell.step, onRoom: tell.room, onReset: (limitMs) => tell.buttons('reset', limitMs) },
  ));
}

/** A flash address, or a path on the board. */
function modelPlaceArgument(text: string): ModelPlace {
  return text.startsWith('/') ? text : flashAddressArgument(text);
}

/** Asks on a terminal; where nobody can answer, nobody is asked. */
function confirmOnTerminal(signal: AbortSignal): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // The terminal keeps Ctrl+C to itself while it asks.
    terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      return /^y(es)?$/iu.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
    } catch (error) {
      throw signal.aborted ? new CancelledError('The question') : error;
    } finally {
      terminal.close();
    }
  };
}
