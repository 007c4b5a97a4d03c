import * as z from 'zod';
import { readBody, type HttpClient } from '../../base/download/http-client';
import { hostOf, statusFailure } from '../../base/download/network-failure';
import { ProvisioningFailure } from './provisioning-step';
import type { TensorflowPackage } from './tensorflow-package';

/** A wheel that a package index offers. */
export interface WheelFile {
  readonly fileName: string;
  readonly url: string;
  readonly sha256: string | undefined;
}

const pageLimitBytes = 32 << 20;
const jsonType = 'application/vnd.pypi.simple.v1+json';

const pageSchema = z.object({
  files: z.array(
    z.object({
      filename: z.string(),
      url: z.string(),
      hashes: z.record(z.string(), z.string()).default({}),
      yanked: z.union([z.boolean(), z.string()]).default(false),
    }),
  ),
});

/**
 * Asks a package index for a wheel (Simple repository API, JSON form: PEP 691).
 * @throws ProvisioningFailure when the index does not answer, not in JSON, or has no such wheel
 */
export async function findWheel(http: HttpClient, indexUrl: string, tensorflow: TensorflowPackage, signal: AbortSignal): Promise<WheelFile> {
  const address = `${indexUrl.replace(/\/+$/, '')}/${tensorflow.name}/`;
  const response = await http.get(address, { accept: jsonType }, signal);
  try {
    if (response.status !== 200) throw statusFailure(response.status, response.url);
    const page = await readBody(response, pageLimitBytes, signal);
    const { files } = parsePage(page.toString('utf8'), hostOf(response.url));
    const file = files.filter((each) => each.yanked === false && tensorflow.isWheel(each.filename)).at(-1);
    if (!file) throw new ProvisioningFailure(`${hostOf(response.url)} has no wheel of ${tensorflow.name} ${tensorflow.version} for this platform`);
    return { fileName: file.filename, url: new URL(file.url, response.url).href, sha256: file.hashes['sha256'] };
  } finally {
    response.body.destroy();
  }
}

function parsePage(text: string, host: string): z.infer<typeof pageSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ProvisioningFailure(`${host} does not answer in JSON (PEP 691); is this the address of a package index?`, { cause: error });
  }
  const page = pageSchema.safeParse(json);
  if (!page.success) throw new ProvisioningFailure(`${host} does not answer as a package index does (PEP 691)`, { cause: page.error });
  return page.data;
}
