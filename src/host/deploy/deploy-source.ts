import { readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { UserError, errorText } from '../../base/user-error';
import { deployFailureSchema, type DeployFailureData } from '../../protocol/deploy-result';
import type { PlannedRegion } from '../../protocol/flash-plan';

/** What a deploy starts from. */
export interface DeploySource {
  readonly path: string;
  /** Name on disk. */
  readonly name: string;
  /**
   * `model` goes to one address; `package` brings its own places; `data` is anything else that the user names an address for; `folder` is
   * a run or a model folder, whose .kmodel is made on the way.
   */
  readonly kind: 'model' | 'package' | 'data' | 'folder';
  /** Of the file; undefined for a folder. */
  readonly bytes: number | undefined;
  /** Parts of a package. */
  readonly parts: readonly (PlannedRegion & { readonly name: string })[];
  /** Why it cannot be deployed. */
  readonly problem?: DeployFailureData;
  /** The .json that a program for the camera is made with is beside it, or will be. */
  readonly hasFacts: boolean;
}

/** Looks at what is to be deployed; what is wrong with it is said in `problem`. */
export async function readDeploySource(file: string): Promise<DeploySource> {
  const name = path.basename(file);
  const plain = { path: file, name, bytes: undefined, parts: [], hasFacts: false } as const;
  try {
    const found = await stat(file);
    if (found.isDirectory()) return { ...plain, kind: 'folder', hasFacts: true };
    const hasFacts = await stat(file.replace(/\.\w+$/u, '.json')).then(() => true, () => false);
    return { ...plain, bytes: found.size, hasFacts, ...(await contentOf(file, name)) };
  } catch (error) {
    return { ...plain, kind: 'data', problem: problemOf(error, name) };
  }
}

function problemOf(error: unknown, name: string): DeployFailureData {
  if (!(error instanceof UserError)) return { sentence: `${name}: ${errorText(error)}`, action: '' };
  return deployFailureSchema.safeParse(error.details).data ?? { sentence: error.message, action: error.action };
}

/** The board stage is loaded here only, so that the start of the editor does not wait for it. */
async function contentOf(file: string, name: string): Promise<Pick<DeploySource, 'kind' | 'parts'>> {
  const { deployImage } = await import('../../board/image/deploy-image');
  const isNamed = /\.(kmodel|smodel|kfpkg)$/iu.test(name);
  const image = deployImage(file, await readFile(file), isNamed ? undefined : 0);
  if (image.kind === 'package') return { kind: 'package', parts: image.regions.map(({ address, bytes, name: part }) => ({ address, bytes: bytes.length, name: part })) };
  return { kind: image.kind === 'model' ? 'model' : 'data', parts: [] };
}
