/** A line that a board never ends is cut here. */
const longestLine = 4096;

/** Cuts what a board sends into lines: CR LF, LF, or a lone CR that something follows. Bytes that are no UTF-8 become U+FFFD. */
export class LineSplitter {
  private decoder = new TextDecoder('utf-8');
  private open = '';

  /** @returns the lines that are whole now */
  push(bytes: Uint8Array): string[] {
    this.open += this.decoder.decode(bytes, { stream: true });
    const parts = this.open.split(/\r\n|\n|\r(?=[^\n])/);
    this.open = parts.pop() ?? '';
    const lines = parts.flatMap(cut);
    while (this.open.length > longestLine) {
      lines.push(this.open.slice(0, longestLine));
      this.open = this.open.slice(longestLine);
    }
    return lines;
  }

  /** What stands after the last line end, such as a prompt; it is forgotten here. */
  flush(): string {
    const rest = this.open + this.decoder.decode();
    this.decoder = new TextDecoder('utf-8');
    this.open = '';
    return rest;
  }

  get hasOpenLine(): boolean {
    return this.open !== '';
  }
}

function cut(line: string): string[] {
  if (line.length <= longestLine) return [line];
  return Array.from({ length: Math.ceil(line.length / longestLine) }, (_, index) => line.slice(index * longestLine, (index + 1) * longestLine));
}
