import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../base/command';
import { examine, type CheckState, type DoctorCheck } from './doctor';
import { probeLibrary } from './probe';

const marks: Readonly<Record<CheckState, string>> = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' };

/** `doctor`: is everything there that the product needs? */
export function registerDoctorCommand(program: Command, run: CommandRunner): void {
  const doctor = program.command('doctor').description('check Node, memory, disk, engine, picture library and face detector');
  run(doctor, async () => doctorResult(await examine({ env: process.env, workFolder: process.cwd(), probe: probeLibrary })));
}

/** The checks as JSON and as text; `healthy` means that none is a problem. */
export function doctorResult(checks: readonly DoctorCheck[]): CommandResult {
  const lines = checks.flatMap(({ name, state, message, action }) => {
    const line = `${marks[state]}  ${name}: ${message}`;
    return action === undefined ? [line] : [line, `         -> ${action}`];
  });
  const healthy = checks.every((check) => check.state !== 'problem');
  return { result: { healthy, checks }, text: lines.join('\n') };
}
