import type { CommandResult } from '../base/command';
import { BoardError } from '../board/board-error';
import { DeployFailure } from '../board/deploy/deploy-failure';
import type { FlashDeployment } from '../board/deploy/deploy-flash';
import type { DeployImage } from '../board/image/deploy-image';
import type { BootOutcome } from '../board/deploy/boot-watch';

export interface FlashDeployResult {
  readonly file: string;
  readonly image: DeployImage;
  readonly port: string;
  readonly deployment: FlashDeployment;
  /** The .kmodel was made on the way. */
  readonly converted: boolean;
  readonly seconds: number;
}

/** What `deploy` to the flash prints. */
export function describeFlashDeploy({ file, image, port, deployment, converted, seconds }: FlashDeployResult): CommandResult {
  const { verified, verification, writtenBytes, skippedBytes, uploadMs, map, boot, report } = deployment;
  const uploadSeconds = uploadMs / 1000;
  const regions = image.regions.map(({ address, name, bytes }) => ({ address, name, bytes: bytes.length }));
  return {
    result: {
      file, kind: image.kind, target: 'flash', port, converted, regions, verified, verification, writtenBytes, skippedBytes, uploadSeconds, seconds, map, report,
      ...(boot ? { boot } : {}),
    },
    text: [
      ...regions.map(({ address, name, bytes }) => `${verified ? 'Verified:' : 'Written: '} ${name}, ${bytes} bytes at 0x${address.toString(16)}`),
      `Proved:   ${proofText(deployment)}`,
      `Sent:     ${writtenBytes} bytes, ${skippedBytes} were there already, in ${uploadSeconds.toFixed(1)} s`,
      `Board:    ${port}, reset wiring ${report.profile ?? 'by hand'}, ${report.baudRate} baud${report.flash ? `, flash ${report.flash}` : ''}`,
      ...(boot ? [`Program:  ${bootText(boot)}`] : []),
    ].join('\n'),
  };
}

/** For `--require-proof`: everything is on the board, but its program did not say that it works. */
export function missingProof(file: string, { boot, report }: FlashDeployment): DeployFailure {
  const said = boot === undefined || boot.said === '' ? 'nothing' : `"${boot.said.slice(-200)}"`;
  return new DeployFailure(report, new BoardError(
    'K2-REPL-PROOF', `${file} is on the board and verified, but no program there said that it loaded it; the board said ${said}.`,
    'Install a program on the board that loads the model and says so, or leave out --require-proof.',
  ));
}

function proofText({ verification }: FlashDeployment): string {
  switch (verification) {
    case 'crc': return 'the flash has the CRC-32 of every block';
    case 'read-back': return 'the flash has the CRC-32 of every block, and every byte was read back';
    case 'none': return 'not at all: this stub cannot read the flash';
  }
}

function bootText({ kind, loadMs, said }: BootOutcome): string {
  switch (kind) {
    case 'ready': return `loaded the model${loadMs === undefined ? '' : ` in ${loadMs} ms`}`;
    case 'failed': return `did not load the model: ${said.split(/[\r\n]+/u).at(-1) ?? ''}`;
    case 'prompt': return 'none; MicroPython waits at its prompt';
    case 'silent': return said === '' ? 'the board started and says nothing' : `no word about the model; the board said: ${said.split(/[\r\n]+/u).at(-1) ?? ''}`;
  }
}
