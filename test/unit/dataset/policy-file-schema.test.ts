import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import packageJson from '../../../package.json';
import { productRoot } from '../../../src/base/product';
import { operationNames, policySchema } from '../../../src/dataset/policy/policy';
import { policyJsonSchema } from '../../../src/dataset/policy/policy-file-schema';
import { policyTemplate, presetNames } from '../../../src/dataset/policy/presets';

test('the shipped JSON Schema is the one that policies are checked with (`dataset policy-schema` prints it)', () => {
  const shipped = JSON.parse(readFileSync(path.join(productRoot(), 'media', 'policy.schema.json'), 'utf8')) as unknown;
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(policyJsonSchema())));
  assert.ok(packageJson.contributes.jsonValidation.some(({ fileMatch, url }) => fileMatch === '*.policy.json' && url === './media/policy.schema.json'));
});

test('an operation may be written as its name alone, in the schema as for the command line', () => {
  const text = JSON.stringify(policyJsonSchema());
  assert.ok(text.includes(JSON.stringify({ type: 'string', enum: operationNames })));
  assert.ok(policySchema.safeParse({ rules: [{ keep: true, operations: ['flip'] }] }).success);
});

test('a new policy file holds what its preset does, under the name of the photos', () => {
  for (const preset of presetNames) {
    const { name, rules } = policySchema.parse(policyTemplate(preset, 'team'));
    assert.equal(name, 'team');
    assert.ok(rules.length > 0);
  }
});
