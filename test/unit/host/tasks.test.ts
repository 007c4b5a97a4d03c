import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSteps, type Step } from '../../../src/host/commands/multi-step';
import { taskArguments } from '../../../src/host/tasks/job-task-definition';

test('tasks become command lines', () => {
  assert.deepEqual(taskArguments({ task: 'train', dataset: 'datasets/a', epochs: 3, recipe: 'two-stage', args: ['--seed', '4'] }, 'runs/r07'), [
    'train', '--dataset', 'datasets/a', '--out', 'runs/r07', '--recipe', 'two-stage', '--epochs', '3', '--seed', '4',
  ]);
  assert.deepEqual(taskArguments({ task: 'prepare', photos: 'photos', out: 'datasets/x' }, 'datasets/photos'), ['dataset', 'prepare', 'photos', '--out', 'datasets/x']);
});

test('Back asks the question before again, with what was known then', async () => {
  const answers = ['a', 'back', 'A', 'b', 'c'] as const;
  const asked: string[] = [];
  let next = 0;
  const step: Step<string> = (state, { step: number, totalSteps }) => {
    asked.push(`${number}/${totalSteps} ${state}`);
    const answer = answers[next++] as string;
    return Promise.resolve(answer === 'back' ? 'back' : state + answer);
  };
  assert.equal(await runSteps([step, step, step], '-'), '-Abc');
  assert.deepEqual(asked, ['1/3 -', '2/3 -a', '1/3 -', '2/3 -A', '3/3 -Ab']);
});
