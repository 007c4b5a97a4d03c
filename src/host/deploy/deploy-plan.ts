import { flashAddressText, parseFlashAddress } from '../../protocol/flash-address';
import { defaultModelAddress } from '../../protocol/flash-layout';
import { judgePlacement, type FlashFacts, type Placement, type PlannedRegion } from '../../protocol/flash-plan';
import type { DeploySource } from './deploy-source';

/** Where a deploy goes, as the user has it in the field. */
export interface DeployTarget {
  readonly kind: 'flash' | 'file';
  readonly address: string;
  readonly path: string;
  /** With a file: install the program for the camera as well. */
  readonly withProgram: boolean;
}

/** What the plan comes to. */
export type DeployPlan =
  | { readonly kind: 'flash'; readonly address: number | undefined; readonly regions: readonly (PlannedRegion & { readonly name: string })[]; readonly placement: Placement | undefined }
  | { readonly kind: 'file'; readonly path: string }
  /** `address`: what was typed is none. `firmware-place`: a model at address 0. `path`: no place for a file. */
  | { readonly kind: 'invalid'; readonly reason: 'address' | 'firmware-place' | 'path'; readonly text: string };

/** Of a board that nobody has asked: all in use have 16 MiB. */
export const usualFlashBytes = 16 << 20;

export function firstTarget(source: DeploySource): DeployTarget {
  const name = source.kind === 'folder' ? 'face.kmodel' : source.name.replaceAll(/[^A-Za-z0-9._+-]/gu, '-');
  return { kind: 'flash', address: source.kind === 'data' ? flashAddressText(0) : flashAddressText(defaultModelAddress), path: `/sd/${name}`, withProgram: source.hasFacts };
}

/** @param bytes of the file, as far as they are known */
export function planDeploy(source: DeploySource, target: DeployTarget, facts: FlashFacts, bytes: number | undefined): DeployPlan {
  if (target.kind === 'file') return /^\/(sd|flash)\/[A-Za-z0-9._ +/-]+$/u.test(target.path) ? { kind: 'file', path: target.path } : { kind: 'invalid', reason: 'path', text: target.path };
  if (source.kind === 'package') {
    const worst = source.parts.map((part) => ({ part, placement: judgePlacement(part, withoutOwnFirmware(facts, source.parts)) })).find(({ placement }) => placement.kind !== 'free');
    return { kind: 'flash', address: undefined, regions: source.parts, placement: worst?.placement };
  }
  const address = parseFlashAddress(target.address.trim());
  if (address === undefined) return { kind: 'invalid', reason: 'address', text: target.address };
  if (address === 0 && source.kind !== 'data') return { kind: 'invalid', reason: 'firmware-place', text: target.address };
  const region = bytes === undefined ? undefined : { address, bytes, name: source.kind === 'folder' ? 'k210.kmodel' : source.name };
  const placement = region && judgePlacement(region, address === 0 ? { flashBytes: facts.flashBytes } : facts);
  return { kind: 'flash', address, regions: region ? [region] : [], placement };
}

/** A firmware that comes along replaces the one that is there. */
function withoutOwnFirmware(facts: FlashFacts, parts: readonly PlannedRegion[]): FlashFacts {
  return parts.some(({ address }) => address === 0) ? { flashBytes: facts.flashBytes } : facts;
}

/** Whether nothing stands against writing. */
export function isPossible(plan: DeployPlan): boolean {
  if (plan.kind === 'invalid') return false;
  return plan.kind === 'file' || plan.placement === undefined || plan.placement.kind === 'free';
}

/** Arguments of the command line for a deploy. */
export function deployArguments({ source, port, target, plan, baudRate }: {
  readonly source: string; readonly port: string; readonly target: DeployTarget; readonly plan: DeployPlan; readonly baudRate: number;
}): string[] {
  const place = plan.kind === 'file'
    ? ['--path', plan.path, ...(target.withProgram ? ['--main'] : [])]
    : plan.kind === 'flash' && plan.address !== undefined ? ['--address', flashAddressText(plan.address)] : [];
  return ['deploy', source, '--port', port, ...place, '--baud', String(baudRate)];
}
