import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Command, CommanderError } from 'commander';
import type { CommandResult } from '../../src/base/command';
import { silentProgress } from '../../src/base/progress';
import { UserError } from '../../src/base/user-error';
import { auditReportSchema } from '../../src/dataset/audit/audit-artifact';
import { registerAuditCommand } from '../../src/dataset/audit/audit-command';
import type { AuditDependencies } from '../../src/dataset/audit/audit-dependencies';
import { applyLeaveOut, leaveOutListOf } from '../../src/dataset/quarantine';
import { scanPhotos } from '../../src/dataset/scan';
import { truthfulDependencies, writePicture } from '../support/audit-scene';
import { blobPicture } from '../unit/dataset/audit/pictures';

let folder = '';
let photos = '';
const at = (...parts: string[]): string => path.join(folder, ...parts);

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'audit-command-'));
  photos = at('photos');
  for (const person of ['ann', 'bob']) {
    for (let i = 1; i <= 3; i++) await writePicture(path.join(photos, person, `${i}.jpg`), blobPicture(`${person}${i}`, 64));
  }
  await copyFile(at('photos', 'ann', '1.jpg'), at('photos', 'ann', '1 (copy).jpg'));
});
after(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]): Promise<CommandResult> {
  return runWith(truthfulDependencies((file) => path.basename(path.dirname(file))), ...args);
}

async function runWith(dependencies: AuditDependencies, ...args: string[]): Promise<CommandResult> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  const results: CommandResult[] = [];
  registerAuditCommand(program.command('dataset'), (command, action) => {
    command.exitOverride().configureOutput({ writeErr: () => undefined }).action(async () => {
      const context = { progress: silentProgress, signal: new AbortController().signal, verbose: false, notice: () => undefined };
      results.push(await action(command.args, command.opts(), context));
    });
  }, dependencies);
  await program.parseAsync(['dataset', 'audit', ...args], { from: 'user' });
  return results[0] ?? assert.fail('no result');
}

describe('dataset audit', () => {
  it('writes the report, and a list that leaves the copies out and is honoured by the next audit', async () => {
    const list = path.join(photos, 'leave-out.txt');
    const first = await run(photos, '--model', 'model', '--out', at('report.json'), '--quarantine', list);
    const report = auditReportSchema.parse(JSON.parse(await readFile(at('report.json'), 'utf8')));
    assert.deepEqual(report.leaveOut, [{ photo: 'ann/1 (copy).jpg', reason: 'the same file as ann/1.jpg' }]);
    assert.deepEqual(first.result['duplicates'], report.duplicates);
    assert.match(first.text, /1 groups of exact copies:\n {2}ann\/1\.jpg \(keep\), ann\/1 \(copy\)\.jpg\nWritten: .*report\.json\n1 photos added to .*leave-out\.txt/u);
    assert.match(await readFile(list, 'utf8'), /^# Proposed by the audit of .*\nann\/1 \(copy\)\.jpg\t# the same file as ann\/1\.jpg\n$/u);
    const found = await leaveOutListOf(photos);
    assert.ok(found);
    assert.equal(applyLeaveOut(await scanPhotos(photos), found).photoCount, 6);
    const second = await run(photos);
    assert.deepEqual([second.result['duplicates'], second.result['leaveOut'], second.result['out']], [[], [], null]);
    assert.match(second.text, /^6 pictures of 2 people[\s\S]*People were not judged: no --model was given\.\nNothing to review\.$/u);
  });

  it('opens a model that does not say how pixels enter it as --normalize says', async () => {
    const truthful = truthfulDependencies((file) => path.basename(path.dirname(file)));
    const asked: unknown[] = [];
    const dependencies: AuditDependencies = {
      ...truthful,
      openEmbedder: (...model) => {
        asked.push(model);
        return truthful.openEmbedder(...model);
      },
      recommendedThreshold: (...model) => {
        asked.push(model);
        return truthful.recommendedThreshold(...model);
      },
    };
    await runWith(dependencies, photos, '--model', 'face.tflite', '--normalize', '127.5:128');
    const normalization = { mean: [127.5, 127.5, 127.5], deviation: [128, 128, 128] };
    assert.deepEqual(asked, [['face.tflite', normalization], ['face.tflite', normalization]]);
  });

  it('refuses options that do not belong together before it starts', async () => {
    await assert.rejects(run(photos, '--threshold', '0.3'), /--threshold was given without --model/u);
    await assert.rejects(run(photos, '--normalize', 'tf'), /--normalize was given without --model/u);
    await assert.rejects(run(photos, '--normalize', 'caffe', '--model', 'model'), CommanderError);
    await assert.rejects(run(photos, '--against-photos', photos), /--against-photos was given without --against/u);
    await assert.rejects(run(photos, '--distance', '16'), CommanderError);
    await assert.rejects(run(photos, '--threshold', '2', '--model', 'model'), CommanderError);
    await assert.rejects(run(photos, '--leave-out', at('none.txt')), UserError);
    await mkdir(at('dataset'));
    await writeFile(at('dataset', 'dataset.json'), '{}');
    await assert.rejects(run(at('dataset'), '--quarantine', at('list.txt')), /records do not name their photos/u);
  });
});
