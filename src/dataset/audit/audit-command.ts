import { Option, type Command } from 'commander';
import * as z from 'zod';
import { writeJsonAtomic } from '../../base/atomic-file';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { numberWithin, wholeNumber } from '../../base/option-parsers';
import { UserError } from '../../base/user-error';
import type { InputNormalization } from '../../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../../network/formats/import/normalization-option';
import { addToLeaveOutList } from '../quarantine';
import { auditData, defaultCopyLimits } from './audit';
import { auditReportSchema, type AuditReport } from './audit-artifact';
import type { AuditDependencies } from './audit-dependencies';
import { auditText } from './audit-text';
import { isDataset } from './open-source';

const optionsSchema = z.object({
  against: z.string().optional(),
  againstPhotos: z.string().optional(),
  model: z.string().optional(),
  threshold: z.number().optional(),
  normalize: z.custom<InputNormalization>().optional(),
  aligned: z.literal(true).optional(),
  leaveOut: z.string().optional(),
  distance: z.number(),
  out: z.string().optional(),
  quarantine: z.string().optional(),
});
type CommandOptions = z.infer<typeof optionsSchema>;

/** Adds `audit` to the command `dataset`. */
export function registerAuditCommand(datasetCommand: Command, run: CommandRunner, dependencies: AuditDependencies): void {
  const command = datasetCommand
    .command('audit')
    .argument('<photos|dataset>', 'folder with one folder of photos per person, or a prepared dataset')
    .description('look for copies, wrong people, leakage into the verification, imbalance and unreadable files; changes nothing')
    .option('--against <photos|dataset|pairs>', 'what the data is verified on and must have nothing in common with')
    .option('--against-photos <folder>', 'where the photos of a pair list lie (default: beside the list, then in the audited folder)')
    .option('--model <model>', 'a run, a model folder or a model file that judges whether photos lie with the right person; best one that was not trained on them')
    .option('--threshold <cosine>', 'judge by this instead of the model\'s recommended threshold', numberWithin(-1, 1))
    .option('--normalize <form>', normalizationHelp, inputNormalization)
    .option('--aligned', 'the photos are aligned crops already')
    .option('--leave-out <file>', 'list of photos that are left out already (default: leave-out.txt in the photo folder)')
    .addOption(new Option('--distance <bits>', 'bits of 64 in which near-duplicates may differ').argParser(wholeNumber(0, 15)).default(defaultCopyLimits.perceptualBits))
    .option('--out <file>', 'write the whole report there as JSON')
    .option('--quarantine <file>', 'add the photos that had better be left out to this list; review it, then give it to "dataset prepare --leave-out"');
  run(command, ([data = ''], options, context) => audit(data, optionsSchema.parse(options), context, dependencies));
}

async function audit(data: string, options: CommandOptions, context: CommandContext, dependencies: AuditDependencies): Promise<CommandResult> {
  const { out, quarantine, distance, against, againstPhotos, model, threshold, normalize: normalization, leaveOut } = options;
  if (againstPhotos !== undefined && against === undefined) throw new UserError('--against-photos was given without --against.', 'Name the pair list with --against.');
  if (threshold !== undefined && model === undefined) throw new UserError('--threshold was given without --model.', 'Name the model that judges with --model.');
  if (normalization !== undefined && model === undefined) throw new UserError('--normalize was given without --model.', 'Name the model that judges with --model.');
  if (quarantine !== undefined && (await isDataset(data))) {
    throw new UserError(`${data} is a dataset, whose records do not name their photos.`, 'Audit the photo folder that it was made of to get a list of photos to leave out.');
  }
  const report = await auditData(
    {
      data,
      aligned: options.aligned ?? false,
      limits: { ...defaultCopyLimits, perceptualBits: distance },
      ...(against !== undefined && { against }),
      ...(againstPhotos !== undefined && { againstPhotos }),
      ...(model !== undefined && { model }),
      ...(threshold !== undefined && { threshold }),
      normalization,
      ...(leaveOut !== undefined && { leaveOut }),
      progress: context.progress,
      signal: context.signal,
    },
    dependencies,
  );
  const notes: string[] = [];
  if (out !== undefined) {
    await writeJsonAtomic(out, auditReportSchema.parse(report));
    notes.push(`Written: ${out}`);
  }
  if (quarantine !== undefined) notes.push(await writeQuarantine(quarantine, data, report));
  return { result: { ...report, out: out ?? null, quarantine: quarantine ?? null }, text: [auditText(report), ...notes].join('\n') };
}

async function writeQuarantine(file: string, data: string, { leaveOut, createdAt }: AuditReport): Promise<string> {
  const added = await addToLeaveOutList(file, `Proposed by the audit of ${data} on ${createdAt}. Remove the lines of photos to keep. The photos stay where they are.`, leaveOut);
  return `${added} photos added to ${file}; they stay on disk. Review the list before it is used.`;
}
