import type { BoardMachine, BoardProgram, RunningProgram } from './board-program';

const heartbeatMs = 5000;

/** A firmware that prints a boot log and then a line now and then, and hears nothing: what a board does that is not in ISP. */
export const demoFirmware: BoardProgram = {
  name: 'demo firmware',
  start(machine) {
    void run(machine).catch(() => undefined);
    return deaf;
  },
};

const deaf: RunningProgram = { receive: () => undefined };

async function run(machine: BoardMachine): Promise<void> {
  const print = (line: string): void => machine.serial.send(Buffer.from(`${line}\r\n`));
  print('');
  print('Virtual K210 board');
  await machine.clock.sleep(120, machine.signal);
  print(`[flash] JEDEC ${machine.flash.jedecId.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}, ${machine.flash.memory.length >> 20} MiB`);
  await machine.clock.sleep(180, machine.signal);
  print('[demo] init end');
  for (let seconds = heartbeatMs / 1000; ; seconds += heartbeatMs / 1000) {
    await machine.clock.sleep(heartbeatMs, machine.signal);
    print(`[demo] running for ${seconds} s`);
  }
}
