import type { BoardMachine, BoardProgram, RunningProgram } from '../../../src/board/emulator/board-program';
import { stubFacts } from '../../../src/board/stub/stub-image';
import { K210Machine } from './k210-machine';

/** Executes the machine code that the boot ROM has loaded: for a virtual board in place of its model of the stub. */
export const executedStub: BoardProgram = {
  name: 'machine code of the flash stub',
  start: (machine) => new ExecutedStub(machine),
};

class ExecutedStub implements RunningProgram {
  private readonly chip: K210Machine;

  constructor(private readonly machine: BoardMachine) {
    this.chip = new K210Machine({ code: machine.sram.slice(0, stubFacts.sizeBytes), flash: machine.flash });
    this.chip.runUntilIdle();
  }

  receive(bytes: Uint8Array): void {
    if (this.chip.wasReset) return;
    const { serial } = this.machine;
    serial.send(this.chip.exchange(bytes));
    void serial.drained().then(() => {
      serial.setBaudRate(this.chip.uart.baudRate);
      if (this.chip.wasReset) this.machine.reset();
    });
  }
}
