import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import { pythonWith, runPython } from '../support/python';
import { codeAddress, dataAddress, randomProgram } from '../support/riscv/random-program';
import { runProgram } from '../support/riscv/run-program';

const programCount = 1500;

/** Registers 1 to 31 and the data after each program, as the Unicorn emulator (QEMU's processor) leaves them. */
const unicornScript = `
import json, sys
from unicorn import *
from unicorn.riscv_const import *
programs = json.load(open(sys.argv[1]))
registers = [UC_RISCV_REG_X0 + i for i in range(1, 32)]
outcomes = []
machine = Uc(UC_ARCH_RISCV, UC_MODE_RISCV64)
machine.mem_map(${codeAddress}, 0x20000)
for program in programs:
    code = bytes.fromhex(program["code"])
    machine.mem_write(${codeAddress}, bytes(4096))
    machine.ctl_remove_cache(${codeAddress}, ${codeAddress} + 4096)
    machine.mem_write(${codeAddress}, code)
    machine.mem_write(${dataAddress}, bytes.fromhex(program["data"]))
    for register, value in zip(registers, program["registers"]):
        machine.reg_write(register, int(value))
    machine.emu_start(${codeAddress}, ${codeAddress} + len(code))
    outcomes.append({"registers": [str(machine.reg_read(register)) for register in registers], "data": machine.mem_read(${dataAddress}, len(program["data"]) // 2).hex()})
print(json.dumps(outcomes))
`;

test(`${programCount} random programs end with the same registers and memory in our processor and in Unicorn`, async (context) => {
  const python = pythonWith('unicorn');
  if (python.missing !== undefined) return context.skip(python.missing);
  const random = new SeededRandom(20260725);
  const programs = Array.from({ length: programCount }, () => randomProgram(random));
  const folder = mkdtempSync(path.join(tmpdir(), 'board-processor-'));
  try {
    const file = path.join(folder, 'programs.json');
    writeFileSync(file, JSON.stringify(programs.map(({ code, data, registers }) => ({ code: Buffer.from(code).toString('hex'), data: Buffer.from(data).toString('hex'), registers: registers.map(String) }))));
    const expected = await runPython<{ registers: string[]; data: string }[]>(python.interpreter, unicornScript, { args: [file] });
    assert.equal(expected.length, programCount);
    programs.forEach((program, i) => {
      const { registers, data } = runProgram(program);
      assert.deepEqual({ registers: registers.map(String), data: Buffer.from(data).toString('hex') }, expected[i], `program ${i}`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
