export function writeSettings(home: string, changes?: Readonly<Record<string, unknown>>): Promise<void>;
export function stageExtension(root: string, home: string, entry?: string): Promise<void>;
export function serverCommand(workbench: string, home: string): { readonly command: string; readonly args: readonly string[] };
export function serverEnvironment(home: string, base?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function waitUntilUp(url: string, limitMs: number, isRunning: () => boolean): Promise<boolean>;
