import path from 'node:path';
import type { VerificationSummary } from '../protocol/run';
import type { JourneyResult } from './journey';
import { rehearsalPath } from './rehearse-deployment';
import { samenessText } from './same-photo';

/** What `journey` ends with, for somebody who sees it for the first time. */
export function journeySummary(out: string, result: JourneyResult): string {
  const { engine, dataset, softmax, arcface } = result;
  const rows: (readonly [string, VerificationSummary | undefined])[] = [
    ['untrained network', softmax.initialVerification],
    ['after softmax', softmax.result?.verification],
    ['after ArcFace', arcface.result?.verification],
  ];
  const table = rows.flatMap(([name, summary]) => (summary ? [verificationRow(name, summary)] : []));
  return [
    '',
    `Engine     ${engine.kind === 'native' ? `TensorFlow ${engine.version}` : 'WebAssembly fallback: slow, for trying only (see `mobilefacenet engine status`)'}`,
    `Dataset    ${dataset}: ${softmax.images} images of ${softmax.identities} people, ${softmax.heldOutIdentities} more people held out`,
    `Softmax    loss ${lossOf(softmax)}, ${speedOf(softmax)}`,
    `ArcFace    loss ${lossOf(arcface)}, ${speedOf(arcface)}`,
    '',
    ...(table.length > 0 ? ['Verification on the held-out people:', verificationHeader, ...table, ''] : []),
    ...boardLines(result),
    '',
    `The trained model is ${path.join(out, 'runs', 'arcface', 'model', 'best')}. Open ${out} in VS Code with MobileFaceNet Studio to see the curves.`,
    'To train on your own photos: npm start -- --photos DIR (one folder per person).',
  ].join('\n');
}

function boardLines({ kmodel, rehearsal: { board, deployment, samePhoto } }: JourneyResult): string[] {
  const { file, bytes, facts: { agreement, estimatedMs } } = kmodel;
  return [
    'The model for the K210 chip:',
    `  File        ${file} (${(bytes / 1024).toFixed(0)} KiB)`,
    `  Agreement   cosine ${agreement.meanCosine.toFixed(4)} to the float model on average, on ${agreement.faces} faces that were not used for calibration (1 is the same)`,
    `  Speed       about ${estimatedMs.toFixed(0)} ms for a face on the chip (an estimate; only a board can tell)`,
    `  Deployed    verified on the virtual board (${board}): ${deployment.bytes} bytes with the same CRC-32, and MicroPython there loaded the model`,
    `  Same photo  ${samePhoto.simulator.identical ? 'identical: the virtual board and this computer give the same embedding, bit by bit' : `the virtual board computes what this computer does (${samenessText(samePhoto.simulator)})`}`,
    '',
    'With a real board on a USB cable (`mobilefacenet` is `node dist/cli.js` here):',
    '  mobilefacenet ports                          which port it is',
    '  mobilefacenet deploy FILE --port P           to its flash; FILE is the .kmodel above',
    `  mobilefacenet deploy FILE --port P --path ${rehearsalPath} --main`,
    '                                               to its SD card, with a program that recognises faces on the camera (MaixPy, CanMV)',
  ];
}

const verificationHeader = `  ${''.padEnd(20)}accuracy        AUC     EER`;

function verificationRow(name: string, { accuracy, accuracyDeviation, auc, eer }: VerificationSummary): string {
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return `  ${name.padEnd(20)}${`${percent(accuracy)} ± ${(accuracyDeviation * 100).toFixed(1)}`.padEnd(16)}${auc.toFixed(4)}  ${percent(eer)}`;
}

function lossOf({ result }: JourneyResult['softmax']): string {
  return result ? `${result.firstLoss.toFixed(2)} → ${result.lastLoss.toFixed(2)}` : 'unknown';
}

function speedOf({ result }: JourneyResult['softmax']): string {
  return result ? `${result.imagesPerSecond.toFixed(0)} images/s` : '';
}
