import { mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { errorCode, UserError } from '../../base/user-error';
import { parseHoldOut } from '../../dataset/hold-out';
import { policyTemplate, presetNames } from '../../dataset/policy/presets';
import { placesOf } from '../datasets/dataset-places';
import { askItem, askText } from '../ask';
import type { CommandContext } from './command-context';
import { prepareDataset } from './dataset-commands';
import { pickPhotoFolder, requirePhotos } from './photo-folder-choice';

const cropSizes = [112, 128, 96, 64] as const;
const defaultPairs = 6000;

/** Asks how this folder is to be prepared, remembers it, and prepares. */
export async function prepareWithOptions(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to prepare')));
  await requirePhotos(photos);
  const policy = await pickPolicy(context, photos);
  const size = await pickSize(context, photos);
  const holdOut = await askHoldOut(context, photos);
  await context.choices.set(photos, { policy, size, ...holdOut });
  await prepareDataset(context, photos);
}

/** Opens the folder's own policy, which is made from the one in use. Preparing the folder uses it from then on. */
export async function editPolicy(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos whose policy is edited')));
  const { policy } = context.choices.get(photos);
  const file = presetNames.includes(policy) ? requirePlaces(photos).policy : policy;
  await mkdir(path.dirname(file), { recursive: true });
  const text = `${JSON.stringify(policyTemplate(policy, path.basename(photos)), undefined, 2)}\n`;
  // "wx": a policy that is there already is only opened.
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  await context.choices.set(photos, { policy: file });
  await vscode.window.showTextDocument(vscode.Uri.file(file), { viewColumn: vscode.ViewColumn.Beside });
}

export async function makeSplit(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to split')));
  const holdOut = await askText({
    title: vscode.l10n.t('Make Split'), prompt: vscode.l10n.t('People to hold out for verification: a number, or a share such as 15%'), value: '15%', validateInput: holdOutProblem,
  });
  await splitPeople(context, photos, { holdOut, seed: 0 });
}

export async function makePairs(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to pair')));
  await makePairList(context, photos, { count: defaultPairs, seed: 0 });
}

/** Writes who is held out; preparing the folder uses the list from then on. */
export async function splitPeople(context: CommandContext, photos: string, { holdOut, seed }: { readonly holdOut: string; readonly seed: number }): Promise<void> {
  const problem = holdOutProblem(holdOut);
  if (problem !== undefined) throw new UserError(vscode.l10n.t('"{0}" says nobody to hold out.', holdOut), problem);
  const { heldOut } = requirePlaces(photos);
  await mkdir(path.dirname(heldOut), { recursive: true });
  await context.jobs.run(vscode.l10n.t('Splitting {0}', path.basename(photos)), [['dataset', 'split', photos, '--hold-out', holdOut.trim(), '--seed', String(seed), '--out', heldOut]]);
  await context.choices.set(photos, { holdOutNames: heldOut });
}

/** Writes pairs of photos of the people held out of the prepared dataset, else of everybody. */
export async function makePairList(context: CommandContext, photos: string, { count, seed }: { readonly count: number; readonly seed: number }): Promise<void> {
  const { pairs } = requirePlaces(photos);
  await mkdir(path.dirname(pairs), { recursive: true });
  const output = await context.jobs.run(vscode.l10n.t('Pairing photos of {0}', path.basename(photos)), [['pairs', 'make', photos, '--count', String(count), '--seed', String(seed), '--out', pairs]]);
  const open = vscode.l10n.t('Open');
  void vscode.window.showInformationMessage(output.trim().split('\n').at(-1) ?? pairs, open).then((choice) => {
    if (choice === open) void vscode.window.showTextDocument(vscode.Uri.file(pairs));
  });
}

function requirePlaces(photos: string): NonNullable<ReturnType<typeof placesOf>> {
  const places = placesOf(photos);
  if (places !== undefined) return places;
  throw new UserError(vscode.l10n.t('No folder is open, so there is no place for what belongs to the dataset.'), vscode.l10n.t('Open a folder first.'));
}

async function pickPolicy({ choices }: CommandContext, photos: string): Promise<string> {
  const { policy } = choices.get(photos);
  const notes: Readonly<Record<string, string>> = {
    'none': vscode.l10n.t('every photo once'), 'original': vscode.l10n.t('for large collections: leaves out people with 30 photos or fewer, copies for those with up to 200'),
    'fixed-100': vscode.l10n.t('100 crops of everybody'),
  };
  const names = new Set([policy, ...presetNames]);
  const items = [...names].map((name) => ({ label: path.basename(name), description: notes[name] ?? vscode.l10n.t('own policy'), name }));
  const picked = await askItem(items, { title: vscode.l10n.t('Prepare with Options'), placeHolder: vscode.l10n.t('Policy by the number of photos') });
  return picked.name;
}

async function pickSize({ choices }: CommandContext, photos: string): Promise<number> {
  const { size } = choices.get(photos);
  const items = [...new Set<number>([size, ...cropSizes])].map((side) => ({ label: `${side} × ${side}`, side }));
  const picked = await askItem(items, { title: vscode.l10n.t('Prepare with Options'), placeHolder: vscode.l10n.t('Size of the crops in pixels') });
  return picked.side;
}

/** A list of names that was made by a split stays unless something else is typed. */
async function askHoldOut({ choices }: CommandContext, photos: string): Promise<{ holdOut: string; holdOutNames?: string | undefined }> {
  const { holdOut, holdOutNames } = choices.get(photos);
  const listed = holdOutNames === undefined ? '' : path.basename(holdOutNames);
  const entered = await askText({
    title: vscode.l10n.t('Prepare with Options'), value: listed || holdOut || '15%',
    prompt: vscode.l10n.t('People to hold out for verification: a number, or a share such as 15%'),
    validateInput: (text) => (text === listed && listed !== '' ? undefined : holdOutProblem(text)),
  });
  return entered === listed && listed !== '' ? { holdOut, holdOutNames } : { holdOut: entered.trim(), holdOutNames: undefined };
}

function holdOutProblem(text: string): string | undefined {
  try {
    parseHoldOut(text);
    return undefined;
  } catch {
    return vscode.l10n.t('Give a whole number such as 12, or a share such as 15%.');
  }
}
