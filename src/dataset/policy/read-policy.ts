import { readFile } from 'node:fs/promises';
import { errorCode, UserError } from '../../base/user-error';
import { policySchema, type Policy } from './policy';
import { presetNames, presetPolicy } from './presets';

/**
 * Reads `--policy`: the name of a preset, else a JSON file (`policySchema`).
 * @throws UserError naming the file and the field that is wrong
 */
export async function readPolicy(nameOrFile: string): Promise<Policy> {
  return presetPolicy(nameOrFile) ?? parsePolicy(await readText(nameOrFile), nameOrFile);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const why = errorCode(error) === 'ENOENT' ? 'is neither a policy of this product nor a file' : 'cannot be read';
    throw new UserError(`--policy ${file} ${why}.`, `Give ${presetNames.join(', ')} or a JSON file.`, { cause: error });
  });
}

function parsePolicy(text: string, file: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`The policy ${file} is no JSON: ${error instanceof Error ? error.message : String(error)}.`, 'Correct the file.', { cause: error });
  }
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return { name: parsed.data.name ?? file, rules: parsed.data.rules };
  const [issue] = parsed.error.issues;
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
  throw new UserError(
    `The policy ${file} is wrong${where}: ${issue?.message ?? 'invalid'}.`,
    'Correct the file; `mobilefacenet dataset policy PHOTOS --policy original --json` shows a policy as an example.',
    { cause: parsed.error },
  );
}
