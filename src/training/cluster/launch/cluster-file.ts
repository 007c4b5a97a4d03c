import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import * as z from 'zod';
import { UserError, errorText } from '../../../base/user-error';
import { isPrivateAddress, isWildcardAddress, parseHostAndPort } from './private-address';

const rankSchema = z.strictObject({
  address: z.string().describe('host:port that the other ranks reach this one at: an address of a private network.'),
  ssh: z.string().regex(/^[\w.@:-]+$/, 'must be [user@]host').optional().describe('Where the launcher starts this rank: [user@]host of ssh. Absent: on the machine of the launcher.'),
  sshOptions: z.array(z.string()).optional().describe('Further options of ssh, e.g. ["-p", "2222"].'),
  command: z.string().min(1).optional().describe('What starts this product there; "mobilefacenet" by default.'),
  workingFolder: z.string().optional().describe('Folder that the command runs in there.'),
  threads: z.number().int().min(1).max(1024).optional().describe('Threads of this rank; by default the cores of its machine, shared by the ranks there.'),
});

/** What `--cluster FILE` holds. */
export const clusterFileSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1).default(1),
  ranks: z.array(rankSchema).min(1).max(1024).describe('The processes that train together. The first one leads and writes the run.'),
  timeoutSeconds: z.number().min(5).max(3600).default(60).describe('How long a rank waits for another one before it takes it for lost.'),
  startTimeoutSeconds: z.number().min(5).max(86_400).default(300).describe('How long a rank waits at the start for all others.'),
  checkEverySteps: z.number().int().min(1).max(1_000_000).default(100).describe('Steps after which the weights of all ranks are compared.'),
  allowPublicAddresses: z.boolean().default(false).describe('Also take addresses that can be reached from the Internet. TensorFlow neither encrypts nor asks who connects.'),
});
export type ClusterFile = z.infer<typeof clusterFileSchema>;
export type RankEntry = z.infer<typeof rankSchema>;

/** The JSON Schema of cluster files, which editors check and complete them with. */
export function clusterJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(clusterFileSchema, { io: 'input' });
  return { ...schema, title: 'Cluster of MobileFaceNet Studio', description: 'The processes that train together (mobilefacenet train --cluster FILE).' };
}

/** @throws UserError naming the key or the address that is wrong */
export async function readClusterFile(file: string): Promise<ClusterFile> {
  const value = await readJson(file);
  const parsed = clusterFileSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(`${file}: ${[...(issue?.path ?? [])].join('.') || 'the file'}: ${issue?.message ?? 'is wrong'}.`, howItLooks);
  }
  checkAddresses(parsed.data, file);
  return parsed.data;
}

const howItLooks = 'It looks like {"ranks": [{"address": "10.0.0.1:7000"}, {"address": "10.0.0.2:7000", "ssh": "user@10.0.0.2"}]}.';

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    throw new UserError(`The cluster file ${file} cannot be read (${errorText(error)}).`, howItLooks, { cause: error });
  }
}

function checkAddresses({ ranks, allowPublicAddresses }: ClusterFile, file: string): void {
  ranks.forEach(({ address }, rank) => {
    const parsed = parseHostAndPort(address);
    if (!parsed) throw new UserError(`${file}: the address "${address}" of rank ${rank} is no host:port.`, howItLooks);
    checkAddress(parsed.host, { rank, allowPublicAddresses });
    const first = ranks.findIndex((other) => other.address === address);
    if (first !== rank) throw new UserError(`${file}: ranks ${first} and ${rank} have the same address ${address}.`, 'Give each its own; ranks of one machine differ by their ports.');
  });
}

/**
 * @param host IP address; a name is judged once it is resolved
 * @throws UserError when it stands for all addresses, or can be reached from the Internet without consent
 */
export function checkAddress(host: string, { rank, allowPublicAddresses }: { readonly rank: number; readonly allowPublicAddresses: boolean }): void {
  if (isIP(host) === 0) return;
  if (isWildcardAddress(host)) {
    throw new UserError(`Rank ${rank} would listen at all addresses of its machine (${host}).`, 'Name the one address of the private network that the other ranks reach it at.');
  }
  if (!allowPublicAddresses && !isPrivateAddress(host)) {
    throw new UserError(
      `The address ${host} of rank ${rank} can be reached from the Internet; TensorFlow neither encrypts nor asks who connects.`,
      'Use addresses of a private network or a VPN, or set "allowPublicAddresses": true where a firewall lets only the ranks in.',
    );
  }
}
