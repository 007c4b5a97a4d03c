import { codeAddress, dataAddress, dataBytes, type RandomProgram } from './random-program';
import { Processor } from './processor';

/** Registers 1 to 31 and the data after a program. */
export interface ProgramOutcome {
  readonly registers: readonly bigint[];
  readonly data: Uint8Array;
}

export function runProgram({ code, registers, data }: RandomProgram): ProgramOutcome {
  const memory = new Uint8Array(dataAddress - codeAddress + dataBytes);
  memory.set(code);
  memory.set(data, dataAddress - codeAddress);
  const processor = new Processor({ memoryBase: codeAddress, memory, codeBytes: code.length, devices: noDevices });
  registers.forEach((value, i) => processor.setRegister(i + 1, value));
  while (processor.pc !== codeAddress + code.length) processor.run(1);
  return { registers: registers.map((_, i) => processor.register(i + 1)), data: memory.slice(dataAddress - codeAddress) };
}

const noDevices = {
  load(address: number): never {
    throw new Error(`There is no device at ${address}.`);
  },
  store(address: number): never {
    throw new Error(`There is no device at ${address}.`);
  },
};
