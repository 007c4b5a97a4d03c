import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '../../../../src/base/random';
import { NorFlash } from '../../../../src/board/emulator/nor-flash';
import { K210Machine } from '../../../support/riscv/k210-machine';
import { randomProgram } from '../../../support/riscv/random-program';
import { runProgram } from '../../../support/riscv/run-program';
import { Spi3Model } from '../../../support/riscv/spi3-model';

/** Of the first programs of test/integration/board-processor.test.ts, with the outcomes on which Unicorn agreed. */
const golden = { programs: 200, sha256: '9e3a7eb9de1488c54675c2f921d97fc99bb0e6ff738715d53d5bd5d8712021ee' };

test(`${golden.programs} random programs end as they did when Unicorn agreed`, () => {
  const random = new SeededRandom(20260725);
  const digest = createHash('sha256');
  for (let i = 0; i < golden.programs; i++) {
    const { registers, data } = runProgram(randomProgram(random));
    digest.update(registers.join(',')).update(data);
  }
  assert.equal(digest.digest('hex'), golden.sha256);
});

/** lui rd, upper20 */
const lui = (rd: number, upper: number): number => (upper << 12) | (rd << 7) | 0x37;
/** lw rd, offset(rs1) */
const lw = (rd: number, rs1: number, offset: number): number => (offset << 20) | (rs1 << 15) | (2 << 12) | (rd << 7) | 0x03;
/** sw rs2, offset(rs1), offset below 32 */
const sw = (rs2: number, rs1: number, offset: number): number => (rs2 << 20) | (rs1 << 15) | (2 << 12) | (offset << 7) | 0x23;
/** slli rd, rd, amount */
const slli = (rd: number, amount: number): number => (amount << 20) | (rd << 15) | (1 << 12) | (rd << 7) | 0x13;
/** srli rd, rd, amount */
const srli = (rd: number, amount: number): number => (amount << 20) | (rd << 15) | (5 << 12) | (rd << 7) | 0x13;

function run(...instructions: number[]): void {
  const code = new Uint8Array(Int32Array.from(instructions).buffer);
  new K210Machine({ code, flash: new NorFlash({ sizeBytes: 1 << 20 }) }).processor.run(instructions.length);
}

test('what a real chip would not do is an error', () => {
  const programs: readonly (readonly [RegExp, readonly number[]])[] = [
    [/System controller register 0x40 is read/, [lui(10, 0x50440), lw(11, 10, 0x40)]],
    [/unknown device address 0x38000000/, [lui(10, 0x38000), lw(11, 10, 0)]],
    [/uart3 is used without a clock/, [lui(10, 0x50230), lw(11, 10, 0x14)]],
    [/spi3 is used without a clock/, [lui(10, 0x54000), sw(0, 10, 8)]],
    [/register 0x8 is written/, [lui(10, 0x50440), sw(0, 10, 8)]],
    [/address above 32 bits/, [lui(10, 0x80000), lw(11, 10, 0)]],
    [/missing memory at 0x80100000/, [lui(10, 0x80100), slli(10, 32), srli(10, 32), lw(11, 10, 0)]],
    [/not aligned to 4/, [lui(10, 0x80000), slli(10, 32), srli(10, 32), lw(11, 10, 2)]],
    [/writes to its own code/, [lui(10, 0x80000), slli(10, 32), srli(10, 32), sw(0, 10, 4)]],
    [/illegal instruction/, [0]],
    [/traps by itself/, [0x73]],
    [/outside of the loaded code/, [0x13, 0x0000006f | (1 << 20), 0]],
  ];
  for (const [sentence, program] of programs) assert.throws(() => run(...program), sentence);
});

test('the flash controller takes no more than its FIFO holds, and no settings while it is on', () => {
  const make = (): Spi3Model => new Spi3Model({ flash: new NorFlash({ sizeBytes: 1 << 20 }), elapseBits: () => undefined });
  const on = (spi: Spi3Model, control0: number, receiveCount = 1): void => {
    spi.store(0x14, 2);
    spi.store(0x00, control0);
    spi.store(0x04, receiveCount - 1);
    spi.store(0x08, 1);
  };
  const sendOnly = 7 | (1 << 10);
  const sendThenReceive = 7 | (3 << 10);
  const push = (spi: Spi3Model, count: number): void => {
    for (let i = 0; i < count; i++) spi.store(0x60, 0x9f);
  };
  const checks: readonly (readonly [RegExp, (spi: Spi3Model) => void])[] = [
    [/transmit FIFO of SPI3 overflows/, (spi) => { on(spi, sendOnly); push(spi, 33); }],
    [/receives 33 bytes at once/, (spi) => { on(spi, sendThenReceive, 33); push(spi, 1); spi.store(0x10, 1); }],
    [/chip select may have dropped/, (spi) => { on(spi, sendOnly); push(spi, 1); spi.store(0x10, 1); push(spi, 1); }],
    [/while SPI3 is enabled/, (spi) => { on(spi, sendOnly); spi.store(0x00, sendThenReceive); }],
    [/without anything to send/, (spi) => { on(spi, sendOnly); spi.store(0x10, 1); }],
    [/bytes in its receive FIFO/, (spi) => { on(spi, sendThenReceive, 3); push(spi, 1); spi.store(0x10, 1); spi.store(0x10, 0); spi.store(0x08, 0); }],
    [/transfer mode 2/, (spi) => { on(spi, 7 | (2 << 10)); push(spi, 1); spi.store(0x10, 1); }],
    [/receive FIFO of SPI3 is read/, (spi) => { on(spi, sendOnly); spi.load(0x60); }],
  ];
  for (const [sentence, use] of checks) assert.throws(() => use(make()), sentence);
});
