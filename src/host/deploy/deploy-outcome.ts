import type { DeployResult } from '../../protocol/deploy-result';

/** A program on the board says that it has loaded the model. */
export function isRunning(result: DeployResult): boolean {
  return 'boot' in result ? result.boot?.kind === 'ready' : 'main' in result && result.main !== undefined;
}
