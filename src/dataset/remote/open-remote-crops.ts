import type { CropService } from '../detection/crop-service';
import { BullMqBatchQueue } from './bullmq-queue';
import { cropMakerName } from './crop-maker';
import { parseRedisAddress } from './redis-address';
import { explainRedisError } from './redis-connection';
import { RemoteCrops } from './remote-crops';

/** Crops by the workers at a Redis or Valkey server. @throws UserError when `url` is no address */
export async function openRemoteCrops(url: string, env: NodeJS.ProcessEnv, notice: (sentence: string) => void): Promise<CropService> {
  const address = parseRedisAddress(url, env);
  const maker = await cropMakerName(env);
  return new RemoteCrops({
    maker, notice,
    workerCommand: `mobilefacenet worker --redis ${address.tls ? 'rediss' : 'redis'}://${address.shown}`,
    openQueue: (signal) => BullMqBatchQueue.open(address, maker, { notice, ...(signal && { signal }) }),
    explain: (error) => explainRedisError(error, address),
  });
}
