const controlC = '\u0003';
const controlD = '\u0004';
const backspace = '\u007f';
const escape = '\u001b';
const cursorKeys = new RegExp(`${escape}(?:\\[[\\d;]*[A-Za-z~]|O[A-Z])`, 'gu');

/**
 * A line that is being typed while others are printed above it. Ctrl+C and Ctrl+D go to the board at once, where MicroPython stops its
 * program and starts anew.
 */
export class LineEditor {
  private line = '';

  constructor(private readonly write: (text: string) => void, private readonly send: (line: string) => void) {}

  /** @param data keys, or a pasted text of several lines */
  type(data: string): void {
    // Cursor and function keys do nothing here.
    const plain = data.replaceAll(cursorKeys, '');
    for (const key of plain) this.press(key);
  }

  /** Shows a line above the one that is being typed. */
  print(text: string): void {
    this.write(`\r\u001b[2K${text}\r\n${this.line}`);
  }

  private press(key: string): void {
    if (key === '\r' || key === '\n') this.finish(this.line);
    else if (key === controlC || key === controlD) this.finish(key, key === controlC ? '^C' : '^D');
    else if (key === backspace || key === '\b') this.erase();
    else if (key >= ' ') {
      this.line += key;
      this.write(key);
    }
  }

  private finish(sent: string, shown = this.line): void {
    this.write(`\r\u001b[2K\u001b[1m> ${shown}\u001b[0m\r\n`);
    this.line = '';
    this.send(sent);
  }

  private erase(): void {
    if (this.line === '') return;
    this.line = [...this.line].slice(0, -1).join('');
    this.write(`\r\u001b[2K${this.line}`);
  }
}
