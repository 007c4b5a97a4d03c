import * as vscode from 'vscode';

/** Owns one context key and tells the editor only about changes. */
export class ContextKey {
  private value: boolean | undefined;

  constructor(private readonly name: string) {}

  set(value: boolean): void {
    if (value === this.value) return;
    this.value = value;
    void vscode.commands.executeCommand('setContext', this.name, value);
  }
}
