export type GridMove = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'page-up' | 'page-down' | 'first' | 'last';

export type GridKey =
  | { readonly kind: 'move'; readonly move: GridMove; readonly extends: boolean }
  | { readonly kind: 'open' | 'toggle' | 'group' | 'clear' };

/** What is looked at of a key press. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const moves: Readonly<Record<string, GridMove>> = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'home', End: 'end', PageUp: 'page-up', PageDown: 'page-down',
};

/** What a key does in the grid; undefined for keys that belong to others. */
export function gridKey({ key, ctrlKey, metaKey, shiftKey, altKey }: PressedKey): GridKey | undefined {
  const isCommand = ctrlKey || metaKey;
  if (altKey) return undefined;
  if (isCommand && key === 'Home') return { kind: 'move', move: 'first', extends: shiftKey };
  if (isCommand && key === 'End') return { kind: 'move', move: 'last', extends: shiftKey };
  if (isCommand) return key.toLowerCase() === 'a' ? { kind: 'group' } : undefined;
  const move = moves[key];
  if (move !== undefined) return { kind: 'move', move, extends: shiftKey };
  if (key === 'Enter') return { kind: 'open' };
  if (key === ' ') return { kind: 'toggle' };
  return key === 'Escape' ? { kind: 'clear' } : undefined;
}
