import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineEditor } from '../../../../src/host/board/line-editor';

function editor(): { readonly editor: LineEditor; readonly sent: string[]; readonly screen: () => string } {
  const sent: string[] = [];
  let written = '';
  return { editor: new LineEditor((text) => (written += text), (line) => sent.push(line)), sent, screen: () => written };
}

test('a typed line is sent whole, with what was erased left out', () => {
  const { editor: line, sent } = editor();
  line.type('imprt\u007f\u007fort os\r');
  assert.deepEqual(sent, ['import os']);
});

test('pasted lines are sent one after the other, and the rest stays', () => {
  const { editor: line, sent } = editor();
  line.type('a=1\nb=2\nc');
  assert.deepEqual(sent, ['a=1', 'b=2']);
  line.type('=3\r');
  assert.deepEqual(sent, ['a=1', 'b=2', 'c=3']);
});

test('Ctrl+C and Ctrl+D go to the board at once; cursor keys do nothing', () => {
  const { editor: line, sent } = editor();
  line.type('half\u0003');
  line.type('\u001b[A\u001b[1;5Cx\u001bOPy\r');
  line.type('\u0004');
  assert.deepEqual(sent, ['\u0003', 'xy', '\u0004']);
});

test('what the board says stands above the line that is being typed', () => {
  const { editor: line, screen } = editor();
  line.type('ab');
  line.print('>>> ready');
  assert.ok(screen().endsWith('\r\u001b[2K>>> ready\r\nab'));
});
