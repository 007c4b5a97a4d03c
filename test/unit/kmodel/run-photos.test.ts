import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Command } from 'commander';
import { silentProgress } from '../../../src/base/progress';
import { SeededRandom } from '../../../src/base/random';
import { registerKmodelCommands } from '../../../src/kmodel/kmodel-command';
import { kmodelFactsFile, type KmodelFacts } from '../../../src/kmodel/kmodel-facts';
import { writeProgram } from '../../../src/kmodel/v3/write-program';
import { programOf, randomConv } from '../../support/kmodel/sample-programs';

const side = 16;
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'run-photos-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Templates that a `kmodel run --align` asks for. */
async function askedTemplates(file: string): Promise<(string | undefined)[]> {
  const asked: (string | undefined)[] = [];
  const program = new Command().exitOverride();
  registerKmodelCommands(program, (command, action) => {
    command.action(async () => {
      await action(command.args, command.opts(), { progress: silentProgress, notice: () => undefined, signal: new AbortController().signal, verbose: false });
    });
  }, {
    readPhoto: () => assert.fail('the photo is aligned'),
    compareEmbeddings: () => assert.fail('nothing is compared'),
    alignPhoto: (_photo, size, template) => {
      asked.push(template);
      return Promise.resolve(new Uint8Array(size * size * 3));
    },
  });
  await program.parseAsync(['kmodel', 'run', file, 'one.jpg', '--align'], { from: 'user' });
  return asked;
}

test('photos are aligned as the facts beside the model say', async () => {
  const conv = randomConv({ width: side, height: side, inputChannels: 3, outputChannels: 2, kernelSize: 3, depthwise: false, poolType: 1, weightBits: 8 }, new SeededRandom(8, 'run'));
  const file = path.join(folder, 'face.kmodel');
  await writeFile(file, writeProgram(programOf([conv], side * side, side * side)));
  assert.deepEqual(await askedTemplates(file), [undefined], 'a model of another converter');
  const facts: KmodelFacts = {
    format: 1, toolVersion: '1', source: 'runs/team', input: { size: side, layout: 'CHW', colours: 'RGB', turn: 'none' }, embeddingLength: 2, template: 'original-128', output: 'l2',
    weightBits: 8, calibration: { folder: 'photos', faces: 8, ranges: 'mse' }, agreement: { faces: 2, meanCosine: 1, leastCosine: 1 }, estimatedMs: 1, layers: [],
  };
  await writeFile(kmodelFactsFile(file), JSON.stringify(facts));
  assert.deepEqual(await askedTemplates(file), ['original-128']);
});
