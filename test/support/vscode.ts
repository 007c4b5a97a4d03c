/** A small double of the editor's API for unit tests: enough to build trees, texts and panels, nothing that acts. */
export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(value: T): void {
    this.listeners.forEach((listener) => listener(value));
  }

  dispose(): void {
    this.listeners.clear();
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class ThemeIcon {
  constructor(readonly id: string, readonly color?: ThemeColor) {}
}

export class MarkdownString {
  constructor(readonly value = '') {}
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;
export const ViewColumn = { Active: -1 } as const;
export const ConfigurationTarget = { Global: 1 } as const;
export const QuickPickItemKind = { Separator: -1 } as const;
export const QuickInputButtons = { Back: {} } as const;
export class TabInputText {}
export class TabInputCustom {}
export class RelativePattern {
  constructor(readonly base: unknown, readonly pattern: string) {}
}

export class TreeItem {
  id?: string;
  description?: string;
  contextValue?: string;
  iconPath?: unknown;
  tooltip?: unknown;
  command?: unknown;

  constructor(readonly label: string, readonly collapsibleState: number = TreeItemCollapsibleState.None) {}
}

export class Uri {
  private constructor(readonly fsPath: string, readonly scheme = 'file') {}

  static file(fsPath: string): Uri {
    return new Uri(fsPath);
  }

  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri([base.fsPath, ...parts].join('/'));
  }

  with({ scheme }: { readonly scheme: string }): Uri {
    return new Uri(this.fsPath, scheme);
  }

  toString(): string {
    return `${this.scheme}://${this.fsPath}`;
  }
}

export const l10n = {
  /** Texts stay English; `{0}` is filled in. */
  t: (message: string, ...values: (string | number)[]): string => message.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole)),
};

/** Nothing can be shown or run; a test that gets here fails. */
export const window = {};
export const commands = {};

export const env = { language: 'en' };

export const workspace = {
  isTrusted: true,
  onDidGrantWorkspaceTrust: new EventEmitter<void>().event,
};
