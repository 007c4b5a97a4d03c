import * as vscode from 'vscode';

/** Owns one context key and tells the editor only about changes. */
export class ContextKey<Value extends boolean | string | readonly string[] = boolean> {
  private shown: string | undefined;

  constructor(private readonly name: string) {}

  set(value: Value): void {
    const text = JSON.stringify(value);
    if (text === this.shown) return;
    this.shown = text;
    void vscode.commands.executeCommand('setContext', this.name, value);
  }
}
