import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeployProgress } from '../../../../src/host/deploy/deploy-progress';
import { reportOf } from '../../../../src/host/deploy/deploy-report';
import type { DeployPhase, DeploySession } from '../../../../src/host/deploy/deploy-session';
import { cancelledView, errorView } from '../../../../src/host/deploy/error-view';
import { Figures } from '../../../../src/protocol/figures';

function sessionIn(phase: DeployPhase, name = 'face.kmodel'): DeploySession {
  const target = { kind: 'flash', address: '0x300000', path: '/sd/face.kmodel', withProgram: false };
  return { phase, progress: new DeployProgress(), target, source: { name, bytes: 7 } } as unknown as DeploySession;
}

const figures = new Figures('en');

describe('the end of a deploy', () => {
  test('a stop says what the command found to be on the board, with the code beside it', () => {
    const error = 'K2-CANCELLED: The deploy to /dev/ttyUSB0 was cancelled. Of 0x300000 to 0x349000 the first 65,536 bytes are new. The board was started again.';
    const stop = { code: 'K2-CANCELLED', error } as const;
    const { tone, headline, text, code } = cancelledView(stop, sessionIn({ kind: 'cancelled', stop }));
    assert.deepEqual([tone, headline, `${code}: ${headline} ${text}`], ['', 'The deploy to /dev/ttyUSB0 was cancelled.', error]);
  });

  test('a command that had to be ended leaves what its progress tells', () => {
    const { headline, code } = cancelledView(undefined, sessionIn({ kind: 'cancelled', stop: undefined }));
    assert.deepEqual([headline, code], ['You stopped the deploy. Nothing was written.', '']);
  });

  test('a sentence loses nothing but the code at its beginning', () => {
    const coded = { code: 'K2-WRITE', sentence: 'K2-WRITE: a$&b: K2-WRITE: no.', action: '' };
    const plain = { sentence: 'models/face.kmodel: the file is cut off.', action: 'Convert it again.' };
    const shown = [coded, plain].map((failure) => errorView(failure, sessionIn({ kind: 'failed', failure }), figures).headline);
    assert.deepEqual(shown, ['a$&b: K2-WRITE: no.', plain.sentence]);
    const reported = [coded, plain].map((failure) => reportOf(sessionIn({ kind: 'failed', failure }))?.split('\n')[1]);
    assert.deepEqual(reported, [coded.sentence, `no code: ${plain.sentence}`]);
  });
});
