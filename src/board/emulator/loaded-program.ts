import { stubLoadAddress } from '../isp/packet';
import { isStubImage, stubFacts } from '../stub/stub-image';
import type { BoardProgram } from './board-program';
import { classicStub } from './classic-stub';
import { ownStub } from './own-stub';

/**
 * What a jump of the boot ROM starts, since this board cannot execute machine code. `automatic`: our own stub when its bytes lie there,
 * else a classic stub, which is what other tools load. Tests give a program that does execute what was loaded.
 */
export type LoadedProgramChoice = 'automatic' | 'own' | 'classic' | BoardProgram;

export function chooseLoadedProgram(choice: LoadedProgramChoice, sram: Uint8Array, entryAddress: number): BoardProgram {
  if (typeof choice === 'object') return choice;
  if (choice === 'automatic') {
    const offset = entryAddress - stubLoadAddress;
    return isStubImage(sram.subarray(offset, offset + stubFacts.sizeBytes)) ? ownStub : classicStub;
  }
  return choice === 'own' ? ownStub : classicStub;
}
