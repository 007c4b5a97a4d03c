import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { askItem } from '../ask';
import { chooseCalibration } from '../models/calibration-source';
import { exportArguments, formatsFor, packageArguments, targetForms, type ExportPlan, type TargetFormat } from '../models/export-formats';
import { askTarget } from '../models/export-target';
import type { ModelSource } from '../models/model-source';
import { withNormalization } from '../models/normalization-question';
import { chooseCheckpoint, pickModel } from '../models/pick-model';
import { reveal } from '../models/reveal-file';
import type { CommandContext } from './command-context';
import { ensureEngine } from './engine-commands';

/** A compiled model has no layers that could be written otherwise. */
const compiled: readonly string[] = ['.kmodel'];

/** @param given path of the model; asked for when absent */
export async function exportModel(context: CommandContext, given: string | undefined): Promise<void> {
  const source = await pickSource(context, given, vscode.l10n.t('Export Model'));
  const title = vscode.l10n.t('Export {0}', source.name);
  const checkpoint = await chooseCheckpoint(context, source, title);
  await writeAs(context, checkpoint, await pickFormat(checkpoint, title), title);
}

/** @param given path of the model; asked for when absent */
export async function convertModel(context: CommandContext, given: string | undefined): Promise<void> {
  const source = await pickSource(context, given, vscode.l10n.t('Convert to .kmodel'));
  const title = vscode.l10n.t('Convert {0} to .kmodel', source.name);
  await writeAs(context, await chooseCheckpoint(context, source, title), 'kmodel', title);
}

async function pickSource(context: CommandContext, given: string | undefined, title: string): Promise<ModelSource> {
  const source = await pickModel(context, given, title, compiled);
  if (compiled.includes(path.extname(source.model).toLowerCase())) {
    throw new UserError(vscode.l10n.t('{0} is compiled already and cannot be written in another form.', source.name), vscode.l10n.t('Choose the run or the model that it was made from.'));
  }
  return source;
}

async function pickFormat(source: ModelSource, title: string): Promise<TargetFormat> {
  const { t } = vscode.l10n;
  const words: Readonly<Record<TargetFormat, readonly [label: string, detail: string]>> = {
    'keras': ['Keras (.h5)', t('for Keras and TensorFlow in Python')],
    'tfjs': ['TensorFlow.js', t('a folder with model.json, for browsers and Node.js')],
    'tflite': ['TensorFlow Lite', t('32-bit floats, for phones and small computers')],
    'tflite-dynamic': [t('TensorFlow Lite, dynamic range'), t('8-bit weights, computed in floats: a quarter of the size')],
    'tflite-int8': [t('TensorFlow Lite, int8'), t('8-bit weights and values, for accelerators; needs faces to calibrate')],
    'onnx': ['ONNX', t('for ONNX Runtime, PyTorch tools and other compilers')],
    'savedmodel': ['SavedModel', t('a folder for TensorFlow Serving and converters')],
    'kmodel': ['.kmodel', t('compiled for the K210; needs faces to calibrate')],
    'kfpkg': ['.kfpkg', t('the .kmodel in a package for flashing tools')],
  };
  const items = formatsFor(source).map((format) => ({ label: words[format][0], detail: words[format][1], format }));
  const picked = await askItem(items, { title, placeHolder: vscode.l10n.t('Format for {0}', source.name), matchOnDetail: true });
  return picked.format;
}

/** Asks what is still open, runs the job and says once where the result is. */
async function writeAs(context: CommandContext, source: ModelSource, format: TargetFormat, title: string): Promise<void> {
  const { isCalibrated } = targetForms[format];
  const weightBits = format === 'kmodel' || format === 'kfpkg' ? await pickWeightBits(title) : undefined;
  const calibration = isCalibrated ? await chooseCalibration(context, source, title) : undefined;
  const out = await askTarget(source, format, title, context.memory);
  const env = isCalibrated ? await ensureEngine(context, 'running') : {};
  const plan: ExportPlan = {
    model: source.model, format, out, ...(calibration === undefined ? {} : { calibration }), ...(weightBits === undefined ? {} : { weightBits }),
  };
  const progressTitle = vscode.l10n.t('Writing {0}', path.basename(out));
  await withNormalization(source.model, context.memory, async (normalization) => {
    const complete = normalization === undefined ? plan : { ...plan, normalization };
    if (format === 'kfpkg') await writePackage(context, complete, progressTitle, env);
    else await context.jobs.run(progressTitle, [exportArguments(complete)], env);
  });
  void tellWritten(out, source).catch((error: unknown) => context.log.warn(String(error)));
}

async function pickWeightBits(title: string): Promise<8 | 16> {
  const items = [
    { label: vscode.l10n.t('8-bit weights'), description: vscode.l10n.t('what boards are used with'), bits: 8 as const },
    { label: vscode.l10n.t('16-bit weights'), description: vscode.l10n.t('more exact, twice as large, not yet seen on a board'), bits: 16 as const },
  ];
  const picked = await askItem(items, { title, placeHolder: vscode.l10n.t('Bits of a weight') });
  return picked.bits;
}

/** The .kmodel of a package is only a step on the way. */
async function writePackage(context: CommandContext, plan: ExportPlan, title: string, env: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-package-'));
  try {
    const kmodel = path.join(folder, `${path.parse(plan.out).name}.kmodel`);
    await context.jobs.run(title, [exportArguments({ ...plan, format: 'kmodel', out: kmodel }), packageArguments(plan.out, kmodel)], env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function tellWritten(out: string, { name }: ModelSource): Promise<void> {
  const open = vscode.l10n.t('Open');
  const show = vscode.l10n.t('Reveal');
  const buttons = out.endsWith('.kmodel') ? [open, show] : [show];
  const choice = await vscode.window.showInformationMessage(vscode.l10n.t('{0} is written as {1}.', name, path.basename(out)), ...buttons);
  if (choice === open) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(out));
  else if (choice === show) await reveal(out);
}
