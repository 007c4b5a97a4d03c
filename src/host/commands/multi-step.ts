import * as vscode from 'vscode';
import { CancelledError } from '../../base/user-error';

/** Where a question stands in a series, e.g. step 2 of 4. */
export interface StepPlace {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
}

/** What came of a question: an answer, or the wish to see the one before again. */
export type StepOutcome<Answer> = { readonly answer: Answer } | 'back';

export interface PickStep<Item extends vscode.QuickPickItem> {
  readonly placeholder: string;
  readonly items: readonly Item[];
  /** Selected at first. */
  readonly active?: Item | undefined;
}

export interface InputStep {
  readonly prompt: string;
  readonly value: string;
  /** @returns a sentence about what is wrong */
  readonly validate: (text: string) => string | undefined;
}

/** @throws CancelledError when the user gives up */
export function pickStep<Item extends vscode.QuickPickItem>(place: StepPlace, { placeholder, items, active }: PickStep<Item>): Promise<StepOutcome<Item>> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.placeholder = placeholder;
  pick.items = items;
  pick.matchOnDescription = true;
  if (active) pick.activeItems = [active];
  return ask(pick, place, () => pick.selectedItems[0]);
}

/** @throws CancelledError when the user gives up */
export function inputStep(place: StepPlace, { prompt, value, validate }: InputStep): Promise<StepOutcome<string>> {
  const input = vscode.window.createInputBox();
  input.prompt = prompt;
  input.value = value;
  const check = (): string | undefined => {
    const problem = validate(input.value);
    input.validationMessage = problem;
    return problem;
  };
  input.onDidChangeValue(check);
  return ask(input, place, () => (check() === undefined ? input.value : undefined));
}

/** @param answer undefined while there is no answer that can be accepted */
function ask<Answer>(input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox, { title, step, totalSteps }: StepPlace, answer: () => Answer | undefined): Promise<StepOutcome<Answer>> {
  input.title = title;
  input.step = step;
  input.totalSteps = totalSteps;
  input.ignoreFocusOut = true;
  if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<StepOutcome<Answer>>((resolve, reject) => {
    input.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) resolve('back');
    });
    input.onDidAccept(() => {
      const given = answer();
      if (given !== undefined) resolve({ answer: given });
    });
    input.onDidHide(() => reject(new CancelledError()));
    input.show();
  }).finally(() => input.dispose());
}

/** A question that writes its answer into what is known so far. */
export type Step<State> = (state: State, place: Omit<StepPlace, 'title'>) => Promise<State | 'back'>;

/**
 * Asks one question after the other; Back asks the one before again, with what was answered so far.
 * @throws CancelledError when the user gives up
 */
export async function runSteps<State>(steps: readonly Step<State>[], initial: State): Promise<State> {
  const states = [initial];
  while (states.length <= steps.length) {
    const index = states.length - 1;
    const outcome = await (steps[index] as Step<State>)(states[index] as State, { step: index + 1, totalSteps: steps.length });
    if (outcome !== 'back') states.push(outcome);
    else if (states.length > 1) states.pop();
  }
  return states.at(-1) as State;
}
