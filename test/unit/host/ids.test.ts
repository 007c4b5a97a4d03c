import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { productRoot } from '../../../src/base/product';
import { commands, contextKeys, editorTypes, extensionName, itemKinds, panelTypes, runItemMarks, settings, taskTypes, viewContainer, views } from '../../../src/ids';
import { runActionNames } from '../../../src/protocol/run-actions';
import packageJson from '../../../package.json';

const { contributes } = packageJson;
const sorted = (values: readonly string[]): string[] => [...values].sort();

describe('package.json and ids.ts name the same', () => {
  test('extension', () => assert.equal(packageJson.name, extensionName));
  test('commands', () => assert.deepEqual(sorted(contributes.commands.map(({ command }) => command)), sorted(Object.values(commands))));
  test('settings', () => assert.deepEqual(sorted(Object.keys(contributes.configuration.properties)), sorted(Object.values(settings))));
  test('editors', () => assert.deepEqual(sorted(contributes.customEditors.map(({ viewType }) => viewType)), sorted(Object.values(editorTypes))));
  test('views and their container', () => {
    assert.deepEqual(contributes.viewsContainers.activitybar.map(({ id }) => id), [viewContainer]);
    assert.deepEqual(sorted(contributes.views[viewContainer].map(({ id }) => id)), sorted(Object.values(views)));
    for (const { view } of contributes.viewsWelcome) assert.ok(Object.values<string>(views).includes(view), view);
  });

  test('every command in a menu exists', () => {
    const known = new Set<string>(Object.values(commands));
    for (const { command } of Object.values(contributes.menus).flat()) assert.ok(known.has(command), command);
  });

  test('conditions use known context keys, views and item kinds', () => {
    const ticked = contributes.walkthroughs.flatMap(({ steps }) => steps).flatMap(({ completionEvents }) => completionEvents).flatMap((event) => /^onContext:(.*)$/.exec(event)?.[1] ?? []);
    const conditions = [...ticked, ...[...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome].flatMap((item) => ('when' in item ? [item.when] : []))];
    const known = new Set<string>([...Object.values(editorTypes), ...Object.values(contextKeys), ...Object.values(views), ...Object.values(panelTypes)]);
    for (const key of conditions.flatMap((when) => when.match(/mobilefacenet\.[\w.]+/g) ?? [])) assert.ok(known.has(key), key);
    for (const key of Object.values(contextKeys)) assert.ok(conditions.some((when) => when.includes(key)), `${key} is not used`);
    for (const [, kind] of conditions.flatMap((when) => [...when.matchAll(/viewItem == (\w+)/g)])) assert.ok(Object.values<string>(itemKinds).includes(kind ?? ''), kind);
  });

  test('types of tasks', () => assert.deepEqual(contributes.taskDefinitions.map(({ type }) => type), Object.values(taskTypes)));

  test('keys belong to commands', () => {
    const known = new Set<string>(Object.values(commands));
    for (const { command } of contributes.keybindings) assert.ok(known.has(command), command);
  });

  test('each condition on a run names exactly one action or one look', () => {
    const { starred, plain, atRest } = runItemMarks;
    const looks = [starred, plain].flatMap((star) => [star, `${star}.${atRest}`]);
    const patterns = Object.values(contributes.menus).flat().flatMap((item) => ('when' in item ? (/viewItem =~ \/(.*)\/$/.exec(item.when)?.[1] ?? []) : []));
    for (const pattern of patterns.filter((source) => source.includes('.*'))) {
      const actions = runActionNames.filter((action) => new RegExp(pattern).test(`run.${plain}.${action}`));
      const fitting = looks.filter((look) => new RegExp(pattern).test(`run.${look}.pause`));
      assert.ok(actions.length === 1 ? true : fitting.length > 0 && fitting.length < looks.length, pattern);
    }
  });
});

test('every text key of package.json has a text, and every text is used', () => {
  const texts = JSON.parse(readFileSync(path.join(productRoot(), 'package.nls.json'), 'utf8')) as Record<string, string>;
  const used = new Set((JSON.stringify(packageJson).match(/"%[\w.]+%"/g) ?? []).map((key) => key.slice(2, -2)));
  assert.deepEqual(sorted(Object.keys(texts)), sorted([...used]));
});

test('the icons are there', () => {
  for (const file of [packageJson.icon, contributes.viewsContainers.activitybar[0]?.icon ?? '', 'media/training-light.svg', 'media/training-dark.svg', 'media/deploy-light.svg', 'media/deploy-dark.svg', 'media/resume-light.svg', 'media/resume-dark.svg', 'media/dataset-light.svg', 'media/dataset-dark.svg']) {
    assert.ok(readFileSync(path.join(productRoot(), file)).length > 0, file);
  }
});
